// The exchanges of one log as rows that can be held against those of another: what a cage sent to others (`client`), and what came to it from
// outside (`server`). A row is plain JSON, so it can lie in a file.
import type { Peer, PlainRecord, PlainValue } from "../point.ts";
import { goesOn, leafOf } from "../records/ledger.ts";
import type { CageRecord, CompletionRecord, IntentRecord, NoteRecord } from "../records/record.ts";

/** Of a body: bytes and SHA-256 in hex. Null members are not known. */
export interface Content {
  readonly size: number | null;
  readonly digest: string | null;
}

export interface Row {
  readonly role: "client" | "server";
  /** Index and leaf hash of the intent, or of the refusal. */
  readonly index: number;
  readonly leaf: string;
  readonly exchange: string;
  readonly at: number;
  /** When it ended; that of the start where no completion follows. */
  readonly until: number;
  /** Null: not known, as the head was refused, or they are secrets. */
  readonly host: string | null;
  readonly method: string | null;
  readonly path: string | null;
  readonly query: PlainRecord | null;
  /** The body of the request, as it went between the two cages. */
  readonly sent: Content | null;
  /** Of a client what it was told, of a server what it did. `deny` has a reason. */
  readonly decision: Peer["decision"] | null;
  readonly reason: string | null;
  /** Of a server: it was let in, so an answer may have begun that was cut later. */
  readonly let: boolean;
  /** Of the answer, as it went between the two. */
  readonly status: number | null;
  readonly answer: Content | null;
  /** Of a client what the answer named, of a server what the request named. */
  readonly peer: Peer | null;
  /** Of its entry: about what it takes in memory. */
  readonly bytes: number;
  /** Of the signature it was sent with, or that was verified: key and nonce. */
  readonly key: string | null;
  readonly nonce: string | null;
}

/** Ids of exchanges begin with what one run of a cage has chosen by chance. */
export const runOf = (exchange: string): string => exchange.split("-")[0]!;

const MASK = "•••";
const NOTHING: Content = { size: 0, digest: null };

interface Opened {
  readonly record: IntentRecord;
  readonly leaf: string;
  /** Of the entry. */
  readonly bytes: number;
}

/** Puts the records of a log together as they come, in the order of their indexes. Holds the exchanges that are under way, no more. */
export class Rows {
  readonly #open = new Map<number, Opened>();
  readonly #take: (row: Row) => void;
  first = Number.POSITIVE_INFINITY;
  last = 0;

  constructor(take: (row: Row) => void) {
    this.#take = take;
  }

  add(index: number, record: CageRecord, bytes: Uint8Array): void {
    this.first = Math.min(this.first, record.at);
    this.last = Math.max(this.last, record.at);
    switch (record.kind) {
      case "intent": {
        const leaf = leafOf(bytes);
        const opened = { record, leaf, bytes: bytes.length };
        if (goesOn(record)) this.#open.set(index, opened);
        else this.#emit(denied(index, opened));
        return;
      }
      case "completion": {
        const opened = this.#open.get(record.intent);
        this.#open.delete(record.intent);
        // A completion of nothing is of a log that was cut out: nothing can be said of it.
        if (opened !== undefined) this.#emit(ended(record.intent, opened, record));
        return;
      }
      case "refusal":
        this.#emit(refused(index, bytes, record));
    }
  }

  /** Those that no completion follows. */
  end(): void {
    for (const [index, opened] of this.#open) this.#emit(ended(index, opened, null));
    this.#open.clear();
  }

  #emit(row: Row | null): void {
    if (row !== null) this.#take(row);
  }
}

type Head = Pick<Row, "role" | "host" | "method" | "path" | "query" | "key" | "nonce">;

/** Null where nothing is compared: tunnels, and reports. */
function headOf({ decided, met }: IntentRecord): Head | null {
  const { point, input, masked } = decided[0]!;
  if (point !== "request") return null;
  const hidden = new Set(masked);
  const text = (name: string): string | null => {
    const value = input[name];
    return typeof value === "string" && !hidden.has(name) ? value : null;
  };
  const role = input["direction"] === "ingress" ? "server" : "client";
  const name = role === "server" ? "require_signature" : "sign";
  const signed = met.find((each) => each.name === name)?.found ?? {};
  const query = input["query"];
  return {
    role,
    host: text("host"),
    method: text("method"),
    path: text("path"),
    query: hidden.has("query") ? null : isRecord(query) ? query : {},
    key: textOr(signed["key"]),
    nonce: textOr(signed["nonce"]),
  };
}

const isRecord = (value: PlainValue | undefined): value is PlainRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value);
const textOr = (value: PlainValue | undefined): string | null => (typeof value === "string" ? value : null);

function denied(index: number, { record, leaf, bytes }: Opened): Row | null {
  const head = headOf(record);
  // What was never sent is nobody else's affair.
  if (head === null || head.role === "client") return null;
  const { at, exchange, peer, decided } = record;
  const { reason } = decided.at(-1)!;
  const told = { decision: "deny" as const, reason, let: false, status: null, answer: null };
  return { ...head, index, leaf, exchange, at, until: at, sent: readBody(record), ...told, peer, bytes };
}

/** Where a rule has read the body, its digest stands in what the rule was asked. */
function readBody({ decided }: IntentRecord): Content | null {
  const content = decided.findLast(({ point }) => point === "body")?.input["content"];
  const digest = isRecord(content) ? textOr(content["digest"]) : null;
  return isRecord(content) && typeof content["size"] === "number" && digest !== null
    ? { size: content["size"], digest }
    : null;
}

function ended(index: number, { record, leaf, bytes }: Opened, done: CompletionRecord | null): Row | null {
  const head = headOf(record);
  if (head === null) return null;
  const { at, exchange } = record;
  const common = { ...head, index, leaf, bytes, exchange, at, until: done?.at ?? at };
  const answered = done?.ended === "answered";
  const sent = done === null || !answered ? null : sentOf(record, done, head.role);
  if (head.role === "client") {
    const told = done?.peer ?? null;
    const { decision = null, reason = null } = told ?? {};
    const status = done?.response?.status ?? null;
    const answer = answered ? cameAs(done) : null;
    return { ...common, sent, decision, reason, let: true, status, answer, peer: told };
  }
  const lost = done === null || done.ended === "lost";
  return {
    ...common,
    sent,
    decision: lost ? null : answered ? "allow" : "deny",
    reason: lost || answered ? null : done.ended,
    let: true,
    status: done?.status ?? null,
    answer: answered ? contentOf(done.response) : null,
    peer: record.peer,
  };
}

/** The body between the two cages: after what the client's took out of it, before what the server's does. */
function sentOf({ decided }: IntentRecord, { sent }: CompletionRecord, role: Row["role"]): Content | null {
  if (sent === null) return NOTHING;
  const announced = decided[0]!.input["content"];
  // An answer may come before all of the body was passed on.
  if (isRecord(announced) && typeof announced["size"] === "number" && sent.before === null)
    if (announced["size"] > sent.size) return null;
  return role === "server" && sent.before !== null ? { size: null, digest: sent.before } : contentOf(sent);
}

const contentOf = (content: { readonly size: number; readonly digest: string | null } | null): Content =>
  content === null ? NOTHING : { size: content.size, digest: content.size === 0 ? null : content.digest };

/** The answer as it came, before what `redact` took out of it. */
function cameAs({ response, met }: CompletionRecord): Content {
  const before = met.find(({ name, found }) => name === "redact" && found["of"] === "response")?.found["before"];
  return typeof before === "string" ? { size: null, digest: before } : contentOf(response);
}

/** A head that no policy saw; what is not one of a caller from outside is left out. */
function refused(index: number, bytes: Uint8Array, { at, body }: NoteRecord): Row | null {
  const { direction, exchange, word, status } = body;
  if (direction !== "ingress" || typeof exchange !== "string" || typeof word !== "string") return null;
  return {
    role: "server",
    ...{ index, leaf: leafOf(bytes), bytes: bytes.length, exchange, at, until: at },
    ...{ host: null, method: null, path: null, query: null, sent: null },
    ...{ decision: "deny", reason: word, let: false, status: typeof status === "number" ? status : null, answer: null },
    ...{ peer: null, key: null, nonce: null },
  };
}

export const isMasked = (value: PlainValue | undefined): boolean => value === MASK;
