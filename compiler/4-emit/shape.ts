// What 4-emit asks again and again of an instruction, made once from the opcode table: which operands are variables, which
// is a label. Looked up by name, so no pass has to try what each operand is.
import { OPCODES, type Opcode } from "../../vm/opcodes.ts";
import type { IrInstruction } from "../3-lower/ir.ts";

export interface Shape {
  readonly row: Opcode;
  /** Places of the operands that are variables; a `base` is the first of as many as its `count` says. */
  readonly variables: readonly number[];
  /** Place of the label, -1: none. */
  readonly label: number;
  /** Its first operand is written, and nothing else. */
  readonly writesFirst: boolean;
}

const SHAPES: ReadonlyMap<string, Shape> = new Map(
  OPCODES.map((row) => [
    row.name,
    {
      row,
      variables: [...row.operands.keys()].filter((at) => ["dst", "src", "base"].includes(row.operands[at]?.kind ?? "")),
      label: row.operands.findIndex(({ kind }) => kind === "target"),
      writesFirst: row.operands[0]?.kind === "dst" && row.name !== "each",
    },
  ]),
);

export const shapeOf = (instruction: IrInstruction): Shape => SHAPES.get(instruction.op) as Shape;
