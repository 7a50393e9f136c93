// The policy server: AuthZEN as its certification scenario asks, and what it refuses.
import { existsSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FastifyInstance } from "fastify";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { readMappings } from "../../../policy/authzen.ts";
import { openPolicy, PolicyError } from "../../../policy/index.ts";
import { DecisionLog } from "../../../policy/log-file.ts";
import { createMetrics } from "../../../policy/metrics.ts";
import { type LoadedFrom, Running, type RunningOptions } from "../../../policy/running.ts";
import { createPolicyServer, type PolicyServerOptions } from "../../../policy/server.ts";
import { built, DESK, NOTES, NOTES_OPEN } from "./kit.ts";

/** The fixture of the certification scenario of the Authorization API 1.0, its eight decisions. */
const RECORDS = `policy: records
on:
  subject: {type: text, id: text, properties?: {role?: text}}
  action: {name: text, properties?: {soft?: bool}}
  resource: {type: text, id: text, properties?: {status?: text}}
rules:
  - allow: all read
    id: readers
    match: {action: {name: read}}
  - allow: alice writes
    id: alice
    match: {subject: {id: alice}, action: {name: write}}
  - allow: soft deletion
    id: soft
    match: {subject: {id: alice}, action: {name: delete, properties: {soft: true}}}
  - allow: admins write archives
    id: admins
    match: {subject: {properties: {role: admin}}, action: {name: write}, resource: {properties: {status: archived}}}
  - deny: archives stay
    id: archived
    match: {action: {name: write}, resource: {properties: {status: archived}}}
    unless: get(subject.properties.role, "") == "admin"
`;

let folder: string;
let app: FastifyInstance;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "writ-pdp-"));
});
afterEach(async () => {
  await app?.close();
  rmSync(folder, { recursive: true, force: true });
});

const fromText = (text: string): LoadedFrom => ({ policy: openPolicy(built(text).bytes), bundle: null });

async function serverOf(
  text: string,
  more: Partial<PolicyServerOptions> = {},
  running: Partial<RunningOptions> = {},
): Promise<Running> {
  const started = await Running.start({ load: async () => fromText(text), obligations: new Set(), ...running });
  app = createPolicyServer({
    running: started,
    metrics: createMetrics(started),
    log: null,
    mappings: [],
    tokens: null,
    url: () => "https://pdp.example",
    now: () => Date.UTC(2026, 2, 1, 9),
    version: "1.2.3",
    logger: false,
    ...more,
  });
  return started;
}

async function post(url: string, body: unknown, headers: Record<string, string> = {}) {
  const answer = await app.inject({
    method: "POST",
    url,
    headers: { "content-type": "application/json", ...headers },
    payload: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.statusCode, headers: answer.headers, json: answer.json<Record<string, unknown>>() };
}
const one = (body: unknown, headers?: Record<string, string>) => post("/access/v1/evaluation", body, headers);
const many = (body: unknown) => post("/access/v1/evaluations", body);

const alice = { type: "user", id: "alice" };
const bob = { type: "user", id: "bob" };
const record1 = { type: "record", id: "record-1" };
const archived = { type: "record", id: "record-2", properties: { status: "archived" } };
const read = { name: "read" };
const write = { name: "write" };

describe("the certification scenario", () => {
  beforeEach(async () => {
    await serverOf(RECORDS);
  });

  it.each<readonly [unknown, boolean]>([
    [{ subject: alice, action: read, resource: record1 }, true],
    [{ subject: alice, action: write, resource: record1 }, true],
    [{ subject: bob, action: read, resource: record1 }, true],
    [{ subject: bob, action: write, resource: record1 }, false],
    [{ subject: alice, action: write, resource: archived }, false],
    [{ subject: { ...bob, properties: { role: "admin" } }, action: write, resource: archived }, true],
    [{ subject: alice, action: { name: "delete", properties: { soft: true } }, resource: record1 }, true],
    [{ subject: alice, action: { name: "delete", properties: { soft: false } }, resource: record1 }, false],
    [{ subject: alice, action: read, resource: record1, context: { time: "2025-06-27T18:03-07:00" } }, true],
    [
      {
        subject: { ...alice, properties: { department: "Sales", role: "manager" } },
        action: { ...read, properties: { method: "GET" } },
        resource: { ...record1, properties: { status: "active", owner: "bob" } },
      },
      true,
    ],
    [{ subject: alice, action: read, resource: record1, foo: "bar", futureField: { nested: true } }, true],
  ])("%j is %s", async (body, decision) => {
    for (let i = 0; i < 2; i++) {
      const { status, json } = await one(body);
      expect(status).toBe(200);
      expect(json["decision"]).toBe(decision);
      expect(json["context"]).toBeTypeOf("object");
    }
  });

  it.each<readonly [unknown, string]>([
    [{ action: read, resource: record1 }, "subject: is missing"],
    [{ subject: alice, resource: record1 }, "action: is missing"],
    [{ subject: alice, action: read }, "resource: is missing"],
    [{ subject: { id: "alice" }, action: read, resource: record1 }, "subject.type: is missing"],
    [{ subject: { type: "user" }, action: read, resource: record1 }, "subject.id: is missing"],
    [{ subject: alice, action: {}, resource: record1 }, "action.name: is missing"],
    [{ subject: alice, action: read, resource: { id: "1" } }, "resource.type: is missing"],
    [{ subject: alice, action: read, resource: { type: "record" } }, "resource.id: is missing"],
    [{ subject: "alice", action: read, resource: record1 }, "subject: expected an object"],
    [{ subject: alice, action: { name: 123 }, resource: record1 }, "action.name: expected a text"],
    [
      { subject: { ...alice, properties: 1 }, action: read, resource: record1 },
      "subject.properties: expected an object",
    ],
    [{ subject: alice, action: read, resource: record1, context: [] }, "context: expected an object"],
    [[], "expected an object"],
    ['{"subject"', "is no JSON"],
    ['{"a":1,"a":2}', "a key comes twice"],
    ["", "is no JSON"],
  ])("%j is refused with 400", async (body, reason) => {
    const { status, json, headers } = await one(body);
    expect(status).toBe(400);
    expect(headers["content-type"]).toContain("application/problem+json");
    expect(json).toMatchObject({
      code: "malformed",
      type: "urn:writ:problem:malformed",
      detail: expect.stringContaining(reason),
    });
  });

  it("takes JSON alone, and no body without its type", async () => {
    for (const type of ["text/plain", "application/xml", "application/cbor"])
      expect((await one("{}", { "content-type": type })).status).toBe(400);
    expect((await app.inject({ method: "POST", url: "/access/v1/evaluation" })).statusCode).toBe(400);
  });

  it("echoes the id of a request, and makes one where there is none", async () => {
    const body = { subject: alice, action: read, resource: record1 };
    expect((await one(body, { "x-request-id": "bfe9eb29-ab87" })).headers["x-request-id"]).toBe("bfe9eb29-ab87");
    expect((await one(body)).headers["x-request-id"]).toMatch(/^[0-9a-f-]{36}$/);
    expect((await one(body, { "x-request-id": "x".repeat(500) })).headers["x-request-id"]).toHaveLength(36);
  });

  const decisions = ({ json }: Awaited<ReturnType<typeof many>>): unknown[] =>
    (json["evaluations"] as { decision: boolean }[]).map(({ decision }) => decision);

  it.each<readonly [unknown, readonly boolean[]]>([
    [{ subject: bob, resource: record1, evaluations: [{ action: read }, { action: write }] }, [true, false]],
    [{ subject: alice, action: write, evaluations: [{ resource: record1 }, { resource: archived }] }, [true, false]],
    [
      {
        action: write,
        resource: archived,
        evaluations: [{ subject: alice }, { subject: { ...bob, properties: { role: "admin" } } }],
      },
      [false, true],
    ],
    [
      {
        evaluations: [
          { subject: alice, action: read, resource: record1 },
          { subject: bob, action: write, resource: record1 },
        ],
      },
      [true, false],
    ],
    // A required field that the entity does not have is that of the default.
    [
      {
        subject: alice,
        action: write,
        resource: { type: "record" },
        evaluations: [{ resource: { id: "record-1", properties: { status: "active" } } }, { resource: archived }],
      },
      [true, false],
    ],
    [{ subject: alice, action: read, evaluations: [{ resource: record1 }, {}, 7] }, [true, false, false]],
  ])("batch %j", async (body, expected) => {
    const answer = await many(body);
    expect(answer.status).toBe(200);
    expect(decisions(answer)).toEqual(expected);
    expect(answer.json["decision"]).toBeUndefined();
  });

  it("one bad evaluation is denied alone, and says why", async () => {
    const { json } = await many({ subject: alice, action: read, evaluations: [{ resource: record1 }, {}] });
    expect((json["evaluations"] as unknown[])[1]).toEqual({
      decision: false,
      context: { error: { status: 400, message: "resource: is missing" } },
    });
  });

  it("ends early when asked to", async () => {
    const evaluations = [{ action: read }, { action: write }, { action: read }];
    const ask = (semantic: string) =>
      many({ subject: bob, resource: record1, evaluations, options: { evaluations_semantic: semantic } });
    expect(decisions(await ask("execute_all"))).toEqual([true, false, true]);
    expect(decisions(await ask("deny_on_first_deny"))).toEqual([true, false]);
    expect(decisions(await ask("permit_on_first_permit"))).toEqual([true]);
    expect((await ask("sometimes")).status).toBe(400);
  });

  it("without evaluations a batch is one request", async () => {
    const single = { subject: alice, action: read, resource: record1 };
    for (const body of [single, { ...single, evaluations: [] }]) expect((await many(body)).json["decision"]).toBe(true);
    expect((await many({ evaluations: 7 })).status).toBe(400);
    expect((await many({ ...single, evaluations: new Array(1_001).fill({}) })).json["detail"]).toContain(
      "at most 1000",
    );
  });

  it("says where it is asked", async () => {
    const answer = await app.inject({ url: "/.well-known/authzen-configuration" });
    expect(answer.json()).toEqual({
      policy_decision_point: "https://pdp.example",
      access_evaluation_endpoint: "https://pdp.example/access/v1/evaluation",
      access_evaluations_endpoint: "https://pdp.example/access/v1/evaluations",
    });
  });
});

describe("a policy server", () => {
  const mapped = { mappings: readMappings(["user=subject.id", "act=action.name", "note=resource.properties"]) };
  const ask = (note: object) => ({ subject: alice, action: read, resource: { ...record1, properties: note } });

  it("fills the input by its mapping", async () => {
    await serverOf(NOTES, mapped);
    expect((await one(ask({ owner: "alice" }))).json["decision"]).toBe(true);
    expect((await one(ask({ owner: "bob" }))).json["decision"]).toBe(false);
    // A place that is not there leaves its field out, and the policy says so.
    const { json } = await one({ subject: alice, action: read, resource: record1 });
    expect(json).toMatchObject({
      decision: false,
      context: { errors: [{ rule: "input", error: "note: is missing" }] },
    });
  });

  it.each(["user", "user=", "=subject.id", "user=caller.id", "a b=subject.id", "user=subject..id"])(
    "refuses the mapping `%s`",
    (text) => {
      expect(() => readMappings([text])).toThrow(PolicyError);
    },
  );

  it("a mapping may reach into records, and later ones lie over earlier ones", async () => {
    await serverOf(NOTES, {
      mappings: readMappings([
        "user=subject.id",
        "act=action.name",
        "note.owner=resource.id",
        "note.shared=context.shared",
      ]),
    });
    const body = { subject: bob, action: read, resource: { type: "note", id: "ada" }, context: { shared: true } };
    expect((await one(body)).json).toMatchObject({ decision: true, context: { determining: [{ rule: "shared" }] } });
  });

  it("answers the policy's own questions", async () => {
    await serverOf(NOTES);
    const input = { user: "ada", act: "write", note: { owner: "ada", locked: true } };
    expect((await post("/v1/decide", input)).json).toMatchObject({
      decision: "deny",
      determining: [{ rule: "locked" }],
    });
    expect((await post("/v1/check", input)).json).toMatchObject({ violations: [{ rule: "locked" }] });
  });

  it("hands on obligations, and does not start with one that nobody meets", async () => {
    await expect(serverOf(DESK)).rejects.toMatchObject({ code: "policy/unmet-obligation" });
    await serverOf(
      DESK,
      { mappings: readMappings(["role=subject.id", "file=resource.id"]) },
      { obligations: new Set(["hide"]) },
    );
    const body = { subject: { type: "role", id: "clerk" }, action: read, resource: record1 };
    expect((await one(body)).json).toMatchObject({
      decision: true,
      context: { obligations: [{ name: "hide", args: { fields: ["card"] }, rules: ["clerks"] }] },
    });
  });

  it("writes each answer before it leaves; without a line there is no answer", async () => {
    const path = join(folder, "d.jsonl");
    const log = DecisionLog.open(path);
    const running = await serverOf(NOTES, { ...mapped, log }, { onLoad: (policy) => log.keep(policy.parts) });
    const { json, headers } = await one(ask({ owner: "alice" }));
    expect((json["context"] as { id: string }).id).toBe("1");
    const line = JSON.parse(readFileSync(path, "utf8").trimEnd().split("\n")[1]!) as Record<string, unknown>;
    expect(line).toMatchObject({
      at: "2026-03-01T09:00:00.000Z",
      request: headers["x-request-id"],
      input: { user: "alice", act: "read", note: { owner: "alice" } },
      answer: { decision: "allow", module: running.policy.moduleId },
    });
    // Somebody else writes the file: nothing is answered any more.
    writeFileSync(path, "gone\n");
    const failed = await one(ask({ owner: "alice" }));
    expect(failed).toMatchObject({ status: 503, json: { code: "log-failed" } });
    expect(failed.json["decision"]).toBeUndefined();
    expect(failed.headers["retry-after"]).toBe("1");
    const batch = await many({ ...ask({ owner: "alice" }), evaluations: [{}] });
    expect(batch.status).toBe(503);
    expect((await app.inject({ url: "/metrics" })).body).toContain("writ_decision_log_failures_total 2");
    log.close();
  });

  it("lets in who has a token", async () => {
    await serverOf(NOTES, { ...mapped, tokens: ["one", "two"] });
    const body = ask({ owner: "alice" });
    for (const headers of [
      {},
      { authorization: "Bearer three" },
      { authorization: "Basic one" },
      { authorization: "one" },
    ]) {
      const refused = await one(body, headers as Record<string, string>);
      expect(refused.status).toBe(401);
      expect(refused.headers["www-authenticate"]).toBe("Bearer");
    }
    for (const token of ["one", "two"])
      expect((await one(body, { authorization: `Bearer ${token}` })).status).toBe(200);
    expect((await app.inject({ url: "/healthz" })).statusCode).toBe(200);
  });

  it("refuses what is too large, elsewhere, or of another method", async () => {
    await serverOf(NOTES);
    const large = await post("/v1/decide", `{"user": "${"x".repeat(1024 * 1024)}"}`);
    expect(large).toMatchObject({ status: 413, json: { code: "too-large" } });
    expect((await app.inject({ url: "/nowhere" })).json()).toMatchObject({ status: 404, code: "not-found" });
    const wrong = await app.inject({ url: "/v1/decide" });
    expect(wrong.json()).toMatchObject({ status: 405, code: "method-not-allowed" });
    expect(wrong.headers["allow"]).toBe("POST");
  });

  it("counts what it did", async () => {
    await serverOf(NOTES, mapped);
    await one(ask({ owner: "alice" }));
    await one(ask({ owner: "bob" }));
    const { body } = await app.inject({ url: "/metrics" });
    expect(body).toContain('writ_decisions_total{kind="decide",decision="allow"} 1');
    expect(body).toContain('writ_decisions_total{kind="decide",decision="deny"} 1');
    expect(body).toContain("writ_policy_stale 0");
  });
});

describe("a policy that changes", () => {
  const body = { user: "bo", act: "write", note: { owner: "ada", shared: true } };
  const decision = async (): Promise<unknown> => (await post("/v1/decide", body)).json["decision"];

  it("takes its place when it loads; a broken one leaves the old one, and health says why", async () => {
    let text = NOTES;
    const running = await serverOf(NOTES, {}, { load: async () => fromText(text) });
    expect(await decision()).toBe("deny");
    text = "policy: broken\n";
    expect(await running.reload()).toBe(false);
    expect(await decision()).toBe("deny");
    expect((await app.inject({ url: "/healthz" })).json()).toMatchObject({
      ready: true,
      policy: "notes",
      stale: { code: null, message: expect.stringContaining("needs") },
    });
    expect((await app.inject({ url: "/metrics" })).body).toContain("writ_policy_stale 1");
    text = NOTES_OPEN;
    expect(await running.reload()).toBe(true);
    expect(await decision()).toBe("allow");
    expect((await app.inject({ url: "/healthz" })).json()).toMatchObject({ stale: null });
  });

  it("one that gives an unmet obligation, or cannot be kept or accepted, does not take its place", async () => {
    let next: () => LoadedFrom = () => fromText(NOTES);
    let keeps = true;
    const accepted: string[] = [];
    const running = await serverOf(
      NOTES,
      {},
      {
        load: async () => next(),
        onLoad: () => {
          if (!keeps) throw new Error("the disk is full");
        },
      },
    );
    const before = running.policy;
    next = () => ({ ...fromText(DESK), accept: () => accepted.push("desk") });
    expect(await running.reload()).toBe(false);
    expect(running.stale?.code).toBe("policy/unmet-obligation");
    keeps = false;
    next = () => ({ ...fromText(NOTES_OPEN), accept: () => accepted.push("open") });
    expect(await running.reload()).toBe(false);
    expect(running.stale).toEqual({ code: null, message: "the disk is full" });
    keeps = true;
    next = () => ({
      ...fromText(NOTES_OPEN),
      accept: () => {
        throw new Error("an older bundle");
      },
    });
    expect(await running.reload()).toBe(false);
    expect(running.policy).toBe(before);
    expect(accepted).toEqual([]);
  });

  it("loads once for calls that come while it loads", async () => {
    let loads = 0;
    const running = await serverOf(
      NOTES,
      {},
      {
        load: async () => {
          loads++;
          await new Promise((resolve) => setTimeout(resolve, 20));
          return fromText(NOTES);
        },
      },
    );
    await Promise.all([running.reload(), running.reload(), running.reload()]);
    expect(loads).toBe(2);
  });
});

describe("watching files", () => {
  it("sees a change once it has settled: written, replaced, removed, added to a folder", async () => {
    const { watchFiles } = await import("../../../policy/watch.ts");
    const file = join(folder, "policy.yaml");
    writeFileSync(file, "one");
    let changes = 0;
    let heard: () => void = () => {};
    const watch = watchFiles(
      () => [file, folder],
      () => {
        changes++;
        heard();
      },
      { everyMs: 10 },
    );
    const change = async (work: () => void): Promise<void> => {
      const done = new Promise<void>((resolve) => {
        heard = resolve;
      });
      work();
      await done;
    };
    try {
      await change(() => writeFileSync(file, "two, longer"));
      await change(() => unlinkSync(file));
      await change(() => writeFileSync(file, "back"));
      await change(() => writeFileSync(join(folder, "more.cue"), "x"));
      expect(changes).toBeGreaterThanOrEqual(4);
      expect(existsSync(file)).toBe(true);
    } finally {
      watch.stop();
    }
    const after = changes;
    writeFileSync(file, "nobody looks any more");
    await new Promise((resolve) => setTimeout(resolve, 60));
    expect(changes).toBe(after);
  });
});
