// `step_up`: a person approves this one request. The caller is told the id under which it waits, and comes again with it in the field
// `cage-step-up`. People approve on the admin endpoint (`admin.ts`), not here.
import { STEP_UP_TTL_MS, STEP_UP_TTL_MS_MAX } from "../limits.ts";
import type { Met } from "../point.ts";
import type { RequestMessage } from "../signature/index.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import type { Denial, Obligation } from "./obligation.ts";
import type { StepUps } from "./step-ups.ts";

export interface StepUpArgs {
  readonly who: string;
  readonly ttlMs: number;
  readonly stepUps: StepUps;
}

export const stepUp: Obligation<StepUpArgs> = {
  name: "step_up",
  points: ["request", "body"],
  tunnels: false,
  several: false,
  check: (args, { stepUps }) =>
    reading(() => {
      const read = new Arguments(args, ["method", "who", "ttl"]);
      read.word("method", ["webauthn"]);
      const who = read.required("who");
      if (stepUps === null)
        return misread("nobody can be asked: the cage has no file of people", "give one when the cage is started");
      if (stepUps.people.credentials(who).length === 0)
        return misread(`\`${who.slice(0, 40)}\` has no credential`, "enrol one, and put it into the file of people");
      const ttlMs = read.millis("ttl", { min: 1_000, max: STEP_UP_TTL_MS_MAX }) ?? STEP_UP_TTL_MS;
      return { who, ttlMs, stepUps };
    }),
};

/** Lets the request through when a person has approved it, else puts it before them. `id`: what the caller gave. */
export function steppedUp(
  { who, ttlMs, stepUps }: StepUpArgs,
  request: {
    readonly message: RequestMessage;
    readonly content: Uint8Array;
    readonly redacted: Uint8Array | null;
    readonly caller: string;
    readonly id: string | null;
  },
  nowMs: number,
): { readonly met: Met } | { readonly denial: Denial } {
  const asked = { ...request, who, ttlMs };
  if (request.id === null) return { denial: stepUps.ask(asked, nowMs) };
  const used = stepUps.use(request.id, asked, nowMs);
  return "found" in used ? { met: { name: "step_up", found: used.found } } : { denial: used };
}
