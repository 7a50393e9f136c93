// Everything the court can answer that is not a receipt: one table, read by the server, the client, the OpenAPI document and
// docs/protocol.md. Source of the shape: RFC 9457 (problem details).

export interface ProblemRow {
  /** HTTP status. */
  readonly status: number;
  readonly title: string;
  /** One thing to do. */
  readonly help: string;
}

export const PROBLEMS = {
  // the message
  malformed: {
    status: 400,
    title: "the request is not what this place takes",
    help: "Compare it with /openapi.json; `detail` names the field.",
  },
  "too-large": {
    status: 413,
    title: "the body is larger than allowed",
    help: "Send large evidence elsewhere and its hash here; split batches.",
  },
  "unsupported-media-type": {
    status: 415,
    title: "the body has a type this place does not take",
    help: "Send application/json or application/cbor.",
  },
  "not-found": { status: 404, title: "there is nothing at this address", help: "See /docs for the addresses." },
  "method-not-allowed": {
    status: 405,
    title: "this address does not take this method",
    help: "See /docs for the methods.",
  },
  // the envelope
  "wrong-origin": {
    status: 421,
    title: "the action is for another court",
    help: "Sign it again with this court's origin, from /healthz.",
  },
  "wrong-signature": {
    status: 401,
    title: "the signature does not fit the action and its author",
    help: "Sign exactly the bytes of the action, with the key of `author`.",
  },
  "wrong-rail-signature": {
    status: 401,
    title: "the rail's signature does not fit the action's value",
    help: "Have the agreement's rail sign the value of this very action.",
  },
  "rail-required": {
    status: 403,
    title: "value in this agreement needs the word of its rail",
    help: "Add the signature of the party with kind rail.",
  },
  "late-deadline": {
    status: 408,
    title: "the action arrived after its deadline",
    help: "Sign it again with a later deadline. Nothing was recorded.",
  },
  "deadline-too-far": {
    status: 400,
    title: "the deadline lies too far ahead",
    help: "Choose a deadline within seven days.",
  },
  "nonce-used": {
    status: 409,
    title: "the author used this nonce for another action",
    help: "Sign it again with a fresh nonce.",
  },
  "unknown-agreement": {
    status: 404,
    title: "this court has no such agreement",
    help: "Check the id; /agreements lists them.",
  },
  "unknown-module": { status: 404, title: "this court has no such module", help: "Deploy it first: POST /modules." },
  "unknown-party": {
    status: 403,
    title: "the author holds no role in this agreement",
    help: "Sign with the key of one of its roles.",
  },
  "not-admitted": {
    status: 403,
    title: "the author may not deploy or offer here",
    help: "Ask the operator to admit this did.",
  },
  // offers and modules
  "bad-module": {
    status: 422,
    title: "the module file was refused",
    help: "Build it again with this version of writ; `detail` says where.",
  },
  "not-an-agreement": {
    status: 422,
    title: "the module is no agreement",
    help: "Policies run in the cage; deploy an `agreement:` here.",
  },
  "fuel-over-limit": {
    status: 422,
    title: "the module may run longer than this court allows",
    help: "Lower its bounds (open_at_most, sizes of lists and maps); `detail` names the entry.",
  },
  "bad-offer": { status: 422, title: "the offer does not fit the module", help: "`detail` names the role or term." },
  refused: {
    status: 422,
    title: "the module refused, and no receipt is kept for this author",
    help: "`refusal` says why.",
  },
  "nothing-due": {
    status: 409,
    title: "no timer of this agreement is due",
    help: "Tick again at or after its next due instant.",
  },
  halted: {
    status: 409,
    title: "a timer of this agreement faulted, so it cannot go on",
    help: "Read its last receipt; the parties must settle outside or migrate.",
  },
  // the node
  "unknown-receipt": {
    status: 404,
    title: "there is no such receipt",
    help: "Ask for an index below the size of /checkpoint.",
  },
  "read-only": {
    status: 503,
    title: "the court only reads at present",
    help: "See /healthz for the reason; try again when it is cleared.",
  },
  overloaded: {
    status: 503,
    title: "the court has more waiting than it takes",
    help: "Try again after the time in Retry-After.",
  },
  "shutting-down": {
    status: 503,
    title: "the court is shutting down",
    help: "Send the same action again when it is back; a repeated nonce is safe.",
  },
  internal: {
    status: 500,
    title: "the court made a mistake",
    help: "Report it with the request id. Sending the same action again is safe.",
  },
} as const satisfies Readonly<Record<string, ProblemRow>>;

export type ProblemCode = keyof typeof PROBLEMS;

/** `application/problem+json`. */
export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly help: string;
  readonly requestId?: string;
  /** For `refused`: what the module said. */
  readonly refusal?: { readonly kind: string; readonly name: string; readonly path: string };
}

export function problem(code: ProblemCode, detail: string, more: Pick<Problem, "refusal"> = {}): Problem {
  const { title, status, help } = PROBLEMS[code];
  return { type: `urn:writ:problem:${code}`, title, status, code, detail, help, ...more };
}

/** A problem thrown through promises, by the client and inside the server. */
export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  constructor(problem: Problem) {
    super(`${problem.title}: ${problem.detail}`);
    this.problem = problem;
  }
  get code(): ProblemCode {
    return this.problem.code;
  }
}
