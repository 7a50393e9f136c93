// Tables of a module under construction: constants, types and patterns, each thing once, in the order of first use.
import { hex } from "../../core/index.ts";
import { encodeValue } from "../../vm/encode.ts";
import type { Pattern } from "../../vm/module.ts";
import { compilePattern } from "../../vm/pattern.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";

class Pool<T> {
  readonly items: T[] = [];
  readonly #byKey = new Map<string, number>();
  index(key: string, make: () => T): number {
    let at = this.#byKey.get(key);
    if (at === undefined) {
      at = this.items.push(make()) - 1;
      this.#byKey.set(key, at);
    }
    return at;
  }
}

export class Pools {
  readonly #constants = new Pool<Value>();
  readonly #types = new Pool<Type>();
  readonly #patterns = new Pool<Pattern>();
  /** Places of types met before: most are one object used many times, and a key costs more than all else here. */
  readonly #known = new Map<Type, number>();

  get constants(): readonly Value[] {
    return this.#constants.items;
  }
  get types(): readonly Type[] {
    return this.#types.items;
  }
  get patterns(): readonly Pattern[] {
    return this.#patterns.items;
  }

  constant(value: Value): number {
    return this.#constants.index(keyOf(value), () => value);
  }
  type(type: Type): number {
    let at = this.#known.get(type);
    if (at === undefined) {
      at = this.#types.index(typeKey(type), () => type);
      this.#known.set(type, at);
    }
    return at;
  }
  /** Patterns were compiled while checking: here they have a program. */
  pattern(source: string): number {
    return this.#patterns.index(source, () => {
      const made = compilePattern(source);
      if ("reason" in made) throw new Error(`pattern without a program: ${made.reason}`);
      return made.pattern;
    });
  }
}

/** Equal keys, equal constants: the canonical bytes, by a shorter way for the common kinds. */
function keyOf(value: Value): string {
  if (value === undefined) return "u";
  if (typeof value === "string") return `s${value}`;
  if (typeof value === "number") return `n${value}`;
  if (typeof value === "boolean") return `b${value}`;
  const encoded = encodeValue(value);
  if ("problem" in encoded) throw new Error(`constant without bytes: ${encoded.problem.message}`);
  return `x${hex(encoded.bytes)}`;
}

/** Types by their parts, whatever the order in which an object was written. */
const typeKey = (type: Type): string => JSON.stringify(partsOf(type));

/** Nested lists, turned into text once: quoting a part that is quoted already doubles its length at every level. */
function partsOf(type: Type): readonly unknown[] {
  switch (type.kind) {
    case "money":
      return ["money", type.asset];
    case "period":
      return ["period", type.unit];
    case "list":
    case "map":
      return [type.kind, type.most, partsOf(type.of)];
    case "record":
      return ["record", type.open, type.fields.map((field) => [field.name, field.optional, partsOf(field.type)])];
    case "enum":
      return ["enum", type.values];
    case "union":
      return ["union", type.of.map(partsOf)];
    case "optional":
      return ["optional", partsOf(type.of)];
    default:
      return [type.kind];
  }
}
