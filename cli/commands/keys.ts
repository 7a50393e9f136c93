// `writ keys`: Ed25519 keys in files that only their owner reads.
import { resolve } from "node:path";
import type { Command } from "commander";
import { CourtError } from "../../court-node/errors.ts";
import { type Key, newKey, readKeyFile, writeKeyFile } from "../../court-node/keys.ts";
import { printJson } from "../document.ts";
import { EXIT, UsageError, worldError } from "../exit.ts";
import type { Io } from "../io.ts";
import { clean, paintFor } from "../terminal.ts";
import type { Job } from "../verbs.ts";

export function configure(command: Command, run: (job: Job) => void): void {
  command.addHelpText(
    "after",
    `
Examples:
  writ keys new seller.key        make a key; prints its did
  writ keys show seller.key       the did of a key file

A key file holds the private key. It is written with mode 0600, never overwritten, and refused when others can read it.`,
  );
  command
    .command("new")
    .description("make a key")
    .argument("<file>", "where to write it")
    .option("--json", "print one JSON value")
    .action((file: string, options: { json?: boolean }) =>
      run(async (io) => {
        const key = newKey();
        trying(`write ${file}`, () => writeKeyFile(resolve(io.cwd, file), key));
        if (options.json) printJson(io, { file, did: key.did });
        else io.out(`${paintFor(io).good("wrote")}  ${clean(file)}\n${key.did}\n`);
        return EXIT.ok;
      }),
    );
  command
    .command("show")
    .description("print the did of a key")
    .argument("<file>", "a key file")
    .option("--json", "print one JSON value")
    .action((file: string, options: { json?: boolean }) =>
      run(async (io) => {
        const { did } = readKey(io, file);
        if (options.json) printJson(io, { file, did });
        else io.out(`${did}\n`);
        return EXIT.ok;
      }),
    );
}

/** A key file, or a sentence why not. */
export const readKey = (io: Io, file: string): Key =>
  trying(`read the key file ${file}`, () => readKeyFile(resolve(io.cwd, file)));

/** Errors of the court's files are sentences already; what the system said under them is said in our words. */
function trying<T>(doing: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof CourtError)) throw error;
    const system = error.code === "court/key-missing" || error.code === "court/key-unwritable";
    if (system && error.cause !== undefined) throw worldError(doing, error.cause);
    throw new UsageError(error.message, error.help);
  }
}
