// The CUE engine in a real browser: headless Chromium loads the built files as they are, evaluates, meets a runaway, and goes
// on. The page talks to a server of this test on loopback and to nothing else.
import { spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { expect, it } from "vitest";

const root = join(import.meta.dirname, "../..");
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

/** What a bundler does for a page: names of packages to files. */
const imports = {
  yaml: "/node_modules/yaml/browser/index.js",
};

const page = `<!doctype html><meta charset="utf-8"><title>cue</title>
<script type="importmap">${JSON.stringify({ imports })}</script><script type="module">
  const done = (results) => fetch("/done", { method: "POST", body: JSON.stringify(results) });
  try {
    const { browserHost, createCueEngine, readCueDocument } = await import("/dist/lang/cue/index.js");
    const host = browserHost({ wasm: "/dist/lang/cue/engine/data/cue.wasm.br", worker: "/dist/lang/cue/engine/worker-browser.js" });
    const engine = createCueEngine({ host, deadlineMs: 20_000, startMs: 60_000 });
    const ask = async (which, text) => {
      const { value, diagnostics } = await which.run({ op: "export", files: [{ name: "a.cue", text }] });
      return value ?? diagnostics.map(({ code }) => code).join();
    };
    const first = await ask(engine, "a: 1, b: a + 1");
    const short = createCueEngine({ host, deadlineMs: 1_000, startMs: 60_000 });
    await ask(short, "a: 1");
    const loop = "n: [0, 1, 2, 3, 4, 5, 6, 7, 8, 9], x: [for a in n for b in n for c in n for d in n for e in n for f in n for g in n {a}]";
    const late = await ask(short, loop);
    const next = await ask(short, "c: 3");
    const small = createCueEngine({ host, deadlineMs: 20_000, startMs: 60_000, memoryBytesMax: 256 * 1024 * 1024 });
    const doubled = Array.from({ length: 30 }, (_, i) => "a" + (i + 1) + ": a" + i + " + a" + i).join("\\n");
    const full = await ask(small, "a0: \\"" + "x".repeat(32) + "\\"\\n" + doubled);
    const after = await ask(small, "d: 4");
    const text = 'import "writ.dev/std"\\nstd.#Policy & {policy: "p", on: {a: int}, rules: [{allow: "all"}]}';
    const { value, diagnostics } = await readCueDocument(engine, { files: [{ name: "a.cue", text }], main: ["a.cue"] });
    const read = value.kind + " " + value.rules.length + " " + diagnostics.length;
    await Promise.all([engine.close(), short.close(), small.close()]);
    await done([first, late, next, full, after, read]);
  } catch (error) {
    await done([String(error)]);
  }
</script>`;

const types: Record<string, string> = { js: "text/javascript", mjs: "text/javascript", br: "application/wasm" };

it("evaluates in a page", async () => {
  if (chromium === undefined)
    throw new Error("this test needs a browser: run scripts/system-packages.sh as root, or install chromium");
  let finish: (results: unknown) => void = () => {};
  const results = new Promise<unknown>((resolve) => {
    finish = resolve;
  });
  const server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end(page);
    if (path === "/done") {
      let body = "";
      request.on("data", (part) => {
        body += part;
      });
      return request.on("end", () => {
        response.writeHead(204).end();
        finish(JSON.parse(body));
      });
    }
    const file = join(root, path);
    if (!/^\/(?:dist|node_modules)\//.test(path) || !existsSync(file)) return response.writeHead(404).end();
    const type = types[file.split(".").at(-1)!] ?? "application/octet-stream";
    const encoding = file.endsWith(".br") ? { "content-encoding": "br" } : {};
    return response.writeHead(200, { "content-type": type, ...encoding }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const profile = mkdtempSync(join(tmpdir(), "writ-browser-"));
  const browser = spawn(
    chromium,
    [
      "--headless",
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
      "--remote-debugging-port=0",
      `--user-data-dir=${profile}`,
      `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
    ],
    // A group of its own, so that its helpers end with it.
    { stdio: "ignore", detached: true },
  );
  const exited = new Promise((resolve) => browser.once("exit", resolve));
  try {
    expect(await Promise.race([results, exited])).toEqual([
      '{"a":1,"b":2}',
      "lang/cue-timeout",
      '{"c":3}',
      "lang/cue-out-of-memory",
      '{"d":4}',
      "policy 1 0",
    ]);
  } finally {
    if (browser.pid !== undefined && browser.exitCode === null) process.kill(-browser.pid, "SIGKILL");
    await exited;
    server.close();
    server.closeAllConnections();
    // Its helpers may still be writing there.
    rmSync(profile, { recursive: true, force: true, maxRetries: 20, retryDelay: 100 });
  }
}, 120_000);
