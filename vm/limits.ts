// Every bound of the machine, with its unit and the reason for the number. A module or value over a bound is refused by
// name; nothing is cut silently. Raising one is a new language version, because results may depend on it.

// ── Module file ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes of a module file: 10,000 rules at under 1 KiB each, with their source text in the debug map. */
export const FILE_BYTES_MAX = 16 * 1024 * 1024;
/** Functions of a module: some per rule of a large policy. */
export const FUNCTIONS_MAX = 65_536;
/** Registers of one function: the state of a large agreement spread out once. */
export const REGISTERS_MAX = 4_096;
/** Registers of all functions together: each has its own part of the register file, 8 MiB at most. */
export const REGISTER_FILE_MAX = 1_048_576;
/** Functions that call each other, one inside the other: keeps the host's own stack small. */
export const CALL_DEPTH_MAX = 64;
/** Instructions of one function: a straight-line step of a large agreement. */
export const INSTRUCTIONS_MAX = 262_144;
/** Instructions times registers of one function: bits the verifier keeps, 32 MiB. */
export const FLOW_BITS_MAX = 268_435_456;
/** Loops inside loops of one function: authors nest two or three. */
export const LOOP_DEPTH_MAX = 16;
/** Constants of a module: every literal of a 10,000-rule policy. */
export const CONSTANTS_MAX = 262_144;
/** Regex programs of a module. */
export const PATTERNS_MAX = 16_384;
/** Types of a module. */
export const TYPES_MAX = 16_384;
/** Types inside types. */
export const TYPE_DEPTH_MAX = 32;
/** Fields of a record, values of an enum, members of a union. */
export const TYPE_PARTS_MAX = 4_096;
/** Entry points of a module: there are four names, a few more may come. */
export const ENTRIES_MAX = 16;
/** Bytes of a name (module, function, field). */
export const NAME_BYTES_MAX = 1_024;
/** Maps and lists inside each other in the manifest. */
export const MANIFEST_DEPTH_MAX = 32;
/** Sources of the debug map. */
export const SOURCES_MAX = 1_024;

// ── Values ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Significant digits of a number: those of CUE's arithmetic and of IEEE decimal128. */
export const DIGITS_MAX = 34;
/** Least and greatest exponent of a decimal in normal form: those of IEEE decimal128. */
export const EXPONENT_MIN = -6_176;
export const EXPONENT_MAX = 6_111;
/** Lists inside lists: equality, encoding and printing recurse, and must not depend on the host's stack. */
export const VALUE_DEPTH_MAX = 64;
/** Items of a list, keys of a map, units of a builtin's work: what a `bound` operand may say. */
export const BOUND_MAX = 1_048_576;
/** Bytes of a text or of bytes that comes from outside or from a module. */
export const TEXT_BYTES_MAX = 1_048_576;
/** Parts of a value when it is encoded: lists may share parts, so a small program can make a value of any written size. */
export const VALUE_PARTS_MAX = 4_194_304;
/** Bytes of an encoded value: the largest state that is stored and hashed. */
export const VALUE_BYTES_MAX = 16 * 1024 * 1024;

// ── Runs ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Fuel of one run: about a day of an interpreter, and far inside the safe integers, so that sums stay exact. */
export const FUEL_MAX = 1_000_000_000_000_000;
/** Timers one call of `stepAll` may fire unless the module says otherwise (`catch_up`). */
export const CATCH_UP_DEFAULT = 64;
/** Most timers a module may ask for in one call. */
export const CATCH_UP_MAX = 10_000;
/** Steps a trace keeps; the run itself goes on. */
export const TRACE_STEPS_MAX = 100_000;

// ── JSON and written values ───────────────────────────────────────────────────────────────────────────────────────────

/** UTF-16 units of a JSON text read by `json.ts`. */
export const JSON_LENGTH_MAX = 8 * 1024 * 1024;
/** Objects and lists inside each other in JSON: no more than a value may have. */
export const JSON_DEPTH_MAX = VALUE_DEPTH_MAX;
/** Values in one JSON text: bounds memory, since `[[],[],…` is small as text. */
export const JSON_PARTS_MAX = 1_048_576;
/** UTF-16 units of one written value other than a text. */
export const LITERAL_LENGTH_MAX = 4_096;

// ── Patterns ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** UTF-16 units of a pattern's source. */
export const PATTERN_LENGTH_MAX = 4_096;
/** Instructions of a regex program: fuel of a match is text times this in the worst case. */
export const PATTERN_INSTRUCTIONS_MAX = 4_096;
/** Character ranges of a regex program, all instructions together: a few for each. */
export const PATTERN_RANGES_MAX = 16_384;
