// docs/bytecode.md, from the tables: what another implementation of the machine needs.
import { FUEL_SCHEDULE } from "./fuel.ts";
import * as limits from "./limits.ts";
import { FORMAT_VERSION, LANGUAGE_VERSION } from "./module.ts";
import { OPCODES, type Opcode, type OperandKind } from "./opcodes.ts";
import { ERROR_CODES } from "./value.ts";
import { ENTRY_POINTS } from "./verify.ts";

const OPERAND_MEANING: Readonly<Record<OperandKind, string>> = {
  dst: "a register that is written",
  src: "a register that is read",
  base: "the first of `count` consecutive registers that are read",
  count: "how many registers",
  const: "a constant",
  text: "a constant that is a text",
  slot: "the number of a field of a record",
  target: "an instruction of the same function",
  function: "a function with a smaller index",
  builtin: "a builtin, see stdlib.md",
  pattern: "a regex program",
  type: "a type",
  bound: "a constant bound: iterations, items, parts, bytes or units of work",
};

const FAMILIES: readonly (readonly [title: string, from: number, to: number])[] = [
  ["Registers", 0x00, 0x0f],
  ["Numbers", 0x10, 0x1f],
  ["Comparison, logic, presence", 0x20, 0x2f],
  ["Jumps", 0x30, 0x3f],
  ["Records, lists, maps", 0x40, 0x4f],
  ["Loops", 0x50, 0x5f],
  ["Calls, patterns, types", 0x60, 0x6f],
  ["Ends", 0x70, 0x7f],
];

const cell = (text: string): string => text.replaceAll("|", "\\|");

function opcodeRow(opcode: Opcode): string {
  const operands = opcode.operands.map((operand) => `${operand.name}:${operand.kind}`).join(" ");
  const fuel = opcode.perUnit === 0 ? `${opcode.fuel}` : `${opcode.fuel} + ${opcode.perUnit} a unit`;
  return `| \`${opcode.code.toString(16).padStart(2, "0")}\` | \`${opcode.name}\` | ${cell(operands)} | ${fuel} | ${cell(opcode.meaning)} |`;
}

/** The page, in Markdown. */
export function bytecodeReference(): string {
  const families = FAMILIES.map(([title, from, to]) => {
    const rows = OPCODES.filter((opcode) => opcode.code >= from && opcode.code <= to).map(opcodeRow);
    return `### ${title}\n\n| Code | Name | Operands | Fuel | Meaning |\n|---|---|---|---|---|\n${rows.join("\n")}\n`;
  });
  const operands = Object.entries(OPERAND_MEANING).map(([kind, meaning]) => `| \`${kind}\` | ${meaning} |`);
  const entries = Object.entries(ENTRY_POINTS).map(
    ([kind, shapes]) =>
      `| ${kind} | ${Object.entries(shapes)
        .map(([name, count]) => `\`${name}\` (${count})`)
        .join(", ")} |`,
  );
  const bounds = Object.entries(limits)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, value]) => `| \`${name}\` | ${value} |`);
  return `<!-- Written by vm/reference.ts from the tables; do not edit. -->
# Bytecode

Format version ${FORMAT_VERSION}, language version ${LANGUAGE_VERSION}, fuel schedule ${FUEL_SCHEDULE}.

## The machine

A module holds functions; a function is a list of instructions over numbered registers. Parameters arrive in registers 0, 1, …
A register must be written before it is read, on every path; the verifier proves it, nothing is set to zero. A value is never
changed after it was made.

Errors and unknowns travel through expressions as values. Unless a row says otherwise, an error operand gives that error (the
first, in operand order), else an unknown operand gives unknown. Only \`trap\`, fuel and the bound of a loop end a run.
Error codes: ${ERROR_CODES.map((code) => `\`${code}\``).join(", ")}.

Every program ends: jumps go forward, the one backward edge is \`next\`, which belongs to an \`each\` with a constant bound, and a call
goes to a function with a smaller index. The worst fuel of a function is its longest path with loops taken as often as their bound;
the file declares it and the verifier computes it again.

## Operands

Each operand is one unsigned LEB128 number in the file.

| Kind | What it is |
|---|---|
${operands.join("\n")}

## Instructions

Fuel is charged before the instruction runs; fuel per unit as soon as the units are known.

${families.join("\n")}
## Entry points

| Kind of module | Entry points (arguments) |
|---|---|
${entries.join("\n")}

## Faults

| Code | When |
|---|---|
| \`vm/out-of-fuel\` | the fuel given was less than the run needed; all of it counts as used |
| \`vm/error\` | \`trap\` met an error |
| \`vm/limit\` | a loop met a list longer than its bound |
| \`vm/bad-entry\` | no entry point of that name, or another number of arguments |

## File

\`WRIT\`, the format version, then eight sections, each an id byte, a length and its payload, in this order. Numbers are unsigned LEB128
in shortest form, texts and byte strings carry their length, lists their count. The id of a module is the hash of the bytes before section 8.

| Id | Section | Payload |
|---|---|---|
| 1 | header | language version, fuel schedule, kind (0 agreement, 1 policy), name, version |
| 2 | types | list of types |
| 3 | constants | canonical CBOR of the list of constants |
| 4 | patterns | list of source text, program |
| 5 | functions | list of name, parameters, registers, worst fuel, list of instructions (opcode byte, operands) |
| 6 | entry points | list of name, function, list of parameter types, result type |
| 7 | manifest | canonical CBOR of a map |
| 8 | debug | list of source name and text; for each function a list of instruction (from the previous), source, start, length |

## Bounds

| Bound | Value |
|---|---|
${bounds.join("\n")}
`;
}
