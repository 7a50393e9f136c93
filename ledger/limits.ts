// Bounds of the ledger.

/** Bytes of one entry: the tile format writes its length in 16 bits. */
export const ENTRY_BYTES_MAX = 65_535;
/** Entries of one group commit: one flush serves all of them, and no caller waits long for it. */
export const GROUP_ENTRIES_MAX = 1_000;
/** Bytes of one group commit: the disk must have room for them twice within the reserve. */
export const GROUP_BYTES_MAX = 16 * 1024 * 1024;
/** Milliseconds that an entry nobody waits for may lie in memory: in them others come whose group takes it along. */
export const GROUP_QUIET_MS = 10;
/** Bytes that may wait for a group: beyond them a caller is refused instead of filling the memory. */
export const PENDING_BYTES_MAX = 256 * 1024 * 1024;
/** Bytes of one stored value beside entries (states, modules). */
export const VALUE_BYTES_MAX = 32 * 1024 * 1024;
/** Bytes of a key with its namespace: what LMDB takes with pages of 4 KiB, and some room. */
export const KEY_BYTES_MAX = 1_024;
/** Entries of a tree: the largest exact size. */
export const TREE_SIZE_MAX = Number.MAX_SAFE_INTEGER;
/** Hashes of a proof: one a level, 53 levels, twice for the right edge of a consistency proof. */
export const PROOF_HASHES_MAX = 128;
/** Bytes of a signed note: a checkpoint with 16 large cosignatures. */
export const NOTE_BYTES_MAX = 128 * 1024;
/** Signatures looked at in a note; the specification asks for at least 16. */
export const NOTE_SIGNATURES_MAX = 64;
/** Hashes of a proof that a witness takes: what the specification lets clients send. */
export const WITNESS_PROOF_HASHES_MAX = 63;
/** Bytes of a checkpoint that a witness takes, with the signatures of its log: it is kept with the cosignature in a place of 4 KiB. */
export const WITNESS_NOTE_BYTES_MAX = 3_072;
/** Characters of the name of a witness: it stands in each cosignature. */
export const WITNESS_NAME_MAX = 255;
/** Bytes of a request to a witness: a note with many signatures, and a proof. */
export const WITNESS_BODY_BYTES_MAX = 64 * 1024;
/** Milliseconds a request to a witness may take to come. */
export const WITNESS_REQUEST_MS = 10_000;
/** Connections to a witness at once: logs keep one each. */
export const WITNESS_CONNECTIONS_MAX = 1_024;
/** Witnesses of one log, and logs of one witness that are named on a command line: more than anybody counts on. */
export const WITNESSES_MAX = 32;
/** Milliseconds after which witnesses are asked again: a minute of entries is little to lose, and a request a minute costs nobody anything. */
export const WITNESS_EVERY_MS = 60_000;
/** Milliseconds a witness is waited for: it answers at once or not. */
export const WITNESS_WAIT_MS = 10_000;
/** Bytes of its answer: some lines. */
export const WITNESS_ANSWER_BYTES_MAX = 16 * 1024;
/** Bytes of a proof file. */
export const PROOF_BYTES_MAX = 256 * 1024;
/** Free bytes on the disk below which nothing more is written: the store needs room to finish what it began. */
export const FREE_BYTES_RESERVE = 64 * 1024 * 1024;
/** Address space of the store: a bound of the map, not of the file. */
export const MAP_BYTES = 1024 ** 4;
/** Tiles whose nodes are kept in memory, 16 KiB each. */
export const TILES_KEPT_MAX = 512;
/** Bytes in the journal and not in the store, beyond which writers wait: what the store takes in a few seconds. */
export const JOURNAL_BYTES_MAX = 64 * 1024 * 1024;
/** Bytes in the journal at which they go to the store at once: one transaction writes them in some ten milliseconds. */
export const JOURNAL_DRAIN_BYTES = 4 * 1024 * 1024;
/** Milliseconds after which fewer go there, too. Nobody waits for it: they are in the journal, and one transaction for more of them costs less
 *  for each. */
export const JOURNAL_DRAIN_MS = 500;
/** The same of a journal that is on the disk with each batch: what waits is as safe as in the store, and the more of it goes there at
 *  once, the fewer pages are written again and again. At the next start it is read in less than a second. */
export const JOURNAL_DRAIN_DURABLE_BYTES = 16 * 1024 * 1024;
export const JOURNAL_DRAIN_DURABLE_MS = 1_000;
/** Bytes of memory for packed writes on their way to the store that are kept for the next ones: of a journal that goes there at 16 MiB. */
export const PACKED_KEPT_BYTES_MAX = 16 * 1024 * 1024;
/** Bytes after which the room on the disk is asked for again: little beside FREE_BYTES_RESERVE. */
export const JOURNAL_SPACE_EVERY_BYTES = 1024 * 1024;
/** Bytes of a batch that is put together in memory that all batches share. */
export const JOURNAL_SHARED_BYTES_MAX = 4 * 1024 * 1024;
/** Bytes of an entry that is hashed in memory that all hashes share. */
export const LEAF_SHARED_BYTES_MAX = 16 * 1024;

/** Characters of a witness's own words in a log line: it may say anything, and says it again. */
export const WITNESS_DETAIL_MAX = 200;
