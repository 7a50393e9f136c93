// `writ replay --log`: decisions of a log asked again, of the same policy or of another one.
import { resolve } from "node:path";
import { nativeSha256 } from "../ledger/index.ts";
import {
  type AnswerLine,
  Chain,
  Comparer,
  type Comparison,
  type Difference,
  Replayer,
  Store,
  storeOf,
} from "../policy/node.ts";
import { eachLine } from "./commands/log.ts";
import type { CueOptions } from "./cue.ts";
import { printJson } from "./document.ts";
import { EXIT, type ExitCode, UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { DIFFERENCES_SHOWN_MAX } from "./limits.ts";
import { readModuleFile } from "./module-file.ts";
import { type DataOptions, policySentences, readDocuments } from "./policy.ts";
import { startProgress } from "./progress.ts";
import { clean, columns, counted, type Paint, paintFor, thousands } from "./terminal.ts";
import type { TierOptions } from "./tier.ts";

export interface LogReplayOptions extends TierOptions, CueOptions, DataOptions {
  readonly log: readonly string[];
  readonly store?: string;
  readonly policy?: string;
  readonly json?: boolean;
}

export const replayLog = (io: Io, options: LogReplayOptions): Promise<ExitCode> =>
  policySentences(() => (options.policy === undefined ? again(io, options) : compare(io, options, options.policy)));

/** Rotated files share the store of the newest one, which the writer has open. */
const storeFor = (io: Io, { log, store }: LogReplayOptions): Store =>
  new Store(resolve(io.cwd, store ?? storeOf(log.at(-1) as string)));

/** The lines of all files, checked to be one chain on the way. */
function eachAnswer(io: Io, { log }: LogReplayOptions, take: (line: AnswerLine) => void): void {
  const chain = new Chain(nativeSha256);
  const progress = startProgress(io);
  for (const file of log) {
    eachLine(io, file, (text, number) => {
      const line = chain.next(text, number);
      if (line.kind !== "log") take(line);
      progress.at(`${clean(file)}: line ${thousands(number)}`);
    });
  }
  progress.done();
}

async function again(io: Io, options: LogReplayOptions): Promise<ExitCode> {
  const differences: Difference[] = [];
  const replayer = new Replayer(storeFor(io, options), options.tier);
  let count = 0;
  eachAnswer(io, options, (line) => {
    const found = replayer.again(line);
    if (found === null) return;
    count++;
    if (differences.length < DIFFERENCES_SHOWN_MAX) differences.push(found);
  });
  const { ran, skipped, fuel } = replayer;
  if (ran === 0 && skipped > 0)
    throw new UsageError("nothing can be run again: the log holds digests or masked inputs only");
  const paint = paintFor(io);
  if (options.json) printJson(io, { ok: count === 0, ran, skipped, fuel, different: count, differences });
  else {
    for (const { seq, recorded, now } of differences)
      io.out(`${paint.bad("differs")}  line ${seq}: recorded ${said(recorded)}, now ${said(now)}\n`);
    if (count === 0)
      io.out(`${paint.good("ok")}  ${counted(ran, "decision")} run again to the same bytes, ${thousands(fuel)} fuel\n`);
    else io.out(`${counted(count, "decision")} of ${thousands(ran)} came out otherwise\n`);
    if (skipped > 0) io.out(`    ${counted(skipped, "decision")} not run: the log does not hold the whole input\n`);
  }
  return count === 0 ? EXIT.ok : EXIT.no;
}

/** `deny by locked`; the same words when only other parts of the answer differ. */
const said = ({ decision, rules, text }: Difference["now"]): string =>
  `${decision} by ${rules.map(clean).join(", ")} (${clean(text.length > 200 ? `${text.slice(0, 200)}…` : text)})`;

async function compare(io: Io, options: LogReplayOptions, file: string): Promise<ExitCode> {
  const module = await readModuleFile(io, file, options);
  if (module === null) return EXIT.trouble;
  if (module.module.kind !== "policy") throw new UsageError(`${clean(file)} is no policy`);
  const given = await readDocuments(io, options.data ?? [], module);
  const comparer = new Comparer(storeFor(io, options), module, given, options.tier);
  eachAnswer(io, options, (line) => comparer.compare(line));
  const { result } = comparer;
  const flipped = result.gained + result.lost + result.changed;
  if (options.json) printJson(io, { ok: flipped === 0, ...result });
  else show(io, result, flipped);
  return flipped === 0 ? EXIT.ok : EXIT.no;
}

function show(io: Io, result: Comparison, flipped: number): void {
  io.out(`${flipLines(paintFor(io), result, flipped, "line").join("\n")}\n`);
  if (result.skipped > 0)
    io.out(`    ${counted(result.skipped, "decision")} not run: the log does not hold the whole input\n`);
}

/** What a policy changes, the largest groups first. `noun`: what numbers are of. */
export function flipLines(
  paint: Paint,
  { ran, gained, lost, changed, flips }: Comparison,
  flipped: number,
  noun: string,
): string[] {
  if (flipped === 0) return [`${paint.good("ok")}  ${counted(ran, "decision")} stay as they were`];
  const word = { lost: paint.bad("lost"), gained: paint.warn("gained"), changed: paint.dim("changed") };
  const rows = flips
    .slice(0, DIFFERENCES_SHOWN_MAX)
    .map(({ direction, before, after, count, lines }) => [
      `  ${word[direction]}`,
      thousands(count),
      `${before.map(clean).join(", ")} → ${after.map(clean).join(", ")}`,
      paint.dim(`${noun}${lines.length === 1 ? "" : "s"} ${lines.join(", ")}${count > lines.length ? ", …" : ""}`),
    ]);
  const more = flips.length - DIFFERENCES_SHOWN_MAX;
  return [
    `${thousands(flipped)} of ${counted(ran, "decision")} change: ${thousands(lost)} lost, ${thousands(gained)} gained, ${thousands(changed)} with other obligations or violations`,
    ...columns(rows, 2, [1]),
    ...(more > 0 ? [`  and ${counted(more, "other group")}; --json gives all`] : []),
  ];
}
