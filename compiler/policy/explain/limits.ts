// Bounds of explanations and comparisons.

/** Rules whose parts are shown: what decided comes first, then what is nearest to it. */
export const EXPLAINED_RULES_MAX = 32;
/** Combinations of elements shown for one rule. */
export const EXPLAINED_COMBINATIONS_MAX = 16;
/** Code units of a value in an explanation. */
export const SHOWN_VALUE_MAX = 120;
/** Decisions that a search for the smallest change makes: some tenths of a second. */
export const WHY_NOT_DECISIONS_MAX = 20_000;
/** Changes of one answer: more are no advice. */
export const WHY_NOT_CHANGES_MAX = 4;
