// Whether enough of those who were named have signed one message. Each signature is judged by the profile on its own; two by one key count
// once. Distinct dids are distinct keys: a did:key has one spelling for each key, and a set takes none twice.
import { fail, SignatureError, type SignatureProblem } from "./problems.ts";
import { signersOf, type Verified, type VerifyInput, verifyMessage } from "./verify.ts";

export type QuorumVerdict = { readonly verified: readonly Verified[] } | { readonly problem: SignatureProblem };

/** Never throws for what a message holds. `quorum`: at least 1. */
export async function verifyQuorum(input: VerifyInput, quorum: number): Promise<QuorumVerdict> {
  const { message, profile } = input;
  const good = new Map<string, Verified>();
  const bad: SignatureProblem[] = [];
  try {
    for (const label of signersOf(message, profile)) {
      const verdict = await verifyMessage({ ...input, profile: { ...profile, label } });
      if ("problem" in verdict) bad.push(verdict.problem);
      else good.set(verdict.verified.keyId, verdict.verified);
    }
    if (good.size >= quorum) return { verified: [...good.values()] };
    const [first] = bad;
    const why = first === undefined ? "" : `: ${first.problem} at ${first.at}`;
    return fail("too-few-signers", "signature-input", `${good.size} of ${quorum} signed${why}`);
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    const { problem, at, detail, help } = error;
    return { problem: { problem, at, detail, help } };
  }
}
