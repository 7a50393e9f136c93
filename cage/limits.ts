// Every bound of the cage, with its unit and the reason for the number.

// ── Heads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes of a host name: RFC 1035 section 2.3.4. */
export const HOST_BYTES_MAX = 253;
/** Bytes of a target: what common servers take. */
export const TARGET_BYTES_MAX = 8_192;
/** Fields of a head: browsers send about 20. */
export const FIELDS_MAX = 100;

// ── Tunnels ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes read in search of a ClientHello: larger ones than 2 KiB come only from post-quantum key shares, at under 4 KiB. */
export const CLIENT_HELLO_BYTES_MAX = 16_384;

// ── Dialling ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Addresses one name may have: round-robin names have about ten. */
export const ADDRESSES_MAX = 32;
/** Milliseconds to connect: three tries of TCP's first packet. */
export const DIAL_TIMEOUT_MS = 10_000;

// ── Signatures ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes of `Signature-Input`, of `Signature`, and of a digest field, each: about ten signatures by large RSA keys. */
export const SIGNATURE_FIELD_BYTES_MAX = 8_192;
/** Signatures of one message: the sender's, and one for each of three hops. */
export const SIGNATURES_MAX = 4;
/** Components one signature may cover: more than a head has fields that matter. */
export const COMPONENTS_MAX = 64;
/** Bytes of a signature base: what the fields of a large head add up to. */
export const SIGNATURE_BASE_BYTES_MAX = 65_536;
/** Characters of `keyid`: a did:key URL has at most 120. */
export const KEY_ID_BYTES_MAX = 256;
/** Characters of `nonce`: 64 random bytes as base64 fit. */
export const NONCE_BYTES_MAX = 96;
/** Keys of one key set: more is a registry, not a set. */
export const KEYS_MAX = 1_024;
/** Bits of an RSA key, least: RFC 8017 as read today. */
export const RSA_BITS_MIN = 2_048;
/** Bits of an RSA key, most: the time of one verification grows with their square. */
export const RSA_BITS_MAX = 8_192;
/** Bytes of a shared secret: as many as the hash has. */
export const SECRET_BYTES_MIN = 32;
/** Nonces remembered at once by default: 300 seconds of 300 requests a second, about 20 MB. */
export const NONCES_MAX = 100_000;
/** Nonces remembered of one key by default: nobody fills the store alone. */
export const NONCES_PER_KEY_MAX = 25_000;
/** Seconds between `created` and now, at most, by default. */
export const SIGNATURE_AGE_SECONDS = 300;
/** Seconds two clocks may differ by default. */
export const CLOCK_SKEW_SECONDS = 30;

// ── Client ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes of a body that is held to be signed or verified: both need the whole of it in memory. */
export const CLIENT_BODY_BYTES_MAX = 16_777_216;

// ── Confinement ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Milliseconds one way past the cage is tried: two of TCP's first packets. */
export const CONFINE_WAY_TIMEOUT_MS = 3_000;
/** Milliseconds until a program that tries ways is ended: all ways are tried at once, and a launcher takes its time. */
export const PROBE_TIMEOUT_MS = 20_000;
/** Bytes taken from a program that tries ways: it says about a hundred for each. */
export const PROBE_OUTPUT_BYTES_MAX = 65_536;
