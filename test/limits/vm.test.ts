// Each bound of the machine, at it and one past it. The bounds of loops, calls, registers and fuel stand with the verifier's
// own tests, those of JSON depth and value depth with theirs.
import { describe, expect, it } from "vitest";
import { decodeModule, encodeModule } from "../../vm/codec.ts";
import { conform } from "../../vm/conform.ts";
import { decimalOf, parseDecimal, parseInt34 } from "../../vm/decimal.ts";
import * as limits from "../../vm/limits.ts";
import { parseLiteral } from "../../vm/literal.ts";
import type { Manifest, Module } from "../../vm/module.ts";
import { OP } from "../../vm/operands.ts";
import { compilePattern } from "../../vm/pattern.ts";
import { decodeProgram } from "../../vm/regex.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue } from "../../vm/value.ts";
import { verifyModule } from "../../vm/verify.ts";
import { assemble } from "../unit/vm/asm.ts";

const INT: Type = { kind: "int" };
const base = assemble([{ name: "f", params: 1, code: [["ret", 0]] }]);

/** Written, read and verified: the code of the first refusal, or `fine`. */
function fate(change: Partial<Module>): string {
  const made = encodeModule({ ...base, ...change });
  if ("error" in made) return made.error.code;
  const read = decodeModule(made.bytes);
  if ("error" in read) return read.error.code;
  return verifyModule(read.module, () => undefined)?.code ?? "fine";
}

const many = <T>(count: number, item: (at: number) => T): T[] => Array.from({ length: count }, (_, at) => item(at));

/** A list type inside a list type …, `depth` types in all. */
function nested(depth: number): Type {
  let type: Type = INT;
  for (let at = 1; at < depth; at++) type = { kind: "list", of: type, most: 1 };
  return type;
}

function deepManifest(depth: number): Manifest {
  let inner: Manifest = {};
  for (let at = 1; at < depth; at++) inner = { a: inner };
  return inner;
}

const pattern = compilePattern("a");
if (!("pattern" in pattern)) throw new Error(pattern.reason);

const bounds: readonly (readonly [name: keyof typeof limits, make: (size: number) => Partial<Module>])[] = [
  ["FUNCTIONS_MAX", (size) => ({ functions: many(size, () => base.functions[0]!) })],
  ["TYPES_MAX", (size) => ({ types: many(size, () => INT) })],
  ["TYPE_DEPTH_MAX", (size) => ({ types: [nested(size)] })],
  ["TYPE_PARTS_MAX", (size) => ({ types: [{ kind: "enum", values: many(size, String) }] })],
  ["BOUND_MAX", (size) => ({ types: [{ kind: "list", of: INT, most: size }] })],
  ["CONSTANTS_MAX", (size) => ({ constants: many(size, (at) => at) })],
  ["PATTERNS_MAX", (size) => ({ patterns: many(size, () => pattern.pattern) })],
  ["NAME_BYTES_MAX", (size) => ({ name: "n".repeat(size) })],
  ["MANIFEST_DEPTH_MAX", (size) => ({ manifest: deepManifest(size) })],
  [
    "SOURCES_MAX",
    (size) => ({ debug: { sources: many(size, (at) => ({ name: `s${at}`, text: "" })), functions: [] } }),
  ],
  [
    "INSTRUCTIONS_MAX",
    (size) => ({
      functions: [
        {
          name: "f",
          params: 1,
          registers: 1,
          worstFuel: size,
          code: many(size, (at) => (at === size - 1 ? [OP.ret, 0] : [OP.move, 0, 0])),
        },
      ],
    }),
  ],
];

describe("bounds of a module", () => {
  it.each(bounds)("%s", (name, make) => {
    const most = new Map<string, number>(Object.entries(limits)).get(name)!;
    expect(fate(make(most))).toBe("fine");
    expect(fate(make(most + 1))).toMatch(/^vm\/(oversize|bad-type|bad-encoding)$/);
  });

  it("FLOW_BITS_MAX", () => {
    const size = (registers: number) => ({
      functions: [
        {
          name: "f",
          params: 1,
          registers,
          worstFuel: 131_072,
          code: many(131_072, (at) => (at === 131_071 ? [OP.ret, 0] : [OP.move, 0, 0])),
        },
      ],
    });
    expect(fate(size(limits.FLOW_BITS_MAX / 131_072))).toBe("fine");
    expect(fate(size(limits.FLOW_BITS_MAX / 131_072 + 1))).toBe("vm/oversize");
  });

  it("ENTRIES_MAX", () => {
    const entries = (count: number) => many(count, (at) => ({ name: `e${at}`, function: 0, params: [0], result: 0 }));
    expect(fate({ entries: entries(limits.ENTRIES_MAX) })).toBe("vm/bad-entry-point"); // read, then refused for their names
    expect(fate({ entries: entries(limits.ENTRIES_MAX + 1) })).toBe("vm/oversize");
  });
});

describe("bounds of values", () => {
  it("DIGITS_MAX", () => {
    expect(parseInt34("9".repeat(limits.DIGITS_MAX))).toBe(10n ** 34n - 1n);
    expect(parseInt34("9".repeat(limits.DIGITS_MAX + 1))).toBeInstanceOf(ErrorValue);
    expect(parseDecimal(`0.${"9".repeat(limits.DIGITS_MAX)}`)).not.toBeInstanceOf(ErrorValue);
    expect(parseDecimal(`0.${"9".repeat(limits.DIGITS_MAX + 1)}`)).toBeInstanceOf(ErrorValue);
  });

  it("EXPONENT_MIN and EXPONENT_MAX", () => {
    expect(decimalOf(1, limits.EXPONENT_MAX)).not.toBeInstanceOf(ErrorValue);
    expect(decimalOf(1, limits.EXPONENT_MAX + 1)).toBeInstanceOf(ErrorValue);
    expect(decimalOf(1, limits.EXPONENT_MIN)).not.toBeInstanceOf(ErrorValue);
    expect(decimalOf(1, limits.EXPONENT_MIN - 1)).toBeInstanceOf(ErrorValue);
    expect(decimalOf(10, limits.EXPONENT_MAX)).toBeInstanceOf(ErrorValue);
  });

  it("TEXT_BYTES_MAX", () => {
    const text = "x".repeat(limits.TEXT_BYTES_MAX);
    expect(conform(text, { kind: "text" })).toEqual({ value: text });
    expect(conform(`${text}x`, { kind: "text" })).toMatchObject({ misfit: { code: "limit" } });
    expect(parseLiteral(`${text}x`, { kind: "text" })).toHaveProperty("reason");
  });

  it("LITERAL_LENGTH_MAX", () => {
    const zeros = (length: number): string => `1.${"0".repeat(length - 2)}`;
    expect(parseLiteral(zeros(limits.LITERAL_LENGTH_MAX), { kind: "decimal" })).toHaveProperty("value");
    expect(parseLiteral(zeros(limits.LITERAL_LENGTH_MAX + 1), { kind: "decimal" })).toHaveProperty("reason");
  });

  it("PATTERN_LENGTH_MAX and PATTERN_INSTRUCTIONS_MAX", () => {
    expect(compilePattern("a".repeat(limits.PATTERN_INSTRUCTIONS_MAX - 1))).toHaveProperty("pattern");
    expect(compilePattern("a".repeat(limits.PATTERN_INSTRUCTIONS_MAX))).toHaveProperty("reason");
    expect(compilePattern(`[${"a".repeat(limits.PATTERN_LENGTH_MAX - 2)}]`)).toHaveProperty("pattern");
    expect(compilePattern(`[${"a".repeat(limits.PATTERN_LENGTH_MAX - 1)}]`)).toHaveProperty("reason");
  });

  it("PATTERN_RANGES_MAX", () => {
    // Eight ranges a class that do not touch: 2048 of them, then one more.
    const most = "[acegikmo]{1000}[acegikmo]{1000}[acegikmo]{48}";
    const made = compilePattern(most);
    expect(limits.PATTERN_RANGES_MAX).toBe(8 * 2048);
    if (!("pattern" in made)) throw new Error(made.reason);
    expect(decodeProgram(made.pattern.program)).toHaveProperty("program");
    expect(compilePattern(`${most}a`)).toMatchObject({ reason: expect.stringContaining("character ranges") });
  });
});
