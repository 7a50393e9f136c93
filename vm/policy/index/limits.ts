// Bounds of the index. No answer depends on them: what is over one is tested rule by rule.

/** Rules that are tested one after the other: below this a further look-up costs more than it saves. */
export const LEAF_RULES = 4;
/** Rules a look-up must spare to be worth its time. */
export const SPARED_MIN = 3;
/** Part of its rules a look-up must spare, as a divisor: bounds how many follow each other, and the time of building. */
export const SPARED_PART = 64;
/** Places of one rule in one look-up, such as the hosts it lists: beyond, the rule is tested instead. */
export const PLACES_MAX = 1_024;
/** Places of all rules of one look-up, for each rule: bounds memory. */
export const PLACES_PER_RULE = 8;
/** Rules tested while an index is compared with the scan: a tenth of a second. */
export const SELF_TEST_WORK = 300_000;
/** Inputs of such a comparison. */
export const SELF_TESTS_MIN = 24;
export const SELF_TESTS_MAX = 256;
