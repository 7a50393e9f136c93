// `writ replay`: every receipt of a ledger, or every answer of a decision log, made again from what is stored, and compared.
import type { Command } from "commander";
import { replayLedger } from "../../court-node/replay.ts";
import { nativeVerifyEd25519 } from "../../ledger/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { withCue } from "../cue.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { type FolderOptions, openLedger } from "../folder.ts";
import type { Io } from "../io.ts";
import { withData } from "../policy.ts";
import { startProgress } from "../progress.ts";
import { type LogReplayOptions, replayLog } from "../replay-log.ts";
import { clean, counted, paintFor, thousands } from "../terminal.ts";
import { tierOption } from "../tier.ts";
import type { Job } from "../verbs.ts";

interface Options extends FolderOptions, Omit<LogReplayOptions, "log"> {
  readonly signatures: boolean;
  readonly log?: readonly string[];
}

export function configure(command: Command, run: (job: Job) => void): void {
  withData(withCue(command))
    .argument("[folder]", "folder of a ledger")
    .option("--log <file...>", "decision logs instead of a ledger: the files of one chain, oldest first")
    .option("--policy <file>", "with --log: ask this policy, and show which decisions flip")
    .option(
      "--store <folder>",
      "with --log: where modules and data lie (default: beside the newest log, ending in .store)",
    )
    .option("--key <file>", "key file of the court (default: node.key in the folder)")
    .option("--lock <file>", "the second copy of the last checkpoint (default: beside the folder)")
    .option("--origin <name>", "name of the log (default: from the last checkpoint)")
    .option("--no-signatures", "do not check the signatures of actions again")
    .addOption(tierOption())
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ replay .writ/court
  writ replay --log decisions.jsonl
  writ replay --log decisions.jsonl.1 decisions.jsonl --policy notes-next.yaml

Each step is run again by the module and the machine alone: state roots, moves, refusals and fuel must be the same.
A decision log is replayed from the log and its store alone, to the same bytes. With --policy the new policy is asked:
lost is what was allowed and is denied now, gained the other way, each by the rules that decided before and that decide
now. Data documents are those of the log unless --data gives others.
Exit code: 0 everything is as recorded (nothing flips), 1 something differs, 2 it could not be opened.`,
    )
    .action((folder: string | undefined, options: Options) => run((io) => chosen(io, folder, options)));
}

async function chosen(io: Io, folder: string | undefined, options: Options): Promise<ExitCode> {
  const { log } = options;
  if ((folder === undefined) === (log === undefined))
    throw new UsageError("name the folder of a ledger, or decision logs with --log", "writ replay --help shows how");
  if (log !== undefined) return replayLog(io, { ...options, log });
  if (options.policy !== undefined) throw new UsageError("--policy compares a decision log: name it with --log");
  return replay(io, folder as string, options);
}

async function replay(io: Io, folder: string, options: Options): Promise<ExitCode> {
  const { log, storage } = await openLedger(io, folder, options);
  const progress = startProgress(io);
  try {
    const report = replayLedger({
      log,
      storage,
      builtins: BUILTINS,
      tier: options.tier,
      ...(options.signatures ? { verify: nativeVerifyEd25519 } : {}),
      progress: (done, of) => progress.at(`${thousands(done)} of ${thousands(of)} receipts`),
    });
    progress.done();
    const { difference, receipts, agreements, fuel } = report;
    const paint = paintFor(io);
    if (options.json)
      io.out(`${JSON.stringify({ ok: difference === null, receipts, agreements, fuel, difference })}\n`);
    else if (difference === null)
      io.out(
        `${paint.good("ok")}  ${counted(receipts, "receipt")} of ${counted(agreements, "agreement")} run again to the same roots, ${thousands(fuel)} fuel\n`,
      );
    else
      io.out(
        `${paint.bad("differs")}  receipt ${difference.seq}, ${clean(difference.field)}: ${clean(difference.message)}\n`,
      );
    return difference === null ? EXIT.ok : EXIT.no;
  } finally {
    await storage.close();
  }
}
