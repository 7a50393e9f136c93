// Looking rows of the opcode table up by number and by name, and where an instruction's operands stand.
import { OPCODES, type Opcode } from "./opcodes.ts";

const BY_CODE: readonly (Opcode | undefined)[] = (() => {
  const table = new Array<Opcode | undefined>(256).fill(undefined);
  for (const opcode of OPCODES) table[opcode.code] = opcode;
  return table;
})();

/** The row of an opcode number, undefined when there is none. */
export function opcodeOf(code: number): Opcode | undefined {
  return BY_CODE[code];
}

/** Opcode numbers by name, as literal types, so that `switch` and the tests name what they mean. */
export const OP = {
  const: 0x01,
  move: 0x02,
  add: 0x10,
  sub: 0x11,
  mul: 0x12,
  div: 0x13,
  neg: 0x14,
  round_add: 0x15,
  round_sub: 0x16,
  round_mul: 0x17,
  to_decimal: 0x18,
  eq: 0x20,
  ne: 0x21,
  lt: 0x22,
  le: 0x23,
  and: 0x28,
  or: 0x29,
  not: 0x2a,
  known: 0x2b,
  present: 0x2c,
  is_true: 0x2d,
  is_error: 0x2e,
  jump: 0x30,
  jump_if: 0x31,
  jump_unless: 0x32,
  jump_if_false: 0x33,
  jump_eq: 0x34,
  jump_ne: 0x35,
  record: 0x40,
  get: 0x41,
  set: 0x42,
  item: 0x43,
  put: 0x44,
  length: 0x45,
  field: 0x46,
  key: 0x47,
  each: 0x50,
  next: 0x51,
  call: 0x60,
  builtin: 0x61,
  match: 0x62,
  conform: 0x63,
  fail: 0x70,
  trap: 0x71,
  ret: 0x72,
} as const;
export type OpName = keyof typeof OP;
