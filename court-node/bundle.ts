// Everything one needs to check one receipt without the court: a single file, and a pure function that checks it.
//
//   canonical CBOR of ["writ bundle", 1, module file, state before | null, envelope | null, receipt, proof text]
//
// What a bundle shows: this receipt is in the log that a trusted key signed; the action was signed by its author; and the
// module, run on this state with this action, gives exactly this receipt. What it does not show: that the state before is the
// one the agreement's own receipts lead to; `previous` names the receipt to check next.
import { type Canonical, CanonicalError, decode, encode, equalBytes, hex } from "../core/index.ts";
import type { Log, Storage } from "../ledger/index.ts";
import { type ProofProblem, type VerifierKey, verifyProof } from "../ledger/verify.ts";
import type { MachineBuiltin } from "../vm/index.ts";
import { readState } from "./agreement-cache.ts";
import { CourtError } from "./errors.ts";
import { BUNDLE_BYTES_MAX, PAST_STATE_STEPS } from "./limits.ts";
import { loadModule, type Modules } from "./modules.ts";
import { decodeEnvelope, type SignedAction, verifyAction } from "./protocol/action.ts";
import { decodeReceipt, type Receipt } from "./protocol/receipt.ts";
import { pureVerify, type Verify } from "./protocol/signer.ts";
import { decodeAgreement, numberedKey, SPACE, storedEnvelope } from "./records.ts";
import { firstDifference, rerun } from "./rerun.ts";
import type { State } from "./step.ts";
import { stepSeqs } from "./steps.ts";

const WORD = "writ bundle";
const VERSION = 1;

export interface Bundle {
  /** Module file. */
  readonly module: Uint8Array;
  /** Bytes of the state before; null for a deployment or an offer. */
  readonly pre: Uint8Array | null;
  /** Envelope of the signed action; null when the court's clock caused the step. */
  readonly action: Uint8Array | null;
  readonly receipt: Uint8Array;
  /** `tlog-proof` text. */
  readonly proof: string;
}

export const encodeBundle = ({ module, pre, action, receipt, proof }: Bundle): Uint8Array =>
  encode([WORD, VERSION, module, pre, action, receipt, proof]);

/** Reads a bundle file, or says why it is none. */
export function decodeBundle(bytes: Uint8Array): { readonly bundle: Bundle } | { readonly reason: string } {
  if (bytes.length > BUNDLE_BYTES_MAX) return { reason: `a bundle has at most ${BUNDLE_BYTES_MAX} bytes` };
  let parts: Canonical;
  try {
    parts = decode(bytes);
  } catch (error) {
    if (error instanceof CanonicalError) return { reason: error.message };
    throw error;
  }
  if (!Array.isArray(parts) || parts.length !== 7 || parts[0] !== WORD) return { reason: "this is no bundle" };
  if (parts[1] !== VERSION) return { reason: `this is no bundle of version ${VERSION}` };
  const [, , module, pre, action, receipt, proof] = parts as readonly Canonical[];
  const isBytes = (part: Canonical): part is Uint8Array => part instanceof Uint8Array;
  if (
    !isBytes(module) ||
    !(pre === null || isBytes(pre)) ||
    !(action === null || isBytes(action)) ||
    !isBytes(receipt) ||
    typeof proof !== "string"
  )
    return { reason: "a part of the bundle has the wrong kind" };
  return { bundle: { module, pre: pre as Uint8Array | null, action: action as Uint8Array | null, receipt, proof } };
}

// ── Making one ────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface BundleSource {
  readonly log: Log;
  readonly storage: Storage;
  readonly modules: Modules;
}

/** The bundle of a receipt. The state before is found by running the agreement again from a state that is kept. */
export function makeBundle(seq: number, { log, storage, modules }: BundleSource): Bundle {
  const bytes = log.entry(seq);
  const receipt = receiptOf(bytes, seq);
  const module = storage.get(SPACE.module, hex(receipt.module));
  if (module === undefined) return fail(`the module of receipt ${seq} is not stored`);
  return {
    module,
    pre: receipt.entry === "step" ? stateBefore(receipt, { log, storage, modules }).bytes : null,
    action: storedEnvelope(receipt, (namespace, key) => storage.get(namespace, key)),
    receipt: bytes,
    proof: log.proof(seq),
  };
}

const fail = (message: string): never => {
  throw new CourtError("court/bad-bundle", message);
};

function receiptOf(bytes: Uint8Array, seq: number): Receipt {
  const decoded = decodeReceipt(bytes);
  return "reason" in decoded ? fail(`entry ${seq} is no receipt: ${decoded.reason}`) : decoded.receipt;
}

function stateBefore(wanted: Receipt, { log, storage, modules }: BundleSource): State {
  const agreement = hex(wanted.agreement as Uint8Array);
  const module = modules.get(hex(wanted.module), (id) => storage.get(SPACE.module, id));
  if (module === undefined) return fail(`the module of receipt ${wanted.seq} cannot be run`);
  const start = Math.floor((wanted.step - 1) / PAST_STATE_STEPS) * PAST_STATE_STEPS;
  const kept = storage.get(SPACE.past, numberedKey(agreement, start));
  let state = kept === undefined ? undefined : readState(kept);
  if (state === undefined) return fail(`the state after step ${start} is not stored`);
  const record = storage.get(SPACE.agreement, agreement);
  if (record === undefined) return fail(`agreement ${agreement} is not stored`);
  const between = { from: start + 1, most: wanted.step - start - 1 };
  const seqs = stepSeqs(storage, agreement, decodeAgreement(record), between);
  if (seqs.length < between.most) return fail(`the steps of agreement ${agreement} are not all stored`);
  for (const seq of seqs) {
    const receipt = receiptOf(log.entry(seq), seq);
    const envelope = storedEnvelope(receipt, (namespace, key) => storage.get(namespace, key));
    const action = envelope === null ? null : decodeEnvelope(envelope);
    if (action !== null && "problem" in action) return fail(`the action of receipt ${seq} cannot be read`);
    const made = rerun({ receipt, frame: receipt, module, action: action?.value ?? null, pre: state });
    if ("reason" in made || made.state === null)
      return fail(`receipt ${seq} does not run again: ${"reason" in made ? made.reason : "no state"}`);
    state = made.state;
  }
  return state;
}

// ── Checking one ──────────────────────────────────────────────────────────────────────────────────────────────────────

export type BundleProblem =
  | ProofProblem
  | "bad-receipt" // the entry is no receipt
  | "bad-module" // the file is no module, or another one than the receipt names
  | "bad-state" // the state before is not the one the receipt names
  | "bad-action" // no action, another one, or a signature that does not fit
  | "not-reproduced"; // running it again gives something else

export type BundleVerdict =
  | {
      readonly ok: true;
      readonly receipt: Receipt;
      readonly index: number;
      readonly treeSize: number;
      readonly signers: readonly VerifierKey[];
    }
  | { readonly ok: false; readonly code: BundleProblem; readonly message: string };

export interface BundleTrust {
  /** Keys of the logs one believes. */
  readonly keys: readonly VerifierKey[];
  readonly builtins: Iterable<MachineBuiltin>;
  readonly verify?: Verify;
}

const no = (code: BundleProblem, message: string): BundleVerdict => ({ ok: false, code, message });

/** Checks a bundle. Pure: no clock, disk or net; whatever the bytes, a verdict. */
export function verifyBundle(bundle: Bundle, { keys, builtins, verify = pureVerify }: BundleTrust): BundleVerdict {
  const proof = verifyProof(bundle.receipt, bundle.proof, keys, verify);
  if (!proof.ok) return proof;
  const decoded = decodeReceipt(bundle.receipt);
  if ("reason" in decoded) return no("bad-receipt", decoded.reason);
  const { receipt } = decoded;
  if (receipt.seq !== proof.index || receipt.origin !== proof.checkpoint.origin)
    return no(
      "bad-receipt",
      `the receipt says ${receipt.seq} of \`${receipt.origin}\`, the proof ${proof.index} of \`${proof.checkpoint.origin}\``,
    );
  const loading = loadModule(bundle.module, builtins);
  if ("code" in loading) return no("bad-module", loading.reason);
  const { loaded } = loading;
  if (!equalBytes(loaded.id, receipt.module))
    return no("bad-module", `the file is module ${hex(loaded.id)}, the receipt names ${hex(receipt.module)}`);
  const action = actionOf(bundle, receipt, verify);
  if (action !== null && "ok" in action) return action;
  const pre = bundle.pre === null ? null : readState(bundle.pre);
  if (pre === undefined || (receipt.entry === "step") !== (pre !== null))
    return no("bad-state", "the state before is missing or cannot be read");
  if (receipt.entry === "step" && receipt.agreement === null)
    return no("bad-receipt", "a step belongs to an agreement");
  const made = rerun({ receipt, frame: receipt, module: loaded, action, pre });
  if ("reason" in made) return no(made.field === "pre" ? "bad-state" : "not-reproduced", made.reason);
  if (!equalBytes(made.written.bytes, bundle.receipt))
    return no("not-reproduced", firstDifference(receipt, made.written.receipt).join(": "));
  return { ok: true, receipt, index: proof.index, treeSize: proof.checkpoint.size, signers: proof.signers };
}

function actionOf(bundle: Bundle, receipt: Receipt, verify: Verify): SignedAction | null | BundleVerdict {
  if (bundle.action === null) return receipt.cause === null ? null : no("bad-action", "the signed action is missing");
  const action = decodeEnvelope(bundle.action);
  if ("problem" in action) return no("bad-action", action.problem.reason);
  if (receipt.cause === null || !equalBytes(action.value.id, receipt.cause.action))
    return no("bad-action", "the action is not the one the receipt names");
  const verdict = verifyAction(action.value, verify);
  return verdict === "ok" ? action.value : no("bad-action", `the action has a ${verdict}`);
}
