// The bounds of tunnels, as an operator sets them.
import { connect } from "node:net";
import { connect as connectTls } from "node:tls";
import { afterEach, expect, it } from "vitest";
import { afterwards, closeAll, raw, rawUpstream, until } from "./fakes.ts";
import { wholeCage } from "./whole.ts";

afterEach(closeAll);

const policy = (port: number): string => `policy: git
on: http.request
rules:
  - allow: a tunnel
    match: {at: connect, host: git.example, port: ${port}}
    then: {route: {to: tunnel}, reach: {classes: [loopback]}}
`;
const ask = (port: number): string => `CONNECT git.example:${port} HTTP/1.1\r\nHost: git.example:${port}\r\n\r\n`;

async function setUp(limits: Parameters<typeof wholeCage>[1]) {
  const up = await rawUpstream(() => undefined);
  const cage = await wholeCage(policy(up.port), limits, async () => ["127.0.0.1"]);
  const ends = () => cage.records().flatMap((record) => (record.kind === "completion" ? [record.ended] : []));
  return { up, cage, ends };
}

it("a tunnel that is silent, or too old, is closed and says which", async () => {
  for (const [limits, word] of [
    [{ tunnelIdleMs: 60 }, "idle"],
    [{ tunnelMs: 60 }, "too-long"],
  ] as const) {
    const { up, cage, ends } = await setUp({ limits });
    const socket = connect(cage.port, "127.0.0.1");
    afterwards(() => socket.destroy());
    socket.write(ask(up.port));
    await new Promise((done) => socket.once("data", done));
    connectTls({ socket, servername: "git.example" }).on("error", () => undefined);
    await until(() => ends().length === 1);
    expect(ends()).toEqual([word]);
  }
});

it("a ClientHello has as long as is given", async () => {
  const { up, cage } = await setUp({ limits: { helloMs: 60 } });
  const answer = await raw(cage.port, ask(up.port));
  expect(answer.text).toBe("HTTP/1.1 200 Connection Established\r\n\r\n");
  const words = cage.records().flatMap((record) => (record.kind === "intent" ? [record.decided.at(-1)!.reason] : []));
  expect(words).toEqual(["hello-timeout"]);
});

it("only so many are open at once", async () => {
  const { up, cage } = await setUp({ limits: { tunnels: 1 } });
  const socket = connect(cage.port, "127.0.0.1");
  afterwards(() => socket.destroy());
  socket.write(ask(up.port));
  await new Promise((done) => socket.once("data", done));
  const second = await raw(cage.port, ask(up.port));
  expect([second.status, JSON.parse(second.body).code]).toEqual([503, "too-many-tunnels"]);
});
