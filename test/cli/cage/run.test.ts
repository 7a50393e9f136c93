// `writ cage` from the outside: it is started, asked, stopped in order, and what it wrote is read by the commands beside it.
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { afterAll, expect, it } from "vitest";

const main = join(import.meta.dirname, "../../../dist/cli/main.js");
const folder = mkdtempSync(join(tmpdir(), "writ-cage-run-"));
const upstream = createServer((_, response) => void response.end("here"));
let cage: ChildProcess | null = null;
afterAll(() => {
  cage?.kill("SIGKILL");
  upstream.close();
  rmSync(folder, { recursive: true, force: true });
});

const writ = (...args: string[]) => spawnSync(process.execPath, [main, ...args], { cwd: folder, encoding: "utf8" });

const get = (proxy: string, url: string): Promise<number> =>
  new Promise((done, fail) => {
    const { hostname, port } = new URL(proxy);
    const sent = request({ hostname, port, path: url, headers: { host: new URL(url).host } }, (response) => {
      response.resume();
      response.on("end", () => done(response.statusCode as number));
    });
    sent.on("error", fail);
    sent.end();
  });

it("writes what is explained and decided again", { timeout: 120_000 }, async () => {
  upstream.listen(0, "127.0.0.1");
  await once(upstream, "listening");
  const { port } = upstream.address() as AddressInfo;
  writeFileSync(
    join(folder, "egress.yaml"),
    `policy: egress
on: http.request
rules:
  - allow: our own server
    id: server
    match: {host: 127.0.0.1, port: ${port}}
    then: {reach: {classes: [loopback]}}
  - deny: what is not for us
    id: admin
    match: {at: request, path: {under: /admin}}
`,
  );
  cage = spawn(
    process.execPath,
    [main, "cage", "--policy", "egress.yaml", "--egress", "127.0.0.1:0", "--admin", "off"],
    {
      cwd: folder,
      stdio: ["ignore", "pipe", "ignore"],
    },
  );
  let proxy = "";
  for await (const line of createInterface({ input: cage.stdout as NodeJS.ReadableStream })) {
    proxy = /^egress\s+(http:\S+)/.exec(line)?.[1] ?? "";
    if (proxy !== "") break;
  }
  expect(await get(proxy, `http://127.0.0.1:${port}/orders`)).toBe(200);
  expect(await get(proxy, `http://127.0.0.1:${port}/admin/keys`)).toBe(403);
  const second = writ(
    "cage",
    "--policy",
    "egress.yaml",
    "--ledger",
    "other",
    "--egress",
    new URL(proxy).host,
    "--admin",
    "off",
  );
  expect([second.status, second.stderr]).toEqual([
    2,
    `error: cannot start the cage: another program listens there (${new URL(proxy).host})\n`,
  ]);
  cage.kill("SIGTERM");
  expect(await once(cage, "exit")).toEqual([0, null]);

  const listed = writ("cage", "records", "list");
  expect(listed.stdout).toMatch(/intent +allow +GET http:\/\/127.0.0.1:\d+\/orders +server\n/);
  expect(listed.stdout).toMatch(/intent +deny +GET http:\/\/127.0.0.1:\d+\/admin\/keys +admin\n/);
  const again = writ("cage", "replay", "--json");
  expect([again.status, JSON.parse(again.stdout)]).toMatchObject([0, { ok: true, same: 2, different: 0 }]);
  expect(writ("cage", "explain", "3").stdout).toContain("admin");
});
