// Batches to the thread that writes them. A batch is one run of bytes (pack.ts), so it crosses without being copied.
// Invariant: batches are written in the order they are given, one at a time.
import { Worker } from "node:worker_threads";
import type { RootDatabaseOptionsWithPath } from "lmdb";

/** What became of a batch. `others`: another process wrote to the folder, nothing of the batch is stored. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "others" }
  | { readonly kind: "failed"; readonly reason: string };

type Answer = { readonly done: boolean } | { readonly failed: string } | { readonly closed: true };

export class Committer {
  readonly #worker: Worker;
  readonly #waiting: ((outcome: Outcome) => void)[] = [];
  #closed: (() => void) | null = null;
  /** Why the thread ended, or null while it runs. */
  #ended: string | null = null;

  /** `options` and `path` are those of the store, which is open already. */
  constructor(store: {
    readonly path: string;
    readonly options: Omit<RootDatabaseOptionsWithPath, "path">;
    readonly turnKey: Uint8Array;
    readonly checkBytes: number;
  }) {
    this.#worker = new Worker(new URL("./commit-worker.js", import.meta.url), { workerData: store, execArgv: [] });
    this.#worker.unref();
    this.#worker.on("message", (answer: Answer) => {
      if ("closed" in answer) this.#closed?.();
      else if ("failed" in answer) this.#take({ kind: "failed", reason: answer.failed });
      else this.#take({ kind: answer.done ? "done" : "others" });
    });
    const end = (reason: string): void => {
      this.#ended ??= reason;
      while (this.#waiting.length > 0) this.#take({ kind: "failed", reason: this.#ended });
      this.#closed?.();
    };
    this.#worker.on("error", (error) => end(error instanceof Error ? error.message : String(error)));
    this.#worker.on("exit", (code) => end(`the writing thread ended with code ${code}`));
  }

  #take(outcome: Outcome): void {
    const waiting = this.#waiting.shift();
    if (this.#waiting.length === 0) this.#worker.unref();
    waiting?.(outcome);
  }

  /** Resolves after the batch is on disk, or why it is not. `before` and `after` are the store's turn. */
  write(batch: Uint8Array<ArrayBuffer>, before: number, after: number): Promise<Outcome> {
    if (this.#ended !== null) return Promise.resolve({ kind: "failed", reason: this.#ended });
    return new Promise((resolve) => {
      // A process with a batch under way does not end by itself.
      this.#worker.ref();
      this.#waiting.push(resolve);
      this.#worker.postMessage({ batch, before: String(before), after: String(after) }, [batch.buffer]);
    });
  }

  /** Resolves when the thread has closed the store and ended. */
  async close(): Promise<void> {
    // An awaited end is something under way too: without this a process that only closes ends before it has closed.
    this.#worker.ref();
    if (this.#ended === null) {
      await new Promise<void>((resolve) => {
        this.#closed = resolve;
        this.#worker.postMessage({ batch: null });
      });
    }
    await this.#worker.terminate();
  }
}
