// Each bound of lang at its value and one past it; huge and hostile sources, each with a named error and in bounded time.
import { describe, expect, it } from "vitest";
import { parseExprText, readDocument } from "../../lang/index.ts";
import {
  DIAGNOSTICS_KEPT_MAX,
  EXPONENT_MAX,
  EXPR_DEPTH_MAX,
  EXPR_NESTING_MAX,
  EXPR_UNITS_MAX,
  SOURCE_BYTES_MAX,
  YAML_DEPTH_MAX,
} from "../../lang/limits.ts";

const codes = (input: Uint8Array | string): string[] => [
  ...new Set(readDocument(input, "a.yaml").diagnostics.map(({ code }) => code)),
];
const exprCodes = (text: string): string[] => parseExprText(text).diagnostics.map(({ code }) => code);
const head = "agreement: a\nversion: 1.0.0\n";
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

describe("sources", () => {
  it("are as large as the bound, and no larger", () => {
    const filler = (size: number): Uint8Array =>
      bytes(head + `# ${"x".repeat(100)}\n`.repeat(90_000)).subarray(0, size);
    expect(codes(filler(SOURCE_BYTES_MAX))).toEqual([]);
    expect(codes(filler(SOURCE_BYTES_MAX + 1))).toEqual(["lang/source-too-large"]);
  });
  it("of 50 MB are refused before they are read", () => {
    const before = performance.now();
    expect(codes(new Uint8Array(50_000_000))).toEqual(["lang/source-too-large"]);
    expect(codes("x".repeat(50_000_000))).toEqual(["lang/source-too-large"]);
    expect(performance.now() - before).toBeLessThan(500);
  });
  it.each([
    ["maps", (depth: number) => `${head}terms: ${"{a: ".repeat(depth)}1${"}".repeat(depth)}\n`],
    ["lists", (depth: number) => `${head}terms: {a: ${"[".repeat(depth - 1)}1${"]".repeat(depth - 1)}}\n`],
    [
      "lines",
      (depth: number) =>
        `${head}terms:\n${Array.from({ length: depth }, (_, at) => `${" ".repeat(at + 1)}a:\n`).join("")}${" ".repeat(depth + 1)}b: 1\n`,
    ],
  ])("are nested as deep as the bound, and no deeper: %s", (_, nested) => {
    // The document, its root and `terms` stand above what is counted here.
    expect(codes(nested(YAML_DEPTH_MAX - 10))).not.toContain("lang/source-too-deep");
    expect(codes(nested(YAML_DEPTH_MAX + 1))).toEqual(["lang/source-too-deep"]);
    expect(codes(nested(1_000))).toEqual(["lang/source-too-deep"]);
  });
  it.each([
    ["10,000 open brackets", "[".repeat(10_000)],
    ["10,000 open braces", "{a: ".repeat(10_000)],
    ["10,000 dashes", "- ".repeat(10_000)],
    ["4 MiB of brackets", "[".repeat(4 * 1024 * 1024)],
  ])("of %s do not reach the stack", (_, text) => {
    expect(codes(text)).toEqual(["lang/source-too-deep"]);
  });
  it.each([
    ["latin-1", Uint8Array.of(0x61, 0x3a, 0x20, 0xe9, 0x0a), "lang/not-utf8"],
    ["an overlong form", Uint8Array.of(0xc0, 0xaf), "lang/not-utf8"],
    ["a surrogate", Uint8Array.of(0xed, 0xa0, 0x80), "lang/not-utf8"],
    ["a cut character", Uint8Array.of(0x61, 0xe2, 0x82), "lang/not-utf8"],
    ["UTF-16", Uint8Array.of(0xff, 0xfe, 0x61, 0x00), "lang/not-utf8"],
    ["a byte order mark", Uint8Array.of(0xef, 0xbb, 0xbf, 0x61), "lang/byte-order-mark"],
    ["NUL", bytes("a: \0"), "lang/control-character"],
    ["a lone carriage return", bytes("a: 1\rb: 2"), "lang/control-character"],
    ["an escape character", bytes("a: \u001b[2J"), "lang/control-character"],
    ["a lone surrogate in a text", "a: \ud800", "lang/not-utf8"],
    ["nothing", new Uint8Array(), "lang/empty-source"],
  ])("with %s are refused by name", (_, input, code) => {
    expect(codes(input)).toEqual([code]);
  });
  it("name the place and byte of bad UTF-8", () => {
    const { diagnostics } = readDocument(Uint8Array.of(...bytes("a: é"), 0xff), "a.yaml");
    expect(diagnostics[0]).toMatchObject({ message: "this is not UTF-8: 0xff", span: { start: 4 } });
  });
  it("are not deep by a mistake on each line", () => {
    const text = `${head}terms:\n${Array.from({ length: 300 }, (_, at) => `  t${at}: b: c\n`).join("")}`;
    expect(codes(text)).toEqual(["lang/yaml-colon-in-value"]);
  });
  it("refuse a bomb of aliases without unfolding it", () => {
    const bomb = `${head}a: &a0 [x]\n${Array.from({ length: 30 }, (_, at) => `b${at}: &a${at + 1} [${`*a${at}, `.repeat(9)}*a${at}]\n`).join("")}`;
    expect(cpuSeconds(() => expect(codes(bomb)).toContain("lang/yaml-alias"))).toBeLessThan(1);
  });
  it("keep a bounded number of diagnostics", () => {
    const { diagnostics } = readDocument(
      `${head}limits:\n${Array.from({ length: 3_000 }, (_, at) => `  l${at}: a = b\n`).join("")}`,
      "a.yaml",
    );
    expect(diagnostics.length).toBe(DIAGNOSTICS_KEPT_MAX);
  });
  it.each([
    ["tags", "  a: !x\n"],
    ["colons", "  a: b: c\n"],
    ["quotes", '  a: "\n'],
    ["duplicates", "  a: 1\n"],
    ["tabs", "\ta: 1\n"],
    ["commas", "  a: {b: f(1, 2), c: 1,000.00}\n"],
    ["closers", "  a: }\n"],
  ])("full of one mistake are read in bounded time: %s", (_, line) => {
    const text = `${head}terms:\n${line.repeat(Math.floor(60_000 / line.length))}`;
    expect(cpuSeconds(() => expect(codes(text).length).toBeGreaterThan(0))).toBeLessThan(5);
  });
});

/** Seconds of the processor: other work on the machine does not count. */
function cpuSeconds(run: () => void): number {
  const before = process.cpuUsage();
  run();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1e6;
}

describe("one long line", () => {
  it.each([
    ["anchors", "&a "],
    ["aliases", "*a "],
    ["tags", "!a "],
    ["commas", "[,"],
    ["quotes", "'"],
    ["colons", "a: "],
    ["pairs", "{a: b, "],
    ["escapes", '"\\q" '],
  ])("of %s is read in time that grows with its length", (_, part) => {
    const text = part.repeat(Math.floor(50_000 / part.length));
    expect(cpuSeconds(() => expect(codes(text).length).toBeGreaterThan(0))).toBeLessThan(6);
    expect(cpuSeconds(() => codes(`${head}terms: {a: ${text}}\n`))).toBeLessThan(6);
  });
});

describe("expressions", () => {
  it("are as long as the bound, and no longer", () => {
    const long = (units: number): string => `"${"a".repeat(units - 2)}"`;
    expect(exprCodes(long(EXPR_UNITS_MAX))).toEqual([]);
    expect(exprCodes(long(EXPR_UNITS_MAX + 1))).toEqual(["lang/expression-too-long"]);
  });
  it("are nested as deep as the bound, and no deeper", () => {
    const nested = (depth: number): string => `${"(".repeat(depth)}a${")".repeat(depth)}`;
    expect(exprCodes(nested(EXPR_NESTING_MAX))).toEqual([]);
    expect(exprCodes(nested(EXPR_NESTING_MAX + 1))).toEqual(["lang/expression-too-deep"]);
    expect(exprCodes("(".repeat(EXPR_UNITS_MAX))).toEqual(["lang/expression-too-deep"]);
    expect(exprCodes("(".repeat(10_000))).toEqual(["lang/expression-too-long"]);
  });
  it("nest interpolations within the same bound", () => {
    const nested = (depth: number): string => (depth === 0 ? "a" : `"\\(${nested(depth - 1)})"`);
    expect(exprCodes(nested(EXPR_NESTING_MAX - 1))).toEqual([]);
    expect(exprCodes(nested(EXPR_NESTING_MAX + 2)).length).toBeGreaterThan(0);
    expect(exprCodes(nested(1_000)).length).toBeGreaterThan(0);
  });
  it("chain operators as deep as the bound, and no deeper", () => {
    const chain = (levels: number): string => Array.from({ length: levels }, () => "a").join("+");
    expect(exprCodes(chain(EXPR_DEPTH_MAX))).toEqual([]);
    expect(exprCodes(chain(EXPR_DEPTH_MAX + 1))).toEqual(["lang/expression-too-deep"]);
    expect(exprCodes(`${"!".repeat(8_000)}a`)).toEqual(["lang/expression-too-deep"]);
    expect(exprCodes(`a${".b".repeat(4_000)}`)).toEqual(["lang/expression-too-deep"]);
  });
  it("write exponents up to the bound", () => {
    expect(exprCodes(`1e${EXPONENT_MAX}`)).toEqual([]);
    expect(exprCodes(`1e${EXPONENT_MAX + 1}`)).toEqual(["lang/bad-number"]);
  });
});
