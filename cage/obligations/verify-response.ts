// `verify_response`: an answer is what its sender sent. It is held until its digest and, where `from` names somebody, its signature were
// checked; what does not fit is not handed on.
import { createHash } from "node:crypto";
import { SIGNATURE_AGE_SECONDS, SIGNATURE_AGE_SECONDS_MAX, SIGNATURES_MAX } from "../limits.ts";
import type { Met, PlainRecord } from "../point.ts";
import { compareDigests } from "../signature/digest.ts";
import {
  bodyOf,
  type Profile,
  type QuorumVerdict,
  type ResponseMessage,
  SignatureError,
  type SignatureProblem,
  type VerifyInput,
  verifyMessage,
  verifyQuorum,
} from "../signature/index.ts";
import { fail } from "../signature/problems.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import { type Denial, denial, type Obligation } from "./obligation.ts";
import { keysOf } from "./require-signature.ts";
import { coverOf } from "./sign.ts";

export interface VerifyResponseArgs {
  /** Null: the digest alone is checked. */
  readonly profile: Profile | null;
  /** So many of them must have signed. */
  readonly quorum: number;
  /** A digest must be there. */
  readonly required: boolean;
  /** The answer is handed on all the same, and what was found is recorded. */
  readonly recordOnly: boolean;
}

export const verifyResponse: Obligation<VerifyResponseArgs> = {
  name: "verify_response",
  points: ["request", "body", "response"],
  tunnels: false,
  several: true,
  check: (args) =>
    reading(() => {
      const read = new Arguments(args, [
        ...["digest", "from", "revoked", "quorum", "cover", "label", "tag", "max_age", "on_mismatch"],
      ]);
      const required = (read.word("digest", ["required", "if-present"]) ?? "required") === "required";
      const [from, label, tag] = [read.texts("from"), read.text("label"), read.text("tag")];
      if (from === null && (read.has("revoked") || read.has("quorum")))
        misread("`from` names nobody", "name the dids whose signatures are asked for");
      const quorum = read.count("quorum", { min: 1, max: SIGNATURES_MAX }) ?? 1;
      if (quorum > (from?.length ?? 1)) misread("`quorum` is more than `from` names", "name as many who can sign");
      if (quorum > 1 && label !== null)
        misread("`label` names one signature, and `quorum` asks for several", "leave `label` out");
      const profile: Profile | null =
        from === null
          ? null
          : {
              keys: keysOf(from, read.instants("revoked")),
              cover: coverOf(read.texts("cover") ?? ["@status"]),
              nonces: null,
              ...(label === null ? {} : { label }),
              ...(tag === null ? {} : { tag }),
              digest: "ifBody",
              maxAge: read.seconds("max_age", { min: 1, max: SIGNATURE_AGE_SECONDS_MAX }) ?? SIGNATURE_AGE_SECONDS,
            };
      return { profile, quorum, required, recordOnly: read.word("on_mismatch", ["deny", "record"]) === "record" };
    }),
};

/** What was found, and what the caller gets in place of an answer that does not fit. */
export async function responseVerdict(
  { profile, quorum, required, recordOnly }: VerifyResponseArgs,
  { message, content }: { readonly message: ResponseMessage; readonly content: Uint8Array },
  now: number,
): Promise<{ readonly met: Met; readonly denial: Denial | null; readonly tampered: boolean }> {
  const name = "verify_response";
  const body = bodyOf(content);
  let problem: SignatureProblem | null = null;
  let keys: readonly string[] = [];
  try {
    const digested = compareDigests(message, body);
    if (required && !digested) fail("no-digest", "content-digest", "the answer has no digest");
    if (profile !== null) {
      const verdict = await signers({ message, body, profile, now }, quorum);
      if ("problem" in verdict) problem = verdict.problem;
      else keys = verdict.verified.map(({ keyId }) => keyId);
    }
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    problem = error;
  }
  if (problem === null)
    return {
      met: { name, found: { verified: true, ...foundKeys(keys) } },
      denial: null,
      tampered: false,
    };
  // Both digests: what the sender said, and what came.
  const found = {
    verified: false,
    problem: problem.problem,
    at: problem.at,
    said: message.fields
      .filter(([each]) => each === "content-digest" || each === "repr-digest")
      .map(([, value]) => value),
    ...(quorum > 1 ? { detail: problem.detail } : {}),
    came: createHash("sha256").update(content).digest("hex"),
  };
  return {
    met: { name, found },
    denial: recordOnly ? null : denial("response-tampered", 502, `${problem.problem} at ${problem.at}`),
    tampered: true,
  };
}

/** Of one, the message must not leave open whose signature is meant; of several, each counts that is good. */
async function signers(input: VerifyInput, quorum: number): Promise<QuorumVerdict> {
  if (quorum > 1) return verifyQuorum(input, quorum);
  const verdict = await verifyMessage(input);
  return "problem" in verdict ? verdict : { verified: [verdict.verified] };
}

function foundKeys(keys: readonly string[]): PlainRecord {
  const [key] = keys;
  return key === undefined ? {} : keys.length === 1 ? { key } : { keys };
}
