// The HTTP API against requests nobody would send: mutated actions, random bytes, odd addresses and parameters. Whatever comes,
// the answer is a documented problem or a receipt, never a 500, and afterwards the ledger replays.
import fc from "fast-check";
import type { FastifyInstance } from "fastify";
import { afterAll, beforeAll, expect, it } from "vitest";
import {
  actionToJson,
  createServer,
  encodeEnvelope,
  nodeOf,
  PROBLEMS,
  pureVerify,
  ROUTES,
  type Route,
  replayLedger,
  type SignedAction,
} from "../../court-node/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import {
  buyer,
  type Kit,
  lateDelivery,
  node as nodeKey,
  ORIGIN,
  openKit,
  prepare,
  seller,
  stranger,
} from "../unit/court-node/kit.ts";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 400);
let kit: Kit;
let app: FastifyInstance;
let signed: readonly SignedAction[];
beforeAll(async () => {
  kit = await openKit();
  const agreement = await lateDelivery(kit);
  const node = nodeOf(
    { log: kit.log, storage: kit.storage },
    { origin: ORIGIN, key: nodeKey, clock: kit.clock, onFatal: () => undefined },
  );
  app = createServer({ node, version: "1" });
  signed = await Promise.all([
    prepare(kit, "act", seller, { agreement, name: "deliver" }),
    prepare(kit, "act", buyer, { agreement, name: "accept_force_majeure", inputs: { reason: "flood" } }),
    prepare(kit, "pay", seller, { agreement, value: [["USD", "1.00"]], for: "pay_penalty" }),
    prepare(kit, "use", buyer, { agreement, name: "terminate" }),
    prepare(kit, "act", stranger, { agreement, name: "deliver" }),
    prepare(kit, "offer", seller, { name: "ab".repeat(32), inputs: { roles: {}, terms: {} } }),
  ]);
  await app.ready();
});
afterAll(() => app.close());

/** Sends and checks the answer against what /openapi.json promises for the route. */
async function check(
  route: Route | null,
  request: {
    readonly method: "GET" | "POST" | "PUT";
    readonly url: string;
    readonly headers?: Record<string, string>;
    readonly payload?: string | Buffer;
  },
): Promise<void> {
  const size = kit.log.size;
  const response = await app.inject(request);
  const status = response.statusCode;
  if (status < 400) {
    if (route !== null) expect(Object.keys(route.answers), request.url).toContain(String(status));
    return;
  }
  expect(status, `${request.method} ${request.url}: ${response.body}`).not.toBe(500);
  const { code } = response.json() as { readonly code: keyof typeof PROBLEMS };
  expect([PROBLEMS[code]?.status, response.headers["content-type"]], response.body).toEqual([
    status,
    expect.stringMatching(/^application\/problem\+json/),
  ]);
  if (route !== null && !["unsupported-media-type", "not-found", "too-large"].includes(code))
    expect(route.problems, request.url).toContain(code);
  expect(kit.log.size).toBe(size);
}
const routeOf = (name: string): Route => (ROUTES as readonly Route[]).find((route) => route.name === name) as Route;
const json = { "content-type": "application/json" };
const cbor = { "content-type": "application/cbor" };
const odd = fc.oneof(
  fc.jsonValue({ maxDepth: 3 }),
  fc.constantFrom("", "0", -1, 2 ** 53, 1e308, "\u0000", "__proto__", "\ud800", [], {}, null, "x".repeat(5_000)),
);

it("mutated actions as JSON", async () => {
  const mutated = fc.record({
    of: fc.nat(5),
    field: fc.constantFrom(
      "version",
      "origin",
      "kind",
      "agreement",
      "name",
      "inputs",
      "value",
      "for",
      "author",
      "nonce",
      "deadline",
      "signature",
      "rail",
      "more",
    ),
    value: odd,
    drop: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(mutated, async ({ of, field, value, drop }) => {
      const body: Record<string, unknown> = { ...actionToJson(signed[of] as SignedAction) };
      if (drop) delete body[field];
      else body[field] = value;
      await check(routeOf("act"), { method: "POST", url: "/actions", headers: json, payload: JSON.stringify(body) });
    }),
    { numRuns: RUNS },
  );
});
it("mutated envelopes as CBOR, alone and in batches", async () => {
  const mutated = fc.record({ of: fc.nat(5), at: fc.nat(), byte: fc.nat(255), cut: fc.option(fc.nat()) });
  await fc.assert(
    fc.asyncProperty(mutated, fc.boolean(), async ({ of, at, byte, cut }, batch) => {
      const bytes = Buffer.from(encodeEnvelope(signed[of] as SignedAction));
      bytes[at % bytes.length] = byte;
      const payload = cut === null ? bytes : bytes.subarray(0, cut % bytes.length);
      if (!batch) return check(routeOf("act"), { method: "POST", url: "/actions", headers: cbor, payload });
      const response = await app.inject({
        method: "POST",
        url: "/actions/batch",
        headers: json,
        payload: JSON.stringify({ envelopes: [payload.toString("base64"), payload.toString("base64")] }),
      });
      expect([200, 400], response.body).toContain(response.statusCode);
    }),
    { numRuns: RUNS },
  );
});
it("random bodies at every address that takes one", async () => {
  const takers = (ROUTES as readonly Route[]).filter(({ method }) => method === "POST");
  const bodies = fc.oneof(
    odd.map((value) => JSON.stringify(value) ?? ""),
    fc.string(),
    fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...takers),
      bodies,
      fc.constantFrom(json, cbor, { "content-type": "text/plain" }, { "content-type": "multipart/form-data" }, {}),
      (route, payload, headers) =>
        check(route, { method: "POST", url: route.path.replace("{id}", "ab".repeat(32)), headers, payload }),
    ),
    { numRuns: RUNS },
  );
});
it("odd addresses and parameters", async () => {
  const getters = (ROUTES as readonly Route[]).filter(({ method, name }) => method === "GET" && name !== "events");
  const part = fc.oneof(
    fc.constantFrom(
      "0",
      "1",
      "-1",
      "999999999",
      "1e3",
      "ab".repeat(32),
      "..",
      "%00",
      "%ff",
      "%2e%2e%2f",
      "000",
      "entries/000.p/1",
      "x001/000",
    ),
    fc.string({ maxLength: 20 }).map(encodeURIComponent),
  );
  const query = fc.array(fc.tuple(fc.constantFrom("from", "limit", "after", "x", "__proto__"), part), { maxLength: 3 });
  await fc.assert(
    fc.asyncProperty(fc.constantFrom(...getters), part, query, async (route, value, parameters) => {
      const url =
        route.path.replace(/\{\w+\}/, value) +
        (parameters.length === 0 ? "" : `?${parameters.map((pair) => pair.join("=")).join("&")}`);
      await check(null, { method: "GET", url });
    }),
    { numRuns: RUNS },
  );
});
it("and the ledger replays", () => {
  expect(replayLedger({ log: kit.log, storage: kit.storage, builtins: BUILTINS, verify: pureVerify })).toMatchObject({
    difference: null,
  });
});
