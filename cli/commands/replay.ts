// `writ replay`: every receipt made again from what is stored, and compared.
import type { Command } from "commander";
import { replayLedger } from "../../court-node/replay.ts";
import { nativeVerifyEd25519 } from "../../ledger/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { type FolderOptions, openLedger } from "../folder.ts";
import type { Io } from "../io.ts";
import { startProgress } from "../progress.ts";
import { clean, counted, paintFor, thousands } from "../terminal.ts";
import { type TierOptions, tierOption } from "../tier.ts";
import type { Job } from "../verbs.ts";

interface Options extends FolderOptions, TierOptions {
  readonly signatures: boolean;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command
    .argument("<folder>", "folder of the ledger")
    .option("--key <file>", "key file of the court (default: node.key in the folder)")
    .option("--lock <file>", "the second copy of the last checkpoint (default: beside the folder)")
    .option("--origin <name>", "name of the log (default: from the last checkpoint)")
    .option("--no-signatures", "do not check the signatures of actions again")
    .addOption(tierOption())
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Example:
  writ replay .writ/court

Each step is run again by the module and the machine alone: state roots, moves, refusals and fuel must be the same.
Exit code: 0 everything is as recorded, 1 the first difference is shown, 2 the folder could not be opened.`,
    )
    .action((folder: string, options: Options) => run((io) => replay(io, folder, options)));
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
