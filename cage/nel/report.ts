// Reports of the network as browsers send them: a list of reports, of which those of type `network-error` are read. They come from anybody,
// so everything is bounded and nothing is believed. Source: W3C Network Error Logging, section 6; Reporting API, section 2.4.
import { fromUtf8 } from "../../core/index.ts";
import { formatIp, parseIp } from "../../vm/index.ts";
import {
  NEL_TYPE_LENGTH_MAX,
  NEL_URL_LENGTH_MAX,
  NEL_WORD_LENGTH_MAX,
  REPORT_AGE_MS_MAX,
  REPORTS_MAX,
} from "../limits.ts";
import { readTarget } from "../message/target.ts";

export type Phase = "dns" | "connection" | "application";

export interface NelReport {
  readonly scheme: "http" | "https";
  readonly host: string;
  readonly port: number;
  /** Path and query are not told of what failed before there was a request. */
  readonly path: string | null;
  readonly query: string | null;
  readonly phase: Phase;
  /** `ok`, `dns.address_changed`, `tls.cert.name_invalid` … */
  readonly type: string;
  /** Milliseconds since it was made. */
  readonly ageMs: number;
  readonly elapsedMs: number | null;
  readonly serverIp: string | null;
  readonly protocol: string | null;
  readonly method: string | null;
  readonly status: number | null;
}

/** Why a report is not taken. */
export type ReportProblem = "other-type" | "bad-age" | "bad-url" | "bad-body" | "bad-phase" | "bad-type" | "bad-member";

export interface ReadReports {
  readonly reports: readonly NelReport[];
  readonly dropped: readonly ReportProblem[];
}

/** Null: the body is no list of reports. */
export function readReports(body: Uint8Array): ReadReports | null {
  let list: unknown;
  try {
    list = JSON.parse(fromUtf8(body) ?? "");
  } catch {
    return null;
  }
  if (!Array.isArray(list) || list.length > REPORTS_MAX) return null;
  const reports: NelReport[] = [];
  const dropped: ReportProblem[] = [];
  for (const each of list as unknown[]) {
    const read = readReport(each);
    if (typeof read === "string") dropped.push(read);
    else reports.push(read);
  }
  return { reports, dropped };
}

/** Phases of the types that the standard knows by their first word. */
const PHASE_OF: ReadonlyMap<string, Phase> = new Map([
  ["dns", "dns"],
  ["tcp", "connection"],
  ["tls", "connection"],
  ["http", "application"],
  ["ok", "application"],
]);

function readReport(report: unknown): NelReport | ReportProblem {
  const { type: kind, age, url, body } = recordOf(report);
  if (kind !== "network-error") return "other-type";
  if (!isCount(age, REPORT_AGE_MS_MAX)) return "bad-age";
  const place = placeOf(url);
  if (place === null) return "bad-url";
  if (typeof body !== "object" || body === null) return "bad-body";
  const said = recordOf(body);
  const { phase, type, sampling_fraction, elapsed_time, server_ip, protocol, method, status_code } = said;
  if (phase !== "dns" && phase !== "connection" && phase !== "application") return "bad-phase";
  if (typeof type !== "string" || type.length > NEL_TYPE_LENGTH_MAX || !/^[a-z0-9_]+(?:\.[a-z0-9_]+)*$/.test(type))
    return "bad-type";
  const own = PHASE_OF.get(type.split(".")[0]!);
  if (own !== undefined && own !== phase) return "bad-phase";
  if (sampling_fraction !== undefined && !isShare(sampling_fraction)) return "bad-member";
  const elapsed = optional(elapsed_time, (value) => (isCount(value, REPORT_AGE_MS_MAX) ? value : undefined));
  const ip = optional(server_ip, addressOf);
  const spoken = optional(protocol, (value) => word(value, /^[\x21-\x7e]*$/));
  const verb = optional(method, (value) => word(value, /^[A-Z-]*$/));
  const status = optional(status_code, (value) => (isCount(value, 599) ? value : undefined));
  if (elapsed === undefined || ip === undefined || spoken === undefined || verb === undefined || status === undefined)
    return "bad-member";
  const seen = phase === "application";
  return {
    ...place,
    ...(seen ? {} : { path: null, query: null }),
    phase,
    type,
    ageMs: age,
    elapsedMs: elapsed,
    serverIp: ip === "" ? null : ip,
    protocol: spoken === "" ? null : spoken,
    method: seen && verb !== "" ? verb : null,
    status: seen && status !== 0 ? status : null,
  };
}

function placeOf(url: unknown): Pick<NelReport, "scheme" | "host" | "port" | "path" | "query"> | null {
  if (typeof url !== "string" || url.length > NEL_URL_LENGTH_MAX) return null;
  const target = readTarget(url);
  if ("refused" in target || target.scheme === null || target.authority === null) return null;
  const { host, port } = target.authority;
  return { scheme: target.scheme, host, port, path: target.path, query: target.query };
}

/** Null when it is not there, undefined when it is not what it should be. */
const optional = <T>(value: unknown, read: (value: unknown) => T | undefined): T | null | undefined =>
  value === undefined || value === null ? null : read(value);

function addressOf(value: unknown): string | undefined {
  if (value === "") return "";
  const ip = typeof value === "string" ? parseIp(value) : undefined;
  return ip === undefined ? undefined : formatIp(ip);
}

const word = (value: unknown, pattern: RegExp): string | undefined =>
  typeof value === "string" && value.length <= NEL_WORD_LENGTH_MAX && pattern.test(value) ? value : undefined;

const isCount = (value: unknown, max: number): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 && value <= max;
const isShare = (value: unknown): boolean => typeof value === "number" && value >= 0 && value <= 1;

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};
