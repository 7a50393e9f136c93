// What a ledger of a cage says of traffic that went through: one observation for each request that was answered, or tunnel that was opened.

import type { PlainRecord, PlainValue } from "../point.ts";
import type { CageRecord, IntentRecord } from "../records/record.ts";

export interface Observation {
  readonly kind: "request" | "tunnel";
  readonly direction: "egress" | "ingress";
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** Of a request. */
  readonly method: string;
  readonly path: string;
  /** Names in its query. */
  readonly query: readonly string[];
  /** Bytes of the answer's body; null: not known. */
  readonly answerBytes: number | null;
  /** Class of the address that was dialled; null: none was, or it is not known. */
  readonly class: string | null;
  /** Where a rule sent it; null: to its own host. */
  readonly route: { readonly to: string; readonly tls: string | null } | null;
}

/** Of records with their indexes, in any order. What was denied, or never answered, is not needed by anybody. */
export function observationsOf(
  entries: Iterable<{ readonly index: number; readonly record: CageRecord }>,
): Observation[] {
  const intents = new Map<number, IntentRecord>();
  const ends: (CageRecord & { readonly kind: "completion" })[] = [];
  for (const { index, record } of entries) {
    if (record.kind === "intent") intents.set(index, record);
    if (record.kind === "completion") ends.push(record);
  }
  return ends.flatMap(({ intent: index, ended, response, dialled }) => {
    const intent = intents.get(index);
    if (intent === undefined || (ended !== "answered" && ended !== "closed")) return [];
    const seen = observationOf(intent);
    if (seen === null) return [];
    return [{ ...seen, answerBytes: response?.size ?? null, class: dialled?.class ?? seen.class }];
  });
}

function observationOf({ decided }: IntentRecord): Observation | null {
  const last = decided.at(-1);
  if (last?.allowed !== true) return null;
  const { direction, scheme, host, port, method, path, query, dialled } = last.input;
  if ((direction !== "egress" && direction !== "ingress") || (scheme !== "http" && scheme !== "https")) return null;
  if (typeof host !== "string" || typeof port !== "number") return null;
  const kind = last.point === "connect" ? "tunnel" : "request";
  if (kind === "request" && (typeof method !== "string" || typeof path !== "string")) return null;
  const classed = recordOf(dialled)["class"];
  return {
    kind,
    direction,
    scheme,
    host,
    port,
    method: typeof method === "string" ? method : "",
    path: typeof path === "string" ? path : "",
    query: Object.keys(recordOf(query)).sort(),
    answerBytes: null,
    class: typeof classed === "string" ? classed : null,
    route: routeOf(decided.flatMap(({ answer }) => answer?.obligations ?? [])),
  };
}

function routeOf(obligations: readonly { readonly name: string; readonly args: PlainValue }[]): Observation["route"] {
  const { to, tls } = recordOf(obligations.find(({ name }) => name === "route")?.args);
  return typeof to === "string" ? { to, tls: typeof tls === "string" ? tls : null } : null;
}

const recordOf = (value: PlainValue | undefined): PlainRecord =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as PlainRecord) : {};
