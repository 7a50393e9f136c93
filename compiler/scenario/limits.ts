// Bounds of running tests, each with its unit and reason.

/** Texts a refusal is looked for in, and that a difference shows: longer ones are cut, in UTF-16 units. */
export const SHOWN_UNITS_MAX = 400;
