// Bounds of the court node.

/** Bytes of a request body: a module file of 16 MiB as base64 in JSON, the action that deploys it, and some room. */
export const BODY_BYTES_MAX = 24 * 1024 * 1024;
/** Bytes of the body of one action as JSON: its 32 KiB can double by escapes. */
export const ACTION_BODY_BYTES_MAX = 160 * 1024;
/** Actions of one batch request. */
export const BATCH_ACTIONS_MAX = 1_000;
/** Bytes of the body of a batch. */
export const BATCH_BODY_BYTES_MAX = 16 * 1024 * 1024;
/** Commands executed and flushed together: one flush serves all of them, and the first does not wait long for the last. */
export const GROUP_COMMANDS_MAX = 512;
/** Receipts after which a group is closed even with fewer commands: timers may multiply. */
export const GROUP_RECEIPTS_MAX = 1_000;
/** Bytes of receipts, states and modules after which a group is closed. */
export const GROUP_BYTES_MAX = 32 * 1024 * 1024;
/** Commands that may wait; more are answered `overloaded`. */
export const WAITING_COMMANDS_MAX = 20_000;
/** Seconds after which a client that was told `overloaded` may try again. */
export const RETRY_AFTER_S = 1;
/**
 * Fuel that one run of a deployed module may take at most, by its own proof. Agreements of people declare up to a few hundred
 * thousand; a thousand open copies of one obligation declare a thousand million. More would hold the court for minutes.
 */
export const ENTRY_FUEL_MAX = 2_000_000_000;
/** Loaded modules kept in memory. */
export const MODULES_CACHED_MAX = 256;
/** Agreements kept decoded in memory, and the bytes their records may have. */
export const AGREEMENTS_CACHED_MAX = 16_384;
export const AGREEMENTS_CACHED_BYTES_MAX = 128 * 1024 * 1024;
/** Bits that remember nonces, two for each: with as many actions as an eighth of them about every sixteenth new one is looked up in vain. A power of
 *  two; 4 MiB. */
export const NONCE_FILTER_BITS = 2 ** 25;
/** Authors of whom it is remembered whether anything of theirs was stored before. */
export const AUTHORS_KNOWN_MAX = 65_536;
/** Ids of actions known to be well signed: a retried or batched action is verified once. */
export const VERIFIED_CACHED_MAX = 8_192;
/** Agreements ticked in one turn of the timer loop; the next turn follows at once. */
export const DUE_AGREEMENTS_MAX = 256;
/** Ms between looks at the due index when nothing is known to be due earlier: bounds the error after a clock was set. */
export const DUE_LOOK_MS_MAX = 1_000;
/** Entries of one page of a listing. */
export const PAGE_ENTRIES_MAX = 200;
/** Readers of the event stream at a time. */
export const STREAMS_MAX = 256;
/** Ms a reader of the event stream may take nothing before it is dropped; it resumes by Last-Event-ID. */
export const STREAM_STALL_MS = 60_000;
/** Ms between heartbeats of an event stream: below the idle limits of common proxies. */
export const HEARTBEAT_MS = 15_000;
/** Ms that open requests have to finish when the court shuts down. */
export const SHUTDOWN_MS = 10_000;
/** Ms between looks for idle connections while closing. */
export const CLOSE_SWEEP_MS = 50;
/** Ms a client may take to send a request. */
export const REQUEST_MS_MAX = 30_000;
/** Steps of an agreement between two kept states: so many are run again at most to find the state before a receipt. */
export const PAST_STATE_STEPS = 64;
/** Steps of a page: a full one is written once; until then it is written with each step, so a larger one is written more often. */
export const PAGE_STEPS = 32;
/** Bytes of a bundle file: module, state, action, receipt and proof. */
export const BUNDLE_BYTES_MAX = 32 * 1024 * 1024;
/** Bytes of a key file. */
export const KEY_FILE_BYTES_MAX = 4_096;
/** Bytes of one chunk of a snapshot. */
export const SNAPSHOT_CHUNK_BYTES = 1024 * 1024;
/** Threads that check signatures: more only wait for the thread that executes. */
export const VERIFY_THREADS_MAX = 4;
/** Signatures of one message to such a thread: its answer comes 2 ms later, and the next message is packed meanwhile. */
export const VERIFY_BATCH_MAX = 64;
/** Seconds between two times that witnesses are asked: a day. */
export const WITNESS_SECONDS_MAX = 86_400;
