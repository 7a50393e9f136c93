// A module as text: tables, then each function with its instructions, operands by what they are (r3, constants in full,
// function and builtin names, jump targets as instruction numbers) and the source line as a comment where it changes.
import { placesOf } from "./debug.ts";
import type { Instruction, Module, ModuleFunction } from "./module.ts";
import { opcodeOf } from "./operands.ts";
import { describeType } from "./type-text.ts";
import { showValue } from "./value-text.ts";

export interface DisassembleOptions {
  /** Name of a builtin; its number is shown without it. */
  readonly builtinName?: (id: number) => string | undefined;
  /** Source lines as comments; default true. */
  readonly source?: boolean;
}

/** The text of a module, lines joined with newlines, ending in one. Takes any decoded module, verified or not. */
export function disassemble(module: Module, options: DisassembleOptions = {}): string {
  const out: string[] = [
    `; ${module.kind} ${module.name} ${module.version}`,
    `; format ${module.format}, language ${module.language}, fuel schedule ${module.fuelSchedule}`,
    "",
  ];
  for (const [index, type] of module.types.entries()) out.push(`type ${index} ${describeType(type)}`);
  for (const [index, pattern] of module.patterns.entries())
    out.push(`pattern ${index} ${showValue(pattern.source)} ; ${pattern.program.length} bytes`);
  for (const entry of module.entries) {
    const name = module.functions[entry.function]?.name ?? "?";
    out.push(
      `entry ${entry.name} = ${name}(${entry.params.map((type) => `type ${type}`).join(", ")}) -> type ${entry.result}`,
    );
  }
  const place = placesOf(module.debug);
  for (const [index, fn] of module.functions.entries()) {
    out.push(
      "",
      `function ${index} ${fn.name} ; ${fn.params} parameters, ${fn.registers} registers, worst fuel ${fn.worstFuel}`,
    );
    let comment = "";
    for (const [pc, instruction] of fn.code.entries()) {
      if (options.source !== false) {
        const at = place(index, pc);
        const next = at === null ? "" : `  ; ${at.source}:${at.line}  ${at.text.trim()}`;
        if (next !== comment && next !== "") out.push(next);
        comment = next;
      }
      out.push(`  ${String(pc).padStart(4)}  ${instructionText(module, instruction, options)}`);
    }
  }
  return `${out.join("\n")}\n`;
}

/** One instruction: `add r2 r0 r1`, `jump_unless r2 -> 7`, `call r4 total(r5 r6)`. */
export function instructionText(module: Module, instruction: Instruction, options: DisassembleOptions = {}): string {
  const opcode = opcodeOf(instruction[0]!);
  if (opcode === undefined) return `unknown ${instruction.join(" ")}`;
  const parts = [opcode.name];
  for (const [at, operand] of opcode.operands.entries()) {
    const value = instruction[at + 1]!;
    switch (operand.kind) {
      case "dst":
      case "src":
        parts.push(`r${value}`);
        break;
      case "base":
        parts.push(`r${value}…`);
        break;
      case "count":
        parts.push(`×${value}`);
        break;
      case "const":
      case "text":
        parts.push(value < module.constants.length ? showValue(module.constants[value]) : `constant ${value}`);
        break;
      case "slot":
        parts.push(`.${value}`);
        break;
      case "target":
        parts.push(`-> ${value}`);
        break;
      case "function":
        parts.push(functionName(module.functions[value], value));
        break;
      case "builtin":
        parts.push(options.builtinName?.(value) ?? `builtin ${value}`);
        break;
      case "pattern":
        parts.push(showValue(module.patterns[value]?.source ?? null));
        break;
      case "type":
        parts.push(`type ${value}`);
        break;
      case "bound":
        parts.push(`≤${value}`);
    }
  }
  return parts.join(" ");
}

const functionName = (fn: ModuleFunction | undefined, index: number): string => fn?.name ?? `function ${index}`;
