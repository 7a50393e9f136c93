// Answers of a policy for people.
import type { OpenedPolicy } from "../../policy/index.ts";
import type { CheckAnswer, Decision, Determining, ObligationGiven, RuleError, Value } from "../../vm/index.ts";
import { clean, columns, counted, type Paint, thousands } from "../terminal.ts";

/** `deny  by locked`, then why, and what goes with it. */
export function decisionLines(policy: OpenedPolicy, input: Value, answer: Decision, paint: Paint): string[] {
  const { decision, determining, obligations, advice, errors, shadow } = answer;
  const rules = [...new Set(determining.map(({ rule }) => rule))];
  const by = rules.length > 0 ? `by ${rules.map(clean).join(", ")}` : byNone(errors);
  const word = decision === "allow" ? paint.good("allow") : paint.bad("deny");
  const rows = [
    ...determining.map((each) => [placed(each), clean(policy.machine.texts(input, each.rule)?.message ?? "")]),
    ...given("obligation", obligations),
    ...given("advice", advice),
    ...errors.map((each) => [paint.warn("error"), errorOf(each)]),
    ...shadow.map(({ effect, ...each }) => [paint.dim("shadow"), `${effect} by ${placed(each)}`]),
  ];
  return [`${word}  ${by}`, ...columns(rows.map((row) => ["", ...row])), paint.dim(headOf(answer))];
}

export function checkLines(answer: CheckAnswer, paint: Paint): string[] {
  const { violations, errors } = answer;
  const head =
    violations.length === 0 ? paint.good("no violations") : paint.bad(counted(violations.length, "violation"));
  const rows = [
    ...violations.map((each) => [
      placed(each),
      clean(each.error === undefined ? each.message : `${each.message} (error ${each.error})`),
    ]),
    ...errors.filter(({ rule }) => rule !== "input").map((each) => [paint.warn("error"), errorOf(each)]),
  ];
  return [head, ...columns(rows.map((row) => ["", ...row])), paint.dim(headOf(answer))];
}

const placed = ({ rule, at }: Determining): string =>
  at.length === 0 ? clean(rule) : `${clean(rule)} at ${at.map(clean).join(", ")}`;
const errorOf = (each: RuleError): string => `${placed(each)}: ${clean(each.error)}`;
const byNone = (errors: readonly RuleError[]): string =>
  errors.some(({ rule }) => rule === "input") ? "because the input does not fit" : "by default: no rule decided";
const given = (word: string, all: readonly ObligationGiven[]): string[][] =>
  all.map(({ name, args, rules }) => [
    word,
    `${clean(name)} ${clean(JSON.stringify(args))} from ${rules.map(clean).join(", ")}`,
  ]);
const headOf = ({ fuel, module }: Decision | CheckAnswer): string =>
  `  ${thousands(fuel)} fuel   module ${module.slice(0, 16)}…`;
