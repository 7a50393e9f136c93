// The stored attacks, and what is needed to run one: its bytes, an upstream that remembers, and what came of it.
import { readFileSync } from "node:fs";

export interface Expected {
  /** Of the answer; for the caller. */
  readonly status?: number;
  /** The reason, in the answer and in the record; several where parsers differ on which of two faults comes first. */
  readonly word?: string | readonly string[];
  /** Requests that reach the upstream. */
  readonly reaches?: number;
  readonly closes?: boolean;
  /** Target that reaches the upstream. */
  readonly forwarded?: string;
  /** Fields that must not reach it, and those that must. */
  readonly absent?: readonly string[];
  readonly present?: Readonly<Record<string, string>>;
}

export interface AttackCase {
  readonly id: string;
  readonly attack: string;
  readonly what: string;
  readonly direction?: "ingress";
  readonly send?: string;
  /** Of ssrf.json: the host, or the whole target; names that resolve. */
  readonly host?: string;
  readonly target?: string;
  readonly names?: Readonly<Record<string, readonly string[]>>;
  readonly expect: Expected;
}

export interface AttackRow {
  readonly id: string;
  readonly attack: string;
  readonly expected: string;
  /** Files that try it. */
  readonly tests?: readonly string[];
  /** Why nothing tries it, or what of it. */
  readonly open?: string;
}

const read = (file: string) =>
  JSON.parse(readFileSync(new URL(`../vectors/cage-attacks/${file}`, import.meta.url), "utf8"));

export const ATTACKS = read("attacks.json").attacks as readonly AttackRow[];
export const CASES = read("attacks.json").cases as readonly AttackCase[];
export const SMUGGLING = read("smuggling.json").cases as readonly AttackCase[];
export const SSRF = read("ssrf.json").cases as readonly AttackCase[];

/** The bytes of a case, as Latin-1, for an upstream at a port. */
export function bytesOf({ send, host, target }: AttackCase, port: number): string {
  const upstream = `127.0.0.1:${port}`;
  const smuggled = `GET http://${upstream}/smuggled HTTP/1.1\r\nHost: ${upstream}\r\n\r\n`;
  const authority = target === undefined ? `${host}:${port}` : "{host}";
  return (send ?? `GET ${target ?? `http://${authority}/`} HTTP/1.1\r\nHost: ${authority}\r\nConnection: close\r\n\r\n`)
    .replaceAll("{host}", upstream)
    .replaceAll("{smuggledLength}", String(smuggled.length))
    .replace(/\{fields:(\d+)\}/g, (_, count) =>
      Array.from({ length: Number(count) }, (_, at) => `x-${at}: a\r\n`).join(""),
    )
    .replace(/\{(\d+)\}/g, (_, count) => "a".repeat(Number(count)));
}
