// Bounds of constraints, each with its unit and reason.

/** Items of a list and keys of a map that a constraint is checked against, unless the caller bounds its input otherwise. Longer ones
 *  are refused, never looked at in part. */
export const ITEMS_DEFAULT = 1_000;
/** Bytes of a text, unless the caller bounds its input otherwise. */
export const TEXT_DEFAULT = 16 * 1024;
/** Pairs of a part of the data and a definition that one recursive check looks at: a tree of some thousand nodes. */
export const RECURSION_MAX = 4_096;
/** Failing places that one check names. Nobody reads more. */
export const VIOLATIONS_MAX = 100;
/** Names that are compared one by one; more are looked up. */
export const CHAIN_MAX = 8;
/** Alternatives whose discriminator is looked for: the search compares all with all. */
export const ALTERNATIVES_MAX = 1_000;
/** References followed when the kinds or the discriminator of a constraint are looked for. */
export const FOLLOWED_MAX = 32;
