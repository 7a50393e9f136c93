// `writ serve`: a court node on a folder, until ctrl-c.
import { resolve } from "node:path";
import type { Command } from "commander";
import { readConfiguration, SETTINGS } from "../../court-node/configuration.ts";
import { CourtError } from "../../court-node/errors.ts";
import { serve } from "../../court-node/serve.ts";
import { LedgerError } from "../../ledger/errors.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { paintFor } from "../terminal.ts";
import type { Job } from "../verbs.ts";
import { version } from "../version.ts";

export function configure(command: Command, run: (job: Job) => void): void {
  for (const { flag, variable, about, default: byDefault } of SETTINGS)
    command.option(
      `--${flag} <value>`,
      `${about} (${variable}; default: ${flag === "log-level" ? "warn" : byDefault})`,
    );
  command
    .addHelpText(
      "after",
      `
Examples:
  writ serve
  writ serve --ledger /var/lib/writ --origin court.example/main --port 9000

The court answers on this machine only until --host says otherwise. Ctrl-c ends it in order.`,
    )
    .action((options: Record<string, string>) => run((io) => start(io, options)));
}

async function start(io: Io, options: Record<string, string>): Promise<ExitCode> {
  const flags = SETTINGS.flatMap(({ flag }) => {
    const value = options[flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())];
    return value === undefined ? [] : [`--${flag}`, value];
  });
  return sentences(async () => {
    const read = readConfiguration(flags, io.env);
    const at = (path: string | undefined): string | undefined =>
      path === undefined ? undefined : resolve(io.cwd, path);
    const [key, lock] = [at(read.key), at(read.lock)];
    const configuration = {
      logLevel: "warn",
      ...read,
      ledger: resolve(io.cwd, read.ledger),
      ...(key === undefined ? {} : { key }),
      ...(lock === undefined ? {} : { lock }),
      version: version(),
    };
    const serving = await serve(configuration);
    const paint = paintFor(io);
    io.out(`${paint.good("court")}   ${serving.node.origin}\n`);
    io.out(`url     ${serving.url}\n`);
    io.out(`ledger  ${read.ledger}\n`);
    io.out(`key     ${serving.node.verifierKey}\n`);
    await stopped(io.stop);
    await serving.close();
    return EXIT.ok;
  });
}

export const stopped = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });

/** Errors of ledger and court are sentences with one thing to do. */
export async function sentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CourtError || error instanceof LedgerError)
      throw new UsageError(`${error.code}: ${error.message}`, error.help);
    throw error;
  }
}
