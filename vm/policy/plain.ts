// Objects of the host as inputs, read at once by the declared type. The meaning of an object is its JSON text; what is read here is read
// as from there. Anything out of the ordinary is left to the slow way through the text: misfits, values near a limit, numbers beyond
// the safe integers, objects with a prototype. So this file gives typed values only, and never says why it gives none.
import { isWellFormed, utf8Length } from "../../core/bytes.ts";
import { conform } from "../conform.ts";
import { intToDecimal, parseDecimal, parseInt34 } from "../decimal.ts";
import { compareText } from "../order.ts";
import type { Field, Type } from "../type.ts";
import { ErrorValue, MapValue, type Value } from "../value.ts";
import type { InputLimits } from "./table.ts";

/** Given by a reader in place of a value: the slow way decides. */
export const SLOW = { slow: true } as const;
export type Read = Value | typeof SLOW;

/** Bytes that may still be read. A reader counts too much rather than too little. */
export interface Budget {
  left: number;
}

/** `depth`: maps and lists around the value. */
export type Reader = (plain: unknown, depth: number) => Read;

/** Most bytes of the encoding of a number, a truth value or null, and of the head of anything else. */
const SCALAR_BYTES = 9;
/** Most bytes of a UTF-16 unit. */
const UNIT_BYTES = 3;

const { getPrototypeOf, prototype } = Object;

/** Own fields in the sense of JSON: nothing is inherited but what every object has. */
export function isPlain(value: unknown): value is { readonly [name: string]: unknown } {
  if (typeof value !== "object" || value === null) return false;
  const parent = getPrototypeOf(value);
  return parent === prototype || parent === null;
}

/** Names that an object without such a field has all the same. */
export const isInherited = (name: string): boolean => name in prototype;

export class Readers {
  readonly #limits: InputLimits;
  readonly budget: Budget = { left: 0 };

  constructor(limits: InputLimits) {
    this.#limits = limits;
  }

  /** A reader of whole inputs. */
  input(type: Type): (plain: unknown) => Read {
    const reader = this.of(type, "");
    return (plain) => {
      this.budget.left = this.#limits.bytes;
      const value = reader(plain, 0);
      return this.budget.left < 0 ? SLOW : value;
    };
  }

  /** A reader of values of a type. `path`: where they stand in an input, or null where that is not one place. */
  of(type: Type, path: string | null): Reader {
    switch (type.kind) {
      case "any":
        return this.free;
      case "optional": {
        const inner = this.of(type.of, path);
        return (plain, depth) => (plain === null ? null : inner(plain, depth));
      }
      case "record":
        return this.#record(type, path);
      case "list": {
        const inner = this.of(type.of, null);
        const { items, depth: deepest } = this.#limits;
        return (plain, depth) => {
          if (!Array.isArray(plain) || depth >= deepest || plain.length > items || plain.length > type.most)
            return SLOW;
          this.budget.left -= SCALAR_BYTES;
          const out: Value[] = [];
          for (let i = 0; i < plain.length; i++) {
            const read = inner(plain[i], depth + 1);
            if (read === SLOW) return SLOW;
            out.push(read as Value);
          }
          return out;
        };
      }
      case "map": {
        const inner = this.of(type.of, null);
        return (plain, depth) => {
          const read = this.#object(plain, depth, inner);
          return read instanceof MapValue && read.keys.length > type.most ? SLOW : read;
        };
      }
      case "text":
        return this.text;
      case "enum":
        return (plain) => (typeof plain === "string" && type.values.includes(plain) ? this.text(plain) : SLOW);
      case "bool":
        return (plain) => {
          this.budget.left -= SCALAR_BYTES;
          return typeof plain === "boolean" ? plain : SLOW;
        };
      case "null":
        return (plain) => (plain === null ? null : SLOW);
      case "int":
      case "instant":
      case "duration":
      case "period":
      case "size":
        return (plain) => {
          if (typeof plain === "number") {
            this.budget.left -= SCALAR_BYTES;
            if (!Number.isSafeInteger(plain)) return SLOW;
            return type.kind === "int" ? plain + 0 : conformed(plain + 0, type);
          }
          return this.text(plain) === SLOW ? SLOW : conformed(plain as string, type);
        };
      case "decimal":
      case "quotient":
        return (plain) => {
          this.budget.left -= SCALAR_BYTES;
          if (typeof plain !== "number") return SLOW;
          return Number.isSafeInteger(plain) ? intToDecimal(plain + 0) : numberOf(plain);
        };
      case "union":
        // Its members are tried in turn, each as the slow way does.
        return (plain, depth) => {
          const free = this.free(plain, depth);
          return free === SLOW ? SLOW : conformedUnion(free as Value, type);
        };
      default:
        // Written as text: addresses, hosts, dates …
        return (plain) => (this.text(plain) === SLOW ? SLOW : conformed(plain as string, type));
    }
  }

  /** A text within the limits. */
  readonly text = (plain: unknown): Read => {
    if (typeof plain !== "string" || !isWellFormed(plain)) return SLOW;
    this.budget.left -= SCALAR_BYTES + UNIT_BYTES * plain.length;
    return plain.length * UNIT_BYTES <= this.#limits.text || utf8Length(plain) <= this.#limits.text ? plain : SLOW;
  };

  /** Free JSON. */
  readonly free = (plain: unknown, depth: number): Read => {
    switch (typeof plain) {
      case "string":
        return this.text(plain);
      case "number":
        this.budget.left -= SCALAR_BYTES;
        return Number.isSafeInteger(plain) ? plain + 0 : numberOf(plain);
      case "boolean":
        this.budget.left -= SCALAR_BYTES;
        return plain;
      case "object": {
        if (plain === null) {
          this.budget.left -= SCALAR_BYTES;
          return null;
        }
        if (!Array.isArray(plain)) return this.#object(plain, depth, this.free);
        if (depth >= this.#limits.depth || plain.length > this.#limits.items) return SLOW;
        this.budget.left -= SCALAR_BYTES;
        const out: Value[] = [];
        for (const item of plain) {
          const read = this.free(item, depth + 1);
          if (read === SLOW) return SLOW;
          out.push(read as Value);
        }
        return out;
      }
      default:
        return SLOW;
    }
  };

  #object(plain: unknown, depth: number, inner: Reader): Read {
    if (!isPlain(plain) || Array.isArray(plain) || depth >= this.#limits.depth) return SLOW;
    this.budget.left -= SCALAR_BYTES;
    const keys: string[] = [];
    let ascending = true;
    for (const key in plain) {
      // What JSON leaves out is left to it.
      if (!isWellFormed(key) || plain[key] === undefined) return SLOW;
      if (keys.length > 0 && ascending && compareText(keys[keys.length - 1]!, key) > 0) ascending = false;
      keys.push(key);
      this.budget.left -= SCALAR_BYTES + UNIT_BYTES * key.length;
    }
    if (keys.length > this.#limits.items) return SLOW;
    if (!ascending) keys.sort(compareText);
    const values: Value[] = [];
    for (const key of keys) {
      const read = inner(plain[key], depth + 1);
      if (read === SLOW) return SLOW;
      values.push(read as Value);
    }
    return new MapValue(keys, values);
  }

  #record(type: Extract<Type, { kind: "record" }>, path: string | null): Reader {
    const fields = type.fields.map((field) => {
      const inner = path === null ? null : path === "" ? field.name : `${path}.${field.name}`;
      return {
        name: field.name,
        isText: field.type.kind === "text",
        isInt: field.type.kind === "int",
        read: this.of(field.type, inner),
        missing: missingOf(field, inner),
        bytes: SCALAR_BYTES + UNIT_BYTES * field.name.length,
      };
    });
    const names = new Set(type.fields.map(({ name }) => name));
    if (type.fields.some(({ name }) => isInherited(name))) return () => SLOW;
    const shortText = this.#limits.text / UNIT_BYTES;
    const { budget } = this;
    const { depth: deepest, items } = this.#limits;
    return (plain, depth) => {
      if (!isPlain(plain) || Array.isArray(plain) || depth >= deepest) return SLOW;
      let present = 0;
      // Bytes of the usual kinds, which are read in place.
      let bytes = 0;
      const out: Value[] = [];
      for (let i = 0; i < fields.length; i++) {
        const field = fields[i]!;
        const value = plain[field.name];
        if (value === undefined) {
          if (field.missing === SLOW) return SLOW;
          out.push(field.missing as Value);
          continue;
        }
        present++;
        bytes += field.bytes;
        if (field.isText && typeof value === "string" && value.length <= shortText) {
          if (!isWellFormed(value)) return SLOW;
          bytes += SCALAR_BYTES + UNIT_BYTES * value.length;
          out.push(value);
          continue;
        }
        if (field.isInt && typeof value === "number" && Number.isSafeInteger(value)) {
          bytes += SCALAR_BYTES;
          out.push(value + 0);
          continue;
        }
        const read = field.read(value, depth + 1);
        if (read === SLOW) return SLOW;
        out.push(read as Value);
      }
      let count = 0;
      for (const _ in plain) count++;
      if (count === present && count <= items) {
        budget.left -= bytes + SCALAR_BYTES;
        return out;
      }
      budget.left -= bytes;
      return this.others(plain, names, present, depth) ? out : SLOW;
    };
  }

  /** Whether what else an object holds is within the limits. `present`: fields among `names` that it has. */
  others(
    plain: { readonly [name: string]: unknown },
    names: ReadonlySet<string>,
    present: number,
    depth: number,
  ): boolean {
    let count = 0;
    for (const _ in plain) count++;
    this.budget.left -= SCALAR_BYTES;
    if (count === present) return count <= this.#limits.items;
    if (count > this.#limits.items) return false;
    for (const key in plain) {
      if (names.has(key)) continue;
      if (!isWellFormed(key)) return false;
      this.budget.left -= SCALAR_BYTES + UNIT_BYTES * key.length;
      if (this.free(plain[key], depth + 1) === SLOW) return false;
    }
    return true;
  }
}

function numberOf(plain: number): Read {
  if (!Number.isFinite(plain)) return SLOW;
  const text = String(plain);
  const read = /[.e]/.test(text) ? parseDecimal(text) : parseInt34(text);
  return read === undefined || read instanceof ErrorValue ? SLOW : read;
}

function conformed(value: Value, type: Type): Read {
  const read = conform(value, type);
  return "value" in read ? read.value : SLOW;
}

/** The first member that fits, where each is one value that nothing is inside of. */
function conformedUnion(value: Value, type: Extract<Type, { kind: "union" }>): Read {
  if (type.of.some((member) => COMPOUND.has(member.kind))) return SLOW;
  for (const member of type.of) {
    const read = conformed(value, member);
    if (read !== SLOW) return read;
  }
  return SLOW;
}

const COMPOUND: ReadonlySet<Type["kind"]> = new Set(["record", "list", "map", "union", "any", "optional"]);

/** What stands for a field that is not there: the error with its path, null, or SLOW where it must be there. */
export function missingOf(field: Field, path: string | null): Read {
  if (field.optional) return path === null ? SLOW : new ErrorValue("absent", path);
  return field.type.kind === "optional" ? null : SLOW;
}
