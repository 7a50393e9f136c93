// What is decided: two policies with 64 inputs each, and the same written by hand in JavaScript, with and without a look at the input.

export interface Input {
  readonly [field: string]: string | number;
}

/** What code by hand answers: as much as a verdict of ours. `rules`: a bit for each that decided; -1: the input does not fit. */
export interface ByHand {
  readonly decision: "allow" | "deny";
  readonly rules: number;
}

export interface Workload {
  /** Of its texts in each language. */
  readonly name: "documents" | "egress";
  /** Where its inputs come from. */
  readonly source: string;
  /** Whether the goals are for these inputs: they were set on texts made from bytes. */
  readonly goals: boolean;
  readonly rules: number;
  readonly inputs: readonly Input[];
  /** Decides, trusting the input. */
  readonly byHand: (input: never) => ByHand;
  /** Yes or no, as the other engines say it: no further than the answer is sure. */
  readonly yesByHand: (input: never) => boolean;
  /** The first, looking whether the input has the fields it must have, within limits. */
  readonly byHandChecked: (input: unknown) => ByHand;
}

/** Inputs as they come from a socket: texts of their own, made from bytes. The host compares each of them unit by unit. */
export const fresh = (inputs: readonly Input[]): readonly Input[] =>
  inputs.map((input) =>
    Object.fromEntries(
      Object.entries(input).map(([name, value]) => [
        name,
        typeof value === "string" ? Buffer.from(value).toString() : value,
      ]),
    ),
  );

const at = <T>(list: readonly T[], i: number): T => list[i % list.length]!;

const answer = (allows: number, denies: number): ByHand =>
  denies !== 0
    ? { decision: "deny", rules: denies }
    : allows !== 0
      ? { decision: "allow", rules: allows }
      : { decision: "deny", rules: 0 };

const MISFIT: ByHand = { decision: "deny", rules: -1 };
const UNITS_MAX = 5_461;
const isText = (value: unknown): value is string =>
  typeof value === "string" &&
  value.length <= UNITS_MAX &&
  (value as unknown as { isWellFormed(): boolean }).isWellFormed();

interface Document {
  readonly role: string;
  readonly action: string;
  readonly user: string;
  readonly owner: string;
  readonly level: number;
  readonly state: string;
}

function documentByHand({ role, action, user, owner, level, state }: Document): ByHand {
  let allows = 0;
  let denies = 0;
  if (role === "admin") allows |= 1;
  if (role === "editor" && (action === "read" || action === "write")) allows |= 2;
  if (user === owner && action !== "delete") allows |= 4;
  if (action === "read" && level <= 2) allows |= 8;
  if (state === "frozen" && (action === "write" || action === "delete")) denies |= 16;
  return answer(allows, denies);
}

const documentAllowed = ({ role, action, user, owner, level, state }: Document): boolean =>
  (role === "admin" ||
    (role === "editor" && (action === "read" || action === "write")) ||
    (user === owner && action !== "delete") ||
    (action === "read" && level <= 2)) &&
  !(state === "frozen" && (action === "write" || action === "delete"));

function documentChecked(input: unknown): ByHand {
  if (typeof input !== "object" || input === null) return MISFIT;
  const document = input as Document;
  const { role, action, user, owner, level, state } = document;
  if (!isText(role) || !isText(action) || !isText(user) || !isText(owner)) return MISFIT;
  if (!Number.isSafeInteger(level) || !isText(state)) return MISFIT;
  return documentByHand(document);
}

interface Request {
  readonly method: string;
  readonly host: string;
  readonly path: string;
  readonly port: number;
  readonly body: number;
  readonly hour: number;
}

function requestByHand({ method, host, path, port, body, hour }: Request): ByHand {
  let allows = 0;
  let denies = 0;
  if (method === "GET" && (host === "api.example.com" || host === "api2.example.com") && path.startsWith("/v1/"))
    allows |= 1;
  if (method === "POST" && host === "api.example.com" && path.startsWith("/v1/charges") && body <= 65536) allows |= 2;
  if (method === "POST" && host === "api.example.com" && path.startsWith("/v1/refunds") && hour >= 8 && hour < 18)
    allows |= 4;
  if (method === "GET" && host.endsWith(".git.example.org")) allows |= 8;
  if (method === "GET" && (host === "registry.example.net" || host === "mirror.example.net")) allows |= 16;
  if (method === "PUT" && host === "metrics.internal" && port === 9091) allows |= 32;
  if ((method === "GET" || method === "POST") && host === "search.example.com" && path.startsWith("/q")) allows |= 64;
  if ((method === "GET" || method === "PUT") && host.endsWith(".storage.example.com") && body <= 10485760)
    allows |= 128;
  if (port === 80) denies |= 256;
  if (path.startsWith("/admin")) denies |= 512;
  if (host.endsWith(".evil.test") || host.endsWith(".tracker.test")) denies |= 1024;
  if ((method === "POST" || method === "PUT") && hour < 6 && body > 1000000) denies |= 2048;
  return answer(allows, denies);
}

function requestAllowed({ method, host, path, port, body, hour }: Request): boolean {
  if (port === 80 || path.startsWith("/admin")) return false;
  if (host.endsWith(".evil.test") || host.endsWith(".tracker.test")) return false;
  if ((method === "POST" || method === "PUT") && hour < 6 && body > 1000000) return false;
  if (method === "GET") {
    if ((host === "api.example.com" || host === "api2.example.com") && path.startsWith("/v1/")) return true;
    if (host.endsWith(".git.example.org")) return true;
    if (host === "registry.example.net" || host === "mirror.example.net") return true;
  }
  if (method === "POST" && host === "api.example.com") {
    if (path.startsWith("/v1/charges") && body <= 65536) return true;
    if (path.startsWith("/v1/refunds") && hour >= 8 && hour < 18) return true;
  }
  if (method === "PUT" && host === "metrics.internal" && port === 9091) return true;
  if ((method === "GET" || method === "POST") && host === "search.example.com" && path.startsWith("/q")) return true;
  return (method === "GET" || method === "PUT") && host.endsWith(".storage.example.com") && body <= 10485760;
}

function requestChecked(input: unknown): ByHand {
  if (typeof input !== "object" || input === null) return MISFIT;
  const request = input as Request;
  const { method, host, path, port, body, hour } = request;
  if (!isText(method) || !isText(host) || !isText(path)) return MISFIT;
  if (!Number.isSafeInteger(port) || !Number.isSafeInteger(body) || !Number.isSafeInteger(hour)) return MISFIT;
  return requestByHand(request);
}

const DOCUMENTS = Array.from({ length: 64 }, (_, i) => ({
  role: at(["guest", "editor", "viewer", "admin", "viewer"], i),
  action: at(["read", "write", "delete"], i * 7 + (i >> 3)),
  user: `user${i % 6}`,
  owner: `user${(i * 5) % 7}`,
  level: i % 5,
  state: at(["draft", "frozen", "open"], i >> 1),
}));
const documents = {
  name: "documents",
  rules: 5,
  byHand: documentByHand,
  yesByHand: documentAllowed,
  byHandChecked: documentChecked,
} as const;

export const WORKLOADS: readonly Workload[] = [
  // As `JSON.parse` gives a question to a program that calls the library: the host keeps short texts once, and mostly compares them at a glance.
  // Our own reader of JSON, behind `writ decide`, makes texts of the other kind.
  {
    ...documents,
    source: "from JSON",
    goals: false,
    inputs: JSON.parse(JSON.stringify(DOCUMENTS)) as readonly Input[],
  },
  { ...documents, source: "from bytes", goals: true, inputs: fresh(DOCUMENTS) },
  {
    name: "egress",
    source: "from bytes",
    goals: true,
    rules: 12,
    inputs: fresh(
      Array.from({ length: 64 }, (_, i) => ({
        method: at(["GET", "POST", "PUT"], i * 5 + (i >> 2)),
        host: at(
          [
            "api.example.com",
            "api2.example.com",
            "a.git.example.org",
            "registry.example.net",
            "metrics.internal",
            "search.example.com",
            "eu.storage.example.com",
            "x.tracker.test",
            "unknown.example",
          ],
          i,
        ),
        path: at(["/v1/charges/17", "/v1/refunds/4", "/q?w=lamp", "/admin/users", "/v1/items", "/"], i * 3 + (i >> 4)),
        port: at([443, 443, 9091, 443, 80], i >> 1),
        body: (i * i * 40_961) % 20_000_000,
        hour: (i * 7) % 24,
      })),
    ),
    byHand: requestByHand,
    yesByHand: requestAllowed,
    byHandChecked: requestChecked,
  },
];
