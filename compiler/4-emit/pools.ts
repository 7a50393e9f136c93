// Tables of a module under construction: constants, types and patterns, each thing once, in the order of first use.
import { hex } from "../../core/index.ts";
import { encodeValue } from "../../vm/encode.ts";
import type { Pattern } from "../../vm/module.ts";
import { compilePattern } from "../../vm/pattern.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";

class Pool<K, T> {
  readonly items: T[] = [];
  readonly #places = new Map<K, number>();
  index(key: K, make: () => T): number {
    let at = this.#places.get(key);
    if (at === undefined) {
      at = this.items.push(make()) - 1;
      this.#places.set(key, at);
    }
    return at;
  }
}

export class Pools {
  /** Simple values by themselves, others by the first that was met of the same canonical bytes. */
  readonly #constants = new Pool<Value, Value>();
  readonly #byBytes = new Map<string, Value>();
  readonly #first = new Map<Value, Value>();
  readonly #types = new Pool<number, Type>();
  readonly #numbers = new TypeNumbers();
  readonly #patterns = new Pool<string, Pattern>();

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
    const one = typeof value === "object" && value !== null ? this.#firstOf(value) : value;
    return this.#constants.index(one, () => one);
  }
  #firstOf(value: Value): Value {
    const met = this.#first.get(value);
    if (met !== undefined) return met;
    const encoded = encodeValue(value);
    if ("problem" in encoded) throw new Error(`constant without bytes: ${encoded.problem.message}`);
    const key = hex(encoded.bytes);
    const first = this.#byBytes.get(key) ?? value;
    this.#byBytes.set(key, first);
    this.#first.set(value, first);
    return first;
  }
  type(type: Type): number {
    return this.#types.index(this.#numbers.of(type), () => type);
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

/** Equal types have equal numbers, whatever the order in which an object was written. A type is told apart by its own words
 *  and the numbers of its parts, so one that stands in many others is looked at once. */
class TypeNumbers {
  readonly #known = new Map<Type, number>();
  readonly #byParts = new Map<string, number>();

  of(type: Type): number {
    let number = this.#known.get(type);
    if (number === undefined) {
      const key = JSON.stringify(this.#partsOf(type));
      number = this.#byParts.get(key) ?? this.#byParts.size;
      this.#byParts.set(key, number);
      this.#known.set(type, number);
    }
    return number;
  }

  #partsOf(type: Type): readonly (string | number | boolean)[] {
    switch (type.kind) {
      case "money":
        return ["money", type.asset];
      case "period":
        return ["period", type.unit];
      case "list":
      case "map":
        return [type.kind, type.most, this.of(type.of)];
      case "record": {
        const parts: (string | number | boolean)[] = ["record", type.open];
        for (const field of type.fields) parts.push(field.name, field.optional, this.of(field.type));
        return parts;
      }
      case "enum":
        return ["enum", ...type.values];
      case "union":
        return ["union", ...type.of.map((member) => this.of(member))];
      case "optional":
        return ["optional", this.of(type.of)];
      default:
        return [type.kind];
    }
  }
}
