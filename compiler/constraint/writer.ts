// Writes one function of a constraint: to its end when data holds. In two modes with one meaning: `holds` leaves at the
// first failure, `report` notes each and goes on.
import type { CueKind } from "../../lang/cue/lowered.ts";
import { builtinsNamed } from "../../stdlib/resolve.ts";
import type { Builder } from "../3-lower/builder.ts";
import type { Label, Var } from "../3-lower/ir.ts";
import { type Kinds, meet, TYPE_WORD, within } from "./kinds.ts";
import { VIOLATIONS_MAX } from "./limits.ts";

/** A part of the data: what it is known to be, and where it is. */
export interface Spot {
  readonly value: Var;
  readonly kinds: Kinds;
  /** Names and indexes behind the prefix of the function. */
  readonly path: readonly (string | Var)[];
}

export type Mode =
  /** `over`: where to go when data is over a bound of the check. */
  | { readonly is: "holds"; readonly away: Label; readonly over: Label }
  /** `out`: a list of `[path, why]`. `prefix`: the path of the value the function is about; null: none. */
  | { readonly is: "report"; readonly out: Var; readonly prefix: Var | null };

const idOf = (name: string, signature: string): number => {
  const found = builtinsNamed(name).find((each) => each.signature === signature);
  if (found === undefined) throw new Error(`no builtin ${name} ${signature}`);
  return found.id;
};
export const BUILTIN = {
  type: idOf("type", "(any) -> text"),
  keys: idOf("keys", "(map(T)) -> list(text)"),
  hasKey: idOf("contains", "(map(T), text) -> bool"),
  contains: idOf("contains", "(list(T), T) -> bool"),
  concat: idOf("concat", "(list(T), list(T)...) -> list(T)"),
  runes: idOf("runes", "(text) -> int"),
  startsWith: idOf("starts_with", "(text, text) -> bool"),
  endsWith: idOf("ends_with", "(text, text) -> bool"),
  includes: idOf("contains", "(text, text) -> bool"),
  mod: idOf("mod", "(int, int) -> int"),
  distinct: idOf("distinct", "(list(T)) -> bool"),
} as const;

export class Writer {
  readonly b: Builder;
  constructor(b: Builder) {
    this.b = b;
  }

  fail(spot: Spot, mode: Mode, why: string): void {
    if (mode.is === "holds") this.b.jump(mode.away);
    else this.note(this.pathOf(spot, mode), why, mode.out);
  }

  /** Fails unless the condition is exactly true: an error of a comparison of kinds that do not compare is a failure. */
  demand(condition: Var, spot: Spot, mode: Mode, why: string): void {
    if (mode.is === "holds") this.b.jumpUnless(condition, mode.away);
    else this.b.unless(condition, () => this.fail(spot, mode, why));
  }

  /** Fails unless the value is this bool, small int or text. */
  demandSame(value: boolean | number | string, spot: Spot, mode: Mode, why: string): void {
    if (mode.is === "holds") this.b.jumpNe(spot.value, value, mode.away);
    else this.b.ifNe(spot.value, value, () => this.fail(spot, mode, why));
  }

  /** Fails unless the value is one of these. */
  demandOne(values: readonly (boolean | number | string)[], spot: Spot, mode: Mode, why: string): void {
    if (values.length === 1) return this.demandSame(values[0]!, spot, mode, why);
    this.b.block("is one of", (found) => {
      for (const value of values) this.b.jumpEq(spot.value, value, found);
      this.fail(spot, mode, why);
    });
  }

  note(path: Var, why: string, out: Var): void {
    this.add(this.b.record([path, this.b.const(why)]), out);
  }

  add(violation: Var, out: Var): void {
    const { b } = this;
    b.if(b.op("lt", [b.op("length", [out]), b.const(VIOLATIONS_MAX)]), () => {
      b.op("put", [out, b.op("length", [out]), violation, VIOLATIONS_MAX], out);
    });
  }

  pathOf(spot: Spot, mode: Extract<Mode, { is: "report" }>): Var {
    const { b } = this;
    const own = b.record(spot.path.map((step) => (typeof step === "string" ? b.const(step) : step)));
    return mode.prefix === null ? own : b.builtin(BUILTIN.concat, [mode.prefix, own], 2 * PATH_STEPS_MAX);
  }

  /** What the machine's `type` says of the value. */
  typeOf(value: Var): Var {
    return this.b.once(`type ${value.id}`, () => this.b.builtin(BUILTIN.type, [value], 1));
  }

  field(value: Var, name: string): Var {
    return this.b.once(`field ${value.id} ${name}`, () => this.b.op("field", [value, name]));
  }

  /** Goes on with `then` where the value is of one of the kinds. */
  narrow(spot: Spot, kinds: Kinds, mode: Mode, then: (narrowed: Spot) => void): void {
    const { b } = this;
    if (within(spot.kinds, kinds)) return then(spot);
    const left = meet(spot.kinds, kinds);
    const why = kinds.size === 0 ? "is not allowed here" : `is not ${wordsOf(kinds)}`;
    const wanted = [...left].flatMap((kind) => TYPE_WORD[kind] ?? []);
    if (wanted.length === 0) return this.fail(spot, mode, why);
    const type = { ...spot, value: this.typeOf(spot.value) };
    const narrowed = { ...spot, kinds: left };
    if (mode.is === "holds") {
      this.demandOne(wanted, type, mode, why);
      return then(narrowed);
    }
    b.block("of a kind", (done) => {
      b.block("right kind", (right) => {
        for (const word of wanted) b.jumpEq(type.value, word, right);
        this.fail(spot, mode, why);
        b.jump(done);
      });
      then(narrowed);
    });
  }

  /** A bool: `body` went to its end. */
  test(outer: Mode, body: (mode: Mode) => void): Var {
    const { b } = this;
    const result = b.const(false);
    b.block("test", (away) => {
      // In a report what is over a bound is noted as a failure.
      body({ is: "holds", away, over: outer.is === "holds" ? outer.over : away });
      b.const(true, result);
    });
    return result;
  }
}

/** Steps of a path: more than data can have levels. */
const PATH_STEPS_MAX = 128;

const WORDS: Readonly<Record<CueKind, string>> = {
  null: "null",
  bool: "a bool",
  int: "an int",
  float: "a decimal",
  string: "a text",
  bytes: "bytes",
  list: "a list",
  struct: "a struct",
};

export function wordsOf(kinds: Kinds): string {
  if (kinds.has("int") && kinds.has("float"))
    return [
      "a number",
      ...[...kinds].filter((kind) => kind !== "int" && kind !== "float").map((kind) => WORDS[kind]),
    ].join(" or ");
  return [...kinds].map((kind) => WORDS[kind]).join(" or ");
}
