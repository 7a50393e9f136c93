// One input, one answer.
import type { OpenedPolicy } from "../../policy/index.ts";
import type { DecisionLog } from "../../policy/node.ts";
import { answerText, type CheckAnswer, type Decision, type Type, type Value } from "../../vm/index.ts";
import type { DecideOptions } from "../commands/decide.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { readValue } from "../policy.ts";
import { paintFor } from "../terminal.ts";
import { checkLines, decisionLines } from "./show.ts";

export interface Asking {
  readonly io: Io;
  readonly policy: OpenedPolicy;
  readonly log: DecisionLog | null;
  /** The instant that is written in the log. */
  readonly at: () => string;
  /** Prints what explains the answer to an input. */
  readonly explain?: (input: Value) => void;
}

export async function decideOne(asking: Asking, options: DecideOptions): Promise<ExitCode> {
  const { io, policy } = asking;
  const { table } = policy.machine;
  const input = await readValue(io, options.input ?? "-", policy.parts.module.types[table.input] as Type);
  const answer = answerTo(asking, input, options.check === true);
  const paint = paintFor(io);
  if (options.json) io.out(`${answerText(answer)}\n`);
  else {
    const lines = isCheck(answer) ? checkLines(answer, paint) : decisionLines(policy, input, answer, paint);
    io.out(`${lines.join("\n")}\n`);
  }
  asking.explain?.(input);
  return saysYes(answer) ? EXIT.ok : EXIT.no;
}

/** The answer to an input, in the log before anyone sees it. */
export function answerTo({ policy, log, at }: Asking, input: Value, check: boolean): Decision | CheckAnswer {
  const answer = check ? policy.machine.check(input) : policy.machine.decide(input);
  log?.append({ kind: check ? "check" : "decide", at: at(), answer, input: { value: input } });
  return answer;
}

export const isCheck = (answer: Decision | CheckAnswer): answer is CheckAnswer => "violations" in answer;

/** Allowed, or without a violation. */
export const saysYes = (answer: Decision | CheckAnswer): boolean =>
  isCheck(answer) ? answer.violations.length === 0 : answer.decision === "allow";
