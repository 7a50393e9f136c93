// The instruction set, once, as data. Codec, verifier, interpreter, disassembler, fuel schedule and docs/bytecode.md read
// this table. A function is a list of instructions over numbered registers; parameters arrive in registers 0, 1, ….
//
// Errors and unknowns travel through expressions as values. Unless a row says otherwise: an error operand gives that error
// (the first, in operand order), else an unknown operand gives unknown. `and`/`or` follow Kleene logic in both orders:
// a deciding operand wins, then error, then unknown. Only `trap`, fuel and limits end a run.
//
// Every program ends. Jumps go forward only; the one backward edge is `next`, which belongs to an `each` with a constant
// bound. A call goes to a function with a smaller index. So the worst fuel of a function is the longest path, loops
// multiplied by their bound: the verifier computes it and compares with what the function declares.

/** What an operand is. Each is one unsigned LEB128 number in the file. */
export type OperandKind =
  | "dst" // register written
  | "src" // register read
  | "base" // first of `count` consecutive registers, read
  | "count" // how many registers
  | "const" // index of a constant
  | "text" // index of a constant that is a text
  | "slot" // field number of a record
  | "target" // index of an instruction in the same function
  | "function" // index of a function
  | "builtin" // id in the builtin table
  | "pattern" // index of a regex program
  | "type" // index of a type
  | "bound"; // a constant bound: iterations, items or bytes

export interface Opcode {
  readonly code: number;
  readonly name: string;
  readonly operands: readonly { readonly name: string; readonly kind: OperandKind }[];
  /** Fuel charged before it runs. */
  readonly fuel: number;
  /** Further fuel per unit of work, bounded by the operand named `bound` or `count` when `unit` says so; see fuel.ts. */
  readonly perUnit: number;
  readonly meaning: string;
}

const row = (code: number, name: string, operands: string, fuel: number, perUnit: number, meaning: string): Opcode => ({
  code,
  name,
  operands: operands
    .split(" ")
    .filter((part) => part !== "")
    .map((part) => {
      const [operandName, kind] = part.split(":") as [string, OperandKind];
      return { name: operandName, kind };
    }),
  fuel,
  perUnit,
  meaning,
});

export const OPCODES: readonly Opcode[] = [
  row(0x01, "const", "d:dst k:const", 1, 0, "d = constant k"),
  row(0x02, "move", "d:dst s:src", 1, 0, "d = s"),
  row(0x10, "add", "d:dst a:src b:src", 2, 0, "d = a + b, exact; more than 34 digits: error overflow"),
  row(0x11, "sub", "d:dst a:src b:src", 2, 0, "d = a - b, exact"),
  row(0x12, "mul", "d:dst a:src b:src", 3, 0, "d = a * b, exact"),
  row(0x13, "div", "d:dst a:src b:src", 6, 0, "d = a / b, a decimal rounded at 34 digits; b = 0: error divide-by-zero"),
  row(0x14, "neg", "d:dst a:src", 1, 0, "d = -a"),
  row(0x15, "round_add", "d:dst a:src b:src", 3, 0, "d = a + b, rounded at 34 digits like div"),
  row(0x16, "round_sub", "d:dst a:src b:src", 3, 0, "d = a - b, rounded at 34 digits"),
  row(0x17, "round_mul", "d:dst a:src b:src", 4, 0, "d = a * b, rounded at 34 digits"),
  row(0x18, "to_decimal", "d:dst a:src", 1, 0, "d = a as a decimal: an int is widened, a decimal stays"),
  row(
    0x20,
    "eq",
    "d:dst a:src b:src bound:bound",
    1,
    1,
    "d = a == b, total on values (1 == 1.0, other kinds unequal), compared in depth; more than `bound` parts: error limit",
  ),
  row(0x21, "ne", "d:dst a:src b:src bound:bound", 1, 1, "d = a != b"),
  row(
    0x22,
    "lt",
    "d:dst a:src b:src",
    1,
    0,
    "d = a < b: numbers by value, text by UTF-8 bytes, bytes by byte; other kinds: error kind",
  ),
  row(0x23, "le", "d:dst a:src b:src", 1, 0, "d = a <= b"),
  row(0x28, "and", "d:dst a:src b:src", 1, 0, "d = a && b in Kleene logic"),
  row(0x29, "or", "d:dst a:src b:src", 1, 0, "d = a || b in Kleene logic"),
  row(0x2a, "not", "d:dst a:src", 1, 0, "d = !a"),
  row(0x2b, "known", "d:dst a:src", 1, 0, "d = a is neither unknown nor an error; never an error itself"),
  row(
    0x2c,
    "present",
    "d:dst a:src",
    1,
    0,
    "d = a is not the error absent; other errors stay errors; unknown is present",
  ),
  row(0x2d, "is_true", "d:dst a:src", 1, 0, "d = a is exactly true; never unknown or an error"),
  row(0x2e, "is_error", "d:dst a:src", 1, 0, "d = a is an error"),
  row(0x30, "jump", "t:target", 1, 0, "go to t"),
  row(0x31, "jump_if", "a:src t:target", 1, 0, "go to t when a is exactly true"),
  row(0x32, "jump_unless", "a:src t:target", 1, 0, "go to t when a is not exactly true (false, unknown or error)"),
  row(0x33, "jump_if_false", "a:src t:target", 1, 0, "go to t when a is exactly false"),
  row(0x34, "jump_eq", "a:src k:const t:target", 1, 0, "go to t when a is the same bool, int or text as constant k"),
  row(
    0x35,
    "jump_ne",
    "a:src k:const t:target",
    1,
    0,
    "go to t when a is not the same bool, int or text as constant k",
  ),
  row(
    0x40,
    "record",
    "d:dst s:base n:count",
    1,
    1,
    "d = array of the n registers from s (a record or a list); errors and unknowns are stored as they are",
  ),
  row(0x41, "get", "d:dst a:src i:slot", 1, 0, "d = field i of record a"),
  row(0x42, "set", "d:dst a:src i:slot s:src", 2, 0, "d = record a with field i = s; s is stored as it is"),
  row(0x43, "item", "d:dst a:src i:src", 2, 0, "d = item i of list a; out of range: error absent"),
  row(
    0x44,
    "put",
    "d:dst a:src i:src s:src bound:bound",
    2,
    1,
    "d = list a (at most `bound` long) with item i = s, stored as it is; i = length appends; else error absent or limit",
  ),
  row(0x45, "length", "d:dst a:src", 1, 0, "d = number of items of list or map a"),
  row(
    0x46,
    "field",
    "d:dst a:src k:text",
    2,
    0,
    "d = value of key k in map a; missing, or a null or unknown a: error absent; a of another kind: error kind",
  ),
  row(0x47, "key", "d:dst a:src k:src", 3, 0, "d = value of the computed key k in map a, as field"),
  row(
    0x50,
    "each",
    "item:dst i:dst a:src t:target bound:bound",
    2,
    0,
    "top of a loop: when int i < length of list a: item = a[i]; else go to t. Anything but a list has no items: go to t. A list longer than `bound`: ends the run (limit). i starts at 0 by the `const` just before",
  ),
  row(0x51, "next", "i:dst t:target", 1, 0, "i = i + 1, go back to the `each` at t"),
  row(0x60, "call", "d:dst f:function s:base n:count", 5, 0, "d = function f of the n registers from s"),
  row(
    0x61,
    "builtin",
    "d:dst b:builtin s:base n:count bound:bound",
    4,
    0,
    "d = builtin b of the n registers from s; fuel by the builtin's row; work over `bound` units: error limit",
  ),
  row(
    0x62,
    "match",
    "d:dst a:src p:pattern bound:bound",
    4,
    1,
    "d = pattern p is found in text a (at most `bound` bytes)",
  ),
  row(
    0x63,
    "conform",
    "d:dst a:src t:type bound:bound",
    4,
    1,
    "d = JSON value a (any) read as type t; misfit: error not-a-value about its path; more than `bound` parts: error limit",
  ),
  row(0x70, "fail", "d:dst k:text", 1, 0, "d = error unstated about constant k"),
  row(0x71, "trap", "a:src", 1, 0, "when a is an error the run ends with fault `error` and that error"),
  row(0x72, "ret", "a:src", 1, 0, "the function's value is a, as it is"),
];
