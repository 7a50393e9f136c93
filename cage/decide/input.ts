// The facts of a point as the input of a policy: exactly the fields of the published type `http.request`, and of them only those
// that the point sees. What cannot be said without choosing between two readings is a denial by name.
import type { Field } from "../message/fields.ts";
import type { Facts, PlainRecord, PlainValue, Point } from "../point.ts";
import type { GateReason } from "./reasons.ts";

/** What the gate adds: read once, and recorded with the rest. */
export interface Added {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Counters by name. */
  readonly rate?: Readonly<Record<string, number>> | undefined;
}

export interface Unsayable {
  readonly problem: GateReason;
  readonly detail: string;
}

type Draft = { [key: string]: PlainValue | undefined };

/** `json` of the facts is not in it: it is text, and read by its own way. Members are only there when they have a value. */
export function inputOf(point: Point, facts: Facts, { now, rate }: Added): PlainRecord | Unsayable {
  const { direction, scheme, host, port, visibility } = facts;
  const input: Draft = { at: point, now, direction, scheme, host, port, visibility };
  if (facts.caller !== undefined) input["caller"] = callerOf(facts.caller);
  if (rate !== undefined) input["rate"] = rate;
  if (point !== "report") {
    if (facts.dialled !== undefined) input["dialled"] = { ip: facts.dialled.ip, class: facts.dialled.class };
    if (facts.sni !== undefined) input["sni"] = facts.sni;
    if (facts.alpn !== undefined) input["alpn"] = facts.alpn;
  }
  if (point === "connect" || visibility === "connect") return input;

  if (facts.method !== undefined) input["method"] = facts.method;
  if (facts.path !== undefined) input["path"] = facts.path;
  if (facts.query !== undefined) {
    const query = queryOf(facts.query ?? "");
    if (isUnsayable(query)) return query;
    input["query"] = query;
  }
  if (point === "report") {
    if (facts.response !== undefined) input["status"] = facts.response.status;
    if (facts.report !== undefined) input["report"] = facts.report;
    return input;
  }
  if (facts.fields !== undefined) input["fields"] = fieldsOf(facts.fields);
  if (facts.token !== undefined) input["token"] = facts.token;
  if (facts.signature !== undefined) input["signature"] = signatureOf(facts.signature);
  if (facts.content !== undefined) input["body"] = bodyOf(facts.content, point);
  if (point === "response" && facts.response !== undefined) {
    const { status, fields, size, digest } = facts.response;
    const response: Draft = { status };
    if (fields !== undefined) response["fields"] = fieldsOf(fields);
    if (size !== undefined) response["size"] = size;
    if (digest !== undefined) response["digest"] = digest;
    input["status"] = status;
    input["response"] = response;
  }
  return input;
}

export const isUnsayable = (read: PlainRecord | Unsayable): read is Unsayable => "problem" in read && "detail" in read;

/** One text a name. Lines of one name are one list (RFC 9110 section 5.2), those of `cookie` are parted by `;`. */
function fieldsOf(fields: readonly Field[]): PlainRecord {
  const out: { [name: string]: string } = {};
  for (const [name, value] of fields) {
    const before = Object.hasOwn(out, name) ? out[name] : undefined;
    out[name] = before === undefined ? value : `${before}${name === "cookie" ? "; " : ", "}${value}`;
  }
  return out;
}

const NOTHING: PlainRecord = {};

/** Names and values as forms write them: parted by `&` and the first `=`, `+` for a space, escapes of UTF-8. */
function queryOf(query: string): PlainRecord | Unsayable {
  if (query === "") return NOTHING;
  // Without a prototype: `__proto__` is a name like any other.
  const out = Object.create(null) as { [name: string]: string };
  for (const pair of query.split("&")) {
    if (pair === "") continue;
    const mark = pair.indexOf("=");
    const name = formText(mark < 0 ? pair : pair.slice(0, mark));
    const value = mark < 0 ? "" : formText(pair.slice(mark + 1));
    if (name === null || value === null) return { problem: "query-encoding", detail: "an escape is no UTF-8" };
    if (name in out) return { problem: "query-repeats", detail: "a name stands in the query more than once" };
    out[name] = value;
  }
  return out;
}

function formText(text: string): string | null {
  if (!/[+%]/.test(text)) return text;
  try {
    return decodeURIComponent(text.replaceAll("+", " "));
  } catch {
    return null;
  }
}

function callerOf({ id, uid, address }: NonNullable<Facts["caller"]>): PlainRecord {
  const caller: Draft = {};
  if (id !== undefined) caller["id"] = id;
  if (uid !== undefined) caller["uid"] = uid;
  if (address !== undefined) caller["address"] = address;
  return caller;
}

/** At `request` the body is still to come: nobody knows its digest. */
function bodyOf({ size, digest, media }: NonNullable<Facts["content"]>, point: Point): PlainRecord {
  const body: Draft = { size };
  if (digest !== undefined && point !== "request") body["digest"] = digest;
  if (media !== undefined) body["media"] = media;
  return body;
}

/** `key` of the published type is a did: a key of another name is known by `verified` and `tag` alone. */
function signatureOf({ verified, key, tag, failure }: NonNullable<Facts["signature"]>): PlainRecord {
  const signature: Draft = { verified };
  if (key?.startsWith("did:") === true) signature["key"] = key;
  if (tag !== undefined) signature["tag"] = tag;
  if (failure !== undefined) signature["failure"] = failure;
  return signature;
}
