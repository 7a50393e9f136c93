// Where requests go: names are resolved once and classed, and a socket is where it was meant to be.
import { createServer, type Server } from "node:net";
import { afterAll, beforeAll, expect, it } from "vitest";
import { addressesOf, dial } from "../../../cage/dial.ts";

let server: Server;
let port: number;
beforeAll(async () => {
  server = createServer((socket) => socket.end("here"));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  port = (server.address() as { port: number }).port;
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const named = (host: string) => ({ host, literal: false });

it.each([
  ["8.8.8.8", "global"],
  ["127.0.0.1", "loopback"],
  ["169.254.169.254", "link-local"],
  ["168.63.129.16", "metadata"],
  ["::ffff:10.0.0.1", "private"],
  ["64:ff9b::a00:1", "translated"],
  ["2002:a00:1::", "tunnel"],
  ["fd00:ec2::254", "private"],
  ["::a9fe:a9fe", "reserved"],
])("%s is %s", async (ip, expected) => {
  const found = await addressesOf({ host: ip, literal: true }, async () => []);
  expect("addresses" in found && found.addresses[0]!.class).toBe(expected);
});

it("classes every answer of a name", async () => {
  const found = await addressesOf(named("two.example"), async () => ["93.184.216.34", "10.0.0.1"]);
  expect(found).toEqual({
    addresses: [
      { ip: "93.184.216.34", class: "global" },
      { ip: "10.0.0.1", class: "private" },
    ],
  });
});

it.each([
  ["name-unknown", async () => Promise.reject(new Error("no such name"))],
  ["no-address", async () => []],
  ["no-address", async () => ["fe80::1%eth0"]],
  ["too-many-addresses", async () => Array.from({ length: 33 }, (_, i) => `10.0.0.${i}`)],
] as const)("%s", async (problem, resolve) => {
  expect(await addressesOf(named("x.example"), resolve)).toEqual({ problem });
});

it("dials an address", async () => {
  const dialled = await dial({ ip: "127.0.0.1", class: "loopback" }, port);
  if ("problem" in dialled) throw new Error(dialled.problem);
  const text = await new Promise((resolve) => dialled.socket.once("data", (bytes) => resolve(String(bytes))));
  expect(text).toBe("here");
});

it("says that nobody is there", async () => {
  expect(await dial({ ip: "127.0.0.1", class: "loopback" }, 1)).toEqual({ problem: "unreachable" });
});
