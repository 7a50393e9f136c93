// When a module is translated and when it is not. What both tiers answer is compared in test/fuzz/vm-tiers.test.ts.
import { createContext, runInContext } from "node:vm";
import { describe, expect, it } from "vitest";
import { compileCode, linkText } from "../../../vm/code/compile.ts";
import {
  FUNCTION_PARTS_MAX,
  HOT_FUEL,
  NESTED_BLOCKS_MAX,
  STACK_REGISTERS_MAX,
  TRANSLATED_MODULES_MAX,
} from "../../../vm/code/limits.ts";
import { LEFT } from "../../../vm/code/runtime.ts";
import { shapeOf } from "../../../vm/code/shape.ts";
import { Translation } from "../../../vm/code/translate.ts";
import { interpreterOf } from "../../../vm/interpret.ts";
import type { Loaded } from "../../../vm/load.ts";
import { runnerOf } from "../../../vm/tier.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";
import { assemble, type FunctionSource, type Line, loadOf } from "./asm.ts";

const loop: readonly Line[] = [
  ["const", 1, 0],
  ["const", 2, 0],
  "top",
  ["each", 3, 2, 0, "end", 1000],
  ["add", 1, 1, 3],
  ["next", 2, "top"],
  "end",
  ["ret", 1],
];
const ITEMS: readonly Value[] = Array.from({ length: 1000 }, (_, index) => index);
const loaded = (...functions: readonly FunctionSource[]): Loaded => loadOf(assemble(functions));
const summing = (): Loaded => loaded({ name: "f", params: 1, code: loop });

describe("heat", () => {
  it("translates a module that has used enough fuel, and gives the same before and after", () => {
    const runner = runnerOf(summing(), "auto");
    const first = runner.run(0, [ITEMS], 1e6);
    expect(runner.translated()).toBe(false);
    for (let used = first.fuel; used < HOT_FUEL; used += first.fuel) {
      expect(runner.translated()).toBe(false);
      runner.run(0, [ITEMS], 1e6);
    }
    expect(runner.translated()).toBe(true);
    expect(runner.run(0, [ITEMS], 1e6)).toEqual(first);
    expect(runner.run(0, [ITEMS], 10)).toEqual(runnerOf(summing(), "interpreter").run(0, [ITEMS], 10));
  });
  it("keeps a bounded number of translated modules: the one that has not run for longest goes back", () => {
    const heated = Array.from({ length: TRANSLATED_MODULES_MAX }, () => {
      const runner = runnerOf(summing(), "auto");
      while (!runner.translated()) runner.run(0, [ITEMS], 1e6);
      return runner;
    });
    heated[0]!.run(0, [ITEMS], 1e6);
    const last = runnerOf(summing(), "auto");
    while (!last.translated()) last.run(0, [ITEMS], 1e6);
    expect(heated.map((runner) => runner.translated())).toEqual(heated.map((_, at) => at !== 1));
    const again = heated[1]!;
    while (!again.translated()) again.run(0, [ITEMS], 1e6);
    expect(again.run(0, [ITEMS], 1e6)).toEqual(last.run(0, [ITEMS], 1e6));
  });
  it("translates at once when asked to, and never when asked not to", () => {
    expect(runnerOf(summing(), "code").translated()).toBe(true);
    const runner = runnerOf(summing(), "interpreter");
    for (let used = 0; used < 2 * HOT_FUEL; ) used += runner.run(0, [ITEMS], 1e6).fuel;
    expect(runner.translated()).toBe(false);
  });
});

describe("what is not translated", () => {
  const code = (read: Loaded) => compileCode(read, interpreterOf(read), read.module.functions.keys());
  it("nothing, where the host allows no code from text", () => {
    const forbidding = createContext({}, { codeGeneration: { strings: false, wasm: false } });
    const theirs = runInContext("Function", forbidding) as FunctionConstructor;
    const ours = globalThis.Function;
    globalThis.Function = theirs;
    try {
      const read = summing();
      expect(code(read)).toBeNull();
      const runner = runnerOf(read, "code");
      expect(runner.translated()).toBe(false);
      expect(runner.run(0, [ITEMS], 1e6)).toMatchObject({ value: 499_500 });
    } finally {
      globalThis.Function = ours;
    }
  });
  it("a function over a bound: others call it in the interpreter", () => {
    const long: Line[] = Array.from({ length: FUNCTION_PARTS_MAX }, (): Line => ["add", 0, 0, 1]);
    const read = loaded(
      { name: "long", params: 1, code: [["const", 1, 2], ...long, ["ret", 0]] },
      {
        name: "f",
        params: 1,
        code: [
          ["call", 0, "long", 0, 1],
          ["trap", 0],
          ["ret", 0],
        ],
      },
    );
    const both = code(read)!;
    const { worstFuel } = read.module.functions[1]!;
    expect(both.run(0, [1], worstFuel)).toBeNull();
    expect(both.run(1, [1], worstFuel)).toEqual(interpreterOf(read)(1, [1], worstFuel));
    expect(both.run(1, [1], worstFuel)).toMatchObject({ value: 2 * FUNCTION_PARTS_MAX + 1 });
    expect(both.run(1, [1], worstFuel - 1)).toBeNull();
    expect(both.run(1, [new ErrorValue("absent")], worstFuel)).toBeNull(); // trapped: the interpreter says so
  });
  it("a function whose lists would make too much text", () => {
    const lists: Line[] = Array.from({ length: 20 }, (): Line => ["record", 0, 0, 4000]);
    const read = loaded({
      name: "f",
      params: 1,
      code: [...Array.from({ length: 4000 }, (_, at): Line => ["const", at, 0]), ...lists, ["ret", 0]],
    });
    expect(code(read)).toBeNull();
  });
  it("blocks nested too deep for the parser, and calls too wide for the stack", () => {
    const targets = Array.from({ length: NESTED_BLOCKS_MAX + 1 }, (_, at) => `t${at}`);
    const nested: Line[] = [
      ...targets.map((target): Line => ["jump_if", 0, target]),
      ...targets.flatMap((target): Line[] => [target, ["move", 0, 0]]),
      ["ret", 0],
    ];
    const deep = loaded({ name: "f", params: 1, code: nested });
    expect(shapeOf(deep.module.functions[0]!.code).depth).toBe(NESTED_BLOCKS_MAX + 2);
    expect(code(deep)).toBeNull();
    const wide = loaded(
      ...["a", "b", "c"].map(
        (name, at): FunctionSource => ({
          name,
          params: 1,
          registers: 4000,
          code:
            at === 0
              ? [["ret", 0]]
              : [
                  ["call", 0, ["a", "b"][at - 1], 0, 1],
                  ["ret", 0],
                ],
        }),
      ),
    );
    expect(3 * 4000).toBeGreaterThan(STACK_REGISTERS_MAX);
    const some = code(wide)!;
    expect(some.run(1, ["x"], 100)).toEqual({ value: "x", fuel: 7 });
    expect(some.run(2, ["x"], 100)).toBeNull();
  });
});

describe("the text", () => {
  it("quotes what comes from a module, and names long texts", () => {
    const hostile = '"; globalThis.taken = 1; "\u2028\\`$';
    const read = loaded({
      name: "f(){}; globalThis.taken = 1",
      params: 1,
      code: [
        ["const", 1, hostile],
        ["const", 2, hostile.repeat(20)],
        ["record", 1, 1, 2],
        ["field", 2, 0, hostile],
        ["ret", 1],
      ],
    });
    const translation = new Translation(read);
    translation.functionName(0);
    const text = translation.source("return 0;");
    expect(text).not.toContain("f(){}");
    expect(text).not.toContain(hostile.repeat(2));
    const made = compileCode(read, interpreterOf(read), [0])!;
    expect(made.run(0, [null], 100)).toMatchObject({ value: [hostile, hostile.repeat(20)] });
    expect(globalThis).not.toHaveProperty("taken");
  });
});

describe("a function of one's own", () => {
  // Two bodies side by side and a call, as a policy's decision function has them.
  const read = loaded(
    {
      name: "double",
      params: 1,
      code: [
        ["const", 1, 2],
        ["mul", 0, 0, 1],
        ["trap", 0],
        ["ret", 0],
      ],
    },
    {
      name: "sign",
      params: 1,
      code: [
        ["const", 1, 0],
        ["lt", 2, 0, 1],
        ["jump_unless", 2, "up"],
        ["const", 3, "down"],
        ["ret", 3],
        "up",
        ["const", 3, "up"],
        ["ret", 3],
      ],
    },
  );
  const pieces = [1, 400].map((pieceMax) => {
    const translation = new Translation(read, pieceMax);
    const inline = (index: number, out: string, argument: string): string => {
      const text = translation.body(index, {
        register: (register) => `${out}_${register}`,
        prefix: `${out}_l`,
        give: (value) => `{ ${out} = ${value}; break ${out}_end; }`,
      });
      return `let ${out}, ${out}_0 = ${argument}, ${out}_1, ${out}_2, ${out}_3;\n${out}_end: {\n${text}}`;
    };
    const main = [
      "return (x) => {",
      "let used = 0, most = room(), t;",
      inline(1, "a", "x"),
      inline(1, "b", "-x"),
      "most = settle(used); used = 0;",
      `const c = ${translation.call(0, ["x"])};`,
      "meter[0] += used;",
      `return [a, b, c, ${translation.constant(read.module.constants.indexOf(2))}];`,
      "};",
    ].join("\n");
    return linkText(translation, interpreterOf(read), main)!;
  });
  it.each(pieces.map((linked) => [linked] as const))("takes bodies and calls, and counts their fuel (%#)", (linked) => {
    const { value, meter } = linked;
    const own = value as (x: Value) => Value;
    meter[0] = 0;
    meter[1] = 100;
    expect(own(7)).toEqual(["up", "down", 14, 2]);
    const fuelOf = (f: number, x: Value): number => interpreterOf(read)(f, [x], 100).fuel;
    expect(meter[0]).toBe(fuelOf(1, 7) + fuelOf(1, -7) + fuelOf(0, 7));
    meter[0] = 0;
    meter[1] = 5;
    expect(() => own(7)).toThrow(expect.objectContaining(LEFT));
  });
});
