// From what entered to a receipt: runs one entry of a module and writes down everything about it. Pure, and the only place
// where receipts are made: the court, the replay and the check of a bundle all pass here, so equal inputs give equal bytes.
import { assert, contentId } from "../core/index.ts";
import {
  type EventKind,
  eventRecord,
  type Fault,
  type MapValue,
  parseDecimal,
  readJson,
  tickAt,
  type Value,
} from "../vm/index.ts";
import { offerAnswer, stepAnswer } from "./answer.ts";
import { changesBetween } from "./changes.ts";
import type { LoadedModule } from "./modules.ts";
import type { SignedAction } from "./protocol/action.ts";
import { CHANGES_MAX, RECEIPT_CHANGES_BYTES_MAX } from "./protocol/limits.ts";
import {
  encodeReceipt,
  inputId,
  type Outcome,
  type Receipt,
  type ReceiptFaultCode,
  receiptId,
  stateRoot,
} from "./protocol/receipt.ts";

/** A state with its bytes and their id. */
export interface State {
  readonly value: Value;
  readonly bytes: Uint8Array;
  readonly root: Uint8Array;
}

/** Where a receipt will stand. */
export interface Frame {
  readonly origin: string;
  readonly seq: number;
  readonly step: number;
  readonly previous: Uint8Array | null;
}

/** What caused a step: a signed action, or the court's clock (null), and the stamp. */
export interface Cause {
  readonly action: SignedAction | null;
  readonly stamp: number;
}

export interface Written {
  readonly receipt: Receipt;
  readonly bytes: Uint8Array;
  readonly id: Uint8Array;
}

// ── What enters ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The record an entry is given, and its id. */
export interface Input {
  readonly record: Value;
  readonly id: Uint8Array;
}

/** The event that a signed action is, at a stamp; or the reason it is none. */
export function eventOf({ action }: SignedAction, stamp: number): Input | { readonly reason: string } {
  const inputs = readJson(action.inputs);
  if ("problem" in inputs)
    return { reason: `inputs: ${inputs.problem.message}, at character ${inputs.problem.offset}` };
  const value = action.value?.map(([asset, amount]) => [asset, parseDecimal(amount) as Value] as const) ?? null;
  return inputOf(
    eventRecord({
      kind: action.kind as EventKind,
      name: action.name,
      by: action.author,
      at: stamp,
      value,
      inputs: inputs.value,
      for: action.for,
    }),
  );
}

/** The tick at a stamp. */
export function tickEvent(stamp: number): Input {
  const input = inputOf(tickAt(stamp));
  assert("id" in input, "a tick has bytes");
  return input;
}

function inputOf(record: Value): Input | { readonly reason: string } {
  const id = inputId(record);
  return id === undefined ? { reason: "inputs: more than a value of the machine may hold" } : { record, id };
}

/** What an offer says: its inputs are `{"roles": {role: did}, "terms": {name: value}}`. */
export interface Offer extends Input {
  /** did of each role of the module, in its order; null when nobody holds it. */
  readonly dids: readonly (string | null)[];
}

/** The offer record of a signed offer. */
export function offerOf(
  { action }: SignedAction,
  roles: readonly string[],
  stamp: number,
): Offer | { readonly reason: string } {
  const read = readJson(action.inputs);
  if ("problem" in read) return { reason: `inputs: ${read.problem.message}, at character ${read.problem.offset}` };
  const fields = fieldsOf(read.value);
  const given = fieldsOf(fields?.get("roles"));
  const terms = fields?.get("terms");
  if (fields === undefined || given === undefined || fieldsOf(terms) === undefined || fields.size !== 2)
    return { reason: 'inputs: an offer is {"roles": {…}, "terms": {…}}' };
  for (const role of given.keys())
    if (!roles.includes(role)) return { reason: `inputs.roles: the module has no role \`${role}\`` };
  const dids: (string | null)[] = [];
  for (const role of roles) {
    const did = given.get(role) ?? null;
    if (did !== null && typeof did !== "string") return { reason: `inputs.roles.${role}: expected a did` };
    dids.push(did);
  }
  const input = inputOf([dids, terms, stamp]);
  return "reason" in input ? input : { ...input, dids };
}

function fieldsOf(value: Value): ReadonlyMap<string, Value> | undefined {
  if (
    typeof value !== "object" ||
    value === null ||
    !("keys" in value && "values" in value) ||
    Array.isArray(value) ||
    value instanceof Uint8Array
  )
    return undefined;
  const { keys, values } = value as MapValue;
  return new Map(keys.map((key, i) => [key, values[i]]));
}

// ── Runs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What one receipt says beside where it stands and what caused it. */
type Said = Pick<
  Receipt,
  "kind" | "entry" | "agreement" | "input" | "now" | "event" | "pre" | "post" | "outcome" | "fuel"
> &
  Partial<Pick<Receipt, "moves" | "tells" | "given" | "changes" | "changesOmitted">>;

/** The receipt, or undefined when it does not fit an entry of the ledger. */
function write(frame: Frame, module: LoadedModule, cause: Cause, said: Said): Written | undefined {
  const { action } = cause;
  const receipt: Receipt = {
    origin: frame.origin,
    seq: frame.seq,
    kind: said.kind,
    module: module.id,
    language: module.module.language,
    fuelSchedule: module.module.fuelSchedule,
    entry: said.entry,
    agreement: said.agreement,
    step: frame.step,
    previous: frame.previous,
    cause: action === null ? null : { action: action.id, nonce: action.action.nonce },
    caller: action === null ? "" : action.action.author,
    input: said.input,
    stamp: cause.stamp,
    now: said.now,
    event: said.event,
    pre: said.pre,
    post: said.post,
    outcome: said.outcome,
    moves: said.moves ?? [],
    tells: said.tells ?? [],
    given: said.given ?? [],
    changes: said.changes ?? [],
    changesOmitted: said.changesOmitted ?? 0,
    fuel: said.fuel,
  };
  const bytes = encodeReceipt(receipt);
  return bytes === undefined ? undefined : { receipt, bytes, id: receiptId(bytes) };
}
const surely = (made: Written | undefined): Written => {
  assert(made !== undefined, "a receipt without answers fits an entry");
  return made;
};
const ACCEPTED: Outcome = { kind: "accepted" };

/** The receipt of a deployment: the module's file is now at the court. */
export function writeDeploy(frame: Frame, module: LoadedModule, cause: Cause): Written {
  return surely(
    write(frame, module, cause, {
      kind: "deploy",
      entry: "",
      agreement: null,
      input: module.fileId,
      now: cause.stamp,
      event: ["deploy", ""],
      pre: null,
      post: null,
      outcome: ACCEPTED,
      fuel: 0,
    }),
  );
}

/** The id of the agreement an offer makes: of the signed bytes of the offer, so that signing the id signs everything in it. */
export const agreementId = (offer: SignedAction): Uint8Array => contentId("agreement", offer.bytes);

export type Offered =
  | { readonly written: Written; readonly state: State }
  | { readonly refusal: { readonly kind: string; readonly name: string; readonly path: string } }
  | { readonly reason: string };

/** Runs `init`. Only an accepted offer has a receipt: a refused one made no agreement. */
export function runOffer(
  frame: Frame,
  module: LoadedModule,
  offer: Offer,
  cause: Cause & { readonly action: SignedAction },
): Offered {
  const result = module.machine.run("init", [offer.record], { fuel: module.fuel.init });
  if ("fault" in result)
    return {
      reason: `the module faulted: ${result.fault.code}${result.fault.error === null ? "" : ` (${result.fault.error.code} ${result.fault.error.about})`}`,
    };
  const answer = offerAnswer(result.value);
  if (answer === undefined) return { reason: "the module's answer to the offer is none" };
  if ("refusal" in answer)
    return { refusal: { kind: answer.refusal[0], name: answer.refusal[1], path: answer.refusal[2] } };
  const encoded = stateRoot(answer.state);
  if (encoded === undefined) return { reason: "the module's first state has no bytes" };
  return {
    written: surely(
      write(frame, module, cause, {
        kind: "offer",
        entry: "init",
        agreement: agreementId(cause.action),
        input: offer.id,
        now: cause.stamp,
        event: ["offer", ""],
        pre: null,
        post: encoded.root,
        outcome: ACCEPTED,
        fuel: result.fuel,
      }),
    ),
    state: { value: answer.state, ...encoded },
  };
}

export interface Stepped {
  readonly written: Written;
  /** The state after it; the same object as before when nothing changed. */
  readonly state: State;
  /** The event was handled; otherwise a timer fired and the event waits. */
  readonly consumed: boolean;
}

/** Runs `step` once. A fault, or an answer that has no receipt, leaves the state as it was; `dueTimer` is asked only then: the
 *  name of the timer that was due, or null when the fault is the event's. */
export function runStep(
  frame: Frame,
  module: LoadedModule,
  agreement: Uint8Array,
  pre: State,
  event: Input,
  cause: Cause,
  dueTimer: () => string | null,
): Stepped {
  const result = module.machine.run("step", [pre.value, event.record], { fuel: module.fuel.step });
  const [kind, name] = event.record as readonly [string, string];
  const faulted = (code: ReceiptFaultCode, at: Pick<Fault, "function" | "pc" | "error">): Stepped => {
    const timer = dueTimer();
    const fault = write(frame, module, cause, {
      kind: timer === null ? "event" : "timer",
      entry: "step",
      agreement,
      input: event.id,
      now: cause.stamp,
      event: timer === null ? [kind, name] : ["timer", timer],
      pre: pre.root,
      post: pre.root,
      outcome: { kind: "fault", code, function: at.function, pc: at.pc, error: at.error },
      fuel: result.fuel,
    });
    return { written: surely(fault), state: pre, consumed: timer === null };
  };
  if ("fault" in result) return faulted(result.fault.code, result.fault);
  const answer = stepAnswer(result.value, result.fuel);
  const encoded = answer === undefined ? undefined : stateRoot(answer.state);
  if (answer === undefined || encoded === undefined) return faulted("court/no-answer", NOWHERE);
  const changed = changesBetween(pre.value, answer.state, module.stateType, CHANGES_MAX);
  const said: Said = {
    kind: answer.kind,
    entry: "step",
    agreement,
    input: event.id,
    now: answer.at,
    event: answer.kind === "event" ? [kind, name] : ["timer", answer.name],
    pre: pre.root,
    post: encoded.root,
    outcome: answer.refusal === null ? ACCEPTED : { kind: "refused", refusal: answer.refusal },
    moves: answer.moves,
    tells: answer.tells,
    given: answer.given,
    changes: changed.changes,
    changesOmitted: changed.omitted,
    fuel: answer.fuel,
  };
  let made = write(frame, module, cause, said);
  if (made === undefined || made.bytes.length > RECEIPT_CHANGES_BYTES_MAX) {
    const omitted = changed.changes.length + changed.omitted;
    made = write(frame, module, cause, { ...said, changes: [], changesOmitted: omitted });
  }
  if (made === undefined) return faulted("court/receipt-too-large", NOWHERE);
  const state = { value: answer.state, bytes: encoded.bytes, root: encoded.root };
  return { written: made, state, consumed: answer.consumed };
}

const NOWHERE = { function: -1, pc: -1, error: null } as const;
