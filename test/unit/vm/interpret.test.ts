// Every opcode of the table: its value on good operands, on errors and on unknowns, and its fuel; then calls, loops, faults.
import { describe, expect, it } from "vitest";
import { type Decimal, decimalOf } from "../../../vm/decimal.ts";
import { mapOf } from "../../../vm/map.ts";
import { OPCODES } from "../../../vm/opcodes.ts";
import { OP, type OpName } from "../../../vm/operands.ts";
import type { MachineBuiltin } from "../../../vm/operations.ts";
import { ErrorValue, type MapValue, type Value } from "../../../vm/value.ts";
import { showValue } from "../../../vm/value-text.ts";
import { ANY, assemble, type Line, machineOf, runCode, valueAfter } from "./asm.ts";

const dec = (c: number, e: number): Decimal => decimalOf(c, e) as Decimal;
const map = (entries: Record<string, Value>): MapValue => mapOf(Object.entries(entries))!;
const E1 = new ErrorValue("overflow", "first");
const E2 = new ErrorValue("empty", "second");
const U = undefined;
const T = true;
const F = false;

const builtins: readonly MachineBuiltin[] = [
  { id: 1, name: "first", fuel: 10, run: ([a]) => a },
  { id: 2, name: "units", fuel: 3, perUnit: { fuel: 2, argument: 0 }, run: () => "done" },
  { id: 3, name: "lazy", fuel: 1, lazy: true, run: ([a]) => a instanceof ErrorValue },
  {
    id: 4,
    name: "throws",
    fuel: 1,
    run: () => {
      throw new RangeError("host");
    },
  },
];

/** Loads constants into registers 1 …, then the instruction writing register 0, then `ret 0`. */
function runOp(name: OpName, operands: readonly Value[], tail: readonly unknown[] = []): Value {
  const loads = operands.map((value, at): Line => ["const", at + 1, value]);
  const sources = operands.map((_, at) => at + 1);
  return valueAfter([...loads, [name, 0, ...sources, ...tail] as Line, ["ret", 0]], null, builtins);
}

type Case = readonly [name: OpName, operands: readonly Value[], tail: readonly unknown[], expected: string];
const cases: readonly Case[] = [
  ["const", [], ["text"], '"text"'],
  ["move", [7], [], "7"],
  ["move", [E1], [], "error overflow (first)"],
  ["add", [2, 3], [], "5"],
  ["add", [Number.MAX_SAFE_INTEGER, 1], [], "9007199254740992"],
  ["add", [10n ** 34n - 1n, 1], [], "error overflow"],
  ["add", [dec(15, -1), 1], [], "2.5"],
  ["sub", [2, 3], [], "-1"],
  ["sub", [Number.MIN_SAFE_INTEGER, 1], [], "-9007199254740992"],
  ["sub", [9007199254740992n, 1], [], "9007199254740991"],
  ["mul", [0, -5], [], "0"],
  ["mul", [94906267, 94906267], [], "9007199515875289"],
  ["div", [1, 8], [], "0.125"],
  ["div", [1, 0], [], "error divide-by-zero"],
  ["neg", [5], [], "-5"],
  ["neg", [dec(5, -1)], [], "-0.5"],
  ["round_add", [10n ** 34n - 1n, dec(5, -1)], [], "1.0e+34"],
  ["round_sub", [dec(1, 0), dec(1, -1)], [], "0.9"],
  ["round_mul", [dec(3, -1), 3], [], "0.9"],
  ["to_decimal", [4], [], "4.0"],
  ["to_decimal", ["4"], [], "error kind"],
  ["eq", [1, dec(1, 0)], [9], "true"],
  ["eq", [1, "1"], [9], "false"],
  ["eq", [null, null], [9], "true"],
  [
    "eq",
    [
      [1, [2, "x"]],
      [dec(1, 0), [2, "x"]],
    ],
    [9],
    "true",
  ],
  [
    "eq",
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
    [3],
    "error limit",
  ],
  [
    "eq",
    [
      [1, 2, 3],
      [9, 2, 3],
    ],
    [3],
    "false",
  ],
  ["eq", ["a", "a"], [0], "error limit"],
  ["eq", [map({ b: 1, a: 2 }), map({ a: 2, b: 1 })], [9], "true"],
  ["eq", [Uint8Array.of(1, 2), Uint8Array.of(1, 2)], [9], "true"],
  [
    "eq",
    [
      [U, E1],
      [U, E1],
    ],
    [9],
    "true",
  ],
  ["eq", [E1, 1], [9], "error overflow (first)"],
  ["eq", [U, 1], [9], "unknown"],
  ["ne", [1, 2], [9], "true"],
  ["ne", ["a", "a"], [9], "false"],
  ["ne", [[1], [1]], [1], "error limit"],
  ["lt", [1, dec(15, -1)], [], "true"],
  ["lt", ["\u{ffff}", "\u{10000}"], [], "true"],
  ["lt", [Uint8Array.of(1), Uint8Array.of(1, 0)], [], "true"],
  ["lt", [true, false], [], "error kind"],
  ["lt", [U, 1], [], "unknown"],
  ["le", [2, 2], [], "true"],
  ["le", ["b", "a"], [], "false"],
  ["le", [1, "a"], [], "error kind"],
  ["not", [T], [], "false"],
  ["not", [U], [], "unknown"],
  ["not", [3], [], "error kind"],
  ["known", [U], [], "false"],
  ["known", [E1], [], "false"],
  ["known", [null], [], "true"],
  ["present", [new ErrorValue("absent", "k")], [], "false"],
  ["present", [E1], [], "error overflow (first)"],
  ["present", [U], [], "true"],
  ["is_true", [T], [], "true"],
  ["is_true", [E1], [], "false"],
  ["is_true", [1], [], "false"],
  ["is_error", [E1], [], "true"],
  ["is_error", [U], [], "false"],
  ["get", [[5, 6]], [1], "6"],
  ["get", [[5, 6]], [2], "error absent"],
  ["get", [U], [0], "unknown"],
  ["get", ["ab"], [0], "error kind"],
  ["item", [[5, 6], 0], [], "5"],
  ["item", [[5, 6], 2], [], "error absent"],
  ["item", [[5, 6], -1], [], "error absent"],
  ["item", [[5, 6], 10n ** 20n], [], "error absent"],
  ["item", [[5, 6], dec(1, 0)], [], "error kind"],
  ["item", [E1, E2], [], "error overflow (first)"],
  ["length", [[1, 2, 3]], [], "3"],
  ["length", [map({ a: 1 })], [], "1"],
  ["length", ["abc"], [], "error kind"],
  ["field", [map({ a: 1, b: 2 })], ["b"], "2"],
  ["field", [map({ a: 1 })], ["b"], "error absent (b)"],
  ["field", [null], ["b"], "error absent (b)"],
  ["field", [U], ["b"], "error absent (b)"],
  ["field", [E1], ["b"], "error overflow (first)"],
  ["field", [[1]], ["b"], "error kind"],
  ["field", [map(Object.fromEntries("abcdefghijkl".split("").map((key) => [key, key])))], ["k"], '"k"'],
  ["key", [map({ a: 1 }), "a"], [], "1"],
  ["key", [map({ a: 1 }), "z"], [], "error absent (z)"],
  ["key", [map({ a: 1 }), 3], [], "error kind"],
  ["key", [E1, E2], [], "error overflow (first)"],
  ["key", [map({ a: 1 }), U], [], "unknown"],
  ["match", ["xxabxx"], ["ab", 10], "true"],
  ["match", ["xxabxx"], ["^ab", 10], "false"],
  ["match", ["xxabxx"], ["ab", 5], "error limit"],
  ["match", ["ééé"], ["é", 5], "error limit"],
  ["match", [3], ["ab", 5], "error kind"],
  ["match", [U], ["ab", 5], "unknown"],
  ["conform", ["200.00 USD"], [{ kind: "money", asset: "USD" }, 4], "200.0"],
  [
    "conform",
    [map({ a: [1, "x"] })],
    [
      {
        kind: "record",
        open: false,
        fields: [{ name: "a", optional: false, type: { kind: "list", of: { kind: "int" }, most: 5 } }],
      },
      9,
    ],
    "error not-a-value (a[1])",
  ],
  ["conform", [[1, 2, 3]], [{ kind: "list", of: { kind: "int" }, most: 5 }, 3], "error limit ([2])"],
  ["conform", [E1], [{ kind: "int" }, 3], "error overflow (first)"],
  ["fail", [], ["why"], "error unstated (why)"],
];

describe("values of instructions", () => {
  it.each(
    cases.map(
      (row) =>
        [`${row[0]} ${row[1].map((value) => showValue(value)).join(" ")} ${JSON.stringify(row[2])}`, row] as const,
    ),
  )("%s", (_, [name, operands, tail, expected]) => {
    expect(showValue(runOp(name, operands, tail))).toBe(expected);
  });

  it("records, sets and puts without changing what was there", () => {
    const code = (...lines: Line[]): Value =>
      valueAfter([["const", 1, 10], ["const", 2, 20], ["record", 3, 1, 2], ...lines, ["record", 5, 3, 2], ["ret", 5]]);
    expect(code(["set", 4, 3, 1, 1])).toEqual([
      [10, 20],
      [10, 10],
    ]);
    expect(code(["set", 4, 3, 2, 1])).toEqual([[10, 20], new ErrorValue("absent")]);
    const put = (index: number, bound: number): Value => code(["const", 0, index], ["put", 4, 3, 0, 1, bound]);
    expect(put(0, 5)).toEqual([
      [10, 20],
      [10, 20],
    ]);
    expect(put(1, 5)).toEqual([
      [10, 20],
      [10, 10],
    ]);
    expect(put(2, 5)).toEqual([
      [10, 20],
      [10, 20, 10],
    ]);
    expect(put(3, 5)).toEqual([[10, 20], new ErrorValue("absent")]);
    expect(put(2, 2)).toEqual([[10, 20], new ErrorValue("limit")]);
    expect(put(0, 1)).toEqual([[10, 20], new ErrorValue("limit")]);
    expect(runOp("put", [[1], 0, E1], [3])).toEqual([E1]);
    expect(runOp("put", [E2, 0, E1], [3])).toBe(E2);
    expect(runOp("set", [[1, 2]], [0, 1])).toEqual([[1, 2], 2]);
    expect(
      valueAfter([
        ["const", 1, E1],
        ["const", 2, U],
        ["record", 0, 1, 2],
        ["ret", 0],
      ]),
    ).toEqual([E1, U]);
    expect(
      valueAfter([
        ["record", 0, 0, 0],
        ["ret", 0],
      ]),
    ).toEqual([]);
  });

  it("takes each jump as its row says", () => {
    const values: readonly Value[] = [true, false, U, E1, 1, "x", null];
    const taken = (jump: Line): string =>
      values
        .map((value) =>
          valueAfter([
            ["const", 1, value],
            jump,
            ["const", 0, "through"],
            ["ret", 0],
            "there",
            ["const", 0, "there"],
            ["ret", 0],
          ]) === "there"
            ? "J"
            : "-",
        )
        .join("");
    expect(taken(["jump", "there"])).toBe("JJJJJJJ");
    expect(taken(["jump_if", 1, "there"])).toBe("J------");
    expect(taken(["jump_unless", 1, "there"])).toBe("-JJJJJJ");
    expect(taken(["jump_if_false", 1, "there"])).toBe("-J-----");
    expect(taken(["jump_eq", 1, 1, "there"])).toBe("----J--");
    expect(taken(["jump_eq", 1, "x", "there"])).toBe("-----J-");
    expect(taken(["jump_ne", 1, false, "there"])).toBe("J-JJJJJ");
  });

  it("follows Kleene logic in both orders", () => {
    const name = (value: Value): string =>
      value === T ? "T" : value === F ? "F" : value === U ? "U" : value === E1 ? "1" : value === E2 ? "2" : "k";
    const operands = [T, F, U, E1, E2, 7];
    const table = (op: "and" | "or"): string[] =>
      operands.map((a) => operands.map((b) => name(runOp(op, [a, b]))).join(""));
    //                            T F U 1 2 7
    expect(table("and")).toEqual(["TFU12k", "FFFFFF", "UFU12k", "1F1111", "2F2222", "kFkkkk"]);
    expect(table("or")).toEqual(["TTTTTT", "TFU12k", "TUU12k", "T11111", "T22222", "Tkkkkk"]);
  });

  it("covers every row of the table", () => {
    const elsewhere: readonly OpName[] = [
      "and",
      "or",
      "jump",
      "jump_if",
      "jump_unless",
      "jump_if_false",
      "jump_eq",
      "jump_ne",
      "record",
      "set",
      "put",
      "each",
      "next",
      "call",
      "builtin",
      "trap",
      "ret",
    ];
    expect([...new Set([...cases.map((row) => row[0]), ...elsewhere])].sort()).toEqual(
      OPCODES.map((row) => row.name).sort(),
    );
    expect(Object.entries(OP).sort()).toEqual(OPCODES.map((row) => [row.name, row.code]).sort());
    expect(new Set(OPCODES.map((row) => row.code)).size).toBe(OPCODES.length);
  });
});

describe("builtins", () => {
  it("never see errors or unknowns unless lazy, and pay for their work", () => {
    const call = (id: number, args: readonly Value[], bound = 10) =>
      runCode(
        [
          ...args.map((value, at): Line => ["const", at + 1, value]),
          ["builtin", 0, id, 1, args.length, bound],
          ["ret", 0],
        ],
        null,
        builtins,
      );
    const loads = (count: number): number => count + 4 + 1; // consts, builtin's own 4, ret
    expect(call(1, [5])).toEqual({ value: 5, fuel: loads(1) + 10 });
    expect(call(1, [U, E1])).toEqual({ value: E1, fuel: loads(2) + 10 });
    expect(call(1, [U, 1])).toEqual({ value: U, fuel: loads(2) + 10 });
    expect(call(2, ["éa"])).toEqual({ value: "done", fuel: loads(1) + 3 + 2 * 3 });
    expect(call(2, [7])).toEqual({ value: "done", fuel: loads(1) + 3 + 14 });
    expect(call(2, [-7])).toEqual({ value: "done", fuel: loads(1) + 3 });
    expect(call(2, [[1, 2]])).toEqual({ value: "done", fuel: loads(1) + 3 + 4 });
    expect(call(2, [11])).toEqual({ value: new ErrorValue("limit"), fuel: loads(1) + 3 });
    expect(call(2, [10n ** 20n])).toEqual({ value: new ErrorValue("limit"), fuel: loads(1) + 3 });
    expect(call(3, [E1])).toEqual({ value: true, fuel: loads(1) + 1 });
    expect(call(4, [1])).toEqual({ value: new ErrorValue("kind"), fuel: loads(1) + 1 });
  });
});

/** Sum of a list of at most `bound` items. */
const sum = (bound: number): Line[] => [
  ["const", 1, 0],
  ["const", 2, 0],
  "top",
  ["each", 3, 2, 0, "end", bound],
  ["add", 1, 1, 3],
  ["next", 2, "top"],
  "end",
  ["ret", 1],
];

describe("loops, calls and ends", () => {
  it("loops over lists and stops at the bound", () => {
    expect(runCode(sum(3), [1, 2, 3])).toEqual({ value: 6, fuel: 2 + 4 * 2 + 3 * (2 + 1) + 1 });
    expect(runCode(sum(3), [])).toEqual({ value: 0, fuel: 2 + 2 + 1 });
    for (const nothing of [U, null, "text", E1, 5]) expect(runCode(sum(3), nothing)).toEqual({ value: 0, fuel: 5 });
    expect(runCode(sum(3), [1, 2, 3, 4])).toEqual({
      fault: { code: "vm/limit", function: 0, pc: 2, error: null },
      fuel: 4,
    });
  });

  it("calls with fresh registers and passes faults through", () => {
    const module = assemble([
      {
        name: "twice",
        params: 1,
        code: [
          ["trap", 0],
          ["add", 1, 0, 0],
          ["ret", 1],
        ],
      },
      {
        name: "main",
        params: 1,
        code: [
          ["const", 1, 5],
          ["call", 2, "twice", 0, 1],
          ["call", 3, "twice", 2, 1],
          ["record", 0, 1, 3],
          ["ret", 0],
        ],
      },
    ]);
    const machine = machineOf(module);
    expect(machine.worstFuel("decide")).toBe(1 + 2 * (5 + 4) + 4 + 1);
    expect(machine.run("decide", [3], { fuel: 100 })).toEqual({ value: [5, 6, 12], fuel: 24 });
    expect(machine.run("decide", [E1], { fuel: 100 })).toEqual({
      fault: { code: "vm/error", function: 0, pc: 0, error: E1 },
      fuel: 7,
    });
    expect(machine.run("decide", [3], { fuel: 100 })).toEqual({ value: [5, 6, 12], fuel: 24 });
  });

  it("stops exactly when the fuel is gone, at every amount", () => {
    const module = assemble([{ name: "f", params: 1, code: sum(3) }]);
    const machine = machineOf(module);
    const needed = machine.worstFuel("decide")!;
    expect(machine.run("decide", [[1, 2, 3]], { fuel: needed })).toEqual({ value: 6, fuel: needed });
    for (let fuel = 0; fuel < needed; fuel++) {
      const result = machine.run("decide", [[1, 2, 3]], { fuel });
      expect(result).toMatchObject({ fault: { code: "vm/out-of-fuel" }, fuel });
    }
  });

  it("takes fuel that is no whole number for the nearest below, and nonsense for none", () => {
    const machine = machineOf(assemble([{ name: "f", params: 1, code: [["ret", 0]] }]));
    for (const fuel of [Number.NaN, -1, 0, 0.9, Number.NEGATIVE_INFINITY])
      expect(machine.run("decide", [7], { fuel })).toMatchObject({ fault: { code: "vm/out-of-fuel" }, fuel: 0 });
    for (const fuel of [1, 1.5, Number.POSITIVE_INFINITY])
      expect(machine.run("decide", [7], { fuel })).toEqual({ value: 7, fuel: 1 });
  });

  it("refuses entries it does not have", () => {
    const machine = machineOf(assemble([{ name: "f", params: 1, code: [["ret", 0]] }]));
    const fault = { code: "vm/bad-entry", function: -1, pc: -1, error: null };
    expect(machine.run("step", [1], { fuel: 10 })).toEqual({ fault, fuel: 0 });
    expect(machine.run("decide", [], { fuel: 10 })).toEqual({ fault, fuel: 0 });
    expect(machine.run("decide", [1, 2], { fuel: 10 })).toEqual({ fault, fuel: 0 });
    expect(machine.worstFuel("step")).toBe(undefined);
  });

  it("stays on its feet with values of any shape, deep ones included", () => {
    // r = [r] 1000 times, then compared with itself made again: deeper than equality may go.
    const nest: Line[] = [
      ["const", 1, 1],
      ["const", 2, 1],
      ["const", 3, 0],
      "top",
      ["each", 4, 3, 0, "end", 1000],
      ["record", 1, 1, 1],
      ["record", 2, 2, 1],
      ["next", 3, "top"],
      "end",
      ["eq", 5, 1, 2, 100_000],
      ["ret", 5],
    ];
    expect(runCode(nest, new Array(64).fill(0))).toMatchObject({ value: true });
    expect(runCode(nest, new Array(65).fill(0))).toMatchObject({ value: new ErrorValue("limit") });
    expect(runCode(nest, new Array(1000).fill(0))).toMatchObject({ value: new ErrorValue("limit") });
  });

  it("gives the same result twice and in the trace", () => {
    const module = assemble([{ name: "f", params: 1, code: sum(5) }], { types: [ANY] });
    const machine = machineOf(module);
    const first = machine.run("decide", [[1, dec(5, -1), 3]], { fuel: 1000 });
    expect(machine.run("decide", [[1, dec(5, -1), 3]], { fuel: 1000 })).toEqual(first);
    const trace = machine.trace("decide", [[1, dec(5, -1), 3]], { fuel: 1000 });
    expect(trace.result).toEqual(first);
    expect(trace.steps.at(-1)!.fuel).toBe((first as { fuel: number }).fuel);
    expect(
      trace.steps.filter((step) => step.wrote?.register === 1).map((step) => showValue(step.wrote!.value)),
    ).toEqual(["0", "1", "1.5", "4.5"]);
  });
});
