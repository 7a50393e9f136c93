// Types as bytes: a number for the kind, then its parts.
//
//   0 … 23  a simple kind, by its place in SIMPLE_KINDS
//   32 money     asset           36 record    open flag, list of name, optional flag, type
//   33 period    0 … 2           37 enum      list of text
//   34 list      type, most      38 union     list of types
//   35 map       type, most      39 optional  type
import { NAME_BYTES_MAX, TYPE_DEPTH_MAX, TYPE_PARTS_MAX } from "./limits.ts";
import type { PeriodUnit, SimpleKind, Type } from "./type.ts";
import type { ByteReader, ByteWriter } from "./wire.ts";

/** Numbers of the simple kinds in a file: never reordered, new ones at the end. */
const SIMPLE_KINDS: readonly SimpleKind[] = [
  "bool",
  "text",
  "bytes",
  "null",
  "int",
  "decimal",
  "percent",
  "quotient",
  "instant",
  "date",
  "month",
  "clock",
  "duration",
  "size",
  "ip",
  "cidr",
  "host",
  "path",
  "did",
  "party",
  "evidence",
  "zone",
  "calendar",
  "any",
];
const PERIOD_UNITS: readonly PeriodUnit[] = ["days", "months", "business days"];
const MONEY = 32;
const PERIOD = 33;
const LIST = 34;
const MAP = 35;
const RECORD = 36;
const ENUM = 37;
const UNION = 38;
const OPTIONAL = 39;

export function writeType(to: ByteWriter, type: Type): void {
  switch (type.kind) {
    case "money":
      to.byte(MONEY);
      to.text(type.asset);
      return;
    case "period":
      to.byte(PERIOD);
      to.byte(PERIOD_UNITS.indexOf(type.unit));
      return;
    case "list":
    case "map":
      to.byte(type.kind === "list" ? LIST : MAP);
      writeType(to, type.of);
      to.number(type.most);
      return;
    case "record":
      to.byte(RECORD);
      to.byte(type.open ? 1 : 0);
      to.number(type.fields.length);
      for (const field of type.fields) {
        to.text(field.name);
        to.byte(field.optional ? 1 : 0);
        writeType(to, field.type);
      }
      return;
    case "enum":
      to.byte(ENUM);
      to.number(type.values.length);
      for (const value of type.values) to.text(value);
      return;
    case "union":
      to.byte(UNION);
      to.number(type.of.length);
      for (const member of type.of) writeType(to, member);
      return;
    case "optional":
      to.byte(OPTIONAL);
      writeType(to, type.of);
      return;
    default:
      to.byte(SIMPLE_KINDS.indexOf(type.kind));
  }
}

export function readType(from: ByteReader, depth = 1): Type {
  const start = from.at;
  if (depth > TYPE_DEPTH_MAX) from.fail("vm/oversize", `types nest deeper than ${TYPE_DEPTH_MAX}`);
  const kind = from.byte();
  const inner = (): Type => readType(from, depth + 1);
  switch (kind) {
    case MONEY:
      return { kind: "money", asset: from.text(NAME_BYTES_MAX, "an asset") };
    case PERIOD: {
      const unit = PERIOD_UNITS[from.byte()] ?? from.fail("vm/bad-encoding", "unknown unit of a period", start);
      return { kind: "period", unit };
    }
    case LIST:
      return { kind: "list", of: inner(), most: from.number() };
    case MAP:
      return { kind: "map", of: inner(), most: from.number() };
    case RECORD: {
      const open = from.flag();
      const fields = from.list(TYPE_PARTS_MAX, "fields", () => {
        const name = from.text(NAME_BYTES_MAX, "a field name");
        const optional = from.flag();
        return { name, type: inner(), optional };
      });
      return { kind: "record", fields, open };
    }
    case ENUM:
      return { kind: "enum", values: from.list(TYPE_PARTS_MAX, "values", () => from.text(NAME_BYTES_MAX, "a value")) };
    case UNION:
      return { kind: "union", of: from.list(TYPE_PARTS_MAX, "types", inner) };
    case OPTIONAL:
      return { kind: "optional", of: inner() };
    default: {
      const simple = SIMPLE_KINDS[kind] ?? from.fail("vm/bad-encoding", `unknown kind of type ${kind}`, start);
      return { kind: simple };
    }
  }
}
