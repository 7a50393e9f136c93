// `writ ledger verify`: every entry, every hash, up to the signed root.
import type { Command } from "commander";
import { nativeSha256, scrub } from "../../ledger/index.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import { type FolderOptions, openLedger } from "../folder.ts";
import type { Io } from "../io.ts";
import { startProgress } from "../progress.ts";
import { clean, counted, paintFor, thousands } from "../terminal.ts";
import { toRootText } from "../text.ts";
import type { Job } from "../verbs.ts";

interface Options extends FolderOptions {
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command.addHelpText("after", "\nExamples:\n  writ ledger verify .writ/court");
  command
    .command("verify")
    .description("check every entry of a ledger against its signed root; only reads")
    .argument("<folder>", "folder of the ledger")
    .option("--key <file>", "key file of the court (default: node.key in the folder)")
    .option("--lock <file>", "the second copy of the last checkpoint (default: beside the folder)")
    .option("--origin <name>", "name of the log (default: from the last checkpoint)")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Example:
  writ ledger verify .writ/court

Exit code: 0 every hash fits, 1 something does not, 2 the folder could not be opened.`,
    )
    .action((folder: string, options: Options) => run((io) => verify(io, folder, options)));
}

async function verify(io: Io, folder: string, options: Options): Promise<ExitCode> {
  const { log, storage } = await openLedger(io, folder, options);
  const progress = startProgress(io);
  try {
    const { entries, problem } = scrub(log, nativeSha256, {
      progress: (done, of) => progress.at(`${thousands(done)} of ${thousands(of)} entries`),
    });
    progress.done();
    const { origin, checkpoint } = log;
    if (options.json)
      io.out(
        `${JSON.stringify({ ok: problem === null, origin, size: checkpoint.size, entries, root: toRootText(checkpoint.root), problem: problem === null ? null : { code: problem.code, message: problem.message } })}\n`,
      );
    else if (problem === null)
      io.out(
        `${paintFor(io).good("ok")}  ${clean(origin)}: ${counted(entries, "entry", "entries")}, every hash fits the signed root ${toRootText(checkpoint.root)}\n`,
      );
    else io.out(`${paintFor(io).bad(problem.code)}  ${clean(problem.message)}\n${problem.help}\n`);
    return problem === null ? EXIT.ok : EXIT.no;
  } finally {
    await storage.close();
  }
}
