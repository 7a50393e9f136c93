// `writ cage replay`: every decision in the ledger of a cage made again, to the same bytes; or asked of another policy.
import type { Command } from "commander";
import type { Answer } from "../../../cage/point.ts";
import { decisionsOf, type Otherwise, RecordComparer, RecordReplayer } from "../../../cage/records/replay.ts";
import { cageSentences, type LedgerOptions, openCageLedger, storeFor, withStore } from "../../cage/ledger.ts";
import { refusedIn } from "../../cage/notes.ts";
import { type CueOptions, withCue } from "../../cue.ts";
import { printJson } from "../../document.ts";
import { EXIT, type ExitCode, UsageError } from "../../exit.ts";
import type { Io } from "../../io.ts";
import { DIFFERENCES_SHOWN_MAX } from "../../limits.ts";
import { readModuleFile } from "../../module-file.ts";
import { type DataOptions, readDocuments, withData } from "../../policy.ts";
import { startProgress } from "../../progress.ts";
import { flipLines } from "../../replay-log.ts";
import { clean, counted, paintFor, thousands } from "../../terminal.ts";
import { type TierOptions, tierOption } from "../../tier.ts";
import type { Job } from "../../verbs.ts";

interface Options extends LedgerOptions, CueOptions, DataOptions, TierOptions {
  readonly policy?: string;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withStore(withData(withCue(command)))
    .option("--policy <file>", "ask this policy, and show which decisions flip")
    .addOption(tierOption())
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ cage replay --ledger .writ/cage
  writ cage replay --policy next.yaml

Each decision is made again by the module that made it, from the ledger and the store beside it alone: the answer must be
the same bytes. Secrets are masked in records: where one counted, what the answer would be is not known, and said so.
With --policy the new policy is asked: lost is what was allowed and is denied now, gained the other way, each by the
rules that decided before and that decide now. Data documents are those of the record unless --data gives others.
Exit code: 0 everything is as recorded (nothing flips), 1 something differs, 2 it could not be opened.`,
    )
    .action((options: Options) => run((io) => cageSentences(() => replay(io, options))));
}

async function replay(io: Io, options: Options): Promise<ExitCode> {
  return options.policy === undefined ? again(io, options) : compare(io, options, options.policy);
}

async function again(io: Io, options: Options): Promise<ExitCode> {
  const ledger = await openCageLedger(io, options);
  const progress = startProgress(io);
  try {
    const replayer = new RecordReplayer(storeFor(io, options), options.tier);
    const different: (Otherwise & { readonly index: number })[] = [];
    let count = 0;
    let refused = 0;
    for (const { index, record } of ledger.entries()) {
      if (record.kind === "refusal") refused += refusedIn(record);
      progress.at(`${thousands(index)} of ${thousands(ledger.size)} records`);
      for (const decision of decisionsOf(record)) {
        const found = replayer.again(decision);
        if (found === null) continue;
        count++;
        if (different.length < DIFFERENCES_SHOWN_MAX) different.push({ index, ...found });
      }
    }
    progress.done();
    const { same, sameMasked, unasked, unknown, fuel } = replayer;
    const paint = paintFor(io);
    if (options.json)
      printJson(io, {
        ok: count === 0,
        records: ledger.size,
        same,
        sameMasked,
        unasked,
        unknown,
        refused,
        fuel,
        different: count,
        differences: different,
      });
    else {
      for (const { index, recorded, now } of different)
        io.out(
          `${paint.bad("differs")}  record ${index}: recorded ${said(recorded)}, now ${now === null ? "nothing" : said(now)}\n`,
        );
      if (count === 0)
        io.out(
          `${paint.good("ok")}  ${counted(same, "decision")} of ${counted(ledger.size, "record")} made again to the same bytes, ${thousands(fuel)} fuel\n`,
        );
      else io.out(`${counted(count, "decision")} of ${thousands(same + unknown + count)} came out otherwise\n`);
      if (sameMasked > 0)
        io.out(`    ${counted(sameMasked, "of them", "of them")} with masked values, which made no difference\n`);
      if (unknown > 0)
        io.out(
          `    ${counted(unknown, "decision")} not known: a masked value, or a body of which only the digest is kept, counted\n`,
        );
      if (unasked > 0) io.out(`    ${counted(unasked, "denial")} made without asking the policy\n`);
      if (refused > 0) io.out(`    ${counted(refused, "refusal")} before there was anything to ask a policy about\n`);
    }
    return count === 0 ? EXIT.ok : EXIT.no;
  } finally {
    await ledger.close();
  }
}

const said = ({ decision, determining }: Answer): string =>
  `${decision} by ${determining.length === 0 ? "default" : determining.map(({ rule }) => clean(rule)).join(", ")}`;

async function compare(io: Io, options: Options, file: string): Promise<ExitCode> {
  const module = await readModuleFile(io, file, options);
  if (module === null) return EXIT.trouble;
  if (module.module.kind !== "policy") throw new UsageError(`${clean(file)} is no policy`);
  const given = await readDocuments(io, options.data ?? [], module);
  const ledger = await openCageLedger(io, options);
  const progress = startProgress(io);
  try {
    const comparer = new RecordComparer(storeFor(io, options), module, given, options.tier);
    for (const { index, record } of ledger.entries()) {
      progress.at(`${thousands(index)} of ${thousands(ledger.size)} records`);
      for (const decision of decisionsOf(record)) comparer.compare(index, decision);
    }
    progress.done();
    const { result, masked, unknown } = comparer;
    const flipped = result.gained + result.lost + result.changed;
    if (options.json) {
      const { skipped: _, ...counts } = result;
      printJson(io, { ok: flipped === 0, ...counts, masked, unknown });
    } else {
      io.out(`${flipLines(paintFor(io), result, flipped, "record").join("\n")}\n`);
      if (masked > 0)
        io.out(`    ${counted(masked, "decision")} on values with masks: a rule on a secret may say something else\n`);
      if (unknown > 0) io.out(`    ${counted(unknown, "decision")} not asked: of the body only the digest is kept\n`);
    }
    return flipped === 0 ? EXIT.ok : EXIT.no;
  } finally {
    await ledger.close();
  }
}
