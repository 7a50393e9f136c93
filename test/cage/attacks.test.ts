// What is sent to a cage to get past it, as bytes over sockets: the answer, what reached the upstream, and the record, for each
// stored attack; then peers that are slow, huge, many or broken, upstreams that fail, and a ledger that does.
import { existsSync } from "node:fs";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { ATTACKS, type AttackCase, bytesOf, CASES, SMUGGLING, SSRF } from "./attacks.ts";
import { cage, closeAll, type FakeGate, fakeGate, parts, raw, type Seen, until, upstream } from "./fakes.ts";

afterAll(closeAll);

describe("the table of attacks", () => {
  it("has all 33", () =>
    expect(ATTACKS.map(({ id }) => id)).toEqual(Array.from({ length: 33 }, (_, at) => `A${at + 1}`)));
  it.each(ATTACKS.map((each) => [each.id, each] as const))(
    "%s is tried, or said to be open",
    (_, { tests = [], open }) => {
      expect(tests.length > 0).toBe(open === undefined);
      for (const file of tests) expect(existsSync(new URL(`../../${file}`, import.meta.url)), file).toBe(true);
    },
  );
  it("every case is of one of them, under a name of its own", () => {
    const all = [...CASES, ...SMUGGLING, ...SSRF];
    expect(new Set(all.map(({ id }) => id)).size).toBe(all.length);
    for (const { attack } of all) expect(ATTACKS.map(({ id }) => id)).toContain(attack);
  });
});

describe("one request each", () => {
  let up: Seen;
  let dialled = 0;
  let gates: { readonly near: FakeGate; readonly far: FakeGate };
  let ports: { readonly near: number; readonly far: number; readonly inbound: number };
  let names: AttackCase["names"] = {};
  beforeAll(async () => {
    up = await upstream();
    up.server.on("connection", () => dialled++);
    const near = fakeGate((_, { direction }) =>
      direction === "ingress" ? [{ name: "route", args: { to: up.url }, rules: ["near"] }] : [],
    );
    // Allows everything, and names no address that is not public.
    const far = fakeGate();
    const ask = far.ask;
    far.ask = (point, facts) => ({ ...ask(point, facts), obligations: [] });
    gates = { near, far };
    const started = await cage(near);
    const other = await cage(far, {
      resolve: async (host) => {
        const found = names?.[host];
        if (found === undefined) throw new Error("no such name");
        return found;
      },
    });
    ports = { near: started.port, far: other.port, inbound: started.inPort };
  });
  beforeEach(() => {
    (up.requests as unknown[]).length = 0;
  });

  const run = async (attack: AttackCase, gate: FakeGate, port: number): Promise<void> => {
    const { status, word, reaches = 0, forwarded, absent = [], present = {} } = attack.expect;
    const [notes, intents, completed, dials] = [gate.notes.length, gate.intents.length, gate.completed.length, dialled];
    names = attack.names;
    const answer = parts(
      (await raw(port, bytesOf(attack, up.port))).text.replace(/^HTTP\/1\.1 100 Continue\r\n\r\n/, ""),
    );
    const words = word === undefined ? [] : [word].flat();
    if (word !== undefined) {
      expect(answer.head).toContain("content-type: application/problem+json");
      expect(words).toContain(JSON.parse(answer.body).code);
    }
    expect(answer.status).toBe(status);
    expect(up.requests).toHaveLength(reaches);
    if (forwarded !== undefined) expect(up.requests[0]?.head).toBe(`GET ${forwarded}`);
    const fields = new Map<string, string>();
    for (const { raw } of up.requests)
      for (let at = 0; at < raw.length; at += 2) fields.set(raw[at]!.toLowerCase(), raw[at + 1]!);
    for (const name of absent) expect(fields.has(name), name).toBe(false);
    for (const [name, value] of Object.entries(present)) expect(fields.get(name)).toBe(value);
    if (word === undefined) return;
    if (reaches === 0 && attack.host !== undefined) expect(dialled).toBe(dials);
    // The record names the attack: of the refusal, of the denial, or of how the exchange ended.
    await until(
      () =>
        gate.notes.slice(notes).some(({ body }) => words.includes(String(body["word"]))) ||
        gate.intents.slice(intents).some(({ decisions }) => words.includes(decisions.at(-1)!.reason)) ||
        gate.completed.slice(completed).some(({ outcome }) => words.includes(outcome.ended)),
    );
  };

  it.each(SMUGGLING.map((each) => [each.id, each] as const))("%s", (_, each) => run(each, gates.near, ports.near));
  it.each(CASES.map((each) => [each.id, each] as const))("%s", (_, each) =>
    run(each, gates.near, each.direction === "ingress" ? ports.inbound : ports.near),
  );
  it.each(SSRF.map((each) => [each.id, each] as const))("%s", (_, each) => run(each, gates.far, ports.far));
});
