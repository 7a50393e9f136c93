// What of a constraint cannot be compiled, and what its author can write in its place. Nothing unknown is ever taken for
// something that accepts.
import type { Span } from "../../lang/source.ts";

export interface Refusal {
  /** The construct, in the author's words. */
  readonly construct: string;
  readonly help: string;
  readonly at: readonly Span[];
}

/** Advice for what the engine could not describe, by words of its reason. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/comprehension/, "a condition on data is written with `matchIf`, or as `when`"],
  [/merged with something else|embedded/, "write the fields out where they are used, or make them a definition (`#X`)"],
  [/computed from fields/, "give the fields it is computed from a value without a default, or check it in `when`"],
  [/refers to itself|nothing but itself/, "a definition (`#X`) may refer to itself inside a struct or list"],
  [/pattern that is not known/, "write the pattern as a text"],
  [/reference/, "make what it refers to a definition (`#X`), or compare the fields in `when`"],
];

export function adviceFor(why: string): string {
  return (
    ADVICE.find(([words]) => words.test(why))?.[1] ?? "give it a value when the file is read, or ask for it in `when`"
  );
}
