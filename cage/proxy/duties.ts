// Where the proxy meets the obligations of an allowed request, and what it gives and takes there. cage/obligations does the work; the
// proxy does what is its own: `reach`, `route`, and handing `receipt` to the gate.
import type { Field } from "../message/fields.ts";
import type { Head } from "../message/head.ts";
import type { Decision, Facts, Met } from "../point.ts";
import type { Denial } from "./answers.ts";

/** A request as it is about to be decided for good and sent. */
export interface Outgoing {
  readonly head: Head;
  /** Null: it is passed on as it comes. */
  readonly body: Buffer | null;
  /** What the caller gave in the field `cage-step-up`. */
  readonly stepUp?: string | null;
}

/** What the policy was asked again with: these decisions come after those before, and these facts take the place of those before. */
export interface AskedAgain {
  readonly decisions: readonly Decision[];
  readonly facts: Facts;
}

export type RequestDone = { readonly met: readonly Met[]; readonly asked?: AskedAgain } & (
  | { readonly outgoing: Outgoing }
  | { readonly denial: Denial }
);
export type ResponseDone = { readonly met: readonly Met[] } & (
  | { readonly incoming: Incoming }
  | { readonly denial: Denial }
);

/** An upstream's answer. */
export interface Incoming {
  readonly status: number;
  readonly fields: readonly Field[];
  /** Null: it is handed on as it comes. */
  readonly body: Buffer | null;
}

/** The obligations of one exchange. Methods never reject: what goes wrong is a denial. */
export interface Duties {
  /** The body must be in memory before `request` is called. */
  readonly holdsRequest: boolean;
  /** The answer's body must be in memory before `response` is called. */
  readonly holdsResponse: boolean;
  /** Gates, then changes of the request, in the order of rank. Called once, after the last decision before the intent. */
  request(outgoing: Outgoing): Promise<RequestDone>;
  /** Checks of the answer, and fields added to it. Called when its head is there, and its body where that is held. */
  response(incoming: Incoming): Promise<ResponseDone>;
}

/** Null when nothing but the proxy's own is to be done: then no body is held and nothing waited for. */
export type DutiesOf = (decisions: readonly Decision[], facts: Facts) => Duties | null;

const OWN = new Set(["reach", "route", "receipt"]);

/** For a cage that meets nothing else: every other obligation denies. */
export const onlyOwn: DutiesOf = (decisions) => {
  for (const { obligations } of decisions)
    for (const { name } of obligations)
      if (!OWN.has(name)) {
        const denial: Denial = { reason: "cannot-oblige", detail: `${name}: this cage does not carry it out` };
        return {
          holdsRequest: false,
          holdsResponse: false,
          request: async () => ({ denial, met: [] }),
          response: async (incoming) => ({ incoming, met: [] }),
        };
      }
  return null;
};
