// `writ act do --lines`: an action for each line of inputs. Up to a batch of them is signed with one signature and sent at once; the answers are
// printed line by line, in order.
import { BATCH_ACTIONS_MAX } from "../court-node/limits.ts";
import type { BatchAnswer, CourtClient, Signer } from "../court-node/protocol/index.ts";
import { MapValue } from "../vm/index.ts";
import type { CourtOptions } from "./court.ts";
import { EXIT, type ExitCode, UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { ACT_LINE_BYTES_MAX, ACT_LINES_BYTES } from "./limits.ts";
import { type Line, linesOf, readLine } from "./lines.ts";
import { startProgress } from "./progress.ts";
import { clean, paintFor, thousands } from "./terminal.ts";

export interface ActLines {
  readonly file: string;
  readonly agreement: string;
  readonly name: string;
  readonly signer: Signer;
}

export async function actLines(io: Io, client: CourtClient, act: ActLines, options: CourtOptions): Promise<ExitCode> {
  const counts = { sent: 0, accepted: 0 };
  const progress = startProgress(io);
  let number = 0;
  let waiting: string[] = [];
  let bytesWaiting = 0;
  const send = async (): Promise<void> => {
    const first = counts.sent + 1;
    const acts = waiting.map((inputs) => ({ agreement: act.agreement, name: act.name, inputs }));
    [waiting, bytesWaiting] = [[], 0];
    if (acts.length === 0) return;
    const signed = await client.prepareAll("act", acts, { signer: act.signer });
    let answers: readonly BatchAnswer[];
    try {
      answers = await client.batch(signed);
    } catch (error) {
      const last = thousands(first + acts.length - 1);
      io.err(`whether lines ${thousands(first)} to ${last} were taken is not known; those before were sent\n`);
      throw error;
    }
    for (const [at, each] of signed.entries()) {
      const given = answers[at]!;
      // Timers that were due came first: the action waits to be sent again.
      const answer = "status" in given && given.status === "more" ? await client.submit(each) : given;
      counts.sent++;
      if ("status" in answer && answer.status === "accepted") counts.accepted++;
      io.out(`${options.json ? jsonOf(first + at, answer) : shown(io, first + at, answer)}\n`);
    }
    progress.at(`${thousands(counts.sent)} sent`);
  };
  try {
    for await (const bytes of linesOf(io, act.file)) {
      number++;
      const line = readLine(bytes);
      const reason = reasonOf(line, bytes.length);
      // What was sent before stays sent; nothing of this line or after it is.
      if (reason !== null) {
        await send();
        throw new UsageError(`line ${number}: ${clean(reason)}`, `sent before it: ${thousands(counts.sent)}`);
      }
      waiting.push((line as { readonly text: string }).text);
      bytesWaiting += bytes.length;
      if (waiting.length === BATCH_ACTIONS_MAX || bytesWaiting > ACT_LINES_BYTES) await send();
    }
    // Ctrl-c: what waits is not sent.
    if (!io.stop.aborted) await send();
  } finally {
    progress.done();
  }
  io.err(
    `${io.stop.aborted ? "stopped: " : ""}${thousands(counts.sent)} sent, ${thousands(counts.accepted)} accepted\n`,
  );
  if (io.stop.aborted) return EXIT.trouble;
  return counts.accepted === counts.sent ? EXIT.ok : EXIT.no;
}

/** Why a line is no action; null: it is one. */
function reasonOf(line: Line, bytes: number): string | null {
  if ("reason" in line) return line.reason;
  if (!(line.value instanceof MapValue)) return "it is no JSON object";
  return bytes > ACT_LINE_BYTES_MAX ? `it has more than ${ACT_LINE_BYTES_MAX} bytes` : null;
}

function jsonOf(line: number, answer: BatchAnswer): string {
  if ("problem" in answer) return JSON.stringify({ line, problem: answer.problem });
  const { status, repeated, receipts } = answer;
  return JSON.stringify({ line, status, repeated, receipts: receipts.map(({ seq, id }) => ({ seq, id })) });
}

function shown(io: Io, line: number, answer: BatchAnswer): string {
  const paint = paintFor(io);
  if ("problem" in answer) return `${line}  ${paint.bad(answer.problem.code)}: ${clean(answer.problem.detail)}`;
  const { status, receipts } = answer;
  const last = receipts.at(-1);
  return `${line}  ${status === "accepted" ? status : paint.bad(status)}${last === undefined ? "" : paint.dim(`  receipt ${last.seq}  ${last.id}`)}`;
}
