// The bytes of a record by way of canonical values, member by member and in no order: what the writer of records must come to.

import type { Answer, PlainValue } from "../../cage/point.ts";
import type {
  CageRecord,
  CompletionRecord,
  IntentRecord,
  KeptDecision,
  ReloadRecord,
} from "../../cage/records/record.ts";
import { type Canonical, encode, Tagged } from "../../core/index.ts";

export const plainly = (record: CageRecord): Uint8Array => encode(canonicalOf(record));

function canonicalOf(record: CageRecord): Canonical {
  const common = { kind: record.kind, format: 1, at: record.at };
  switch (record.kind) {
    case "intent":
      return members({ ...common, ...intent(record) });
    case "completion":
      return members({ ...common, ...completion(record) });
    case "reload":
      return members({ ...common, ...reload(record) });
    default:
      return members({ ...common, body: plain(record.body) });
  }
}

type Members = { readonly [name: string]: Canonical };

/** Without those that are null. */
const members = (all: Members): Canonical => new Map(Object.entries(all).filter(([, value]) => value !== null));
const orNull = <T extends readonly unknown[]>(list: T): T | null => (list.length === 0 ? null : list);
const filled = (record: Readonly<Record<string, string>>): Canonical =>
  Object.keys(record).length === 0 ? null : plain(record);

const intent = ({ exchange, decided, addresses, dropped, met, sent, peer }: IntentRecord): Members => ({
  exchange,
  decided: decided.map(decision),
  addresses: orNull(addresses.map(({ ip, class: of }) => [ip, of])),
  dropped: orNull(dropped),
  met: orNull(met.map(({ name, found }) => ({ name, found: plain(found) }))),
  sent,
  peer: peer === null ? null : members({ ...peer }),
});

const completion = (record: CompletionRecord): Members => ({
  intent: record.intent,
  ended: record.ended,
  detail: record.detail,
  status: record.status,
  dialled: record.dialled === null ? null : [record.dialled.ip, record.dialled.class],
  tls: record.tls === null ? null : members(record.tls),
  sent: record.sent === null ? null : members(record.sent),
  response: record.response === null ? null : members(record.response),
  peer: record.peer === null ? null : members({ ...record.peer }),
  met: orNull(record.met.map(({ name, found }) => ({ name, found: plain(found) }))),
  decided: orNull(record.decided.map(decision)),
  bytesOut: record.bytesOut,
  bytesIn: record.bytesIn,
  durationMs: record.durationMs,
});

const reload = ({ name, before, after, data, bundle }: ReloadRecord): Members => ({
  name,
  before,
  after,
  data: filled(data),
  bundle: bundle === null ? null : { ...bundle },
});

const decision = (kept: KeptDecision): Canonical =>
  members({
    point: kept.point,
    allowed: kept.allowed,
    reason: kept.reason,
    detail: kept.detail,
    module: kept.module,
    data: filled(kept.data),
    input: plain(kept.input),
    json: kept.json,
    jsonDigest: kept.jsonDigest,
    masked: orNull(kept.masked),
    answer: kept.answer === null ? null : answer(kept.answer),
  });

const answer = ({ fuel, decision, determining, obligations, advice, errors, shadow }: Answer): Canonical =>
  members({
    fuel,
    decision,
    determining: orNull(determining.map(placed)),
    obligations: orNull(obligations.map(({ name, args, rules }) => ({ name, args: plain(args), rules }))),
    advice: orNull(advice.map(({ name, args, rules }) => ({ name, args: plain(args), rules }))),
    errors: orNull(errors.map(placed)),
    shadow: orNull(shadow.map(placed)),
  });

const placed = ({ at, ...rest }: { readonly at: readonly string[]; readonly [name: string]: Canonical }): Canonical =>
  members({ ...Object.fromEntries(Object.entries(rest).filter(([, v]) => v !== undefined)), at: orNull(at) });

/** Without members that have no value; what is no safe integer as tag 1600 over its shortest text. */
function plain(value: PlainValue | undefined): Canonical {
  if (typeof value === "number")
    return Number.isSafeInteger(value) && !Object.is(value, -0) ? value : new Tagged(1_600, String(value));
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(plain);
  return new Map(
    Object.entries(value).flatMap(([name, inner]) => (inner === undefined ? [] : [[name, plain(inner)] as const])),
  );
}
