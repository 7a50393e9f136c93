// Bounds of lowering, with their unit and reason.

/** Parts of a value of type `any`: a JSON document of some pages. */
export const ANY_PARTS_MAX = 4_096;
/** Bytes a text is counted with where the largest state is stated: the default `most` of inputs. */
export const TEXT_BYTES_ASSUMED = 1_024;
/** Nodes up to which a derived value is written out where it is read; larger ones become a function, so that code grows
 *  with the source and not with the number of ways it is read. */
export const INLINE_NODES_MAX = 40;
/** Values listed in a refusal: enough to see why, few enough for one line. */
export const REFUSAL_VALUES_MAX = 8;
/** Halvings when a payment is cut to a limit: 2^113 > 10^34, the digits of an amount. */
export const CUT_HALVINGS = 113;
