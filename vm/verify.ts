// What is proved of a module before its first step, so that running needs no check of its own: every operand is of its kind
// and in range, registers are read only after they were written on every path (there is no zero-initialisation, so a run
// never sees what an earlier one left), jumps go forward and not into loops, loops are nested and count from 0 to a bound
// with a register the body does not write, calls go to smaller indexes, and each declared worst fuel is the computed one.
import { type ModuleError, moduleError } from "./errors.ts";
import { FUEL_SCHEDULE, type FuelLookup, jumpTarget, worstFuel } from "./fuel.ts";
import {
  BOUND_MAX,
  CALL_DEPTH_MAX,
  CONSTANTS_MAX,
  ENTRIES_MAX,
  FLOW_BITS_MAX,
  FUEL_MAX,
  FUNCTIONS_MAX,
  INSTRUCTIONS_MAX,
  LOOP_DEPTH_MAX,
  PATTERNS_MAX,
  REGISTER_FILE_MAX,
  REGISTERS_MAX,
  TYPES_MAX,
} from "./limits.ts";
import { FORMAT_VERSION, type Instruction, LANGUAGE_VERSION, type Module, type ModuleFunction } from "./module.ts";
import { OP, opcodeOf } from "./operands.ts";
import type { MachineBuiltin } from "./operations.ts";
import { verifyTable } from "./policy/verify.ts";
import { decodeProgram } from "./regex.ts";
import { typeProblem } from "./type-check.ts";

/** Entry points by kind of module, with their number of arguments. */
export const ENTRY_POINTS: Readonly<Record<Module["kind"], Readonly<Record<string, number>>>> = {
  agreement: { init: 1, step: 2, due: 1, query: 2 },
  policy: { decide: 1, check: 1 },
};

export type BuiltinLookup = (id: number) => MachineBuiltin | undefined;

/** The first thing wrong with a module, or null when it is proved. */
export function verifyModule(module: Module, builtin: BuiltinLookup): ModuleError | null {
  return (
    verifyTables(module) ??
    verifyFunctions(module, builtin) ??
    verifyEntries(module) ??
    verifyTable(module) ??
    verifyDebug(module)
  );
}

function verifyTables(module: Module): ModuleError | null {
  if (module.format !== FORMAT_VERSION) return moduleError("vm/unknown-version", `format version ${module.format}`);
  if (module.language !== LANGUAGE_VERSION)
    return moduleError("vm/unknown-version", `language version ${module.language}`);
  if (module.fuelSchedule !== FUEL_SCHEDULE)
    return moduleError("vm/unknown-version", `fuel schedule ${module.fuelSchedule}`);
  const sizes: readonly (readonly [string, number, number])[] = [
    ["types", module.types.length, TYPES_MAX],
    ["constants", module.constants.length, CONSTANTS_MAX],
    ["patterns", module.patterns.length, PATTERNS_MAX],
    ["functions", module.functions.length, FUNCTIONS_MAX],
    ["entries", module.entries.length, ENTRIES_MAX],
  ];
  for (const [name, size, most] of sizes)
    if (size > most) return moduleError("vm/oversize", `${size} ${name}, at most ${most}`);
  for (const [index, type] of module.types.entries()) {
    const problem = typeProblem(type);
    if (problem !== null) return moduleError("vm/bad-type", `type ${index}: ${problem}`);
  }
  for (const [index, pattern] of module.patterns.entries()) {
    const read = decodeProgram(pattern.program);
    if ("reason" in read) return moduleError("vm/bad-pattern", `pattern ${index}: ${read.reason}`);
  }
  return null;
}

function verifyFunctions(module: Module, builtin: BuiltinLookup): ModuleError | null {
  const worst: number[] = [];
  const depth: number[] = [];
  let registers = 0;
  const sizes = module.patterns.map((pattern) => {
    const read = decodeProgram(pattern.program);
    return "reason" in read ? undefined : read.program.length;
  });
  const lookup: FuelLookup = { worstOf: (index) => worst[index], builtin, patternSize: (index) => sizes[index] };
  for (const [index, fn] of module.functions.entries()) {
    const error = verifyFunction(module, fn, index, builtin);
    if (error !== null) return error;
    let calleeDepth = 0;
    for (const instruction of fn.code)
      if (instruction[0] === OP.call) calleeDepth = Math.max(calleeDepth, depth[instruction[2]!]!);
    depth.push(calleeDepth + 1);
    if (calleeDepth + 1 > CALL_DEPTH_MAX)
      return moduleError("vm/oversize", `calls nest deeper than ${CALL_DEPTH_MAX}`, { function: index });
    registers += fn.registers;
    if (registers > REGISTER_FILE_MAX)
      return moduleError("vm/oversize", `the functions need more than ${REGISTER_FILE_MAX} registers`, {
        function: index,
      });
    const computed = worstFuel(fn, lookup);
    if (computed === undefined)
      return moduleError("vm/bad-loop", "the worst fuel cannot be computed", { function: index });
    if (computed > FUEL_MAX)
      return moduleError("vm/wrong-fuel", `the worst fuel is over ${FUEL_MAX}`, { function: index });
    if (computed !== fn.worstFuel)
      return moduleError("vm/wrong-fuel", `declares worst fuel ${fn.worstFuel}, computed ${computed}`, {
        function: index,
      });
    worst.push(computed);
  }
  return null;
}

/** A loop by its two ends, with the loop around it (-1: none). */
interface Loop {
  readonly top: number;
  readonly bottom: number;
  readonly counter: number;
  readonly parent: number;
  readonly depth: number;
}

function verifyFunction(module: Module, fn: ModuleFunction, index: number, builtin: BuiltinLookup): ModuleError | null {
  const fail = (code: ModuleError["code"], message: string, pc = -1): ModuleError =>
    moduleError(code, message, { function: index, pc });
  const isCount = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
  if (!isCount(fn.registers) || fn.registers > REGISTERS_MAX)
    return fail("vm/oversize", `${fn.registers} registers, at most ${REGISTERS_MAX}`);
  if (!isCount(fn.params) || fn.params > fn.registers)
    return fail("vm/bad-function", `${fn.params} parameters in ${fn.registers} registers`);
  if (fn.code.length > INSTRUCTIONS_MAX)
    return fail("vm/oversize", `${fn.code.length} instructions, at most ${INSTRUCTIONS_MAX}`);
  if (fn.code.length * fn.registers > FLOW_BITS_MAX)
    return fail("vm/oversize", "instructions times registers are over the bound");
  if (fn.code.length === 0 || fn.code[fn.code.length - 1]![0] !== OP.ret)
    return fail("vm/bad-function", "does not end with `ret`");
  for (let pc = 0; pc < fn.code.length; pc++) {
    const error = verifyOperands(module, fn, index, pc, builtin, fail);
    if (error !== null) return error;
  }
  return verifyShape(module, fn, fail) ?? verifyRegisters(fn, fail);
}

function verifyOperands(
  module: Module,
  fn: ModuleFunction,
  index: number,
  pc: number,
  builtin: BuiltinLookup,
  fail: Fail,
): ModuleError | null {
  const instruction = fn.code[pc]!;
  const opcode = opcodeOf(instruction[0]!);
  if (opcode === undefined) return fail("vm/bad-operand", `unknown opcode ${instruction[0]}`, pc);
  const { operands } = opcode;
  if (instruction.length !== operands.length + 1)
    return fail("vm/bad-operand", `\`${opcode.name}\` takes ${operands.length} operands`, pc);
  for (let at = 0; at < operands.length; at++) {
    const operand = operands[at]!;
    const value = instruction[at + 1]!;
    if (!Number.isSafeInteger(value) || value < 0)
      return fail("vm/bad-operand", `operand \`${operand.name}\` is not a number`, pc);
    const most = operandLimit(module, fn, index, pc, operand.kind);
    if (value >= most)
      return fail(
        operand.kind === "function" ? "vm/bad-call" : operand.kind === "target" ? "vm/bad-jump" : "vm/bad-operand",
        `operand \`${operand.name}\` of \`${opcode.name}\` is ${value}, must be under ${most}`,
        pc,
      );
    if (operand.kind === "text" && typeof module.constants[value] !== "string")
      return fail("vm/bad-operand", `constant ${value} is not a text`, pc);
    if (operand.kind === "builtin" && builtin(value) === undefined)
      return fail("vm/unknown-builtin", `no builtin ${value}`, pc);
    if (operand.kind === "count") {
      const base = instruction[at]!; // `base` stands before `count` in every row
      if (base + value > fn.registers)
        return fail("vm/bad-operand", `registers ${base} to ${base + value} are outside the function`, pc);
    }
  }
  if (opcode.code === OP.call && module.functions[instruction[2]!]!.params !== instruction[4])
    return fail("vm/bad-call", `function ${instruction[2]} does not take ${instruction[4]} arguments`, pc);
  if (opcode.code === OP.jump_eq || opcode.code === OP.jump_ne) {
    const constant = module.constants[instruction[2]!];
    if (!COMPARED.has(typeof constant))
      return fail("vm/bad-operand", `constant ${instruction[2]} is no bool, int or text`, pc);
  }
  return null;
}

/** Types of the constants that jumps compare with. */
const COMPARED: ReadonlySet<string> = new Set(["boolean", "number", "bigint", "string"]);

/** Operand values must be under this. */
function operandLimit(module: Module, fn: ModuleFunction, index: number, pc: number, kind: string): number {
  switch (kind) {
    case "dst":
    case "src":
      return fn.registers;
    case "base":
    case "count":
      return fn.registers + 1;
    case "const":
    case "text":
      return module.constants.length;
    case "slot":
      return REGISTERS_MAX;
    case "target":
      // Where `next` goes back to is checked with the loop.
      return fn.code[pc]![0] === OP.next ? pc : fn.code.length;
    case "function":
      return index;
    case "pattern":
      return module.patterns.length;
    case "type":
      return module.types.length;
    case "bound":
      return BOUND_MAX + 1;
    default:
      return Number.MAX_SAFE_INTEGER; // builtin: its own lookup
  }
}

type Fail = (code: ModuleError["code"], message: string, pc?: number) => ModuleError;

/** Loops are well nested, jumps go forward and do not enter one. */
function verifyShape(module: Module, fn: ModuleFunction, fail: Fail): ModuleError | null {
  const code = fn.code;
  const loops: Loop[] = [];
  const around = new Int32Array(code.length); // innermost loop of each instruction, both ends included; -1: none
  let current = -1;
  for (let pc = 0; pc < code.length; pc++) {
    const instruction = code[pc]!;
    if (instruction[0] === OP.each) {
      const parent = current < 0 ? null : loops[current]!;
      const [, item, counter, , exit] = instruction as [number, number, number, number, number, number];
      const bottom = exit - 1;
      const last = code[bottom];
      if (bottom <= pc || last === undefined || last[0] !== OP.next || last[2] !== pc || last[1] !== counter)
        return fail("vm/bad-loop", "its exit does not follow its own `next`", pc);
      if (parent !== null && bottom >= parent.bottom) return fail("vm/bad-loop", "loops overlap", pc);
      if (item === counter) return fail("vm/bad-loop", "item and counter share a register", pc);
      const before = code[pc - 1];
      if (before === undefined || before[0] !== OP.const || before[1] !== counter || module.constants[before[2]!] !== 0)
        return fail("vm/bad-loop", "the counter is not set to 0 just before", pc);
      const depth = (parent?.depth ?? 0) + 1;
      if (depth > LOOP_DEPTH_MAX) return fail("vm/oversize", `loops nest deeper than ${LOOP_DEPTH_MAX}`, pc);
      loops.push({ top: pc, bottom, counter, parent: current, depth });
      current = loops.length - 1;
      around[pc] = current;
    } else {
      around[pc] = current;
      const loop = current < 0 ? null : loops[current]!;
      if (instruction[0] === OP.next) {
        if (loop === null || loop.bottom !== pc) return fail("vm/bad-loop", "`next` without its `each`", pc);
        current = loop.parent;
        continue;
      }
    }
    const error = verifyCounters(instruction, loops, around[pc]!, pc, fail);
    if (error !== null) return error;
  }
  for (let pc = 0; pc < code.length; pc++) {
    const target = jumpTarget(code[pc]!);
    if (target === undefined) continue;
    if (target <= pc) return fail("vm/bad-jump", "jumps backward", pc);
    // The loop of the target must be around the jump, too.
    let loop = around[pc]!;
    while (loop >= 0 && loop !== around[target]) loop = loops[loop]!.parent;
    if (loop !== around[target]) return fail("vm/bad-jump", "jumps into a loop", pc);
  }
  return null;
}

/** Nothing in a body writes the counter of a loop around it. */
function verifyCounters(
  instruction: Instruction,
  loops: readonly Loop[],
  innermost: number,
  pc: number,
  fail: Fail,
): ModuleError | null {
  if (innermost < 0) return null;
  const own = instruction[0] === OP.each;
  const { operands } = opcodeOf(instruction[0]!)!;
  for (let at = 0; at < operands.length; at++) {
    if (operands[at]!.kind !== "dst") continue;
    for (let loop = innermost; loop >= 0; loop = loops[loop]!.parent) {
      if (own && loop === innermost) continue; // an `each` names its own counter
      if (loops[loop]!.counter === instruction[at + 1]) return fail("vm/bad-loop", "the body writes the counter", pc);
    }
  }
  return null;
}

/** Each register is written before it is read, on every path. One pass: all edges but `next` go forward, and what holds on
 *  entering a loop still holds after a round. Unreachable code may read anything. */
function verifyRegisters(fn: ModuleFunction, fail: Fail): ModuleError | null {
  const { code } = fn;
  const words = (fn.registers + 31) >>> 5;
  // Bits of the registers written on every path that leads here, and whether one does.
  const written = new Uint32Array(words);
  let reached = true;
  const mark = (register: number): void => {
    written[register >>> 5]! |= 1 << (register & 31);
  };
  const isUnset = (register: number): boolean => (written[register >>> 5]! & (1 << (register & 31))) === 0;
  // The same at each place that was jumped to.
  const jumped = new Uint8Array(code.length);
  const brought = new Uint32Array(code.length * words);
  const flow = (target: number): void => {
    const from = target * words;
    if (jumped[target] === 0) for (let word = 0; word < words; word++) brought[from + word] = written[word]!;
    else for (let word = 0; word < words; word++) brought[from + word]! &= written[word]!;
    jumped[target] = 1;
  };
  const join = (pc: number): void => {
    const from = pc * words;
    if (reached) for (let word = 0; word < words; word++) written[word]! &= brought[from + word]!;
    else for (let word = 0; word < words; word++) written[word] = brought[from + word]!;
    reached = true;
  };
  for (let register = 0; register < fn.params; register++) mark(register);
  for (let pc = 0; pc < code.length; pc++) {
    if (jumped[pc] === 1) join(pc);
    if (!reached) continue;
    const instruction = code[pc]!;
    const unset = firstRead(instruction, isUnset);
    if (unset !== undefined) return fail("vm/unset-register", `reads register ${unset} before it is written`, pc);
    switch (instruction[0]) {
      case OP.each:
        flow(instruction[4]!);
        mark(instruction[1]!);
        break;
      case OP.ret:
      case OP.next: // what follows is reached from the `each`
        reached = false;
        break;
      default: {
        const target = jumpTarget(instruction);
        if (target !== undefined) flow(target);
        if (instruction[0] === OP.jump) reached = false;
        else if (target === undefined && opcodeOf(instruction[0]!)!.operands[0]!.kind === "dst") mark(instruction[1]!);
      }
    }
  }
  return null;
}

/** Registers an instruction reads. */
export function readOf(instruction: Instruction): number[] {
  const read: number[] = [];
  firstRead(instruction, (register) => {
    read.push(register);
    return false;
  });
  return read;
}

/** The first register an instruction reads of which `is` holds. */
function firstRead(instruction: Instruction, is: (register: number) => boolean): number | undefined {
  const { operands } = opcodeOf(instruction[0]!)!;
  // The counter that a loop's ends write they read, too.
  const counter = instruction[0] === OP.each ? instruction[2] : instruction[0] === OP.next ? instruction[1] : undefined;
  if (counter !== undefined && is(counter)) return counter;
  for (let at = 0; at < operands.length; at++) {
    const value = instruction[at + 1]!;
    switch (operands[at]!.kind) {
      case "src":
        if (is(value)) return value;
        break;
      case "count": // of registers from the `base` before it
        for (let register = instruction[at]!; register < instruction[at]! + value; register++)
          if (is(register)) return register;
        break;
    }
  }
  return undefined;
}

function verifyEntries(module: Module): ModuleError | null {
  const seen = new Set<string>();
  const shapes = ENTRY_POINTS[module.kind];
  for (const entry of module.entries) {
    const fail = (message: string): ModuleError =>
      moduleError("vm/bad-entry-point", `\`${entry.name}\`: ${message}`, { function: entry.function });
    const arity = Object.hasOwn(shapes, entry.name) ? shapes[entry.name]! : undefined;
    if (arity === undefined) return fail(`no entry point of a module of kind ${module.kind}`);
    if (seen.has(entry.name)) return fail("comes twice");
    seen.add(entry.name);
    const fn = module.functions[entry.function];
    if (fn === undefined) return fail("names no function");
    if (entry.params.length !== arity || fn.params !== arity) return fail(`takes ${arity} arguments`);
    for (const type of [...entry.params, entry.result])
      if (module.types[type] === undefined) return fail("names no type");
  }
  return null;
}

function verifyDebug(module: Module): ModuleError | null {
  const { sources, functions } = module.debug;
  if (functions.length !== 0 && functions.length !== module.functions.length)
    return moduleError("vm/bad-debug-map", "lists another number of functions");
  for (const [index, lines] of functions.entries()) {
    let previous = -1;
    for (const [pc, source, start, end] of lines) {
      const text = sources[source]?.text;
      if (
        pc <= previous ||
        pc >= module.functions[index]!.code.length ||
        text === undefined ||
        start > end ||
        end > text.length
      )
        return moduleError("vm/bad-debug-map", "a line is out of order or outside its source", { function: index, pc });
      previous = pc;
    }
  }
  const atoms = module.policy?.rules.map((rule) => rule.atoms.length) ?? [];
  const rules = module.debug.rules ?? [];
  if (rules.length !== 0 && rules.length !== atoms.length)
    return moduleError("vm/bad-debug-map", "lists another number of rules");
  for (const [index, places] of rules.entries()) {
    if (places.length !== atoms[index]! + 1)
      return moduleError("vm/bad-debug-map", `rule ${index}: another number of places than atoms`);
    for (const [source, start, end] of places)
      if (start > end || end > (sources[source]?.text.length ?? -1))
        return moduleError("vm/bad-debug-map", `rule ${index}: a place outside its source`);
  }
  return null;
}
