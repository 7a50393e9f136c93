// A person approves a request: with an authenticator in software, over the real admin endpoint.
import type { AddressInfo } from "node:net";
import { afterEach, describe, expect, it } from "vitest";
import { STEP_UP_TEXT_MAX, STEP_UPS_MAX, STEP_UPS_PER_CALLER_MAX } from "../../../../cage/limits.ts";
import { adminServer } from "../../../../cage/obligations/admin.ts";
import {
  dutiesOf,
  type People,
  RateLimits,
  readPeople,
  StepUps,
  unmetRules,
} from "../../../../cage/obligations/index.ts";
import { isUnmet } from "../../../../cage/obligations/obligation.ts";
import { enrolled } from "../../../../cage/obligations/people.ts";
import type { StepUpsOptions } from "../../../../cage/obligations/step-ups.ts";
import type { PlainRecord } from "../../../../cage/point.ts";
import { messageOf } from "../../../../cage/signature/index.ts";
import { Authenticator, type Party } from "./authenticator.ts";
import { configuration, decisionOf, factsOf, gateOf, headOf, NOW, policyOf } from "./kit.ts";

const PARTY: Party = { origin: "http://localhost:7441", rpId: "localhost" };
const RULES = `  - allow: charges
    match: {host: api.example}
    then: {step_up: {method: webauthn, who: cfo, ttl: 1 min}}
`;

const closing: (() => void)[] = [];
afterEach(() => {
  for (const close of closing.splice(0)) close();
});

/** Enrols an authenticator by the endpoint, as an operator does, and starts a cage that knows it. */
async function cage() {
  const key = new Authenticator();
  let now = NOW;
  const empty = readPeople(JSON.stringify({ relying_party: { id: PARTY.rpId, origin: PARTY.origin } })) as People;
  const before = await endpoint(new StepUps({ people: empty, head: () => "0", random: Buffer.alloc }), () => now);
  const entry = await before("POST", "/step-up/enrol", key.register(PARTY));
  expect(entry.status).toBe(200);
  const people = readPeople(
    JSON.stringify({ relying_party: { id: PARTY.rpId, origin: PARTY.origin }, people: { cfo: [entry.body] } }),
  ) as People;
  let count = 0;
  let head = "7 aa";
  const random = (bytes: number): Uint8Array => {
    count++;
    return Uint8Array.from({ length: bytes }, (_, at) => (at === 0 ? count : at));
  };
  const stepUps = new StepUps({ people, head: () => head, random });
  const policy = policyOf(RULES);
  const more = configuration({ stepUps });
  expect(unmetRules(policy, more)).toEqual([]);
  const of = dutiesOf({ configuration: more, gate: gateOf(policy), now: () => now });
  return {
    key,
    stepUps,
    at: (ms: number) => {
      now = NOW + ms;
    },
    head: (text: string) => {
      head = text;
    },
    admin: await endpoint(stepUps, () => now),
    send: async (
      target: string,
      body: string,
      {
        id = null,
        caller = "shop",
        fields = [],
      }: { id?: string | null; caller?: string; fields?: readonly string[] } = {},
    ) => {
      const made = headOf(target, { method: "POST", fields: ["content-length", String(body.length), ...fields] });
      const facts = factsOf(made, { caller: { id: caller } });
      const duties = of([decisionOf(policy, "request", facts)], facts)!;
      expect(duties.holdsRequest).toBe(true);
      const done = await duties.request({ head: made, body: Buffer.from(body), stepUp: id });
      return "denial" in done
        ? { ...done.denial, met: done.met }
        : { reason: "passed", more: {} as PlainRecord, met: done.met };
    },
  };
}

async function endpoint(stepUps: StepUps, now: () => number) {
  const server = adminServer({ stepUps, now });
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(
    () => server.closeAllConnections(),
    () => server.close(),
  );
  const { port } = server.address() as AddressInfo;
  const { request } = await import("undici");
  return async (method: "GET" | "POST", path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const answer = await request(`http://127.0.0.1:${port}${path}`, {
      method,
      headers: {
        host: "localhost:7441",
        ...(body === undefined ? {} : { "content-type": "application/json" }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await answer.body.text();
    const isJson = String(answer.headers["content-type"]).includes("json");
    return { status: answer.statusCode, body: (isJson ? JSON.parse(text) : text) as Record<string, never> };
  };
}

const CHARGE = "https://api.example/v1/charges?dry=1";
interface Listed {
  readonly id: string;
  readonly challenge: string;
  readonly who: string;
  readonly request: object;
  readonly credentials: readonly string[];
}
const listed = (answer: { readonly body: Record<string, never> }): readonly Listed[] =>
  answer.body["waiting"] as unknown as readonly Listed[];

describe("a request that waits", () => {
  it("is told its id, is on the list, and goes through once when it was approved", async () => {
    const { admin, send, key } = await cage();
    const first = await send(CHARGE, '{"a":1}');
    expect(first).toMatchObject({
      reason: "step-up-required",
      status: 403,
      more: { expires: "2026-03-01T12:01:00.000Z" },
    });
    const id = first.more["step_up"] as string;
    // The same request again waits under the same id.
    expect((await send(CHARGE, '{"a":1}')).more["step_up"]).toBe(id);
    expect(await send(CHARGE, '{"a":1}', { id })).toMatchObject({ reason: "step-up-required", more: { step_up: id } });
    const [one, ...others] = listed(await admin("GET", "/step-up"));
    expect(others).toEqual([]);
    expect(one).toMatchObject({
      id,
      who: "cfo",
      credentials: [key.id.toString("base64url")],
      request: { method: "POST", url: CHARGE, size: 7, caller: "shop", media: null },
    });
    expect(await admin("POST", `/step-up/${id}`, key.approve(one!.challenge, PARTY))).toEqual({
      status: 200,
      body: { approved: id },
    });
    expect(listed(await admin("GET", "/step-up"))).toEqual([]);
    const passed = await send(CHARGE, '{"a":1}', { id, fields: ["date", "Sun, 01 Mar 2026 12:00:30 GMT"] });
    expect(passed).toMatchObject({
      reason: "passed",
      met: [{ name: "step_up", found: { id, who: "cfo", challenge: one!.challenge } }],
    });
    expect((await send(CHARGE, '{"a":1}', { id })).reason).toBe("step-up-used");
  });

  it.each([
    ["another body", CHARGE, '{"a":2}', {}],
    ["another query", "https://api.example/v1/charges?dry=0", '{"a":1}', {}],
    ["another path", "https://api.example/v1/refunds?dry=1", '{"a":1}', {}],
    ["another field", CHARGE, '{"a":1}', { fields: ["x-to", "me"] }],
    ["another caller", CHARGE, '{"a":1}', { caller: "else" }],
  ] as const)("lets no request with %s through", async (_, target, body, more) => {
    const { admin, send, key } = await cage();
    const id = (await send(CHARGE, '{"a":1}')).more["step_up"] as string;
    const [one] = listed(await admin("GET", "/step-up"));
    expect((await admin("POST", `/step-up/${id}`, key.approve(one!.challenge, PARTY))).status).toBe(200);
    expect((await send(target, body, { ...more, id })).reason).toBe("step-up-other");
    expect((await send(CHARGE, '{"a":1}', { id })).reason).toBe("passed");
  });

  it("has a time: an approval after it, and a retry after it, are too late", async () => {
    const { admin, send, key, at } = await cage();
    const id = (await send(CHARGE, "{}")).more["step_up"] as string;
    const [one] = listed(await admin("GET", "/step-up"));
    at(60_000);
    expect((await admin("POST", `/step-up/${id}`, key.approve(one!.challenge, PARTY))).status).toBe(403);
    expect((await send(CHARGE, "{}", { id })).reason).toBe("step-up-unknown");
    at(0);
    const again = (await send(CHARGE, "{}")).more["step_up"] as string;
    const [two] = listed(await admin("GET", "/step-up"));
    expect(again).not.toBe(id);
    expect(two!.challenge).not.toBe(one!.challenge);
    expect((await admin("POST", `/step-up/${again}`, key.approve(two!.challenge, PARTY))).status).toBe(200);
    at(60_000);
    expect((await send(CHARGE, "{}", { id: again })).reason).toBe("step-up-unknown");
  });

  it("has a challenge of its own: by request, by time, and by the head of the ledger", async () => {
    const { admin, send, head } = await cage();
    await send(CHARGE, "{}");
    await send(CHARGE, "[]");
    head("8 bb");
    await send(CHARGE, "7");
    const challenges = listed(await admin("GET", "/step-up")).map(({ challenge }) => challenge);
    expect(new Set(challenges).size).toBe(3);
    for (const challenge of challenges) expect(Buffer.from(challenge, "base64url")).toHaveLength(32);
  });
});

describe("what a person sees of the body", () => {
  const shown = (content: string | Uint8Array, type: string, redacted: string | null = null) => {
    const stepUps = new StepUps({
      people: readPeople(JSON.stringify({ relying_party: { id: PARTY.rpId, origin: PARTY.origin } })) as People,
      head: () => "0",
      random: (bytes) => Buffer.alloc(bytes, 1),
    });
    const message = messageOf(headOf(CHARGE, { method: "POST", fields: ["content-type", type] }));
    const body = Buffer.from(content as string);
    const text = redacted === null ? null : Buffer.from(redacted);
    stepUps.ask({ message, content: body, redacted: text, caller: "shop", who: "cfo", ttlMs: 60_000 }, NOW);
    const { text: seen, cut } = stepUps.waiting(NOW)[0]!.request;
    return [seen, cut];
  };
  it.each<[string, Parameters<typeof shown>, ReturnType<typeof shown>]>([
    ["JSON as it came", ['{"amount": 1.50}', "application/json"], ['{"amount": 1.50}', false]],
    ["a form", ["a=1&b=2", "application/x-www-form-urlencoded; charset=utf-8"], ["a=1&b=2", false]],
    [
      "what leaves, not what is taken out",
      ['{"card":"4111"}', "application/json", '{"card":"…"}'],
      ['{"card":"…"}', false],
    ],
    ["what turns other letters around", ["pay \u202e001", "text/plain"], ["pay \\u{202e}001", false]],
    ["what has no width", ["a\u200bb\u0000", "text/plain"], ["a\\u{200b}b\\u{0}", false]],
    ["nothing of bytes that are no text", [Buffer.from([255, 254]), "text/plain"], [null, false]],
    ["nothing of a picture", ["<svg>", "image/png"], [null, false]],
    ["nothing of nothing", ["", "text/plain"], [null, false]],
    ["as much as fits", ["a".repeat(STEP_UP_TEXT_MAX), "text/plain"], ["a".repeat(STEP_UP_TEXT_MAX), false]],
    ["the beginning of more", ["a".repeat(STEP_UP_TEXT_MAX + 1), "text/plain"], ["a".repeat(STEP_UP_TEXT_MAX), true]],
  ])("%s", (_, given, expected) => expect(shown(...given)).toEqual(expected));
});

describe("the counter of a credential", () => {
  const party = { id: PARTY.rpId, origin: PARTY.origin };
  async function enrolledPeople(key: Authenticator): Promise<People> {
    const entry = await enrolled(key.register(PARTY), party);
    return readPeople(JSON.stringify({ relying_party: party, people: { cfo: [entry] } })) as People;
  }
  const asked = {
    message: messageOf(headOf(CHARGE, { method: "POST" })),
    content: Buffer.from("{}"),
    caller: "shop",
    who: "cfo",
    ttlMs: 60_000,
  };
  const approve = async (people: People, key: Authenticator, options: Partial<StepUpsOptions>, count = 1) => {
    const stepUps = new StepUps({ people, head: () => "0", random: (bytes) => Buffer.alloc(bytes, 1), ...options });
    stepUps.ask(asked, NOW);
    const [{ id, challenge } = { id: "", challenge: "" }] = stepUps.waiting(NOW);
    return stepUps.approve(id, key.approve(challenge, PARTY, { count }), () => NOW);
  };

  it("is kept before the approval counts, and one that went back over a restart is refused", async () => {
    const key = new Authenticator();
    const people = await enrolledPeople(key);
    const kept: [string, number][] = [];
    const keep = async (credential: string, counter: number): Promise<void> => void kept.push([credential, counter]);
    expect(await approve(people, key, { keep }, 7)).toBeNull();
    expect(kept).toEqual([[key.id.toString("base64url"), 7]]);
    // A copy that was made before: its counter is behind.
    expect(await approve(people, key, { counters: new Map(kept) }, -3)).toMatch(/counter/);
    expect(await approve(people, key, { counters: new Map(kept) }, 9)).toBeNull();
  });
  it("cannot be written: nothing is approved", async () => {
    const key = new Authenticator();
    const keep = () => Promise.reject(new Error("the disk is full"));
    expect(await approve(await enrolledPeople(key), key, { keep })).toBe("the approval cannot be written down");
  });
});

describe("an assertion is refused", () => {
  it.each<[string, (key: Authenticator, challenge: string) => unknown, RegExp]>([
    ["for another challenge", (key) => key.approve(Buffer.alloc(32).toString("base64url"), PARTY), /challenge/],
    [
      "from another page",
      (key, challenge) => key.approve(challenge, { ...PARTY, origin: "http://evil.example" }),
      /origin/,
    ],
    ["for another domain", (key, challenge) => key.approve(challenge, { ...PARTY, rpId: "evil.example" }), /RP ID/],
    ["without PIN or finger", (key, challenge) => key.approve(challenge, PARTY, { verified: false }), /verification/],
    ["of another credential", (_, challenge) => new Authenticator().approve(challenge, PARTY), /none of this person/],
    [
      "with a broken signature",
      (key, challenge) => {
        const made = key.approve(challenge, PARTY);
        const other = key.approve(challenge, PARTY, { count: 0 }).response;
        return {
          ...made,
          response: {
            ...made.response,
            signature: other.signature,
            authenticatorData: key.approve(challenge, PARTY).response.authenticatorData,
          },
        };
      },
      /not good/,
    ],
    ["with a counter that stands", (key, challenge) => key.approve(challenge, PARTY, { count: -1 }), /counter|range/i],
    ["that is none", () => ({ id: 7 }), /none of this person/],
    ["that is no JSON", () => "{", /no object/],
  ])("%s", async (_, make, said) => {
    const { admin, send, key } = await cage();
    const other = (await send(CHARGE, "0")).more["step_up"] as string;
    const [zero] = listed(await admin("GET", "/step-up"));
    expect((await admin("POST", `/step-up/${other}`, key.approve(zero!.challenge, PARTY, { count: 5 }))).status).toBe(
      200,
    );
    const id = (await send(CHARGE, "{}")).more["step_up"] as string;
    const [one] = listed(await admin("GET", "/step-up"));
    const refused = await admin("POST", `/step-up/${id}`, make(key, one!.challenge));
    expect(refused.status).toBeGreaterThanOrEqual(400);
    expect(String(refused.body["detail"])).toMatch(said);
    expect((await send(CHARGE, "{}", { id })).reason).toBe("step-up-required");
  });
  it("when it comes twice", async () => {
    const { admin, send, key } = await cage();
    const id = (await send(CHARGE, "{}")).more["step_up"] as string;
    const [one] = listed(await admin("GET", "/step-up"));
    const assertion = key.approve(one!.challenge, PARTY);
    const both = await Promise.all([
      admin("POST", `/step-up/${id}`, assertion),
      admin("POST", `/step-up/${id}`, assertion),
    ]);
    expect(both.map(({ status }) => status).sort()).toEqual([200, 403]);
  });
});

describe("bounds", () => {
  it("one caller does not fill the list, and the list is not endless", async () => {
    const { stepUps } = await cage();
    const ask = (caller: string, path: string) => {
      const message = messageOf(headOf(`https://api.example/${path}`));
      return stepUps.ask({ message, content: new Uint8Array(0), caller, who: "cfo", ttlMs: 1_000 }, NOW).reason;
    };
    for (let at = 0; at < STEP_UPS_PER_CALLER_MAX; at++) expect(ask("a", String(at))).toBe("step-up-required");
    expect([ask("a", "more"), ask("b", "more")]).toEqual(["step-ups-full", "step-up-required"]);
    for (let at = STEP_UPS_PER_CALLER_MAX + 1; at < STEP_UPS_MAX; at++) ask(`c${at}`, "x");
    expect(ask("last", "x")).toBe("step-ups-full");
    expect(stepUps.waiting(NOW + 1_000)).toEqual([]);
  });
  it("of the endpoint: another host, another type, another place, a large body", async () => {
    const { admin } = await cage();
    expect((await admin("GET", "/step-up", undefined, { host: "evil.example" })).status).toBe(421);
    expect((await admin("GET", "/")).status).toBe(200);
    expect((await admin("GET", "/else")).status).toBe(404);
    expect((await admin("POST", "/step-up/x", "{}", { "content-type": "text/plain" })).status).toBe(415);
    expect((await admin("POST", "/step-up/x", JSON.stringify({ x: "y".repeat(20_000) }))).status).toBe(413);
    expect((await admin("POST", "/step-up/enrol", { id: "x" })).status).toBe(400);
  });
});

describe("the file of people", () => {
  const party = { id: "cage.example", origin: "https://cage.example" };
  const entry = { id: "AQ", public_key: "AQ" };
  it.each([
    ["no JSON", "{", "the file of people is no JSON"],
    ["no domain", { relying_party: { id: "Cage" } }, "`relying_party.id` is no domain"],
    ["no origin", { relying_party: { ...party, origin: "cage.example" } }, "`relying_party.origin` is no origin"],
    [
      "another origin",
      { relying_party: { ...party, origin: "https://notcage.example" } },
      "`relying_party.origin` does not lie in `relying_party.id`",
    ],
    ["nobody's credentials", { relying_party: party, people: { cfo: [] } }, "`cfo` has no list of credentials"],
    [
      "odd credentials",
      { relying_party: party, people: { cfo: [{ id: "=" }] } },
      "a credential of `cfo` is no base64url",
    ],
    [
      "an odd counter",
      { relying_party: party, people: { cfo: [{ ...entry, counter: -1 }] } },
      "a counter of `cfo` is no count",
    ],
    [
      "a credential of two",
      { relying_party: party, people: { cfo: [entry], ceo: [entry] } },
      "a credential of `ceo` stands twice",
    ],
  ])("%s", (_, file, problem) => {
    const read = readPeople(typeof file === "string" ? file : JSON.stringify(file));
    expect(isUnmet(read) && read.problem).toBe(problem);
  });
  it("who has no credential cannot be asked, and a policy that asks is not loaded", async () => {
    const { stepUps } = await cage();
    const more = configuration({ stepUps, rates: new RateLimits() });
    expect(unmetRules(policyOf(RULES.replace("cfo", "ceo")), more)).toMatchObject([
      { problem: "`ceo` has no credential" },
    ]);
    expect(unmetRules(policyOf(RULES), configuration())).toMatchObject([
      { problem: "nobody can be asked: the cage has no file of people" },
    ]);
  });
});
