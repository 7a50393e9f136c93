// Registers, unreachable code and places.
import { describe, expect, it } from "vitest";
import { Builder } from "../../../compiler/3-lower/builder.ts";
import type { IrFunction } from "../../../compiler/3-lower/ir.ts";
import { emitFunction, Sources } from "../../../compiler/4-emit/code.ts";
import { Pools } from "../../../compiler/4-emit/pools.ts";
import { FUEL_SCHEDULE, worstFuel } from "../../../vm/fuel.ts";
import { createMachine } from "../../../vm/index.ts";
import { FORMAT_VERSION, LANGUAGE_VERSION, type Module } from "../../../vm/module.ts";
import type { Value } from "../../../vm/value.ts";
import { SPAN } from "./programs.ts";

function built(params: number, body: (b: Builder) => void): IrFunction {
  const b = new Builder("built", params);
  body(b);
  return b.finish();
}

/** The function as entry `due` (one parameter) of a module, verified and run. */
function run(fn: IrFunction, arg: Value): Value {
  const pools = new Pools();
  const made = emitFunction(fn, pools, () => 0, new Sources());
  const worst = worstFuel(made, {
    worstOf: () => undefined,
    builtin: () => undefined,
    patternSize: () => undefined,
  }) as number;
  const type = pools.type({ kind: "any" });
  const module: Module = {
    format: FORMAT_VERSION,
    language: LANGUAGE_VERSION,
    fuelSchedule: FUEL_SCHEDULE,
    kind: "agreement",
    name: "built",
    version: "1.0.0",
    types: pools.types,
    constants: pools.constants,
    patterns: pools.patterns,
    functions: [{ name: "built", params: 1, registers: made.registers, code: made.code, worstFuel: worst }],
    entries: [{ name: "due", function: 0, params: [type], result: type }],
    manifest: {},
    debug: { sources: [], functions: [] },
  };
  const machine = createMachine(module, []);
  if ("error" in machine) throw new Error(`${machine.error.code} ${machine.error.message}`);
  const result = machine.machine.run("due", [arg], { fuel: worst });
  if ("fault" in result) throw new Error(result.fault.code);
  return result.value;
}

const code = (fn: IrFunction): string[] => {
  const pools = new Pools();
  return emitFunction(fn, pools, () => 0, new Sources()).code.map((instruction) => instruction.join(" "));
};

describe("code", () => {
  it("a value made only to be moved is made in place; what cannot be reached is dropped", () => {
    const fn = built(1, (b) => {
      const group = b.group(2);
      b.move(group[0] as never, b.op("add", [b.params[0] as never, b.params[0] as never]));
      b.const(7, group[1]);
      b.block("exit", (exit) => {
        b.jump(exit);
        b.const(8);
      });
      b.ret(b.record(group));
    });
    expect(code(fn)).toEqual(["16 1 0 0", "1 2 0", "64 3 1 2", "114 3"]);
    expect(run(fn, 4)).toEqual([8, 7]);
  });
  it("branches come together; a loop's variables outlive its rounds", () => {
    const fn = built(1, (b) => {
      const sum = b.const(0);
      const step = b.const(10);
      b.loop(b.params[0] as never, 5, (item, index, exit) => {
        b.ifEq(item, 3, () => b.jump(exit));
        b.if(
          b.op("lt", [item, b.const(2)]),
          () => b.op("add", [sum, step], sum),
          () => b.op("add", [sum, index], sum),
        );
      });
      b.ret(sum);
    });
    expect(run(fn, [1, 2, 2, 1])).toBe(10 + 1 + 2 + 10);
    expect(run(fn, [1, 3, 1])).toBe(10);
    expect(run(fn, [])).toBe(0);
  });
  it("loops inside loops, with what is read across both", () => {
    const fn = built(1, (b) => {
      const sum = b.const(0);
      b.loop(b.params[0] as never, 3, (row) => {
        const size = b.op("length", [row]);
        b.loop(row, 3, (item) => b.op("add", [sum, b.op("mul", [item, size])], sum));
      });
      b.ret(sum);
    });
    expect(run(fn, [[1, 2], [3], []])).toBe(2 * 3 + 3);
  });
  it("what is computed once on a path is not used on another", () => {
    const fn = built(1, (b) => {
      const x = () => b.once("x", () => b.op("add", [b.params[0] as never, b.const(1)]));
      const result = b.var();
      b.ifEq(
        b.params[0] as never,
        1,
        () => b.move(result, x()),
        () => b.move(result, b.op("mul", [x(), x()])),
      );
      b.ret(b.op("add", [result, x()]));
    });
    expect(code(fn).filter((line) => line.startsWith("16"))).toHaveLength(4);
    expect(run(fn, 1)).toBe(4);
    expect(run(fn, 2)).toBe(12);
  });
  it("maps instructions to the source they come from", () => {
    const fn = built(1, (b) => {
      b.at(SPAN, () => b.const(1));
      b.ret(b.params[0] as never);
    });
    const sources = new Sources();
    expect(emitFunction(fn, new Pools(), () => 0, sources).lines).toEqual([[0, 0, SPAN.start, SPAN.end]]);
    expect(sources.items).toEqual([SPAN.source]);
  });
});

describe("pools", () => {
  it("hold each thing once, and tell 1 from 1.0 and true from the text", () => {
    const pools = new Pools();
    expect([1, "1", true, "true", null, undefined, [1], [1], 1].map((value) => pools.constant(value))).toEqual([
      0, 1, 2, 3, 4, 5, 6, 6, 0,
    ]);
    expect(pools.type({ kind: "list", of: { kind: "int" }, most: 3 })).toBe(
      pools.type({ most: 3, of: { kind: "int" }, kind: "list" } as never),
    );
  });
});
