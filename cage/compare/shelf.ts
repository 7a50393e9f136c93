// Rows put away by a key and taken out again part by part, so that two logs of any size can be joined in bounded memory: rows with one key lie
// in one part. While all rows fit into memory nothing is written.
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { COMPARE_PARTS, COMPARE_ROWS_IN_MEMORY } from "../limits.ts";

export class Shelf<T> {
  readonly #parts: T[][] = Array.from({ length: COMPARE_PARTS }, () => []);
  readonly #most: number;
  #inMemory = 0;
  #folder: string | null = null;
  #written = new Set<number>();

  constructor(most = COMPARE_ROWS_IN_MEMORY) {
    this.#most = most;
  }

  put(key: string, row: T): void {
    this.#parts[partOf(key)]!.push(row);
    if (++this.#inMemory >= this.#most) this.#putAway();
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

  /** In the order they were put there. */
  part(at: number): readonly T[] {
    const rows = this.#parts[at]!;
    if (!this.#written.has(at)) return rows;
    const lines = readFileSync(this.#fileOf(at), "utf8").split("\n");
    lines.pop();
    return [...lines.map((line) => JSON.parse(line) as T), ...rows];
  }

  /** Takes the files away. */
  close(): void {
    if (this.#folder !== null) rmSync(this.#folder, { recursive: true, force: true });
    this.#folder = null;
  }
}

/** Keys are hashes, or texts of others who may have chosen them: a part that is large holds equal keys or is bad luck. */
function partOf(key: string): number {
  let hash = 0;
  for (let at = 0; at < key.length; at++) hash = (Math.imul(hash, 31) + key.charCodeAt(at)) >>> 0;
  return hash % COMPARE_PARTS;
}
