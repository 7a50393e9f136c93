// Makes a receipt again from what it says went in: the module, the state before, the signed action or the clock, the stamp.
// Pure. The replay of a ledger and the check of one bundle both compare the bytes this gives with the bytes on record.
import { assert, equalBytes, hex } from "../core/index.ts";
import { dueOf, firesAt } from "./answer.ts";
import type { LoadedModule } from "./modules.ts";
import type { SignedAction } from "./protocol/action.ts";
import { type Receipt, receiptToJson } from "./protocol/receipt.ts";
import {
  type Cause,
  eventOf,
  type Frame,
  offerOf,
  runOffer,
  runStep,
  type State,
  tickEvent,
  type Written,
  writeDeploy,
} from "./step.ts";

export interface RerunInput {
  /** The receipt on record: only its kind, agreement, event and stamp are believed. */
  readonly receipt: Receipt;
  readonly frame: Frame;
  readonly module: LoadedModule;
  readonly action: SignedAction | null;
  /** The state before; null for a deployment or an offer. */
  readonly pre: State | null;
}

export type Rerun =
  | { readonly written: Written; readonly state: State | null }
  | { readonly field: string; readonly reason: string };

export function rerun({ receipt, frame, module, action, pre }: RerunInput): Rerun {
  const cause: Cause = { action, stamp: receipt.stamp };
  switch (receipt.kind) {
    case "deploy":
      if (action?.action.kind !== "deploy" || action.action.name !== hex(module.id))
        return { field: "action", reason: "the action is not the deployment of this module" };
      return { written: writeDeploy(frame, module, cause), state: null };
    case "offer": {
      if (action?.action.kind !== "offer" || action.action.name !== hex(module.id))
        return { field: "action", reason: "the action is not an offer of this module" };
      const offer = offerOf(action, module.roles, receipt.stamp);
      if ("reason" in offer) return { field: "action", reason: offer.reason };
      const offered = runOffer(frame, module, offer, { ...cause, action });
      return "written" in offered ? offered : { field: "outcome", reason: "the module refuses the offer" };
    }
    default:
      return rerunStep({ receipt, frame, module, action, pre }, cause);
  }
}

function rerunStep({ receipt, frame, module, action, pre }: RerunInput, cause: Cause): Rerun {
  assert(pre !== null && receipt.agreement !== null, "a step has a state and an agreement");
  if (receipt.pre === null || !equalBytes(pre.root, receipt.pre))
    return {
      field: "pre",
      reason: `the state before is ${hex(pre.root)}, the receipt says ${receipt.pre === null ? "none" : hex(receipt.pre)}`,
    };
  if (action !== null && (action.action.agreement !== hex(receipt.agreement) || action.action.origin !== frame.origin))
    return { field: "action", reason: "the action is for another agreement or another court" };
  const event = action === null ? tickEvent(receipt.stamp) : eventOf(action, receipt.stamp);
  if ("reason" in event) return { field: "action", reason: event.reason };
  return runStep(frame, module, receipt.agreement, pre, event, cause, () => {
    const due = dueOf(module.machine, pre.value, module.fuel.due);
    return due !== null && due !== undefined && firesAt(due) <= receipt.stamp ? due.name : null;
  });
}

/** The first field in which two receipts differ, and both sides of it. */
export function firstDifference(recorded: Receipt, made: Receipt): readonly [field: string, message: string] {
  const [a, b] = [receiptToJson(recorded), receiptToJson(made)];
  for (const field of Object.keys(a)) {
    const [was, is] = [JSON.stringify(a[field]), JSON.stringify(b[field])];
    if (was !== is) return [field, `the receipt says ${clip(was)}, running it again gives ${clip(is)}`];
  }
  return ["bytes", "the two differ in a way the JSON view does not show"];
}

const SHOWN = 200;
const clip = (text: string): string => (text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`);
