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
/** Bytes of a line of a decision log: JSON of 8 Mi characters, each at most three bytes, and the rest of the line. */
export const LINE_BYTES_MAX = 32 * 1024 * 1024;
/** Bytes read from a log at a time. */
export const READ_CHUNK_BYTES = 1024 * 1024;
/** UTF-16 units of the id of a request in a log line: what a header of that kind may have. */
export const REQUEST_ID_MAX = 128;
/** Bytes of a file of the store: a module or a data document as large as the machine takes. */
export const STORED_BYTES_MAX = 48 * 1024 * 1024;
/** Opened policies that a replay keeps: a log rarely has more modules and data at a time. */
export const REPLAY_POLICIES_MAX = 16;
/** Lines named for each group of flips; the count says how many there are. */
export const FLIP_LINES_SHOWN = 5;
/** Groups of flips kept apart by their rules; beyond them flips are counted without their rules. */
export const FLIP_GROUPS_MAX = 1_000;
/** Bytes of the record of accepted bundles: one short line. */
export const SEEN_BYTES_MAX = 4_096;
/** Bytes of the body of one question: four times the default input, for the words around it. */
export const QUESTION_BYTES_MAX = 1024 * 1024;
/** Bytes of the body of a batch. */
export const BATCH_BYTES_MAX = 16 * 1024 * 1024;
/** Evaluations of one batch: each costs at most the fuel that the policy declares. */
export const EVALUATIONS_MAX = 1_000;
/** Ms a client may take to send a request. */
export const REQUEST_MS_MAX = 30_000;
/** Ms that requests under way have to finish when the server stops. */
export const SHUTDOWN_MS = 10_000;
/** Connections at a time; more wait to be accepted. */
export const CONNECTIONS_MAX = 1_024;
/** Ms between looks at the files of a policy. Looking works on every file system, and sees links that are turned; events do not. */
export const WATCH_MS = 500;
/** Ms that the time of a file may lie behind the clock: a tick of the kernel. */
export const COARSE_CLOCK_MS = 20;
/** Files looked at: a policy with its data, templates and imports. */
export const WATCHED_FILES_MAX = 1_000;
/** Fields that `--map` fills, and steps of a path. */
export const MAPPINGS_MAX = 256;
/** Seconds after which a client that got 503 may try again. */
export const RETRY_AFTER_S = 1;
