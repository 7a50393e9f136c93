// Decisions and outcomes as they are written down: without secrets, bodies as digests, and small enough for one entry.
import { isWellFormed } from "../../core/index.ts";
import { ENTRY_BYTES_MAX } from "../../ledger/limits.ts";
import { RECORD_DETAIL_MAX, RECORD_WORD_MAX } from "../limits.ts";
import type { Decision, Facts, Outcome, PlainRecord } from "../point.ts";
import { encodeRecord } from "./encode.ts";
import { digestOf, type Masks, maskFields, maskJson, maskRecord, withRedactions } from "./mask.ts";
import type { CompletionRecord, IntentRecord, KeptDecision } from "./record.ts";

/** `receipt: full` of any decision: the head and the body are kept, without what is secret. */
export const isFull = (decided: readonly Decision[]): boolean =>
  decided.some(({ obligations }) => obligations.some(({ name, args }) => name === "receipt" && args === "full"));

export interface Keeping {
  /** Of the policy of each decision. */
  readonly masks: Masks;
  readonly full: boolean;
  /** Milliseconds since 1970. */
  readonly at: number;
}

/** The entry of an intent. */
export function intentEntry(decided: readonly Decision[], facts: Facts, keeping: Keeping): Uint8Array {
  const masks = withRedactions(keeping.masks, decided);
  const { exchange, addresses = [], dropped = [], met = [], sent, peer = null } = facts;
  const record: IntentRecord = {
    kind: "intent",
    at: keeping.at,
    exchange: cutText(exchange, RECORD_WORD_MAX),
    decided: decided.map((each) => kept(each, masks, keeping.full)),
    addresses,
    dropped,
    met,
    sent: keeping.full && sent !== undefined ? maskFields(sent, masks) : null,
    peer,
  };
  const entry = encodeRecord(record);
  return entry.length <= ENTRY_BYTES_MAX ? entry : encodeRecord(smaller(record));
}

/** The entry of a completion. */
export function completionEntry(intent: number, outcome: Outcome, keeping: Keeping): Uint8Array {
  const { ended, detail = null, status, dialled, tls, sent, response, peer = null, met = [], decisions = [] } = outcome;
  const masks = withRedactions(keeping.masks, decisions);
  const record: CompletionRecord = {
    kind: "completion",
    at: keeping.at,
    intent,
    ended: cutText(ended, RECORD_WORD_MAX),
    detail: detail === null ? null : cutText(detail, RECORD_DETAIL_MAX),
    status,
    dialled: dialled ?? null,
    tls: tls === undefined ? null : { version: tls.version, certificate: tls.certificate ?? null },
    sent: sent === undefined ? null : { size: sent.size, digest: sent.digest ?? null, before: sent.before ?? null },
    response:
      response === undefined
        ? null
        : {
            status: response.status,
            fields: keeping.full && response.fields !== undefined ? maskFields(response.fields, masks) : null,
            size: response.size,
            digest: response.digest ?? null,
          },
    peer,
    met,
    decided: decisions.map((each) => kept(each, masks, keeping.full)),
    bytesOut: outcome.bytesOut ?? null,
    bytesIn: outcome.bytesIn ?? null,
    durationMs: Math.max(0, Math.round(outcome.durationMs)),
  };
  const entry = encodeRecord(record);
  if (entry.length <= ENTRY_BYTES_MAX) return entry;
  const { response: answered } = record;
  return encodeRecord({
    ...record,
    response: answered === null ? null : { ...answered, fields: null },
    decided: record.decided.map(withoutTexts),
  });
}

function kept(decision: Decision, masks: Masks, full: boolean): KeptDecision {
  const { point, allowed, reason, detail, module, data = {}, answer, json } = decision;
  const { input, masked } = maskRecord(decision.input, masks);
  const body = json === undefined || !full ? null : maskJson(json, masks);
  const left = json === undefined ? [] : body === null ? ["json"] : body.masked;
  return {
    point,
    allowed,
    reason: cutText(reason, RECORD_WORD_MAX),
    detail: detail === null ? null : cutText(detail, RECORD_DETAIL_MAX),
    module,
    data,
    input,
    json: body?.text ?? null,
    // No digest of what is masked: of a short secret it would be the secret.
    jsonDigest: json === undefined || body !== null || masks.json.length > 0 ? null : digestOf(json),
    masked: left.length === 0 ? masked : [...masked, ...left],
    answer,
  };
}

/** The largest members first: the head as it is sent, then bodies and fields of the input, of which only the names of what is missing stay. */
function smaller(record: IntentRecord): IntentRecord {
  const lean: IntentRecord = { ...record, sent: null };
  return encodeRecord(lean).length <= ENTRY_BYTES_MAX ? lean : { ...lean, decided: lean.decided.map(withoutTexts) };
}

const LARGE = ["fields", "query", "token", "response", "json"] as const;

function withoutTexts(decision: KeptDecision): KeptDecision {
  const input: { [key: string]: PlainRecord[string] } = { ...decision.input };
  const masked = new Set(decision.masked);
  for (const name of LARGE) {
    if (input[name] === undefined && !(name === "json" && decision.json !== null)) continue;
    delete input[name];
    masked.add(name);
  }
  return { ...decision, input, json: null, masked: [...masked] };
}

/** At most so many UTF-16 units, and no half of a surrogate pair. */
export function cutText(text: string, most: number): string {
  const cut = text.length <= most ? text : text.slice(0, most);
  return isWellFormed(cut) ? cut : cut.replace(/[\ud800-\udfff]/g, "?");
}
