// The exchanges of the last minutes, as reports are compared with them: what a browser reports and nobody here has seen may have been answered
// by somebody else. Bounded: the oldest is forgotten first, and a report about a time that is forgotten is compared with nothing.
import { NEL_SLACK_MS, SEEN_MAX } from "../limits.ts";
import type { Facts, Gate, RecordId } from "../point.ts";
import type { NelReport } from "./report.ts";

export interface SeenExchange {
  /** Milliseconds since 1970. */
  readonly at: number;
  readonly host: string;
  readonly port: number;
  readonly method: string | null;
  readonly path: string | null;
  /** Leaf hash of its intent. */
  readonly record: string;
}

export class Seen {
  readonly #max: number;
  readonly #ring: SeenExchange[] = [];
  #next = 0;

  constructor(max: number = SEEN_MAX) {
    this.#max = max;
  }

  add(exchange: SeenExchange): void {
    this.#ring[this.#next] = exchange;
    this.#next = (this.#next + 1) % this.#max;
  }

  /** The latest exchange that the report may be about. `addresses`: those by which callers reach us; a report that names another one is about
   *  another server. Empty: not known. */
  match(report: NelReport, nowMs: number, addresses: ReadonlySet<string>): SeenExchange | null {
    if (report.serverIp !== null && addresses.size > 0 && !addresses.has(report.serverIp)) return null;
    const end = nowMs - report.ageMs;
    const begin = end - (report.elapsedMs ?? 0) - NEL_SLACK_MS;
    let found: SeenExchange | null = null;
    for (const each of this.#ring) {
      if (each.at < begin || each.at > end + NEL_SLACK_MS) continue;
      if (each.host !== report.host || each.port !== report.port) continue;
      if (report.method !== null && each.method !== report.method) continue;
      if (report.path !== null && each.path !== report.path) continue;
      if (found === null || each.at > found.at) found = each;
    }
    return found;
  }

  /** Whether it has ever seen the host, as far as it remembers. */
  knows(host: string): boolean {
    return this.#ring.some((each) => each.host === host);
  }
}

/** A gate whose recorded intents of callers from outside are remembered. */
export function observing(gate: Gate, seen: Seen, now: () => number): Gate {
  const remember = (facts: Facts, { leaf }: RecordId): void => {
    if (facts.direction !== "ingress") return;
    const { host, port, method = null, path = null } = facts;
    seen.add({ at: now(), host, port, method, path, record: leaf });
  };
  return {
    asks: (point) => gate.asks(point),
    mayAllow: (point, facts) => gate.mayAllow?.(point, facts) ?? true,
    ask: (point, facts) => gate.ask(point, facts),
    intent: (decided, facts, done) =>
      gate.intent(decided, facts, (error, record) => {
        if (record !== null) remember(facts, record);
        done(error, record);
      }),
    complete: (intent, outcome, done) => gate.complete(intent, outcome, done),
    note: (kind, body) => gate.note(kind, body),
  };
}
