// Lines of JSON in, one line of answer each out, in order and as they come.
import { answerText, type Decision, type Value } from "../../vm/index.ts";
import type { DecideOptions } from "../commands/decide.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { linesOf, readLine } from "../lines.ts";
import { clean } from "../terminal.ts";
import { type Asking, answerTo, saysYes } from "./one.ts";

export async function decideLines(asking: Asking, options: DecideOptions): Promise<ExitCode> {
  const { io } = asking;
  const file = options.input ?? "-";
  let number = 0;
  let unread = 0;
  let denied = 0;
  let allowed = 0;
  for await (const bytes of linesOf(io, file)) {
    number++;
    const read = readLine(bytes);
    if ("reason" in read) {
      unread++;
      if (!options.allowed) io.out(`${JSON.stringify({ error: read.reason, line: number })}\n`);
      io.err(`line ${number}: ${clean(read.reason)}\n`);
      continue;
    }
    if (options.allowed) {
      if (!isAllowed(asking, read.value)) continue;
      allowed++;
      io.out(`${read.text}\n`);
      continue;
    }
    const answer = answerTo(asking, read.value, options.check === true);
    if (!saysYes(answer)) denied++;
    io.out(`${answerText(answer)}\n`);
  }
  const no = options.allowed ? allowed === 0 : denied > 0;
  return unread > 0 ? EXIT.trouble : no ? EXIT.no : EXIT.ok;
}

/** Whether a line is allowed and nothing is asked for it. A log wants the whole answer. */
function isAllowed(asking: Asking, input: Value): boolean {
  if (asking.log !== null) {
    const answer = answerTo(asking, input, false) as Decision;
    return answer.decision === "allow" && answer.obligations.length === 0;
  }
  const read = asking.policy.machine.read(input);
  return "value" in read && asking.policy.machine.allows(read.value);
}
