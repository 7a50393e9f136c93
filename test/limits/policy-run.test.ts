// Bounds of running policies: at each, and one past it.
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { encode } from "../../core/index.ts";
import { keyFromSeed } from "../../court-node/keys.ts";
import { noteSigner } from "../../ledger/index.ts";
import { readEvaluations, readMappings } from "../../policy/authzen.ts";
import { buildBundle, openPolicy, type Plain, PolicyError, readBundle } from "../../policy/index.ts";
import {
  BATCH_BYTES_MAX,
  BUNDLE_BYTES_MAX,
  EVALUATIONS_MAX,
  LINE_BYTES_MAX,
  MAPPINGS_MAX,
  PLAIN_DEPTH_MAX,
  QUESTION_BYTES_MAX,
  REQUEST_ID_MAX,
  SEEN_BYTES_MAX,
} from "../../policy/limits.ts";
import { createMetrics } from "../../policy/metrics.ts";
import { linesOf, readSeen } from "../../policy/node.ts";
import { plainValue } from "../../policy/plain.ts";
import { readLine } from "../../policy/record.ts";
import { Running } from "../../policy/running.ts";
import { createPolicyServer } from "../../policy/server.ts";
import { built, NOTES } from "../unit/policy/kit.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-limits-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof PolicyError) return error.code.replace("policy/", "");
    throw error;
  }
  return "fine";
};
const nested = (depth: number): Plain => {
  let value: Plain = 1;
  for (let i = 0; i < depth; i++) value = [value];
  return value;
};

describe("a plain value", () => {
  it("lies as deep as its bound", () => {
    expect(codeOf(() => plainValue(nested(PLAIN_DEPTH_MAX)))).toBe("fine");
    expect(codeOf(() => plainValue(nested(PLAIN_DEPTH_MAX + 1)))).toBe("bad-input");
  });
});

describe("a bundle", () => {
  const key = keyFromSeed(new Uint8Array(32).fill(7));
  const signer = noteSigner(key.did, key.privateKey);
  const withText = (length: number): Uint8Array => {
    const text =
      "policy: big\non: {a: text}\ndata: {d: text}\ndefault: allow\nrules:\n  - deny: b\n    match: {a: b}\n";
    // Texts of JSON have a bound of their own, so a large document is a list of them.
    const part = "x".repeat(1_000_000);
    const list = Array.from({ length: Math.floor(length / part.length) }, () => part);
    const documents = new Map([["d", plainValue([...list, "y".repeat(length % part.length)])]]);
    return buildBundle({ module: built(text.replace("d: text", "d: list(text) up to 64")), documents, version: 1 }, [
      signer,
    ]);
  };
  it("is read up to its bytes", () => {
    const large = withText(7_000_000);
    expect(readBundle(large, [key.did]).documents.size).toBe(1);
    expect(codeOf(() => readBundle(new Uint8Array(BUNDLE_BYTES_MAX), [key.did]))).toBe("not-a-bundle");
    expect(codeOf(() => readBundle(new Uint8Array(BUNDLE_BYTES_MAX + 1), [key.did]))).toBe("bundle-too-large");
  });
  it("a document that JSON cannot hold is refused when it is built", () => {
    expect(codeOf(() => withText(9_000_000))).toBe("bad-data");
  });
  it("its encoding has the bytes of the encoding's own bound", () => {
    expect(() => encode(new Uint8Array(33 * 1024 * 1024))).toThrow("more than");
  });
});

describe("requests", () => {
  const entity = { type: "t", id: "i" };
  const whole = { subject: entity, action: { name: "n" }, resource: entity };
  it("a batch has at most so many evaluations", () => {
    const batch = (count: number) =>
      readEvaluations(plainValue({ ...whole, evaluations: Array.from({ length: count }, () => ({})) }));
    expect(batch(EVALUATIONS_MAX)).toMatchObject({ semantic: "execute_all" });
    expect(batch(EVALUATIONS_MAX + 1)).toMatchObject({ reason: expect.stringContaining("at most") });
  });
  it("there are at most so many mappings", () => {
    const texts = (count: number): string[] => Array.from({ length: count }, (_, i) => `f${i}=subject.id`);
    expect(readMappings(texts(MAPPINGS_MAX))).toHaveLength(MAPPINGS_MAX);
    expect(codeOf(() => readMappings(texts(MAPPINGS_MAX + 1)))).toBe("bad-mapping");
  });

  it("bodies and ids have their bounds", async () => {
    const running = await Running.start({
      load: async () => ({ policy: openPolicy(built(NOTES).bytes), bundle: null }),
      obligations: new Set(),
    });
    const app = createPolicyServer({
      running,
      metrics: createMetrics(running),
      log: null,
      mappings: [],
      tokens: null,
      url: () => "",
      now: () => 0,
      version: "",
      logger: false,
    });
    const status = async (url: string, bytes: number, id = "id") => {
      const text = JSON.stringify(whole);
      const { statusCode, headers } = await app.inject({
        method: "POST",
        url,
        headers: { "content-type": "application/json", "x-request-id": id },
        payload: text + " ".repeat(bytes - text.length),
      });
      return { statusCode, id: headers["x-request-id"] };
    };
    for (const url of ["/access/v1/evaluation", "/v1/decide", "/v1/check"]) {
      expect(await status(url, QUESTION_BYTES_MAX)).toMatchObject({ statusCode: 200 });
      expect(await status(url, QUESTION_BYTES_MAX + 1)).toMatchObject({ statusCode: 413 });
    }
    expect(await status("/access/v1/evaluations", QUESTION_BYTES_MAX + 1)).toMatchObject({ statusCode: 200 });
    expect(await status("/access/v1/evaluations", BATCH_BYTES_MAX + 1)).toMatchObject({ statusCode: 413 });
    const longest = "x".repeat(REQUEST_ID_MAX);
    expect(await status("/v1/decide", 200, longest)).toMatchObject({ id: longest });
    expect((await status("/v1/decide", 200, `${longest}x`)).id).toHaveLength(36);
    await app.close();
  });
});

describe("files", () => {
  it("a line of a log has at most so many bytes", () => {
    const path = join(folder, "long.jsonl");
    writeFileSync(path, Buffer.concat([Buffer.alloc(LINE_BYTES_MAX - 10, "x"), Buffer.from("\nnext\n")]));
    expect([...linesOf(path)].map(({ text }) => text.length)).toEqual([LINE_BYTES_MAX - 10, 4]);
    writeFileSync(path, Buffer.alloc(LINE_BYTES_MAX + 2 * 1024 * 1024, "x"));
    expect(codeOf(() => [...linesOf(path)])).toBe("log-malformed");
  });
  it("the id of a request in a line has its bound", () => {
    const line = (id: string): string =>
      `{"answer":{},"at":"2026-03-01T09:00:00.000Z","kind":"decide","prev":"${"a".repeat(64)}","request":"${id}","seq":1}`;
    expect(readLine(line("x".repeat(REQUEST_ID_MAX)))).toHaveProperty("line");
    expect(readLine(line("x".repeat(REQUEST_ID_MAX + 1)))).toEqual({ reason: "`request` is no id" });
  });
  it("a record of accepted bundles is one short line", () => {
    const path = join(folder, "seen");
    const text = JSON.stringify({ id: "a".repeat(64), name: "n", version: 1 });
    writeFileSync(path, text.padEnd(SEEN_BYTES_MAX));
    expect(readSeen(path)).toEqual({ id: "a".repeat(64), name: "n", version: 1 });
    writeFileSync(path, text.padEnd(SEEN_BYTES_MAX + 1));
    expect(codeOf(() => readSeen(path))).toBe("bad-seen");
    for (const bad of [
      "",
      "{}",
      "null",
      "[]",
      '{"id":"x","name":"n","version":1}',
      text.replace("1}", "0}"),
      text.replace("1}", "1.5}"),
    ]) {
      writeFileSync(path, bad);
      expect(
        codeOf(() => readSeen(path)),
        bad,
      ).toBe("bad-seen");
    }
    expect(readSeen(join(folder, "none"))).toBeNull();
  });
});
