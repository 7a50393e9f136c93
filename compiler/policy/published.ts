// Input types that enforcement points publish, each with the obligations it can carry out. A policy names one behind `on:`.

import { ADDRESS_CLASSES } from "../../stdlib/data/addresses.ts";
import type { Field, SimpleKind, Type } from "../../vm/type.ts";
import { LIST_ITEMS_DEFAULT, TEXT_ITEMS } from "../limits.ts";

export interface Published {
  readonly input: Type;
  readonly obligations: readonly PublishedObligation[];
  readonly advice: readonly { readonly name: string; readonly type: Type }[];
  /** Null: it is asked at one point, which shows everything. */
  readonly points: Points | null;
}

export interface PublishedObligation {
  readonly name: string;
  readonly type: Type;
  /** Where it is carried out. Given earlier, it waits for the first of them; given later, it cannot be met. */
  readonly points?: readonly string[];
  /** A list in which nothing may stand twice, and the count of those that are asked for. */
  readonly distinct?: { readonly list: string; readonly count?: string };
}

/** The points at which one exchange is asked about, in their order. */
export interface Points {
  /** The field that names the point. */
  readonly field: string;
  /** What a request is known by at a point, as paths of the input. A path shows what lies below it. */
  readonly shows: ReadonlyMap<string, readonly string[]>;
}

const simple = (kind: SimpleKind): Type => ({ kind });
const map = (of: Type, most = TEXT_ITEMS): Type => ({ kind: "map", of, most });
const list = (of: Type, most = LIST_ITEMS_DEFAULT): Type => ({ kind: "list", of, most });
const words = (...values: string[]): Type => ({ kind: "enum", values });
/** A name ending in `?` may be absent. */
const record = (fields: Readonly<Record<string, Type | SimpleKind>>): Type => ({
  kind: "record",
  fields: Object.entries(fields).map(([name, type]): Field => {
    const optional = name.endsWith("?");
    return {
      name: optional ? name.slice(0, -1) : name,
      type: typeof type === "string" ? simple(type) : type,
      optional,
    };
  }),
  open: true,
});

/** What the cage knows of an exchange from its first byte. */
const ALWAYS = ["at", "now", "direction", "scheme", "host", "port", "caller", "visibility", "rate"];
/** What it knows once it has read a head. */
const HEAD = ["method", "path", "query", "fields", "token", "signature", "dialled", "sni", "alpn"];

/** One HTTP message at one decision point of the cage. */
const http: Published = {
  input: record({
    at: words("connect", "request", "body", "response", "report"),
    now: "instant",
    direction: words("egress", "ingress"),
    "method?": "text",
    scheme: words("http", "https"),
    host: "host",
    port: "int",
    "path?": "path",
    "query?": map(simple("text")),
    "fields?": map(simple("text")),
    "caller?": record({ "id?": "text", "uid?": "int", "address?": "ip" }),
    "body?": record({ size: "size", "digest?": "text", "media?": "text" }),
    "json?": "any",
    "token?": "any",
    "signature?": record({ verified: "bool", "key?": "did", "tag?": "text", "failure?": "text" }),
    "dialled?": record({ ip: "ip", class: "text" }),
    "sni?": "host",
    "alpn?": list(simple("text"), 16),
    "visibility?": words("full", "connect", "intercepted"),
    "rate?": map(simple("int")),
    "status?": "int",
    "response?": record({ status: "int", "fields?": map(simple("text")), "size?": "size", "digest?": "text" }),
    "report?": record({
      type: "text",
      phase: words("dns", "connection", "application"),
      "server_ip?": "ip",
      "protocol?": "text",
      "age?": "duration",
      "elapsed?": "duration",
      matched: "bool",
    }),
  }),
  obligations: [
    {
      name: "nel",
      points: ["request", "body", "response"],
      type: record({
        "group?": "text",
        "max_age?": "duration",
        "success?": "percent",
        "failure?": "percent",
        "subdomains?": "bool",
      }),
    },
    {
      name: "rate_limit",
      points: ["connect", "request", "body"],
      type: record({ rate: "text", "key?": list(simple("text"), 8), "burst?": "int" }),
    },
    {
      name: "reach",
      points: ["connect", "request", "body"],
      type: record({
        classes: list(words(...ADDRESS_CLASSES.filter((each) => each !== "global" && each !== "metadata")), 16),
        "dangerous?": words("metadata"),
      }),
    },
    {
      name: "receipt",
      points: ["connect", "request", "body", "response", "report"],
      type: words("digest", "full"),
    },
    {
      name: "redact",
      points: ["request", "body", "response"],
      type: record({
        "fields?": list(simple("text"), 64),
        "json?": list(simple("text"), 64),
        "with?": "text",
        "of?": words("response"),
      }),
    },
    {
      name: "require_signature",
      points: ["request", "body"],
      distinct: { list: "from" },
      type: record({
        from: list(simple("did"), 64),
        "revoked?": map(simple("instant")),
        "cover?": list(simple("text"), 32),
        "label?": "text",
        "tag?": "text",
        "max_age?": "duration",
        "nonce?": "bool",
        "digest?": words("required", "if-body"),
      }),
    },
    {
      name: "route",
      points: ["connect", "request", "body"],
      type: record({ to: "text", "tls?": words("originate", "tunnel", "intercept") }),
    },
    {
      name: "sign",
      points: ["request", "body"],
      type: record({
        key: "text",
        "cover?": list(simple("text"), 32),
        "label?": "text",
        "tag?": "text",
        "expires?": "duration",
      }),
    },
    {
      name: "step_up",
      points: ["request", "body"],
      type: record({ method: words("webauthn"), who: "text", "ttl?": "duration" }),
    },
    {
      name: "verify_response",
      points: ["request", "body", "response"],
      distinct: { list: "from", count: "quorum" },
      type: record({
        "digest?": words("required", "if-present"),
        "from?": list(simple("did"), 64),
        "revoked?": map(simple("instant")),
        "quorum?": "int",
        "cover?": list(simple("text"), 32),
        "label?": "text",
        "tag?": "text",
        "max_age?": "duration",
        "on_mismatch?": words("deny", "record"),
      }),
    },
  ],
  advice: [{ name: "label", type: map(simple("text")) }],
  points: {
    field: "at",
    shows: new Map([
      ["connect", [...ALWAYS, "dialled", "sni", "alpn"]],
      ["request", [...ALWAYS, ...HEAD, "body.size", "body.media"]],
      ["body", [...ALWAYS, ...HEAD, "body", "json"]],
      ["response", [...ALWAYS, ...HEAD, "body", "status", "response"]],
      ["report", [...ALWAYS, "method", "path", "query", "status", "report"]],
    ]),
  },
};

/** The review an API server asks of its webhook. Objects are free JSON: their schemas are the cluster's. */
const admission: Published = {
  input: record({
    operation: words("CREATE", "UPDATE", "DELETE", "CONNECT"),
    kind: record({ "group?": "text", version: "text", kind: "text" }),
    "resource?": record({ "group?": "text", version: "text", resource: "text" }),
    "namespace?": "text",
    "name?": "text",
    user: record({ username: "text", "groups?": list(simple("text"), 256) }),
    "object?": "any",
    "old_object?": "any",
    "dry_run?": "bool",
  }),
  obligations: [],
  advice: [{ name: "warn", type: simple("text") }],
  points: null,
};

/** A plan as `terraform show -json` writes it, the parts that policies ask about. */
const plan: Published = {
  input: record({
    "terraform_version?": "text",
    "variables?": map(simple("any")),
    resource_changes: list(
      record({
        address: "text",
        type: "text",
        "name?": "text",
        "provider_name?": "text",
        "mode?": "text",
        change: record({
          actions: list(words("no-op", "create", "read", "update", "delete", "forget"), 4),
          "before?": "any",
          "after?": "any",
          "after_unknown?": "any",
        }),
      }),
      10_000,
    ),
    "planned_values?": "any",
    "configuration?": "any",
  }),
  obligations: [],
  advice: [{ name: "warn", type: simple("text") }],
  points: null,
};

export const PUBLISHED: ReadonlyMap<string, Published> = new Map([
  ["http.request", http],
  ["kubernetes.admission", admission],
  ["terraform.plan", plan],
]);
