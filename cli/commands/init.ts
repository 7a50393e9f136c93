// `writ init`: a small agreement that passes its tests, to change into one's own.
import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { EXIT, type ExitCode, UsageError, worldError } from "../exit.ts";
import { shownPath, writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { clean, paintFor } from "../terminal.ts";
import type { Job } from "../verbs.ts";

export function configure(command: Command, run: (job: Job) => void): void {
  command
    .argument("[folder]", "where to write agreement.yaml", ".")
    .option("--force", "replace a file that is there")
    .addHelpText(
      "after",
      `
Examples:
  writ init
  writ init my-agreement && cd my-agreement && writ test agreement.yaml`,
    )
    .action((folder: string, options: { force?: boolean }) =>
      run(async (io) => init(io, folder, options.force === true)),
    );
}

function init(io: Io, folder: string, force: boolean): ExitCode {
  const target = resolve(io.cwd, folder);
  const file = join(target, "agreement.yaml");
  if (existsSync(file) && !force)
    throw new UsageError(`${shownPath(io, file)} is there already`, "writ init --force replaces it");
  try {
    mkdirSync(target, { recursive: true });
  } catch (error) {
    throw worldError(`make the folder ${folder}`, error);
  }
  writeWhole(io, file, FIRST);
  const shown = clean(shownPath(io, file));
  const paint = paintFor(io);
  io.out(`${paint.good("wrote")}  ${shown}\n\nNext:\n  writ check ${shown}\n  writ test ${shown}\n`);
  return EXIT.ok;
}

/** The starter: a deadline, a fact, an amount and two tests. */
export const FIRST = `# Ann lends Ben a bicycle. Whoever brings it back late owes a little for every day.
agreement: bicycle
version: 1.0.0
title: A bicycle for the weekend
zone: Europe/Rome
rounding: {money: half-up, days: up}

parties:
  ann: Ann
  ben: Ben

terms:
  back_by: 2030-06-10T18:00:00+02:00
  fee: 4.00 EUR
  every: 1 day

facts:
  back: instant?

actions:
  bring_back:
    who: ben
    times: 1
    then: {back: now}

obligations:
  return_it:
    who: ben
    to: ann
    must: bring_back
    by: back_by
    late: allowed
    else: pay_for_delay
  pay_for_delay:
    who: ben
    to: ann
    must: pay
    amount: fee * (days(back_by, back) / every)
    when: known(back)
    within: 7 days
    else: nothing

tests:
  in time:
    - given: {at: 2030-06-07}
    - 2030-06-10T17:30:00+02:00: ben bring_back
    - expect: {return_it: fulfilled, ben owes ann: 0.00 EUR}
  two days late:
    - given: {at: 2030-06-07}
    - 2030-06-12T12:00:00+02:00: ben bring_back
    - expect: {return_it: violated, ben owes ann: 8.00 EUR, pay_for_delay due: 2030-06-19}
    - 2030-06-13T09:00:00+02:00: {ben: pay, value: 8.00 EUR}
    - expect: {ann got: 8.00 EUR, outcome: fulfilled}
`;
