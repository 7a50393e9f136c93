// The obligations of an answer, put in the order in which they are met.

import { type Facts, OBLIGATION_RANK, type Obligation, type ObligationKinds, type Point } from "../point.ts";
import type { GateReason } from "./reasons.ts";

const RANK: ReadonlyMap<string, number> = new Map(OBLIGATION_RANK.map((name, rank) => [name, rank]));
const ORDER: readonly Point[] = ["connect", "request", "body", "response", "report"];

export type Obliged =
  | { readonly obligations: readonly Obligation[] }
  | { readonly problem: Extract<GateReason, "cannot-oblige">; readonly detail: string };

export interface Obliging {
  readonly kinds: ObligationKinds;
  readonly point: Point;
  readonly facts: Facts;
  /** Obligations of the exchange that were recorded with its intent, as `obligationKey` names them. */
  readonly before: ReadonlySet<string> | null;
}

const NONE: Obliged = { obligations: [] };

/** Name and arguments as one text. */
export const obligationKey = ({ name, args }: Obligation): string => `${name} ${JSON.stringify(args)}`;

/** By rank, each once. One that cannot be met here, comes too late, or cannot be met together with another of its name, denies. One given
 *  before its first point waits for it. A rule that says nothing of points gives at `response` what it gave at `request`: that was met. */
export function obliged(given: readonly Obligation[], { kinds, point, facts, before }: Obliging): Obliged {
  if (given.length === 0) return NONE;
  const left =
    before === null ? given : given.filter((each) => !before.has(obligationKey(each)) || again(each, point, kinds));
  // An answer holds each obligation once for the same arguments; those of one name stand side by side.
  for (let i = 0; i < left.length; i++) {
    const { name, args } = left[i] as Obligation;
    const kind = kinds.get(name);
    if (kind === undefined) return no(`\`${name}\` is not known here`);
    if (isTooLate(point, kind.points)) return no(`\`${name}\` comes too late at \`${point}\``);
    const reason = kind.refuses(args, facts);
    if (reason !== null) return no(`\`${name}\`: ${reason}`);
    if (!kind.several && i > 0 && left[i - 1]?.name === name)
      return no(`\`${name}\` is asked for with arguments that differ`);
  }
  return { obligations: inOrder(left) ? left : [...left].sort((a, b) => rankOf(a) - rankOf(b)) };
}

const rankOf = ({ name }: Obligation): number => RANK.get(name) ?? RANK.size;

function inOrder(obligations: readonly Obligation[]): boolean {
  for (let i = 1; i < obligations.length; i++)
    if (rankOf(obligations[i - 1] as Obligation) > rankOf(obligations[i] as Obligation)) return false;
  return true;
}

const again = ({ name, args }: Obligation, point: Point, kinds: ObligationKinds): boolean =>
  point === "response" && kinds.get(name)?.again?.(args) === true;

function isTooLate(point: Point, points: ReadonlySet<Point>): boolean {
  for (let at = ORDER.indexOf(point); at < ORDER.length; at++) if (points.has(ORDER[at] as Point)) return false;
  return true;
}

const no = (detail: string): Obliged => ({ problem: "cannot-oblige", detail });
