// Bounds of findings about rules.

/** Rules looked at for one that might cover a rule: keeps ten thousand rules within a second. */
export const CANDIDATES_MAX = 256;
