// The index compared with the scan, on inputs made of the atoms: those that a rule asks for, with one place left out, with what
// another rule asks for there, or with something just beside it. The inputs follow from the table, so the comparison comes out
// the same on every machine.
import { TYPE_PARTS_MAX } from "../../limits.ts";
import { compareText } from "../../order.ts";
import { MapValue, type Value } from "../../value.ts";
import { holds } from "../atoms.ts";
import type { Atom, Ruled, Step } from "../table.ts";
import { SELF_TEST_WORK, SELF_TESTS_MAX, SELF_TESTS_MIN } from "./limits.ts";

/** An input on which the two differ, and what each found. */
export interface Difference {
  readonly input: Value;
  readonly index: readonly number[];
  readonly scan: readonly number[];
}

export function differenceOf(table: Ruled, find: (input: Value) => readonly number[]): Difference | null {
  const { rules } = table;
  const wanted = Math.floor(SELF_TEST_WORK / Math.max(1, rules.length));
  for (const input of samplesOf(table, Math.min(SELF_TESTS_MAX, Math.max(SELF_TESTS_MIN, wanted)))) {
    const index = find(input);
    const scan = scanOf(table, input);
    if (index.length !== scan.length || index.some((rule, i) => rule !== scan[i])) return { input, index, scan };
  }
  return null;
}

/** The reference: the atoms of every rule. */
export function scanOf({ rules }: Ruled, input: Value): readonly number[] {
  const found: number[] = [];
  for (let i = 0; i < rules.length; i++) if (allHold(rules[i]!.atoms, input)) found.push(i);
  return found;
}

function allHold(atoms: readonly Atom[], input: Value): boolean {
  for (let i = 0; i < atoms.length; i++) if (!holds(input, atoms[i]!)) return false;
  return true;
}

/** Whole numbers below a bound, from a fixed start. Source: the multiplier of MINSTD, Park and Miller. */
function numbers(): (below: number) => number {
  let state = 20_261_128;
  return (below) => {
    state = (state * 48_271) % 2_147_483_647;
    return state % below;
  };
}

/** Inputs made of the atoms of a table. */
export function* samplesOf(table: Ruled, count: number): Generator<Value> {
  const next = numbers();
  const atoms = table.rules.filter((rule) => rule.atoms.length > 0).map((rule) => rule.atoms);
  yield [];
  if (atoms.length === 0) return;
  const any = (): readonly Atom[] => atoms[next(atoms.length)]!;
  for (let i = 0; i < count; i++) {
    const parts = any().map(({ path, test }): [readonly Step[], Value] => [path, satisfying(test, next)]);
    const at = next(parts.length);
    const [path, value] = parts[at]!;
    switch (next(5)) {
      case 1:
        parts.splice(at, 1);
        break;
      case 2: {
        const others = any();
        const other = others[next(others.length)]!;
        parts.push([other.path, satisfying(other.test, next)]);
        break;
      }
      case 3:
        parts[at] = [path, beside(value)];
        break;
      case 4:
        for (const other of any()) parts.push([other.path, satisfying(other.test, next)]);
        break;
      default:
    }
    yield inputOf(parts);
  }
}

/** A value for which a test holds, or nearly: a range may have nothing in it. */
function satisfying(test: Atom["test"], next: (below: number) => number): Value {
  switch (test.kind) {
    case "in":
      return one(test.values, next);
    case "has_any":
      return [beside(one(test.values, next)), one(test.values, next)];
    case "starts_with":
      return `${one(test.values, next) ?? ""}${["", "x", "/"][next(3)]}`;
    case "ends_with":
      return `${["", "x", "."][next(3)]}${one(test.values, next) ?? ""}`;
    case "under_path":
      return `${one(test.values, next) ?? ""}${["", "/", "/x", "x"][next(4)]}`;
    case "under_host":
      return `${["", "a.", "A.b.", "a"][next(4)]}${one(test.values, next) ?? ""}${["", "."][next(2)]}`;
    case "range": {
      const bound = one(
        [test.min, test.max].filter((each) => each !== null),
        next,
      );
      return next(2) === 0 ? bound : beside(bound);
    }
    case "inside": {
      const network = one(test.networks, next) as readonly [Uint8Array, number] | undefined;
      if (network === undefined) return null;
      const [ip, bits] = network;
      const inside = ip.slice();
      for (let bit = bits; bit < 8 * ip.length; bit++) if (next(2) === 0) inside[bit >> 3]! ^= 0x80 >> (bit & 7);
      return inside;
    }
    case "present":
      return true;
  }
}

const one = <T>(list: readonly T[], next: (below: number) => number): T | undefined =>
  list.length === 0 ? undefined : list[next(list.length)];

/** Another value of the kind, as near as possible. */
function beside(value: Value): Value {
  if (typeof value === "string") return value === "" ? "x" : value.slice(0, -1);
  if (typeof value === "number") return value + 1;
  if (typeof value === "bigint") return value + 1n;
  if (typeof value === "boolean") return !value;
  if (value instanceof Uint8Array) {
    const other = value.slice();
    if (other.length > 0) other[other.length - 1]! ^= 1;
    return other;
  }
  return Array.isArray(value) ? value.slice(1) : null;
}

/** What a step leads to while an input is put together. */
type Draft = Map<Step, Draft | { readonly value: Value }>;

/** An input with values at paths; the first value at a place stays. */
export function inputOf(parts: readonly (readonly [readonly Step[], Value])[]): Value {
  const root: Draft = new Map();
  for (const [path, value] of parts) {
    let at = root;
    for (const [i, step] of path.entries()) {
      const there = at.get(step);
      if (i === path.length - 1) {
        if (there === undefined) at.set(step, { value });
      } else if (there === undefined) {
        const below: Draft = new Map();
        at.set(step, below);
        at = below;
      } else if (there instanceof Map) at = there;
      else break;
    }
  }
  return builtOf(root);
}

function builtOf(draft: Draft): Value {
  const entries = [...draft].map(([step, each]) => [step, each instanceof Map ? builtOf(each) : each.value] as const);
  if (entries.every(([step]) => typeof step === "number")) {
    const record: Value[] = [];
    // A slot without a value: any error stands for absence.
    for (const [slot, value] of entries as readonly (readonly [number, Value])[]) {
      if (slot >= TYPE_PARTS_MAX) continue;
      while (record.length < slot) record.push(undefined);
      record[slot] = value;
    }
    return record;
  }
  const keys = entries
    .filter(([step]) => typeof step === "string")
    .sort(([a], [b]) => compareText(a as string, b as string));
  return new MapValue(
    keys.map(([step]) => step as string),
    keys.map(([, value]) => value),
  );
}
