// A log that is compared: a ledger folder, or a folder with single records and their proofs, as `writ cage records prove` writes them. Either is
// verified as it is read, and nothing of it is used before that is done.
import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { badRecord } from "../../cage/codes.ts";
import { type Row, Rows } from "../../cage/compare/rows.ts";
import { fail } from "../../cage/errors.ts";
import { decodeRecord } from "../../cage/records/decode.ts";
import { ENTRY_BYTES_MAX, nativeSha256, nativeVerifyEd25519, scrub, verifyProof } from "../../ledger/index.ts";
import { PROOF_BYTES_MAX } from "../../ledger/limits.ts";
import { keysOf } from "../commands/receipt.ts";
import { UsageError, worldError } from "../exit.ts";
import { openForVerifying } from "../folder.ts";
import type { Io } from "../io.ts";
import { PART_RECORDS_MAX } from "../limits.ts";
import { clean } from "../terminal.ts";
import { toRootText } from "../text.ts";

export interface Compared {
  readonly origin: string;
  /** Entries of the log, and how many of them were read. */
  readonly size: number;
  readonly read: number;
  readonly root: string;
  /** Single records: what is not there may be in the log. */
  readonly part: boolean;
  /** Milliseconds: the first and the last record. */
  readonly first: number;
  readonly last: number;
}

/** What does not fit: of the log nothing follows. */
export interface Broken {
  readonly code: string;
  readonly message: string;
  readonly help: string;
}

export interface Reading {
  readonly folder: string;
  readonly key: string | undefined;
  /** What the option with the key is called. */
  readonly keyOption: string;
  readonly take: (row: Row) => void;
  readonly progress: (done: number, of: number) => void;
}

/** Throws UsageError where there is nothing to read, CageError for a ledger of something else. */
export async function readCompared(io: Io, reading: Reading): Promise<Compared | Broken> {
  const path = resolve(io.cwd, reading.folder);
  const proofs =
    existsSync(path) && statSync(path).isDirectory() ? readdirSync(path).filter((name) => name.endsWith(".proof")) : [];
  return proofs.length === 0 ? readLedger(io, reading) : readPart(io, path, proofs, reading);
}

async function readLedger(io: Io, { folder, key, keyOption, take, progress }: Reading): Promise<Compared | Broken> {
  const { log } = await openForVerifying(io, folder, { keyOption, ...(key === undefined ? {} : { key }) }).catch(
    (error: unknown) => {
      // Of two logs it has to be said which.
      throw error instanceof UsageError
        ? new UsageError(`${keyOption.slice(2, -4)}: ${error.message}`, error.help)
        : error;
    },
  );
  try {
    const rows = new Rows(take);
    const { problem } = scrub(log, nativeSha256, {
      onEntry: (bytes, index) => add(rows, index, bytes),
      progress,
    });
    if (problem !== null) return { code: problem.code, message: problem.message, help: problem.help };
    rows.end();
    const { size, root } = log.checkpoint;
    return { origin: log.origin, size, read: size, root: toRootText(root), part: false, ...spanOf(rows) };
  } finally {
    await log.close();
  }
}

function add(rows: Rows, index: number, bytes: Uint8Array): void {
  const read = decodeRecord(bytes);
  if ("reason" in read) fail(badRecord({ index, reason: read.reason }));
  else rows.add(index, read.record, bytes);
}

const spanOf = ({ first, last }: Rows): { readonly first: number; readonly last: number } =>
  Number.isFinite(first) ? { first, last } : { first: 0, last: 0 };

function readPart(
  io: Io,
  path: string,
  proofs: readonly string[],
  { key, folder, keyOption, take, progress }: Reading,
): Compared | Broken {
  if (key === undefined)
    throw new UsageError(
      `whose records lie in \`${clean(folder)}\` is not said`,
      `name the verifier key of their log with ${keyOption}`,
    );
  if (proofs.length > PART_RECORDS_MAX)
    throw new UsageError(
      `\`${clean(folder)}\` holds ${proofs.length} proofs, at most ${PART_RECORDS_MAX} are read`,
      "compare the ledger itself",
    );
  const keys = keysOf(io, [key]);
  const entries = new Map<number, Uint8Array>();
  let head: { readonly origin: string; readonly size: number; readonly root: Uint8Array } | null = null;
  for (const [at, name] of proofs.entries()) {
    const bytes = readSmall(join(path, `${name.slice(0, -".proof".length)}.record`), ENTRY_BYTES_MAX);
    const proof = readSmall(join(path, name), PROOF_BYTES_MAX);
    const verdict = verifyProof(bytes, new TextDecoder().decode(proof), keys, nativeVerifyEd25519);
    if (!verdict.ok)
      return {
        code: verdict.code,
        message: `${name}: ${verdict.message}`,
        help: "ask for the record and its proof again: writ cage records prove",
      };
    entries.set(verdict.index, bytes);
    if (head === null || verdict.checkpoint.size > head.size) head = verdict.checkpoint;
    progress(at + 1, proofs.length);
  }
  const rows = new Rows(take);
  for (const index of [...entries.keys()].sort((a, b) => a - b)) add(rows, index, entries.get(index)!);
  rows.end();
  const { origin, size, root } = head!;
  return { origin, size, read: entries.size, root: toRootText(root), part: true, ...spanOf(rows) };
}

function readSmall(path: string, most: number): Uint8Array {
  try {
    const { size } = statSync(path);
    if (size > most) throw new UsageError(`\`${clean(path)}\` has ${size} bytes, at most ${most} are read`);
    return readFileSync(path);
  } catch (error) {
    throw worldError(`read ${clean(path)}`, error);
  }
}
