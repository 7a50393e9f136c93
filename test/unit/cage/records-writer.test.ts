import { expect, it } from "vitest";
import { begin, plainRecord, taken } from "../../../cage/records/writer.ts";
import { encode } from "../../../core/index.ts";

/** Of the buffer that a process begins with. */
const FIRST_BUFFER = 64 * 1024;

it("a map of many members is whole where it ends at the end of the buffer", () => {
  const members = Object.fromEntries(Array.from({ length: 24 }, (_, i) => [`m${String(i).padStart(2, "0")}`, true]));
  // The first that does not fit makes the buffer larger, so each length comes once.
  for (let length = FIRST_BUFFER - 160; length <= FIRST_BUFFER; length++) {
    const record = { list: [] as boolean[], ...members };
    record.list = new Array<boolean>(length).fill(true);
    begin();
    plainRecord(record, 0);
    expect(Buffer.compare(taken(), encode(record)), `${length} items`).toBe(0);
  }
});

it("a map of any number of members is as it is encoded otherwise", () => {
  for (const count of [0, 1, 22, 23, 24, 25, 100, 254, 255, 256, 257, 1_000, 65_535, 65_536])
    for (const first of ["a", "zzzzzzz"]) {
      const record = Object.fromEntries(
        Array.from({ length: count }, (_, i) => [i === 0 ? first : `m${String(i).padStart(5, "0")}`, i]),
      );
      begin();
      plainRecord(record, 0);
      expect(Buffer.compare(taken(), encode(record)), `${count} members, ${first} first`).toBe(0);
    }
});
