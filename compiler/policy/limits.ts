// Bounds of what is asked of a policy beside its decisions.

/** Values tried for one path of the input: constants of rules, their neighbours, examples. */
export const PATH_VALUES_MAX = 48;
