// The state of an agreement as plain mutable objects, and what goes in and out of a step. Nothing is bounded, nothing is
// packed: instances stay for ever.
import type { Program } from "../../compiler/model.ts";
import type { Value } from "../../vm/value.ts";
import { ZERO } from "./money.ts";

export type Status =
  | "waiting"
  | "active"
  | "overdue"
  | "fulfilled"
  | "cured"
  | "violated"
  | "excused"
  | "terminated"
  | "failed";
export type Edge = "open" | "closed";
export type Outcome = "fulfilled" | "expired" | "terminated" | "rescinded";

/** What an instance remembers of the one it was born from, as that was when it was violated. */
export interface Cause {
  readonly of: Instance;
  readonly due: number | null;
  readonly amount: Value;
  readonly paid: Value;
  readonly born: number;
}

export interface Instance {
  readonly norm: number;
  readonly key: number;
  readonly cause: Cause | null;
  /** Of the action whose event bore it. */
  readonly inputs: readonly Value[];
  status: Status;
  born: number;
  due: number | null;
  cure: number | null;
  amount: Value;
  paid: Value;
  late: boolean;
  madeGood: boolean;
  /** It failed while it waited: it is remembered, but does not count as born. */
  unborn: boolean;
  /** Which violation of its obligation it was; null before. */
  violation: number | null;
  /** Violated so long ago that it can no longer be performed: the list of those is as long as `open_at_most`. */
  givenUp: boolean;
}

export interface NormState {
  /** Everything ever born, oldest first. */
  born: Instance[];
  /** Births that wait for their `when`. */
  waiting: Instance[];
  /** The last truth of `when`, for `again`. */
  raised: boolean;
  /** Births so far, those that still wait included: the numbers of keys. */
  births: number;
  until: number | null;
}

export interface RegionState {
  state: number | null;
  entered: number | null;
  after: (number | null)[];
}

export interface Model {
  readonly program: Program;
  phase: "offered" | "active" | "ended";
  outcome: Outcome | null;
  clock: number;
  seq: number;
  activated: number | null;
  endedAt: number | null;
  expires: number | null;
  dids: (string | null)[];
  signed: boolean[];
  terms: Value[];
  facts: Value[];
  regions: RegionState[];
  norms: NormState[];
  powers: { used: number; armed: boolean; notice: number | null }[];
  balances: Value[];
  /** How often each action was accepted. */
  uses: number[];
  /** Key `role asset`: what a role has got. */
  got: Map<string, Value>;
  /** Key `debtor creditor asset`: what accounts could not pay. */
  debts: Map<string, Value>;
}

export interface SimEvent {
  readonly kind: "sign" | "act" | "pay" | "use" | "withdraw" | "tick";
  readonly name: string;
  readonly by: string;
  readonly at: number;
  readonly value: readonly (readonly [asset: string, amount: Value])[] | null;
  /** JSON. */
  readonly inputs: Value;
  readonly for: string | null;
}

export interface Move {
  readonly verb: string;
  readonly asset: string;
  readonly amount: Value;
  readonly from: string;
  readonly to: string;
}

export interface Answer {
  readonly kind: "timer" | "event";
  readonly name: string;
  readonly consumed: boolean;
  readonly refusal: { readonly kind: string; readonly name: string } | null;
  readonly moves: readonly Move[];
  readonly given: readonly (readonly [name: string, value: Value])[];
  readonly tells: readonly (readonly [to: string, what: Value])[];
  readonly at: number;
}

/** Thrown inside a step, caught by it: everything since is undone. */
export class Refused extends Error {
  readonly kind: string;
  readonly what: string;
  constructor(kind: string, what = "") {
    super(`${kind} ${what}`);
    this.kind = kind;
    this.what = what;
  }
}

/** A copy that shares only values and the program; causes stay the same instances among themselves. */
export function copyOf(model: Model): Model {
  const seen = new Map<object, unknown>();
  const copy = (value: unknown): unknown => {
    if (typeof value !== "object" || value === null || value === model.program) return value;
    const known = seen.get(value);
    if (known !== undefined) return known;
    if (value instanceof Map) {
      const map = new Map(value);
      seen.set(value, map);
      return map;
    }
    if (Array.isArray(value)) {
      const list: unknown[] = [];
      seen.set(value, list);
      for (const item of value) list.push(copy(item));
      return list;
    }
    if (Object.getPrototypeOf(value) !== Object.prototype) return value; // a Decimal, a MapValue …
    const object: Record<string, unknown> = {};
    seen.set(value, object);
    for (const [key, item] of Object.entries(value)) object[key] = copy(item);
    return object;
  };
  return copy(model) as Model;
}

export const isOpen = (instance: Instance): boolean => instance.status === "active" || instance.status === "overdue";

/** Violated, and it may still be performed. */
export const isLate = (model: Model, instance: Instance): boolean =>
  model.program.norms[instance.norm]!.late && instance.status === "violated" && !instance.madeGood && !instance.givenUp;

/** Those that may still be performed, the first violated first. */
export const lateOnes = (model: Model, norm: number): Instance[] =>
  model.norms[norm]!.born.filter((instance) => isLate(model, instance)).sort((a, b) => a.violation! - b.violation!);

export const latest = (norm: NormState): Instance | undefined => norm.born.at(-1);

export function addTo(map: Map<string, Value>, key: string, amount: Value, plus: (a: Value, b: Value) => Value): void {
  map.set(key, plus(map.get(key) ?? ZERO, amount));
}
