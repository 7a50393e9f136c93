// Answers the cage gives itself: problem documents (RFC 9457) with the field `cage-decision`, made in one way for every reason, so that a
// caller cannot tell a host no rule knows from one that a rule denies.
import type { Field } from "../message/fields.ts";
import type { PlainRecord, RecordId } from "../point.ts";
import { meaningOf } from "./words.ts";

/** What a caller is told of a denial: of the proxy, the policy, or, in full, of an obligation. */
export interface Denial {
  readonly reason: string;
  /** For log and record, not for the caller. */
  readonly detail: string | null;
  /** That of the word when left out. */
  readonly status?: number | undefined;
  readonly fields?: readonly Field[] | undefined;
  readonly more?: PlainRecord | undefined;
}

export interface Answer {
  readonly status: number;
  /** Names and values in turn. */
  readonly fields: string[];
  readonly body: Buffer;
}

export function answerOf(
  { reason, status, fields = [], more }: Denial,
  {
    exchange,
    record,
    rules,
  }: { readonly exchange: string; readonly record?: RecordId | null; readonly rules?: readonly string[] | null },
): Answer {
  const [usual, meaning] = meaningOf(reason);
  const body = Buffer.from(
    JSON.stringify({
      type: `urn:writ:cage:${reason}`,
      title: meaning,
      status: status ?? usual,
      code: reason,
      exchange,
      ...(record === undefined || record === null ? {} : { receipt: record.leaf }),
      ...(rules === undefined || rules === null ? {} : { rules }),
      ...more,
    }),
  );
  return {
    status: status ?? usual,
    fields: [
      "content-type",
      "application/problem+json",
      "content-length",
      String(body.length),
      "cache-control",
      "no-store",
      "cage-decision",
      decisionField("deny", { exchange, reason, record: record ?? null }),
      ...fields.flat(),
    ],
    body,
  };
}

/** As a structured field: a token with parameters. */
export const decisionField = (
  word: "allow" | "deny",
  {
    exchange,
    reason,
    record,
  }: { readonly exchange: string; readonly reason?: string; readonly record: RecordId | null },
): string =>
  `${word};exchange="${exchange}"${reason === undefined ? "" : `;reason=${reason}`}${record === null ? "" : `;receipt="${record.leaf}"`}`;

/** The whole answer as bytes, for a connection whose parser has given up. */
export function rawAnswer({ status, fields, body }: Answer, reasonPhrase: string): Buffer {
  let head = `HTTP/1.1 ${status} ${reasonPhrase}\r\n`;
  for (let at = 0; at < fields.length; at += 2) head += `${fields[at]}: ${fields[at + 1]}\r\n`;
  return Buffer.concat([Buffer.from(`${head}connection: close\r\n\r\n`, "latin1"), body]);
}
