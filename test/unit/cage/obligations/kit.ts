// What tests of obligations share: a cage's configuration, a gate that asks a real policy, and heads.
import { generateKeyPairSync } from "node:crypto";
import type { Head } from "../../../../cage/message/head.ts";
import { readHead } from "../../../../cage/message/head.ts";
import type { Configuration } from "../../../../cage/obligations/configuration.ts";
import { RateLimits } from "../../../../cage/obligations/index.ts";
import type { Decision, Facts, Gate, PlainRecord, Point } from "../../../../cage/point.ts";
import { MemoryNonces, messageSigner } from "../../../../cage/signature/index.ts";
import { compile } from "../../../../compiler/index.ts";
import { type OpenedPolicy, openPolicy } from "../../../../policy/index.ts";

export const NOW = Date.parse("2026-03-01T12:00:00Z");
export const SECOND = NOW / 1_000;

export const cageKey = messageSigner(generateKeyPairSync("ed25519").privateKey);
export const partnerKey = messageSigner(generateKeyPairSync("ed25519").privateKey);
export const strangerKey = messageSigner(generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey);

export function configuration(more: Partial<Configuration> = {}): Configuration {
  let count = 0;
  return {
    signers: new Map([["cage", cageKey]]),
    nonces: new MemoryNonces(),
    rates: new RateLimits(),
    stepUps: null,
    collector: "https://cage.example/reports",
    random: (bytes) => Uint8Array.from({ length: bytes }, (_, at) => (count++ * 31 + at) & 255),
    ...more,
  };
}

export function policyOf(rules: string): OpenedPolicy {
  const { value, diagnostics } = compile({ name: "p.yaml", text: `policy: p\non: http.request\nrules:\n${rules}` });
  if (value === null) throw new Error(diagnostics.map(({ message }) => message).join("; "));
  return openPolicy(value);
}

/** Asks the policy as the gate does, as far as obligations care. */
export function gateOf(policy: OpenedPolicy): Gate & { readonly asked: { point: Point; facts: Facts }[] } {
  const asked: { point: Point; facts: Facts }[] = [];
  const never = (): never => {
    throw new Error("obligations write no records");
  };
  return {
    asked,
    asks: () => true,
    ask: (point, facts) => {
      asked.push({ point, facts });
      return decisionOf(policy, point, facts);
    },
    intent: never,
    complete: never,
    note: never,
  };
}

export function decisionOf(policy: OpenedPolicy, point: Point, facts: Facts): Decision {
  const { direction, scheme, host, port, visibility, method, path, caller, signature, response } = facts;
  const head = point === "connect" ? {} : { method, path, fields: Object.fromEntries(facts.fields ?? []), signature };
  const answered = point === "response" && response !== undefined ? { status: response.status } : {};
  const input = {
    at: point,
    now: new Date(NOW).toISOString(),
    direction,
    scheme,
    host,
    port,
    visibility,
    caller,
    ...head,
    ...answered,
  } as unknown as PlainRecord;
  const answer = policy.decide(input as never);
  const allowed = answer.decision === "allow";
  return {
    point,
    allowed,
    reason: allowed ? "allowed" : "denied",
    detail: null,
    rules: answer.determining.map(({ rule }) => rule),
    obligations: answer.obligations,
    labels: {},
    shadow: answer.shadow.map(({ rule }) => rule),
    module: answer.module,
    input,
    answer: null,
  } as unknown as Decision;
}

export function headOf(
  target: string,
  {
    method = "GET",
    fields = [],
    direction = "egress",
  }: { method?: string; fields?: readonly string[]; direction?: "egress" | "ingress" } = {},
): Head {
  const url = new URL(target);
  const raw = {
    method,
    target: direction === "egress" ? target : `${url.pathname}${url.search}`,
    version: "1.1",
    fields: ["host", url.host, ...fields],
  };
  const scheme = url.protocol === "https:" ? "https" : "http";
  const head = readHead(raw, direction === "egress" ? { kind: "egress" } : { kind: "ingress", scheme });
  if ("refused" in head) throw new Error(`${head.refused}: ${head.detail}`);
  return head;
}

export function factsOf(head: Head, more: Partial<Facts> = {}): Facts {
  const { method, scheme, host, port, path, query, fields } = head;
  return {
    exchange: "x1",
    direction: "egress",
    visibility: "full",
    scheme,
    host,
    port,
    method,
    path,
    query,
    fields,
    caller: { id: "shop" },
    ...more,
  };
}
