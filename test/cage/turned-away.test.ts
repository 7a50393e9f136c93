// Requests that are not looked at leave records, too, and a flood of them few.
import { connect, type Socket } from "node:net";
import { afterEach, expect, it } from "vitest";
import type { PlainRecord } from "../../cage/point.ts";
import { createTunnel } from "../../cage/tls/index.ts";
import { afterwards, cage, closeAll, fakeGate, get, raw, rawUpstream, until } from "./fakes.ts";

afterEach(closeAll);

const codeOf = (answer: { readonly body: string }): PlainRecord => JSON.parse(answer.body) as PlainRecord;
/** An exchange that does not end. */
function waiting(port: number, url: string): Socket {
  const socket = connect(port, "127.0.0.1");
  socket.write(get(`${url}/`));
  afterwards(() => socket.destroy());
  return socket;
}

it("too many under way: the answer names its record, the record the caller", async () => {
  const gate = fakeGate();
  const up = await rawUpstream(() => undefined);
  const { port } = await cage(gate, { limits: { exchanges: 1 } });
  waiting(port, up.url);
  await until(() => gate.intents.length === 1);
  const busy = await raw(port, get(`${up.url}/`));
  expect([busy.status, codeOf(busy)]).toEqual([
    503,
    expect.objectContaining({ code: "busy", receipt: expect.stringMatching(/^[0-9a-f]{64}$/) }),
  ]);
  expect(gate.notes).toEqual([
    {
      kind: "refusal",
      body: {
        exchange: codeOf(busy)["exchange"],
        word: "busy",
        direction: "egress",
        caller: { address: "127.0.0.1" },
        status: 503,
      },
    },
  ]);
  expect(gate.asked).toHaveLength(1);
});

it("a flood has sixteen records in a second, and one that counts the rest", async () => {
  const gate = fakeGate();
  const up = await rawUpstream(() => undefined);
  const running = await cage(gate, { limits: { exchanges: 1, drainMs: 1 } });
  waiting(running.port, up.url);
  await until(() => gate.intents.length === 1);
  const answers = await Promise.all(Array.from({ length: 40 }, () => raw(running.port, get(`${up.url}/`))));
  expect(new Set(answers.map((answer) => codeOf(answer)["code"]))).toEqual(new Set(["busy"]));
  await running.close();
  const bodies = gate.notes.map(({ body }) => body);
  const own = bodies.filter(({ count }) => count === undefined);
  const counted = bodies.filter(({ count }) => count !== undefined);
  // A second may have passed in between.
  expect(own.length).toBeGreaterThanOrEqual(16);
  expect(own.length).toBeLessThan(40);
  expect(counted[0]).toEqual({ word: "busy", direction: "egress", count: expect.any(Number) });
  expect(own.length + counted.reduce((sum, { count }) => sum + Number(count), 0)).toBe(40);
  expect(answers.filter((answer) => codeOf(answer)["receipt"] !== undefined)).toHaveLength(own.length);
});

it("too many of one connection", async () => {
  const gate = fakeGate();
  const up = await rawUpstream(() => undefined);
  const { port } = await cage(gate);
  const line = `GET ${up.url}/ HTTP/1.1\r\nHost: 127.0.0.1:${up.port}\r\n\r\n`;
  const pipelining = connect(port, "127.0.0.1");
  afterwards(() => pipelining.destroy());
  pipelining.write(line.repeat(18));
  await until(() => gate.notes.length === 2);
  expect(gate.notes.map(({ body }) => body["word"])).toEqual(["pipelined", "pipelined"]);
});

it("a cage that stops", async () => {
  const gate = fakeGate();
  let answer: (() => void) | null = null;
  const up = await rawUpstream((socket) => {
    socket.once("data", () => {
      answer = () => socket.end("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok");
    });
  });
  const running = await cage(gate);
  const line = `GET ${up.url}/ HTTP/1.1\r\nHost: 127.0.0.1:${up.port}\r\n\r\n`;
  const caller = connect(running.port, "127.0.0.1");
  afterwards(() => caller.destroy());
  caller.write(line);
  await until(() => answer !== null);
  const closing = running.close();
  caller.write(line);
  await until(() => gate.notes.length === 1);
  (answer as unknown as () => void)();
  await closing;
  expect(gate.notes).toMatchObject([{ kind: "refusal", body: { word: "stopping", direction: "egress" } }]);
});

it("tunnels: too many in all, and too many tunnels", async () => {
  const gate = fakeGate();
  const up = await rawUpstream(() => undefined);
  const target = `127.0.0.1:${up.port}`;
  const ask = `CONNECT ${target} HTTP/1.1\r\nHost: ${target}\r\n\r\n`;
  const full = await cage(gate, { limits: { exchanges: 1 }, tunnel: createTunnel() });
  waiting(full.port, up.url);
  await until(() => gate.intents.length === 1);
  expect(codeOf(await raw(full.port, ask))).toMatchObject({ code: "busy", receipt: expect.any(String) });
  const none = await cage(gate, { tunnel: createTunnel({ most: 0 }) });
  expect(codeOf(await raw(none.port, ask))).toMatchObject({ code: "too-many-tunnels", receipt: expect.any(String) });
  expect(gate.notes.map(({ body }) => body["word"])).toEqual(["busy", "too-many-tunnels"]);
});

it("connections that are one too many, of one address and in all: sixteen a second name the caller, the others are counted", async () => {
  const gate = fakeGate();
  const up = await rawUpstream(() => undefined);
  const running = await cage(gate, { limits: { peerConnections: 1, exchanges: 1, drainMs: 1 } });
  waiting(running.port, up.url);
  await until(() => gate.intents.length === 1);
  await Promise.all(Array.from({ length: 20 }, () => raw(running.port, "")));
  const [first] = gate.notes;
  expect(first).toEqual({
    kind: "refusal",
    body: {
      word: "too-many-connections",
      direction: "egress",
      caller: { address: "127.0.0.1" },
      detail: "of one address",
    },
  });
  // They do not use up what requests have for themselves.
  expect(
    codeOf(await raw(running.inPort, "GET / HTTP/1.1\r\nHost: shop.example\r\nConnection: close\r\n\r\n")),
  ).toMatchObject({
    code: "busy",
    receipt: expect.any(String),
  });
  await running.close();
  const bodies = gate.notes.map(({ body }) => body).filter(({ word }) => word === "too-many-connections");
  const own = bodies.filter(({ count }) => count === undefined);
  expect(own.length).toBeGreaterThanOrEqual(16);
  expect(own.length + bodies.reduce((sum, { count = 0 }) => sum + Number(count), 0)).toBe(20);

  const none = fakeGate();
  const full = await cage(none, { limits: { connections: 1 } });
  waiting(full.port, up.url);
  await until(() => none.intents.length === 1);
  await raw(full.port, "");
  expect(none.notes).toMatchObject([{ body: { word: "too-many-connections", detail: "in all" } }]);
});

it("a ledger that cannot write is no reason not to answer", async () => {
  const gate = fakeGate();
  const up = await rawUpstream(() => undefined);
  const { port, numbers } = await cage(gate, { limits: { exchanges: 1 } });
  waiting(port, up.url);
  await until(() => gate.intents.length === 1);
  gate.down = true;
  const busy = codeOf(await raw(port, get(`${up.url}/`)));
  expect([busy["code"], busy["receipt"]]).toEqual(["busy", undefined]);
  expect(numbers.recordFailures).toBe(1);
});
