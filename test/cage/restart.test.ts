// What must not come again because a cage was ended and started: a signed request, a rate, an earlier time. With a real process and a real kill
// where the moment counts.
import { generateKeyPairSync } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, describe, expect, it } from "vitest";
import { CLOCK_SKEW_SECONDS } from "../../cage/limits.ts";
import { messageSigner, signMessage } from "../../cage/signature/index.ts";
import { type CageProcess, endProcess, startCageProcess } from "../../scripts/cage-process.ts";
import { afterwards, closeAll, get, parts, raw, until, upstream } from "./fakes.ts";
import { wholeCage } from "./whole.ts";

const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
const partner = messageSigner(generateKeyPairSync("ed25519").privateKey);

afterEach(closeAll);

const codeOf = (text: string): string => (JSON.parse(parts(text).body) as { code: string }).code;

/** A signed request through a forward proxy, as bytes: sent again it is the same message. */
async function signedBytes(url: string, nonce: string, created: number): Promise<string> {
  const { host, pathname } = new URL(url);
  const made = await signMessage(
    {
      kind: "request",
      method: "GET",
      scheme: "http",
      authority: host,
      target: url,
      path: pathname,
      query: null,
      fields: [],
    },
    { signer: partner, cover: ["@method", "@target-uri"], label: "sig1", created, nonce },
  );
  return get(url, `Signature-Input: ${made["signature-input"]}\r\nSignature: ${made.signature}\r\n`);
}

describe("kill -9", () => {
  const POLICY = `policy: partners
on: http.request
rules:
  - allow: what a partner signs
    match: {host: 127.0.0.1, at: request, path: {under: /signed}}
    then: {reach: {classes: [loopback]}, require_signature: {from: ["${partner.keyId}"]}}
  - allow: two an hour
    match: {host: 127.0.0.1, at: request, path: {under: /counted}}
    then: {reach: {classes: [loopback]}, rate_limit: {rate: 2/h, key: [caller.address]}}
`;
  it("a signed request that reached the upstream is refused by the next cage, and a rate is as used up as before", async () => {
    const home = mkdtempSync(join(tmpdir(), "writ-restart-"));
    afterwards(() => rmSync(home, { recursive: true, force: true }));
    let running: CageProcess | null = null;
    let killed: Promise<void> | null = null;
    const start = async (): Promise<CageProcess> => {
      running = await startCageProcess({ home, main, text: POLICY });
      return running;
    };
    afterwards(() => (running === null ? undefined : endProcess(running.process, "SIGKILL")));
    const up = await upstream((request, response) => {
      // The moment the request is there, before anybody has heard of an answer.
      if (request.url === "/signed/killing") killed = endProcess(running!.process, "SIGKILL");
      else response.end("ok");
    });
    const first = await start();
    // What is signed now counts in the first second that a new memory answers for.
    const created = Math.floor(Date.now() / 1_000) + CLOCK_SKEW_SECONDS + 1;
    await until(() => Math.floor(Date.now() / 1_000) + CLOCK_SKEW_SECONDS >= created);
    const answered = await signedBytes(`${up.url}/signed/answered`, "n-1", created);
    const unused = await signedBytes(`${up.url}/signed/unused`, "n-2", created);
    const killing = await signedBytes(`${up.url}/signed/killing`, "n-3", created);
    expect((await raw(first.port, answered)).status).toBe(200);
    for (const status of [200, 200, 429]) expect((await raw(first.port, get(`${up.url}/counted`))).status).toBe(status);
    await raw(first.port, killing);
    await killed;
    expect(up.requests.map(({ head }) => head)).toContain("GET /signed/killing");

    const { port } = await start();
    const seen = up.requests.length;
    for (const bytes of [answered, killing]) {
      const again = await raw(port, bytes);
      expect([again.status, codeOf(again.text)]).toEqual([401, "replayed"]);
    }
    expect((await raw(port, get(`${up.url}/counted`))).status).toBe(429);
    expect(up.requests).toHaveLength(seen);
    // Nobody waits after a restart: what was signed before it and not used goes through, once.
    expect((await raw(port, unused)).status).toBe(200);
    expect(codeOf((await raw(port, unused)).text)).toBe("replayed");
  }, 60_000);
});

describe("a clock that was set back (A31)", () => {
  const UNTIL = `policy: until
on: http.request
rules:
  - allow: until noon
    match: {host: 127.0.0.1, at: request}
    when: now < instant("2026-03-01T12:00:00Z")
    then: {reach: {classes: [loopback]}}
`;
  const NOON = Date.parse("2026-03-01T12:00:00Z");

  it("while the cage runs: its time goes on, a rule that is over stays so, and the step is recorded", async () => {
    const at = { wall: NOON - 1_000, steady: 0 };
    const up = await upstream();
    const cage = await wholeCage(UNTIL, {}, undefined, { now: () => at.wall, steady: () => at.steady });
    expect((await raw(cage.port, get(`${up.url}/`))).status).toBe(200);
    at.wall += 2_000;
    at.steady += 2_000;
    expect(codeOf((await raw(cage.port, get(`${up.url}/`))).text)).toBe("denied");
    at.wall -= 86_400_000;
    expect(codeOf((await raw(cage.port, get(`${up.url}/`))).text)).toBe("denied");
    // Looked at every second.
    await until(() => cage.records().some(({ kind }) => kind === "anomaly"), 5_000);
    expect(cage.records().find(({ kind }) => kind === "anomaly")).toMatchObject({
      body: { word: "clock-back", by_ms: 86_400_000, clock: "2026-02-28T12:00:01.000Z", accepted: false },
    });
    expect(codeOf((await raw(cage.port, get(`${up.url}/`))).text)).toBe("denied");
    const stamps = cage.records().map((record) => record.at);
    expect(stamps).toEqual([...stamps].sort((a, b) => a - b));
    expect(await cage.cage.numbers.text()).toMatch(/writ_cage_clock_steps_total\{direction="back"\} 1\n/);
    expect(await cage.cage.numbers.text()).toMatch(/writ_cage_clock_held_seconds 86400\n/);
  });

  it("before a start: nothing is let through, by its word, until the clock has caught up or the operator vouches for it", async () => {
    const up = await upstream();
    const folder = mkdtempSync(join(tmpdir(), "writ-back-"));
    afterwards(() => rmSync(folder, { recursive: true, force: true }));
    const at = { wall: NOON + 1_000 };
    const open = (acceptClock = false) =>
      wholeCage(UNTIL, { ledger: folder, acceptClock }, undefined, { now: () => at.wall, steady: () => 0 });
    const first = await open();
    expect(codeOf((await raw(first.port, get(`${up.url}/`))).text)).toBe("denied");
    await first.close();

    at.wall = NOON - 3_600_000;
    const second = await open();
    const refused = await raw(second.port, get(`${up.url}/`));
    expect([refused.status, codeOf(refused.text)]).toEqual([503, "clock-back"]);
    expect(second.records().at(-1)).toMatchObject({
      kind: "intent",
      at: NOON + 1_000,
      decided: [{ reason: "clock-back", input: { host: "127.0.0.1" } }],
    });
    expect(second.records().map(({ kind }) => kind)).toContain("anomaly");
    at.wall = NOON + 500;
    expect(codeOf((await raw(second.port, get(`${up.url}/`))).text)).toBe("denied");
    await second.close();

    at.wall = NOON - 3_600_000;
    const third = await open(true);
    expect((await raw(third.port, get(`${up.url}/`))).status).toBe(200);
    expect(third.records().findLast(({ kind }) => kind === "anomaly")).toMatchObject({ body: { accepted: true } });
    expect(up.requests).toHaveLength(1);
  });
});
