// What the proxy and the gate say to each other: facts of a decision point in, a decision out, records of both. Types only, and plain
// values only, so either side is tested without the other. docs/design/0020 and 0022 say why it looks so.
import type { LedgerError } from "../ledger/errors.ts";
import type { Address } from "./dial.ts";
import type { Field } from "./message/fields.ts";

/** When a policy is asked: a tunnel is wanted, a head is there, a body is there, an answer is there, a report of the network is there. */
export type Point = "connect" | "request" | "body" | "response" | "report";

/** Values of JSON. */
export type PlainValue =
  | null
  | boolean
  | number
  | string
  | readonly PlainValue[]
  | { readonly [key: string]: PlainValue | undefined };
export type PlainRecord = { readonly [key: string]: PlainValue | undefined };

// ── Facts ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** What is known of one exchange at one point. What a point cannot see is not there. `{...head, …}` of a canonical head fits. The gate
 *  adds the point, the time and the counters. */
export interface Facts {
  /** Joins what belongs to one exchange in records and logs. The cage's own, never from outside. */
  readonly exchange: string;
  readonly direction: "egress" | "ingress";
  readonly visibility: "full" | "connect" | "intercepted";
  /** `https` for a tunnel. */
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  readonly method?: string;
  readonly path?: string;
  /** As it is sent, without `?`. */
  readonly query?: string | null;
  /** In the order they are sent. */
  readonly fields?: readonly Field[];
  readonly caller?: { readonly id?: string; readonly uid?: number; readonly address?: string };
  /** `size` in bytes; as announced at `request`, as counted at `body`. `digest`: SHA-256 in hex of the bytes that came. Not the body
   *  of a head: how it is delimited. */
  readonly content?: { readonly size: number; readonly digest?: string; readonly media?: string };
  /** The body as text of JSON, where the policy asks at `body`. The gate reads it, so that numbers keep their digits and a key that stands
   *  twice denies. */
  readonly json?: string;
  readonly token?: PlainValue;
  readonly signature?: {
    readonly verified: boolean;
    readonly key?: string;
    readonly tag?: string;
    readonly failure?: string;
  };
  /** The one address that will be dialled, and all that the name had. */
  readonly dialled?: Address;
  readonly addresses?: readonly Address[];
  readonly sni?: string;
  readonly alpn?: readonly string[];
  readonly response?: {
    readonly status: number;
    readonly fields?: readonly Field[];
    readonly size?: number;
    readonly digest?: string;
  };
  /** At `report`: the report. */
  readonly report?: PlainValue;
  /** What gates that were passed have found (the signature that was verified, the counter, the assertion): into the record of the intent. */
  readonly met?: readonly Met[];
  /** The head as it will be sent, after `redact` and `sign`: into the record where the receipt is `full`. */
  readonly sent?: readonly Field[];
  /** Names that the cage dropped from the head, as they came from outside. */
  readonly dropped?: readonly string[];
  /** What the cage of the caller said of its own record. Nobody vouches for it: into the record of the intent, not of the input. */
  readonly peer?: Peer;
  /** Asked to know what the answer would be: limits of rate are not drawn upon. Not of the input, and not recorded. */
  readonly tentative?: true;
}

/** What another cage said in `cage-decision`. Anybody can write it, so it decides nothing. */
export interface Peer {
  readonly decision: "allow" | "deny";
  /** The other cage's own id of the exchange. */
  readonly exchange: string;
  readonly reason: string | null;
  /** Leaf hash in hex of its record. */
  readonly receipt: string | null;
}

export interface Met {
  readonly name: string;
  readonly found: PlainRecord;
}

// ── Decisions ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** An obligation of an answer: name, arguments, and the rules that give it. */
export interface Obligation {
  readonly name: string;
  readonly args: PlainValue;
  readonly rules: readonly string[];
}

export interface Decision {
  readonly point: Point;
  readonly allowed: boolean;
  /** `allowed`; else for the caller: `denied`, `ledger-down`, `cannot-oblige`, a word of cage/message, of cage/signature, of cage/tls … */
  readonly reason: string;
  /** What more there is to say, in one lower-case line without secrets: for the log and the record, not for the caller. */
  readonly detail: string | null;
  /** The rules that decided, ascending. None where the default did. */
  readonly rules: readonly string[];
  /** In the order of their rank, each once. */
  readonly obligations: readonly Obligation[];
  /** Of the advice `label`. */
  readonly labels: Readonly<Record<string, string>>;
  /** Rules in shadow that would have decided otherwise: for counters. */
  readonly shadow: readonly string[];
  /** Id of the module, in hex. */
  readonly module: string;
  /** Ids of the data documents it decided with, in hex, by name. */
  readonly data?: Readonly<Record<string, string>>;
  /** What the policy was asked. Holds secrets: not for logs. */
  readonly input: PlainRecord;
  /** The body it was asked about, at `body`. */
  readonly json?: string;
  /** What the policy said, as it is recorded. Null where it was not asked. */
  readonly answer: Answer | null;
}

/** The part of a policy's answer that is recorded and compared. */
export interface Answer {
  readonly decision: "allow" | "deny";
  readonly determining: readonly { readonly rule: string; readonly at: readonly string[] }[];
  readonly obligations: readonly Obligation[];
  readonly advice: readonly Obligation[];
  readonly errors: readonly { readonly rule: string; readonly at: readonly string[]; readonly error: string }[];
  readonly shadow: readonly {
    readonly rule: string;
    readonly at: readonly string[];
    readonly effect: "allow" | "deny" | "require";
    readonly error?: string;
  }[];
  readonly fuel: number;
}

/** The same decision, denied after all: a gate was not passed, a tunnel did not fit. */
export const deniedAfter = (decision: Decision, reason: string, detail: string | null = null): Decision => ({
  ...decision,
  allowed: false,
  reason,
  detail,
});

// ── Obligations ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Order in which obligations of one answer are met. The first three are gates: passed, the next is asked; failed, the request is denied. */
export const OBLIGATION_RANK = [
  "require_signature",
  "step_up",
  "rate_limit",
  "reach",
  "redact",
  "route",
  "sign",
  "verify_response",
  "receipt",
  "nel",
] as const;
export type ObligationName = (typeof OBLIGATION_RANK)[number];

/** What the gate needs to know of an obligation to load a policy with it and to take an answer with it. `cage/obligations` gives one for
 *  each that this cage can meet; how it is met is between `cage/obligations` and the proxy. */
export interface ObligationKind {
  readonly name: ObligationName;
  /** Points at which it can still be met. */
  readonly points: ReadonlySet<Point>;
  /** Rules may give it several times with different arguments and all of them are met (`redact`); else two that differ deny. */
  readonly several: boolean;
  /** Given at `response` after it was given before: whether it then means another thing. */
  readonly again?: ((args: PlainValue) => boolean) | undefined;
  /** Why these arguments cannot be met here, in one lower-case line; null when they can. Pure, and fast: asked for each answer. */
  readonly refuses: (args: PlainValue, facts: Facts) => string | null;
}
export type ObligationKinds = ReadonlyMap<string, ObligationKind>;

// ── Records ───────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface RecordId {
  /** Index of the entry in the ledger. */
  readonly index: number;
  /** Its leaf hash in hex: what callers are told. */
  readonly leaf: string;
}

/** How an exchange went on after its intent. */
export interface Outcome {
  /** `answered`, `denied`, or why not: `unreachable`, `upstream-reset`, `caller-left`, `response-tampered`, `closed` (a tunnel) … */
  readonly ended: string;
  readonly detail?: string | null;
  /** What the caller was answered; null when nothing was. */
  readonly status: number | null;
  /** Where the bytes really went. */
  readonly dialled?: Address;
  readonly tls?: { readonly version: string; readonly certificate?: string };
  /** The body that was sent: its SHA-256 in hex after `redact`, and before it where that differs. */
  readonly sent?: { readonly size: number; readonly digest?: string; readonly before?: string };
  readonly response?: {
    readonly status: number;
    /** Into the record where the receipt is `full`. */
    readonly fields?: readonly Field[];
    readonly size: number;
    readonly digest?: string;
  };
  /** What the cage of the upstream said of its own record. */
  readonly peer?: Peer;
  /** What obligations after the intent have found: `verify_response`. */
  readonly met?: readonly Met[];
  /** Decisions after the intent: at `body` of a stream, at `response`. */
  readonly decisions?: readonly Decision[];
  /** Bytes to and from the upstream: of a tunnel. */
  readonly bytesOut?: number;
  readonly bytesIn?: number;
  /** Milliseconds from the intent to the end, whole. */
  readonly durationMs: number;
}

/** Records beside intent, completion and reload: heads that were refused before any policy, tests of the confinement, reports, and the
 *  certificates an ingress is served with from there on. */
export type NoteKind = "refusal" | "confine" | "anomaly" | "certificates";

/** Told that a record is written, signed and, in durable mode, on the disk; or why it is not: then there is no record. */
export type Recorded = (error: LedgerError | null, record: RecordId | null) => void;

// ── The gate ──────────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Gate {
  /** Whether the policy has a rule for this point. `connect` and `request` are always asked; `body`, `response` and `report` are asked only
   *  where this is true, so that nothing is held that no rule reads. */
  asks(point: Point): boolean;
  /** Whether the policy could allow this once the addresses of the host are known, at `connect` with any hello. False is certain, true is not.
   *  Asked before a name is resolved, so that nothing is told to a resolver that no rule lets out. Without it, names are always resolved. */
  mayAllow?(point: "connect" | "request", facts: Facts): boolean;
  /** The policy's word on one point. Never throws: what goes wrong inside is a denial with its reason. */
  ask(point: Point, facts: Facts): Decision;
  /** The record before dialling, of what was decided so far (`request`, or `request` and `body`), and of a denial. `done` is told once,
   *  after the call has returned; of an error the request is denied `ledger-down`. Whoever would rather wait calls by way of `recorded`. */
  intent(decided: Decision | readonly Decision[], facts: Facts, done: Recorded): void;
  complete(intent: RecordId, outcome: Outcome, done: Recorded): void;
  /** Another record. */
  note(kind: NoteKind, body: PlainRecord): Promise<RecordId>;
}
