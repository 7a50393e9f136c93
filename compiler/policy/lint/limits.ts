// Bounds of findings about rules.

/** Rules looked at for one that might cover a rule, where an index does not tell: keeps such rules by the thousand within a second. */
export const CANDIDATES_MAX = 256;
/** Rules that ask for one value: where more do, an index narrows them by what else they ask for. */
export const SAME_VALUE_MAX = 32;
/** Pairs of rules with obligations that are compared. */
export const OBLIGATION_PAIRS_MAX = 100_000;
