// The head of an upstream's answer as it is handed on: names in small letters, hop-by-hop fields and the cage's own names taken out,
// bytes that a reader downstream could take for a line end refused. Source: RFC 9110 sections 5.5 and 7.6.1.
import { NAME_KNOWN_BYTES_MAX, NAMES_KNOWN_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";

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

/** What a name means here; most of them nothing. */
interface Known {
  readonly name: string;
  readonly role: "kept" | "dropped" | "connection" | "length";
}
/** Names as they were spelled lately: servers send few different ones. Null when it is no token. */
const known = new Map<string, Known | null>();

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
    const field = knownOf(textOf(raw[at]!));
    if (field === null) return null;
    const value = textOf(raw[at + 1]!);
    if (!plain(value)) return null;
    switch (field.role) {
      case "connection":
        away ??= [];
        for (const word of value.split(",")) away.push(word.trim().toLowerCase());
        continue;
      case "dropped":
        continue;
      case "length":
        if (length !== null || !/^\d{1,15}$/.test(value)) return null;
        length = Number(value);
    }
    fields.push([field.name, value]);
  }
  // Nearly always: it names what is dropped anyhow.
  if (away === null || away.every((name) => DROPPED.has(name))) return { fields, length };
  const named = new Set(away);
  // The length and what the body is are for the caller, whatever Connection says.
  return {
    fields: fields.filter(([name]) => !named.has(name) || name === "content-length" || name === "content-type"),
    length,
  };
}

const textOf = (bytes: Buffer): string => bytes.toString("latin1");

function knownOf(raw: string): Known | null {
  let found = known.get(raw);
  if (found !== undefined) return found;
  const name = raw.toLowerCase();
  found = /^[!#$%&'*+.^_`|~0-9a-z-]+$/.test(name) ? { name, role: roleOf(name) } : null;
  if (known.size < NAMES_KNOWN_MAX && raw.length <= NAME_KNOWN_BYTES_MAX) known.set(raw, found);
  return found;
}

function roleOf(name: string): Known["role"] {
  if (name === "connection") return "connection";
  if (DROPPED.has(name) || name.startsWith("cage-")) return "dropped";
  return name === "content-length" ? "length" : "kept";
}

function plain(value: string): boolean {
  for (let at = 0; at < value.length; at++) {
    const code = value.charCodeAt(at);
    if ((code < 0x20 && code !== 0x09) || code === 0x7f) return false;
  }
  return true;
}
