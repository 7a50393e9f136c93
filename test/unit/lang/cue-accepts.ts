// A naive reader of lowered CUE: whether a tree accepts JSON data. For tests: it shows that a tree says what the CUE value says.
import type { CueKind, CueLowered, CueNode } from "../../../lang/cue/index.ts";

/** Thrown at a node, or a call, that this reader has no meaning for. */
export class Unreadable extends Error {}

type Frames = ReadonlyMap<number, unknown>;

/** Data is what JSON.parse gives; numbers with a fraction count as CUE floats, others as ints. */
export function accepts(lowered: CueLowered, data: unknown): boolean {
  const own = (value: object, name: string): boolean => Object.hasOwn(value, name);

  // References followed since data was last gone into.
  let followed = 0;
  const inner = (node: CueNode, value: unknown, frames: Frames): boolean => {
    if (node.is === "ref") {
      if (++followed > 100) throw new Unreadable("references that say nothing");
      const accepted = inner(lowered.definitions.get(node.name)!, value, new Map());
      followed--;
      return accepted;
    }
    switch (node.is) {
      case "const":
        return (
          kindOf(value) === node.kind && (node.kind === "string" ? value === node.text : String(value) === node.text)
        );
      case "type":
        return node.kinds.includes(kindOf(value));
      case "bound": {
        const operand = node.operand.is === "field" ? field(node.operand, frames) : constant(node.operand);
        return operand !== undefined && holds(node.op, value, operand);
      }
      case "all":
        return node.of.every((part) => inner(part, value, frames));
      case "any":
        return node.of.filter((part) => inner(part, value, frames)).length > 0;
      case "call":
        return called(node, value, frames);
      case "struct": {
        if (kindOf(value) !== "struct") return false;
        const record = value as Record<string, unknown>;
        const around = node.id === undefined ? frames : new Map([...frames, [node.id, record]]);
        for (const each of node.fields) {
          if (!own(record, each.name)) {
            if (each.need !== "optional") return false;
          } else if (!inner(each.value, record[each.name], around)) return false;
        }
        for (const [name, item] of Object.entries(record)) {
          if (node.fields.some((each) => each.name === name)) continue;
          const matching = node.patterns.filter(({ label }) => inner(label, name, around));
          if (!matching.every((pattern) => inner(pattern.value, item, around))) return false;
          if (node.closed && matching.length === 0) return false;
        }
        return node.also.every((part) => inner(part, value, around));
      }
      case "list": {
        if (!Array.isArray(value) || value.length < node.items.length) return false;
        const around = node.id === undefined ? frames : new Map([...frames, [node.id, value]]);
        return (
          value.every((item, i) => {
            const part = node.items[i] ?? node.rest;
            return part !== null && inner(part, item, around);
          }) && node.also.every((part) => inner(part, value, around))
        );
      }
      case "field": {
        const other = field(node, frames);
        if (other !== undefined && typeof other === "object" && other !== null)
          throw new Unreadable("field of a struct");
        return other !== undefined && other === value && kindOf(other) === kindOf(value);
      }
      case "never":
        return false;
      case "unsupported":
        throw new Unreadable(node.why);
    }
  };

  const called = (node: CueNode & { is: "call" }, value: unknown, frames: Frames): boolean => {
    const number = (at: number): number => Number(constant(node.args[at]!));
    const branches = (at: number): readonly CueNode[] => {
      const list = node.args[at]!;
      if (list.is !== "list") throw new Unreadable("branches");
      return list.items;
    };
    switch (node.name) {
      case "matchN": {
        const count = branches(1).filter((branch) => inner(branch, value, frames)).length;
        return inner(node.args[0]!, count, frames);
      }
      case "matchIf":
        return inner(node.args[inner(node.args[0]!, value, frames) ? 1 : 2]!, value, frames);
      case "strings.MinRunes":
        return typeof value === "string" && [...value].length >= number(0);
      case "strings.MaxRunes":
        return typeof value === "string" && [...value].length <= number(0);
      case "list.MaxItems":
        return Array.isArray(value) && value.length <= number(0);
      case "list.MinItems":
        return Array.isArray(value) && value.length >= number(0);
      case "list.UniqueItems":
        return Array.isArray(value) && new Set(value.map((item) => JSON.stringify(item))).size === value.length;
      case "struct.MaxFields":
        return kindOf(value) === "struct" && Object.keys(value as object).length <= number(0);
      case "math.MultipleOf":
        return typeof value === "number" && value % number(0) === 0;
      case "error":
        return false;
    }
    throw new Unreadable(node.name);
  };

  return inner(lowered.root, data, new Map());
}

function field(node: CueNode & { is: "field" }, frames: Frames): unknown {
  let value = frames.get(node.in);
  for (const name of node.names) {
    if (typeof value !== "object" || value === null || !Object.hasOwn(value, name)) return undefined;
    value = (value as Record<string, unknown>)[name];
  }
  return value;
}

function constant(node: CueNode): unknown {
  if (node.is !== "const") throw new Unreadable("an operand");
  return node.kind === "string"
    ? node.text
    : node.kind === "null"
      ? null
      : node.kind === "bool"
        ? node.text === "true"
        : Number(node.text);
}

function holds(op: string, value: unknown, operand: unknown): boolean {
  if (op === "!=") return value !== operand && (operand === null || typeof value === typeof operand);
  if (op === "==") return value === operand && kindOf(value) === kindOf(operand);
  if (op === "=~" || op === "!~")
    return typeof value === "string" && new RegExp(operand as string, "u").test(value) === (op === "=~");
  if (typeof value !== typeof operand || (typeof value !== "number" && typeof value !== "string")) return false;
  const order = value < (operand as typeof value) ? -1 : value > (operand as typeof value) ? 1 : 0;
  return op === "<" ? order < 0 : op === "<=" ? order <= 0 : op === ">" ? order > 0 : order >= 0;
}

function kindOf(value: unknown): CueKind {
  if (value === null) return "null";
  if (Array.isArray(value)) return "list";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "boolean") return "bool";
  return typeof value === "string" ? "string" : "struct";
}
