// One IR function to bytecode: registers for variables, numbers for places, constants, types, patterns and functions.

import type { Source, Span } from "../../lang/source.ts";
import type { DebugMap, Instruction } from "../../vm/module.ts";
import { OPCODES, type Opcode } from "../../vm/opcodes.ts";
import type { Constant, IrFunction, Item, Label, Operand, PatternRef, TypeRef, Var } from "../3-lower/ir.ts";
import type { Pools } from "./pools.ts";
import { allocate } from "./registers.ts";
import { tidy } from "./tidy.ts";

const ROWS: ReadonlyMap<string, Opcode> = new Map(OPCODES.map((row) => [row.name, row]));

export interface Emitted {
  readonly code: readonly Instruction[];
  readonly registers: number;
  readonly lines: DebugMap["functions"][number];
}

/** Sources in the order of first use. */
export class Sources {
  readonly items: Source[] = [];
  index(source: Source): number {
    const known = this.items.indexOf(source);
    return known >= 0 ? known : this.items.push(source) - 1;
  }
}

export function emitFunction(
  fn: IrFunction,
  pools: Pools,
  functionIndex: (fn: IrFunction) => number,
  sources: Sources,
): Emitted {
  const items = tidy(fn.items);
  const registers = allocate(fn, items);
  const places = placesOf(items);
  const code: Instruction[] = [];
  const lines: [number, number, number, number][] = [];
  let span: Span | null = null;
  for (const item of items) {
    if (item.kind !== "instruction") continue;
    if (item.span !== null && item.span !== span) {
      span = item.span;
      lines.push([code.length, sources.index(span.source), span.start, span.end]);
    }
    const row = ROWS.get(item.op) as Opcode;
    const operands = row.operands.map((operand, i) => {
      const given = item.operands[i] as Operand;
      switch (operand.kind) {
        case "dst":
        case "src":
        case "base":
          return registers.of(given as Var);
        case "const":
          return pools.constant((given as Constant).value);
        case "text":
          return pools.constant(given as string);
        case "target":
          return places.get(given as Label) as number;
        case "function":
          return functionIndex(given as IrFunction);
        case "pattern":
          return pools.pattern((given as PatternRef).pattern);
        case "type":
          return pools.type((given as TypeRef).type);
        default:
          return given as number;
      }
    });
    code.push([row.code, ...operands]);
  }
  return { code, registers: registers.count, lines };
}

/** Index of the instruction behind each label. */
function placesOf(items: readonly Item[]): ReadonlyMap<Label, number> {
  const places = new Map<Label, number>();
  let pc = 0;
  for (const item of items) {
    if (item.kind === "label") places.set(item.label, pc);
    else if (item.kind === "instruction") pc++;
  }
  return places;
}
