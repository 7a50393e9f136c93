// Looking at modules and runs: disassembly, traces by source line, the reference page.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { placesOf } from "../../../vm/debug.ts";
import { decimalOf } from "../../../vm/decimal.ts";
import { disassemble } from "../../../vm/disassemble.ts";
import { mapOf } from "../../../vm/map.ts";
import { OPCODES } from "../../../vm/opcodes.ts";
import { bytecodeReference } from "../../../vm/reference.ts";
import { traceLines } from "../../../vm/trace-lines.ts";
import type { Value } from "../../../vm/value.ts";
import { showValue } from "../../../vm/value-text.ts";
import { machineOf } from "./asm.ts";
import { BUILTINS, samplePolicy } from "./samples.ts";

const module = samplePolicy();
const argument = mapOf([
  ["kind", "a"],
  ["amount", "200.00 USD"],
  ["rows", [1, "skip", 3]],
])!;

describe("disassemble", () => {
  it("names everything", () => {
    const text = disassemble(module, { builtinName: (id) => BUILTINS.find((builtin) => builtin.id === id)?.name });
    expect(text).toContain("; policy test 1.0.0");
    expect(text).toContain('pattern 0 "^[ab]$"');
    expect(text).toContain("entry decide = main(type 0) -> type 0");
    expect(text).toContain("function 0 total ; 1 parameters, 4 registers");
    expect(text).toContain("     2  each r3 r2 r0 -> 6 ≤4");
    expect(text).toContain('jump_eq r3 "skip" -> 5');
    expect(text).toContain("call r8 total r7… ×1");
    expect(text).toContain("builtin r9 upper r5… ×1 ≤16");
    expect(text).toContain('match r6 r5 "^[ab]$" ≤8');
    expect(text).toContain("  ; sample.yaml:1  policy: sample");
    expect(text).toContain("  ; sample.yaml:3  - allow: all");
    expect(disassemble(module, { source: false })).not.toContain("sample.yaml");
  });
});

describe("trace", () => {
  it("groups steps by line, with what was computed and its fuel", () => {
    const machine = machineOf(module, BUILTINS);
    const result = machine.run("decide", [argument], { fuel: 10_000 });
    const trace = machine.trace("decide", [argument], { fuel: 10_000 });
    expect(trace.result).toEqual(result);
    expect(trace.cut).toBe(false);
    const lines = traceLines(module, trace);
    expect(lines.map((line) => [line.function, line.line, line.depth])).toEqual([
      ["main", 3, 0],
      ["total", 1, 1],
      ["total", 2, 1],
      ["main", 3, 0],
    ]);
    expect(lines.reduce((sum, line) => sum + line.fuel, 0)).toBe(result.fuel);
    const values = lines.flatMap((line) => line.values).map((entry) => showValue(entry.value));
    expect(values).toContain("21.0"); // 200.00 × 0.105
    expect(values.at(-1)).toBe('[21.0, "a", true, [1, "skip", 3], 4.0, "A"]');
  });

  it("finds places by instruction", () => {
    const place = placesOf(module.debug);
    expect(place(0, 1)).toEqual({ source: "sample.yaml", line: 1, text: "policy: sample", start: 0, end: 14 });
    expect(place(0, 99)).toMatchObject({ line: 2, text: "rules:" });
    expect(place(7, 0)).toBe(null);
  });
});

describe("showValue", () => {
  it("stays within its length", () => {
    const wide: Value[] = new Array(1000).fill("abc");
    expect(showValue(wide, 20).length).toBeLessThan(60);
    let deep: Value = 1;
    for (let depth = 0; depth < 500; depth++) deep = [deep, deep];
    expect(showValue(deep).length).toBeLessThan(500);
    expect(showValue([undefined, null, decimalOf(15, -1), Uint8Array.of(255)] as Value)).toBe(
      "[unknown, null, 1.5, 0xff]",
    );
  });
});

describe("docs/bytecode.md", () => {
  it("has every opcode and is what the tables say", () => {
    const page = bytecodeReference();
    for (const opcode of OPCODES)
      expect(page).toContain(`| \`${opcode.code.toString(16).padStart(2, "0")}\` | \`${opcode.name}\` |`);
    expect(readFileSync(new URL("../../../docs/bytecode.md", import.meta.url), "utf8")).toBe(page);
  });
});
