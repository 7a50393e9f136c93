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

/** `json` of the facts is not in it: it is text, and read by its own way. Members are only there when they have a value, and stand in the
 *  order in which a record writes them: shorter names first. */
export function inputOf(point: Point, facts: Facts, { now, rate }: Added): PlainRecord | Unsayable {
  // A tunnel shows nothing of what goes through it.
  const head = point !== "connect" && facts.visibility !== "connect";
  const report = point === "report";
  const input: Draft = { at: point, now };
  if (facts.sni !== undefined && !report) input["sni"] = facts.sni;
  if (facts.alpn !== undefined && !report) input["alpn"] = facts.alpn;
  if (head && facts.content !== undefined && !report) input["body"] = bodyOf(facts.content, point);
  input["host"] = facts.host;
  if (head && facts.path !== undefined) input["path"] = facts.path;
  input["port"] = facts.port;
  if (rate !== undefined) input["rate"] = rate;
  if (head && facts.query !== undefined) {
    const query = queryOf(facts.query ?? "");
    if (isUnsayable(query)) return query;
    input["query"] = query;
  }
  if (head && facts.token !== undefined && !report) input["token"] = facts.token;
  if (facts.caller !== undefined) input["caller"] = callerOf(facts.caller);
  if (head && facts.fields !== undefined && !report) input["fields"] = fieldsOf(facts.fields);
  if (head && facts.method !== undefined) input["method"] = facts.method;
  if (report && facts.report !== undefined) input["report"] = facts.report;
  input["scheme"] = facts.scheme;
  const { response } = facts;
  if (response !== undefined && head && (report || point === "response")) input["status"] = response.status;
  if (facts.dialled !== undefined && !report) input["dialled"] = { ip: facts.dialled.ip, class: facts.dialled.class };
  if (response !== undefined && head && point === "response") input["response"] = responseOf(response);
  input["direction"] = facts.direction;
  if (head && facts.signature !== undefined && !report) input["signature"] = signatureOf(facts.signature);
  input["visibility"] = facts.visibility;
  return input;
}

function responseOf({ status, fields, size, digest }: NonNullable<Facts["response"]>): PlainRecord {
  const response: Draft = {};
  if (size !== undefined) response["size"] = size;
  if (digest !== undefined) response["digest"] = digest;
  if (fields !== undefined) response["fields"] = fieldsOf(fields);
  response["status"] = status;
  return response;
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
  if (media !== undefined) body["media"] = media;
  if (digest !== undefined && point !== "request") body["digest"] = digest;
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
