// `writ cage init`: a first policy for a cage, or the least one that allows what a cage has seen.
import { existsSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { learn } from "../../../cage/learn/learn.ts";
import { observationsOf } from "../../../cage/learn/observations.ts";
import { STARTER, WATCH } from "../../../cage/learn/starter.ts";
import { cageSentences, openCageLedger } from "../../cage/ledger.ts";
import { EXIT, type ExitCode, UsageError } from "../../exit.ts";
import { shownPath, writeWhole } from "../../files.ts";
import type { Io } from "../../io.ts";
import { clean, counted, paintFor } from "../../terminal.ts";
import type { Job } from "../../verbs.ts";

interface Options {
  readonly watch?: boolean;
  readonly fromLog?: string;
  readonly force?: boolean;
  readonly key?: string;
  readonly lock?: string;
  readonly origin?: string;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command
    .argument("[file]", "where to write the policy", "cage.yaml")
    .option("--watch", "write a policy that lets everything through, to see what is needed")
    .option("--from-log <folder>", "write the least policy that allows what this ledger has seen")
    .option("--key <file>", "key file of the cage (default: node.key in the folder)")
    .option("--lock <file>", "the second copy of the last checkpoint (default: beside the folder)")
    .option("--origin <name>", "name of the log (default: from the last checkpoint)")
    .option("--force", "replace a file that is there")
    .addHelpText(
      "after",
      `
Examples:
  writ cage init                                  a policy to begin with
  writ cage init watch.yaml --watch               one that lets everything through and records it
  writ cage init cage.yaml --from-log .writ/cage  the least one that allows what went through

Exit code: 0 it was written, 2 it was not.`,
    )
    .action((file: string, options: Options) => run((io) => cageSentences(() => init(io, file, options))));
}

async function init(io: Io, file: string, options: Options): Promise<ExitCode> {
  if (options.watch === true && options.fromLog !== undefined)
    throw new UsageError("--watch and --from-log write two different policies", "give one of them");
  const target = resolve(io.cwd, file);
  if (existsSync(target) && options.force !== true)
    throw new UsageError(`${shownPath(io, target)} is there already`, "--force replaces it");
  const made = options.fromLog === undefined ? null : await learned(io, { ...options, ledger: options.fromLog });
  writeWhole(io, target, made?.text ?? (options.watch === true ? WATCH : STARTER));
  const shown = clean(shownPath(io, target));
  const paint = paintFor(io);
  const what = made === null ? "" : `  ${counted(made.rules, "rule")} from ${counted(made.exchanges, "exchange")}`;
  const next =
    options.watch === true
      ? `  writ cage --policy ${shown}\n  writ cage init cage.yaml --from-log .writ/cage\n`
      : `  writ test ${shown}\n${made === null ? "" : `  writ cage replay --policy ${shown}\n`}  writ cage --policy ${shown}\n`;
  io.out(`${paint.good("wrote")}  ${shown}${what}\n\nNext:\n${next}`);
  return EXIT.ok;
}

async function learned(
  io: Io,
  options: Parameters<typeof openCageLedger>[1],
): Promise<{ readonly text: string; readonly rules: number; readonly exchanges: number }> {
  const ledger = await openCageLedger(io, options);
  try {
    const seen = observationsOf(ledger.entries(0));
    const made = learn(seen);
    if ("problem" in made) throw new UsageError(made.problem, made.help);
    return { ...made, exchanges: seen.length };
  } finally {
    await ledger.close();
  }
}
