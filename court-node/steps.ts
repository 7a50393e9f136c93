// Which receipt each step of an agreement has: the seqs of its receipts, in pages. A key for each step was a third of what the store was
// given for an action. The page under way is part of the agreement's record, which is written with each step anyway; a page that is
// full is written once, under a key of its own.
import { decode } from "../core/index.ts";
import { LedgerError } from "../ledger/index.ts";
import { PAGE_STEPS } from "./limits.ts";
import { numberedKey, SPACE } from "./records.ts";
import type { CourtState } from "./state.ts";

/** The seq of each step, from the first of the page on. */
export type StepPage = readonly number[];

export const isWhole = (page: StepPage): boolean => page.length === PAGE_STEPS;
const pageOf = (step: number): number => Math.floor(step / PAGE_STEPS);
/** Of the page that a step stands on. */
export const pageKey = (agreement: string, step: number): string => numberedKey(agreement, pageOf(step));

/** Seqs of the steps from `from` on, at most `most`. Throws LedgerError `ledger/corrupt` when a page is missing. */
export function stepSeqs(
  state: CourtState,
  id: string,
  { steps, page: last }: { readonly steps: number; readonly page: StepPage },
  { from, most }: { readonly from: number; readonly most: number },
): readonly number[] {
  const seqs: number[] = [];
  const until = Math.min(steps, from + most);
  for (let step = from; step < until; ) {
    const page = pageOf(step) === pageOf(steps) ? last : wholePage(state, pageKey(id, step));
    const end = Math.min(until, (pageOf(step) + 1) * PAGE_STEPS);
    for (; step < end; step++) seqs.push(page[step % PAGE_STEPS] ?? corrupt("a page of steps is cut"));
  }
  return seqs;
}

function wholePage(state: CourtState, key: string): StepPage {
  const stored = state.get(SPACE.step, key);
  return stored === undefined ? corrupt(`the page \`${key}\` of steps is missing`) : (decode(stored) as StepPage);
}

function corrupt(what: string): never {
  throw new LedgerError("ledger/corrupt", what);
}
