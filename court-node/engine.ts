// What orders commands and makes them durable. The same court runs under any engine: this file is all an engine is, the
// embedded one is one process with one folder; a replicated one hands the same batches to consensus first.
import type { Applied, Command } from "./court.ts";
import type { Problem } from "./protocol/problem.ts";
import type { Head } from "./records.ts";
import type { Overlay } from "./state.ts";

/** A receipt as it is acknowledged: in the log, covered by a signed checkpoint, on the disk. */
export interface Acknowledged {
  readonly seq: number;
  readonly bytes: Uint8Array;
}

export type Reply =
  | {
      readonly kind: "done";
      readonly status: "accepted" | "refused" | "fault" | "more";
      readonly receipts: readonly Acknowledged[];
      /** The same action came before; these are its receipts from then. */
      readonly repeated: boolean;
    }
  | { readonly kind: "problem"; readonly problem: Problem };

/** A batch that was executed and is not stored yet. */
export interface Batch {
  /** How many of the commands given were executed: a batch closes early when it grows large. */
  readonly taken: number;
  readonly applied: readonly Applied[];
  readonly overlay: Overlay;
  readonly head: Head;
}

export interface Engine {
  /** Answers after what happened is durable. */
  propose(command: Command): Promise<Reply>;
  /** Executes commands in order at one stamp. Nothing is stored. Deterministic. */
  onBatch(commands: readonly Command[], at: number): Batch;
  /** Stores a batch: receipts, states and head in one transaction. */
  onCommit(batch: Batch): Promise<void>;
  /** Everything stored, in chunks that `restore` reads into an empty store. */
  snapshot(): Promise<readonly Uint8Array[]>;
  /** Where the court stands, as stored. */
  head(): Head;
  /** Sees every receipt after it is durable, in order. The answer ends it. */
  subscribe(listener: (receipts: readonly Acknowledged[]) => void): () => void;
  /** Why nothing can be proposed now, or null. */
  readOnlyReason(): string | null;
  /** Finishes what is under way, then stops. */
  close(): Promise<void>;
}
