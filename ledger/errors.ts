// How the world can fail the ledger. Each has a code that control flow reads and a sentence that says what to do.

export type LedgerErrorCode =
  | "ledger/missing-folder"
  | "ledger/not-a-ledger"
  | "ledger/wrong-version"
  | "ledger/read-only-folder"
  | "ledger/in-use"
  | "ledger/no-space"
  | "ledger/corrupt"
  | "ledger/other-key"
  | "ledger/rollback-detected"
  | "ledger/lock-missing"
  | "ledger/flush-failed"
  | "ledger/entry-too-large"
  | "ledger/value-too-large"
  | "ledger/busy"
  | "ledger/no-such-entry"
  | "ledger/closed";

/** Codes after which the process must end: its memory of what is written can no longer be trusted. */
export const FATAL: ReadonlySet<LedgerErrorCode> = new Set(["ledger/flush-failed", "ledger/in-use"]);

const HELP: Readonly<Record<LedgerErrorCode, string>> = {
  "ledger/missing-folder": "Check the path, or make a new ledger there with `writ serve --ledger <folder>`.",
  "ledger/not-a-ledger":
    "Name the folder that the court or the cage writes to; a new ledger needs an empty one. A court and a cage, and logs of two names, have a folder each.",
  "ledger/wrong-version": "Open it with the version of writ that wrote it.",
  "ledger/read-only-folder":
    "Give the court node's user the right to write there, or open it with `writ ledger verify`, which only reads.",
  "ledger/in-use": "Stop the other process first. Two writers would fork the log.",
  "ledger/no-space": "Free some space; what writes here goes on by itself then.",
  "ledger/corrupt":
    "Restore the folder from a copy whose checkpoint is not older than the last one published, then run `writ ledger verify`.",
  "ledger/other-key":
    "Name the key that signed it: `node.key` of the folder as it was, or its copy. A key that is lost cannot be replaced: begin a new ledger. Where a ledger was removed on purpose, its lock lies beside the folder still: remove it, too.",
  "ledger/rollback-detected":
    "Restore the newest copy. A log that goes on from an old copy contradicts what it signed.",
  "ledger/lock-missing":
    "Put the lock back. Only if this folder is surely the newest copy, remove what is left of the lock and open the folder once with `adoptLock`, which makes a new one.",
  "ledger/flush-failed":
    "The disk did not keep what was written. The process ends; start it again and it recovers what was acknowledged.",
  "ledger/entry-too-large": "Put large payloads elsewhere and their hash into the entry.",
  "ledger/value-too-large": "Split the value, or shorten its key.",
  "ledger/busy": "Send again in a moment, or send less at once.",
  "ledger/no-such-entry": "Ask for an index below the size of the checkpoint.",
  "ledger/closed": "The node is shutting down.",
};

export class LedgerError extends Error {
  override readonly name = "LedgerError";
  readonly code: LedgerErrorCode;
  readonly help: string;
  constructor(code: LedgerErrorCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.help = HELP[code];
  }
  get fatal(): boolean {
    return FATAL.has(this.code);
  }
}
