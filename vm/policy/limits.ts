// Bounds of policies, each with its unit and reason. Those of a module's file are in vm/limits.ts.

/** Bytes of the canonical JSON of an input, unless the policy says otherwise: an API request with its body. */
export const BYTES_DEFAULT = 256 * 1024;
/** Maps and lists inside each other in an input, unless the policy says otherwise. */
export const DEPTH_DEFAULT = 32;
/** Items of a list and keys of a map of an input, unless the policy says otherwise. */
export const ITEMS_DEFAULT = 1_000;
/** Bytes of a text of an input, unless the policy says otherwise: a long token. */
export const TEXT_DEFAULT = 16 * 1024;
/** Rules of a policy. Those with functions of their own meet the bound of a module's functions before. */
export const RULES_MAX = 131_072;
/** Atoms of a rule. */
export const ATOMS_MAX = 256;
/** Values of an atom: a list of hosts in a rule. */
export const ATOM_VALUES_MAX = 16_384;
/** Steps of the path of an atom. */
export const PATH_STEPS_MAX = 32;
/** Data documents, relations, obligations, derived values of a policy, each. */
export const DECLARATIONS_MAX = 4_096;
/** Nodes of a relation, and pairs of its closure: 16 MiB of memory. */
export const RELATION_NODES_MAX = 65_536;
export const CLOSURE_PAIRS_MAX = 1_048_576;

// Bounds of the code of decisions, on which no answer depends.

/** Rules that become one function: each is a bit of a number, and the host optimises no large function. */
export const CODE_RULES_MAX = 30;
/** Values of an atom that are compared one after the other in the text. */
export const CODE_VALUES_MAX = 8;
/** Instructions of a function that is written into the decision, and registers they list; a larger one is called. */
export const CODE_FUNCTION_PARTS_MAX = 40;
/** Answers of a policy that are kept because the rules that hold say all of them: policies have some dozen. */
export const KNOWN_ANSWERS_MAX = 256;
/** Tests on the ways through a condition that is written as branches: each doubles the text behind it. */
export const CODE_WAYS_MAX = 16;
/** Bits of the key of an answer: a whole number that the host keeps small. */
export const CODE_KEY_BITS_MAX = 30;
/** Answers of the code of decisions that are kept. */
export const CODE_ANSWERS_MAX = 1_024;
