// The short answer: the decision and what decided it, without what is only for the record. For enforcement points that ask often.
import type { Decision } from "./answer.ts";

/** The lists of an answer that a verdict has only when one of them says more than the rules that decided. */
export type Details = Pick<Decision, "determining" | "obligations" | "advice" | "errors" | "shadow">;

export class Verdict {
  readonly decision: "allow" | "deny";
  readonly fuel: number;
  /** Errors, obligations, advice, shadow rules or elements: an enforcement point must look at them. Null when there are none. */
  readonly more: Details | null;
  /** The determining rules as bits of a number, or by their numbers. A public field, which the host makes fastest; read `determining`. */
  readonly rules: number | readonly number[];

  constructor(decision: "allow" | "deny", fuel: number, rules: number | readonly number[], more: Details | null) {
    this.decision = decision;
    this.fuel = fuel;
    this.rules = rules;
    this.more = more;
  }

  /** Numbers of the determining rules in the table, ascending: those of their ids. */
  get determining(): readonly number[] {
    const { rules } = this;
    if (typeof rules !== "number") return rules;
    const out: number[] = [];
    for (let rule = 0; rules >> rule !== 0; rule++) if (((rules >> rule) & 1) === 1) out.push(rule);
    return out;
  }
}

/** Whether a verdict is a plain yes: allowed, and nothing is asked of the enforcement point for it. */
export const isYes = ({ decision, more }: Verdict): boolean =>
  decision === "allow" && (more === null || more.obligations.length === 0);
