// The published schema and what the cage can do are one: each obligation has an implementation, and each implementation is published.
import { describe, expect, it } from "vitest";
import { kindsOf, OBLIGATIONS, unmetRules } from "../../../../cage/obligations/index.ts";
import { isUnmet, unmetText } from "../../../../cage/obligations/obligation.ts";
import { OBLIGATION_RANK, type PlainValue } from "../../../../cage/point.ts";
import { PUBLISHED } from "../../../../compiler/policy/published.ts";
import { configuration, partnerKey, policyOf } from "./kit.ts";

const published = PUBLISHED.get("http.request")!.obligations;

describe("the table", () => {
  it("has what is published, and nothing else", () => {
    expect(Object.keys(OBLIGATIONS).sort()).toEqual(published.map(({ name }) => name).sort());
    expect(Object.keys(OBLIGATIONS)).toEqual([...OBLIGATION_RANK]);
    for (const [name, obligation] of Object.entries(OBLIGATIONS)) expect(obligation.name).toBe(name);
  });
  it.each(published)("$name is carried out where it is said", ({ name, points }) => {
    const own = OBLIGATIONS[name as keyof typeof OBLIGATIONS].points;
    expect(points!.filter((point) => point !== "report")).toEqual(own);
  });
  it.each(published)("$name knows the arguments that are published", ({ name, type }) => {
    if (type.kind !== "record") return expect(type.kind).toBe("enum");
    const { check } = OBLIGATIONS[name as keyof typeof OBLIGATIONS];
    const given = Object.fromEntries(type.fields.map((field) => [field.name, null]));
    // Absent arguments are absent, so what is said is never that one is not known.
    const read = check(given as PlainValue, configuration());
    if (isUnmet(read)) expect(read.problem).not.toContain("is not known here");
    const odd = check({ ...given, another: 1 } as PlainValue, configuration());
    expect(isUnmet(odd) && odd.problem).toBe("`another` is not known here");
  });
});

describe("arguments", () => {
  const did = partnerKey.keyId;
  const problem = (name: keyof typeof OBLIGATIONS, args: PlainValue): string | null => {
    const read = OBLIGATIONS[name].check(args, configuration());
    return isUnmet(read) ? unmetText(read) : null;
  };
  it.each<[keyof typeof OBLIGATIONS, PlainValue, string]>([
    ["sign", { key: "other" }, "the cage has no key `other`: give its file when the cage is started"],
    ["sign", {}, "`key` is missing: add  key: …"],
    [
      "sign",
      { key: "cage", cover: ["@host"] },
      "`@host` is no component: use the names and parameters of RFC 9421 section 2",
    ],
    ["sign", { key: "cage", cover: [] }, "`cover` is empty or too long: name at least `@method`"],
    ["sign", { key: "cage", label: "Big" }, "the label is no key of a structured field: write small letters"],
    ["sign", { key: "cage", expires: "2 h" }, "`expires` is out of bounds: write a duration from 1000 ms to 300000 ms"],
    ["require_signature", { from: [] }, "`from` names nobody: name the dids whose signatures are taken"],
    [
      "require_signature",
      { from: ["did:web:a.example"] },
      "`did:web:a.example`: it is no did:key of Ed25519 or P-256: give did:key of Ed25519 or P-256, each once",
    ],
    [
      "require_signature",
      { from: [did, did] },
      `\`${did.slice(0, 60)}\`: two keys have this name: give did:key of Ed25519 or P-256, each once`,
    ],
    ["require_signature", { from: [did], digest: "always" }, "`digest` is `always`: write one of required, if-body"],
    [
      "require_signature",
      { from: [did], max_age: "2 d" },
      "`max_age` is out of bounds: write a duration from 1000 ms to 3600000 ms",
    ],
    ["require_signature", { from: [did], nonce: "yes" }, "`nonce` is neither true nor false: write `true` or `false`"],
    [
      "verify_response",
      { from: ["x"] },
      "`x`: it is no did:key of Ed25519 or P-256: give did:key of Ed25519 or P-256, each once",
    ],
    ["verify_response", { from: [did], quorum: 2 }, "`quorum` is more than `from` names: name as many who can sign"],
    [
      "verify_response",
      { from: [did, did], quorum: 2 },
      `\`${did}\`: two keys have this name: give did:key of Ed25519 or P-256, each once`,
    ],
    ["verify_response", { quorum: 1 }, "`from` names nobody: name the dids whose signatures are asked for"],
    ["verify_response", { from: [did], quorum: 5 }, "`quorum` is out of bounds: write a whole number from 1 to 4"],
    [
      "verify_response",
      { from: [did], revoked: { [`${did}#x`]: "2026-01-01T00:00:00Z" } },
      `\`${did}#x\`: it is no did:key of Ed25519 or P-256: give did:key of Ed25519 or P-256, each once`,
    ],
    [
      "require_signature",
      { from: [did], revoked: { [did]: "yesterday" } },
      `\`revoked\` has no instant at \`${did}\`: write such as 2026-03-01T12:00:00Z`,
    ],
    ["verify_response", { on_mismatch: "ignore" }, "`on_mismatch` is `ignore`: write one of deny, record"],
    ["redact", {}, "it names nothing to take out: give `fields` or `json`"],
    [
      "redact",
      { fields: ["Host"] },
      "`Host` is no field that can be taken out: write the name of another field in small letters",
    ],
    [
      "redact",
      { fields: ["content-length"] },
      "`content-length` is no field that can be taken out: write the name of another field in small letters",
    ],
    [
      "redact",
      { json: ["card"] },
      "`card` is no JSON pointer to a part: write `/card/number`; `~1` for `/`, `~0` for `~`",
    ],
    [
      "redact",
      { json: ["/a~2"] },
      "`/a~2` is no JSON pointer to a part: write `/card/number`; `~1` for `/`, `~0` for `~`",
    ],
    ["redact", { json: [""] }, "`` is no JSON pointer to a part: write `/card/number`; `~1` for `/`, `~0` for `~`"],
    [
      "redact",
      { json: ["/a"], with: "\n" },
      "`with` is no printable ASCII of at most 64 characters: write another text",
    ],
    ["rate_limit", { rate: "fast" }, "the rate is none: write such as `50/s`, `100/min`, `1000/h`"],
    ["rate_limit", { rate: "0/s" }, "the rate is none: write such as `50/s`, `100/min`, `1000/h`"],
    ["rate_limit", { rate: "1000001/s" }, "the rate is none: write such as `50/s`, `100/min`, `1000/h`"],
    ["rate_limit", { rate: "5/s", burst: 0 }, "`burst` is out of bounds: write a whole number from 1 to 1000000"],
    [
      "step_up",
      { method: "webauthn", who: "cfo" },
      "nobody can be asked: the cage has no file of people: give one when the cage is started",
    ],
    [
      "route",
      { to: "api.example" },
      "`to` is no origin: write `https://host`, `http://host:port`, `unix:/path` or `tunnel`",
    ],
    ["route", { to: "https://api.example/v1" }, "`to` has a path: leave the path out: it is that of the request"],
    [
      "route",
      { to: "unix:run/a.sock" },
      "the socket has no absolute path of at most 107 bytes: write `unix:/run/name.sock`",
    ],
    [
      "route",
      { to: "tunnel", tls: "originate" },
      "`to: tunnel` and `tls: originate` are two ways: leave one of them out",
    ],
    ["receipt", "none", "`kind` is `none`: write one of digest, full"],
    ["reach", { classes: ["global!"] }, "`global!` is no class that can be named: see `docs/policies-reference.md`"],
    ["nel", { success: "101%" }, "`success` is no share: write a percent from `0%` to `100%`"],
    ["nel", { group: "A B" }, "the group is no name: write small letters, digits and hyphens"],
  ])("%s %j: %s", (name, args, said) => expect(problem(name, args)).toBe(said));

  it("durations are taken at their bounds, and not past them", () => {
    expect(problem("sign", { key: "cage", expires: "5 min" })).toBeNull();
    expect(problem("sign", { key: "cage", expires: "1 s" })).toBeNull();
    expect(problem("sign", { key: "cage", expires: "999 ms" })).toMatch(/out of bounds/);
    expect(problem("sign", { key: "cage", expires: "5 min 1 ms" })).toMatch(/out of bounds/);
    expect(problem("sign", { key: "cage", expires: "soon" })).toMatch(/out of bounds/);
    expect(OBLIGATIONS.sign.check({ key: "cage", expires: "1 min 30 s" }, configuration())).toMatchObject({
      validFor: 90,
    });
  });
  it("a key path begins with a field of the input", () => {
    expect(problem("rate_limit", { rate: "5/s", key: ["caller.id", "fields.x-api-key"] })).toBeNull();
    expect(problem("rate_limit", { rate: "5/s", key: ["client.id"] })).toMatch(
      /^`client.id` is no path of the input: begin with one of at, now, /,
    );
  });
  it("without a collector, there is no NEL", () => {
    const read = OBLIGATIONS.nel.check({}, configuration({ collector: null }));
    expect(isUnmet(read) && read.problem).toBe("the cage has no collector of reports");
  });
  it("what is no record of arguments is refused, whatever it is", () => {
    for (const name of Object.keys(OBLIGATIONS) as (keyof typeof OBLIGATIONS)[])
      for (const args of [null, 5, [], { x: { y: 1 } }])
        expect(problem(name, args), `${name} ${JSON.stringify(args)}`).not.toBeNull();
  });
});

describe("a policy", () => {
  const rules = `  - allow: signs
    match: {host: a.example}
    then: {sign: {key: lost}, rate_limit: {rate: 5/y}}
  - allow: late
    match: {at: response, host: b.example}
    then: {sign: {key: cage}}
  - allow: computed
    match: {host: c.example}
    then: {sign: {key: {expr: host}}, receipt: full}
  - allow: fine
    match: {at: connect, host: d.example}
    then: {sign: {key: cage}}
`;
  it("is known to be met before it is asked, as far as its arguments are constant", () => {
    expect(
      unmetRules(policyOf(rules), configuration()).map(({ rule, obligation, problem }) => [rule, obligation, problem]),
    ).toEqual([
      ["signs", "sign", "the cage has no key `lost`"],
      ["signs", "rate_limit", "the rate is none"],
      ["late", "sign", "it cannot be carried out at `response` any more"],
    ]);
  });
  it("and the gate is told of computed ones when they are given", () => {
    const sign = kindsOf(configuration()).get("sign")!;
    expect(sign.refuses({ key: "cage" }, {} as never)).toBeNull();
    expect(sign.refuses({ key: "c.example" }, {} as never)).toMatch(/^the cage has no key `c.example`/);
  });
});
