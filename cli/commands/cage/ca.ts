// `writ cage ca`: the local authority of interceptions. `init` makes one, `show` says what one may speak for.
import { relative, resolve } from "node:path";
import type { Command } from "commander";
import { CageError } from "../../../cage/errors.ts";
import { CA_DAYS_MAX } from "../../../cage/limits.ts";
import { certificateIn, initAuthority } from "../../../cage/tls/index.ts";
import { printJson } from "../../document.ts";
import { EXIT, type ExitCode, UsageError } from "../../exit.ts";
import type { Io } from "../../io.ts";
import { clean } from "../../terminal.ts";
import type { Job } from "../../verbs.ts";

const DEFAULT_FOLDER = ".writ/authority";
const DEFAULT_DAYS = 365;

export function configureCa(command: Command, run: (job: Job) => void): void {
  command.addHelpText(
    "after",
    `
Examples:
  writ cage ca init --host api.example --host b.example
  writ cage ca init my-authority --host api.example --days 30
  writ cage ca show my-authority
  writ cage --policy p.yaml --authority my-authority
  curl --cacert my-authority/ca.pem -x http://127.0.0.1:7440 https://api.example/
  NODE_EXTRA_CA_CERTS=my-authority/ca.pem node app.js

Give ca.pem to the one application that is intercepted, never to the store of the system. ca-key.pem is for the cage alone.
A rule asks for an interception with route: {to: https://api.example, tls: intercept}.`,
  );
  command
    .command("init")
    .description("make an authority that may speak for these hosts and no others")
    .argument("[folder]", "where it is kept", DEFAULT_FOLDER)
    .requiredOption(
      "--host <name>",
      "a host that is intercepted; may be repeated",
      (each: string, all: string[] = []) => [...all, each],
    )
    .option("--days <number>", `how long it lives, at most ${CA_DAYS_MAX}`, String(DEFAULT_DAYS))
    .option("--json", "print one JSON value")
    .action((folder: string, options: { host: string[]; days: string; json?: boolean }) =>
      run((io) =>
        sentences(async () => {
          const days = /^\d{1,6}$/.test(options.days) ? Number(options.days) : Number.NaN;
          const at = resolve(io.cwd, folder);
          await initAuthority(at, { hosts: options.host, days, now: new Date(io.now()) });
          return show(io, at, options.json === true);
        }),
      ),
    );
  command
    .command("show")
    .description("say what an authority may speak for, and until when")
    .argument("[folder]", "where it is kept", DEFAULT_FOLDER)
    .option("--json", "print one JSON value")
    .action((folder: string, options: { json?: boolean }) =>
      run((io) => sentences(async () => show(io, resolve(io.cwd, folder), options.json === true))),
    );
}

/** Nothing of the key is read. */
function show(io: Io, folder: string, json: boolean): ExitCode {
  const { id, hosts, certificate } = certificateIn(folder);
  const until = new Date(certificate.validTo).toISOString();
  const file = relative(io.cwd, `${folder}/ca.pem`);
  if (json) {
    printJson(io, { id, hosts, until, certificate: file });
    return EXIT.ok;
  }
  const line = (name: string, text: string): void => io.out(`${name.padEnd(13)}${text}\n`);
  line("authority", id);
  for (const host of hosts) line("host", clean(host));
  line("until", until);
  line("certificate", clean(file));
  return EXIT.ok;
}

async function sentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CageError) throw new UsageError(`${error.code}: ${clean(error.message)}`, error.help);
    throw error;
  }
}
