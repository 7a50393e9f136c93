// What the court keeps beside the log, in the same transaction as the receipts. Keys are texts, values canonical CBOR:
//
//   court/head            [layout 2, next seq, last stamp, app hash]
//   module/<id>           module file
//   agreement/<id>        [module, [did | null, …], steps, last receipt id, last seq, state root, due, halted, offered at,
//                         [seq of each step of the page under way], state]
//   step/<id>/<page>      [seq of each step], a page of 32 steps (steps.ts); only whole pages
//   past/<id>/<step>      state after a step, for every 64th: what lies between is run again
//   action/<author>/<nonce>  [first seq, receipts, envelope]: a signed action and what it gave; receipts 0: not consumed yet
//   due/<instant>/<id>    agreements by the instant their next timer fires
//   deployed/<id>         seq of the receipt that brought a module
import { type Canonical, contentId, decode, Encoded, encode, encodeBy, hex, ID_BYTES, put } from "../core/index.ts";
import { LedgerError, numberKey } from "../ledger/index.ts";
import { type Due, firesAt } from "./answer.ts";
import type { Receipt } from "./protocol/receipt.ts";
import type { StepPage } from "./steps.ts";

export const SPACE = {
  court: "court",
  module: "module",
  agreement: "agreement",
  step: "step",
  past: "past",
  action: "action",
  due: "due",
  deployed: "deployed",
} as const;

/** Written with every action, or with every 32nd. Actions are asked for when their nonce may have been used before, steps by readers: so neither
 *  is looked up by its key until somebody asks. */
export const SELDOM_READ: readonly string[] = [SPACE.action, SPACE.step];

export const HEAD_KEY = "head";
/** Of what is drawn above. The first one had no number, and a key for each step. */
const LAYOUT = 2;

/** Where the court stands. */
export interface Head {
  /** Index of the next receipt. */
  readonly seq: number;
  /** Last stamp given, ms since 1970: the next is no earlier. */
  readonly stamp: number;
  /** Chain over the ids of all receipts: equal for equal histories, whatever the engine. */
  readonly appHash: Uint8Array;
}
export const FIRST_HEAD: Head = { seq: 0, stamp: 0, appHash: new Uint8Array(32) };
/** The app hash after one more receipt: one by one, so that it does not depend on how receipts were grouped. */
export function nextAppHash(before: Uint8Array, receipt: Uint8Array): Uint8Array {
  bothIds.set(before);
  bothIds.set(receipt, ID_BYTES);
  return contentId("receipt", bothIds);
}
const bothIds = new Uint8Array(2 * ID_BYTES);

export interface Agreement {
  readonly module: Uint8Array;
  /** did of each role, in the order of the module; null when nobody holds it. */
  readonly dids: readonly (string | null)[];
  /** Receipts so far, the offer included. */
  readonly steps: number;
  readonly lastReceipt: Uint8Array;
  readonly lastSeq: number;
  readonly root: Uint8Array;
  readonly due: Due | null;
  /** A timer faulted, so no later one can fire before it. */
  readonly halted: boolean;
  readonly offeredAt: number;
  /** Seqs of its receipts since the last whole page of steps. */
  readonly page: StepPage;
  /** Bytes of the present state. */
  readonly state: Uint8Array;
}

/** A signed action that left receipts, and which. */
export interface StoredAction {
  readonly first: number;
  /** 0: timers fired, and the action itself waits to be sent again. */
  readonly count: number;
  readonly envelope: Uint8Array;
}

const corrupt = (what: string): never => {
  throw new LedgerError("ledger/corrupt", `the stored ${what} cannot be read`);
};
// The store checks the hash of what it gives back, so what does not read here was never written by us.
function parts(bytes: Uint8Array, length: number, what: string): readonly Canonical[] {
  const value = decode(bytes);
  return Array.isArray(value) && value.length === length ? (value as readonly Canonical[]) : corrupt(what);
}

export const encodeHead = (head: Head): Uint8Array => encode([LAYOUT, head.seq, head.stamp, head.appHash]);
/** Throws LedgerError `ledger/wrong-version` for a court that was written in another layout. */
export function decodeHead(bytes: Uint8Array): Head {
  const head = decode(bytes);
  const layout = Array.isArray(head) && head.length === 4 ? head[0] : 1;
  if (layout !== LAYOUT)
    throw new LedgerError(
      "ledger/wrong-version",
      `the court is stored in layout ${layout}, this program reads layout ${LAYOUT}`,
    );
  const [, seq, stamp, appHash] = head as readonly Canonical[];
  return { seq: seq as number, stamp: stamp as number, appHash: appHash as Uint8Array };
}

export function encodeAgreement(agreement: Agreement): Uint8Array {
  // Before the rest: one thing is encoded at a time.
  didsOf(agreement);
  return encodeBy(writeAgreement, agreement);
}
function writeAgreement(agreement: Agreement): void {
  const { due } = agreement;
  put.array(11);
  put.bytes(agreement.module);
  put.encoded(didsOf(agreement));
  put.number(agreement.steps);
  put.bytes(agreement.lastReceipt);
  put.number(agreement.lastSeq);
  put.bytes(agreement.root);
  if (due === null) put.plain(null);
  else {
    put.array(3);
    put.number(due.at);
    put.text(due.edge);
    put.text(due.name);
  }
  put.plain(agreement.halted);
  put.number(agreement.offeredAt);
  put.array(agreement.page.length);
  for (let i = 0; i < agreement.page.length; i++) put.number(agreement.page[i]!);
  put.bytes(agreement.state);
}
/** Who holds the roles never changes, so the steps of an agreement share one list, and its bytes. */
const encodedDids = new WeakMap<Agreement["dids"], Encoded>();
function didsOf({ dids }: Agreement): Encoded {
  let encoded = encodedDids.get(dids);
  if (encoded === undefined) {
    encoded = Encoded.of(dids);
    encodedDids.set(dids, encoded);
  }
  return encoded;
}
export function decodeAgreement(bytes: Uint8Array): Agreement {
  const [module, dids, steps, lastReceipt, lastSeq, root, due, halted, offeredAt, page, state] = parts(
    bytes,
    11,
    "agreement",
  );
  const [at, edge, name] = (due ?? []) as readonly Canonical[];
  return {
    module: module as Uint8Array,
    dids: dids as readonly (string | null)[],
    steps: steps as number,
    lastReceipt: lastReceipt as Uint8Array,
    lastSeq: lastSeq as number,
    root: root as Uint8Array,
    due: due === null ? null : { at: at as number, edge: edge as Due["edge"], name: name as string },
    halted: halted as boolean,
    offeredAt: offeredAt as number,
    page: page as StepPage,
    state: state as Uint8Array,
  };
}

export const encodeStoredAction = (stored: StoredAction): Uint8Array => encodeBy(writeStoredAction, stored);
function writeStoredAction({ first, count, envelope }: StoredAction): void {
  put.array(3);
  put.number(first);
  put.number(count);
  put.bytes(envelope);
}
export function decodeStoredAction(bytes: Uint8Array): StoredAction {
  const [first, count, envelope] = parts(bytes, 3, "action");
  return { first: first as number, count: count as number, envelope: envelope as Uint8Array };
}

export const encodeSeq = (seq: number): Uint8Array => encode(seq);
export function decodeSeq(bytes: Uint8Array): number {
  const seq = decode(bytes);
  return typeof seq === "number" ? seq : corrupt("index");
}

/** One key for an author's nonce. */
export const actionKey = (author: string, nonce: Uint8Array): string => `${author}/${hex(nonce)}`;
/** The signed action of a receipt, as it is stored; null when the court's clock caused it, or none is stored. */
export function storedEnvelope(
  receipt: Receipt,
  get: (namespace: string, key: string) => Uint8Array | undefined,
): Uint8Array | null {
  if (receipt.cause === null) return null;
  const stored = get(SPACE.action, actionKey(receipt.caller, receipt.cause.nonce));
  return stored === undefined ? null : decodeStoredAction(stored).envelope;
}

/** Of a number that belongs to an agreement: a page of steps, or the step after which a state is kept. */
export const numberedKey = (agreement: string, number: number): string => `${agreement}/${numberKey(number)}`;

/** Sorts by the instant of firing; before 1970 counts as 1970: it is due anyway. */
export const dueKey = (due: Due, agreement: string): string => `${numberKey(Math.max(0, firesAt(due)))}/${agreement}`;
/** Upper bound (excluded) of the keys of everything that fires at or before an instant. */
export const dueUntil = (at: number): string => numberKey(Math.max(0, at) + 1);
/** Instant and agreement of a key of the due index. */
export const dueParts = (key: string): { readonly at: number; readonly agreement: string } => ({
  at: Number(key.slice(0, 16)),
  agreement: key.slice(17),
});
