// Bounds of comparisons and assertions.

/** Requests that a comparison of two policies, or an assertion, goes through: about a second. */
export const REQUESTS_MAX = 50_000;
/** Documents of data that are tried, from the tests or given: requests are asked with each. */
export const DATA_SETS_MAX = 8;
/** Cells of one kind in an answer; the rest are counted. */
export const CELLS_SHOWN_MAX = 20;
/** Lists and records inside each other in a request that is made up. */
export const MADE_DEPTH_MAX = 16;
