// JSON to the declared type of an input or a data document. A field that is not there is the error `absent` with its path; a `T?`
// may be null; fields that are not declared are passed over. Everything else is read as the types of values are (conform.ts).

import { utf8Length } from "../../core/bytes.ts";
import { conform } from "../conform.ts";
import { encodeValue } from "../encode.ts";
import { findKey } from "../map.ts";
import type { Type } from "../type.ts";
import { ErrorValue, MapValue, type Value } from "../value.ts";
import type { InputLimits } from "./table.ts";

/** Why a value is none of its type, or over a limit. `path`: `items[3].weight`, empty for the whole. */
export interface InputMisfit {
  readonly path: string;
  /** One lower-case line. */
  readonly reason: string;
}

class Misfit {
  readonly reason: string;
  path: string;
  constructor(path: string, reason: string) {
    this.path = path;
    this.reason = reason;
  }
}

export function readTyped(value: Value, type: Type): { readonly value: Value } | { readonly misfit: InputMisfit } {
  const read = convert(value, type, "");
  return read instanceof Misfit ? { misfit: { path: read.path, reason: read.reason } } : { value: read };
}

const join = (path: string, name: string): string => (path === "" ? name : `${path}.${name}`);

function convert(value: Value, type: Type, path: string): Value | Misfit {
  switch (type.kind) {
    case "any":
      return value;
    case "optional":
      return value === null ? null : convert(value, type.of, path);
    case "record": {
      if (!(value instanceof MapValue)) return misfit(value, type, path);
      const out: Value[] = [];
      for (const field of type.fields) {
        const at = findKey(value, field.name);
        const inner = join(path, field.name);
        if (at < 0) {
          if (!field.optional && field.type.kind !== "optional") return new Misfit(inner, "is missing");
          out.push(field.optional ? new ErrorValue("absent", inner) : null);
          continue;
        }
        const read = convert(value.values[at], field.type, inner);
        if (read instanceof Misfit) return read;
        out.push(read);
      }
      return out;
    }
    case "list": {
      if (!Array.isArray(value)) return misfit(value, type, path);
      if (value.length > type.most) return new Misfit(path, `has ${value.length} items, at most ${type.most}`);
      const out: Value[] = [];
      for (const [i, item] of value.entries()) {
        const read = convert(item, type.of, `${path}[${i}]`);
        if (read instanceof Misfit) return read;
        out.push(read);
      }
      return out;
    }
    case "map": {
      if (!(value instanceof MapValue)) return misfit(value, type, path);
      if (value.keys.length > type.most) return new Misfit(path, `has ${value.keys.length} keys, at most ${type.most}`);
      const out: Value[] = [];
      for (const [i, key] of value.keys.entries()) {
        const read = convert(value.values[i], type.of, join(path, key));
        if (read instanceof Misfit) return read;
        out.push(read);
      }
      return new MapValue(value.keys, out);
    }
    case "union": {
      for (const member of type.of) {
        const read = convert(value, member, path);
        if (!(read instanceof Misfit)) return read;
      }
      return misfit(value, type, path);
    }
    default: {
      const read = conform(value, type);
      return "value" in read ? read.value : new Misfit(path, read.misfit.reason);
    }
  }
}

function misfit(value: Value, type: Type, path: string): Misfit {
  const read = conform(value, type);
  return new Misfit(path, "misfit" in read ? read.misfit.reason : "is of another kind");
}

/** The first bound of the limits that a JSON value is over, or null. */
export function overLimit(value: Value, limits: InputLimits): InputMisfit | null {
  const walk = (at: Value, depth: number, path: string): InputMisfit | null => {
    if (typeof at === "string")
      return at.length > limits.text || utf8Length(at) > limits.text
        ? { path, reason: `is a text of more than ${limits.text} bytes` }
        : null;
    if (typeof at !== "object" || at === null) return null;
    const items = Array.isArray(at) ? at : at instanceof MapValue ? at.values : null;
    if (items === null) return null;
    if (depth >= limits.depth) return { path, reason: `lies more than ${limits.depth} deep` };
    if (items.length > limits.items) return { path, reason: `has ${items.length} items, at most ${limits.items}` };
    for (const [i, item] of items.entries()) {
      const found = walk(item, depth + 1, at instanceof MapValue ? join(path, at.keys[i]!) : `${path}[${i}]`);
      if (found !== null) return found;
    }
    return null;
  };
  return walk(value, 0, "");
}

/** The bytes of a JSON value that its digest is of; null when it has none or too many. */
export function bytesOf(value: Value, most: number): Uint8Array | null {
  const encoded = encodeValue(value);
  return "problem" in encoded || encoded.bytes.length > most ? null : encoded.bytes;
}
