// The pure centre: no clock, randomness, locale, float or I/O in what decides. A name found here makes two machines disagree.
import { describe, expect, it } from "vitest";
import { codeOf, importsOf, type SourceText, sourcesIn } from "./code.ts";

const PURE = ["core", "lang", "compiler", "vm", "stdlib"];

/** Each with the reason it is kept out. */
const BANNED: readonly (readonly [pattern: RegExp, why: string])[] = [
  [/\b(?:Date|performance|setTimeout|setInterval|setImmediate|queueMicrotask)\b/, "a clock"],
  [/\bMath\.random\b|\bcrypto\b/, "randomness"],
  [/\bIntl\b|\blocaleCompare\b|\btoLocale\w+\b|\.normalize\(/, "the locale or Unicode version of the host"],
  [/\b(?:process|globalThis|window|navigator|document\.cookie|localStorage)\b(?!:)/, "the host"],
  [/\b(?:fetch|XMLHttpRequest|WebSocket|require|eval)\b/, "I/O or code from text"],
  [/\bnew Function\b|\bFunction\(/, "code from text"],
  [/\bMath\.(?!(?:abs|ceil|clz32|floor|imul|max|min|sign|trunc)\b)\w+/, "arithmetic that rounds"],
  [/\b(?:Float32Array|parseFloat)\b/, "binary fractions"],
  [/(?<![\w.])(?:\d+\.\d+|\d+(?:\.\d+)?[eE]-\d+)(?![\w.])/, "a binary fraction"],
  [/\bWeakRef\b|\bFinalizationRegistry\b/, "the garbage collector"],
];

/** Where a banned name is used rightly. */
const ALLOWED: readonly (readonly [file: string, code: string, reason: string])[] = [
  ["lang/suggest.ts", "0.5", "ranks suggestions, never a value"],
  ["lang/policy/rules.ts", "require", "a key of the language"],
  ["vm/code/link.ts", "new Function", "the code tier: text written from verified bytecode, equal to the interpreter"],
];

function offences({ path, text }: SourceText): string[] {
  const lines = codeOf(text).split("\n");
  return lines.flatMap((line, at) =>
    BANNED.flatMap(([pattern, why]) => {
      const found = pattern.exec(line)?.[0];
      if (found === undefined || ALLOWED.some(([file, code]) => file === path && code === found)) return [];
      return [`${path}:${at + 1} uses \`${found}\`: ${why}`];
    }),
  );
}

/** The rim of lang: where real CUE is run, in a worker with a deadline, while documents are written. Nothing pure imports it. */
const CUE_RIM = ["host-browser.ts", "host-node.ts", "runner.ts"].map((file) => `lang/cue/${file}`);

describe.each(PURE)("%s", (folder) => {
  const sources = sourcesIn(folder).filter(({ path }) => !CUE_RIM.includes(path));
  it("uses nothing of the host", () => {
    expect(sources.length).toBeGreaterThan(3);
    expect(sources.flatMap(offences)).toEqual([]);
  });
  it("imports no module of the host", () => {
    const host = sources.flatMap(({ path, text }) =>
      importsOf(text)
        .filter((from) => from.startsWith("node:"))
        .map((from) => `${path}: ${from}`),
    );
    expect(host).toEqual([]);
  });
});

/** The rim of the ledger: the files that may touch disk, keys, locks and time. Its maths and formats may not. */
const LEDGER_RIM = [
  "committer.ts",
  "group.ts",
  "journal.ts",
  "lock.ts",
  "native.ts",
  "node.ts",
  "storage-lmdb.ts",
  "witness-client.ts",
  "witness-server.ts",
  "witness-state.ts",
  "writer.ts",
].map((file) => `ledger/${file}`);

describe("ledger", () => {
  it("is pure but for its rim", () => {
    const pure = sourcesIn("ledger").filter(({ path }) => !LEDGER_RIM.includes(path));
    expect(pure.length).toBeGreaterThan(8);
    expect(pure.flatMap(offences)).toEqual([]);
    expect(
      pure.flatMap(({ path, text }) =>
        importsOf(text)
          .filter((from) => from.startsWith("node:"))
          .map((from) => `${path}: ${from}`),
      ),
    ).toEqual([]);
  });
});

/** The rim of policy: logs, their store, and the server. What decides, reads and compares may not touch them. */
const POLICY_RIM = [
  "log-file.ts",
  "log-read.ts",
  "logged.ts",
  "metrics.ts",
  "node.ts",
  "running.ts",
  "seen.ts",
  "serve.ts",
  "server.ts",
  "store.ts",
  "watch.ts",
].map((file) => `policy/${file}`);

describe("policy", () => {
  it("is pure but for its rim", () => {
    const pure = sourcesIn("policy").filter(({ path }) => !POLICY_RIM.includes(path));
    expect(pure.length).toBeGreaterThan(8);
    expect(pure.flatMap(offences)).toEqual([]);
    expect(
      pure.flatMap(({ path, text }) =>
        importsOf(text)
          .filter((from) => from.startsWith("node:"))
          .map((from) => `${path}: ${from}`),
      ),
    ).toEqual([]);
  });
});

// biome-ignore-start lint/suspicious/noTemplateCurlyInString: the texts are code
describe("the search itself", () => {
  it.each([
    ["const now = Date.now();", "Date"],
    ["const x = a * 1.5;", "1.5"],
    ["xs.sort((a, b) => a.localeCompare(b));", "localeCompare"],
    ["const t = `${Math.random()}`;", "Math.random"],
    ["return Math.pow(10, n);", "Math.pow"],
    ['return new Function("a", text)(1);', "new Function"],
    ["return Function(text);", "Function("],
  ])("finds %s", (text, found) => {
    expect(offences({ path: "x.ts", text }).join()).toContain(`\`${found}\``);
  });
  it.each([
    ["// Date.now() is not used"],
    ['const help = "add `version: 1.0.0`, Date";'],
    ["const text = `Date 1.5 ${name} Intl`;"],
    ["const pattern = /Date|1.5/u;"],
    ["const half = a / b / 2; /* process */"],
    ["interface X { readonly date: Value }"],
  ])("does not mind %s", (text) => {
    expect(offences({ path: "x.ts", text })).toEqual([]);
  });
});
// biome-ignore-end lint/suspicious/noTemplateCurlyInString: the texts are code
