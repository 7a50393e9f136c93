// Which receipt each step of an agreement has: the seqs of its receipts, in pages. A key for each step was a third of what the store was
// given for an action. The page under way is part of the agreement's record, which is written with each step anyway; a page that is
// full is written once, under a key of its own.
//
//   page   for each step its seq (7 bytes, big endian)
import { LedgerError } from "../ledger/index.ts";
import { PAGE_STEPS } from "./limits.ts";
import { numberedKey, SPACE } from "./records.ts";
import type { CourtState } from "./state.ts";

/** A safe integer fits. */
const SEQ_BYTES = 7;
const PAGE_BYTES = PAGE_STEPS * SEQ_BYTES;

/** The page with one more seq. */
export function withSeq(page: Uint8Array, seq: number): Uint8Array {
  const { length } = page;
  const more = new Uint8Array(length + SEQ_BYTES);
  more.set(page);
  let rest = seq;
  for (let at = length + SEQ_BYTES - 1; at >= length; at--) {
    more[at] = rest % 256;
    rest = Math.floor(rest / 256);
  }
  return more;
}

export const isWhole = (page: Uint8Array): boolean => page.length === PAGE_BYTES;
/** The page that a step stands on. */
export const pageOf = (step: number): number => Math.floor(step / PAGE_STEPS);
export const pageKey = (agreement: string, step: number): string => numberedKey(agreement, pageOf(step));

/** Seqs of the steps from `from` on, at most `most`. Throws LedgerError `ledger/corrupt` when a page is missing. */
export function stepSeqs(
  state: CourtState,
  id: string,
  { steps, page: last }: { readonly steps: number; readonly page: Uint8Array },
  { from, most }: { readonly from: number; readonly most: number },
): readonly number[] {
  const seqs: number[] = [];
  const until = Math.min(steps, from + most);
  for (let step = from; step < until; ) {
    const page = pageOf(step) === pageOf(steps) ? last : state.get(SPACE.step, pageKey(id, step));
    if (page === undefined) throw new LedgerError("ledger/corrupt", `a page of steps of agreement ${id} is missing`);
    const end = Math.min(until, (pageOf(step) + 1) * PAGE_STEPS);
    for (; step < end; step++) seqs.push(seqAt(page, (step % PAGE_STEPS) * SEQ_BYTES));
  }
  return seqs;
}

function seqAt(page: Uint8Array, at: number): number {
  if (at + SEQ_BYTES > page.length) throw new LedgerError("ledger/corrupt", "a page of steps is cut");
  let seq = 0;
  for (let i = at; i < at + SEQ_BYTES; i++) seq = seq * 256 + page[i]!;
  return seq;
}
