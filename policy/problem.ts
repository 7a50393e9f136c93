// What a request to the policy server gets when it gets no answer. Source of the shape: RFC 9457 (problem details).

const PROBLEMS = {
  malformed: { status: 400, title: "the request is not what this place takes", help: "`detail` names the field." },
  unauthorized: {
    status: 401,
    title: "the request needs a token",
    help: "Send `Authorization: Bearer` and the token.",
  },
  "not-found": {
    status: 404,
    title: "there is nothing at this address",
    help: "See /.well-known/authzen-configuration.",
  },
  "method-not-allowed": {
    status: 405,
    title: "this address does not take this method",
    help: "See the header `allow`.",
  },
  "too-large": { status: 413, title: "the body is larger than allowed", help: "Ask in smaller batches." },
  "log-failed": {
    status: 503,
    title: "the decision cannot be recorded, so it is not given",
    help: "Ask again; the operator sees why in the log of the server.",
  },
  internal: { status: 500, title: "the server made a mistake", help: "Report it with the request id." },
} as const;

export type ProblemCode = keyof typeof PROBLEMS;

export interface Problem {
  readonly type: string;
  readonly title: string;
  readonly status: number;
  readonly code: ProblemCode;
  readonly detail: string;
  readonly help: string;
}

export function problem(code: ProblemCode, detail: string): Problem {
  const { status, title, help } = PROBLEMS[code];
  return { type: `urn:writ:problem:${code}`, title, status, code, detail, help };
}

export class ProblemError extends Error {
  override readonly name = "ProblemError";
  readonly problem: Problem;
  constructor(code: ProblemCode, detail: string) {
    super(detail);
    this.problem = problem(code, detail);
  }
}
