// What a person may call a record, and which one is meant: `12` or `@12` its index, eight or more digits the beginning of its hash, else the id of
// its exchange. Digits alone are an index up to seven, as no hash is cut shorter than eight; from eight on they may be either, and where
// they are both nothing is guessed.
import { RECORDS_NAMED_MAX } from "../limits.ts";

/** Where records are looked up. Indexes, the last first. */
export interface RecordBook {
  readonly size: number;
  leavesBeginning(prefix: string): Iterable<number>;
  ofExchange(id: string): Iterable<number>;
}

/** Several: at most `RECORDS_NAMED_MAX` of them. */
export function recordNamed(id: string, book: RecordBook): number | null | readonly number[] {
  const index = /^@?(\d{1,15})$/.exec(id)?.[1];
  const isHash = /^[0-9a-f]{8,64}$/.test(id);
  const found = new Set<number>();
  if (index !== undefined && Number(index) < book.size) {
    if (!isHash) return Number(index);
    found.add(Number(index));
  }
  if (isHash)
    for (const each of book.leavesBeginning(id)) {
      found.add(each);
      // A whole hash has one meaning: two entries with the same bytes are the same record.
      if (id.length === 64 || found.size === RECORDS_NAMED_MAX) break;
    }
  if (found.size === 0) for (const each of book.ofExchange(id)) return each;
  const all = [...found];
  return all.length > 1 ? all : (all[0] ?? null);
}
