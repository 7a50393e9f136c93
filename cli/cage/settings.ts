// What can be set of a cage, as one table: the flags of `writ cage` and the keys of its configuration file are made from it.

export type Kind = "text" | "path" | "switch" | "texts" | "files" | "names" | "places" | "limits";

export interface Setting {
  readonly name: string;
  readonly kind: Kind;
  /** What stands in help for the value. */
  readonly value?: string;
  readonly about: string;
}

export const SETTINGS = [
  { name: "policy", kind: "path", value: "file", about: "the policy: a source, a folder of CUE, or a built module" },
  { name: "bundle", kind: "path", value: "file", about: "take the policy and its data from a signed bundle" },
  { name: "trust", kind: "texts", value: "did", about: "a key that may sign bundles; may be repeated" },
  { name: "seen", kind: "path", value: "file", about: "where the newest accepted bundle is kept" },
  { name: "data", kind: "names", value: "name=file", about: "a data document of the policy; may be repeated" },
  { name: "ledger", kind: "path", value: "folder", about: "where records are kept (default: .writ/cage)" },
  { name: "origin", kind: "text", value: "name", about: "name of the ledger (default: localhost/cage)" },
  {
    name: "accept-clock",
    kind: "text",
    value: "date",
    about: "the clock is right though records are later; today's date, so that it counts once",
  },
  { name: "durable", kind: "switch", about: "wait for the disk before a request is sent" },
  {
    name: "egress",
    kind: "places",
    value: "place",
    about: "listen here for requests of applications; may be repeated (default: 127.0.0.1:7440)",
  },
  {
    name: "ingress",
    kind: "places",
    value: "place",
    about: "listen here for requests from outside, https://0.0.0.0:8443 with TLS; may be repeated",
  },
  {
    name: "certificate",
    kind: "files",
    value: "file",
    about: "the chain of an ingress with TLS in PEM; may be repeated, the name asked for chooses",
  },
  {
    name: "certificate-key",
    kind: "files",
    value: "file",
    about: "its key, when it is not in the same file; as often as --certificate",
  },
  {
    name: "clients",
    kind: "path",
    value: "file",
    about:
      "authorities in PEM: callers of an ingress with TLS are asked for their certificates, `caller.id` is the subject",
  },
  {
    name: "revoked",
    kind: "files",
    value: "file",
    about: "lists of revoked certificates in PEM (CRL), one of each authority of --clients; may be repeated",
  },
  {
    name: "admin",
    kind: "text",
    value: "place",
    about: "health and metrics (default: 127.0.0.1:7442, `off` for none)",
  },
  {
    name: "upstream",
    kind: "names",
    value: "name=place",
    about: "an upstream that rules can name with `route`; may be repeated",
  },
  {
    name: "peer",
    kind: "texts",
    value: "host",
    about: "a host that stands behind a cage of its own: it is told which record a request has; may be repeated",
  },
  {
    name: "witness",
    kind: "texts",
    value: "url+key",
    about: "a witness that cosigns the ledger: its URL, `+`, and the key that it prints; may be repeated",
  },
  { name: "witness-every", kind: "text", value: "time", about: "how often it is asked (default: 1 m)" },
  {
    name: "witness-within",
    kind: "text",
    value: "time",
    about: "deny everything once the ledger was not cosigned for so long (default: never)",
  },
  {
    name: "witnesses-needed",
    kind: "text",
    value: "count",
    about: "how many must have cosigned, for --witness-within (default: 1)",
  },
  { name: "key", kind: "names", value: "name=file", about: "a key that rules can name with `sign`; may be repeated" },
  { name: "people", kind: "path", value: "file", about: "who can be asked by `step_up`" },
  {
    name: "people-at",
    kind: "text",
    value: "place",
    about: "listen here for people who approve requests (default: 127.0.0.1:7441, with --people)",
  },
  { name: "collector", kind: "text", value: "url", about: "where browsers report network errors to" },
  { name: "reports", kind: "text", value: "place", about: "listen here for these reports" },
  {
    name: "address",
    kind: "texts",
    value: "ip",
    about: "an address that browsers reach this cage by, to judge reports; may be repeated",
  },
  { name: "authority", kind: "path", value: "folder", about: "the local authority for interceptions" },
  {
    name: "hidden-names",
    kind: "switch",
    about: "let tunnels through whose TLS may hide another name (ECH), as that of browsers always may",
  },
  {
    name: "roots",
    kind: "files",
    value: "file",
    about: "certificates that are trusted beside those of the system; may be repeated",
  },
  {
    name: "require-confinement",
    kind: "names",
    value: "user=name",
    about:
      "do not start while that user has a way past the cage; pid=, launcher=, v4=, v6= as of `confine`, or file= alone",
  },
  {
    name: "access-log",
    kind: "path",
    value: "file",
    about: "one line a request in the common log format, `-` for standard output",
  },
  { name: "log-level", kind: "text", value: "level", about: "silent, error, warn, info or debug (default: info)" },
  {
    name: "watch",
    kind: "switch",
    about: "read policy and certificates again when their files change, not on SIGHUP only",
  },
  { name: "limit", kind: "limits", value: "name=value", about: "a bound, see below; may be repeated" },
] as const satisfies readonly Setting[];

export type SettingName = (typeof SETTINGS)[number]["name"];

/** What the bounds are called outside, in which unit they are read, and which one of the proxy they are. */
export const LIMIT_NAMES = {
  head: ["headMs", "time", "for a head to come"],
  idle: ["idleMs", "time", "without a byte while one is due"],
  exchange: ["exchangeMs", "time", "for a request and its answer"],
  "keep-alive": ["keepAliveMs", "time", "that an idle connection stays open"],
  drain: ["drainMs", "time", "for requests to end after SIGTERM"],
  body: ["bodyBytes", "size", "of a body that is passed on"],
  "held-body": ["heldBodyBytes", "size", "of a body that a rule reads"],
  connections: ["connections", "count", "connections of callers"],
  "peer-connections": ["peerConnections", "count", "connections of one address"],
  "connection-requests": ["connectionRequests", "count", "requests of one connection"],
  exchanges: ["exchanges", "count", "requests under way"],
  "upstream-connections": ["upstreamConnections", "count", "connections to one address of an upstream"],
  hello: ["helloMs", "time", "for the first message of TLS in a tunnel"],
  handshake: ["handshakeMs", "time", "for the handshake of TLS with a caller"],
  tunnel: ["tunnelMs", "time", "that a tunnel may last"],
  "tunnel-idle": ["tunnelIdleMs", "time", "without a byte in a tunnel"],
  "tunnel-half-closed": ["tunnelHalfClosedMs", "time", "without a byte once one side of a tunnel is done"],
  tunnels: ["tunnels", "count", "tunnels at once"],
} as const;
export type LimitName = keyof typeof LIMIT_NAMES;

/** A listener as it is written: a place, or a place with who calls there. */
export interface WrittenPlace {
  readonly at: string;
  readonly caller?: string;
  readonly scheme?: string;
}

/** Flags and file together. Names are those of the table. */
export interface Written {
  readonly texts: ReadonlyMap<SettingName, string>;
  readonly switches: ReadonlySet<SettingName>;
  readonly lists: ReadonlyMap<SettingName, readonly string[]>;
  readonly names: ReadonlyMap<SettingName, ReadonlyMap<string, string>>;
  readonly places: ReadonlyMap<SettingName, readonly WrittenPlace[]>;
}
