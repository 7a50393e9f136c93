// Why a message is refused before any policy sees it: one word each, with the status it is answered by. The word is in the record
// and in the answer, so it is part of the format.

export const REFUSALS = {
  "bad-version": [505, "only HTTP/1.1 is spoken"],
  "bad-method": [400, "the method is no token in capitals"],
  "bad-target": [400, "the target is neither a path nor an absolute http or https URL"],
  "target-too-long": [414, "the target is too long"],
  "too-many-fields": [431, "the head has too many fields"],
  fragment: [400, "a target has no fragment"],
  userinfo: [400, "a target has no user and password"],
  "bad-host": [400, "the host is no name and no address in its one spelling"],
  "no-host": [400, "the request names no host"],
  "two-hosts": [400, "the request names its host more than once"],
  "host-differs": [400, "the target and the field Host name different hosts"],
  "path-bytes": [400, "the path holds bytes that are written in more than one way"],
  "dot-segment": [400, "the path holds a segment `.` or `..`"],
  "empty-segment": [400, "the path holds an empty segment"],
  "encoded-separator": [400, "the path hides a separator, a backslash or a zero byte in an escape"],
  "double-encoding": [400, "the path holds an escape inside an escape"],
  "path-parameter": [400, "the path holds a `;`, which some servers cut at"],
  "bad-query": [400, "the query holds bytes that belong into an escape"],
  "field-name": [400, "a field name holds other bytes than letters, digits and hyphens"],
  "field-value": [400, "a field value holds control bytes"],
  "transfer-encoding": [400, "the transfer coding is not exactly `chunked`"],
  "two-lengths": [400, "the request says its length in two ways"],
  "bad-length": [400, "the length is no plain number"],
  "connection-names-protected": [400, "the field Connection names a field that it must not remove"],
  expectation: [417, "the only expectation that is met is `100-continue`"],
  upgrade: [501, "no other protocol is spoken"],
  "connect-target": [400, "CONNECT takes a host and a port"],
} as const satisfies Readonly<Record<string, readonly [status: number, meaning: string]>>;

export type RefusalWord = keyof typeof REFUSALS;

export interface Refused {
  readonly refused: RefusalWord;
  /** Lower-case line for people; may hold what came, cut and made visible. */
  readonly detail: string;
}

export const refuse = (refused: RefusalWord, detail = REFUSALS[refused][1] as string): Refused => ({ refused, detail });
