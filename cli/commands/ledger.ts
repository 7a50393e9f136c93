// `writ ledger`: every entry, every hash, up to the signed root; and that root beside the checkpoints that others kept.
import type { Command } from "commander";
import { base64, equalBytes, fromUtf8 } from "../../core/index.ts";
import { type Witnessed, witnessedIn } from "../../ledger/cosigned.ts";
import {
  type Kept,
  type Log,
  nativeSha256,
  nativeVerifyEd25519,
  printGrowth,
  type Relation,
  readKept,
  relation,
  scrub,
  type VerifierKey,
} from "../../ledger/index.ts";
import { printJson } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { readInput } from "../files.ts";
import { type FolderOptions, openForVerifying } from "../folder.ts";
import type { Io } from "../io.ts";
import { repeated } from "../policy.ts";
import { startProgress } from "../progress.ts";
import { clean, counted, paintFor, thousands } from "../terminal.ts";
import { toRootText } from "../text.ts";
import type { Job } from "../verbs.ts";
import { type AskedWitnesses, cosignedJson, cosignersOf, newestOf, witnessesOf } from "../witnesses.ts";
import { configureWitness } from "./ledger-witness.ts";
import { keysOf } from "./receipt.ts";

interface CheckpointOptions extends FolderOptions {
  readonly since?: string;
  readonly witnessed?: boolean;
}

interface Options extends FolderOptions {
  readonly checkpoint?: readonly string[];
  readonly witness?: readonly string[];
  readonly witnessesNeeded?: string;
  readonly json?: boolean;
}

const withFolder = (command: Command): Command =>
  command
    .option(
      "--key <key>",
      "the verifier key that is trusted, a file with it, or the key file (default: node.key in the folder)",
    )
    .option("--lock <file>", "the second copy of the last checkpoint (default: beside the folder)")
    .option("--origin <name>", "name of the log, with a key file (default: from the last checkpoint)");

export function configure(command: Command, run: (job: Job) => void): void {
  command.addHelpText(
    "after",
    `
Examples:
  writ ledger verify .writ/court
  writ ledger checkpoint .writ/cage > kept.note
  writ ledger verify .writ/cage --checkpoint kept.note`,
  );
  configureWitness(command.command("witness"), run);
  withFolder(command.command("verify"))
    .description(
      "check every entry of a ledger against its signed root, and checkpoints that were kept elsewhere; only reads",
    )
    .argument("[folder]", "folder of the ledger; without it the checkpoints are held against each other")
    .option("--checkpoint <file>", "a signed checkpoint, or a proof that holds one; may be repeated", repeated)
    .option(
      "--witness <key>",
      "key of a witness, or a file with it, whose cosignature is asked for; may be repeated",
      repeated,
    )
    .option("--witnesses-needed <count>", "how many of them must have cosigned one checkpoint (default: all)")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ ledger verify .writ/court
  writ ledger verify .writ/cage --checkpoint kept.note --key cage.vkey
  writ ledger verify copy-of-cage --key cage.vkey --witness w1.vkey --witness w2.vkey --witnesses-needed 1
  writ ledger verify --checkpoint kept.note --checkpoint shown.note --key "localhost/cage+1f2e3d4c+ATV…"

A checkpoint that does not fit was signed for another history of the same log: both notes are printed, as evidence. Without the
folder, checkpoints of different sizes need a proof of growth (\`writ ledger checkpoint --since\`) in place of the newer one.
Exit code: 0 all of it is one history, 1 something does not fit or is not proven, 2 it could not be opened.`,
    )
    .action((folder: string | undefined, options: Options) =>
      run((io) => (folder === undefined ? beside(io, options) : verify(io, folder, options))),
    );
  withFolder(command.command("checkpoint"))
    .description("print the signed checkpoint of a ledger, to be kept by somebody else; only reads")
    .argument("<folder>", "folder of the ledger")
    .option("--since <file>", "with the proof that it grew from this kept checkpoint")
    .option("--witnessed", "the newest one that a witness has cosigned, with the cosignatures")
    .addHelpText(
      "after",
      `
Examples:
  writ ledger checkpoint .writ/cage > kept.note
  writ ledger checkpoint .writ/cage --since kept.note > growth

Exit code: 0 it was printed, 1 it did not grow from the kept one, 2 the folder could not be opened.`,
    )
    .action((folder: string, options: CheckpointOptions) => run((io) => checkpoint(io, folder, options)));
}

/** A checkpoint with its name. */
interface Named extends Kept {
  readonly name: string;
}
/** What one of them says that is not so. */
interface Mismatch {
  readonly code: string;
  readonly message: string;
  readonly notes: readonly Pick<Named, "name" | "note">[];
  /** How the newer note holds another root for the entries of the older one. */
  readonly growth?: string;
}

async function verify(io: Io, folder: string, options: Options): Promise<ExitCode> {
  const asked = witnessesOf(io, options);
  const { log, locked, cosigned } = await openForVerifying(io, folder, options);
  const progress = startProgress(io);
  try {
    const kept = await readAll(io, options.checkpoint ?? [], [log.key]);
    const { entries, problem } = scrub(log, nativeSha256, {
      progress: (done, of) => progress.at(`${thousands(done)} of ${thousands(of)} entries`),
    });
    progress.done();
    // Of a broken ledger nothing follows.
    const held = problem === null ? [...ownLock(log, locked), ...kept].map((each) => against(log, each, folder)) : [];
    const witnessed =
      problem === null && asked !== null ? witnessedTo(log, asked, [...cosigned, ...notesOf(kept)]) : null;
    if (witnessed !== null && "mismatch" in witnessed) held.push({ name: folder, size: log.size, ...witnessed });
    const mismatches = held.flatMap((each) => (each.mismatch === null ? [] : [each.mismatch]));
    const ok = problem === null && mismatches.length === 0;
    const { origin, checkpoint: head } = log;
    if (options.json) {
      const root = toRootText(head.root);
      const said = problem === null ? null : { code: problem.code, message: problem.message };
      printJson(io, {
        ok,
        origin,
        size: head.size,
        entries,
        root,
        problem: said,
        checkpoints: kept.length,
        ...(witnessed === null || "mismatch" in witnessed ? {} : { witnessed: cosignedJson(witnessed) }),
        mismatches,
      });
      return ok ? EXIT.ok : EXIT.no;
    }
    const paint = paintFor(io);
    if (problem !== null) io.out(`${paint.bad(problem.code)}  ${clean(problem.message)}\n${problem.help}\n`);
    else
      io.out(
        `${paint.good("ok")}  ${clean(origin)}: ${counted(entries, "entry", "entries")}, every hash fits the signed root ${toRootText(head.root)}\n`,
      );
    for (const { name, size, mismatch } of held)
      if (mismatch === null)
        io.out(`${paint.good("ok")}  ${clean(name)}: the ledger grew from this checkpoint of ${thousands(size)}\n`);
    if (witnessed !== null && !("mismatch" in witnessed))
      io.out(`${paint.good("ok")}  ${cosignedLine(witnessed, log.size)}\n`);
    show(io, mismatches);
    return ok ? EXIT.ok : EXIT.no;
  } finally {
    await log.close();
  }
}

// ── Witnesses ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function cosignedLine(witnessed: Witnessed, of: number): string {
  const { size } = witnessed.checkpoint;
  const rest = size === of ? "" : `; the last ${thousands(of - size)} are not`;
  return `cosigned to ${thousands(size)} of ${counted(of, "entry", "entries")} by ${cosignersOf(witnessed)}${rest}`;
}

/** The newest checkpoint that enough of them have cosigned. */
function witnessedTo(
  log: Log,
  { keys, needed }: AskedWitnesses,
  notes: readonly string[],
): Witnessed | { readonly mismatch: Mismatch } {
  const fits: Witnessed[] = [];
  let most = 0;
  for (const note of notes) {
    const found = witnessedIn(note, { log: log.key, witnesses: keys, verify: nativeVerifyEd25519 });
    if ("bad" in found) continue;
    const { size, root } = found.checkpoint;
    const name = "the cosigned checkpoint";
    const kept = { note, checkpoint: found.checkpoint, growth: null, name };
    // Cosigned by somebody, and another history: the evidence is in the folder itself.
    if (found.by.length > 0 && (size > log.size || !equalBytes(log.rootOf(size), root))) {
      const { mismatch } = against(log, kept, "the ledger");
      if (mismatch !== null) return { mismatch };
    }
    most = Math.max(most, found.by.length);
    if (found.by.length >= needed) fits.push(found);
  }
  const [newest] = fits.sort((a, b) => b.checkpoint.size - a.checkpoint.size);
  if (newest !== undefined) return newest;
  const name = "witnesses";
  const message = `${counted(needed, "witness", "witnesses")} of ${thousands(keys.length)} must have cosigned a checkpoint, and ${most === 0 ? "none has" : `at most ${thousands(most)} has`}`;
  const help =
    "ask the operator which witnesses cosign the ledger; `writ ledger checkpoint --witnessed` shows the names";
  return { mismatch: { name, code: "unwitnessed", message, help, notes: [] } };
}

const notesOf = (kept: readonly (Named | Mismatch)[]): readonly string[] =>
  kept.flatMap((each) => ("code" in each ? [] : [each.note]));

/** Checkpoints without the ledger. */
async function beside(io: Io, options: Options): Promise<ExitCode> {
  const files = options.checkpoint ?? [];
  if (options.witness !== undefined)
    throw new UsageError(
      "cosignatures are looked for in a ledger",
      "name its folder; of one proof: writ cage records verify --witness",
    );
  if (files.length < 2)
    throw new UsageError(
      "there is nothing to verify",
      "name the folder of a ledger, or two checkpoints with --checkpoint",
    );
  const read = await readAll(io, files, keysOf(io, options.key === undefined ? [] : [options.key]));
  const mismatches = read.flatMap((each) => ("code" in each ? [each] : []));
  const good = read.flatMap((each) => ("code" in each ? [] : [each]));
  good.sort((a, b) => a.checkpoint.size - b.checkpoint.size);
  // What grew from one that grew is of the same history, so neighbours are enough.
  for (const [at, newer] of good.entries()) {
    const older = good[at - 1];
    const found = older === undefined ? null : mismatchOf(relation(older, newer), older, newer);
    if (found !== null) mismatches.push(found);
  }
  const ok = mismatches.length === 0;
  if (options.json) printJson(io, { ok, checkpoints: read.length, mismatches });
  else {
    if (ok) io.out(`${paintFor(io).good("ok")}  ${counted(good.length, "checkpoint")} of one history\n`);
    show(io, mismatches);
  }
  return ok ? EXIT.ok : EXIT.no;
}

async function checkpoint(
  io: Io,
  folder: string,
  { since, witnessed, ...options }: CheckpointOptions,
): Promise<ExitCode> {
  if (witnessed && since !== undefined)
    throw new UsageError("--since and --witnessed are two checkpoints", "give one of them");
  const { log, cosigned } = await openForVerifying(io, folder, options);
  try {
    if (witnessed) {
      const newest = newestOf(cosigned);
      if (newest === null)
        throw new UsageError(`no witness has cosigned \`${clean(folder)}\``, "start the cage with --witness");
      io.out(newest);
      return EXIT.ok;
    }
    if (since === undefined) {
      io.out(log.note);
      return EXIT.ok;
    }
    const [kept] = await readAll(io, [since], [log.key]);
    const { size, mismatch } = against(log, kept as Named | Mismatch, folder);
    if (mismatch !== null) show(io, [mismatch]);
    else io.out(printGrowth({ older: size, path: log.consistency(size), checkpoint: log.note }));
    return mismatch === null ? EXIT.ok : EXIT.no;
  } finally {
    await log.close();
  }
}

// ── What does not fit ─────────────────────────────────────────────────────────────────────────────────────────────────

/** A checkpoint with the name of its file. */
interface Named extends Kept {
  readonly name: string;
}
interface Mismatch {
  readonly name: string;
  readonly code: string;
  readonly message: string;
  readonly help: string;
  /** Signed, each of them: the evidence. */
  readonly notes: readonly { readonly name: string; readonly note: string }[];
  /** Of a fork between two sizes: the root that the newer one has for the entries of the older one, and the proof of it. */
  readonly root?: string;
  readonly growth?: string;
}

async function readAll(io: Io, files: readonly string[], keys: readonly VerifierKey[]): Promise<(Named | Mismatch)[]> {
  const all: (Named | Mismatch)[] = [];
  for (const name of files) {
    const kept = readKept(fromUtf8(await readInput(io, name)) ?? "", keys, nativeVerifyEd25519);
    all.push(
      "ok" in kept
        ? { name, code: kept.code, message: `${name}: ${kept.message}`, help: "it proves nothing", notes: [] }
        : { ...kept, name },
    );
  }
  return all;
}

/** The second copy of the last checkpoint, where the ledger is not what it says. */
function ownLock(log: Log, locked: string | null): readonly Named[] {
  const kept = log.haltedBy === null || locked === null ? null : readKept(locked, [log.key], nativeVerifyEd25519);
  return kept === null || "ok" in kept ? [] : [{ ...kept, name: "the lock beside the folder" }];
}

/** A checkpoint held against the ledger itself. */
function against(
  log: Log,
  kept: Named | Mismatch,
  folder: string,
): { readonly name: string; readonly size: number; readonly mismatch: Mismatch | null } {
  const { name } = kept;
  if ("code" in kept) return { name, size: 0, mismatch: kept };
  const { size, root } = kept.checkpoint;
  const notes = [kept, { name: folder, note: log.note }].map((each) => ({ name: each.name, note: each.note }));
  if (size > log.size) {
    const message = `${folder} has ${thousands(log.size)} entries, and a checkpoint of ${thousands(size)} was signed`;
    const help = "it is an older copy, or it was cut, or another history began at an earlier entry";
    return { name, size, mismatch: { name, code: "shorter", message, help, notes } };
  }
  const own = log.rootOf(size);
  if (equalBytes(own, root)) return { name, size, mismatch: null };
  const growth = printGrowth({ older: size, path: log.consistency(size), checkpoint: log.note });
  return { name, size, mismatch: { ...fork(size, kept, notes), root: base64(own), growth } };
}

const fork = (size: number, { name, checkpoint: { origin } }: Named, notes: Mismatch["notes"]): Mismatch => ({
  name,
  code: "fork",
  message: `${origin} has signed two histories: its first ${thousands(size)} entries are not the same in both`,
  help: "keep both notes: together they prove it to everybody who trusts the key",
  notes,
});

function mismatchOf(found: Relation, older: Named, newer: Named): Mismatch | null {
  if (found === "same" || found === "grown") return null;
  const notes = [older, newer].map(({ name, note }) => ({ name, note }));
  const { name, checkpoint } = newer;
  const [from, to] = [older.checkpoint.size, checkpoint.size].map(thousands) as [string, string];
  switch (found) {
    case "fork":
      return fork(checkpoint.size, newer, notes);
    case "other-log":
      return {
        name,
        code: found,
        message: "the checkpoints are of different logs",
        help: "compare each log alone",
        notes,
      };
    case "unproven":
      return {
        name,
        code: found,
        message: `whether the log of ${to} entries grew from that of ${from} is not known`,
        help: "ask its operator for  writ ledger checkpoint <folder> --since <the older note>, or for a copy of the folder",
        notes,
      };
    case "misproven":
      return {
        name,
        code: found,
        message: `what is given does not prove that the log of ${to} entries grew from that of ${from}`,
        help: "the proof is for another checkpoint, or there are two histories: ask for a copy of the folder",
        notes,
      };
  }
}

function show(io: Io, mismatches: readonly Mismatch[]): void {
  const paint = paintFor(io);
  // A note holds no control characters, or it would have been refused.
  const part = (title: string, text: string): string => `\n${paint.dim(`── ${clean(title)}`)}\n${text}`;
  for (const { code, message, help, notes, root, growth } of mismatches) {
    io.out(`${paint.bad(code)}  ${clean(message)}\n${clean(help)}\n`);
    for (const { name, note } of notes) io.out(part(name, note));
    if (root !== undefined && growth !== undefined)
      io.out(
        part(
          `the second has this root in place of the first, which its proof of growth leads from`,
          `${root}\n\n${growth}`,
        ),
      );
  }
}
