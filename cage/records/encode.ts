// A record as the bytes of its entry. Members that are null or empty are left out, so a record has one form.
import { type Canonical, Encoded, encode } from "../../core/index.ts";
import type { Answer, Met, Obligation } from "../point.ts";
import { recordToCanonical, toCanonical } from "./plain.ts";
import {
  type CageRecord,
  type CompletionRecord,
  type IntentRecord,
  type KeptDecision,
  RECORD_FORMAT,
  type ReloadRecord,
} from "./record.ts";

type Draft = { [key: string]: Canonical };

// Members stand in their canonical order, shorter names first: then nothing has to be sorted.

/** Throws CanonicalError for values that have no canonical form, such as half a surrogate pair. */
export function encodeRecord(record: CageRecord): Uint8Array {
  switch (record.kind) {
    case "intent":
      return encode(intent(record));
    case "completion":
      return encode(completion(record));
    case "reload":
      return encode(reload(record));
    default:
      return encode({ at: record.at, body: recordToCanonical(record.body), kind: record.kind, format: RECORD_FORMAT });
  }
}

function intent({ kind, at, exchange, decided, addresses, dropped, met, sent }: IntentRecord): Canonical {
  const draft: Draft = { at };
  if (met.length > 0) draft["met"] = met.map(found);
  draft["kind"] = kind;
  if (sent !== null) draft["sent"] = sent;
  draft["format"] = RECORD_FORMAT;
  draft["decided"] = decided.map(decision);
  if (dropped.length > 0) draft["dropped"] = dropped;
  draft["exchange"] = exchange;
  if (addresses.length > 0) draft["addresses"] = addresses.map((each) => [each.ip, each.class]);
  return draft;
}

function completion(record: CompletionRecord): Canonical {
  const { detail, status, dialled, tls, sent, response, met, decided } = record;
  const draft: Draft = { at: record.at };
  if (met.length > 0) draft["met"] = met.map(found);
  if (tls !== null) draft["tls"] = withoutNulls({ version: tls.version, certificate: tls.certificate });
  draft["kind"] = record.kind;
  if (sent !== null) draft["sent"] = withoutNulls({ size: sent.size, before: sent.before, digest: sent.digest });
  draft["ended"] = record.ended;
  if (detail !== null) draft["detail"] = detail;
  draft["format"] = RECORD_FORMAT;
  draft["intent"] = record.intent;
  if (status !== null) draft["status"] = status;
  if (record.bytesIn !== null) draft["bytesIn"] = record.bytesIn;
  if (decided.length > 0) draft["decided"] = decided.map(decision);
  if (dialled !== null) draft["dialled"] = [dialled.ip, dialled.class];
  if (record.bytesOut !== null) draft["bytesOut"] = record.bytesOut;
  if (response !== null)
    draft["response"] = withoutNulls({
      size: response.size,
      digest: response.digest,
      fields: response.fields,
      status: response.status,
    });
  draft["durationMs"] = record.durationMs;
  return draft;
}

function reload({ kind, at, name, before, after, data, bundle }: ReloadRecord): Canonical {
  const draft: Draft = { at };
  if (hasMembers(data)) draft["data"] = data;
  draft["kind"] = kind;
  draft["name"] = name;
  draft["after"] = after;
  if (before !== null) draft["before"] = before;
  if (bundle !== null) draft["bundle"] = { id: bundle.id, version: bundle.version, signedBy: bundle.signedBy };
  draft["format"] = RECORD_FORMAT;
  return draft;
}

function withoutNulls(members: { readonly [key: string]: Canonical }): Canonical {
  const out: Draft = {};
  for (const key in members) if (members[key] !== null) out[key] = members[key];
  return out;
}

const hasMembers = (record: object): boolean => {
  for (const _ in record) return true;
  return false;
};

const found = (met: Met): Canonical => ({ name: met.name, found: recordToCanonical(met.found) });

function decision(kept: KeptDecision): Canonical {
  const draft: Draft = {};
  if (hasMembers(kept.data)) draft["data"] = kept.data;
  if (kept.json !== null) draft["json"] = kept.json;
  draft["input"] = recordToCanonical(kept.input);
  draft["point"] = kept.point;
  if (kept.answer !== null) draft["answer"] = encodedAnswer(kept.answer);
  if (kept.detail !== null) draft["detail"] = kept.detail;
  if (kept.masked.length > 0) draft["masked"] = kept.masked;
  draft["module"] = kept.module;
  draft["reason"] = kept.reason;
  draft["allowed"] = kept.allowed;
  if (kept.jsonDigest !== null) draft["jsonDigest"] = kept.jsonDigest;
  return draft;
}

/** The last answer with these obligations. A policy that was asked before gives the same obligations, to the object, so most answers are
 *  those that were written already. */
const written = new WeakMap<readonly Obligation[], { readonly answer: Answer; readonly encoded: Encoded }>();

function encodedAnswer(answer: Answer): Canonical {
  if (answer.obligations.length === 0) return answerToCanonical(answer);
  const last = written.get(answer.obligations);
  if (last !== undefined && isSame(last.answer, answer)) return last.encoded;
  const encoded = Encoded.of(answerToCanonical(answer));
  written.set(answer.obligations, { answer, encoded });
  return encoded;
}

const isSame = (a: Answer, b: Answer): boolean =>
  a.fuel === b.fuel &&
  a.decision === b.decision &&
  a.determining === b.determining &&
  a.advice === b.advice &&
  a.errors === b.errors &&
  a.shadow === b.shadow;

/** The bytes by which two answers are compared. */
export const answerBytes = (answer: Answer): Uint8Array => encode(answerToCanonical(answer));

export function answerToCanonical(answer: Answer): Canonical {
  const { determining, obligations, advice, errors, shadow } = answer;
  const draft: Draft = { fuel: answer.fuel };
  if (advice.length > 0) draft["advice"] = advice.map(given);
  if (errors.length > 0) draft["errors"] = errors.map((each) => ({ ...place(each), error: each.error }));
  if (shadow.length > 0)
    draft["shadow"] = shadow.map((each) => ({
      ...place(each),
      effect: each.effect,
      ...(each.error === undefined ? {} : { error: each.error }),
    }));
  draft["decision"] = answer.decision;
  if (determining.length > 0) draft["determining"] = determining.map(place);
  if (obligations.length > 0) draft["obligations"] = obligations.map(given);
  return draft;
}

const place = ({
  rule,
  at,
}: {
  readonly rule: string;
  readonly at: readonly string[];
}): { [key: string]: Canonical } => (at.length === 0 ? { rule } : { at, rule });
const given = ({ name, args, rules }: Obligation): Canonical => ({ args: toCanonical(args), name, rules });
