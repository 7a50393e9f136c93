// One IR function to bytecode: registers for variables, numbers for places, constants, types, patterns and functions.

import type { Source, Span } from "../../lang/source.ts";
import type { DebugMap, Instruction } from "../../vm/module.ts";
import type {
  Constant,
  IrFunction,
  IrInstruction,
  Item,
  Label,
  Operand,
  PatternRef,
  TypeRef,
  Var,
} from "../3-lower/ir.ts";
import type { Pools } from "./pools.ts";
import { allocate } from "./registers.ts";
import { type Shape, shapeOf } from "./shape.ts";
import { tidy } from "./tidy.ts";

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
  const items = tidy(fn);
  const registers = allocate(fn, items);
  const places = placesOf(fn, items);
  const number = ({ row }: Shape, operands: readonly Operand[], at: number): number => {
    const given = operands[at]!;
    switch (row.operands[at]!.kind) {
      case "dst":
      case "src":
      case "base":
        return registers.of(given as Var);
      case "const":
        return pools.constant((given as Constant).value);
      case "text":
        return pools.constant(given as string);
      case "target":
        return places[(given as Label).id]!;
      case "function":
        return functionIndex(given as IrFunction);
      case "pattern":
        return pools.pattern((given as PatternRef).pattern);
      case "type":
        return pools.type((given as TypeRef).type);
      default:
        return given as number;
    }
  };
  const code: Instruction[] = [];
  const lines: [number, number, number, number][] = [];
  let span: Span | null = null;
  for (const item of items) {
    if (item.kind !== "instruction") continue;
    if (item.span !== null && item.span !== span) {
      span = item.span;
      lines.push([code.length, sources.index(span.source), span.start, span.end]);
    }
    code.push(encoded(item, number));
  }
  return { code, registers: registers.count, lines };
}

/** Opcode and operands. Written out by length: a list that grew, or was spread, is larger than what is in it. */
function encoded(
  item: IrInstruction,
  number: (shape: Shape, operands: readonly Operand[], at: number) => number,
): Instruction {
  const shape = shapeOf(item);
  const { code } = shape.row;
  const { operands: of } = item;
  switch (shape.row.operands.length) {
    case 1:
      return [code, number(shape, of, 0)];
    case 2:
      return [code, number(shape, of, 0), number(shape, of, 1)];
    case 3:
      return [code, number(shape, of, 0), number(shape, of, 1), number(shape, of, 2)];
    case 4:
      return [code, number(shape, of, 0), number(shape, of, 1), number(shape, of, 2), number(shape, of, 3)];
    default:
      return [
        code,
        number(shape, of, 0),
        number(shape, of, 1),
        number(shape, of, 2),
        number(shape, of, 3),
        number(shape, of, 4),
      ];
  }
}

/** Index of the instruction behind each label, by the label's id. */
function placesOf(fn: IrFunction, items: readonly Item[]): Uint32Array {
  const places = new Uint32Array(fn.labels);
  let pc = 0;
  for (const item of items) {
    if (item.kind === "label") places[item.label.id] = pc;
    else if (item.kind === "instruction") pc++;
  }
  return places;
}
