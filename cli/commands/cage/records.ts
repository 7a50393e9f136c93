// `writ cage records`: what is in the ledger of a cage, and proof that it is.
import { type Command, Option } from "commander";
import { decodeRecord } from "../../../cage/records/decode.ts";
import { type CageLedger, type Entry, goesOn, leafOf } from "../../../cage/records/ledger.ts";
import type { CageRecord } from "../../../cage/records/record.ts";
import { fromUtf8, utf8 } from "../../../core/index.ts";
import { witnessedIn } from "../../../ledger/cosigned.ts";
import { nativeVerifyEd25519, type ProofVerdict, parseProof, printProof, verifyProof } from "../../../ledger/index.ts";
import {
  cageSentences,
  cellsOf,
  type LedgerOptions,
  openCageLedger,
  recordJson,
  withLedger,
} from "../../cage/ledger.ts";
import { printJson } from "../../document.ts";
import { EXIT, type ExitCode, UsageError } from "../../exit.ts";
import { readInput, writeWhole } from "../../files.ts";
import type { Io } from "../../io.ts";
import { repeated } from "../../policy.ts";
import { clean, columns, paintFor, thousands } from "../../terminal.ts";
import type { Job } from "../../verbs.ts";
import { type AskedWitnesses, newestOf, witnessesOf } from "../../witnesses.ts";
import { keysOf } from "../receipt.ts";

const KINDS = ["intent", "completion", "reload", "refusal", "confine", "anomaly", "certificates"] as const;

interface ListOptions extends LedgerOptions {
  readonly kind?: string;
  readonly denied?: boolean;
  readonly open?: boolean;
  readonly exchange?: string;
  readonly last: string;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command.addHelpText(
    "after",
    `
Examples:
  writ cage records list --last 50
  writ cage records list --denied --json
  writ cage records show 12
  writ cage records prove 12 --out receipt
  writ cage records verify receipt.record --proof receipt.proof --key cage.vkey`,
  );
  withLedger(command.command("list"))
    .description("the records of a ledger, the last ones by default")
    .addOption(new Option("--kind <kind>", "only records of this kind").choices([...KINDS]))
    .option("--denied", "only denials")
    .option("--open", "only intents that no completion follows")
    .option("--exchange <id>", "only records of one exchange")
    .option("--last <count>", "how many at most, from the end; 0 is all", "20")
    .option("--json", "print one JSON value a line")
    .addHelpText(
      "after",
      `
Examples:
  writ cage records list
  writ cage records list --denied --last 100
  writ cage records list --kind reload --json

Exit code: 0 it was listed, 2 the ledger could not be opened.`,
    )
    .action((options: ListOptions) => run((io) => cageSentences(() => list(io, options))));
  withLedger(command.command("show"))
    .description("one record: by index, by the hash that callers are told, or by the id of its exchange")
    .argument("<record>", "index (`12`, `@12`), hash (eight digits of it are enough) or exchange")
    .option("--json", "print one line of JSON")
    .addHelpText(
      "after",
      `
Examples:
  writ cage records show 12
  writ cage records show 9f2c41aa --ledger /var/lib/cage

Exit code: 0 it was shown, 2 there is no such record, or the ledger could not be opened.`,
    )
    .action((id: string, options: LedgerOptions & { json?: boolean }) =>
      run((io) => cageSentences(() => show(io, id, options))),
    );
  withLedger(command.command("prove"))
    .description("write a record and the proof that it is in the ledger, for somebody else to check")
    .argument("<record>", "index (`12`, `@12`), hash or exchange")
    .option("--out <name>", "name of the two files, without ending (default: the index)")
    .option("--witnessed", "up to the newest checkpoint that a witness has cosigned, with the cosignatures")
    .addHelpText(
      "after",
      `
Example:
  writ cage records prove 12 --out receipt

Exit code: 0 both files were written, 2 not.`,
    )
    .action((id: string, options: ProveOptions) => run((io) => cageSentences(() => prove(io, id, options))));
  command
    .command("verify")
    .description("check offline that a record is in the ledger of a cage")
    .argument("<file>", "the record")
    .requiredOption("--proof <file>", "its proof")
    .option("--key <key>", "verifier key of the cage, or a file with one; may be repeated", repeated)
    .option(
      "--witness <key>",
      "key of a witness, or a file with it, whose cosignature is asked for; may be repeated",
      repeated,
    )
    .option(
      "--witnesses-needed <count>",
      "how many of them must have cosigned the checkpoint of the proof (default: all)",
    )
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Example:
  writ cage records verify receipt.record --proof receipt.proof --key "localhost/cage+1f2e3d4c+ATV…"

Exit code: 0 it is in the ledger, 1 it is not, 2 a file could not be read.`,
    )
    .action((file: string, options: VerifyOptions) => run((io) => cageSentences(() => verify(io, file, options))));
}

async function list(io: Io, options: ListOptions): Promise<ExitCode> {
  if (!/^\d{1,9}$/.test(options.last)) throw new UsageError(`\`${clean(options.last)}\` is no number of records`);
  const most = options.last === "0" ? Number.POSITIVE_INFINITY : Number(options.last);
  const ledger = await openCageLedger(io, options);
  try {
    const closed = new Set<number>();
    const ofExchange = new Set<number>();
    const wanted: Entry[] = [];
    if (options.exchange !== undefined)
      for (const { index } of ledger.intentsOf(options.exchange)) ofExchange.add(index);
    const first = options.exchange === undefined ? 0 : Math.min(...ofExchange);
    // From the end: a completion is met before its intent.
    for (let index = ledger.size - 1; index >= first && wanted.length < most; index--) {
      const entry = ledger.entry(index);
      const { record } = entry;
      if (record.kind === "completion") closed.add(record.intent);
      if (options.kind !== undefined && record.kind !== options.kind) continue;
      if (options.denied && !isDenial(record)) continue;
      if (options.open && !(record.kind === "intent" && goesOn(record) && !closed.has(index))) continue;
      if (options.exchange !== undefined && !ofExchange.has(record.kind === "completion" ? record.intent : index))
        continue;
      wanted.push(entry);
    }
    wanted.reverse();
    if (options.json) for (const entry of wanted) printJson(io, recordJson(entry, leafOf(entry.bytes)));
    else {
      const paint = paintFor(io);
      for (const row of columns(
        wanted.map((entry) => cellsOf(entry, paint)),
        2,
        [0],
      ))
        io.out(`${row}\n`);
      io.out(`${paint.dim(`${thousands(wanted.length)} of ${thousands(ledger.size)} records`)}\n`);
    }
    return EXIT.ok;
  } finally {
    await ledger.close();
  }
}

const isDenial = (record: CageRecord): boolean =>
  record.kind === "refusal" ||
  (record.kind === "intent" && !goesOn(record)) ||
  (record.kind === "completion" && record.decided.some(({ allowed }) => !allowed));

async function show(io: Io, id: string, options: LedgerOptions & { json?: boolean }): Promise<ExitCode> {
  const ledger = await openCageLedger(io, options);
  try {
    const entry = ledger.find(id);
    const json = recordJson(entry, leafOf(entry.bytes));
    if (options.json) printJson(io, json);
    else io.out(`${clean2(JSON.stringify(json, null, 2))}\n`);
    return EXIT.ok;
  } finally {
    await ledger.close();
  }
}

/** Line by line: the breaks are ours. */
const clean2 = (text: string): string => text.split("\n").map(clean).join("\n");

interface ProveOptions extends LedgerOptions {
  readonly out?: string;
  readonly witnessed?: boolean;
}

async function prove(io: Io, id: string, options: ProveOptions): Promise<ExitCode> {
  const ledger = await openCageLedger(io, options);
  try {
    const { index, bytes } = ledger.find(id);
    const name = options.out ?? String(index);
    writeWhole(io, `${name}.record`, bytes);
    writeWhole(io, `${name}.proof`, utf8(options.witnessed ? witnessedProof(ledger, index) : ledger.log.proof(index)));
    const paint = paintFor(io);
    io.out(`${paint.good("wrote")}  ${clean(name)}.record, ${clean(name)}.proof\n`);
    io.out(`key    ${ledger.verifierKey}\n`);
    return EXIT.ok;
  } finally {
    await ledger.close();
  }
}

function witnessedProof(ledger: CageLedger, index: number): string {
  const note = newestOf(ledger.cosigned());
  const size = note === null ? 0 : Number(note.split("\n")[1]);
  if (note === null || index >= size)
    throw new UsageError(
      note === null ? "no witness has cosigned this ledger" : `the cosigned checkpoint has ${thousands(size)} records`,
      "prove it without --witnessed, or later",
    );
  return printProof({ index, path: ledger.log.inclusion(index, size), checkpoint: note, extra: null });
}

interface VerifyOptions {
  readonly proof: string;
  readonly key?: string[];
  readonly witness?: readonly string[];
  readonly witnessesNeeded?: string;
  readonly json?: boolean;
}

/** Null: enough have cosigned the checkpoint of the proof. */
function unwitnessed(
  { keys, needed }: AskedWitnesses,
  proof: string,
  { signers, checkpoint }: Pick<Extract<ProofVerdict, { ok: true }>, "signers" | "checkpoint">,
): { readonly ok: false; readonly code: string; readonly message: string } | null {
  const read = parseProof(proof);
  const note = "reason" in read ? "" : read.checkpoint;
  const log = signers.find(({ name }) => name === checkpoint.origin)!;
  const found = witnessedIn(note, { log, witnesses: keys, verify: nativeVerifyEd25519 });
  if ("bad" in found) return { ok: false, code: "bad-cosignature", message: found.bad };
  const { by } = found;
  return by.length >= needed
    ? null
    : {
        ok: false,
        code: "unwitnessed",
        message: `${by.length} of ${keys.length} witnesses have cosigned it, ${needed} are needed`,
      };
}

async function verify(
  io: Io,
  file: string,
  { proof: proofFile, key = [], json, ...options }: VerifyOptions,
): Promise<ExitCode> {
  const asked = witnessesOf(io, options);
  const keys = keysOf(io, key);
  const bytes = await readInput(io, file);
  const text = fromUtf8(await readInput(io, proofFile));
  const proof =
    text === undefined
      ? ({ ok: false, code: "malformed", message: "the proof is not text" } as const)
      : verifyProof(bytes, text, keys, nativeVerifyEd25519);
  const read = decodeRecord(bytes);
  const verdict = !proof.ok
    ? { ok: false, code: proof.code, message: proof.message }
    : "reason" in read
      ? { ok: false, code: "bad-record", message: read.reason }
      : proof.ok && asked !== null
        ? unwitnessed(asked, text as string, proof)
        : null;
  const paint = paintFor(io);
  if (verdict !== null) {
    if (json) printJson(io, verdict);
    else io.out(`${paint.bad(verdict.code)}  ${clean(verdict.message)}\n`);
    return EXIT.no;
  }
  if (!proof.ok || !("record" in read)) return EXIT.no;
  const { index, checkpoint } = proof;
  const entry = { index, bytes, record: read.record };
  if (json)
    printJson(io, { ok: true, origin: checkpoint.origin, size: checkpoint.size, ...recordJson(entry, leafOf(bytes)) });
  else {
    io.out(
      `${paint.good("ok")}  record ${index} of ${clean(checkpoint.origin)}, in a ledger of ${thousands(checkpoint.size)}\n`,
    );
    io.out(`    ${cellsOf(entry, paint).slice(1).join("  ").trimEnd()}\n`);
  }
  return EXIT.ok;
}
