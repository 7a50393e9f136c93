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
