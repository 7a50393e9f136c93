// A gate on a ledger in memory, and the policies and facts that the tests of this folder use.

import { CageGate, type GateOptions } from "../../../../cage/gate.ts";
import type {
  Decision,
  Facts,
  Gate,
  ObligationKind,
  ObligationKinds,
  ObligationName,
  Outcome,
  Point,
  RecordId,
} from "../../../../cage/point.ts";
import { recorded } from "../../../../cage/recorded.ts";
import { CageLedger } from "../../../../cage/records/ledger.ts";
import { compile } from "../../../../compiler/index.ts";
import { newKey } from "../../../../court-node/keys.ts";
import { hasErrors } from "../../../../lang/index.ts";
import { MemoryLock, MemoryStorage } from "../../../../ledger/index.ts";
import { type OpenedPolicy, openPolicy } from "../../../../policy/index.ts";
import type { LoadedFrom } from "../../../../policy/running.ts";

export const OUTGOING = `policy: outgoing
on: http.request
secrets: [fields.x-token, query.key]
rules:
  - allow: calls to the API
    id: api
    match: {host: api.example, method: [GET, POST], path: {under: /v1}}
    then: {receipt: digest, rate_limit: {rate: 50/s}}
  - allow: uploads, kept whole
    id: uploads
    match: {host: files.example, method: PUT}
    then: {receipt: full, redact: {json: [/card/number]}}
  - deny: cards stay inside
    id: cards
    match: {at: body, json: {card: {cvc: {present: true}}}}
  - deny: large answers
    id: large
    match: {at: response, response: {size: {min: 10 MiB}}}
  - deny: posts, from Monday
    id: posts
    shadow: true
    match: {method: POST}
`;

export function opened(text: string): OpenedPolicy {
  const { value, diagnostics } = compile({ name: "policy.yaml", text });
  if (value === null || hasErrors(diagnostics))
    throw new Error(JSON.stringify(diagnostics.map(({ message }) => message)));
  return openPolicy(value, { tier: "code" });
}

export const loaded = (text: string): LoadedFrom => ({ policy: opened(text), bundle: null });

const POINTS: ReadonlySet<Point> = new Set(["connect", "request", "body", "response", "report"]);
const kind = (name: ObligationName, more: Partial<ObligationKind> = {}): [string, ObligationKind] => [
  name,
  { name, points: POINTS, several: false, refuses: () => null, ...more },
];
export const KINDS: ObligationKinds = new Map([
  kind("receipt", { several: true }),
  kind("redact", { several: true }),
  kind("rate_limit"),
  kind("route"),
  kind("sign", { refuses: (args) => (JSON.stringify(args).includes("lost") ? "there is no such key" : null) }),
  kind("verify_response"),
  kind("step_up", { points: new Set(["request", "body"]) }),
]);

export const FACTS: Facts = {
  exchange: "ex-1",
  direction: "egress",
  visibility: "full",
  scheme: "https",
  host: "api.example",
  port: 443,
  method: "GET",
  path: "/v1/things",
  query: "a=1&key=hidden",
  fields: [
    ["accept", "text/plain"],
    ["accept", "text/html"],
    ["authorization", "Bearer s3cret"],
    ["x-token", "t0ken"],
  ],
  caller: { address: "127.0.0.1", uid: 1000 },
  dialled: { ip: "192.0.2.7", class: "global" },
  addresses: [{ ip: "192.0.2.7", class: "global" }],
};

export const NOW = Date.parse("2026-03-01T09:00:00.250Z");
export const key = newKey();

export interface Made {
  readonly gate: CageGate;
  readonly ledger: CageLedger;
  readonly storage: MemoryStorage;
  readonly kept: string[];
}

export async function gateOn(
  text: string,
  {
    storage = new MemoryStorage(),
    ...options
  }: { readonly storage?: MemoryStorage } & Partial<Omit<GateOptions, "ledger" | "store">> = {},
): Promise<Made> {
  const ledger = await ledgerOn(storage);
  const kept: string[] = [];
  const gate = await CageGate.start(
    {
      ledger,
      kinds: KINDS,
      now: () => NOW,
      store: { keep: ({ module }) => void kept.push(module.name) },
      ...options,
    },
    loaded(text),
  );
  return { gate, ledger, storage, kept };
}

const locks = new WeakMap<MemoryStorage, MemoryLock>();

/** A store keeps its lock, as a folder does. */
export function ledgerOn(storage: MemoryStorage): Promise<CageLedger> {
  const lock = locks.get(storage) ?? new MemoryLock();
  locks.set(storage, lock);
  return CageLedger.on(storage, { key, origin: "localhost/cage", lock });
}

/** The records of an exchange, waited for. */
export const intended = (gate: Gate, decided: Decision | readonly Decision[], facts: Facts): Promise<RecordId> =>
  recorded((done) => gate.intent(decided, facts, done));
export const completed = (gate: Gate, intent: RecordId, outcome: Outcome): Promise<RecordId> =>
  recorded((done) => gate.complete(intent, outcome, done));
