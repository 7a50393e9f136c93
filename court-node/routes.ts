// Every address of the court, once: the server registers them, the OpenAPI document and the page /docs are made from them.
import {
  ACTION_BODY_BYTES_MAX,
  BATCH_ACTIONS_MAX,
  BATCH_BODY_BYTES_MAX,
  BODY_BYTES_MAX,
  PAGE_ENTRIES_MAX,
} from "./limits.ts";
import { ACTION_KINDS, ACTION_VERSION } from "./protocol/action.ts";
import {
  ACTION_BYTES_MAX,
  DID_LENGTH_MAX,
  ENVELOPE_BYTES_MAX,
  NAME_LENGTH_MAX,
  ORIGIN_LENGTH_MAX,
  TOGETHER_MAX,
  TOGETHER_PATH_MAX,
  VALUES_MAX,
} from "./protocol/limits.ts";
import type { ProblemCode } from "./protocol/problem.ts";

/** A JSON Schema (2020-12, the part ajv and OpenAPI 3.1 share). */
export type Schema = { readonly [key: string]: unknown };

export interface Route {
  readonly name: string;
  readonly method: "GET" | "POST";
  /** With `{parameters}`. */
  readonly path: string;
  readonly summary: string;
  readonly parameters?: readonly Parameter[];
  readonly body?: { readonly schema: Schema; readonly bytesMax: number; readonly cbor: string };
  readonly answers: Readonly<
    Record<number, { readonly description: string; readonly type: string; readonly schema?: Schema }>
  >;
  readonly problems: readonly ProblemCode[];
}
export interface Parameter {
  readonly name: string;
  readonly in: "path" | "query" | "header";
  readonly description: string;
  readonly schema: Schema;
}

const text = (maxLength: number): Schema => ({ type: "string", maxLength });
const HEX_ID: Schema = { type: "string", pattern: "^[0-9a-f]{64}$" };
const COUNT: Schema = { type: "integer", minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
const object = (required: readonly string[], properties: Readonly<Record<string, Schema>>): Schema => ({
  type: "object",
  additionalProperties: false,
  required,
  properties,
});
const nullable = (schema: Schema): Schema => ({ anyOf: [{ type: "null" }, schema] });
const base64 = (bytesMax: number): Schema => ({
  type: "string",
  pattern: "^[A-Za-z0-9+/]*={0,2}$",
  maxLength: Math.ceil(bytesMax / 3) * 4,
});

const SIGNATURE: Schema = { type: "string", pattern: "^[0-9a-f]{128}$" };
export const ACTION_SCHEMA: Schema = object(["version", "origin", "kind", "author", "nonce", "deadline", "signature"], {
  version: { const: ACTION_VERSION },
  origin: { ...text(ORIGIN_LENGTH_MAX), minLength: 1 },
  kind: { enum: ACTION_KINDS },
  agreement: nullable(HEX_ID),
  name: text(NAME_LENGTH_MAX),
  inputs: { ...text(ACTION_BYTES_MAX), description: "JSON text: its tokens are signed and kept" },
  value: nullable({
    type: "array",
    minItems: 1,
    maxItems: VALUES_MAX,
    items: object(["asset", "amount"], {
      asset: { ...text(NAME_LENGTH_MAX), minLength: 1 },
      amount: { type: "string", pattern: "^(0|[1-9][0-9]{0,33})(\\.[0-9]{1,33})?$" },
    }),
  }),
  for: nullable(text(NAME_LENGTH_MAX)),
  author: { ...text(DID_LENGTH_MAX), pattern: "^did:key:z" },
  nonce: { type: "string", pattern: "^[0-9a-f]{32}$" },
  deadline: COUNT,
  signature: SIGNATURE,
  together: nullable(
    object(["index", "size", "path"], {
      index: { type: "integer", minimum: 0, maximum: TOGETHER_MAX - 1 },
      size: { type: "integer", minimum: 2, maximum: TOGETHER_MAX },
      path: { type: "array", maxItems: TOGETHER_PATH_MAX, items: HEX_ID },
    }),
  ),
  rail: nullable(object(["did", "signature"], { did: text(DID_LENGTH_MAX), signature: SIGNATURE })),
});
const RECEIPT_ANSWER: Schema = object(["seq", "id", "cbor", "view"], {
  seq: COUNT,
  id: HEX_ID,
  cbor: { type: "string", description: "the receipt's bytes, base64" },
  view: { type: "object" },
});
const STATUS: Schema = { enum: ["accepted", "refused", "fault", "more"] };
const ANSWER: Schema = object(["status", "repeated", "receipts"], {
  status: STATUS,
  repeated: { type: "boolean" },
  receipts: { type: "array", items: RECEIPT_ANSWER },
});
const BATCH_ANSWER: Schema = object(["answers"], {
  answers: {
    type: "array",
    items: {
      oneOf: [
        object(["status", "repeated", "receipts"], {
          status: STATUS,
          repeated: { type: "boolean" },
          receipts: { type: "array", items: object(["seq", "id"], { seq: COUNT, id: HEX_ID }) },
        }),
        object(["problem"], { problem: { type: "object" } }),
      ],
    },
  },
});

const json = (description: string, schema: Schema = { type: "object" }) => ({
  description,
  type: "application/json",
  schema,
});
const path = (name: string, description: string, schema: Schema): Parameter => ({
  name,
  in: "path",
  description,
  schema,
});
const LIMIT: Parameter = {
  name: "limit",
  in: "query",
  description: "entries of the page",
  schema: { type: "integer", minimum: 1, maximum: PAGE_ENTRIES_MAX },
};
const AFTER: Parameter = { name: "after", in: "query", description: "id after which the page starts", schema: HEX_ID };
const FROM: Parameter = { name: "from", in: "query", description: "first of the page", schema: COUNT };
const ID = path("id", "64 hex digits", HEX_ID);
const SEQ = path("seq", "index in the log", COUNT);

const ENVELOPE: readonly ProblemCode[] = [
  "malformed",
  "too-large",
  "wrong-origin",
  "wrong-signature",
  "wrong-rail-signature",
  "late-deadline",
  "deadline-too-far",
  "nonce-used",
  "read-only",
  "overloaded",
  "shutting-down",
];
const EVENT: readonly ProblemCode[] = ["unknown-agreement", "unknown-party", "rail-required", "refused", "halted"];
const OFFER: readonly ProblemCode[] = ["unknown-module", "not-admitted", "bad-offer"];

export const ROUTES = [
  {
    name: "act",
    method: "POST",
    path: "/actions",
    summary:
      "Send a signed action: offer, sign, act, pay, use, withdraw. Answers after its receipt is durable; the same action again gives the same receipts.",
    body: { schema: ACTION_SCHEMA, bytesMax: ACTION_BODY_BYTES_MAX, cbor: "the envelope" },
    answers: {
      200: json("consumed: accepted, refused or fault, with its receipts", ANSWER),
      202: json("more: timers fired and the action waits; send it again", ANSWER),
    },
    problems: [...ENVELOPE, ...EVENT, ...OFFER],
  },
  {
    name: "batch",
    method: "POST",
    path: "/actions/batch",
    summary: "Send many signed actions, executed in order; one answer each, receipts by index and id.",
    body: {
      schema: object(["envelopes"], {
        envelopes: { type: "array", maxItems: BATCH_ACTIONS_MAX, items: base64(ENVELOPE_BYTES_MAX) },
      }),
      bytesMax: BATCH_BODY_BYTES_MAX,
      cbor: "an array of envelopes",
    },
    answers: { 200: json("one answer for each, in order", BATCH_ANSWER) },
    problems: ["malformed", "too-large"],
  },
  {
    name: "deploy",
    method: "POST",
    path: "/modules",
    summary: "Bring a module file, with the signed action of kind deploy.",
    body: {
      schema: object(["action", "file"], {
        action: ACTION_SCHEMA,
        file: { type: "string", pattern: "^[A-Za-z0-9+/]*={0,2}$", description: "the module file, base64" },
      }),
      bytesMax: BODY_BYTES_MAX,
      cbor: "an array of envelope and file",
    },
    answers: { 200: json("deployed, now or before", ANSWER) },
    problems: [...ENVELOPE, "not-admitted", "bad-module", "not-an-agreement", "fuel-over-limit"],
  },
  {
    name: "tick",
    method: "POST",
    path: "/agreements/{id}/tick",
    summary: "Fire what is due. The court does so by itself; asking is for the impatient.",
    parameters: [ID],
    answers: { 200: json("receipts of the timers that fired", ANSWER), 202: json("more are due; ask again", ANSWER) },
    problems: ["malformed", "unknown-agreement", "nothing-due", "halted", "read-only", "overloaded", "shutting-down"],
  },
  {
    name: "modules",
    method: "GET",
    path: "/modules",
    summary: "Modules, by id.",
    parameters: [AFTER, LIMIT],
    answers: { 200: json("a page of modules") },
    problems: ["malformed"],
  },
  {
    name: "module",
    method: "GET",
    path: "/modules/{id}",
    summary: "A module file.",
    parameters: [ID],
    answers: { 200: { description: "the file", type: "application/octet-stream" } },
    problems: ["malformed", "unknown-module"],
  },
  {
    name: "manifest",
    method: "GET",
    path: "/modules/{id}/manifest",
    summary: "What a module declares: parties, terms, actions, obligations.",
    parameters: [ID],
    answers: { 200: json("the manifest") },
    problems: ["malformed", "unknown-module"],
  },
  {
    name: "agreements",
    method: "GET",
    path: "/agreements",
    summary: "Agreements, by id.",
    parameters: [AFTER, LIMIT],
    answers: { 200: json("a page of agreements") },
    problems: ["malformed"],
  },
  {
    name: "agreement",
    method: "GET",
    path: "/agreements/{id}",
    summary: "An agreement, and what its module says of it now.",
    parameters: [ID],
    answers: { 200: json("the agreement") },
    problems: ["malformed", "unknown-agreement"],
  },
  {
    name: "agreementReceipts",
    method: "GET",
    path: "/agreements/{id}/receipts",
    summary: "Receipts of an agreement, from a step on.",
    parameters: [ID, FROM, LIMIT],
    answers: { 200: json("a page of receipts") },
    problems: ["malformed", "unknown-agreement"],
  },
  {
    name: "receipts",
    method: "GET",
    path: "/receipts",
    summary: "Receipts of the whole log, from an index on.",
    parameters: [FROM, LIMIT],
    answers: { 200: json("a page of receipts") },
    problems: ["malformed"],
  },
  {
    name: "receipt",
    method: "GET",
    path: "/receipts/{seq}",
    summary: "A receipt, its bytes and a view.",
    parameters: [SEQ],
    answers: { 200: json("the receipt", RECEIPT_ANSWER) },
    problems: ["malformed", "unknown-receipt"],
  },
  {
    name: "receiptCbor",
    method: "GET",
    path: "/receipts/{seq}.cbor",
    summary: "The bytes of a receipt: the leaf of the tree.",
    parameters: [SEQ],
    answers: { 200: { description: "the receipt", type: "application/cbor" } },
    problems: ["malformed", "unknown-receipt"],
  },
  {
    name: "receiptProof",
    method: "GET",
    path: "/receipts/{seq}.proof",
    summary: "Proof that a receipt is in the log: a C2SP tlog-proof.",
    parameters: [SEQ],
    answers: { 200: { description: "the proof", type: "text/plain; charset=utf-8" } },
    problems: ["malformed", "unknown-receipt"],
  },
  {
    name: "receiptBundle",
    method: "GET",
    path: "/receipts/{seq}.bundle",
    summary: "One file to check a receipt offline: module, state before, action, receipt, proof.",
    parameters: [SEQ],
    answers: { 200: { description: "the bundle", type: "application/cbor" } },
    problems: ["malformed", "unknown-receipt"],
  },
  {
    name: "checkpoint",
    method: "GET",
    path: "/checkpoint",
    summary: "The last signed checkpoint: a C2SP signed note.",
    answers: { 200: { description: "the checkpoint", type: "text/plain; charset=utf-8" } },
    problems: [],
  },
  {
    name: "tile",
    method: "GET",
    path: "/tile/{path}",
    summary: "Tiles of the tree and bundles of entries, as C2SP tlog-tiles.",
    parameters: [path("path", "such as `0/x001/234` or `entries/000.p/17`", text(128))],
    answers: { 200: { description: "the tile", type: "application/octet-stream" } },
    problems: ["malformed", "not-found"],
  },
  {
    name: "events",
    method: "GET",
    path: "/events",
    summary:
      "What happens, as it happens: server-sent events, one a receipt, its id the index. Resumes after Last-Event-ID.",
    parameters: [
      { name: "last-event-id", in: "header", description: "index of the last receipt seen", schema: COUNT },
      { name: "after", in: "query", description: "the same, where headers cannot be set", schema: COUNT },
    ],
    answers: { 200: { description: "the stream", type: "text/event-stream" } },
    problems: ["malformed", "overloaded"],
  },
  {
    name: "health",
    method: "GET",
    path: "/healthz",
    summary: "Alive, ready, and why it only reads if it does. Also the origin and the verifier key.",
    answers: { 200: json("ready, or alive and reading only") },
    problems: [],
  },
  {
    name: "metrics",
    method: "GET",
    path: "/metrics",
    summary: "Numbers for Prometheus.",
    answers: { 200: { description: "metrics", type: "text/plain; version=0.0.4; charset=utf-8" } },
    problems: [],
  },
  {
    name: "openapi",
    method: "GET",
    path: "/openapi.json",
    summary: "This list as OpenAPI 3.1.",
    answers: { 200: json("the document") },
    problems: [],
  },
  {
    name: "docs",
    method: "GET",
    path: "/docs",
    summary: "This list as a page.",
    answers: { 200: { description: "the page", type: "text/html; charset=utf-8" } },
    problems: [],
  },
  {
    name: "status",
    method: "GET",
    path: "/",
    summary: "The court at a glance, as a page.",
    answers: { 200: { description: "the page", type: "text/html; charset=utf-8" } },
    problems: [],
  },
] as const satisfies readonly Route[];

export type RouteName = (typeof ROUTES)[number]["name"];
