// Runs the whole ledger again, with nothing but the stored modules and actions and the machine, and compares every byte of
// every receipt: roots, fuel, outcome, moves, the chain of receipts. Then the states that are stored. A wrong VM, a changed
// module, a forged receipt or a lost input all show as the first difference.
import { equalBytes, hex } from "../core/index.ts";
import type { Log, Storage } from "../ledger/index.ts";
import type { MachineBuiltin, Tier } from "../vm/index.ts";
import { type LoadedModule, Modules } from "./modules.ts";
import { decodeEnvelope, type SignedAction, verifyAction } from "./protocol/action.ts";
import { decodeReceipt, type Receipt, receiptId } from "./protocol/receipt.ts";
import type { Verify } from "./protocol/signer.ts";
import { decodeAgreement, decodeHead, FIRST_HEAD, HEAD_KEY, nextAppHash, SPACE, storedEnvelope } from "./records.ts";
import { firstDifference, rerun } from "./rerun.ts";
import type { State } from "./step.ts";

export interface Difference {
  readonly seq: number;
  /** What differs: a field of the receipt, or what is missing. */
  readonly field: string;
  readonly message: string;
}

export interface ReplayReport {
  readonly receipts: number;
  readonly agreements: number;
  /** Fuel of all runs. */
  readonly fuel: number;
  /** The first thing that is not as recorded, or null. */
  readonly difference: Difference | null;
}

export interface ReplayOptions {
  readonly log: Log;
  readonly storage: Storage;
  readonly builtins: Iterable<MachineBuiltin>;
  /** Checks each action's signature again; leave it out to save three quarters of the time. */
  readonly verify?: Verify;
  /** Called now and then with the receipts done and the receipts in all. */
  readonly progress?: (done: number, of: number) => void;
  /** How modules run: same results, other speed. By default `auto`. */
  readonly tier?: Tier;
}

/** Receipts between two calls of `progress`. */
const PROGRESS_EVERY = 256;

/** An agreement as the replay knows it. */
interface Replayed {
  readonly module: LoadedModule;
  state: State;
  step: number;
  last: Uint8Array;
}

class Differs {
  readonly difference: Difference;
  constructor(seq: number, field: string, message: string) {
    this.difference = { seq, field, message };
  }
}

/** Throws LedgerError when the store cannot be read; every other finding is in the report. */
export function replayLedger({ log, storage, builtins, verify, progress, tier }: ReplayOptions): ReplayReport {
  const modules = new Modules(builtins, tier);
  const agreements = new Map<string, Replayed>();
  const { size, origin } = log;
  let fuel = 0;
  let done = 0;
  let appHash: Uint8Array = FIRST_HEAD.appHash;
  try {
    for (; done < size; done++) {
      const bytes = log.entry(done);
      const decoded = decodeReceipt(bytes);
      if ("reason" in decoded) throw new Differs(done, "receipt", decoded.reason);
      rerunOne(decoded.receipt, { seq: done, bytes, origin, storage, modules, agreements, verify });
      appHash = nextAppHash(appHash, receiptId(bytes));
      fuel += decoded.receipt.fuel;
      if (done % PROGRESS_EVERY === 0) progress?.(done, size);
    }
    compareStored(storage, agreements, size, appHash);
  } catch (differs) {
    if (!(differs instanceof Differs)) throw differs;
    return { receipts: done, agreements: agreements.size, fuel, difference: differs.difference };
  }
  progress?.(size, size);
  return { receipts: done, agreements: agreements.size, fuel, difference: null };
}

interface Context {
  readonly seq: number;
  readonly bytes: Uint8Array;
  readonly origin: string;
  readonly storage: Storage;
  readonly modules: Modules;
  readonly agreements: Map<string, Replayed>;
  readonly verify: Verify | undefined;
}

function rerunOne(receipt: Receipt, { seq, bytes, origin, storage, modules, agreements, verify }: Context): void {
  const id = hex(receipt.module);
  const module = modules.get(id, (wanted) => storage.get(SPACE.module, wanted));
  if (module === undefined)
    throw new Differs(seq, "module", `the stored module ${id} is missing or is not the one named`);
  const agreement = receipt.agreement === null ? null : hex(receipt.agreement);
  const known = agreement === null ? undefined : agreements.get(agreement);
  if (receipt.entry === "step" && known === undefined)
    throw new Differs(seq, "agreement", "the agreement was never offered");
  const made = rerun({
    receipt,
    frame: {
      origin,
      seq,
      step: known === undefined ? 0 : known.step,
      previous: known === undefined ? null : known.last,
    },
    module,
    action: storedAction(seq, receipt, storage, verify),
    pre: known?.state ?? null,
  });
  if ("reason" in made) throw new Differs(seq, made.field, made.reason);
  if (!equalBytes(made.written.bytes, bytes)) {
    const [field, message] = firstDifference(receipt, made.written.receipt);
    throw new Differs(seq, field, message);
  }
  if (agreement === null || made.state === null) return;
  if (known === undefined) agreements.set(agreement, { module, state: made.state, step: 1, last: made.written.id });
  else {
    known.state = made.state;
    known.step++;
    known.last = made.written.id;
  }
}

function storedAction(
  seq: number,
  receipt: Receipt,
  storage: Storage,
  verify: Verify | undefined,
): SignedAction | null {
  if (receipt.cause === null) return null;
  const name = hex(receipt.cause.action);
  const envelope = storedEnvelope(receipt, (namespace, key) => storage.get(namespace, key));
  if (envelope === null) throw new Differs(seq, "action", `the signed action ${name} is not stored`);
  const action = decodeEnvelope(envelope);
  if ("problem" in action)
    throw new Differs(seq, "action", `the stored action cannot be read: ${action.problem.reason}`);
  if (!equalBytes(action.value.id, receipt.cause.action))
    throw new Differs(seq, "action", `the stored action is ${hex(action.value.id)}, the receipt names ${name}`);
  const verdict = verify === undefined ? "ok" : verifyAction(action.value, verify);
  if (verdict !== "ok") throw new Differs(seq, "action", `the stored action has a ${verdict}`);
  return action.value;
}

/** The stored states are where the replay came out, and so is the court's head. */
function compareStored(
  storage: Storage,
  agreements: ReadonlyMap<string, Replayed>,
  size: number,
  appHash: Uint8Array,
): void {
  for (const [id, { state, step, last }] of agreements) {
    const stored = storage.get(SPACE.agreement, id);
    const record = stored === undefined ? undefined : decodeAgreement(stored);
    if (record === undefined) throw new Differs(size, "state", `agreement ${id} is not stored`);
    if (record.steps !== step || !equalBytes(record.lastReceipt, last))
      throw new Differs(
        record.lastSeq,
        "previous",
        `agreement ${id} is stored at step ${record.steps}, its receipts end at ${step}`,
      );
    if (!equalBytes(record.root, state.root) || !equalBytes(record.state, state.bytes))
      throw new Differs(record.lastSeq, "post", `the stored state of agreement ${id} is not where its receipts lead`);
  }
  const head = storage.get(SPACE.court, HEAD_KEY);
  if (size > 0 && head === undefined) throw new Differs(size, "head", "the court's head is not stored");
  if (head === undefined) return;
  const { seq, appHash: stored } = decodeHead(head);
  if (seq !== size || !equalBytes(stored, appHash))
    throw new Differs(
      size,
      "head",
      `the court's head is at ${seq} receipts, the log has ${size}, or their ids do not lead to its app hash`,
    );
}
