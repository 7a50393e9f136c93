// A line of a decision log: canonical JSON of one form. docs/design/0014 shows two of them. Pure: time and hashes come in.
import { hex, utf8 } from "../core/index.ts";
import type { Sha256 } from "../ledger/merkle.ts";
import {
  type CheckAnswer,
  type Decision,
  type Json,
  MapValue,
  mapOf,
  readJson,
  type Value,
  writeJson,
} from "../vm/index.ts";
import { REQUEST_ID_MAX } from "./limits.ts";
import { jsonValue, member } from "./plain.ts";

export const LOG_FORMAT = 1;
/** `prev` of the first line of all. */
export const NO_LINE = "0".repeat(64);

interface Place {
  /** Number of the line in its chain, from 0. */
  readonly seq: number;
  /** SHA-256 of the line before it with its newline, in hex. */
  readonly prev: string;
}
/** The first line of a file. */
export interface LogLine extends Place {
  readonly kind: "log";
}
export interface AnswerLine extends Place {
  readonly kind: "decide" | "check";
  /** `2026-03-01T09:00:00.000Z`: when it was asked, as the caller says. */
  readonly at: string;
  /** Undefined when only the digest was kept. */
  readonly input: Value;
  /** Paths of secrets that the input had and the line does not: such a line cannot be run again. */
  readonly masked: readonly string[];
  readonly answer: Value;
  /** Id of the request it answers, where there was one. */
  readonly request: string | null;
}
export type Line = LogLine | AnswerLine;

const AT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const HASH = /^[0-9a-f]{64}$/;

/** What a caller says of a decision. */
export interface Answered {
  readonly kind: "decide" | "check";
  readonly at: string;
  readonly answer: Decision | CheckAnswer;
  /** Null: only the digest in the answer is kept. `masked`: paths that were taken out of the value. */
  readonly input: { readonly value: Value; readonly masked?: readonly string[] } | null;
  readonly request?: string | undefined;
}

export const writeLogLine = ({ seq, prev }: Place): string =>
  JSON.stringify({ format: LOG_FORMAT, kind: "log", prev, seq });

/** The line, without newline. An input that is too large to stand in a line is left out. Undefined when the answer is too large. */
export function writeAnswerLine(answered: Answered, place: Place): string | undefined {
  const { kind, at, answer, input, request } = answered;
  const fields: [string, Value][] = [
    ["answer", jsonValue(answer as unknown as Json)],
    ["at", at],
    ["kind", kind],
    ["prev", place.prev],
    ["seq", place.seq],
  ];
  if (request !== undefined) fields.push(["request", request]);
  const masked: [string, Value][] =
    input?.masked === undefined || input.masked.length === 0 ? [] : [["masked", [...input.masked]]];
  const whole = input === null ? undefined : writeJson(recordOf([...fields, ["input", input.value], ...masked]));
  return whole ?? writeJson(recordOf(fields));
}

function recordOf(fields: readonly (readonly [string, Value])[]): Value {
  const record = mapOf(fields);
  if (record === undefined) throw new Error("a field comes twice");
  return record;
}

/** Hash of a line with its newline: what the next line holds. */
export const lineHash = (line: string, sha256: Sha256): string => hex(sha256(utf8(`${line}\n`)));

/** Reads a line, or says why it is none. Only the one form is read. */
export function readLine(text: string): { readonly line: Line } | { readonly reason: string } {
  const read = readJson(text);
  if ("problem" in read) return { reason: `it is no JSON: ${read.problem.message}` };
  const { value } = read;
  if (!(value instanceof MapValue)) return { reason: "it is no object" };
  if (writeJson(value) !== text) return { reason: "its JSON is not in canonical form" };
  const kind = member(value, "kind");
  const [seq, prev] = [member(value, "seq"), member(value, "prev")];
  if (typeof seq !== "number" || seq < 0) return { reason: "`seq` is no count" };
  if (typeof prev !== "string" || !HASH.test(prev)) return { reason: "`prev` is no hash" };
  const known = (...names: readonly string[]): boolean => value.keys.every((key) => names.includes(key));
  if (kind === "log") {
    const format = member(value, "format");
    if (format !== LOG_FORMAT) return { reason: "its format is not known to this version of writ" };
    return known("format", "kind", "prev", "seq") ? { line: { kind, seq, prev } } : { reason: "a field is not known" };
  }
  if (kind !== "decide" && kind !== "check") return { reason: "its `kind` is not known" };
  if (!known("answer", "at", "input", "kind", "masked", "prev", "request", "seq"))
    return { reason: "a field is not known" };
  const [at, answer, request] = [member(value, "at"), member(value, "answer"), member(value, "request")];
  if (typeof at !== "string" || !AT.test(at)) return { reason: "`at` is no instant" };
  if (!(answer instanceof MapValue)) return { reason: "`answer` is missing" };
  if (request !== undefined && (typeof request !== "string" || request.length > REQUEST_ID_MAX))
    return { reason: "`request` is no id" };
  const masked = member(value, "masked") ?? [];
  if (!Array.isArray(masked) || !masked.every((path): path is string => typeof path === "string"))
    return { reason: "`masked` is no list of paths" };
  return { line: { kind, seq, prev, at, answer, input: member(value, "input"), masked, request: request ?? null } };
}
