// `writ receipt`: fetch one, look at it, and check it without the court.
import { existsSync, readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { fromUtf8, hex } from "../../core/index.ts";
import { type BundleVerdict, verifyBundle } from "../../court-node/bundle.ts";
import { decodeReceipt, type Receipt, receiptId, receiptToJson } from "../../court-node/protocol/index.ts";
import {
  nativeVerifyEd25519,
  parseVerifierKey,
  printVerifierKey,
  type VerifierKey,
  verifyProof,
} from "../../ledger/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { lookInto, readBundle, reopen } from "../bundle.ts";
import { asking, type CourtOptions, clientFor, plainLine, withCourt } from "../court.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { readInput, writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { clean, paintFor, thousands } from "../terminal.ts";
import { runLines, shownRun } from "../transcript.ts";
import type { Job } from "../verbs.ts";

interface VerifyOptions {
  readonly key: string[];
  readonly proof?: string;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command.addHelpText(
    "after",
    `
Examples:
  writ receipt get 12 -o 12.bundle
  writ receipt show 12.bundle
  writ receipt verify 12.bundle --key "localhost/court+1f2e3d4c+ATV…"

A bundle is one file: module, state before, signed action, receipt and proof.`,
  );
  withCourt(
    command
      .command("get")
      .description("fetch the bundle of a receipt")
      .argument("<number>", "number of the receipt in the court's log")
      .option("-o, --out <file>", "where to write it (default: <number>.bundle)"),
  ).action((number: string, options: CourtOptions & { out?: string }) => run((io) => get(io, number, options)));
  command
    .command("show")
    .description("what a bundle says happened")
    .argument("<bundle>", "file of the bundle")
    .option("--json", "print the receipt as one JSON value")
    .action((file: string, options: { json?: boolean }) => run((io) => show(io, file, options)));
  command
    .command("verify")
    .description("check a receipt offline: proof, signature, and the step run again")
    .argument("<file>", "a bundle; or a receipt's bytes with --proof")
    .option(
      "--key <key>",
      "verifier key of a log you trust, or a file with one; may be repeated",
      (key, all: string[]) => [...all, key],
      [],
    )
    .option("--proof <file>", "tlog-proof file, when the first file is the receipt alone")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ receipt verify 12.bundle --key court.vkey
  writ receipt verify 12.cbor --proof 12.proof --key "localhost/court+1f2e3d4c+ATV…"

\`writ serve\` prints the key of its log. Take it from somewhere you trust, not from the bundle's sender.
Exit code: 0 everything holds, 1 something does not, 2 a file could not be read.`,
    )
    .action((file: string, options: VerifyOptions) => run((io) => verify(io, file, options)));
}

async function get(io: Io, number: string, options: CourtOptions & { out?: string }): Promise<ExitCode> {
  if (!/^\d{1,15}$/.test(number)) throw new UsageError(`\`${clean(number)}\` is no number of a receipt`);
  const client = clientFor(io, options);
  return asking(io, client, options, async () => {
    const bytes = await client.bundle(Number(number));
    const out = options.out ?? `${number}.bundle`;
    writeWhole(io, out, bytes);
    if (options.json) io.out(`${JSON.stringify({ ok: true, file: out, bytes: bytes.length })}\n`);
    else
      io.out(`${paintFor(io).good("wrote")}  ${clean(out)}  ${paintFor(io).dim(`${thousands(bytes.length)} bytes`)}\n`);
    return EXIT.ok;
  });
}

async function show(io: Io, file: string, options: { json?: boolean }): Promise<ExitCode> {
  const read = await readBundle(io, file);
  if (options.json) {
    io.out(`${JSON.stringify({ id: hex(receiptId(read.bundle.receipt)), ...receiptToJson(read.receipt) })}\n`);
    return EXIT.ok;
  }
  const paint = paintFor(io);
  const looked = read.receipt.entry === "step" ? await lookInto(read, file) : null;
  if (read.receipt.entry === "step" && looked === null) {
    io.err("the step does not give the state its receipt names: the bundle is not what happened\n");
    return EXIT.no;
  }
  if (looked === null) io.out(`${plainLine(read.receipt, paint, (await reopen(read.bundle, file)).words)}\n`);
  else {
    const { game, words, run, text } = looked;
    io.out(
      `${runLines(shownRun(game, words, run.before, run.step, text, run.event.name), words, paint, true).join("\n")}\n`,
    );
  }
  io.out(`${facts(read.receipt, hex(receiptId(read.bundle.receipt)))}\n`);
  return EXIT.ok;
}

function facts(receipt: Receipt, id: string): string {
  const rows: readonly (readonly [string, string])[] = [
    ["receipt", `${receipt.seq} of ${receipt.origin}`],
    ["id", id],
    ["module", hex(receipt.module)],
    ["agreement", receipt.agreement === null ? "none" : `${hex(receipt.agreement)}, step ${receipt.step}`],
    ["caller", receipt.caller === "" ? "the court's clock" : receipt.caller],
    ["before", receipt.pre === null ? "no state" : hex(receipt.pre)],
    ["after", receipt.post === null ? "no state" : hex(receipt.post)],
    ["fuel", thousands(receipt.fuel)],
  ];
  return rows.map(([name, value]) => `${name.padEnd(10)} ${clean(value)}`).join("\n");
}

/** Keys as written, or files that hold one on a line. */
export function keysOf(io: Io, given: readonly string[]): VerifierKey[] {
  if (given.length === 0)
    throw new UsageError(
      "name the key of the log you trust with --key",
      "`writ serve` prints it; the court shows it at /healthz",
    );
  return given.map((text) => {
    const path = resolve(io.cwd, text);
    const key = parseVerifierKey(existsSync(path) ? readFileSync(path, "utf8").trim() : text);
    if (key === null || key === undefined || "reason" in key)
      throw new UsageError(`\`${clean(text)}\` is no verifier key`, "it looks like  name+1f2e3d4c+ATV…");
    return key;
  });
}

async function verify(io: Io, file: string, options: VerifyOptions): Promise<ExitCode> {
  const keys = keysOf(io, options.key);
  const bytes = await readInput(io, file);
  const verdict =
    options.proof === undefined ? await wholeBundle(io, file, keys) : await proofAlone(io, bytes, options.proof, keys);
  const paint = paintFor(io);
  if (options.json) io.out(`${JSON.stringify(verdict)}\n`);
  else if (verdict.ok) {
    io.out(`${paint.good("ok")}  receipt ${verdict.seq} of ${clean(verdict.origin)}\n`);
    for (const line of verdict.shown) io.out(`    ${clean(line)}\n`);
    io.out(`proof verified: ${verdict.id}\n`);
  } else io.out(`${paint.bad(verdict.code)}  ${clean(verdict.message)}\n`);
  return verdict.ok ? EXIT.ok : EXIT.no;
}

type Verdict =
  | {
      readonly ok: true;
      readonly id: string;
      readonly seq: number;
      readonly origin: string;
      readonly treeSize: number;
      readonly shown: readonly string[];
    }
  | { readonly ok: false; readonly code: string; readonly message: string };

async function wholeBundle(io: Io, file: string, keys: readonly VerifierKey[]): Promise<Verdict> {
  const { bundle } = await readBundle(io, file);
  const verdict: BundleVerdict = verifyBundle(bundle, { keys, builtins: BUILTINS, verify: nativeVerifyEd25519 });
  if (!verdict.ok) return { ok: false, code: verdict.code, message: verdict.message };
  const { receipt, treeSize, signers } = verdict;
  const again =
    receipt.entry === ""
      ? "the module is the one that was deployed"
      : "the step was run again: same state, moves, refusal and fuel";
  const shown = [
    `included in a log of ${thousands(treeSize)} entries, signed by ${signers.map(printVerifierKey).join(", ")}`,
    receipt.cause === null ? "caused by the court's clock" : `signed by ${receipt.caller}`,
    again,
  ];
  return { ok: true, id: hex(receiptId(bundle.receipt)), seq: receipt.seq, origin: receipt.origin, treeSize, shown };
}

async function proofAlone(
  io: Io,
  bytes: Uint8Array,
  proofFile: string,
  keys: readonly VerifierKey[],
): Promise<Verdict> {
  const text = fromUtf8(await readInput(io, proofFile));
  if (text === undefined) return { ok: false, code: "malformed", message: "the proof is not text" };
  const proof = verifyProof(bytes, text, keys, nativeVerifyEd25519);
  if (!proof.ok) return { ok: false, code: proof.code, message: proof.message };
  const decoded = decodeReceipt(bytes);
  if ("reason" in decoded) return { ok: false, code: "bad-receipt", message: decoded.reason };
  const { receipt } = decoded;
  if (receipt.seq !== proof.index)
    return { ok: false, code: "bad-receipt", message: `the receipt says ${receipt.seq}, the proof ${proof.index}` };
  const { size, origin } = proof.checkpoint;
  const shown = [
    `included in a log of ${thousands(size)} entries`,
    "the step was not run again: that needs the bundle",
  ];
  return { ok: true, id: hex(receiptId(bytes)), seq: receipt.seq, origin, treeSize: size, shown };
}
