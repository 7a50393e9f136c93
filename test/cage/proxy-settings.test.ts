// Settings of a cage: a file and flags, what is wrong with them and where; and signals to a running one.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { readCageFile } from "../../cli/cage/file.ts";
import { layFlags } from "../../cli/cage/flags.ts";
import { prepare } from "../../cli/cage/prepared.ts";
import type { Written } from "../../cli/cage/settings.ts";
import { UsageError } from "../../cli/exit.ts";
import { type Io, processIo } from "../../cli/io.ts";
import { closeAll, get, raw, until, upstream } from "./fakes.ts";

const io: Io = { ...processIo(new AbortController().signal), cwd: "/srv/shop" };
const said = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof UsageError) return `${error.message}\n${error.help ?? ""}`.trimEnd();
    throw error;
  }
  throw new Error("nothing was said");
};
const file = (text: string): Written => readCageFile("conf/cage.yaml", text);

describe("the file", () => {
  it("has flags as its keys, and its paths are from its folder", () => {
    const written = file(`
policy: p.yaml
egress:
  - 127.0.0.1:7440
  - {at: "unix:/run/shop.sock", caller: shop}
ingress: {at: 8000, scheme: https}
admin: "off"
upstream: {orders: "http://127.0.0.1:9000", web: "unix:/run/web.sock"}
durable: true
access-log: access.log
limit: {idle: 10 s, held-body: 64 KiB, exchanges: 7, tunnel: 8 h, tunnel-idle: 10 m, tunnel-half-closed: 5 s, hello: 500 ms, handshake: 2 s, tunnels: 3}
`);
    expect(written.texts.get("policy")).toBe("conf/p.yaml");
    expect(prepare(io, written)).toMatchObject({
      ledger: "/srv/shop/.writ/cage",
      durable: true,
      egress: [
        { at: { host: "127.0.0.1", port: 7440 }, caller: null },
        { at: { path: "/run/shop.sock" }, caller: "shop" },
      ],
      ingress: [{ at: { host: "127.0.0.1", port: 8000 }, caller: null, scheme: "https" }],
      admin: null,
      accessLog: "/srv/shop/conf/access.log",
      limits: {
        idleMs: 10_000,
        heldBodyBytes: 65_536,
        exchanges: 7,
        tunnelMs: 28_800_000,
        tunnelIdleMs: 600_000,
        tunnelHalfClosedMs: 5_000,
        helloMs: 500,
        handshakeMs: 2_000,
        tunnels: 3,
      },
    });
    expect([...prepare(io, written).upstreams.values()]).toEqual([
      { name: "orders", kind: "host", scheme: "http", host: "127.0.0.1", literal: true, port: 9000 },
      { name: "web", kind: "path", path: "/run/web.sock" },
    ]);
  });

  it("names the certificates of an ingress that ends TLS", () => {
    const written = file("ingress: 'https://0.0.0.0:8443'\ncertificate: [a.pem, b.pem]\nclients: ca.pem\n");
    expect(prepare(io, written)).toMatchObject({
      ingress: [{ at: { host: "0.0.0.0", port: 8443 }, caller: null, scheme: "https", ends: true }],
      tls: {
        certificates: [
          { chain: "/srv/shop/conf/a.pem", key: null },
          { chain: "/srv/shop/conf/b.pem", key: null },
        ],
        clients: "/srv/shop/conf/ca.pem",
      },
    });
  });

  it("gives way to flags, key by key", () => {
    const written = layFlags(
      { bundle: "b.bundle", egress: ["shop@unix:/run/s.sock"], limit: ["idle=5s"] },
      file("policy: p.yaml\nadmin: '7000'\negress: 7440\nlimit: {drain: 1 m}\n"),
    );
    expect([...written.texts]).toEqual([
      ["admin", "7000"],
      ["bundle", "b.bundle"],
    ]);
    expect(prepare(io, written)).toMatchObject({
      egress: [{ at: { path: "/run/s.sock" }, caller: "shop" }],
      admin: { host: "127.0.0.1", port: 7000 },
      limits: { idleMs: 5_000 },
    });
  });

  it.each([
    ["policy: p.yaml\negres: 7440\n", "conf/cage.yaml:2:1: unknown key `egres`\ndid you mean `egress`?"],
    ["policy: [a]\n", "conf/cage.yaml:1:9: `policy` wants a text"],
    ["durable: yes please\n", "conf/cage.yaml:1:10: `durable` wants true or false"],
    ["limit: {idel: 1 s}\n", "conf/cage.yaml:1:9: there is no bound `idel`\ndid you mean `idle`?"],
    ["upstream: http://x\n", "conf/cage.yaml:1:11: `upstream` wants a map\nwrite `upstream: {name: place}`"],
    ["egress: {caller: shop}\n", "conf/cage.yaml:1:9: the place has no `at`\nwrite `at: 127.0.0.1:7440`"],
    ["egress: {at: 1, who: shop}\n", "conf/cage.yaml:1:17: unknown key `who`\na place has `at`, `caller` and `scheme`"],
    ["- policy\n", "conf/cage.yaml:1:1: the file is no map of settings\nwrite `policy: policy.yaml`"],
  ])("%j", (text, message) => {
    expect(said(() => file(text))).toBe(message);
  });
  it("says where YAML ends to be YAML", () => {
    expect(said(() => file("policy: p.yaml\npolicy: q.yaml\n"))).toMatch(
      /^conf\/cage\.yaml:2:1: Map keys must be unique/,
    );
  });

  it.each([
    ["egress: here\n", "`here` is no place to listen"],
    ["ingress: {at: 80, scheme: ftp}\n", "`ftp` is no scheme"],
    ["upstream: {a: 'ftp://x'}\n", "`ftp://x` is no upstream"],
    ["upstream: {a: 'http://u@x/path'}\n", "`http://u@x/path` is no upstream"],
    ["limit: {idle: 10 KiB}\n", "`10 KiB` is no value for the bound `idle`"],
    ["limit: {connections: 0}\n", "`0` is no value for the bound `connections`"],
    ["ingress: 'https://8443'\n", "an ingress with https:// needs a certificate"],
    ["ingress: {at: 'https://8443', scheme: http}\ncertificate: a.pem\n", "a place with https:// has no scheme `http`"],
    ["ingress: 8443\ncertificate: a.pem\n", "no ingress ends TLS here"],
    ["ingress: 'https://8443'\ncertificate: [a, b]\ncertificate-key: c\n", "there are 2 of `certificate` and 1 of"],
    ["ingress: {at: 'https://8443', caller: x}\ncertificate: a\nclients: c\n", "a place says who calls there"],
    ["egress: 'https://8443'\n", "`https://8443` is no place to listen"],
    ["log-level: loud\n", "`loud` is no level of a log"],
    ["collector: http://x\n", "`http://x` is no https URL"],
    ["roots: nothing.pem\n", "cannot read /srv/shop/conf/nothing.pem"],
  ])("%j cannot be used", (text, message) => {
    expect(said(() => prepare(io, file(text)))).toContain(message);
  });
});

describe("signals", () => {
  const folder = mkdtempSync(join(tmpdir(), "writ-signals-"));
  let running: ChildProcess | null = null;
  afterAll(async () => {
    running?.kill("SIGKILL");
    await closeAll();
    rmSync(folder, { recursive: true, force: true });
  });

  it("read the policy again, keep the old one when that does not work, and stop in order", async () => {
    const up = await upstream();
    const policy = join(folder, "p.yaml");
    const write = (method: string): void =>
      writeFileSync(
        policy,
        `policy: local\non: http.request\nrules:\n  - allow: one method\n    match: {at: request, host: 127.0.0.1, method: ${method}}\n    then: {reach: {classes: [loopback]}}\n`,
      );
    write("GET");
    running = spawn(
      process.execPath,
      [
        "dist/cli/main.js",
        ...["cage", "--policy", policy, "--ledger", join(folder, "ledger")],
        ...["--egress", "127.0.0.1:0", "--admin", "127.0.0.1:0", "--log-level", "info"],
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    );
    let out = "";
    let err = "";
    running.stdout!.on("data", (part) => (out += part));
    running.stderr!.on("data", (part) => (err += part));
    await until(() => /^key/m.test(out), 25_000);
    const port = Number(/^egress .*:(\d+)$/m.exec(out)![1]);
    const admin = /^admin +(\S+)$/m.exec(out)![1]!;
    const ask = async (method: string): Promise<number> => (await raw(port, get(`${up.url}/`, "", method))).status;
    expect([await ask("GET"), await ask("DELETE")]).toEqual([200, 403]);

    write("DELETE");
    running.kill("SIGHUP");
    await until(() => err.includes("the policy was read again"));
    expect([await ask("GET"), await ask("DELETE")]).toEqual([403, 200]);

    writeFileSync(policy, "policy: local\non: http.request\nrules: nothing\n");
    running.kill("SIGHUP");
    await until(() => err.includes("the policy was not read again"));
    expect([await ask("GET"), await ask("DELETE")]).toEqual([403, 200]);
    const health = (await (await fetch(`${admin}/healthz`)).json()) as Record<string, unknown>;
    expect(health).toMatchObject({ ok: true, policy: "local", stale: expect.any(String) });

    running.kill("SIGTERM");
    const [code] = await once(running, "exit");
    expect(code).toBe(0);
    expect(up.requests.map(({ head }) => head)).toEqual(["GET /", "DELETE /", "DELETE /"]);
  });
});
