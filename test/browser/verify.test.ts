// The offline verifier in a real browser: the built files of the package, loaded as modules by headless Chromium, check a proof
// and refuse a bent one. The page talks to a server of this test on loopback and to nothing else.
import { execFile } from "node:child_process";
import { generateKeyPairSync } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join, normalize } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, it } from "vitest";
import { base64, utf8 } from "../../core/index.ts";
import { Log, MemoryLock, MemoryStorage, nativeSha256, noteSigner, printVerifierKey } from "../../ledger/index.ts";

const root = join(import.meta.dirname, "../..");
const chromium = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"].find((path) =>
  existsSync(path),
);

const page = (cases: unknown): string => `<!doctype html><meta charset="utf-8"><title>verify</title>
<script type="importmap">${JSON.stringify({
  imports: {
    "@noble/hashes/": "/node_modules/@noble/hashes/",
    "@noble/curves/": "/node_modules/@noble/curves/",
    "hash-wasm": "/node_modules/hash-wasm/dist/index.esm.min.js",
  },
})}</script>
<pre id="out">waiting</pre>
<script type="module">
  import { parseVerifierKey, verifyProof } from "/dist/ledger/verify.js";
  const cases = ${JSON.stringify(cases)};
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0));
  const results = cases.map(({ entry, proof, key }) => {
    const verdict = verifyProof(bytes(entry), proof, [parseVerifierKey(key)]);
    return verdict.ok ? "proved " + verdict.index : verdict.code;
  });
  document.getElementById("out").textContent = "results: " + results.join(", ");
</script>`;

let server: Server;
let body = "";
let profile: string;
beforeAll(async () => {
  profile = mkdtempSync(join(tmpdir(), "writ-browser-"));
  server = createServer((request, response) => {
    const path = normalize(new URL(request.url ?? "/", "http://localhost").pathname);
    if (path === "/") return response.writeHead(200, { "content-type": "text/html" }).end(body);
    const file = join(root, path);
    if (!/^\/(dist|node_modules)\//.test(path) || !existsSync(file)) return response.writeHead(404).end();
    return response.writeHead(200, { "content-type": "text/javascript" }).end(readFileSync(file));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
});
afterAll(() => {
  server.close();
  rmSync(profile, { recursive: true, force: true });
});

it("verifies and refuses in a page", async () => {
  if (chromium === undefined)
    throw new Error("this test needs a browser: run scripts/system-packages.sh as root, or install chromium");
  const signer = noteSigner("court.example/browser", generateKeyPairSync("ed25519").privateKey);
  const log = await Log.open({ storage: new MemoryStorage(), lock: new MemoryLock(), signer, sha256: nativeSha256 });
  await log.commit(
    Array.from({ length: 300 }, (_, i) => utf8(`receipt ${i}`)),
    [],
  );
  const key = printVerifierKey(signer.key);
  const proof = log.proof(257);
  const stranger = noteSigner("court.example/browser", generateKeyPairSync("ed25519").privateKey);
  body = page([
    { entry: base64(utf8("receipt 257")), proof, key },
    { entry: base64(utf8("receipt 258")), proof, key },
    { entry: base64(utf8("receipt 257")), proof: proof.replace("index 257", "index 256"), key },
    { entry: base64(utf8("receipt 257")), proof, key: printVerifierKey(stranger.key) },
    { entry: base64(utf8("receipt 257")), proof: proof.slice(0, 100), key },
  ]);
  const { port } = server.address() as AddressInfo;
  const { stdout } = await promisify(execFile)(
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
      `--user-data-dir=${profile}`,
      "--virtual-time-budget=20000",
      "--dump-dom",
      `http://127.0.0.1:${port}/`,
    ],
    { timeout: 60_000 },
  );
  expect(/results: [^<]*/.exec(stdout)?.[0] ?? stdout).toBe(
    "results: proved 257, bad-proof, bad-proof, unknown-key, malformed",
  );
}, 90_000);
