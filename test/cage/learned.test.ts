// From watching to the least policy, through real cages: what was done is allowed, and nothing else.
import { afterEach, expect, it } from "vitest";
import { learn } from "../../cage/learn/learn.ts";
import { observationsOf } from "../../cage/learn/observations.ts";
import { WATCH } from "../../cage/learn/starter.ts";
import { closeAll, get, parts, raw, until, upstream } from "./fakes.ts";
import { type Whole, wholeCage } from "./whole.ts";

afterEach(closeAll);
const here = async (): Promise<readonly string[]> => ["127.0.0.1"];

it("a policy learned from a cage stands in the next one", async () => {
  let size = 20_000;
  const server = await upstream((_, response) => void response.end("x".repeat(size)));
  const send = async (cage: Whole, path: string, method = "GET", host = "api.example"): Promise<number> =>
    parts((await raw(cage.port, get(`http://${host}:${server.port}${path}`, "", method))).text).status;

  const watching = await wholeCage(WATCH, {}, here);
  for (const path of ["/v1/users/17", "/v1/users/18?full=1", "/v1/orders"])
    expect(await send(watching, path)).toBe(200);
  expect(await send(watching, "/v1/orders", "DELETE")).toBe(200);
  await until(() => watching.gate.underWay === 0);
  const seen = observationsOf(watching.records().map((record, index) => ({ index, record })));
  expect(seen).toHaveLength(4);
  const learned = learn(seen);
  if ("problem" in learned) throw new Error(learned.problem);
  const cage = await wholeCage(learned.text, {}, here);
  const asked: readonly (readonly [string, string, string, number])[] = [
    ["/v1/users/17", "GET", "api.example", 200],
    ["/v1/users/99?full=2", "GET", "api.example", 200],
    ["/v1/orders", "DELETE", "api.example", 200],
    ["/v1/users/17", "DELETE", "api.example", 403],
    ["/v1/users/17?other=1", "GET", "api.example", 403],
    ["/v1/users/x", "GET", "api.example", 403],
    ["/v1/orders?full=1", "GET", "api.example", 403],
    ["/v1/orders", "GET", "other.example", 403],
  ];
  for (const [path, method, host, status] of asked)
    expect(await send(cage, path, method, host), `${method} ${host}${path}`).toBe(status);
  // 20000 bytes were seen; the bound is the next power of two.
  size = 32_769;
  expect(await send(cage, "/v1/orders")).toBe(502);
  size = 32_768;
  expect(await send(cage, "/v1/orders")).toBe(200);
});
