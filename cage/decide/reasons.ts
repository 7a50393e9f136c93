// Why the gate denies, one word each: beside `denied`, which is the policy's own word. In answers and records, so part of the format:
// words are added, not changed.

export const GATE_REASONS = {
  denied: ["the policy does not allow it", "see which rule decided: `writ cage explain`"],
  input: [
    "the request does not fit the input of the policy",
    "see the detail; the limits of the policy may be too low",
  ],
  "query-repeats": [
    "a name stands in the query more than once, which servers read in different ways",
    "send each name once",
  ],
  "query-encoding": ["an escape in the query is no UTF-8", "escape text as UTF-8"],
  "bad-json": ["the body is no JSON, or a key stands in it twice", "send JSON in which each key stands once"],
  "cannot-oblige": ["an obligation of the policy cannot be met here", "see the detail"],
  "ledger-down": ["no record can be written", "see the log of the cage; it allows again by itself once it can write"],
  "clock-back": [
    "the clock of the machine is far behind the newest record",
    "set the clock right; if the records are wrong, start with `--accept-clock`",
  ],
  unwitnessed: [
    "too few witnesses have cosigned the ledger for too long",
    "see `witnesses` of `/healthz`; it allows again by itself once they have",
  ],
  "record-too-large": ["the record of the decision does not fit an entry of the ledger", "send a smaller head"],
  "gate-error": ["the gate itself failed", "see the log of the cage"],
} as const satisfies Readonly<Record<string, readonly [meaning: string, help: string]>>;

export type GateReason = keyof typeof GATE_REASONS;
