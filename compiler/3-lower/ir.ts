// The small language between checking and bytecode: functions of instructions over variables and labels. Instructions are
// those of vm/opcodes.ts; what a file writes as an index (constant, type, pattern, function, register, place) is still
// the thing itself here. 4-emit gives variables registers, things indexes and labels places.
//
// Invariant: jumps go forward; the only way back is the `next` of a loop made by the builder.
import type { Span } from "../../lang/source.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";

/** A variable of one function. Variables made by `group` stand in consecutive registers. */
export interface Var {
  /** From 0, in the order made. */
  readonly id: number;
  readonly group: Group;
  readonly offset: number;
}
/** Variables that get consecutive registers: a frame, the fields of a record, the arguments of a call. */
export interface Group {
  /** From 0, in the order made. */
  readonly id: number;
  readonly size: number;
  /** Parameters stand in registers 0, 1, … and stay there. */
  readonly pinned: boolean;
}
export interface Label {
  /** From 0, in the order made. */
  readonly id: number;
  readonly hint: string;
}

/** A constant operand; an object of its own, because `undefined` is a value. */
export interface Constant {
  readonly value: Value;
}

export type Operand = Var | Label | Constant | IrFunction | PatternRef | TypeRef | number | string;
export interface PatternRef {
  readonly pattern: string;
}
export interface TypeRef {
  readonly type: Type;
}

/** Operands in the order of its row in vm/opcodes.ts. A `base` is the first variable read. */
export interface IrInstruction {
  readonly kind: "instruction";
  readonly op: string;
  readonly operands: readonly Operand[];
  readonly span: Span | null;
}

export type Item =
  | IrInstruction
  | { readonly kind: "label"; readonly label: Label }
  | { readonly kind: "loop"; readonly edge: "begin" | "end" };

export interface IrFunction {
  readonly name: string;
  readonly params: number;
  readonly items: readonly Item[];
  /** How many variables, groups and labels were made: their ids are below. */
  readonly variables: number;
  readonly groups: number;
  readonly labels: number;
}

/** What lowering makes of an agreement: functions in an order in which each calls only earlier ones. */
export interface IrModule {
  readonly functions: readonly IrFunction[];
  readonly entries: readonly {
    readonly name: string;
    readonly function: IrFunction;
    readonly params: readonly Type[];
    readonly result: Type;
  }[];
}
