// Why an obligation was not met, one word each with the status it is answered by. They are in answers and records, so they are part of the
// format: words are added, not changed. A signature has the words of cage/signature.
import { SIGNATURE_PROBLEMS } from "../signature/index.ts";

export const OBLIGATION_WORDS = {
  "cannot-oblige": [403, "the policy asks for what cannot be done here"],
  "rate-limited": [429, "too many requests"],
  "step-up-required": [403, "a person has to approve the request"],
  "step-up-unknown": [403, "no request waits by this id"],
  "step-up-other": [403, "the approval is for another request"],
  "step-up-used": [403, "the approval was used"],
  "step-ups-full": [503, "too many requests wait for a person"],
  "response-not-redacted": [502, "what may not be handed on could not be looked for in the answer"],
  "response-tampered": [502, "the answer is not what its sender sent"],
} as const satisfies Readonly<Record<string, readonly [status: number, meaning: string]>>;

export type ObligationWord = keyof typeof OBLIGATION_WORDS;

/** Status and meaning of a word of an obligation; null: it is none. */
export function obligationMeaning(word: string): readonly [status: number, meaning: string] | null {
  if (Object.hasOwn(OBLIGATION_WORDS, word)) return OBLIGATION_WORDS[word as ObligationWord];
  if (Object.hasOwn(SIGNATURE_PROBLEMS, word))
    return [401, SIGNATURE_PROBLEMS[word as keyof typeof SIGNATURE_PROBLEMS][0]];
  return null;
}
