// The machine: values and their arithmetic, modules and their bytes, running and looking at runs.
export { add, div, KIND, mul, neg, roundAdd, roundMul, roundSub, sub, toDecimal, toInt } from "./arithmetic.ts";
export { decodeModule, encodeModule, type ModuleIds } from "./codec.ts";
export { conform, conformWithin, type Misfit, toJson } from "./conform.ts";
export { placesOf, type SourcePlace } from "./debug.ts";
export {
  Decimal,
  DIVIDE_BY_ZERO,
  decimalOf,
  decimalToInt,
  formatDecimal,
  type Int,
  intOf,
  intToDecimal,
  OVERFLOW,
  parseDecimal,
  parseInt34,
  ROUNDING_MODES,
  type RoundingMode,
  round,
  shrink,
  signOf,
  ZERO,
} from "./decimal.ts";
export { type DisassembleOptions, disassemble, instructionText } from "./disassemble.ts";
export * from "./drive.ts";
export { decodeValue, type EncodingProblem, encodeValue, encodeValueBy, writeValue } from "./encode.ts";
export type { ModuleError, ModuleErrorCode } from "./errors.ts";
export type { Fault, FaultCode } from "./fault.ts";
export { FUEL_SCHEDULE, type FuelLookup, worstFuel, worstOfInstruction } from "./fuel.ts";
export { type JsonProblem, readJson, writeJson } from "./json.ts";
export * as limits from "./limits.ts";
export { guessLiteral, type Parsed, parseLiteral, printLiteral } from "./literal.ts";
export type { Result, RunOptions } from "./load.ts";
export { createMachine, type Machine, type MachineOptions } from "./machine.ts";
export { findKey, mapOf } from "./map.ts";
export * from "./module.ts";
export { formatIp, normalHost, parseIp } from "./network.ts";
export { OPCODES, type Opcode, type OperandKind } from "./opcodes.ts";
export { OP, type OpName, opcodeOf } from "./operands.ts";
export { ABSENT, LIMIT, type MachineBuiltin, unitsOf, workOf } from "./operations.ts";
export {
  compareNumbers,
  compareText,
  compareValues,
  equalValues,
  equalWithin,
  type Parts,
} from "./order.ts";
export { compilePattern } from "./pattern.ts";
export {
  answerText,
  type CheckAnswer,
  type Decision,
  type Determining,
  type Json,
  MASK,
  type ObligationGiven,
  plainJson,
  type RuleError,
  type Violation,
} from "./policy/answer.ts";
export type { Candidates, Outcome } from "./policy/evaluate.ts";
export {
  type DataProblem,
  type LoadedPolicy,
  loadPolicy,
  type Policy,
  type PolicyOptions,
  scan,
} from "./policy/policy.ts";
export type { Atom, AtomTest, PolicyTable, RuleRow } from "./policy/table.ts";
export { type Details, Verdict } from "./policy/verdict.ts";
export { bytecodeReference } from "./reference.ts";
export { TIERS, type Tier } from "./tier.ts";
export type { Trace, TraceStep } from "./trace.ts";
export { type TraceLine, traceLines } from "./trace-lines.ts";
export type { Field, PeriodUnit, SimpleKind, Type } from "./type.ts";
export { describeType, exampleOf } from "./type-text.ts";
export { ERROR_CODES, type ErrorCode, ErrorValue, MapValue, type Value } from "./value.ts";
export { showValue } from "./value-text.ts";
export { ENTRY_POINTS, verifyModule } from "./verify.ts";
