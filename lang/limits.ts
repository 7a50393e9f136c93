// Bounds of reading, each with its unit and reason. Past one of them the source is refused with a named error.

/** Bytes of UTF-8. A 10,000-rule policy is about 1.5 MiB; more than this is data, not a document. */
export const SOURCE_BYTES_MAX = 4 * 1024 * 1024;

/** Nested maps and lists of a source. Real documents stay under 12; readers recurse, so this guards the stack. */
export const YAML_DEPTH_MAX = 200;

/** UTF-16 units of one expression. A page of text; longer ones are tables. */
export const EXPR_UNITS_MAX = 8_192;

/** Open brackets within brackets of one expression, interpolations included. The parser recurses once a bracket. */
export const EXPR_NESTING_MAX = 64;

/** Levels of an expression tree. Later phases recurse over it; a chain `a + a + …` is one level an operator. */
export const EXPR_DEPTH_MAX = 256;

/** Digits after the mark of an exponent, and its magnitude: `1e400` is beyond every value of the language. */
export const EXPONENT_MAX = 400;

/** UTF-16 units of the author's text quoted in a message. */
export const SHOWN_TEXT_UNITS_MAX = 120;

/** Diagnostics drawn at once; the rest are counted. Nobody reads more before mending the first. */
export const DIAGNOSTICS_DRAWN_MAX = 50;

/** Diagnostics kept of one source. Hostile input could otherwise make one for each byte. */
export const DIAGNOSTICS_KEPT_MAX = 1_000;

/** Columns of the author's line that are drawn; longer lines are cut around the caret. */
export const DRAWN_COLUMNS_MAX = 110;

/** Times a source with YAML mistakes is read again after its known traps were set aside, to find what they hid. */
export const REPAIR_ROUNDS_MAX = 24;

/** UTF-16 units read again in all rounds together. Sources of people get all rounds, the largest ones none. */
export const REPAIR_UNITS_MAX = 1024 * 1024;

/** Tokens outside any document that are kept. The YAML reader makes an error of each, which is slow; the first are enough. */
export const STRAY_TOKENS_MAX = 100;

/** UTF-16 units of a line that are looked at to say what a YAML mistake in it meant. Each mistake looks again. */
export const LINE_UNITS_READ_MAX = 4_096;

/** Columns of a printed line before the printer breaks it. */
export const PRINTED_COLUMNS_MAX = 110;

/** Edits between a mistyped name and a suggestion: a third of its length, at most this. */
export const SUGGESTION_DISTANCE_MAX = 3;

/** UTF-16 units of a name that gets suggestions; the table of distances is quadratic in it. */
export const SUGGESTION_UNITS_MAX = 64;
