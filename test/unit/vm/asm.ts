// A tiny assembler for tests: modules by hand, with constants, types and patterns written in place and labels for jumps.
import { worstFuel } from "../../../vm/fuel.ts";
import { type Loaded, load } from "../../../vm/load.ts";
import { createMachine, type Machine, type MachineOptions } from "../../../vm/machine.ts";
import type { Entry, Instruction, Module, ModuleFunction, Pattern } from "../../../vm/module.ts";
import { OP, type OpName, opcodeOf } from "../../../vm/operands.ts";
import type { MachineBuiltin } from "../../../vm/operations.ts";
import { compilePattern } from "../../../vm/pattern.ts";
import { decodeProgram } from "../../../vm/regex.ts";
import type { Type } from "../../../vm/type.ts";
import type { Value } from "../../../vm/value.ts";

/** An instruction: name, then operands. Constants and types stand themselves, patterns by source, functions and labels by
 *  name, everything else by number. A text alone is a label. */
export type Line = string | readonly [OpName, ...unknown[]];

export interface FunctionSource {
  readonly name: string;
  readonly params: number;
  readonly registers?: number;
  readonly code: readonly Line[];
}

export const ANY: Type = { kind: "any" };

/** The module of some functions; the last is `decide` (1 parameter) unless entries are given. */
export function assemble(
  sources: readonly FunctionSource[],
  options: {
    readonly builtins?: readonly MachineBuiltin[];
    readonly entries?: readonly Entry[];
    readonly kind?: Module["kind"];
    readonly types?: readonly Type[];
  } = {},
): Module {
  const constants: Value[] = [];
  const types: Type[] = [...(options.types ?? [ANY])];
  const patterns: Pattern[] = [];
  const functions: ModuleFunction[] = [];
  const constant = (value: Value): number => {
    const known = constants.findIndex((other) => Object.is(other, value));
    return known >= 0 ? known : constants.push(value) - 1;
  };
  const operand = (kind: string, value: unknown, labels: ReadonlyMap<string, number>): number => {
    switch (kind) {
      case "const":
      case "text":
        return constant(value as Value);
      case "target":
        return typeof value === "number" ? value : labels.get(value as string)!;
      case "function":
        return typeof value === "number" ? value : functions.findIndex((fn) => fn.name === value);
      case "type":
        return typeof value === "number" ? value : types.push(value as Type) - 1;
      case "pattern": {
        if (typeof value === "number") return value;
        const made = compilePattern(value as string);
        if ("reason" in made) throw new Error(made.reason);
        return patterns.push(made.pattern) - 1;
      }
      default:
        return value as number;
    }
  };
  for (const source of sources) {
    const labels = new Map<string, number>();
    let pc = 0;
    for (const line of source.code) {
      if (typeof line === "string") labels.set(line, pc);
      else pc++;
    }
    const code: Instruction[] = [];
    for (const line of source.code) {
      if (typeof line === "string") continue;
      const [name, ...operands] = line;
      const row = opcodeOf(OP[name])!;
      code.push([row.code, ...row.operands.map((at, index) => operand(at.kind, operands[index], labels))]);
    }
    const sizes = patterns.map((pattern) => {
      const read = decodeProgram(pattern.program);
      return "program" in read ? read.program.length : undefined;
    });
    const worst = worstFuel(
      { code },
      {
        worstOf: (index) => functions[index]?.worstFuel,
        builtin: (id) => options.builtins?.find((builtin) => builtin.id === id),
        patternSize: (index) => sizes[index],
      },
    );
    functions.push({
      name: source.name,
      params: source.params,
      registers: source.registers ?? registersOf(code, source.params),
      code,
      worstFuel: worst ?? 0,
    });
  }
  return {
    format: 1,
    language: 1,
    fuelSchedule: 1,
    kind: options.kind ?? "policy",
    name: "test",
    version: "1.0.0",
    types,
    constants,
    patterns,
    functions,
    entries: options.entries ?? [
      {
        name: "decide",
        function: functions.length - 1,
        params: new Array(functions.at(-1)?.params ?? 0).fill(0),
        result: 0,
      },
    ],
    manifest: {},
    debug: { sources: [], functions: [] },
  };
}

function registersOf(code: readonly Instruction[], params: number): number {
  let most = params;
  for (const instruction of code)
    for (const [at, operand] of opcodeOf(instruction[0]!)!.operands.entries()) {
      if (operand.kind === "dst" || operand.kind === "src") most = Math.max(most, instruction[at + 1]! + 1);
      if (operand.kind === "count") most = Math.max(most, instruction[at]! + instruction[at + 1]!);
    }
  return most;
}

/** A module that must verify, loaded. */
export function loadOf(module: Module, builtins: readonly MachineBuiltin[] = []): Loaded {
  const read = load(module, builtins);
  if ("error" in read) throw new Error(`${read.error.code}: ${read.error.message}`);
  return read.loaded;
}

/** The machine of a module that must verify. */
export function machineOf(
  module: Module,
  builtins: readonly MachineBuiltin[] = [],
  options: MachineOptions = {},
): Machine {
  const made = createMachine(module, builtins, options);
  if ("error" in made)
    throw new Error(`${made.error.code}: ${made.error.message} (${made.error.function}:${made.error.pc})`);
  return made.machine;
}

/** Runs one function of one parameter and gives its result. */
export function runCode(code: readonly Line[], argument: Value = null, builtins: readonly MachineBuiltin[] = []) {
  const module = assemble([{ name: "f", params: 1, code }], { builtins });
  return machineOf(module, builtins).run("decide", [argument], { fuel: module.functions[0]!.worstFuel });
}

/** The value of one function of one parameter; a fault throws. */
export function valueAfter(
  code: readonly Line[],
  argument: Value = null,
  builtins: readonly MachineBuiltin[] = [],
): Value {
  const result = runCode(code, argument, builtins);
  if ("fault" in result) throw new Error(result.fault.code);
  return result.value;
}
