// The head of an upstream's answer as it is handed on: names in small letters, hop-by-hop fields and the cage's own names taken out,
// bytes that a reader downstream could take for a line end refused. Source: RFC 9110 sections 5.5 and 7.6.1.
import type { Field } from "../message/fields.ts";

const NAMES = new Map<string, string>();
const DROPPED = new Set([
  "connection",
  "keep-alive",
  "proxy-connection",
  "proxy-authenticate",
  "proxy-authentication-info",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

export interface AnswerHead {
  readonly fields: readonly Field[];
  /** Of the field Content-Length; null when there is none. */
  readonly length: number | null;
}

/** `raw`: names and values in turn. Null when the head is none that can be handed on. */
export function readAnswerHead(raw: readonly Buffer[]): AnswerHead | null {
  const fields: Field[] = [];
  let away: string[] | null = null;
  let length: number | null = null;
  for (let at = 0; at + 1 < raw.length; at += 2) {
    const name = nameOf(raw[at]!.toString("latin1"));
    if (name === null) return null;
    const value = raw[at + 1]!.toString("latin1");
    if (!plain(value)) return null;
    if (name === "connection")
      away = [...(away ?? []), ...value.split(",").map((word: string) => word.trim().toLowerCase())];
    if (DROPPED.has(name) || name.startsWith("cage-")) continue;
    if (name === "content-length") {
      if (length !== null || !/^\d{1,15}$/.test(value)) return null;
      length = Number(value);
    }
    fields.push([name, value]);
  }
  if (away === null) return { fields, length };
  const named = new Set(away);
  // The length and what the body is are for the caller, whatever Connection says.
  return {
    fields: fields.filter(([name]) => !named.has(name) || name === "content-length" || name === "content-type"),
    length,
  };
}

/** The name in small letters; null when it is no token. The few that servers send are remembered. */
function nameOf(raw: string): string | null {
  const known = NAMES.get(raw);
  if (known !== undefined) return known;
  if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(raw)) return null;
  const name = raw.toLowerCase();
  if (NAMES.size < 256 && raw.length < 64) NAMES.set(raw, name);
  return name;
}

function plain(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}
