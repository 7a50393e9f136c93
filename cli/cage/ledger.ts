// The ledger of a cage opened for reading, and what its commands share: options, errors as sentences, one line for each record.
import { existsSync, readdirSync, statSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { CageError } from "../../cage/errors.ts";
import { CageLedger, DEFAULT_ORIGIN, type Entry, keyPathOf } from "../../cage/records/ledger.ts";
import { CourtError } from "../../court-node/errors.ts";
import { readKeyFile } from "../../court-node/keys.ts";
import { FileLock, LedgerError, lockPathOf } from "../../ledger/index.ts";
import { PolicyError } from "../../policy/index.ts";
import { Store, storeOf } from "../../policy/node.ts";
import { UsageError } from "../exit.ts";
import type { FolderOptions } from "../folder.ts";
import type { Io } from "../io.ts";
import { clean, type Paint } from "../terminal.ts";

export interface LedgerOptions extends FolderOptions {
  readonly ledger: string;
  readonly store?: string;
}

export const DEFAULT_CAGE_LEDGER = ".writ/cage";

export const withLedger = (command: Command): Command =>
  command
    .option("--ledger <folder>", "folder of the cage's ledger", DEFAULT_CAGE_LEDGER)
    .option("--key <file>", "key file of the cage (default: node.key in the folder)")
    .option("--lock <file>", "the second copy of the last checkpoint (default: beside the folder)")
    .option("--origin <name>", "name of the log (default: from the last checkpoint)");

export const withStore = (command: Command): Command =>
  withLedger(command).option(
    "--store <folder>",
    "where modules and data lie (default: beside the ledger, ending in .store)",
  );

export async function openCageLedger(io: Io, options: LedgerOptions): Promise<CageLedger> {
  const folder = resolve(io.cwd, options.ledger);
  const shown = clean(options.ledger);
  if (!existsSync(folder)) throw new UsageError(`there is no folder \`${shown}\``, "name the ledger with --ledger");
  if (!statSync(folder).isDirectory()) throw new UsageError(`\`${shown}\` is a file; a ledger is a folder`);
  if (readdirSync(folder).length === 0) throw new UsageError(`\`${shown}\` is empty: no cage has used it`);
  const keyPath = options.key === undefined ? keyPathOf(folder) : resolve(io.cwd, options.key);
  const lockPath = options.lock === undefined ? lockPathOf(folder) : resolve(io.cwd, options.lock);
  const origin = options.origin ?? originIn(lockPath) ?? DEFAULT_ORIGIN;
  return CageLedger.read({ folder, key: readKeyFile(keyPath), origin, lockPath });
}

const originIn = (lockPath: string): string | null =>
  existsSync(lockPath) ? (new FileLock(lockPath).read()?.split("\n")[0] ?? null) : null;

/** Where the modules of a ledger lie. */
export const storeFor = (io: Io, { ledger, store }: LedgerOptions): Store =>
  new Store(resolve(io.cwd, store ?? storeOf(ledger)));

/** Errors of cage, ledger, keys and policies are sentences with one thing to do. */
export async function cageSentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (
      error instanceof CageError ||
      error instanceof LedgerError ||
      error instanceof CourtError ||
      error instanceof PolicyError
    )
      throw new UsageError(`${error.code}: ${error.message}`, error.help === "" ? null : error.help);
    throw error;
  }
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

/** The cells of a record in a list. */
export function cellsOf({ index, record }: Entry, paint: Paint): readonly string[] {
  const head = [String(index), paint.dim(timeOf(record.at)), record.kind];
  switch (record.kind) {
    case "intent": {
      const last = record.decided.at(-1);
      const { method, scheme, host, port, path } = (record.decided[0]?.input ?? {}) as Readonly<
        Record<string, unknown>
      >;
      const place = host === undefined ? "" : `${host}:${port}`;
      const target = path === undefined ? place : `${scheme}://${place}${path}`;
      const rules = last?.answer?.determining.map(({ rule }) => rule) ?? [];
      const by = rules.length > 0 ? rules.join(", ") : last?.allowed ? "" : (last?.reason ?? "");
      const verdict = last?.allowed ? paint.good("allow") : paint.bad("deny");
      return [...head, verdict, clean(`${method ?? "CONNECT"} ${target}`.trimEnd()), clean(by)];
    }
    case "completion":
      return [...head, clean(record.ended), `of ${record.intent}`, record.status === null ? "" : String(record.status)];
    case "reload": {
      const from = record.bundle === null ? "" : `version ${record.bundle.version}`;
      return [...head, clean(record.name), record.after.slice(0, 16), from];
    }
    case "certificates": {
      const { after } = record.body as { readonly after?: { readonly served?: readonly unknown[] } };
      const [first, ...more] = after?.served ?? [];
      const rest = more.length === 0 ? "" : `and ${more.length} more`;
      return [...head, typeof first === "string" ? clean(first.slice(0, 16)) : "", rest, ""];
    }
    case "refusal": {
      const { word, detail, caller, count } = record.body;
      const { address = "" } = (caller ?? {}) as { readonly address?: unknown };
      const more = typeof count === "number" ? `${count} more` : typeof address === "string" ? address : "";
      const texts = [word, more, detail].map((each) => (typeof each === "string" ? clean(each) : ""));
      return [...head, ...texts];
    }
    default: {
      const { word = record.body["what"], count } = record.body;
      const many = typeof count === "number" ? `${count} more` : "";
      return [...head, typeof word === "string" ? clean(word) : "", many, ""];
    }
  }
}

/** A record as one JSON value. */
export const recordJson = ({ index, record }: Entry, leaf: string): object => ({ index, leaf, ...record });
