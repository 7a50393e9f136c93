// The records of a cage, as plain values. Each is an entry of the ledger: a canonical CBOR map with `kind` and `format`. What is null or
// empty here is not written; docs/design/0022 lists the members. `encode.ts` writes them and `decode.ts` reads exactly what it writes.
import type { Address } from "../dial.ts";
import type { Field } from "../message/fields.ts";
import type { Answer, Met, NoteKind, Peer, PlainRecord, Point } from "../point.ts";

export const RECORD_FORMAT = 1;

/** A decision as it is kept: what was asked, without secrets, and what was answered. */
export interface KeptDecision {
  readonly point: Point;
  readonly allowed: boolean;
  readonly reason: string;
  readonly detail: string | null;
  /** Ids in hex. */
  readonly module: string;
  readonly data: Readonly<Record<string, string>>;
  readonly input: PlainRecord;
  /** The text of JSON it was asked about; null where it was asked about none, or only the digest is kept. */
  readonly json: string | null;
  /** SHA-256 in hex of that text, where the text itself is not kept. */
  readonly jsonDigest: string | null;
  /** Paths of the input that hold a mask or were left out. With one, another answer may have another cause. */
  readonly masked: readonly string[];
  readonly answer: Answer | null;
}

interface Common {
  /** Milliseconds since 1970, by the clock of the cage. */
  readonly at: number;
}

export interface IntentRecord extends Common {
  readonly kind: "intent";
  readonly exchange: string;
  /** In the order they were asked. The last says whether the exchange goes on. */
  readonly decided: readonly KeptDecision[];
  readonly addresses: readonly Address[];
  readonly dropped: readonly string[];
  readonly met: readonly Met[];
  /** The head as it is sent; null where the receipt is a digest. */
  readonly sent: readonly Field[] | null;
  /** What the cage of the caller said of its record; null where it said nothing. */
  readonly peer: Peer | null;
}

export interface CompletionRecord extends Common {
  readonly kind: "completion";
  /** Index of the intent. */
  readonly intent: number;
  readonly ended: string;
  readonly detail: string | null;
  readonly status: number | null;
  readonly dialled: Address | null;
  readonly tls: { readonly version: string; readonly certificate: string | null } | null;
  readonly sent: { readonly size: number; readonly digest: string | null; readonly before: string | null } | null;
  readonly response: {
    readonly status: number;
    readonly fields: readonly Field[] | null;
    readonly size: number;
    readonly digest: string | null;
  } | null;
  /** What the cage of the upstream said of its record; null where it said nothing. */
  readonly peer: Peer | null;
  readonly met: readonly Met[];
  readonly decided: readonly KeptDecision[];
  readonly bytesOut: number | null;
  readonly bytesIn: number | null;
  readonly durationMs: number;
}

/** A policy that takes the place of another, or the first one. */
export interface ReloadRecord extends Common {
  readonly kind: "reload";
  readonly name: string;
  /** Ids of the modules in hex; null before the first. */
  readonly before: string | null;
  readonly after: string;
  readonly data: Readonly<Record<string, string>>;
  /** What it came in, and who signed it; null for plain files. */
  readonly bundle: { readonly version: number; readonly id: string; readonly signedBy: readonly string[] } | null;
}

export interface NoteRecord extends Common {
  readonly kind: NoteKind;
  readonly body: PlainRecord;
}

export type CageRecord = IntentRecord | CompletionRecord | ReloadRecord | NoteRecord;

export const isNote = (record: CageRecord): record is NoteRecord =>
  record.kind === "refusal" || record.kind === "confine" || record.kind === "anomaly" || record.kind === "certificates";
