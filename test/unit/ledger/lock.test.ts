// The lock file: one note at a time, whatever was cut or flipped in it.
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FileLock, LedgerError, type LedgerErrorCode } from "../../../ledger/index.ts";

let base: string;
let path: string;
beforeEach(() => {
  base = mkdtempSync(join(tmpdir(), "writ-lock-"));
  path = join(base, "court.lock");
});
afterEach(() => rmSync(base, { recursive: true, force: true }));

const note = (size: number): string => `court.example/lock\n${size}\nroot\n\n\u2014 court.example/lock c2lnbmF0dXJl\n`;
const read = (): string | null => new FileLock(path).read();
const failure = (action: () => unknown): LedgerErrorCode | "none" => {
  try {
    action();
    return "none";
  } catch (error) {
    if (error instanceof LedgerError) return error.code;
    throw error;
  }
};
/** A lock that was written with these sizes, one after the other. */
function written(...sizes: readonly number[]): Buffer {
  const lock = new FileLock(path);
  expect(lock.read()).toBeNull();
  for (const size of sizes) lock.write(note(size));
  lock.close();
  return readFileSync(path);
}

describe("a lock file", () => {
  it("gives back the last note, also after a restart in either place", () => {
    expect(read()).toBeNull();
    written(1);
    for (let size = 2; size < 8; size++) {
      const lock = new FileLock(path);
      expect(lock.read()).toBe(note(size - 1));
      lock.write(note(size));
      lock.close();
      expect(read()).toBe(note(size));
    }
    expect(existsSync(`${path}.new`)).toBe(false);
  });
  it("keeps its length, and the same size twice is no harm", () => {
    const { length } = written(5);
    const lock = new FileLock(path);
    lock.read();
    for (const size of [9, 9]) lock.write(note(size));
    lock.close();
    expect(readFileSync(path).length).toBe(length);
    expect(read()).toBe(note(9));
  });
  it("a write cut anywhere leaves the note before it, or is the new one", () => {
    const before = written(10, 11);
    const lock = new FileLock(path);
    lock.read();
    lock.write(note(12));
    lock.close();
    const after = readFileSync(path);
    const changed = [...after.keys()].filter((at) => after[at] !== before[at]);
    expect(changed.length).toBeGreaterThan(0);
    const [first = 0, last = 0] = [changed[0], changed.at(-1)];
    for (let cut = first; cut <= last + 1; cut++) {
      writeFileSync(path, Buffer.concat([after.subarray(0, cut), before.subarray(cut)]));
      expect([note(11), note(12)]).toContain(read());
    }
  });
  it("a flipped bit costs at most one note; no note at all is named", () => {
    const clean = written(20, 21);
    for (let at = 0; at < clean.length; at += 7) {
      const bent = Buffer.from(clean);
      bent[at]! ^= 1 << (at % 8);
      writeFileSync(path, bent);
      expect([note(20), note(21)]).toContain(read());
    }
    for (const bytes of [Buffer.alloc(0), Buffer.alloc(8_192), Buffer.from("a letter"), Buffer.alloc(9_000, 0xff)]) {
      writeFileSync(path, bytes);
      expect(failure(read)).toBe("ledger/lock-missing");
    }
  });
  it("a note too long for its place, or a place that cannot be written, is a failed flush", () => {
    written(1);
    const lock = new FileLock(path);
    lock.read();
    expect(failure(() => lock.write(note(2).repeat(80)))).toBe("ledger/flush-failed");
    expect(read()).toBe(note(1));
    expect(failure(() => new FileLock(join(base, "nowhere", "court.lock")).write(note(1)))).toBe("ledger/flush-failed");
    lock.close();
  });
});
