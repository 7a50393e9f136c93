// One line an exchange in the common log format, and behind it the exchange, its word and its milliseconds. A query may hold secrets,
// so of it only the `?` is written.
import { type Direction, type Head, originOf } from "../message/head.ts";

export interface AccessLine {
  readonly caller: string;
  readonly at: number;
  readonly method: string;
  /** In the form it came in: absolute, a path, or host and port of a CONNECT; already in its one spelling. */
  readonly target: string;
  readonly status: number | null;
  readonly bytes: number;
  readonly exchange: string;
  readonly ended: string;
  readonly ms: number;
}

const MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const two = (number: number): string => (number < 10 ? `0${number}` : String(number));

let second = -1;
let stamp = "";
/** `28/Nov/2026:05:23:40 +0000`; made once a second. */
function stampOf(ms: number): string {
  const now = Math.floor(ms / 1_000);
  if (now === second) return stamp;
  const date = new Date(now * 1_000);
  second = now;
  stamp = `${two(date.getUTCDate())}/${MONTHS[date.getUTCMonth()]}/${date.getUTCFullYear()}:${two(date.getUTCHours())}:${two(date.getUTCMinutes())}:${two(date.getUTCSeconds())} +0000`;
  return stamp;
}

export const accessLine = ({ caller, at, method, target, status, bytes, exchange, ended, ms }: AccessLine): string =>
  `${caller} - - [${stampOf(at)}] "${method} ${target} HTTP/1.1" ${status ?? "-"} ${bytes} ${exchange} ${ended} ${ms}\n`;

/** What of a head goes into logs, as it came in: no query, no values of fields. */
export function targetOf(head: Head, { kind }: Direction): string {
  const asked = head.query === null ? head.path : `${head.path}?`;
  return kind === "egress" ? `${originOf(head)}${asked}` : asked;
}
