// Every bound of the cage, with its unit and the reason for the number.

// ── Heads ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes of a host name: RFC 1035 section 2.3.4. */
export const HOST_BYTES_MAX = 253;
/** Bytes of a target: what common servers take. */
export const TARGET_BYTES_MAX = 8_192;
/** Fields of a head: browsers send about 20. */
export const FIELDS_MAX = 100;

/** Spellings of field names that are remembered, so that their meaning is not looked up again: all that common clients use. */
export const NAMES_KNOWN_MAX = 512;
/** Bytes of one of them: longer ones are rare. */
export const NAME_KNOWN_BYTES_MAX = 64;
/** Names of answers' fields of one length that are remembered: servers send about twenty, of all lengths. */
export const NAMES_ALIKE_MAX = 16;
/** Bytes of a field's last value that is remembered: longer ones are tokens and cookies, which differ each time. */
export const VALUE_KNOWN_BYTES_MAX = 64;
/** Hosts with their ports that are remembered as they were read: those of a busy application. */
export const AUTHORITIES_KNOWN_MAX = 1_024;

/** Characters of the subject of a caller's certificate: names of organisations have about a hundred. */
export const CALLER_ID_LENGTH_MAX = 512;
/** Characters of the serial number of a certificate: 20 bytes in hex, RFC 5280 section 4.1.2.2. */
export const SERIAL_LENGTH_MAX = 40;

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
/** Milliseconds by which the machine's clock must leave the steady one to count as set: both are read together, so less is rounding. */
export const CLOCK_STEP_MS = 1_000;
/** Milliseconds between looks at the two clocks: while one is set back unseen, the time of the cage stands still. */
export const CLOCK_LOOK_MS = 1_000;
/** Nonces that are written between two looks for those that have expired: a look takes about a millisecond. */
export const NONCES_FORGOTTEN_EVERY = 1_024;

// ── Client ────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Bytes of a body that is held to be signed or verified: both need the whole of it in memory. */
export const CLIENT_BODY_BYTES_MAX = 16_777_216;

// ── Confinement ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Milliseconds one way past the cage is tried: two of TCP's first packets. */
export const CONFINE_WAY_TIMEOUT_MS = 3_000;
/** Milliseconds until a program that tries ways is ended: all ways are tried at once, and a launcher takes its time. */
export const PROBE_TIMEOUT_MS = 20_000;
/** Milliseconds that an outcome of a check may be old when a cage starts on it: what a service does before it starts. */
export const CONFINE_OUTCOME_AGE_MS = 600_000;
/** Bytes taken from a program that tries ways: it says about a hundred for each. */
export const PROBE_OUTPUT_BYTES_MAX = 65_536;

// ── Proxy ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
// Those that end in _DEFAULT can be set by the operator.

/** Bytes of a head that are read: what nginx and Apache take with their defaults, twice. */
export const HEAD_BYTES_MAX = 16_384;
/** Milliseconds a head may take to come: a slow phone needs two. */
export const HEAD_MS_DEFAULT = 10_000;
/** Bytes of a request body that is passed on as it comes: an upload of a disk image. */
export const BODY_BYTES_DEFAULT = 4_294_967_296;
/** Bytes of a request body that is held because a rule or an obligation reads it: more is no message, but a file. */
export const HELD_BODY_BYTES_DEFAULT = 1_048_576;
/** Bytes of all bodies that are held at once: 64 of the largest. */
export const HELD_BYTES_MAX = 67_108_864;
/** Bytes of an unread body that are read to keep a connection after a denial: one packet train. */
export const DISCARD_BYTES_MAX = 65_536;
/** Milliseconds without a byte from or to the caller or the upstream while one is due: what load balancers wait. */
export const IDLE_MS_DEFAULT = 60_000;
/** Milliseconds one exchange may take in all: the longest answer people wait for. */
export const EXCHANGE_MS_DEFAULT = 900_000;
/** Milliseconds a connection without requests stays open: as long as clients keep theirs. */
export const KEEP_ALIVE_MS_DEFAULT = 60_000;
/** Connections of callers in all: half of the descriptors that a service has by default, as each needs one to an upstream. */
export const CONNECTIONS_DEFAULT = 16_384;
/** Connections of one address: a busy application with its pools. */
export const PEER_CONNECTIONS_DEFAULT = 4_096;
/** Requests of one connection: then it is closed, so that no caller holds its place for ever. */
export const CONNECTION_REQUESTS_DEFAULT = 1_000_000;
/** Exchanges under way at once: each holds about 20 KB. */
export const EXCHANGES_DEFAULT = 8_192;
/** Requests of one connection that are under way at once: clients that pipeline send a handful. */
export const PIPELINED_MAX = 16;
/** Requests turned away, because too much is under way or the cage stops, and connections without a request, of each word, that have a record
 *  of their own in one window; the others are counted in one. Enough to see who it is; fewer bytes than the same caller can write by requests
 *  that are denied. */
export const TURNED_AWAY_RECORDS = 16;
/** Milliseconds of that window. */
export const TURNED_AWAY_WINDOW_MS = 1_000;
/** Milliseconds a connection is kept after a last answer, so that what the caller still sends does not reset it: a round trip or two. */
export const LINGER_MS = 500;
/** Milliseconds between looks at what takes too long. */
export const SWEEP_MS = 1_000;
/** Bytes of the head of an answer: servers with large cookies send 16 KiB. */
export const UPSTREAM_HEAD_BYTES_MAX = 32_768;
/** Connections to one address of an upstream: browsers open six, services some dozens. */
export const UPSTREAM_CONNECTIONS_DEFAULT = 128;
/** Addresses of upstreams with open connections at once. */
export const POOLS_MAX = 512;
/** Milliseconds after which connections to an upstream nobody asks are closed. */
export const POOL_IDLE_MS = 30_000;
/** Names whose addresses are remembered: some hundred hosts an application speaks to. */
export const NAMES_HELD_MAX = 4_096;
/** Milliseconds for which they are: short enough that a name that moves is followed at once. */
export const NAME_HELD_MS = 5_000;
/** Addresses that did not answer and are tried last for a while, at most. */
export const UNREACHABLE_MAX = 1_024;
/** Milliseconds of that while. */
export const UNREACHABLE_MS = 30_000;
/** Addresses of one name that are dialled for one request: the second family, and one more. */
export const DIAL_TRIES_MAX = 3;
/** Milliseconds that requests under way have to end after SIGTERM: less than systemd waits. */
export const DRAIN_MS_DEFAULT = 30_000;
/** Milliseconds a request of an operator may take to come. */
export const ADMIN_MS = 10_000;
/** Milliseconds between looks whether all requests have ended. */
export const DRAIN_LOOK_MS = 20;

/** Characters of `cage-decision` of another cage: ours has about 130. */
export const PEER_FIELD_MAX = 256;

// ── TLS ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Milliseconds for a ClientHello to arrive whole: it is the first thing a client sends, in one or two packets. */
export const HELLO_TIMEOUT_MS = 5_000;
/** Milliseconds for a TLS handshake, with a client or an upstream: three round trips of a bad line, and a retransmission. */
export const HANDSHAKE_TIMEOUT_MS = 10_000;
/** Certificates of a chain that are hashed: OpenSSL verifies no more than 100, and public chains have four. */
export const CHAIN_MAX = 100;
/** Milliseconds without a byte in either direction until a tunnel is ended: long polls wait for less than this. */
export const TUNNEL_IDLE_MS = 300_000;
/** The same once one side is done: the other has only to finish what it is saying. */
export const TUNNEL_HALF_CLOSED_MS = 60_000;
/** Milliseconds a tunnel may live: the policy that let it in is asked again after it. */
export const TUNNEL_TOTAL_MS = 14_400_000;
/** Tunnels open at once: each holds two sockets. */
export const TUNNELS_MAX = 4_096;
/** Milliseconds a caller is given to hear why it was refused, before its socket is destroyed. */
export const LAST_WORDS_MS = 1_000;
/** Days a local authority lives: people must come back to it once a year. */
export const CA_DAYS_MAX = 366;
/** Hosts a local authority is constrained to: a list that a person still reads. */
export const CA_HOSTS_MAX = 256;
/** Milliseconds from the first to the last second of a leaf: a stolen one is of no use tomorrow. */
export const LEAF_LIFE_MS = 86_400_000;
/** Milliseconds a certificate begins before it is made: clocks of clients that are behind. */
export const LEAF_BACKDATED_MS = 300_000;
/** Milliseconds before its end when a leaf is made anew: connections that begin now outlive it. */
export const LEAF_RENEWED_MS = 3_600_000;

// ── Obligations ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** Arguments of obligations that are kept read: rules give few different ones, but some are computed. */
export const ARGUMENTS_KEPT_MAX = 1_024;
/** How often one point is asked again with what gates have found: each of the three gates may find something once. */
export const ASKS_MAX = 4;
/** Tunnels of which is remembered that they were counted: more than are opened at once. */
export const TUNNELS_COUNTED_MAX = 8_192;
/** Buckets of one rate limit: addresses of a busy hour, about 20 MB. */
export const BUCKETS_MAX = 65_536;
/** Rate limits at once: each has its own buckets. A policy has a handful. */
export const RATE_LIMITS_MAX = 64;
/** Tokens of a rate, and of a burst: with the longest period they stay exact integers. */
export const RATE_MAX = 1_000_000;
/** Characters of a bucket's key that are kept; a longer one is kept as its hash. */
export const BUCKET_KEY_LENGTH_MAX = 96;
/** Requests that wait for a person: more than people look through. */
export const STEP_UPS_MAX = 256;
/** Requests of one caller that wait for a person: one caller does not fill the list for others. */
export const STEP_UPS_PER_CALLER_MAX = 16;
/** Milliseconds a person may take, at most: an approval is about now. */
export const STEP_UP_TTL_MS_MAX = 3_600_000;
/** Milliseconds a person may take, by default. */
export const STEP_UP_TTL_MS = 120_000;
/** Bytes of an assertion, and of every other body that the admin endpoint reads: browsers send about 1 KiB. */
export const ADMIN_BODY_BYTES_MAX = 16_384;
/** Connections to the admin endpoint at a time: a few people. */
export const ADMIN_CONNECTIONS_MAX = 64;
/** Milliseconds in which a request to the admin endpoint is there whole. */
export const ADMIN_TIMEOUT_MS = 10_000;
/** Characters of a body that a person is shown: what people read before they approve. */
export const STEP_UP_TEXT_MAX = 4_096;
/** Bytes of the id of a step-up: it cannot be guessed. */
export const STEP_UP_ID_BYTES = 16;
/** Bytes of the file of people: a thousand credentials. */
export const PEOPLE_BYTES_MAX = 1_048_576;
/** Bytes of the nonce of a signature that the cage makes: never twice by chance. */
export const SIGN_NONCE_BYTES = 16;
/** Seconds a rule may let a signature be old: its nonce is remembered as long. */
export const SIGNATURE_AGE_SECONDS_MAX = 3_600;
/** Bytes of the path of a unix socket: what `sun_path` holds on Linux, less its last zero. */
export const SOCKET_PATH_BYTES_MAX = 107;
/** Places that one `redact` may name, as fields and as pointers. */
export const REDACTED_MAX = 64;
/** Characters of a JSON pointer. */
export const POINTER_LENGTH_MAX = 512;

// ── Network error logging ─────────────────────────────────────────────────────────────────────────────────────────────

/** Seconds a browser is asked to keep a policy, at most: a year. */
export const NEL_AGE_SECONDS_MAX = 31_536_000;
/** Bytes of one upload of reports: browsers send a few at a time, each under 1 KiB. */
export const REPORT_BODY_BYTES_MAX = 65_536;
/** Reports of one upload. */
export const REPORTS_MAX = 100;
/** Milliseconds a report may be old, and a request may have taken: browsers keep reports for two days. */
export const REPORT_AGE_MS_MAX = 172_800_000;
/** Characters of the URL of a report. */
export const NEL_URL_LENGTH_MAX = 8_192;
/** Characters of the type of a report: the longest of the standard has 36. */
export const NEL_TYPE_LENGTH_MAX = 64;
/** Characters of a method or protocol in a report. */
export const NEL_WORD_LENGTH_MAX = 32;
/** Uploads a minute in all: a network that fails is reported by many at once. */
export const REPORTS_PER_MINUTE = 600;
/** Uploads a minute from one address, or one IPv6 /64. */
export const REPORTS_PER_MINUTE_OF_ONE = 20;
/** Exchanges that reports are compared with: the last seconds of a busy cage, the last hours of a quiet one. */
export const SEEN_MAX = 8_192;
/** Milliseconds by which a browser's account of time may be off. */
export const NEL_SLACK_MS = 5_000;
/** Connections of browsers that send reports. */
export const COLLECTOR_CONNECTIONS_MAX = 256;

// ── Learning ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Words at one place of a path: interfaces have about ten, names that people give are more. */
export const LEARNED_WORDS_MAX = 16;
/** Rules of a learned policy: more would not be read by anybody. */
export const LEARNED_RULES_MAX = 1_000;
/** Bytes of an answer that are allowed at least: a page of errors. */
export const LEARNED_ANSWER_BYTES_MIN = 16_384;

// ── Records ───────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Decisions in one record: of two points, each asked again for some signatures and addresses. */
export const RECORD_DECISIONS_MAX = 64;
/** Items of any list in a record: a head has at most 100 fields, an answer names rules. */
export const RECORD_ITEMS_MAX = 2_000;
/** Characters of a reason, of an id of an exchange, and of another word of a record. */
export const RECORD_WORD_MAX = 256;
/** Characters of a detail: one line for people. */
export const RECORD_DETAIL_MAX = 1_024;
/** Bytes of memory that records share: what is kept alive by one that somebody keeps. */
export const RECORD_BLOCK_BYTES = 64 * 1024;
/** Exchanges under way at once, those of tunnels included: beyond, a cage has long run out of sockets. */
export const OPEN_EXCHANGES_MAX = 100_000;
/** Records between two marks of how far all exchanges are settled: what is read again at the next start, at most, beside what was open. */
export const SETTLED_EVERY = 1_024;
/** What lies beside records is read so many at a time when a cage starts: a page is about 100 KiB. */
export const KEPT_PAGE = 1_000;
/** Records that one value of the index is about: some 12 KB, and as many entries to read where it is not there yet. */
export const INDEX_SEGMENT = 1_024;
/** Entries of an older ledger that are read in one turn of the event loop to make its index. */
export const INDEX_SLICE = 32;
/** Records that are named when a beginning of a hash fits several: enough to see what is meant. */
export const RECORDS_NAMED_MAX = 4;
/** Bytes of rows of two logs that are compared which lie in memory, of each of six kinds. Beyond, they lie in files. */
export const COMPARE_BYTES_IN_MEMORY = 32 * 1024 * 1024;
/** Bytes of one part in a file: of 100 million exchanges. It is text, which has an end in memory at four times as much. */
export const COMPARE_PART_BYTES_MAX = 128 * 1024 * 1024;
/** Parts that rows are put away in: one is in memory at a time, of ten million rows some 40,000. */
export const COMPARE_PARTS = 256;
/** What two logs say differently that is kept to be shown; the others are counted. */
export const COMPARE_FINDINGS_KEPT = 10_000;
/** Keys that a cage signs with, hosts that it serves, and runs of it that are known again: a run a day for ten years. */
export const COMPARE_KEYS_MAX = 4_096;
/** Milliseconds by which the clocks of two machines may differ: what is nearer to the end of a log may lie behind it. As much as signatures
 *  are given. */
export const COMPARE_SLACK_MS = 30_000;
/** Milliseconds after which a ledger that could not write is tried again. */
export const LEDGER_RETRY_MS = 1_000;
/** Policies of this process whose secrets are remembered: an exchange rarely outlives one reload. */
export const POLICIES_KEPT_MAX = 64;
