// A record as the bytes of its entry. Members that are null or empty are left out, so a record has one form.
import { type Canonical, encode } from "../../core/index.ts";
import type { Answer, Met, Obligation } from "../point.ts";
import { recordToCanonical, toCanonical } from "./plain.ts";
import {
  type CageRecord,
  type CompletionRecord,
  type IntentRecord,
  type KeptDecision,
  RECORD_FORMAT,
} from "./record.ts";

type Draft = { [key: string]: Canonical };

/** Throws CanonicalError for values that have no canonical form, such as half a surrogate pair. */
export function encodeRecord(record: CageRecord): Uint8Array {
  const draft: Draft = { kind: record.kind, format: RECORD_FORMAT, at: record.at };
  switch (record.kind) {
    case "intent":
      intent(record, draft);
      break;
    case "completion":
      completion(record, draft);
      break;
    case "reload": {
      draft["name"] = record.name;
      draft["after"] = record.after;
      if (record.before !== null) draft["before"] = record.before;
      if (hasMembers(record.data)) draft["data"] = record.data;
      if (record.bundle !== null)
        draft["bundle"] = {
          version: record.bundle.version,
          id: record.bundle.id,
          signedBy: record.bundle.signedBy,
        };
      break;
    }
    default:
      draft["body"] = recordToCanonical(record.body);
  }
  return encode(draft);
}

function intent({ exchange, decided, addresses, dropped, met, sent }: IntentRecord, draft: Draft): void {
  draft["exchange"] = exchange;
  draft["decided"] = decided.map(decision);
  if (addresses.length > 0) draft["addresses"] = addresses.map((each) => [each.ip, each.class]);
  if (dropped.length > 0) draft["dropped"] = dropped;
  if (met.length > 0) draft["met"] = met.map(found);
  if (sent !== null) draft["sent"] = sent;
}

function completion(record: CompletionRecord, draft: Draft): void {
  const { intent: index, ended, detail, status, dialled, tls, sent, response, met, decided } = record;
  draft["intent"] = index;
  draft["ended"] = ended;
  draft["durationMs"] = record.durationMs;
  if (detail !== null) draft["detail"] = detail;
  if (status !== null) draft["status"] = status;
  if (dialled !== null) draft["dialled"] = [dialled.ip, dialled.class];
  if (tls !== null) draft["tls"] = withoutNulls({ version: tls.version, certificate: tls.certificate });
  if (sent !== null) draft["sent"] = withoutNulls({ size: sent.size, digest: sent.digest, before: sent.before });
  if (response !== null)
    draft["response"] = withoutNulls({
      status: response.status,
      fields: response.fields,
      size: response.size,
      digest: response.digest,
    });
  if (met.length > 0) draft["met"] = met.map(found);
  if (decided.length > 0) draft["decided"] = decided.map(decision);
  if (record.bytesOut !== null) draft["bytesOut"] = record.bytesOut;
  if (record.bytesIn !== null) draft["bytesIn"] = record.bytesIn;
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
  const draft: Draft = {
    point: kept.point,
    allowed: kept.allowed,
    reason: kept.reason,
    module: kept.module,
    input: recordToCanonical(kept.input),
  };
  if (kept.detail !== null) draft["detail"] = kept.detail;
  if (hasMembers(kept.data)) draft["data"] = kept.data;
  if (kept.json !== null) draft["json"] = kept.json;
  if (kept.jsonDigest !== null) draft["jsonDigest"] = kept.jsonDigest;
  if (kept.masked.length > 0) draft["masked"] = kept.masked;
  if (kept.answer !== null) draft["answer"] = answerToCanonical(kept.answer);
  return draft;
}

/** The bytes by which two answers are compared. */
export const answerBytes = (answer: Answer): Uint8Array => encode(answerToCanonical(answer));

export function answerToCanonical(answer: Answer): Canonical {
  const { determining, obligations, advice, errors, shadow } = answer;
  const draft: Draft = { decision: answer.decision, fuel: answer.fuel };
  if (determining.length > 0) draft["determining"] = determining.map(place);
  if (obligations.length > 0) draft["obligations"] = obligations.map(given);
  if (advice.length > 0) draft["advice"] = advice.map(given);
  if (errors.length > 0) draft["errors"] = errors.map((each) => ({ ...place(each), error: each.error }));
  if (shadow.length > 0)
    draft["shadow"] = shadow.map((each) => ({
      ...place(each),
      effect: each.effect,
      ...(each.error === undefined ? {} : { error: each.error }),
    }));
  return draft;
}

const place = ({
  rule,
  at,
}: {
  readonly rule: string;
  readonly at: readonly string[];
}): { [key: string]: Canonical } => (at.length === 0 ? { rule } : { rule, at });
const given = ({ name, args, rules }: Obligation): Canonical => ({ name, args: toCanonical(args), rules });
