// A policy in a program whose answers are in a decision log before the program has them.
import type { CheckAnswer, Decision, Value } from "../vm/index.ts";
import type { DecisionLog } from "./log-file.ts";
import { type OpenedPolicy, readInput } from "./open.ts";
import { plainValue } from "./plain.ts";

export type LoggedPolicy = Pick<OpenedPolicy, "name" | "decide" | "decideText" | "check" | "checkText">;

/** Keeps module and data beside the log, and writes a line for each answer; when it cannot, the answer is not given. `now`: ms since 1970. */
export function logged(policy: OpenedPolicy, log: DecisionLog, now: () => number): LoggedPolicy {
  log.keep(policy.parts);
  const written = <A extends Decision | CheckAnswer>(kind: "decide" | "check", value: Value, answer: A): A => {
    log.append({ kind, at: new Date(now()).toISOString(), answer, input: { value } });
    return answer;
  };
  const decide = (value: Value): Decision => written("decide", value, policy.machine.decide(value));
  const check = (value: Value): CheckAnswer => written("check", value, policy.machine.check(value));
  return {
    name: policy.name,
    decide: (input) => decide(plainValue(input)),
    decideText: (json) => decide(readInput(json)),
    check: (input) => check(plainValue(input)),
    checkText: (json) => check(readInput(json)),
  };
}
