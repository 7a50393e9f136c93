// What is learned allows what was seen and nothing else, whatever the order it was seen in.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { learn } from "../../../../cage/learn/learn.ts";
import { type Observation, observationsOf } from "../../../../cage/learn/observations.ts";
import { segmentOf, shapeOf, shapePattern, shapeSample } from "../../../../cage/learn/shapes.ts";
import { LEARNED_ANSWER_BYTES_MIN, LEARNED_RULES_MAX, LEARNED_WORDS_MAX } from "../../../../cage/limits.ts";
import type { CageRecord } from "../../../../cage/records/record.ts";
import { compile } from "../../../../compiler/index.ts";
import { runPolicyTests } from "../../../../compiler/policy/index.ts";
import { readDocument } from "../../../../lang/index.ts";
import { type OpenedPolicy, openPolicy, type Plain } from "../../../../policy/index.ts";

const SEEN: Observation = {
  kind: "request",
  direction: "egress",
  scheme: "https",
  host: "api.example",
  port: 443,
  method: "GET",
  path: "/v1/users",
  query: [],
  answerBytes: 100,
  class: "global",
  route: null,
};

const textOf = (observations: readonly Observation[]): string => {
  const learned = learn(observations);
  if ("problem" in learned) throw new Error(learned.problem);
  return learned.text;
};
function policyOf(text: string): OpenedPolicy {
  const { value, diagnostics } = compile({ name: "learned.yaml", text });
  expect(diagnostics.filter(({ severity }) => severity === "error")).toEqual([]);
  return openPolicy(value!);
}

type Asked = Pick<Observation, "direction" | "scheme" | "host" | "port" | "method" | "path" | "query"> & {
  readonly answerBytes?: number | null;
};
function allows(
  policy: OpenedPolicy,
  { direction, scheme, host, port, method, path, query, answerBytes }: Asked,
): boolean {
  const names = Object.fromEntries(query.map((name) => [name, "x"]));
  const head = {
    now: "2026-03-01T12:00:00Z",
    direction,
    scheme,
    host,
    port,
    method,
    path,
    query: names,
    fields: {},
    visibility: "full",
  };
  const response =
    answerBytes === undefined || answerBytes === null ? { status: 200 } : { status: 200, size: answerBytes };
  const points: Plain[] = [
    { ...head, at: "request" },
    { ...head, at: "body", body: { size: 3 } },
    { ...head, at: "response", status: 200, response },
  ];
  const answers = points.map((input) => policy.decide(input));
  for (const { errors } of answers) expect(errors).toEqual([]);
  return answers.every(({ decision }) => decision === "allow");
}

describe("shapes", () => {
  it.each([
    ["17", "number"],
    ["0", "number"],
    ["123456789012345678901", "hex"],
    ["9b2e4c6a-1f3d-4b5a-8c7e-0d1f2a3b4c5d", "uuid"],
    ["2026-03-01", "date"],
    ["deadbeefdeadbeef", "hex"],
    ["cus_9sK2dLq0Zx", "token"],
    ["users", "literal"],
    ["v1", "literal"],
    ["", "literal"],
    ["order-history-export", "literal"],
    ["release-1.2.3", "literal"],
  ])("%s is a %s", (text, kind) => expect(segmentOf(text).kind).toBe(kind));
  it("a sample fits its pattern, and special characters are themselves", () => {
    for (const path of [
      "/",
      "/a.b+c/(x)",
      "/u/17/2026-03-01",
      "/t/cus_9sK2dLq0Zx/9b2e4c6a-1f3d-4b5a-8c7e-0d1f2a3b4c5d/deadbeefdeadbeef",
    ]) {
      const pattern = new RegExp(shapePattern(shapeOf(path)));
      expect(pattern.test(path)).toBe(true);
      expect(pattern.test(shapeSample(shapeOf(path)))).toBe(true);
      expect(pattern.test(`${path}x`.replace("x/", "/")) && path !== "/").toBe(false);
    }
    expect(new RegExp(shapePattern(shapeOf("/a.b"))).test("/axb")).toBe(false);
  });
});

describe("a learned policy", () => {
  it("is a policy that passes its own tests", () => {
    const text = textOf([
      SEEN,
      { ...SEEN, path: "/v1/users/17", query: ["fields"], answerBytes: 40_000 },
      { ...SEEN, method: "POST" },
      { ...SEEN, kind: "tunnel", host: "git.example", method: "", path: "" },
      { ...SEEN, direction: "ingress", host: "us.example", route: { to: "orders", tls: null } },
      { ...SEEN, host: "10.0.0.7", scheme: "http", port: 8080, class: "private", path: "/health" },
    ]);
    expect(text).toMatchInlineSnapshot(`
      "policy: learned
      about: Learned from traffic that was seen. Read it, take out what should not be there, and give the rules names.
      on: http.request
      rules:
        - allow: "GET 10.0.0.7/health"
          id: 10-0-0-7-8080-1
          match:
            direction: egress
            host: "10.0.0.7"
            port: 8080
            scheme: http
            method: "GET"
            path: "/health"
            query: {count: 0}
            response?: {size?: {max: 16 KiB}}
          then:
            reach: {classes: ["private"]}
        - allow: "GET, POST api.example/v1/users"
          id: api-example-443-1
          match:
            direction: egress
            host: "api.example"
            port: 443
            scheme: https
            method: ["GET", "POST"]
            path: "/v1/users"
            query: {count: 0}
            response?: {size?: {max: 16 KiB}}
        - allow: "GET api.example/v1/users/:number"
          id: api-example-443-2
          match:
            direction: egress
            host: "api.example"
            port: 443
            scheme: https
            method: "GET"
            path: {matches: "^/v1/users/[0-9]{1,20}$"}
            query: {keys: {only: ["fields"]}}
            response?: {size?: {max: 64 KiB}}
        - allow: "GET us.example/v1/users"
          id: in-us-example-443-1
          match:
            direction: ingress
            host: "us.example"
            port: 443
            scheme: https
            method: "GET"
            path: "/v1/users"
            query: {count: 0}
            response?: {size?: {max: 16 KiB}}
          then:
            route: {to: "orders"}
        - allow: "a tunnel to git.example"
          id: tunnel-git-example-443-1
          match:
            at: connect
            direction: egress
            host: "git.example"
            port: 443
          then:
            route: {to: tunnel, tls: tunnel}
      tests:
        10-0-0-7-8080-1:
          input: {at: request, now: 2026-01-01T00:00:00Z, direction: egress, scheme: http, host: "10.0.0.7", port: 8080, method: GET, path: "/health", query: {}}
          expect: allow
        api-example-443-1:
          input: {at: request, now: 2026-01-01T00:00:00Z, direction: egress, scheme: https, host: "api.example", port: 443, method: GET, path: "/v1/users", query: {}}
          expect: allow
        api-example-443-2:
          input: {at: request, now: 2026-01-01T00:00:00Z, direction: egress, scheme: https, host: "api.example", port: 443, method: GET, path: "/v1/users/1", query: {}}
          expect: allow
        in-us-example-443-1:
          input: {at: request, now: 2026-01-01T00:00:00Z, direction: ingress, scheme: https, host: "us.example", port: 443, method: GET, path: "/v1/users", query: {}}
          expect: allow
        tunnel-git-example-443-1:
          input: {at: connect, now: 2026-01-01T00:00:00Z, direction: egress, scheme: https, host: "git.example", port: 443}
          expect: allow
        a host that was never seen:
          input: {at: request, now: 2026-01-01T00:00:00Z, direction: egress, scheme: https, host: never-seen.invalid, port: 443, method: GET, path: /, query: {}}
          expect: deny
      "
    `);
    const { policy, value, diagnostics } = compile({ name: "learned.yaml", text });
    expect(diagnostics).toEqual([]);
    expect(policy).not.toBeNull();
    expect(value).not.toBeNull();
  });

  it("has tests that hold", () => {
    const source = {
      name: "learned.yaml",
      text: textOf([SEEN, { ...SEEN, path: "/v1/users/17" }, { ...SEEN, kind: "tunnel", host: "git.example" }]),
    };
    expect(testResults(source)).toEqual([true, true, true, true]);
  });

  it("allows ids of the same kind, and not of another", () => {
    const policy = policyOf(textOf([{ ...SEEN, path: "/v1/users/17" }]));
    expect(
      ["/v1/users/18", "/v1/users/x", "/v1/users/17/x", "/v1/users", "/v2/users/17"].map((path) =>
        allows(policy, { ...SEEN, path }),
      ),
    ).toEqual([true, false, false, false, false]);
  });

  it("answers may be as large as those that were seen, up to a power of two", () => {
    const policy = policyOf(textOf([{ ...SEEN, answerBytes: 40_000 }]));
    expect([65_536, 65_537, null].map((answerBytes) => allows(policy, { ...SEEN, answerBytes }))).toEqual([
      true,
      false,
      true,
    ]);
    const small = policyOf(textOf([{ ...SEEN, answerBytes: null }]));
    expect(
      [LEARNED_ANSWER_BYTES_MIN, LEARNED_ANSWER_BYTES_MIN + 1].map((answerBytes) =>
        allows(small, { ...SEEN, answerBytes }),
      ),
    ).toEqual([true, false]);
  });

  it("many words at one place are names", () => {
    const named = (count: number): Observation[] =>
      Array.from({ length: count }, (_, at) => ({ ...SEEN, path: `/u/name${String.fromCharCode(97 + at)}/posts` }));
    const few = policyOf(textOf(named(LEARNED_WORDS_MAX)));
    const many = policyOf(textOf(named(LEARNED_WORDS_MAX + 1)));
    const asked = { ...SEEN, path: "/u/another/posts" };
    expect([allows(few, asked), allows(many, asked), allows(many, { ...asked, path: "/u/another/likes" })]).toEqual([
      false,
      true,
      false,
    ]);
  });

  it("routes and classes that were needed are given again", () => {
    const policy = policyOf(textOf([{ ...SEEN, class: "private", route: { to: "orders", tls: null } }]));
    const { obligations } = policy.decide({
      at: "request",
      now: "2026-03-01T12:00:00Z",
      direction: "egress",
      scheme: "https",
      host: "api.example",
      port: 443,
      method: "GET",
      path: "/v1/users",
      query: {},
    });
    expect(obligations.map(({ name, args }) => [name, args])).toEqual([
      ["reach", { classes: ["private"] }],
      ["route", { to: "orders" }],
    ]);
  });

  it("nothing seen is nothing learned, and too much is for people", () => {
    expect(learn([])).toMatchObject({ problem: "nothing was seen that went through" });
    const many = Array.from({ length: LEARNED_RULES_MAX + 1 }, (_, at) => ({ ...SEEN, host: `h${at}.example` }));
    expect(learn(many)).toMatchObject({ problem: `${LEARNED_RULES_MAX + 1} rules would be needed` });
  });
});

function testResults({ name, text }: { name: string; text: string }): boolean[] {
  const { policy, value } = compile({ name, text });
  const document = readDocument(text, name).value;
  if (document?.kind !== "policy") throw new Error("no policy was learned");
  return runPolicyTests({ document, program: policy!, compiled: value! }).results.map(({ ok }) => ok);
}

// ── Properties ────────────────────────────────────────────────────────────────────────────────────────────────────────

const WORDS = ["users", "orders", "v1", "search"];
const segment = fc.oneof(
  fc.constantFrom(...WORDS),
  fc.integer({ min: 0, max: 9_999 }).map(String),
  fc.constant("9b2e4c6a-1f3d-4b5a-8c7e-0d1f2a3b4c5d"),
);
const observation: fc.Arbitrary<Observation> = fc.record({
  kind: fc.constant("request" as const),
  direction: fc.constantFrom("egress" as const, "ingress" as const),
  scheme: fc.constantFrom("https" as const, "http" as const),
  host: fc.constantFrom("api.example", "files.example", "10.0.0.7"),
  port: fc.constantFrom(443, 8080),
  method: fc.constantFrom("GET", "POST"),
  path: fc.array(segment, { maxLength: 3 }).map((parts) => `/${parts.join("/")}`),
  query: fc.subarray(["a", "b", "c"]),
  answerBytes: fc.option(fc.nat({ max: 100_000 })),
  class: fc.constant("global"),
  route: fc.constant(null),
});

/** Said another way than the code says it: ids are numbers and the one UUID. */
const kindsIn = (path: string): string =>
  path.replace(/\d+(?=\/|$)(?<=\/\d+)/g, "#").replace(/[0-9a-f]{8}-[0-9a-f-]{27}/g, "@");
const alike = (a: Asked, b: Asked): boolean =>
  a.direction === b.direction &&
  a.scheme === b.scheme &&
  a.host === b.host &&
  a.port === b.port &&
  a.method === b.method &&
  kindsIn(a.path) === kindsIn(b.path);
function wanted(seen: readonly Observation[], asked: Asked): boolean {
  const same = seen.filter((each) => alike(each, asked));
  if (same.length === 0) return false;
  const names = new Set(same.flatMap(({ query }) => query));
  const most = Math.max(
    LEARNED_ANSWER_BYTES_MIN,
    ...same.map(({ answerBytes }) => 2 ** Math.ceil(Math.log2(answerBytes ?? 1) || 0)),
  );
  return asked.query.every((name) => names.has(name)) && (asked.answerBytes ?? 0) <= most;
}

it("property: it allows exactly what is alike to what was seen", () => {
  fc.assert(
    fc.property(
      fc.array(observation, { minLength: 1, maxLength: 12 }),
      fc.array(observation, { minLength: 6, maxLength: 6 }),
      fc.nat(),
      (seen, others, pick) => {
        const policy = policyOf(textOf(seen));
        for (const each of seen) expect(allows(policy, each), JSON.stringify(each)).toBe(true);
        const near = seen[pick % seen.length]!;
        const asked = [
          ...others,
          ...others.map(({ method }) => ({ ...near, method })),
          ...others.map(({ host }) => ({ ...near, host })),
          ...others.map(({ path }) => ({ ...near, path })),
          ...others.map(({ query }) => ({ ...near, query })),
          ...others.map(({ answerBytes }) => ({ ...near, answerBytes })),
          { ...near, host: "other.example" },
          { ...near, path: `${near.path}x` },
        ];
        for (const each of asked) expect(allows(policy, each), JSON.stringify(each)).toBe(wanted(seen, each));
      },
    ),
    { numRuns: 6 },
  );
});

it("property: order and repetition make no difference", () => {
  fc.assert(
    fc.property(fc.array(observation, { minLength: 1, maxLength: 40 }), fc.nat(), (seen, seed) => {
      const text = textOf(seen);
      const shuffled = seen
        .map((each, at) => [(at * 7_919 + seed) % 1_009, each] as const)
        .sort(([a], [b]) => a - b)
        .map(([, each]) => each);
      expect(textOf(shuffled)).toBe(text);
      expect(textOf([...seen, ...shuffled])).toBe(text);
    }),
    { numRuns: 40 },
  );
});

// ── Records ───────────────────────────────────────────────────────────────────────────────────────────────────────────

describe("records", () => {
  const intent = (
    index: number,
    { allowed = true, point = "request", input = {}, obligations = [] as object[] } = {},
  ) => ({
    index,
    record: {
      kind: "intent",
      at: 1,
      exchange: `x${index}`,
      addresses: [],
      dropped: [],
      met: [],
      sent: null,
      decided: [
        {
          point,
          allowed,
          reason: "allowed",
          input: {
            direction: "egress",
            scheme: "https",
            host: "api.example",
            port: 443,
            method: "GET",
            path: "/a",
            query: { b: "1", a: "2" },
            dialled: { ip: "192.0.2.1", class: "global" },
            ...input,
          },
          answer: { obligations },
        },
      ],
    } as unknown as CageRecord,
  });
  const completion = (of: number, { ended = "answered", size = 5 as number | null } = {}) => ({
    index: of + 100,
    record: {
      kind: "completion",
      at: 2,
      intent: of,
      ended,
      dialled: null,
      response: size === null ? null : { status: 200, size },
    } as unknown as CageRecord,
  });
  it("what was answered was seen; what was denied, lost or never ended was not", () => {
    const entries = [
      intent(0),
      completion(0),
      intent(1, { allowed: false }),
      intent(2),
      completion(2, { ended: "unreachable", size: null }),
      intent(3),
      completion(9),
    ];
    const one: Observation = { ...SEEN, path: "/a", query: ["a", "b"], answerBytes: 5 };
    expect(observationsOf(entries)).toEqual([one]);
    expect(observationsOf([...entries].reverse())).toEqual([one]);
  });
  it("tunnels and routes are seen, too", () => {
    const entries = [
      intent(0, { point: "connect", input: { method: undefined, path: undefined, query: undefined } }),
      completion(0, { ended: "closed", size: null }),
      intent(1, { obligations: [{ name: "route", args: { to: "orders", tls: "originate" }, rules: [] }] }),
      completion(1),
    ];
    expect(observationsOf(entries)).toMatchObject([
      { kind: "tunnel", method: "", path: "", answerBytes: null },
      { kind: "request", route: { to: "orders", tls: "originate" } },
    ]);
  });
});
