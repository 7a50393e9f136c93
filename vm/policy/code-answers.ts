// Answers that are made once: the key of a decision says which rules were candidates and which way each of their conditions went, and so all of
// the answer, its fuel included. A policy has some dozen. They are frozen, for whoever asks gets the same object.
//
//   key   a bit for each rule, then for each condition the number of its way
import { CANDIDATE_FUEL, startFuel } from "./fuel.ts";
import { CODE_ANSWERS_MAX, CODE_KEY_BITS_MAX } from "./limits.ts";
import type { PolicyTable } from "./table.ts";
import { Verdict } from "./verdict.ts";
import type { Way } from "./ways.ts";

/** Where a condition writes the number of its way into the key. */
export interface EndsAt {
  readonly ends: readonly Way[];
  readonly shift: number;
}

export interface KeyShape {
  readonly bits: number;
  /** Of each rule, null where it has no condition. */
  readonly conditions: readonly (EndsAt | null)[];
}

/** The key of rules whose conditions have these ways; null where it would have too many bits. */
export function keyShapeOf(ends: readonly (readonly Way[] | null)[]): KeyShape | null {
  let bits = ends.length;
  const conditions = ends.map((each) => {
    if (each === null) return null;
    const at = { ends: each, shift: bits };
    bits += bitsFor(each);
    return at;
  });
  return bits > CODE_KEY_BITS_MAX ? null : { bits, conditions };
}

const bitsFor = (ends: readonly Way[]): number => 32 - Math.clz32(ends.length - 1);

/** Answers by the place of their key in a small table, where the text finds most of them. */
export class Answers {
  /** Short keys are their own places. */
  readonly #direct: boolean;
  readonly #keys = new Int32Array(1 << PLACE_BITS).fill(-1);
  readonly #known: (Verdict | null)[] = Array.from(this.#keys, () => null);
  readonly #all = new Map<number, Verdict>();
  readonly #table: PolicyTable;
  readonly #shape: KeyShape;

  constructor(table: PolicyTable, shape: KeyShape) {
    this.#table = table;
    this.#shape = shape;
    this.#direct = shape.bits <= PLACE_BITS;
  }

  /** Statements that give the answer to `key`. */
  text(name: (value: unknown) => string): string {
    const [known, answer] = [name(this.#known), name(this.#answer)];
    return this.#direct
      ? `return ${known}[key] ?? ${answer}(key);`
      : `const place = ${PLACE_TEXT};\nreturn ${name(this.#keys)}[place] === key ? ${known}[place] : ${answer}(key);`;
  }

  readonly #answer = (key: number): Verdict => {
    let verdict = this.#all.get(key);
    if (verdict === undefined) {
      verdict = Object.freeze(this.#made(key));
      if (this.#all.size >= CODE_ANSWERS_MAX) this.#all.clear();
      this.#all.set(key, verdict);
    }
    const place = this.#direct ? key : placeOf(key);
    this.#keys[place] = key;
    this.#known[place] = verdict;
    return verdict;
  };

  #made(key: number): Verdict {
    const { rules, default: otherwise } = this.#table;
    let fuel = startFuel(this.#table);
    let [allows, denies] = [0, 0];
    for (const [rule, { effect }] of rules.entries()) {
      if (((key >> rule) & 1) === 0) continue;
      fuel += CANDIDATE_FUEL;
      const condition = this.#shape.conditions[rule]!;
      if (condition !== null) {
        const { ends, shift } = condition;
        const way = ends[(key >> shift) & ((1 << bitsFor(ends)) - 1)]!;
        fuel += way.fuel;
        if (!way.outcome) continue;
      }
      if (effect === "allow") allows |= 1 << rule;
      else denies |= 1 << rule;
    }
    if (denies !== 0) return new Verdict("deny", fuel, denies, null);
    return new Verdict(allows !== 0 || otherwise === "allow" ? "allow" : "deny", fuel, allows, null);
  }
}

const PLACE_BITS = 8;
/** The golden ratio of 32 bits spreads keys that differ in a few bits. */
const SPREAD = 0x9e3779b1;
const placeOf = (key: number): number => Math.imul(key, SPREAD) >>> (32 - PLACE_BITS);
/** The same in the text. */
const PLACE_TEXT = `Math.imul(key, ${SPREAD}) >>> ${32 - PLACE_BITS}`;
