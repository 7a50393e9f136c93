// A record as the bytes of its entry. Members that are null or empty are left out, so a record has one form.
import type { Address } from "../dial.ts";
import type { Field } from "../message/fields.ts";
import type { Answer, Met, Obligation, Peer } from "../point.ts";
import {
  type CageRecord,
  type CompletionRecord,
  type IntentRecord,
  type KeptDecision,
  type NoteRecord,
  RECORD_FORMAT,
  type ReloadRecord,
} from "./record.ts";
import {
  array,
  begin,
  closeMap,
  count,
  encoded,
  member,
  open,
  place,
  plain,
  plainRecord,
  taken,
  text,
  texts,
} from "./writer.ts";

// Members stand in their canonical order, shorter names first. What is the same in every record is one piece of bytes.

const AT = member("at");
const MET = member("met");
const TLS = member("tls");
const BODY = member("body");
const DATA = member("data");
const JSON_TEXT = member("json");
const KIND = member("kind");
const KIND_INTENT = member("kind", "intent");
const KIND_COMPLETION = member("kind", "completion");
const KIND_RELOAD = member("kind", "reload");
const NAME = member("name");
const PEER = member("peer");
const SENT = member("sent");
const SIZE = member("size");
const AFTER = member("after");
const ENDED = member("ended");
const FOUND = member("found");
const INPUT = member("input");
const BEFORE = member("before");
const BUNDLE = member("bundle");
const DETAIL = member("detail");
const DIGEST = member("digest");
const FIELDS = member("fields");
const FORMAT = member("format", RECORD_FORMAT);
const INTENT = member("intent");
const MASKED = member("masked");
const MODULE = member("module");
const REASON = member("reason");
const RECEIPT = member("receipt");
const STATUS = member("status");
const ALLOWED = [member("allowed", false), member("allowed", true)] as const;
const BYTES_IN = member("bytesIn");
const DECIDED = member("decided");
const DIALLED = member("dialled");
const DROPPED = member("dropped");
const VERSION = member("version");
const BYTES_OUT = member("bytesOut");
const EXCHANGE = member("exchange");
const RESPONSE = member("response");
const SIGNED_BY = member("signedBy");
const ADDRESSES = member("addresses");
const DURATION_MS = member("durationMs");
const CERTIFICATE = member("certificate");
const JSON_DIGEST = member("jsonDigest");
const POINT = {
  connect: member("point", "connect"),
  request: member("point", "request"),
  body: member("point", "body"),
  response: member("point", "response"),
  report: member("point", "report"),
} as const;

/** Throws CanonicalError for values that have no canonical form, such as half a surrogate pair. */
export function encodeRecord(record: CageRecord): Uint8Array {
  begin();
  switch (record.kind) {
    case "intent":
      intent(record);
      break;
    case "completion":
      completion(record);
      break;
    case "reload":
      reload(record);
      break;
    default:
      note(record);
  }
  return taken();
}

function textMember(name: Uint8Array, value: string): void {
  encoded(name);
  text(value);
}
function countMember(name: Uint8Array, value: number): void {
  encoded(name);
  count(value);
}

function note({ kind, at, body }: NoteRecord): void {
  const map = open();
  countMember(AT, at);
  encoded(BODY);
  plainRecord(body, 1);
  textMember(KIND, kind);
  encoded(FORMAT);
  closeMap(map, 4);
}

function intent({ at, exchange, decided, addresses, dropped, met, sent, peer }: IntentRecord): void {
  const map = open();
  let members = 5;
  countMember(AT, at);
  if (met.length > 0) members += allMet(met);
  encoded(KIND_INTENT);
  if (peer !== null) members += peerMember(peer);
  if (sent !== null) members += fieldsMember(SENT, sent);
  encoded(FORMAT);
  allDecided(decided);
  if (dropped.length > 0) {
    members++;
    encoded(DROPPED);
    texts(dropped);
  }
  textMember(EXCHANGE, exchange);
  if (addresses.length > 0) {
    members++;
    encoded(ADDRESSES);
    array(addresses.length);
    for (let i = 0; i < addresses.length; i++) address(addresses[i]!);
  }
  closeMap(map, members);
}

function completion(record: CompletionRecord): void {
  const { detail, status, dialled, tls, sent, response, peer, met, decided, bytesIn, bytesOut } = record;
  const map = open();
  let members = 6;
  countMember(AT, record.at);
  if (met.length > 0) members += allMet(met);
  if (tls !== null) {
    members++;
    encoded(TLS);
    const inner = open();
    textMember(VERSION, tls.version);
    closeMap(inner, 1 + optional(CERTIFICATE, tls.certificate));
  }
  encoded(KIND_COMPLETION);
  if (peer !== null) members += peerMember(peer);
  if (sent !== null) {
    members++;
    encoded(SENT);
    const inner = open();
    countMember(SIZE, sent.size);
    closeMap(inner, 1 + optional(BEFORE, sent.before) + optional(DIGEST, sent.digest));
  }
  textMember(ENDED, record.ended);
  members += optional(DETAIL, detail);
  encoded(FORMAT);
  countMember(INTENT, record.intent);
  members += optionalCount(STATUS, status) + optionalCount(BYTES_IN, bytesIn);
  if (decided.length > 0) {
    members++;
    allDecided(decided);
  }
  if (dialled !== null) {
    members++;
    encoded(DIALLED);
    address(dialled);
  }
  members += optionalCount(BYTES_OUT, bytesOut);
  if (response !== null) {
    members++;
    encoded(RESPONSE);
    const inner = open();
    countMember(SIZE, response.size);
    let of = 2 + optional(DIGEST, response.digest);
    if (response.fields !== null) of += fieldsMember(FIELDS, response.fields);
    countMember(STATUS, response.status);
    closeMap(inner, of);
  }
  countMember(DURATION_MS, record.durationMs);
  closeMap(map, members);
}

function reload({ at, name, before, after, data, bundle }: ReloadRecord): void {
  const map = open();
  let members = 5;
  countMember(AT, at);
  members += dataMember(data, 1);
  encoded(KIND_RELOAD);
  textMember(NAME, name);
  textMember(AFTER, after);
  members += optional(BEFORE, before);
  if (bundle !== null) {
    members++;
    encoded(BUNDLE);
    const inner = open();
    textMember(ID, bundle.id);
    countMember(VERSION, bundle.version);
    encoded(SIGNED_BY);
    texts(bundle.signedBy);
    closeMap(inner, 3);
  }
  encoded(FORMAT);
  closeMap(map, members);
}
const ID = member("id");

/** Each gives how many members it wrote. */
function optional(name: Uint8Array, value: string | null): number {
  if (value === null) return 0;
  textMember(name, value);
  return 1;
}
function optionalCount(name: Uint8Array, value: number | null): number {
  if (value === null) return 0;
  countMember(name, value);
  return 1;
}

function dataMember(data: Readonly<Record<string, string>>, depth: number): number {
  for (const _ in data) {
    encoded(DATA);
    plainRecord(data, depth);
    return 1;
  }
  return 0;
}

function fieldsMember(name: Uint8Array, fields: readonly Field[]): number {
  encoded(name);
  array(fields.length);
  for (let i = 0; i < fields.length; i++) texts(fields[i]!);
  return 1;
}

function peerMember({ decision, exchange, reason, receipt }: Peer): number {
  encoded(PEER);
  const map = open();
  let members = 2 + optional(REASON, reason);
  members += optional(RECEIPT, receipt);
  encoded(DECISION[decision]);
  textMember(EXCHANGE, exchange);
  closeMap(map, members);
  return 1;
}

function address({ ip, class: of }: Address): void {
  array(2);
  text(ip);
  text(of);
}

function allMet(met: readonly Met[]): number {
  encoded(MET);
  array(met.length);
  for (const { name, found } of met) {
    const map = open();
    textMember(NAME, name);
    encoded(FOUND);
    plainRecord(found, 3);
    closeMap(map, 2);
  }
  return 1;
}

function allDecided(decided: readonly KeptDecision[]): void {
  encoded(DECIDED);
  array(decided.length);
  for (let i = 0; i < decided.length; i++) decision(decided[i]!);
}

function decision(kept: KeptDecision): void {
  const { answer, masked } = kept;
  const map = open();
  let members = 5 + dataMember(kept.data, 3) + optional(JSON_TEXT, kept.json);
  encoded(INPUT);
  plainRecord(kept.input, 3);
  encoded(POINT[kept.point]);
  if (answer !== null) {
    members++;
    encoded(ANSWER);
    answerAsBefore(answer);
  }
  members += optional(DETAIL, kept.detail);
  if (masked.length > 0) {
    members++;
    encoded(MASKED);
    texts(masked);
  }
  textMember(MODULE, kept.module);
  textMember(REASON, kept.reason);
  encoded(ALLOWED[kept.allowed ? 1 : 0]);
  members += optional(JSON_DIGEST, kept.jsonDigest);
  closeMap(map, members);
}

// ── Answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const ANSWER = member("answer");
const AT_PLACES = member("at");
const ARGS = member("args");
const FUEL = member("fuel");
const RULE = member("rule");
const ERROR = member("error");
const RULES = member("rules");
const ADVICE = member("advice");
const EFFECT = member("effect");
const ERRORS = member("errors");
const SHADOW = member("shadow");
const DECISION = { allow: member("decision", "allow"), deny: member("decision", "deny") } as const;
const DETERMINING = member("determining");
const OBLIGATIONS = member("obligations");

/** The last answer with these obligations. A policy that was asked before gives the same obligations, to the object, so most answers are
 *  those that were written already. */
const written = new WeakMap<readonly Obligation[], { readonly answer: Answer; readonly bytes: Uint8Array }>();

function answerAsBefore(answer: Answer): void {
  const { obligations } = answer;
  if (obligations.length === 0) return writeAnswer(answer, 3);
  const last = written.get(obligations);
  if (last !== undefined && isSame(last.answer, answer)) return encoded(last.bytes);
  const start = place();
  writeAnswer(answer, 3);
  // Of its own: it is kept for long.
  written.set(obligations, { answer, bytes: taken(start).slice() });
}

const isSame = (a: Answer, b: Answer): boolean =>
  a.fuel === b.fuel &&
  a.decision === b.decision &&
  a.determining === b.determining &&
  a.advice === b.advice &&
  a.errors === b.errors &&
  a.shadow === b.shadow;

/** The bytes by which two answers are compared. */
export function answerBytes(answer: Answer): Uint8Array {
  begin();
  writeAnswer(answer, 0);
  return taken();
}

function writeAnswer(answer: Answer, depth: number): void {
  const { determining, obligations, advice, errors, shadow } = answer;
  const map = open();
  let members = 2;
  countMember(FUEL, answer.fuel);
  if (advice.length > 0) members += allGiven(ADVICE, advice, depth);
  if (errors.length > 0) {
    members++;
    encoded(ERRORS);
    array(errors.length);
    for (const each of errors) {
      const inner = open();
      const of = 2 + atPlaces(each.at);
      textMember(RULE, each.rule);
      textMember(ERROR, each.error);
      closeMap(inner, of);
    }
  }
  if (shadow.length > 0) {
    members++;
    encoded(SHADOW);
    array(shadow.length);
    for (const each of shadow) {
      const inner = open();
      let of = 2 + atPlaces(each.at);
      textMember(RULE, each.rule);
      if (each.error !== undefined) of += optional(ERROR, each.error);
      textMember(EFFECT, each.effect);
      closeMap(inner, of);
    }
  }
  encoded(DECISION[answer.decision]);
  if (determining.length > 0) {
    members++;
    encoded(DETERMINING);
    array(determining.length);
    for (let i = 0; i < determining.length; i++) {
      const { rule, at } = determining[i]!;
      const inner = open();
      const of = 1 + atPlaces(at);
      textMember(RULE, rule);
      closeMap(inner, of);
    }
  }
  if (obligations.length > 0) members += allGiven(OBLIGATIONS, obligations, depth);
  closeMap(map, members);
}

function atPlaces(at: readonly string[]): number {
  if (at.length === 0) return 0;
  encoded(AT_PLACES);
  texts(at);
  return 1;
}

function allGiven(name: Uint8Array, all: readonly Obligation[], depth: number): number {
  encoded(name);
  array(all.length);
  for (const { name: called, args, rules } of all) {
    const map = open();
    encoded(ARGS);
    plain(args, depth + 3);
    textMember(NAME, called);
    encoded(RULES);
    texts(rules);
    closeMap(map, 3);
  }
  return 1;
}
