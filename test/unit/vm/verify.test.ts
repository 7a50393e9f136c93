// One hostile module per rule of the verifier, each refused under its own name at its own place.
import { describe, expect, it } from "vitest";
import { FUEL_MAX, LOOP_DEPTH_MAX, REGISTERS_MAX } from "../../../vm/limits.ts";
import type { Module, ModuleFunction } from "../../../vm/module.ts";
import { OP } from "../../../vm/operands.ts";
import type { Type } from "../../../vm/type.ts";
import { verifyModule } from "../../../vm/verify.ts";
import { assemble, type Line } from "./asm.ts";
import { BUILTINS, sampleAgreement, samplePolicy } from "./samples.ts";

const table = new Map(BUILTINS.map((builtin) => [builtin.id, builtin]));
const verify = (module: Module) => verifyModule(module, (id) => table.get(id));
/** Code of the refusal and the instruction, `vm/bad-jump@3`. */
const problem = (module: Module): string => {
  const error = verify(module);
  return error === null ? "fine" : `${error.code}@${error.pc}`;
};
const code = (...lines: Line[]): Module => assemble([{ name: "f", params: 1, code: lines }], { builtins: BUILTINS });
const withFunction = (module: Module, change: Partial<ModuleFunction>): Module => ({
  ...module,
  functions: module.functions.map((fn, at) => (at === module.functions.length - 1 ? { ...fn, ...change } : fn)),
});
const raw = (...instructions: number[][]): Module =>
  withFunction(code(["ret", 0]), { code: instructions, registers: 4 });

const loop = (inside: Line[], bound = 3): Line[] => [
  ["const", 1, 0],
  "top",
  ["each", 2, 1, 0, "end", bound],
  ...inside,
  ["next", 1, "top"],
  "end",
  ["ret", 0],
];

describe("the verifier", () => {
  it("accepts the samples", () => {
    expect(problem(samplePolicy())).toBe("fine");
    expect(problem(sampleAgreement())).toBe("fine");
    expect(problem(code(...loop([])))).toBe("fine");
  });

  it("proves operands", () => {
    expect(problem(raw([0x0f], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.move, 0], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.move, 0, 0, 0], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.move, 4, 0], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.move, 0, 4], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.move, 0, -1], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.move, 0, 0.5], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.const, 0, 0], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.record, 0, 0, 5], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.record, 0, 3, 2], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.get, 0, 0, REGISTERS_MAX], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.eq, 0, 0, 0, 2 ** 21], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.match, 0, 0, 0, 1], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.conform, 0, 0, 1, 1], [OP.ret, 0]))).toBe("vm/bad-operand@0");
    expect(problem(raw([OP.builtin, 0, 99, 0, 1, 1], [OP.ret, 0]))).toBe("vm/unknown-builtin@0");
    expect(problem(code(["const", 1, 5], ["field", 1, 0, 5], ["ret", 1]))).toBe("vm/bad-operand@1");
    expect(problem(code(["fail", 1, 5], ["ret", 1]))).toBe("vm/bad-operand@0");
    expect(problem(code(["jump_eq", 0, null, "end"], "end", ["ret", 0]))).toBe("vm/bad-operand@0");
  });

  it("proves the ends of a function", () => {
    expect(problem(raw())).toBe("vm/bad-function@-1");
    expect(problem(raw([OP.move, 0, 0]))).toBe("vm/bad-function@-1");
    expect(problem(withFunction(code(["ret", 0]), { params: 2, registers: 1 }))).toBe("vm/bad-function@-1");
    expect(problem(withFunction(code(["ret", 0]), { registers: REGISTERS_MAX + 1 }))).toBe("vm/oversize@-1");
  });

  it("proves that registers are written before they are read, on every path", () => {
    expect(problem(code(["ret", 1]))).toBe("vm/unset-register@0");
    expect(problem(code(["add", 1, 0, 2], ["const", 2, 1], ["ret", 1]))).toBe("vm/unset-register@0");
    expect(problem(code(["jump_if", 0, "end"], ["const", 1, 1], "end", ["ret", 1]))).toBe("vm/unset-register@2");
    expect(problem(code(["const", 1, 2], ["jump_if", 0, "end"], ["const", 1, 1], "end", ["ret", 1]))).toBe("fine");
    expect(
      problem(code(["jump_if", 0, "b"], ["const", 1, 1], ["jump", "end"], "b", ["const", 1, 2], "end", ["ret", 1])),
    ).toBe("fine");
    expect(problem(code(["record", 1, 0, 2], ["ret", 1]))).toBe("vm/unset-register@0");
    // Written in the body only, read after the loop, which may not run at all.
    expect(problem(code(...loop([["const", 3, 1]]).slice(0, -1), ["ret", 3]))).toBe("vm/unset-register@4");
    // The item is set in the body, not behind it.
    expect(problem(code(...loop([["move", 3, 2]])))).toBe("fine");
    expect(problem(code(...loop([]).slice(0, -1), ["ret", 2]))).toBe("vm/unset-register@3");
  });

  it("proves that jumps go forward and not into loops", () => {
    expect(problem(raw([OP.jump, 0], [OP.ret, 0]))).toBe("vm/bad-jump@0");
    expect(problem(raw([OP.move, 1, 0], [OP.jump, 0], [OP.ret, 0]))).toBe("vm/bad-jump@1");
    expect(problem(raw([OP.jump, 5], [OP.ret, 0]))).toBe("vm/bad-jump@0");
    expect(problem(code(["const", 2, 0], ["jump_if", 0, "in"], ...loop(["in", ["move", 3, 0]])))).toBe("vm/bad-jump@1");
    expect(problem(code(["const", 1, 0], ["jump_if", 0, "top"], ...loop([])))).toBe("vm/bad-jump@1");
    // Out of one, and to its end, is fine.
    expect(problem(code(...loop([["jump_if", 2, "out"]]).slice(0, -1), "out", ["ret", 0]))).toBe("fine");
    expect(problem(code(...loop([["jump_if", 2, "on"], ["move", 3, 2], "on"])))).toBe("fine");
  });

  it("proves loops", () => {
    expect(problem(code(...loop([["const", 1, 0]])))).toBe("vm/bad-loop@2"); // writes the counter
    expect(problem(code(...loop([["add", 1, 1, 2]])))).toBe("vm/bad-loop@2");
    const start = (value: number): Line[] => [["const", 1, value], ...loop([]).slice(1)];
    expect(problem(code(...start(0)))).toBe("fine");
    expect(problem(code(...start(-5)))).toBe("vm/bad-loop@1");
    expect(problem(code(["const", 1, 0], ["move", 2, 1], ...loop([]).slice(1)))).toBe("vm/bad-loop@2");
    expect(problem(raw([OP.next, 0, 0], [OP.ret, 0]))).toBe("vm/bad-jump@0");
    expect(problem(raw([OP.move, 1, 0], [OP.next, 0, 0], [OP.ret, 0]))).toBe("vm/bad-loop@1");
    expect(problem(raw([OP.each, 1, 0, 0, 1, 3], [OP.ret, 0]))).toBe("vm/bad-loop@0");
    // Item and counter in one register.
    const shared = code(...loop([]));
    const fn = shared.functions[0]!;
    expect(
      problem(withFunction(shared, { code: [fn.code[0]!, [OP.each, 1, 1, 0, 3, 3], fn.code[2]!, fn.code[3]!] })),
    ).toBe("vm/bad-loop@1");
    // Overlapping: the inner ends behind the outer.
    expect(
      problem(
        code(
          ["const", 1, 0],
          "a",
          ["each", 3, 1, 0, "x", 2],
          ["const", 2, 0],
          "b",
          ["each", 4, 2, 0, "y", 2],
          ["next", 1, "a"],
          "x",
          ["next", 2, "b"],
          "y",
          ["ret", 0],
        ),
      ),
    ).toBe("vm/bad-loop@3");
    // An inner loop must not count with the outer's counter.
    expect(problem(code(...loop([["const", 1, 0], "in", ["each", 3, 1, 0, "out", 2], ["next", 1, "in"], "out"])))).toBe(
      "vm/bad-loop@2",
    );
    let nested: Line[] = [["move", 0, 0]];
    for (let depth = 0; depth <= LOOP_DEPTH_MAX; depth++) {
      const counter = 2 * depth + 1;
      nested = [
        ["const", counter, 0],
        `top${depth}`,
        ["each", counter + 1, counter, 0, `end${depth}`, 1],
        ...nested,
        ["next", counter, `top${depth}`],
        `end${depth}`,
      ];
    }
    expect(problem(code(...nested, ["ret", 0]))).toBe(`vm/oversize@${2 * LOOP_DEPTH_MAX + 1}`);
    expect(problem(code(...nested.slice(3, -2), ["ret", 0]))).toBe("fine");
  });

  it("proves calls", () => {
    expect(problem(raw([OP.call, 1, 0, 0, 1], [OP.ret, 0]))).toBe("vm/bad-call@0"); // itself
    expect(problem(raw([OP.call, 1, 7, 0, 1], [OP.ret, 0]))).toBe("vm/bad-call@0");
    const two = (count: number): Module =>
      assemble([
        { name: "g", params: 1, code: [["ret", 0]] },
        {
          name: "f",
          params: 1,
          code: [
            ["move", 1, 0],
            ["call", 2, "g", 0, count],
            ["ret", 2],
          ],
        },
      ]);
    expect(problem(two(1))).toBe("fine");
    expect(problem(two(2))).toBe("vm/bad-call@1");
    const chain = (length: number, registers: number): Module =>
      assemble(
        Array.from({ length }, (_, at) => ({
          name: `f${at}`,
          params: 1,
          registers,
          code: at === 0 ? [["ret", 0] as const] : [["call", 0, `f${at - 1}`, 0, 1] as const, ["ret", 0] as const],
        })),
      );
    expect(problem(chain(64, 1))).toBe("fine");
    expect(problem(chain(65, 1))).toBe("vm/oversize@-1");
    const many = (length: number): Module =>
      assemble(
        Array.from({ length }, (_, at) => ({
          name: `f${at}`,
          params: 1,
          registers: 4096,
          code: [["ret", 0] as const],
        })),
      );
    expect(problem(many(256))).toBe("fine");
    expect(problem(many(257))).toBe("vm/oversize@-1");
  });

  it("proves the declared worst fuel", () => {
    const module = code(...loop([["add", 3, 2, 2]], 10));
    const worst = module.functions[0]!.worstFuel;
    expect(worst).toBe(1 + 11 * 2 + 10 * (2 + 1) + 1);
    for (const wrong of [worst - 1, worst + 1, 0, -1, Number.NaN])
      expect(problem(withFunction(module, { worstFuel: wrong }))).toBe("vm/wrong-fuel@-1");
    let huge: Line[] = [["move", 0, 0]];
    for (let depth = 0; depth < 4; depth++) {
      const counter = 2 * depth + 1;
      huge = [
        ["const", counter, 0],
        `top${depth}`,
        ["each", counter + 1, counter, 0, `end${depth}`, 1_000_000],
        ...huge,
        ["next", counter, `top${depth}`],
        `end${depth}`,
      ];
    }
    expect(problem(withFunction(code(...huge, ["ret", 0]), { worstFuel: FUEL_MAX }))).toBe("vm/wrong-fuel@-1");
  });

  it("counts the worst path through branches, loops left early and every unit", () => {
    const worst = (...lines: Line[]): number => code(...lines).functions[0]!.worstFuel;
    expect(worst(["jump_if", 0, "b"], ["div", 0, 0, 0], ["ret", 0], "b", ["ret", 0])).toBe(1 + 6 + 1);
    expect(worst(["eq", 0, 0, 0, 50], ["ret", 0])).toBe(1 + 50 + 1);
    expect(worst(["record", 0, 0, 1], ["ret", 0])).toBe(1 + 1 + 1);
    expect(worst(["builtin", 0, 7, 0, 1, 20], ["ret", 0])).toBe(4 + 3 + 20 + 1);
    expect(worst(["conform", 0, 0, 0, 9], ["ret", 0])).toBe(4 + 9 + 1);
    // Left early in the last round for something dear.
    expect(
      worst(...loop([["jump_if", 2, "out"]], 5).slice(0, -1), ["ret", 0], "out", ["div", 0, 0, 0], ["ret", 0]),
    ).toBe(Math.max(1 + 6 * 2 + 5 * 2 + 1, 1 + 4 * (2 + 1 + 1) + 2 + 1 + 6 + 1));
  });

  it("proves tables", () => {
    const type = (made: Type): string => problem({ ...code(["ret", 0]), types: [made] });
    expect(type({ kind: "optional", of: { kind: "optional", of: { kind: "int" } } })).toBe("vm/bad-type@-1");
    expect(type({ kind: "enum", values: [] })).toBe("vm/bad-type@-1");
    expect(type({ kind: "enum", values: ["a", "a"] })).toBe("vm/bad-type@-1");
    expect(type({ kind: "union", of: [{ kind: "int" }] })).toBe("vm/bad-type@-1");
    expect(type({ kind: "list", of: { kind: "int" }, most: 2 ** 40 })).toBe("vm/bad-type@-1");
    expect(
      type({
        kind: "record",
        open: true,
        fields: [
          { name: "a", type: { kind: "int" }, optional: false },
          { name: "a", type: { kind: "int" }, optional: false },
        ],
      }),
    ).toBe("vm/bad-type@-1");
    let deep: Type = { kind: "int" };
    for (let depth = 0; depth < 40; depth++) deep = { kind: "list", of: deep, most: 1 };
    expect(type(deep)).toBe("vm/bad-type@-1");
    expect(problem({ ...code(["ret", 0]), patterns: [{ source: "x", program: Uint8Array.of(1, 3, 9) }] })).toBe(
      "vm/bad-pattern@-1",
    );
    expect(problem({ ...code(["ret", 0]), format: 2 })).toBe("vm/unknown-version@-1");
    expect(problem({ ...code(["ret", 0]), language: 9 })).toBe("vm/unknown-version@-1");
    expect(problem({ ...code(["ret", 0]), fuelSchedule: 9 })).toBe("vm/unknown-version@-1");
  });

  it("proves entry points and the debug map", () => {
    const entry = (change: object): string =>
      problem({ ...code(["ret", 0]), entries: [{ name: "decide", function: 0, params: [0], result: 0, ...change }] });
    expect(entry({})).toBe("fine");
    expect(entry({ name: "step" })).toBe("vm/bad-entry-point@-1");
    expect(entry({ name: "toString" })).toBe("vm/bad-entry-point@-1");
    expect(entry({ function: 1 })).toBe("vm/bad-entry-point@-1");
    expect(entry({ params: [0, 0] })).toBe("vm/bad-entry-point@-1");
    expect(entry({ params: [5] })).toBe("vm/bad-entry-point@-1");
    expect(entry({ result: 5 })).toBe("vm/bad-entry-point@-1");
    const twice = { name: "decide", function: 0, params: [0], result: 0 };
    expect(problem({ ...code(["ret", 0]), entries: [twice, twice] })).toBe("vm/bad-entry-point@-1");
    const debug = (lines: [number, number, number, number][], functions = 1): string =>
      problem({
        ...code(["ret", 0]),
        debug: { sources: [{ name: "a", text: "abc" }], functions: new Array(functions).fill(lines) },
      });
    expect(debug([[0, 0, 0, 3]])).toBe("fine");
    expect(debug([[0, 0, 0, 4]])).toBe("vm/bad-debug-map@0");
    expect(debug([[0, 1, 0, 1]])).toBe("vm/bad-debug-map@0");
    expect(debug([[1, 0, 0, 1]])).toBe("vm/bad-debug-map@1");
    expect(
      debug([
        [0, 0, 0, 1],
        [0, 0, 0, 1],
      ]),
    ).toBe("vm/bad-debug-map@0");
    expect(debug([[0, 0, 0, 1]], 2)).toBe("vm/bad-debug-map@-1");
  });
});
