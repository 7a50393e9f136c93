// `writ cage confine`: profiles that leave an application no way but its cage, and the check that they do.
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { PUBLIC_V4, PUBLIC_V6 } from "../../../cage/confine/addresses.ts";
import { type CheckOutcome, ConfineError, checkConfinement } from "../../../cage/confine/check.ts";
import { isUserName, type Profile, profiles, readPlace } from "../../../cage/confine/profiles.ts";
import { recordCheck } from "../../../cage/confine/record.ts";
import { encodeRecord } from "../../../cage/records/encode.ts";
import { CageLedger } from "../../../cage/records/ledger.ts";
import { normalHost, parseIp } from "../../../vm/index.ts";
import { cageSentences } from "../../cage/ledger.ts";
import { printJson } from "../../document.ts";
import { EXIT, type ExitCode, UsageError, worldError } from "../../exit.ts";
import type { Io } from "../../io.ts";
import { clean, columns, counted, paintFor } from "../../terminal.ts";
import type { Job } from "../../verbs.ts";

interface Options {
  readonly user: string;
  readonly cage: string;
  readonly write?: string;
  readonly check?: boolean;
  readonly v4: string;
  readonly v6: string;
  readonly pid?: string;
  readonly ledger?: string;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command
    .argument("[launcher...]", "with --check, after --: the program that the application is started through")
    .option("--user <name>", "the user that the application runs as, and nobody else", "app")
    .option(
      "--cage <place>",
      "where the cage listens: an address and port of the loopback, or unix:PATH",
      "127.0.0.1:7440",
    )
    .option("--write <folder>", "write the profiles there instead of printing them")
    .option("--check", "try the ways past the cage as that user")
    .option("--v4 <address>", "with --check: an address outside that answers on 443, 80 and 53", PUBLIC_V4)
    .option("--v6 <address>", "the same, IPv6", PUBLIC_V6)
    .option("--pid <number>", "with --check: try them from within the network and control group of this process")
    .option("--ledger <folder>", "with --check: write the outcome into this ledger, which no cage may have open")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ cage confine --user shop                         print the profiles
  writ cage confine --user shop --write profiles        write them, one file each
  writ cage confine --check --user shop                 try the ways past the cage as shop
  writ cage confine --check --user shop --pid 4711      the same, from where process 4711 is
  writ cage confine --check --user shop -- setpriv --no-new-privs -- writ-landlock

Exit code: 0 no way is open, 1 a way past the cage is open or the cage is not reached, 2 the ways could not be tried.`,
    )
    .action((launcher: string[], options: Options) => run((io) => confine(io, launcher, options)));
}

async function confine(io: Io, launcher: readonly string[], options: Options): Promise<ExitCode> {
  const cage = readPlace(options.cage);
  if (cage === null)
    throw new UsageError(
      `\`${clean(options.cage)}\` is no place for a cage`,
      "write an address of the loopback with a port, like 127.0.0.1:7440 or [::1]:7440, or unix:/run/writ/cage.sock",
    );
  if (!isUserName(options.user))
    throw new UsageError(
      `\`${clean(options.user)}\` is no user that can be confined`,
      "root cannot, and names are those useradd takes",
    );
  if (!options.check) {
    if (launcher.length > 0) throw new UsageError("a launcher is for --check");
    return give(io, profiles({ user: options.user, cage }), options);
  }
  if (options.write !== undefined) throw new UsageError("--write is for the profiles, not for --check");
  for (const text of [options.v4, options.v6])
    if (parseIp(text) === undefined || normalHost(text) === undefined)
      throw new UsageError(`\`${clean(text)}\` is no address`);
  if (options.pid !== undefined && !/^[1-9]\d{0,9}$/.test(options.pid))
    throw new UsageError(`\`${clean(options.pid)}\` is no process`);
  let outcome: CheckOutcome;
  try {
    outcome = await checkConfinement({
      user: options.user,
      cage,
      v4: options.v4,
      v6: options.v6,
      launcher,
      ...(options.pid === undefined ? {} : { pid: Number(options.pid) }),
    });
  } catch (error) {
    if (error instanceof ConfineError) throw new UsageError(error.message);
    throw error;
  }
  const record = options.ledger === undefined ? null : await keep(io, outcome, options.ledger);
  const at = new Date(io.now()).toISOString();
  if (options.json) printJson(io, record === null ? { at, ...outcome } : { at, ...outcome, record });
  else {
    printTable(io, outcome);
    if (record !== null) io.out(`record ${record.index}, ${record.leaf}\n`);
  }
  return outcome.open.length === 0 && outcome.cage ? EXIT.ok : EXIT.no;
}

/** A cage that runs holds its ledger: this is for before it starts. */
const keep = (io: Io, outcome: CheckOutcome, folder: string): Promise<{ index: number; leaf: string }> =>
  cageSentences(async () => {
    const path = resolve(io.cwd, folder);
    mkdirSync(path, { recursive: true, mode: 0o700 });
    const ledger = await CageLedger.open({ folder: path, durable: true });
    try {
      const { index, leaf } = await recordCheck(outcome, (kind, body) =>
        ledger.append(encodeRecord({ kind, at: io.now(), body })),
      );
      return { index, leaf };
    } finally {
      await ledger.close();
    }
  });

function give(io: Io, all: readonly Profile[], { write, json }: Options): ExitCode {
  if (write === undefined) {
    if (json) printJson(io, all);
    else
      for (const { file, use, text } of all)
        io.out(`### ${file}\n${use.map((line) => `# ${line}\n`).join("")}${text}\n`);
    return EXIT.ok;
  }
  const folder = resolve(io.cwd, write);
  try {
    mkdirSync(folder, { recursive: true });
    for (const { file, text, mode } of all) writeFileSync(join(folder, file), text, { mode });
  } catch (error) {
    throw worldError(`write to ${write}`, error);
  }
  if (json) printJson(io, all);
  else
    for (const { file, use } of all)
      io.out(`${paintFor(io).good("wrote")}  ${file}\n${use.map((line) => `       ${line}\n`).join("")}`);
  return EXIT.ok;
}

function printTable(io: Io, { user, uid, ways, open, cage }: CheckOutcome): void {
  const paint = paintFor(io);
  const colour = { open: paint.bad, closed: paint.good, unproven: paint.warn, untried: paint.warn };
  const rows = ways.map(({ what, to, verdict, confined, free }) => [
    colour[verdict](verdict),
    what,
    to,
    confined,
    free,
  ]);
  for (const line of columns([["", "way", "to", `as ${clean(user)}`, "unconfined"], ...rows])) io.out(`${line}\n`);
  const unproven = ways.filter(({ verdict }) => verdict === "unproven").length;
  if (unproven > 0)
    io.out(
      `\n${counted(unproven, "way is", "ways are")} unproven: shut without confinement, too. --v4 and --v6 name addresses that answer.\n`,
    );
  io.out(
    `\n${cage ? "the cage is reached" : paint.bad("the cage is not reached")}; ${
      open.length === 0
        ? paint.good(`no way past it was open for ${clean(user)} (uid ${uid})`)
        : paint.bad(
            `${counted(open.length, "way")} past it ${open.length === 1 ? "is" : "are"} open for ${clean(user)} (uid ${uid})`,
          )
    }\n`,
  );
}
