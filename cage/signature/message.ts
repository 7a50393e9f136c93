// A message as a signature sees it: what RFC 9421 derives from, no more.
import type { Field } from "../message/fields.ts";
import { type Head, hostField, originForm, readHead } from "../message/head.ts";
import type { Refused } from "../message/refusals.ts";
import type { Scheme } from "../message/target.ts";
import type { StructuredType } from "./structured.ts";

interface Fielded {
  /** Names in small letters, in the order they stand. */
  readonly fields: readonly Field[];
  readonly trailers?: readonly Field[];
  /** Types of its structured fields that are not in the table of `base.ts`, for `;sf`. */
  readonly structured?: Readonly<Record<string, StructuredType>>;
}

export interface RequestMessage extends Fielded {
  readonly kind: "request";
  readonly method: string;
  readonly scheme: Scheme;
  /** In small letters, without the port of the scheme. */
  readonly authority: string;
  /** As sent in the first line. */
  readonly target: string;
  readonly path: string;
  /** Behind the `?`; null when there is none. */
  readonly query: string | null;
}

export interface ResponseMessage extends Fielded {
  readonly kind: "response";
  readonly status: number;
  /** What it answers, for components with `;req`; null when that is not known. */
  readonly request: RequestMessage | null;
}

export type Message = RequestMessage | ResponseMessage;

/** The message of a head as the cage reads it. `target`: as sent, when it is not a path. */
export function messageOf(head: Head, target: string = originForm(head)): RequestMessage {
  const length: Field[] = head.body.kind === "length" ? [["content-length", String(head.body.bytes)]] : [];
  return {
    kind: "request",
    method: head.method,
    scheme: head.scheme,
    authority: hostField(head),
    target,
    path: head.path,
    query: head.query,
    fields: [["host", hostField(head)], ...head.fields, ...length],
  };
}

/** What Node's server gives of a request. */
export interface ServerRequest {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly httpVersion: string;
  readonly rawHeaders: readonly string[];
}

/** The message of a request to a server, read as strictly as the cage reads. `scheme`: as the client knows it. */
export function readRequest(request: ServerRequest, scheme: Scheme): RequestMessage | Refused {
  const { method = "", url = "", httpVersion, rawHeaders } = request;
  const head = readHead({ method, target: url, version: httpVersion, fields: rawHeaders }, { kind: "ingress", scheme });
  return "refused" in head ? head : messageOf(head);
}
