// The shop, the cage and a payment service as processes and sockets, through the command line: what arrives, what does not, and what is recorded.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";

const here = dirname(fileURLToPath(import.meta.url));
const root = join(here, "../..");
const writ = join(root, "dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "writ-shop-"));
const processes: ChildProcess[] = [];
const charged: unknown[] = [];
let payments: Server;
let ingress = "";

/** Resolves once the process has said so; rejects with what it said when it ends before. */
async function started(args: readonly string[], said: RegExp, env: Record<string, string> = {}): Promise<string> {
  const process_ = spawn(process.execPath, args, {
    cwd: root,
    env: { ...process.env, ...env },
    stdio: ["ignore", "pipe", "pipe"],
  });
  processes.push(process_);
  let text = "";
  return new Promise((done, failed) => {
    const more = (part: Buffer): void => {
      text += part;
      if (said.test(text)) done(text);
    };
    process_.stdout.on("data", more);
    process_.stderr.on("data", more);
    process_.once("exit", () => failed(new Error(text)));
  });
}

beforeAll(async () => {
  payments = createServer(async (request, response) => {
    charged.push(JSON.parse(Buffer.concat(await request.toArray()).toString()));
    response.setHeader("content-type", "application/json");
    response.end('{"id": "ch_1"}');
  });
  payments.listen(0, "127.0.0.1");
  await once(payments, "listening");
  const { port } = payments.address() as AddressInfo;
  // The file of the example, with the places of this test.
  const configuration = readFileSync(join(here, "cage.yaml"), "utf8")
    .replace("policy: policy.yaml", `policy: ${join(here, "policy.yaml")}`)
    .replace(".writ/cage", join(folder, "ledger"))
    .replace("unix:/run/writ/shop-out.sock", `unix:${join(folder, "out.sock")}`)
    .replace("127.0.0.1:8000", "127.0.0.1:0")
    .replace("127.0.0.1:7442", "off")
    .replace("unix:/run/writ/shop.sock", `unix:${join(folder, "shop.sock")}`)
    .replace("https://payments.example", `http://127.0.0.1:${port}`);
  writeFileSync(join(folder, "cage.yaml"), configuration);
  const [said] = await Promise.all([
    started([writ, "cage", "--config", join(folder, "cage.yaml"), "--log-level", "error"], /^key/m),
    started(["--import", "writ/cage/preload", join(here, "shop.mjs")], /open/, {
      WRIT_CAGE: `unix:${join(folder, "out.sock")}`,
      SHOP_SOCKET: join(folder, "shop.sock"),
    }),
  ]);
  ingress = /^ingress +(\S+)/m.exec(said)![1]!;
});
afterAll(async () => {
  for (const each of processes) {
    each.kill();
    if (each.exitCode === null) await once(each, "exit");
  }
  payments.closeAllConnections();
  payments.close();
  rmSync(folder, { recursive: true, force: true });
});

/** As a customer, by the name of the shop. */
async function customer(method: string, path: string, body?: unknown): Promise<{ status: number; body: unknown }> {
  const { stdout } = await promisify(execFile)("curl", [
    ...["-s", "-X", method, "-H", "Host: shop.example", "-w", "\n%{http_code}"],
    ...(body === undefined ? [] : ["-H", "content-type: application/json", "-d", JSON.stringify(body)]),
    `${ingress}${path}`,
  ]);
  const end = stdout.lastIndexOf("\n");
  return { status: Number(stdout.slice(end + 1)), body: JSON.parse(stdout.slice(0, end)) };
}

it("charges what the policy allows, without the number of the card", async () => {
  expect(await customer("POST", "/orders", { item: "book", card: "4111111111111111" })).toEqual({
    status: 201,
    body: { item: "book", amount: 1_200, charge: "ch_1" },
  });
  expect(charged).toEqual([{ amount: 1_200, card: { number: "[redacted]", last: "1111" } }]);
});

it("charges nothing that a person should see", async () => {
  expect(await customer("POST", "/orders", { item: "piano", card: "4111111111111111" })).toEqual({
    status: 402,
    body: { problem: "denied" },
  });
  expect(charged).toHaveLength(1);
});

it("shows customers their orders and nothing else", async () => {
  expect(await customer("GET", "/orders")).toMatchObject({ status: 200, body: { orders: [{ charge: "ch_1" }] } });
  expect(await customer("GET", "/admin")).toMatchObject({ status: 403, body: { code: "denied" } });
  expect(await customer("POST", "/orders", { item: "x".repeat(5_000) })).toMatchObject({ status: 403 });
});

it("has a record of every one of them, which decides the same again", async () => {
  const [cage] = processes as [ChildProcess];
  cage.kill();
  await once(cage, "exit");
  expect(cage.exitCode).toBe(0);
  const { stdout } = await promisify(execFile)(process.execPath, [
    writ,
    "cage",
    "replay",
    "--ledger",
    join(folder, "ledger"),
  ]);
  expect(stdout).toMatch(/^ok {2}\d+ decisions of \d+ records made again to the same bytes/);
});
