// Decision logs from hostile hands: a changed log never verifies to the same head, and reading never breaks.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { nativeSha256 } from "../../ledger/index.ts";
import { openPolicy, PolicyError } from "../../policy/index.ts";
import { Chain, DecisionLog, linesOf, Replayer, Store, storeOf } from "../../policy/node.ts";
import { plainValue } from "../../policy/plain.ts";
import { readLine } from "../../policy/record.ts";
import { built, NOTES } from "../unit/policy/kit.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-log-fuzz-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, "decisions.jsonl");
const notes = openPolicy(built(NOTES).bytes);
const log = DecisionLog.open(path);
log.keep(notes.parts);
for (let i = 0; i < 12; i++) {
  const input = plainValue({ user: `u${i % 3}`, act: "read", note: { owner: `u${i % 4}`, shared: i % 5 === 0 } });
  log.append({
    kind: "decide",
    at: "2026-03-01T09:00:00.000Z",
    answer: notes.machine.decide(input),
    input: { value: input },
  });
}
const { head } = log;
log.close();
const whole = readFileSync(path);
const runs = { numRuns: 1_000, seed: 14 };

/** The head a log verifies to; null when it does not. */
function headOf(bytes: Uint8Array): string | null {
  const changed = join(folder, "changed.jsonl");
  writeFileSync(changed, bytes);
  const chain = new Chain(nativeSha256);
  try {
    for (const { text, number } of linesOf(changed)) chain.next(text, number);
  } catch (error) {
    if (error instanceof PolicyError) return null;
    throw error;
  }
  return chain.head?.hash ?? null;
}

it("the log as it was verifies to its head, and its decisions run again", () => {
  expect(headOf(whole)).toBe(head.hash);
  const replayer = new Replayer(new Store(storeOf(path)));
  for (const { text } of linesOf(path)) {
    const read = readLine(text);
    if ("line" in read && read.line.kind !== "log") expect(replayer.again(read.line)).toBeNull();
  }
  expect(replayer.ran).toBe(12);
});

it("one byte changed anywhere gives another head or none", () => {
  fc.assert(
    fc.property(fc.nat(whole.length - 1), fc.integer({ min: 1, max: 255 }), (at, by) => {
      const changed = Uint8Array.from(whole);
      changed[at] = changed[at]! ^ by;
      expect(headOf(changed)).not.toBe(head.hash);
    }),
    runs,
  );
});

it("pieces put together at random never give its head, and never break the reader", () => {
  const piece = fc.oneof(
    fc
      .tuple(fc.nat(whole.length), fc.nat(whole.length))
      .map(([from, to]) => Uint8Array.from(whole.subarray(Math.min(from, to), Math.max(from, to)))),
    fc.uint8Array({ maxLength: 30 }),
    fc.constant(Uint8Array.of(10)),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 5 }), (pieces) => {
      const made = Buffer.concat(pieces);
      if (!made.equals(whole)) expect(headOf(made)).not.toBe(head.hash);
    }),
    runs,
  );
});

it("a line of any text is read or refused, and what is read has one form", () => {
  const fields = fc.dictionary(
    fc.constantFrom("kind", "seq", "prev", "at", "answer", "input", "request", "format"),
    fc.jsonValue({ maxDepth: 2 }),
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fields.map((each) => JSON.stringify(each)),
        fc.string(),
      ),
      (text) => {
        const read = readLine(text);
        expect("reason" in read || read.line.seq >= 0).toBe(true);
      },
    ),
    runs,
  );
});
