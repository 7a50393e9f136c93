// What a policy is asked at each point, and what its answer becomes.
import { describe, expect, it } from "vitest";
import { admit } from "../../../../cage/decide/admit.ts";
import { decide } from "../../../../cage/decide/decide.ts";
import { inputOf } from "../../../../cage/decide/input.ts";
import { CageError } from "../../../../cage/errors.ts";
import type { Decision, Facts, Point } from "../../../../cage/point.ts";
import { PUBLISHED } from "../../../../compiler/policy/published.ts";
import { FACTS, KINDS, NOW, OUTGOING, opened } from "./kit.ts";

const ALL: Facts = {
  ...FACTS,
  query: "a=1&b=x+y%20z",
  content: { size: 12, digest: "ab".repeat(32), media: "application/json" },
  json: '{"card": {"number": "4111"}}',
  token: { sub: "ada" },
  signature: { verified: true, key: "did:key:z6MkA", tag: "t", failure: "" },
  sni: "api.example",
  alpn: ["http/1.1"],
  response: { status: 200, fields: [["content-type", "text/plain"]], size: 3, digest: "cd".repeat(32) },
  report: { type: "network-error", phase: "dns", matched: false },
};
const POINTS: readonly Point[] = ["connect", "request", "body", "response", "report"];

/** Paths of an input, as the published type names what a point shows. */
function pathsOf(value: unknown, path = ""): string[] {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return [path];
  return Object.entries(value).flatMap(([key, inner]) => pathsOf(inner, path === "" ? key : `${path}.${key}`));
}

describe("the input of a point", () => {
  const http = PUBLISHED.get("http.request")!;
  const fields = new Set(http.input.kind === "record" ? http.input.fields.map(({ name }) => name) : []);

  it.each(POINTS)("%s: fields of the published type, and only what it shows", (point) => {
    const input = inputOf(point, ALL, { now: NOW, rate: { calls: 3 } });
    const shows = http.points!.shows.get(point)!;
    for (const path of pathsOf(input)) {
      expect(fields.has(path.split(".")[0]!), path).toBe(true);
      expect(
        shows.some((shown) => path === shown || path.startsWith(`${shown}.`)),
        `${path} at ${point}`,
      ).toBe(true);
    }
  });

  it.each(POINTS)("%s: everything that it shows", (point) => {
    const input = inputOf(point, ALL, { now: NOW, rate: { calls: 3 } });
    const paths = pathsOf(input);
    // The body as JSON is text, and goes its own way.
    for (const shown of http.points!.shows.get(point)!.filter((each) => each !== "json"))
      expect(
        paths.some((path) => path === shown || path.startsWith(`${shown}.`)),
        `${shown} at ${point}`,
      ).toBe(true);
  });

  it.each(POINTS)("%s: fits the type", (point) => {
    const { errors } = opened(OUTGOING).decide(inputOf(point, ALL, { now: NOW }) as never);
    expect(errors.filter(({ rule }) => rule === "input")).toEqual([]);
  });

  it("lines of one name are one text, a query is decoded, and a tunnel shows nothing of requests", () => {
    const input = inputOf("request", ALL, { now: NOW }) as Record<string, Record<string, unknown>>;
    expect(input["fields"]!["accept"]).toBe("text/plain, text/html");
    expect(input["query"]).toEqual({ a: "1", b: "x y z" });
    expect(Object.keys(inputOf("request", { ...ALL, visibility: "connect" }, { now: NOW }))).not.toContain("method");
  });

  it("names that other languages know are names", () => {
    const query = "__proto__=1&constructor=2&toString=3";
    const input = inputOf("request", { ...FACTS, query }, { now: NOW }) as { query: Record<string, string> };
    expect(Object.entries(input.query)).toEqual([
      ["__proto__", "1"],
      ["constructor", "2"],
      ["toString", "3"],
    ]);
    expect(ask("request", { ...FACTS, query }).allowed).toBe(true);
  });
});

const admitted = admit(opened(OUTGOING), KINDS);
const ask = (point: Point, facts: Facts, before: ReadonlySet<string> | null = null): Decision =>
  decide(point, facts, { admitted, kinds: KINDS, added: { now: NOW }, before });
const POST: Facts = { ...FACTS, method: "POST" };

describe("a decision", () => {
  it("allows by rules, with obligations in the order of their rank, each once", () => {
    const decision = ask("request", POST);
    expect(decision).toMatchObject({ allowed: true, reason: "allowed", rules: ["api"], shadow: ["posts"] });
    expect(decision.obligations.map(({ name }) => name)).toEqual(["rate_limit", "receipt"]);
  });

  it("drops what was given with the intent, and refuses what comes too late", () => {
    const before = new Set(['rate_limit {"rate":"50/s"}']);
    expect(ask("response", POST, before).obligations.map(({ name }) => name)).toEqual(["receipt"]);
    const late = admit(
      opened(
        `${OUTGOING}  - allow: late\n    match: {at: response}\n    then: {step_up: {method: webauthn, who: ada}}\n`,
      ),
      KINDS,
    );
    const decision = decide("response", FACTS, { admitted: late, kinds: KINDS, added: { now: NOW } });
    expect(decision).toMatchObject({ allowed: false, reason: "cannot-oblige" });
  });

  const REASONS: readonly [what: string, facts: Facts, reason: string][] = [
    ["a host that no rule names", { ...FACTS, host: "other.example" }, "denied"],
    ["a name that stands twice in the query", { ...FACTS, query: "a=1&a=2" }, "query-repeats"],
    ["the same name, once escaped", { ...FACTS, query: "a=1&%61=2" }, "query-repeats"],
    ["an escape that is no UTF-8", { ...FACTS, query: "a=%ff" }, "query-encoding"],
    ["a path beyond the limits of the policy", { ...FACTS, path: `/v1/${"a".repeat(20_000)}` }, "input"],
    ["a port that is none", { ...FACTS, port: 1.5 }, "input"],
  ];
  it.each(REASONS)("denies %s by name", (_, facts, reason) => {
    expect(ask("request", facts)).toMatchObject({ allowed: false, reason, obligations: [] });
  });

  it("denies a body by name: no JSON, a key twice, a rule", () => {
    const body = (json: string): Decision => ask("body", { ...POST, json });
    expect(body('{"card": {"number": "1"}}').allowed).toBe(true);
    expect(body('{"card": {"cvc": "1"}}')).toMatchObject({ reason: "denied", rules: ["cards"] });
    expect(body('{"a": 1, "a": 2}').reason).toBe("bad-json");
    expect(body("{").reason).toBe("bad-json");
  });

  it("an erring deny denies, an erring allow does not allow", () => {
    const text = (effect: string): string => `policy: p
on: http.request
rules:
  - allow: all
    match: {host: {under: example}}
  - ${effect}: err
    id: err
    when: int(fields["x-number"]) > 3
`;
    const of = (effect: string): Decision =>
      decide("request", FACTS, { admitted: admit(opened(text(effect)), KINDS), kinds: KINDS, added: { now: NOW } });
    expect(of("deny")).toMatchObject({ allowed: false, reason: "denied", rules: ["err"] });
    expect(of("allow")).toMatchObject({ allowed: true, rules: ["all"] });
  });

  it("numbers of a body keep their digits", () => {
    const admittedNumbers = admit(
      opened(`policy: p
on: http.request
rules:
  - allow: exactly
    match: {at: body}
    when: json.amount == 9007199254740993
  - allow: heads
    match: {at: request}
`),
      KINDS,
    );
    const of = (json: string): boolean =>
      decide("body", { ...POST, json }, { admitted: admittedNumbers, kinds: KINDS, added: { now: NOW } }).allowed;
    expect([of('{"amount": 9007199254740993}'), of('{"amount": 9007199254740992}')]).toEqual([true, false]);
  });

  it("an obligation that cannot be met denies, and so do two that differ", () => {
    const of = (then: string, other = "{}"): Decision => {
      const text = `policy: p
on: http.request
rules:
  - allow: one
    match: {port: 443}
    then: ${then}
  - allow: two
    match: {scheme: https}
    then: ${other}
`;
      return decide("request", FACTS, { admitted: admit(opened(text), KINDS), kinds: KINDS, added: { now: NOW } });
    };
    expect(of("{sign: {key: lost}}")).toMatchObject({
      reason: "cannot-oblige",
      detail: "`sign`: there is no such key",
    });
    expect(of("{sign: {key: a}}", "{sign: {key: b}}")).toMatchObject({ reason: "cannot-oblige" });
    expect(of("{sign: {key: a}}", "{sign: {key: a}}")).toMatchObject({ allowed: true });
    expect(of("{receipt: full}", "{receipt: digest}")).toMatchObject({ allowed: true });
  });
});

describe("a policy that may stand in a cage", () => {
  const code = (text: string): string | null => {
    try {
      admit(opened(text), KINDS);
      return null;
    } catch (error) {
      if (error instanceof CageError) return error.code;
      throw error;
    }
  };
  it.each([
    ["another input", "policy: p\non: {a: text}\nrules:\n  - allow: x\n    match: {a: b}\n", "cage/not-http"],
    [
      "another published input",
      "policy: p\non: kubernetes.admission\nrules:\n  - allow: x\n    match: {operation: CREATE}\n",
      "cage/not-http",
    ],
    [
      "default allow",
      "policy: p\non: http.request\ndefault: allow\nrules:\n  - deny: x\n    match: {host: a.example}\n",
      "cage/default-allow",
    ],
    [
      "an obligation nobody meets",
      "policy: p\non: http.request\nrules:\n  - allow: x\n    match: {host: a.example}\n    then: {nel: {group: a}}\n",
      "cage/unmet-obligation",
    ],
    ["none of that", OUTGOING, null],
  ])("%s", (_, text, expected) => expect(code(text)).toBe(expected));

  const points = (rule: string): string[] =>
    [...admit(opened(`policy: p\non: http.request\nrules:\n  - allow: x\n    ${rule}\n`), KINDS).points].slice(2);
  it.each([
    ["match: {host: a.example}", []],
    ["match: {at: body}", ["body"]],
    ["match: {at: [request, response]}", ["response"]],
    ["match: {json: {a: 1}}", ["body"]],
    ["match: {body: {size: {max: 5 KiB}}}", ["body"]],
    ["match: {response: {status: 200}}", ["response"]],
    ["match: {at: request, json: {a: 1}}", []],
    ["when: status == 200", ["response"]],
    ['when: at == "body" && host == "a.example"', ["body", "report", "response"]],
    ["match: {at: {not: request}}", ["body", "report", "response"]],
    ["when: has(json.a) && port == 443", ["body"]],
    ["match: {at: report}", ["report"]],
  ])("is asked where a rule looks: %s", (rule, expected) => expect(points(rule).sort()).toEqual(expected));

  it("looks through derived values", () => {
    const policy = opened(`policy: p
on: http.request
derive: {amount: json.amount, big: amount > 5}
rules:
  - allow: x
    unless: big
`);
    expect([...admit(policy, KINDS).points]).toContain("body");
  });
});
