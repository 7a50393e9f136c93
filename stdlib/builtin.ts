// What an entry of the builtin table is. One table (`table.ts`) declares every builtin; the checker resolves calls with
// it, the machine charges and runs by it, docs/stdlib.md and the example tests are generated from it.
import type { Type } from "../vm/type.ts";
import type { Value } from "../vm/value.ts";

/** A parameter type, in the notation of `signature.ts`: `instant`, `money(A)`, `list(T)`, `T?`, `number` … */
export interface Builtin {
  /** Stable number used in bytecode. Never reused. */
  readonly id: number;
  /** Name in the language; several entries may share it (overloads, told apart by their parameter types). */
  readonly name: string;
  /** For example `(instant, instant, rounding.days, zone) -> period(days)`. Parameters written `zone`, `calendar`,
   *  `rounding.days`, `rounding.months`, `rounding.money` and `digits(A)` are filled in by the compiler from the document. */
  readonly signature: string;
  readonly fuel: number;
  /** Fuel per unit of work, and which argument gives the number of units (its length, or its value when an int); `further`:
   *  the arguments after it count, too. */
  readonly perUnit?: { readonly fuel: number; readonly argument: number; readonly further?: boolean };
  readonly doc: string;
  /** Expression and the text of its value; each runs as a test through the whole compiler. */
  readonly examples: readonly (readonly [expression: string, value: string])[];
  /** Operands are already free of errors and unknowns unless `lazy`. Pure: no clock, locale, randomness. */
  readonly run: (args: readonly Value[]) => Value;
  /** Gets errors and unknowns as they are. */
  readonly lazy?: boolean;
}

/** A name that looks like a call but is built into the compiler (`choose`, `done`, `held` …): documented here, lowered there. */
export interface Form {
  readonly name: string;
  readonly signature: string;
  readonly doc: string;
  readonly examples: readonly (readonly [expression: string, value: string])[];
}

export type { Type };
