// An entry of the ledger read as a record: exactly what `encode.ts` writes, or a reason. Entries come from a file that others may have
// written, so nothing is taken on trust: every member is known, of its kind and within its bound.
import { type Canonical, CanonicalError, decode, equalBytes } from "../../core/index.ts";
import { RECORD_DECISIONS_MAX, RECORD_DETAIL_MAX, RECORD_ITEMS_MAX, RECORD_WORD_MAX } from "../limits.ts";
import type { Answer, Met, Obligation, Peer, PlainRecord, Point } from "../point.ts";
import { encodeRecord } from "./encode.ts";
import { fromCanonical, recordFromCanonical } from "./plain.ts";
import { type CageRecord, type KeptDecision, RECORD_FORMAT } from "./record.ts";

export type RecordRead = { readonly record: CageRecord } | { readonly reason: string };

export function decodeRecord(bytes: Uint8Array): RecordRead {
  let record: CageRecord;
  try {
    record = readRecord(new Members(decode(bytes), "the record"));
  } catch (error) {
    if (error instanceof Bad || error instanceof CanonicalError) return { reason: error.message };
    throw error;
  }
  // What is left out when it is empty must not be written empty: the bytes are those of the record, and no others.
  return equalBytes(encodeRecord(record), bytes) ? { record } : { reason: "it is not in its one form" };
}

class Bad extends Error {}

const POINTS: ReadonlySet<string> = new Set(["connect", "request", "body", "response", "report"]);
/** Characters: an error names a path, in which a name of the query may stand. */
const ERROR_TEXT_MAX = 65_535;
const HEX = /^[0-9a-f]{64}$/;

/** A map whose members are taken out one by one; one that is left over is not known. */
class Members {
  readonly #left: Map<string, Canonical>;
  readonly #name: string;
  constructor(value: Canonical, name: string) {
    if (!(value instanceof Map)) throw new Bad(`${name} is no map`);
    this.#left = new Map(value as ReadonlyMap<string, Canonical>);
    this.#name = name;
  }

  no(key: string, what: string): never {
    throw new Bad(`\`${key}\` of ${this.#name} is ${what}`);
  }
  #take(key: string): Canonical {
    const value = this.#left.get(key);
    if (!this.#left.delete(key)) this.no(key, "missing");
    return value;
  }
  has(key: string): boolean {
    return this.#left.has(key);
  }
  /** Null when it is not there. */
  maybe<T>(key: string, read: (key: string) => T): T | null {
    return this.has(key) ? read(key) : null;
  }
  text(key: string, most: number): string {
    const value = this.#take(key);
    return typeof value === "string" && value.length <= most ? value : this.no(key, "no text, or too long");
  }
  readonly word = (key: string): string => this.text(key, RECORD_WORD_MAX);
  readonly detail = (key: string): string => this.text(key, RECORD_DETAIL_MAX);
  readonly id = (key: string): string => {
    const value = this.text(key, 64);
    return HEX.test(value) ? value : this.no(key, "no id");
  };
  readonly count = (key: string): number => {
    const value = this.#take(key);
    return typeof value === "number" && value >= 0 ? value : this.no(key, "no count");
  };
  readonly flag = (key: string): boolean => {
    const value = this.#take(key);
    return typeof value === "boolean" ? value : this.no(key, "neither true nor false");
  };
  readonly plain = (key: string): PlainRecord => {
    const value = this.#take(key);
    const plain = value instanceof Map ? recordFromCanonical(value as ReadonlyMap<string, Canonical>) : undefined;
    return plain ?? this.no(key, "no record of plain values");
  };
  value(key: string): ReturnType<typeof fromCanonical> {
    const plain = fromCanonical(this.#take(key));
    return plain === undefined ? this.no(key, "no plain value") : plain;
  }
  readonly members = (key: string): Members => new Members(this.#take(key), `\`${key}\``);
  /** Absent: empty. */
  list<T>(key: string, read: (item: Canonical, name: string) => T, most = RECORD_ITEMS_MAX): readonly T[] {
    if (!this.has(key)) return [];
    const value = this.#take(key);
    if (!Array.isArray(value) || value.length > most) return this.no(key, "no list, or too long");
    return value.map((item: Canonical) => read(item, `\`${key}\``));
  }
  /** Ids by name; absent: none. */
  ids(key: string): Readonly<Record<string, string>> {
    if (!this.has(key)) return {};
    const value = this.#take(key);
    if (!(value instanceof Map)) return this.no(key, "no map");
    const out = Object.create(null) as Record<string, string>;
    for (const [name, id] of value as ReadonlyMap<string, Canonical>) {
      if (typeof id !== "string" || !HEX.test(id)) this.no(key, "no map of ids");
      out[name] = id as string;
    }
    return out;
  }
  end(): void {
    for (const key of this.#left.keys()) this.no(key.slice(0, RECORD_WORD_MAX), "not known");
  }
}

function textItem(item: Canonical, name: string): string {
  if (typeof item !== "string") throw new Bad(`${name} is no list of texts`);
  return item;
}
function pair(item: Canonical, name: string): readonly [string, string] {
  if (!Array.isArray(item) || item.length !== 2 || typeof item[0] !== "string" || typeof item[1] !== "string")
    throw new Bad(`${name} is no list of pairs`);
  return [item[0], item[1]];
}
const address = (item: Canonical, name: string): { readonly ip: string; readonly class: string } => {
  const [ip, ofClass] = pair(item, name);
  return { ip, class: ofClass };
};
function met(item: Canonical, name: string): Met {
  const members = new Members(item, name);
  const read = { name: members.word("name"), found: members.plain("found") };
  members.end();
  return read;
}

function peer(members: Members): Peer {
  const decision = members.word("decision");
  if (decision !== "allow" && decision !== "deny") return members.no("decision", "not known");
  const read: Peer = {
    decision,
    exchange: members.word("exchange"),
    reason: members.maybe("reason", members.word),
    receipt: members.maybe("receipt", members.id),
  };
  members.end();
  return read;
}

function readRecord(members: Members): CageRecord {
  const kind = members.word("kind");
  if (members.count("format") !== RECORD_FORMAT) throw new Bad("its format is not known to this version of writ");
  const at = members.count("at");
  const record = ofKind(kind, at, members);
  members.end();
  return record;
}

function ofKind(kind: string, at: number, members: Members): CageRecord {
  switch (kind) {
    case "intent": {
      const decided = members.list("decided", kept, RECORD_DECISIONS_MAX);
      if (decided.length === 0) members.no("decided", "missing");
      return {
        kind,
        at,
        exchange: members.word("exchange"),
        decided,
        addresses: members.list("addresses", address),
        dropped: members.list("dropped", textItem),
        met: members.list("met", met),
        sent: members.maybe("sent", (key) => members.list(key, pair)),
        peer: members.maybe("peer", (key) => peer(members.members(key))),
      };
    }
    case "completion":
      return {
        kind,
        at,
        intent: members.count("intent"),
        ended: members.word("ended"),
        detail: members.maybe("detail", members.detail),
        status: members.maybe("status", members.count),
        dialled: members.maybe("dialled", (key) => {
          const [ip, ofClass, ...more] = members.list(key, textItem);
          return ip !== undefined && ofClass !== undefined && more.length === 0
            ? { ip, class: ofClass }
            : members.no(key, "no address");
        }),
        tls: members.maybe("tls", (key) => {
          const tls = members.members(key);
          const read = { version: tls.word("version"), certificate: tls.maybe("certificate", tls.id) };
          tls.end();
          return read;
        }),
        sent: members.maybe("sent", (key) => {
          const sent = members.members(key);
          const read = {
            size: sent.count("size"),
            digest: sent.maybe("digest", sent.id),
            before: sent.maybe("before", sent.id),
          };
          sent.end();
          return read;
        }),
        response: members.maybe("response", (key) => {
          const response = members.members(key);
          const read = {
            status: response.count("status"),
            fields: response.maybe("fields", (fields) => response.list(fields, pair)),
            size: response.count("size"),
            digest: response.maybe("digest", response.id),
          };
          response.end();
          return read;
        }),
        peer: members.maybe("peer", (key) => peer(members.members(key))),
        met: members.list("met", met),
        decided: members.list("decided", kept, RECORD_DECISIONS_MAX),
        bytesOut: members.maybe("bytesOut", members.count),
        bytesIn: members.maybe("bytesIn", members.count),
        durationMs: members.count("durationMs"),
      };
    case "reload":
      return {
        kind,
        at,
        name: members.word("name"),
        before: members.maybe("before", members.id),
        after: members.id("after"),
        data: members.ids("data"),
        bundle: members.maybe("bundle", (key) => {
          const bundle = members.members(key);
          const read = {
            version: bundle.count("version"),
            id: bundle.id("id"),
            signedBy: bundle.list("signedBy", textItem),
          };
          // An empty list is written here: a bundle has signers.
          if (read.signedBy.length === 0) members.no(key, "signed by nobody");
          bundle.end();
          return read;
        }),
      };
    case "refusal":
    case "confine":
    case "anomaly":
    case "certificates":
      return { kind, at, body: members.plain("body") };
    default:
      throw new Bad("`kind` is not known");
  }
}

function kept(item: Canonical, name: string): KeptDecision {
  const members = new Members(item, name);
  const point = members.word("point");
  if (!POINTS.has(point)) members.no("point", "not known");
  const read: KeptDecision = {
    point: point as Point,
    allowed: members.flag("allowed"),
    reason: members.word("reason"),
    detail: members.maybe("detail", members.detail),
    module: members.id("module"),
    data: members.ids("data"),
    input: members.plain("input"),
    json: members.maybe("json", (key) => members.text(key, Number.MAX_SAFE_INTEGER)),
    jsonDigest: members.maybe("jsonDigest", members.id),
    masked: members.list("masked", textItem),
    answer: members.maybe("answer", (key) => answer(members.members(key))),
  };
  members.end();
  return read;
}

function answer(members: Members): Answer {
  const decision = members.word("decision");
  if (decision !== "allow" && decision !== "deny") return members.no("decision", "not known");
  const read: Answer = {
    decision,
    fuel: members.count("fuel"),
    determining: members.list("determining", (item, name) => ending(item, name, place)),
    obligations: members.list("obligations", (item, name) => ending(item, name, given)),
    advice: members.list("advice", (item, name) => ending(item, name, given)),
    errors: members.list("errors", (item, name) =>
      ending(item, name, (each) => ({ ...place(each), error: each.text("error", ERROR_TEXT_MAX) })),
    ),
    shadow: members.list("shadow", (item, name) =>
      ending(item, name, (each) => {
        const effect = each.word("effect");
        if (effect !== "allow" && effect !== "deny" && effect !== "require") return each.no("effect", "not known");
        const error = each.maybe("error", (key) => each.text(key, ERROR_TEXT_MAX));
        return { ...place(each), effect, ...(error === null ? {} : { error }) };
      }),
    ),
  };
  members.end();
  return read;
}

function ending<T>(item: Canonical, name: string, read: (members: Members) => T): T {
  const members = new Members(item, `an item of ${name}`);
  const value = read(members);
  members.end();
  return value;
}
const place = (members: Members): { readonly rule: string; readonly at: readonly string[] } => ({
  rule: members.text("rule", RECORD_DETAIL_MAX),
  at: members.list("at", textItem),
});
const given = (members: Members): Obligation => ({
  name: members.word("name"),
  args: members.value("args") as Obligation["args"],
  rules: members.list("rules", textItem),
});
