// The bytes of a module file. All numbers are unsigned LEB128 in shortest form; text and bytes carry their length; lists
// their count.
//
//   "WRIT"  format version
//   section: id (1 byte), length, payload; all in this order
//     1 header      language version, fuel schedule, kind (0 agreement, 1 policy), name, version
//     2 types       list of types (drawn at `writeType`)
//     3 constants   canonical CBOR of the list of constants (encode.ts)
//     4 patterns    list of source text, program
//     5 functions   list of name, params, registers, worst fuel, list of instructions: opcode byte, operands
//     6 entries     list of name, function, list of parameter types, result type
//     7 manifest    canonical CBOR of a map
//     9 policy      of a policy only: its rule table (policy/codec.ts), or nothing; stands before section 8
//     8 debug       list of source name, source text; list of lists of pc (from the previous), source, start, length; of a
//                   policy also a list of lists of source, start, length
//
// The id of a module is over everything before section 8: what it means, whatever its debug map says. Invariant: `decodeModule`
// takes exactly the bytes `encodeModule` makes of what it returns.
import { type Canonical, CanonicalError, decode, encode } from "../core/canonical.ts";
import { contentId } from "../core/hash.ts";
import { decodeValue, encodeValue } from "./encode.ts";
import { type ModuleError, moduleError } from "./errors.ts";
import {
  CONSTANTS_MAX,
  ENTRIES_MAX,
  FILE_BYTES_MAX,
  FUNCTIONS_MAX,
  INSTRUCTIONS_MAX,
  MANIFEST_DEPTH_MAX,
  NAME_BYTES_MAX,
  PATTERN_LENGTH_MAX,
  PATTERNS_MAX,
  SOURCES_MAX,
  TYPES_MAX,
} from "./limits.ts";
import {
  type DebugMap,
  type Entry,
  FORMAT_VERSION,
  type Instruction,
  type Manifest,
  type ManifestValue,
  type Module,
  type ModuleFunction,
  type Pattern,
} from "./module.ts";
import { opcodeOf } from "./operands.ts";
import { decodeTable, encodeTable } from "./policy/codec.ts";
import { ATOMS_MAX, RULES_MAX } from "./policy/limits.ts";
import type { PolicyTable } from "./policy/table.ts";
import { readType, writeType } from "./type-codec.ts";
import type { Value } from "./value.ts";
import { ByteReader, ByteWriter, WireError } from "./wire.ts";

const MAGIC = Uint8Array.of(0x57, 0x52, 0x49, 0x54);
const KINDS = ["agreement", "policy"] as const;
const SECTIONS = ["header", "types", "constants", "patterns", "functions", "entries", "manifest", "debug"] as const;
const POLICY_SECTION = 9;

/** Ids of a module file: 32 bytes each. */
export interface ModuleIds {
  /** Of the meaning: all but the debug map. */
  readonly moduleId: Uint8Array;
  /** Of the whole file. */
  readonly fileId: Uint8Array;
}

const idsOf = (bytes: Uint8Array, debugStart: number): ModuleIds => ({
  moduleId: contentId("module", bytes.subarray(0, debugStart)),
  fileId: contentId("file", bytes),
});

/** The file of a module. Refuses only what has no bytes: a constant or manifest that cannot be encoded, or a file too large. */
export function encodeModule(
  module: Module,
): ({ readonly bytes: Uint8Array } & ModuleIds) | { readonly error: ModuleError } {
  const constants = encodeValue(module.constants);
  if ("problem" in constants) return { error: moduleError("vm/bad-constant", constants.problem.message) };
  let manifest: Uint8Array;
  try {
    manifest = encode(module.manifest as Canonical);
  } catch (error) {
    if (error instanceof CanonicalError) return { error: moduleError("vm/bad-encoding", `manifest: ${error.message}`) };
    throw error;
  }
  const out = new ByteWriter();
  out.raw(MAGIC);
  out.number(module.format);
  const policy = module.policy === undefined ? null : encodeTable(module.policy);
  if (policy !== null && "reason" in policy) return { error: moduleError("vm/bad-table", policy.reason) };
  const section = (write: (to: ByteWriter) => void, given?: number): void => {
    const payload = new ByteWriter();
    write(payload);
    out.byte(given ?? ++id);
    out.bytes(payload.view());
  };
  let id = 0;
  section((to) => writeHeader(to, module));
  section((to) => writeList(to, module.types, (type) => writeType(to, type)));
  section((to) => to.raw(constants.bytes));
  section((to) => writeList(to, module.patterns, (pattern) => writePattern(to, pattern)));
  section((to) => writeList(to, module.functions, (fn) => writeFunction(to, fn)));
  section((to) => writeList(to, module.entries, (entry) => writeEntry(to, entry)));
  section((to) => to.raw(manifest));
  if (module.kind === "policy") section((to) => to.raw(policy?.bytes ?? new Uint8Array()), POLICY_SECTION);
  const debugStart = out.length;
  section((to) => writeDebug(to, module.debug));
  if (out.length > FILE_BYTES_MAX)
    return { error: moduleError("vm/oversize", `${out.length} bytes, at most ${FILE_BYTES_MAX}`) };
  const bytes = out.done();
  return { bytes, ...idsOf(bytes, debugStart) };
}

function writeList<T>(to: ByteWriter, items: readonly T[], write: (item: T) => void): void {
  to.number(items.length);
  for (const item of items) write(item);
}

function writeHeader(to: ByteWriter, module: Module): void {
  to.number(module.language);
  to.number(module.fuelSchedule);
  to.byte(KINDS.indexOf(module.kind));
  to.text(module.name);
  to.text(module.version);
}

function writePattern(to: ByteWriter, pattern: Pattern): void {
  to.text(pattern.source);
  to.bytes(pattern.program);
}

function writeFunction(to: ByteWriter, fn: ModuleFunction): void {
  to.text(fn.name);
  to.number(fn.params);
  to.number(fn.registers);
  to.number(fn.worstFuel);
  writeList(to, fn.code, (instruction) => {
    to.byte(instruction[0]!);
    for (let at = 1; at < instruction.length; at++) to.number(instruction[at]!);
  });
}

function writeEntry(to: ByteWriter, entry: Entry): void {
  to.text(entry.name);
  to.number(entry.function);
  writeList(to, entry.params, (type) => to.number(type));
  to.number(entry.result);
}

function writeDebug(to: ByteWriter, debug: DebugMap): void {
  writeList(to, debug.sources, (source) => {
    to.text(source.name);
    to.text(source.text);
  });
  writeList(to, debug.functions, (lines) => {
    let previous = 0;
    writeList(to, lines, ([pc, source, start, end]) => {
      to.number(pc - previous);
      to.number(source);
      to.number(start);
      to.number(end - start);
      previous = pc;
    });
  });
  if (debug.rules !== undefined)
    writeList(to, debug.rules, (places) =>
      writeList(to, places, ([source, start, end]) => {
        to.number(source);
        to.number(start);
        to.number(end - start);
      }),
    );
}

// ── Reading ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The module of a file, read strictly; not verified yet (verify.ts). Never throws, whatever the bytes. */
export function decodeModule(
  bytes: Uint8Array,
): ({ readonly module: Module } & ModuleIds) | { readonly error: ModuleError } {
  if (bytes.length > FILE_BYTES_MAX)
    return { error: moduleError("vm/oversize", `${bytes.length} bytes, at most ${FILE_BYTES_MAX}`, { offset: 0 }) };
  try {
    return readModule(new ByteReader(bytes));
  } catch (error) {
    if (error instanceof WireError) return { error: moduleError(error.code, error.message, { offset: error.offset }) };
    throw error;
  }
}

function readModule(from: ByteReader): { readonly module: Module } & ModuleIds {
  for (const [at, byte] of MAGIC.entries())
    if (from.bytes[at] !== byte) from.fail("vm/not-a-module", "does not begin with `WRIT`", 0);
  from.at = MAGIC.length;
  const format = from.number();
  if (format !== FORMAT_VERSION) from.fail("vm/unknown-version", `format version ${format}`, MAGIC.length);
  let debugStart = 0;
  let id = 0;
  const section = <T>(read: (part: ByteReader) => T, given?: number): T => {
    const start = from.at;
    debugStart = start;
    const number = given ?? ++id;
    const name = given === undefined ? SECTIONS[id - 1]! : "policy";
    if (from.byte() !== number) from.fail("vm/bad-section", `expected section ${number}, ${name}`, start);
    const length = from.number();
    if (length > from.end - from.at)
      from.fail("vm/truncated", `section ${number}, ${name}, goes on after the end`, start);
    const part = new ByteReader(from.bytes, from.at, from.at + length);
    const value = read(part);
    if (part.at !== part.end)
      from.fail("vm/bad-section", `section ${number}, ${name}, is longer than its parts`, part.at);
    from.at = part.end;
    return value;
  };
  const header = section(readHeader);
  const types = section((part) => part.list(TYPES_MAX, "types", () => readType(part)));
  const constants = section(readConstants);
  const patterns = section((part) => part.list(PATTERNS_MAX, "patterns", () => readPattern(part)));
  const functions = section((part) => part.list(FUNCTIONS_MAX, "functions", () => readFunction(part)));
  const entries = section((part) => part.list(ENTRIES_MAX, "entry points", () => readEntry(part)));
  const manifest = section(readManifest);
  const policy = header.kind === "policy" ? section(readPolicy, POLICY_SECTION) : undefined;
  const debug = section((part) => readDebug(part, policy !== undefined));
  if (from.at !== from.end) from.fail("vm/trailing-bytes", "bytes follow the last section");
  const tables = { types, constants, patterns, functions, entries, manifest, debug };
  const module: Module = { format, ...header, ...tables, ...(policy === undefined ? {} : { policy }) };
  return { module, ...idsOf(from.bytes, debugStart) };
}

function readHeader(from: ByteReader): Pick<Module, "language" | "fuelSchedule" | "kind" | "name" | "version"> {
  const language = from.number();
  const fuelSchedule = from.number();
  const start = from.at;
  const kind = KINDS[from.byte()] ?? from.fail("vm/bad-encoding", "unknown kind of module", start);
  return {
    language,
    fuelSchedule,
    kind,
    name: from.text(NAME_BYTES_MAX, "a name"),
    version: from.text(NAME_BYTES_MAX, "a version"),
  };
}

function readConstants(from: ByteReader): readonly Value[] {
  const read = decodeValue(from.bytes.subarray(from.at, from.end));
  if ("problem" in read) return from.fail("vm/bad-constant", read.problem.message, from.at + read.problem.offset);
  if (!Array.isArray(read.value)) return from.fail("vm/bad-constant", "constants are not a list");
  if (read.value.length > CONSTANTS_MAX)
    from.fail("vm/oversize", `${read.value.length} constants, at most ${CONSTANTS_MAX}`);
  from.at = from.end;
  return read.value;
}

function readPattern(from: ByteReader): Pattern {
  return {
    source: from.text(4 * PATTERN_LENGTH_MAX, "a pattern"),
    program: from.take(FILE_BYTES_MAX, "a program"),
  };
}

function readFunction(from: ByteReader): ModuleFunction {
  return {
    name: from.text(NAME_BYTES_MAX, "a name"),
    params: from.number(),
    registers: from.number(),
    worstFuel: from.number(),
    code: from.list(INSTRUCTIONS_MAX, "instructions", (): Instruction => {
      const start = from.at;
      const code = from.byte();
      const opcode = opcodeOf(code) ?? from.fail("vm/bad-operand", `unknown opcode ${code}`, start);
      const instruction = [code];
      for (let at = 0; at < opcode.operands.length; at++) instruction.push(from.number());
      return instruction;
    }),
  };
}

function readEntry(from: ByteReader): Entry {
  return {
    name: from.text(NAME_BYTES_MAX, "a name"),
    function: from.number(),
    params: from.list(ENTRIES_MAX, "parameters", () => from.number()),
    result: from.number(),
  };
}

function readManifest(from: ByteReader): Manifest {
  const start = from.at;
  let canonical: Canonical;
  try {
    canonical = decode(from.bytes.subarray(start, from.end));
  } catch (error) {
    if (error instanceof CanonicalError) return from.fail("vm/bad-encoding", error.message, start + error.offset);
    throw error;
  }
  from.at = from.end;
  const plain = plainOf(canonical, 0);
  if (plain === undefined || !(canonical instanceof Map))
    return from.fail("vm/bad-encoding", "the manifest is not a map of plain data", start);
  return plain as Manifest;
}

/** Plain data: maps, lists, texts, numbers, booleans, null. Undefined: something else is in it, or it is too deep. */
function plainOf(canonical: Canonical, depth: number): ManifestValue | undefined {
  if (canonical === null || ["boolean", "number", "string"].includes(typeof canonical))
    return canonical as ManifestValue;
  if (depth >= MANIFEST_DEPTH_MAX) return undefined;
  if (Array.isArray(canonical)) {
    const items = canonical.map((item) => plainOf(item as Canonical, depth + 1));
    return items.includes(undefined) ? undefined : (items as ManifestValue[]);
  }
  if (!(canonical instanceof Map)) return undefined;
  const entries = [...canonical].map(([key, item]) => [key, plainOf(item as Canonical, depth + 1)] as const);
  // `fromEntries` defines own properties, so a key such as `__proto__` is a key like any other.
  return entries.some((entry) => entry[1] === undefined) ? undefined : (Object.fromEntries(entries) as Manifest);
}

function readPolicy(from: ByteReader): PolicyTable | undefined {
  const start = from.at;
  if (start === from.end) return undefined;
  const read = decodeTable(from.bytes.subarray(start, from.end));
  if ("reason" in read) return from.fail("vm/bad-table", read.reason, start);
  from.at = from.end;
  return read.table;
}

/** A debug map whose lists stay bytes. They are most of the memory of a policy of many rules, and nobody asks for them who only decides: they
 *  are read again, and not kept, each time they are asked for. */
function readDebug(from: ByteReader, withRules: boolean): DebugMap {
  const sources = from.list(SOURCES_MAX, "sources", () => ({
    name: from.text(NAME_BYTES_MAX, "a source name"),
    text: from.text(FILE_BYTES_MAX, "a source"),
  }));
  const functionsAt = from.at;
  readFunctionPlaces(from);
  const rulesAt = from.at;
  if (withRules) readRulePlaces(from);
  const kept = from.bytes.slice(functionsAt, from.at);
  const functions = (): DebugMap["functions"] => readFunctionPlaces(new ByteReader(kept, 0, rulesAt - functionsAt));
  if (!withRules)
    return {
      sources,
      get functions() {
        return functions();
      },
    };
  return {
    sources,
    get functions() {
      return functions();
    },
    get rules() {
      return readRulePlaces(new ByteReader(kept, rulesAt - functionsAt));
    },
  };
}

function readFunctionPlaces(from: ByteReader): DebugMap["functions"] {
  return from.list(FUNCTIONS_MAX, "functions", () => {
    let pc = 0;
    return from.list(INSTRUCTIONS_MAX, "lines", (): readonly [number, number, number, number] => {
      pc = sum(from, pc, from.number());
      const source = from.number();
      const start = from.number();
      return [pc, source, start, sum(from, start, from.number())];
    });
  });
}

function readRulePlaces(from: ByteReader): NonNullable<DebugMap["rules"]> {
  return from.list(RULES_MAX, "rules", () =>
    from.list(ATOMS_MAX + 1, "places", (): readonly [number, number, number] => {
      const source = from.number();
      const start = from.number();
      return [source, start, sum(from, start, from.number())];
    }),
  );
}

/** Past the safe integers a sum is rounded, and would be written back as another file. */
const sum = (from: ByteReader, a: number, b: number): number =>
  Number.isSafeInteger(a + b) ? a + b : from.fail("vm/bad-encoding", "a number is too large");
