// A record that somebody waits for with a promise: tunnels, and whatever writes few of them. The proxy takes the call itself, as a promise
// for each of the two records of an exchange would be most of what the cage costs.
import type { Recorded, RecordId } from "./point.ts";

/** `work` is given what it has to tell that the record is written. Rejects with what it tells instead. */
export function recorded(work: (done: Recorded) => void): Promise<RecordId> {
  return new Promise((resolve, reject) => {
    work((error, record) => (record === null ? reject(error) : resolve(record)));
  });
}
