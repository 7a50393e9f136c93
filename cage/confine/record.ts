// The outcome of a check as a record: what was tried, by whom, what was open. Who writes it into a ledger hands the writer in.
import type { PlainRecord } from "../point.ts";
import type { CheckOutcome } from "./check.ts";

/** Of a gate, or of a ledger opened for this alone. */
export type NoteWriter<Id> = (kind: "confine", body: PlainRecord) => Promise<Id>;

export function confineBody({ user, uid, ways, open, cage }: CheckOutcome): PlainRecord {
  return {
    user,
    uid,
    confined: open.length === 0,
    cage,
    open,
    ways: ways.map(({ id, to, verdict, confined, free }) => ({ id, to, verdict, confined, free })),
  };
}

export const recordCheck = <Id>(outcome: CheckOutcome, note: NoteWriter<Id>): Promise<Id> =>
  note("confine", confineBody(outcome));
