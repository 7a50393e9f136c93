// Bounds of findings about rules.

/** Rules looked at for one that might cover a rule: keeps ten thousand rules within a second. */
export const CANDIDATES_MAX = 256;
/** Pairs of rules with obligations that are compared. */
export const OBLIGATION_PAIRS_MAX = 100_000;
