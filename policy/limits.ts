// Bounds of running policies, each with its unit and reason. Those of an input are the policy's own (vm/policy/limits.ts).

/** Lists and objects inside each other in a plain value: as many as JSON text may have. */
export const PLAIN_DEPTH_MAX = 128;
/** Bytes of a policy bundle: a module of 16 MiB with its sources, and data documents. */
export const BUNDLE_BYTES_MAX = 32 * 1024 * 1024;
/** Bytes of the first line of a bundle: a word and three numbers. */
export const BUNDLE_HEAD_BYTES_MAX = 64;
/** UTF-16 units of a policy's name in a bundle: what a name in the language may have. */
export const BUNDLE_NAME_MAX = 128;
/** Data documents of a bundle. */
export const BUNDLE_DOCUMENTS_MAX = 4_096;
