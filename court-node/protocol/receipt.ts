// The record of one step, and the leaf of the ledger's tree: canonical CBOR of one array of 24 parts, in this order.
//
//    0 version 1      6 entry          12 input         18 outcome
//    1 origin         7 agreement      13 stamp         19 moves
//    2 seq            8 step           14 now           20 tells
//    3 kind           9 previous       15 event         21 given
//    4 module        10 cause          16 pre           22 changes
//    5 [language,    11 caller         17 post          23 [changes omitted, fuel]
//       fuel schedule]
//
// cause: null (the court's clock) | [id of the signed action, its nonce]
// outcome: ["accepted"] | ["refused", kind, name, path, values] | ["fault", code, function, pc, error | null]
// moves: [[verb, asset, amount, from, to], …]   tells: [[to, what], …]   given: [[name, value], …]
// changes: [[path, before, after], …]
//
// Nothing here is signed on its own: a receipt is acknowledged once a signed checkpoint covers it.
import { contentId, equalBytes, hex, ID_BYTES, put } from "../../core/index.ts";
import {
  decodeValue,
  ERROR_CODES,
  ErrorValue,
  encodeValue,
  encodeValueBy,
  type FaultCode,
  type MoveMade,
  type Refusal,
  type Value,
  writeValue,
} from "../../vm/index.ts";
import { NONCE_BYTES, RECEIPT_BYTES_MAX } from "./limits.ts";
import { type Json, type ShowValue, showPlain } from "./show.ts";

export const RECEIPT_VERSION = 1;
export const RECEIPT_KINDS = ["deploy", "offer", "timer", "event"] as const;
export type ReceiptKind = (typeof RECEIPT_KINDS)[number];

/** `court/receipt-too-large`: the step's answer does not fit an entry of the ledger. `court/no-answer`: what the module
 *  answered is no answer of a step. */
export type ReceiptFaultCode = FaultCode | "court/receipt-too-large" | "court/no-answer";
const FAULT_CODES: readonly string[] = [
  "vm/out-of-fuel",
  "vm/error",
  "vm/limit",
  "vm/bad-entry",
  "court/receipt-too-large",
  "court/no-answer",
] satisfies readonly ReceiptFaultCode[];

export type Outcome =
  | { readonly kind: "accepted" }
  | ({ readonly kind: "refused" } & { readonly refusal: Refusal })
  | {
      readonly kind: "fault";
      readonly code: ReceiptFaultCode;
      readonly function: number;
      readonly pc: number;
      readonly error: ErrorValue | null;
    };

/** One place of the state that a step changed; `before` and `after` as values of the machine. */
export interface Change {
  readonly path: string;
  readonly before: Value;
  readonly after: Value;
}

export interface Receipt {
  /** Name of the log. */
  readonly origin: string;
  /** Index in the log. */
  readonly seq: number;
  readonly kind: ReceiptKind;
  /** Id of the module's meaning, 32 bytes. */
  readonly module: Uint8Array;
  /** Versions of the language and of the fuel schedule it ran under. */
  readonly language: number;
  readonly fuelSchedule: number;
  /** Entry point of the module that ran; empty for `deploy`. */
  readonly entry: "" | "init" | "step";
  /** Id, 32 bytes; null for `deploy`. */
  readonly agreement: Uint8Array | null;
  /** Number of the receipt within its agreement; 0 is the offer. */
  readonly step: number;
  /** Id of the agreement's receipt before this one, 32 bytes; null for its first. */
  readonly previous: Uint8Array | null;
  /** The signed action that caused it: its id (32 bytes) and its nonce (16), by which the court finds it again with the
   *  caller; null when the court's clock did. */
  readonly cause: { readonly action: Uint8Array; readonly nonce: Uint8Array } | null;
  /** did of the action's author; empty when the court's clock caused it. */
  readonly caller: string;
  /** Commitment to what the entry was given, see `inputId`. */
  readonly input: Uint8Array;
  /** The court's stamp of the event: ms since 1970. */
  readonly stamp: number;
  /** The step's own `now`: for a timer its instant, else the stamp. */
  readonly now: number;
  /** What happened: kind and name of the event, or name of the timer. */
  readonly event: readonly [kind: string, name: string];
  /** Root of the state before and after, 32 bytes; null when there is none. */
  readonly pre: Uint8Array | null;
  readonly post: Uint8Array | null;
  readonly outcome: Outcome;
  readonly moves: readonly MoveMade[];
  readonly tells: readonly (readonly [to: string, what: Value])[];
  readonly given: readonly (readonly [name: string, value: Value])[];
  readonly changes: readonly Change[];
  /** Changed places that are not listed. */
  readonly changesOmitted: number;
  readonly fuel: number;
}

export const receiptId = (bytes: Uint8Array): Uint8Array => contentId("receipt", bytes);

/** Commitment to the event (or offer) record an entry was given. Undefined when the record has no bytes. */
export function inputId(record: Value): Uint8Array | undefined {
  const encoded = encodeValue(record);
  return "problem" in encoded ? undefined : contentId("input", encoded.bytes);
}

/** Root of a state. Undefined when the state has no bytes (over the machine's bounds). */
export function stateRoot(state: Value): { readonly root: Uint8Array; readonly bytes: Uint8Array } | undefined {
  const encoded = encodeValue(state);
  return "problem" in encoded ? undefined : { root: contentId("state", encoded.bytes), bytes: encoded.bytes };
}

// ── Bytes ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

function writeOutcome(outcome: Outcome): void {
  switch (outcome.kind) {
    case "accepted":
      put.array(1);
      return put.text("accepted");
    case "refused": {
      const { kind, name, path, values } = outcome.refusal;
      put.array(5);
      put.text("refused");
      put.text(kind);
      put.text(name);
      put.text(path);
      return writeValue(values, 2);
    }
    case "fault":
      put.array(5);
      put.text("fault");
      put.text(outcome.code);
      put.number(outcome.function);
      put.number(outcome.pc);
      return writeValue(outcome.error, 2);
  }
}

/** Part by part, in the order of the table above; the numbers are depths. */
function writeReceipt(receipt: Receipt): void {
  put.array(24);
  put.number(RECEIPT_VERSION);
  put.text(receipt.origin);
  put.number(receipt.seq);
  put.text(receipt.kind);
  put.bytes(receipt.module);
  put.array(2);
  put.number(receipt.language);
  put.number(receipt.fuelSchedule);
  put.text(receipt.entry);
  put.bytesOrNull(receipt.agreement);
  put.number(receipt.step);
  put.bytesOrNull(receipt.previous);
  if (receipt.cause === null) put.plain(null);
  else {
    put.array(2);
    put.bytes(receipt.cause.action);
    put.bytes(receipt.cause.nonce);
  }
  put.text(receipt.caller);
  put.bytes(receipt.input);
  put.number(receipt.stamp);
  put.number(receipt.now);
  put.array(2);
  put.text(receipt.event[0]);
  put.text(receipt.event[1]);
  put.bytesOrNull(receipt.pre);
  put.bytesOrNull(receipt.post);
  writeOutcome(receipt.outcome);
  put.array(receipt.moves.length);
  for (const { verb, asset, amount, from, to } of receipt.moves) {
    put.array(5);
    put.text(verb);
    put.text(asset);
    writeValue(amount, 3);
    put.text(from);
    put.text(to);
  }
  writeNamed(receipt.tells);
  writeNamed(receipt.given);
  put.array(receipt.changes.length);
  for (const { path, before, after } of receipt.changes) {
    put.array(3);
    put.text(path);
    writeValue(before, 3);
    writeValue(after, 3);
  }
  put.array(2);
  put.number(receipt.changesOmitted);
  put.number(receipt.fuel);
}

function writeNamed(items: Receipt["given"]): void {
  put.array(items.length);
  for (const [name, value] of items) {
    put.array(2);
    put.text(name);
    writeValue(value, 3);
  }
}

/** The bytes of a receipt; undefined when they do not fit an entry of the ledger. */
export function encodeReceipt(receipt: Receipt): Uint8Array | undefined {
  const encoded = encodeValueBy(writeReceipt, receipt);
  return "problem" in encoded || encoded.bytes.length > RECEIPT_BYTES_MAX ? undefined : encoded.bytes;
}

class Misshapen {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}
const refuse = (reason: string): never => {
  throw new Misshapen(reason);
};
const text = (value: Value, what: string): string => (typeof value === "string" ? value : refuse(`${what} is no text`));
const count = (value: Value, what: string): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : refuse(`${what} is no count`);
const int = (value: Value, what: string): number =>
  typeof value === "number" && Number.isSafeInteger(value) ? value : refuse(`${what} is no integer`);
const list = (value: Value, what: string, length?: number): readonly Value[] =>
  Array.isArray(value) && (length === undefined || value.length === length)
    ? value
    : refuse(`${what} is no list${length === undefined ? "" : ` of ${length}`}`);
const id = (value: Value, what: string): Uint8Array =>
  value instanceof Uint8Array && value.length === ID_BYTES ? value.slice() : refuse(`${what} is no id`);
const idOrNull = (value: Value, what: string): Uint8Array | null => (value === null ? null : id(value, what));

/** Reads a receipt in its one form, or says in words why the bytes are none. Never throws. */
export function decodeReceipt(bytes: Uint8Array): { readonly receipt: Receipt } | { readonly reason: string } {
  if (bytes.length > RECEIPT_BYTES_MAX) return { reason: `a receipt has at most ${RECEIPT_BYTES_MAX} bytes` };
  const decoded = decodeValue(bytes);
  if ("problem" in decoded) return { reason: decoded.problem.message };
  try {
    const receipt = receiptOf(decoded.value);
    // One form only: an error value or number in a place that reading ignores would not come back as it was.
    const again = encodeReceipt(receipt);
    return again !== undefined && equalBytes(again, bytes)
      ? { receipt }
      : { reason: "the bytes are not a receipt's own form" };
  } catch (misshapen) {
    if (misshapen instanceof Misshapen) return { reason: misshapen.reason };
    throw misshapen;
  }
}

function receiptOf(value: Value): Receipt {
  const parts = list(value, "a receipt");
  if (parts[0] !== RECEIPT_VERSION) refuse(`this is no receipt of version ${RECEIPT_VERSION}`);
  list(value, "a receipt", 24);
  const [language, fuelSchedule] = list(parts[5], "the versions", 2);
  const [eventKind, eventName] = list(parts[15], "the event", 2);
  const [omitted, fuel] = list(parts[23], "the counts", 2);
  const kind = text(parts[3], "the kind");
  if (!RECEIPT_KINDS.includes(kind as ReceiptKind)) refuse(`\`${kind}\` is no kind of receipt`);
  const entry = text(parts[6], "the entry");
  if (entry !== { deploy: "", offer: "init", timer: "step", event: "step" }[kind as ReceiptKind])
    refuse("the entry does not go with the kind");
  return {
    origin: text(parts[1], "the origin"),
    seq: count(parts[2], "the index"),
    kind: kind as ReceiptKind,
    module: id(parts[4], "the module"),
    language: count(language, "the language version"),
    fuelSchedule: count(fuelSchedule, "the fuel schedule"),
    entry: entry as Receipt["entry"],
    agreement: idOrNull(parts[7], "the agreement"),
    step: count(parts[8], "the step"),
    previous: idOrNull(parts[9], "the previous receipt"),
    cause: causeOf(parts[10]),
    caller: text(parts[11], "the caller"),
    input: id(parts[12], "the input"),
    stamp: int(parts[13], "the stamp"),
    now: int(parts[14], "the instant"),
    event: [text(eventKind, "the event"), text(eventName, "the event")],
    pre: idOrNull(parts[16], "the root before"),
    post: idOrNull(parts[17], "the root after"),
    outcome: outcomeOf(list(parts[18], "the outcome")),
    moves: list(parts[19], "the moves").map((move) => {
      const [verb, asset, amount, from, to] = list(move, "a move", 5);
      return {
        verb: text(verb, "a verb"),
        asset: text(asset, "an asset"),
        amount,
        from: text(from, "a source"),
        to: text(to, "a target"),
      };
    }),
    tells: list(parts[20], "what is told").map((tell) => {
      const [to, what] = list(tell, "a message", 2);
      return [text(to, "a reader"), what] as const;
    }),
    given: list(parts[21], "what is given").map((item) => {
      const [name, given] = list(item, "a value", 2);
      return [text(name, "a name"), given] as const;
    }),
    changes: list(parts[22], "the changes").map((change) => {
      const [path, before, after] = list(change, "a change", 3);
      return { path: text(path, "a path"), before, after };
    }),
    changesOmitted: count(omitted, "the changes left out"),
    fuel: count(fuel, "the fuel"),
  };
}

function causeOf(value: Value): Receipt["cause"] {
  if (value === null) return null;
  const [action, nonce] = list(value, "the cause", 2);
  if (!(nonce instanceof Uint8Array) || nonce.length !== NONCE_BYTES) return refuse("the nonce is none");
  return { action: id(action, "the action"), nonce: nonce.slice() };
}

function outcomeOf(parts: readonly Value[]): Outcome {
  const kind = parts[0];
  if (kind === "accepted" && parts.length === 1) return { kind };
  if (kind === "refused" && parts.length === 5) {
    return {
      kind,
      refusal: {
        kind: text(parts[1], "a refusal"),
        name: text(parts[2], "a refusal"),
        path: text(parts[3], "a refusal"),
        values: list(parts[4], "the values"),
      },
    };
  }
  if (kind === "fault" && parts.length === 5) {
    const code = text(parts[1], "a fault");
    if (!FAULT_CODES.includes(code)) refuse(`\`${code}\` is no fault`);
    const error = parts[4];
    if (error !== null && !(error instanceof ErrorValue && ERROR_CODES.includes(error.code)))
      refuse("the error of a fault is none");
    return {
      kind,
      code: code as ReceiptFaultCode,
      function: int(parts[2], "a function"),
      pc: int(parts[3], "a place"),
      error: error as ErrorValue | null,
    };
  }
  return refuse("the outcome is none");
}

// ── JSON view ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A receipt as JSON for people. The bytes are what counts; this view is made from them. */
export interface ReceiptJson {
  readonly [key: string]: Json;
}
export function receiptToJson(receipt: Receipt, show: ShowValue = showPlain): ReceiptJson {
  const { outcome } = receipt;
  const id = (bytes: Uint8Array | null): string | null => (bytes === null ? null : hex(bytes));
  return {
    version: RECEIPT_VERSION,
    origin: receipt.origin,
    seq: receipt.seq,
    kind: receipt.kind,
    module: hex(receipt.module),
    language: receipt.language,
    fuelSchedule: receipt.fuelSchedule,
    entry: receipt.entry,
    agreement: id(receipt.agreement),
    step: receipt.step,
    previous: id(receipt.previous),
    action: receipt.cause === null ? null : hex(receipt.cause.action),
    nonce: receipt.cause === null ? null : hex(receipt.cause.nonce),
    caller: receipt.caller,
    input: hex(receipt.input),
    stamp: receipt.stamp,
    now: receipt.now,
    event: { kind: receipt.event[0], name: receipt.event[1] },
    pre: id(receipt.pre),
    post: id(receipt.post),
    outcome:
      outcome.kind === "accepted"
        ? { kind: "accepted" }
        : outcome.kind === "refused"
          ? {
              kind: "refused",
              reason: outcome.refusal.kind,
              name: outcome.refusal.name,
              path: outcome.refusal.path,
              values: outcome.refusal.values.map((value) => show(value, "")),
            }
          : {
              kind: "fault",
              code: outcome.code,
              function: outcome.function,
              pc: outcome.pc,
              error: outcome.error === null ? null : { code: outcome.error.code, about: outcome.error.about },
            },
    moves: receipt.moves.map((move) => ({
      verb: move.verb,
      asset: move.asset,
      amount: show(move.amount, `money ${move.asset}`),
      from: move.from,
      to: move.to,
    })),
    tells: receipt.tells.map(([to, what]) => ({ to, what: show(what, "") })),
    given: receipt.given.map(([name, value]) => ({ name, value: show(value, "") })),
    changes: receipt.changes.map(({ path, before, after }) => ({
      path,
      before: show(before, path),
      after: show(after, path),
    })),
    changesOmitted: receipt.changesOmitted,
    fuel: receipt.fuel,
  };
}
