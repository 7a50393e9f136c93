// What an obligation is here: a name, the points at which it is carried out, and arguments that this cage can meet or not. How it is
// carried out stands in the obligation's own file; `duties.ts` calls it.
import type { Field } from "../message/fields.ts";
import type { ObligationName, PlainRecord, PlainValue, Point } from "../point.ts";
import type { Configuration } from "./configuration.ts";

/** Points in the order in which an exchange comes to them; a report is an exchange of its own. */
export const POINTS: readonly Point[] = ["connect", "request", "body", "response"];

export interface Obligation<Args> {
  readonly name: ObligationName;
  /** Where it is carried out. Given earlier it waits for the first of them; given later it is too late. */
  readonly points: readonly Point[];
  /** It can be carried out for a tunnel, of which nothing is seen. */
  readonly tunnels: boolean;
  /** Given with different arguments, all of them are carried out; else two that differ deny. */
  readonly several: boolean;
  /** What it means at a point, where that is not the same at each. */
  readonly at?: (args: Args, point: Point) => Args;
  /** Given at `response` again it means another thing than before: it is not met yet. */
  readonly again?: (args: PlainValue) => boolean;
  /** The arguments ready for use, or why this cage cannot meet them. Pure. */
  check(args: PlainValue, configuration: Configuration): Args | Unmet;
}

/** Why an obligation cannot be met, and what to do about it: two lower-case lines. */
export interface Unmet {
  readonly problem: string;
  readonly help: string;
}

export const unmet = (problem: string, help: string): Unmet => ({ problem, help });
export const isUnmet = (read: object): read is Unmet => "problem" in read && "help" in read;
export const unmetText = ({ problem, help }: Unmet): string => `${problem}: ${help}`;

/** What a caller is answered when an obligation was not met. */
export interface Denial {
  /** A word: of the records, too. */
  readonly reason: string;
  /** Lower-case line for log and record, without secrets. */
  readonly detail: string;
  readonly status: number;
  /** Fields and members of the problem document beside those of every denial. */
  readonly fields: readonly Field[];
  readonly more: PlainRecord;
}

export const denial = (reason: string, status: number, detail: string, more: Partial<Denial> = {}): Denial => ({
  reason,
  status,
  detail,
  fields: [],
  more: {},
  ...more,
});

export const cannotOblige = (name: string, why: string): Denial => denial("cannot-oblige", 403, `${name}: ${why}`);
