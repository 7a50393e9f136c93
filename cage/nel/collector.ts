// Where browsers send their reports. A report is a hint from anybody: it is bounded, counted, compared with what was seen, and may become a record of
// an anomaly. It never changes a decision: the gate is asked about the report itself and told of anomalies, nothing else.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { formatIp, parseIp } from "../../vm/index.ts";
import {
  ADMIN_TIMEOUT_MS,
  COLLECTOR_CONNECTIONS_MAX,
  REPORT_BODY_BYTES_MAX,
  REPORTS_PER_MINUTE,
  REPORTS_PER_MINUTE_OF_ONE,
} from "../limits.ts";
import { keyOf } from "../obligations/rate-limit.ts";
import { RateLimits } from "../obligations/rate-limits.ts";
import type { Facts, Gate, PlainRecord } from "../point.ts";
import { type NelReport, type ReportProblem, readReports } from "./report.ts";
import type { Seen } from "./seen.ts";

export interface CollectorOptions {
  readonly gate: Pick<Gate, "asks" | "ask" | "note">;
  readonly seen: Seen;
  /** Addresses by which browsers reach the cage, or what stands before it; empty: not known. */
  readonly addresses: readonly string[];
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Ids for `Facts.exchange`. */
  readonly nextId: () => string;
  /** Told of each report that was read, for metrics. */
  readonly counted?: (outcome: CountedReport) => void;
}

export type CountedReport = "taken" | "denied" | "anomaly" | "rate-limited" | ReportProblem;

export interface Taken {
  readonly status: 204 | 400 | 429;
  readonly outcomes: readonly CountedReport[];
}

export class Collector {
  readonly #options: CollectorOptions;
  readonly #addresses: ReadonlySet<string>;
  readonly #rates = new RateLimits();

  constructor(options: CollectorOptions) {
    this.#options = options;
    this.#addresses = new Set(options.addresses.flatMap((text) => formatOf(text) ?? []));
  }

  /** Takes the body of one upload. Never rejects. */
  async take(body: Uint8Array, from: string | null): Promise<Taken> {
    if (!this.#mayCome(from)) return this.#counted(429, ["rate-limited"]);
    const read = readReports(body);
    if (read === null) return this.#counted(400, []);
    const outcomes: CountedReport[] = [...read.dropped];
    for (const report of read.reports) outcomes.push(await this.#report(report, from));
    return this.#counted(204, outcomes);
  }

  /** One token of all, and one of the network it came from. */
  #mayCome(from: string | null): boolean {
    const minute = (count: number) => ({ count, periodMs: 60_000, burst: count });
    const now = this.#options.now();
    const key = keyOf(["from"], { from });
    const own = this.#rates.take("one", minute(REPORTS_PER_MINUTE_OF_ONE), key, now);
    return own?.passed === true && this.#rates.take("all", minute(REPORTS_PER_MINUTE), "", now)?.passed === true;
  }

  async #report(report: NelReport, from: string | null): Promise<CountedReport> {
    const { gate, seen, now, nextId } = this.#options;
    const match = seen.match(report, now(), this.#addresses);
    const facts = factsOf(report, { exchange: nextId(), from, matched: match !== null });
    // A policy without a rule for reports takes none.
    if (!gate.asks("report") || !gate.ask("report", facts).allowed) return "denied";
    if (!isSuspicious(report, match !== null, this.#addresses)) return "taken";
    try {
      await gate.note("anomaly", {
        word: "nel-man-in-the-middle",
        ...(facts.report as PlainRecord),
        host: report.host,
        port: report.port,
        known: seen.knows(report.host),
        ...(from === null ? {} : { from }),
      });
    } catch {
      // The ledger is down: a report is no reason to fail.
    }
    return "anomaly";
  }

  #counted(status: Taken["status"], outcomes: readonly CountedReport[]): Taken {
    for (const outcome of outcomes) this.#options.counted?.(outcome);
    return { status, outcomes };
  }
}

/** Another address answered for us, or somebody's certificate did not fit, and nothing here was asked at that time. An address of ours is
 *  how browsers report a failure of one of several. */
function isSuspicious({ type, serverIp }: NelReport, matched: boolean, addresses: ReadonlySet<string>): boolean {
  if (matched) return false;
  if (type === "dns.address_changed") return serverIp === null || !addresses.has(serverIp);
  return type.startsWith("tls.");
}

function factsOf(
  report: NelReport,
  { exchange, from, matched }: { readonly exchange: string; readonly from: string | null; readonly matched: boolean },
): Facts {
  const { scheme, host, port, method, path, query, phase, type, serverIp, protocol, ageMs, elapsedMs } = report;
  const said: PlainRecord = {
    type,
    phase,
    ...(serverIp === null ? {} : { server_ip: serverIp }),
    ...(protocol === null ? {} : { protocol }),
    age: `${ageMs} ms`,
    ...(elapsedMs === null ? {} : { elapsed: `${elapsedMs} ms` }),
    matched,
  };
  return {
    exchange,
    direction: "ingress",
    visibility: "full",
    scheme,
    host,
    port,
    ...(method === null ? {} : { method }),
    ...(path === null ? {} : { path, query }),
    ...(from === null ? {} : { caller: { address: from } }),
    report: said,
  };
}

function formatOf(text: string): string | null {
  const ip = parseIp(text);
  return ip === undefined ? null : formatIp(ip);
}

// ── Over HTTP ─────────────────────────────────────────────────────────────────────────────────────────────────────────

const CORS = {
  "access-control-allow-origin": "*",
  "access-control-allow-methods": "POST",
  "access-control-allow-headers": "content-type",
  "access-control-max-age": "86400",
};

/** A server that takes reports at every path. Not listening yet. */
export function collectorServer(collector: Collector): Server {
  const server = createServer(
    { requestTimeout: ADMIN_TIMEOUT_MS, headersTimeout: ADMIN_TIMEOUT_MS },
    (request, response) => {
      answer(request, collector).then(
        (status) => end(response, status),
        () => end(response, 500),
      );
    },
  );
  server.maxConnections = COLLECTOR_CONNECTIONS_MAX;
  return server;
}

function end(response: ServerResponse, status: number): void {
  response.writeHead(status, {
    ...CORS,
    "cache-control": "no-store",
    ...(status >= 400 ? { connection: "close" } : {}),
  });
  response.end();
}

async function answer(request: IncomingMessage, collector: Collector): Promise<number> {
  // Browsers ask before they send reports to another origin.
  if (request.method === "OPTIONS") return 204;
  if (request.method !== "POST") return 405;
  if (!/^application\/reports\+json(?:$|;)/.test(request.headers["content-type"] ?? "")) return 415;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request as AsyncIterable<Buffer>) {
    size += part.length;
    if (size > REPORT_BODY_BYTES_MAX) return 413;
    parts.push(part);
  }
  const { remoteAddress = "" } = request.socket;
  const taken = await collector.take(Buffer.concat(parts), formatOf(remoteAddress));
  return taken.status;
}
