// Bounds of messages. What is over one is refused by name, before anything is computed with it.

/** Bytes of the signed part of an action: its inputs can end in a receipt, and a ledger entry has at most 65,535 bytes. */
export const ACTION_BYTES_MAX = 32 * 1024;
/** Actions that one signature may stand for, and the hashes of the longest path in their tree. */
export const TOGETHER_MAX = 1_024;
export const TOGETHER_PATH_MAX = 10;
/** Bytes of an action with its signatures and its path. */
export const ENVELOPE_BYTES_MAX = ACTION_BYTES_MAX + 1024;
/** Bytes of a nonce: random ones never meet by accident. */
export const NONCE_BYTES = 16;
/** Bytes of an Ed25519 signature and of a public key. */
export const SIGNATURE_BYTES = 64;
export const PUBLIC_KEY_BYTES = 32;
/** Characters of a did; a did:key of Ed25519 has 56. */
export const DID_LENGTH_MAX = 128;
/** Characters of the names in an action (action, power, claim, asset). */
export const NAME_LENGTH_MAX = 256;
/** Characters of the origin of a log. */
export const ORIGIN_LENGTH_MAX = 256;
/** Amounts that come with one action: one for each asset an agreement may hold. */
export const VALUES_MAX = 64;
/** Bytes of a receipt: an entry of the ledger. */
export const RECEIPT_BYTES_MAX = 65_535;
/** Changed places listed in a receipt; the rest is counted, and follows from the two states. */
export const CHANGES_MAX = 256;
/** Bytes of a receipt above which the list of changed places is left out: leaves room for moves and values given. */
export const RECEIPT_CHANGES_BYTES_MAX = 48 * 1024;
/** Ms that a deadline may lie ahead of the court's clock: an action that never arrives must not hang for years. */
export const DEADLINE_AHEAD_MAX_MS = 7 * 24 * 60 * 60 * 1000;
/** Ms from now to the deadline of an action, when the client is not told another. */
export const DEADLINE_DEFAULT_MS = 60_000;
/** Times a client sends an action again on the answer `more`. */
export const RESENDS_MAX = 1_000;
