// Rows put away by a key and taken out again part by part, so that two logs of any size can be joined in bounded memory: rows with one key lie
// in one part. While all rows fit into memory nothing is written.
import { hash, randomBytes } from "node:crypto";
import { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { logsCrowded } from "../codes.ts";
import { fail } from "../errors.ts";
import { COMPARE_BYTES_IN_MEMORY, COMPARE_PART_BYTES_MAX, COMPARE_PARTS } from "../limits.ts";

/** One for all shelves of a process: who writes a log cannot know which of its records would lie together. */
const SALT = randomBytes(16).toString("hex");

export class Shelf<T> {
  readonly #parts: T[][] = Array.from({ length: COMPARE_PARTS }, () => []);
  readonly #bytesOf: (row: T) => number;
  readonly #most: number;
  readonly #partMost: number;
  #inMemory = 0;
  #folder: string | null = null;
  readonly #written = new Set<number>();

  /** `bytesOf`: about what a row takes. `partMost`: bytes of one part in a file. */
  constructor(bytesOf: (row: T) => number, most = COMPARE_BYTES_IN_MEMORY, partMost = COMPARE_PART_BYTES_MAX) {
    this.#bytesOf = bytesOf;
    this.#most = most;
    this.#partMost = partMost;
  }

  put(key: string, row: T): void {
    this.#parts[partOf(key)]!.push(row);
    this.#inMemory += this.#bytesOf(row);
    if (this.#inMemory >= this.#most) this.#putAway();
  }

  #putAway(): void {
    this.#folder ??= mkdtempSync(join(tmpdir(), "writ-compare-"));
    for (const [at, rows] of this.#parts.entries()) {
      if (rows.length === 0) continue;
      appendFileSync(this.#fileOf(at), rows.map((row) => `${JSON.stringify(row)}\n`).join(""), { mode: 0o600 });
      this.#written.add(at);
      this.#parts[at] = [];
    }
    this.#inMemory = 0;
  }

  #fileOf(part: number): string {
    return join(this.#folder!, String(part));
  }

  /** In the order they were put there. Throws CageError `cage/logs-crowded` where one part is too large: then a log was made to be so, as parts are
   *  even but for equal keys. */
  part(at: number): readonly T[] {
    const rows = this.#parts[at]!;
    if (!this.#written.has(at)) return rows;
    const file = this.#fileOf(at);
    const { size } = statSync(file);
    if (size > this.#partMost) fail(logsCrowded({ bytes: size, most: this.#partMost }));
    const lines = readFileSync(file, "utf8").split("\n");
    lines.pop();
    return [...lines.map((line) => JSON.parse(line) as T), ...rows];
  }

  /** Takes the files away. */
  close(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}

const partOf = (key: string): number => hash("sha256", SALT + key, "buffer").readUInt16BE(0) % COMPARE_PARTS;
