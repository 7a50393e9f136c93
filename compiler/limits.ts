// Bounds of compiling, each with its unit and reason. Past one of them the document is refused by name.

/** Declarations of one section. State and worst fuel grow with them; the largest agreement we know has 60. */
export const DECLARATIONS_MAX = 1_000;

/** Errors found before checking stops. Each costs the search for what was meant, and nobody reads more of them. */
export const ERRORS_MAX = 1_000;

/** Fields of an input that are named where an unknown name is like none of them: more would bury the message. */
export const INPUT_NAMES_SHOWN_MAX = 8;

/** Unknown names of a document that are compared with every declared one. */
export const SUGGESTIONS_MAX = 200;

/** Items of a list input unless `most` or `up to` says otherwise. */
export const LIST_ITEMS_DEFAULT = 1_024;

/** Largest `most` of a list: a loop over it costs fuel for each item in every step that could run. */
export const LIST_ITEMS_MAX = 65_536;

/** UTF-8 bytes of a text or bytes input unless `most` says otherwise (agreements.md, rule 27). */
export const TEXT_BYTES_DEFAULT = 1_024;

/** Largest `most` of a text, in UTF-8 bytes: texts stand in the state and in receipts. */
export const TEXT_BYTES_MAX = 65_536;

/** Parts of a value of type `any` that a comparison looks at. */
export const ANY_PARTS_MAX = 1_024;

/** Open instances of one obligation. Each is a record in the state and a row of the sweep. */
export const OPEN_AT_MOST_MAX = 1_000;

/** `times` of an action or a power: a counter of the state, compared exactly. */
export const TIMES_MAX = 1_000_000_000;

/** Digits after the point of a declared asset. */
export const ASSET_DIGITS_MAX = 18;

/** Functions of a policy written out inside each other: they do not recur, and nobody nests them deeper. */
export const FUNCTION_DEPTH_MAX = 16;

/** Entries of a map of texts in a published input: header fields, query parameters. */
export const TEXT_ITEMS = 256;

/** Wakes of one condition. Each is a timer of the state. */
export const WAKES_MAX = 64;
/** Mutants of one policy that its tests are run on: each is compiled and tested in some milliseconds. */
export const MUTANTS_MAX = 2_000;
