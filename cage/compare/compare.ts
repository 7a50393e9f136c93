// Two logs held against each other: what one cage sent, and what the other one received. Records are matched by the names that the cages gave
// each other, or by the nonce of a signature, which is used once; never by guess. docs/design/0027 says what follows from a name that is missing.
import { COMPARE_FINDINGS_KEPT, COMPARE_KEYS_MAX, COMPARE_PARTS, COMPARE_SLACK_MS } from "../limits.ts";
import type { PlainRecord } from "../point.ts";
import { type Content, isMasked, type Row } from "./rows.ts";
import { Shelf } from "./shelf.ts";

/** What of an exchange is compared. */
export type Part = "record" | "method" | "target" | "request" | "decision" | "status" | "answer";

export interface Difference {
  readonly part: Part;
  readonly client: string;
  readonly server: string;
}

export interface Named {
  readonly index: number;
  readonly leaf: string;
  readonly exchange: string;
  readonly at: number;
  /** Method and target, for people. */
  readonly what: string;
}
export type Side = "client" | "server";

export type Finding =
  /** Both have it, and say different things. */
  | {
      readonly kind: "differs";
      readonly client: Named;
      readonly server: Named;
      readonly differences: readonly Difference[];
    }
  /** Two records of one side stand for one of the other. */
  | { readonly kind: "twice"; readonly side: Side; readonly one: Named; readonly other: Named }
  /** One has it, and what it holds shows that the other must have it. */
  | { readonly kind: "only"; readonly side: Side; readonly one: Named; readonly why: string };

/** Why a record has nothing to be held against. */
export const NOT_COMPARABLE = {
  "outside-time": "outside of the time that both logs cover",
  "no-answer": "sent, and no answer came: whether it arrived is not known",
  "not-named": "answered by something that named no record",
  "no-receipt": "answered by a cage that wrote no record of its own, as in a flood",
  "other-callers": "of callers that nothing shows to be the other cage",
  "not-in-part": "not in the part of the other log that was given",
} as const;
export type NotComparable = keyof typeof NOT_COMPARABLE;

export interface Report {
  readonly equal: number;
  /** Of them: something of it is not known to one of the two. */
  readonly equalInPart: number;
  /** How pairs were found. */
  readonly by: Readonly<Record<"answer" | "request" | "nonce", number>>;
  readonly differs: number;
  readonly twice: number;
  readonly onlyClient: number;
  readonly onlyServer: number;
  readonly notComparable: Readonly<Record<NotComparable, number>>;
  /** Of the client, to hosts that are not compared. */
  readonly elsewhere: number;
  /** The first ones. */
  readonly findings: readonly Finding[];
}

export interface Scope {
  /** Hosts of the server. */
  readonly hosts: ReadonlySet<string>;
  /** Milliseconds: what lies between must be in both. */
  readonly from: number;
  readonly until: number;
  /** Nothing else is asked about: pairs outside of that time are not compared, either. */
  readonly within: boolean;
  /** Nobody else calls the server: what it has came from the client. */
  readonly soleCaller: boolean;
  /** Sides of which a part of the log is given: what is not in it may be in the log. */
  readonly parts: ReadonlySet<Side>;
}

/** Where both logs have records, less what clocks may differ by. */
export const overlap = (a: Covered, b: Covered): Pick<Scope, "from" | "until"> => ({
  from: Math.max(a.first, b.first) + COMPARE_SLACK_MS,
  until: Math.min(a.last, b.last) - COMPARE_SLACK_MS,
});
interface Covered {
  readonly first: number;
  readonly last: number;
}

/** A row of the client, and that of the server which its answer named. */
interface Matched {
  readonly row: Row;
  readonly pair: Row | null;
}

const bytesOf = ({ bytes }: Row): number => bytes;

/** One flow: rows are put in, and compared once. */
export class Comparison {
  readonly #most: number | undefined;
  readonly #clients: Shelf<Row>;
  readonly #servers: Shelf<Row>;
  readonly #known = { keys: new Set<string>(), runs: new Set<string>() };
  /** Hosts that the server answers for. */
  readonly served = new Set<string>();

  /** `most`: bytes of each kind of rows that are held in memory. */
  constructor(most?: number) {
    this.#most = most;
    this.#clients = new Shelf(bytesOf, most);
    this.#servers = new Shelf(bytesOf, most);
  }

  add(row: Row): void {
    if (row.role === "server") {
      if (row.host !== null) note(this.served, row.host);
      this.#servers.put(row.leaf, row);
      return;
    }
    if (row.key !== null) note(this.#known.keys, row.key);
    note(this.#known.runs, runOf(row.exchange));
    this.#clients.put(row.peer?.receipt ?? row.leaf, row);
  }

  report(scope: Scope): Report {
    const tally = new Tally(scope, this.#known);
    const clients = new Shelf<Matched>(
      ({ row, pair }) => bytesOf(row) + (pair === null ? 0 : bytesOf(pair)),
      this.#most,
    );
    const servers = new Shelf<Row>(bytesOf, this.#most);
    const left = { clients: new Shelf<Row>(bytesOf, this.#most), servers: new Shelf<Row>(bytesOf, this.#most) };
    try {
      for (let part = 0; part < COMPARE_PARTS; part++) this.#byAnswer(part, tally, clients, servers);
      for (let part = 0; part < COMPARE_PARTS; part++) byRequest(clients.part(part), servers.part(part), tally, left);
      for (let part = 0; part < COMPARE_PARTS; part++) byNonce(left.clients.part(part), left.servers.part(part), tally);
      return tally.report();
    } finally {
      for (const each of [clients, servers, left.clients, left.servers]) each.close();
      this.close();
    }
  }

  /** What the answer named. */
  #byAnswer(part: number, tally: Tally, clients: Shelf<Matched>, servers: Shelf<Row>): void {
    const byLeaf = new Map(this.#servers.part(part).map((row) => [row.leaf, row]));
    const found = new Map<string, Row>();
    for (const row of this.#clients.part(part)) {
      const pair = row.peer?.receipt == null ? null : (byLeaf.get(row.peer.receipt) ?? null);
      const before = pair === null ? undefined : found.get(pair.leaf);
      if (before !== undefined) {
        tally.twice("client", before, row);
        continue;
      }
      clients.put(row.leaf, { row, pair });
      if (pair === null) continue;
      found.set(pair.leaf, row);
      tally.pair("answer", row, pair);
    }
    for (const row of byLeaf.values()) if (!found.has(row.leaf)) servers.put(row.peer?.receipt ?? row.leaf, row);
  }

  close(): void {
    this.#clients.close();
    this.#servers.close();
  }
}

/** What the request named. */
function byRequest(
  clients: readonly Matched[],
  servers: readonly Row[],
  tally: Tally,
  left: { readonly clients: Shelf<Row>; readonly servers: Shelf<Row> },
): void {
  const claims = grouped(servers, (row) => row.peer?.receipt ?? row.leaf);
  for (const { row, pair } of clients) {
    const all = claims.get(row.leaf) ?? [];
    claims.delete(row.leaf);
    const one = pair ?? all[0];
    if (one === undefined) left.clients.put(nonceOf(row), row);
    else if (pair === null) tally.pair("request", row, one);
    for (const each of all) if (each !== one) tally.twice("server", one!, each);
  }
  for (const rows of claims.values()) for (const row of rows) left.servers.put(nonceOf(row), row);
}

/** What only one request can have been signed with. */
function byNonce(clients: readonly Row[], servers: readonly Row[], tally: Tally): void {
  const signed = grouped(servers, nonceOf);
  for (const row of clients) {
    const all = row.nonce === null ? [] : (signed.get(nonceOf(row)) ?? []);
    const [one, ...more] = all;
    if (one === undefined) tally.clientAlone(row);
    else {
      signed.delete(nonceOf(row));
      tally.pair("nonce", row, one);
      for (const each of more) tally.twice("server", one, each);
    }
  }
  for (const rows of signed.values()) for (const row of rows) tally.serverAlone(row);
}

/** Without a nonce a row is alone. */
const nonceOf = ({ key, nonce, leaf }: Row): string => (nonce === null ? leaf : `${key} ${nonce}`);

/** Ids of exchanges begin with what one run of a cage has chosen by chance. */
const runOf = (exchange: string): string => exchange.split("-")[0]!;

function note(set: Set<string>, text: string): void {
  if (set.size < COMPARE_KEYS_MAX) set.add(text);
}

function grouped(rows: readonly Row[], keyOf: (row: Row) => string): Map<string, Row[]> {
  const out = new Map<string, Row[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = out.get(key);
    if (group === undefined) out.set(key, [row]);
    else group.push(row);
  }
  return out;
}

// ── What is counted ───────────────────────────────────────────────────────────────────────────────────────────────────

/** Of the client: keys that it signs with, and its runs. */
interface Known {
  readonly keys: ReadonlySet<string>;
  readonly runs: ReadonlySet<string>;
}

class Tally {
  readonly #scope: Scope;
  readonly #known: Known;
  readonly #by = { answer: 0, request: 0, nonce: 0 };
  readonly #counts = { equal: 0, equalInPart: 0, differs: 0, twice: 0, onlyClient: 0, onlyServer: 0, elsewhere: 0 };
  readonly #not: Record<NotComparable, number> = {
    "outside-time": 0,
    "no-answer": 0,
    "not-named": 0,
    "no-receipt": 0,
    "other-callers": 0,
    "not-in-part": 0,
  };
  readonly #findings: Finding[] = [];

  constructor(scope: Scope, known: Known) {
    this.#scope = scope;
    this.#known = known;
  }

  #keep(finding: Finding): void {
    if (this.#findings.length < COMPARE_FINDINGS_KEPT) this.#findings.push(finding);
  }

  pair(by: keyof Report["by"], client: Row, server: Row): void {
    if (this.#isLeftOut(client, server)) return;
    this.#by[by]++;
    const { differences, whole } = differencesOf(client, server);
    if (differences.length > 0) {
      this.#counts.differs++;
      this.#keep({ kind: "differs", client: named(client), server: named(server), differences });
      return;
    }
    this.#counts.equal++;
    if (!whole) this.#counts.equalInPart++;
  }

  /** Another host, or another time, than was asked about. */
  #isLeftOut(one: Row, other: Row): boolean {
    const { hosts, from, until, within } = this.#scope;
    if (![one, other].some(({ host }) => host !== null && hosts.has(host))) this.#counts.elsewhere++;
    else if (within && (one.at < from || one.until > until)) this.#not["outside-time"]++;
    else return false;
    return true;
  }

  twice(side: Side, one: Row, other: Row): void {
    if (this.#isLeftOut(one, other)) return;
    this.#counts.twice++;
    this.#keep({ kind: "twice", side, one: named(one), other: named(other) });
  }

  clientAlone(row: Row): void {
    if (row.host !== null && !this.#scope.hosts.has(row.host)) this.#counts.elsewhere++;
    else if (row.peer === null) this.#not[row.status === null ? "no-answer" : "not-named"]++;
    else if (row.peer.receipt === null) this.#not["no-receipt"]++;
    else this.#only("client", row, `its answer named record ${row.peer.receipt.slice(0, 12)}… of the other log`);
  }

  serverAlone(row: Row): void {
    const why = this.#whyOfTheClient(row);
    if (why === null || (row.host !== null && !this.#scope.hosts.has(row.host))) this.#not["other-callers"]++;
    else this.#only("server", row, why);
  }

  /** Null: anybody may have sent it. */
  #whyOfTheClient({ key, peer }: Row): string | null {
    if (peer !== null && this.#known.runs.has(runOf(peer.exchange)))
      return `it came as exchange ${peer.exchange} of the other cage`;
    if (key !== null && this.#known.keys.has(key)) return "it was signed with a key of the other cage";
    return this.#scope.soleCaller ? "nobody else calls there" : null;
  }

  #only(side: Side, row: Row, why: string): void {
    const { from, until, parts } = this.#scope;
    if (parts.has(side === "client" ? "server" : "client")) return void this.#not["not-in-part"]++;
    if (row.at < from || row.until > until) return void this.#not["outside-time"]++;
    if (side === "client") this.#counts.onlyClient++;
    else this.#counts.onlyServer++;
    this.#keep({ kind: "only", side, one: named(row), why });
  }

  report(): Report {
    return { ...this.#counts, by: this.#by, notComparable: this.#not, findings: this.#findings };
  }
}

// ── One pair ──────────────────────────────────────────────────────────────────────────────────────────────────────────

/** `whole`: all of it is known to both. */
function differencesOf(
  client: Row,
  server: Row,
): { readonly differences: readonly Difference[]; readonly whole: boolean } {
  const differences: Difference[] = [];
  let whole = true;
  const hold = (part: Part, a: string | null, b: string | null, same = a === b): void => {
    if (a === null || b === null) whole = false;
    else if (!same) differences.push({ part, client: a, server: b });
  };
  // What one of them named must be the other one. What was not named is no difference.
  const told = client.peer;
  if (told !== null && told.receipt !== null)
    hold("record", `${told.exchange} ${told.receipt}`, `${server.exchange} ${server.leaf}`);
  const { peer } = server;
  if (peer !== null && peer.receipt !== null)
    hold("record", `${client.exchange} ${client.leaf}`, `${peer.exchange} ${peer.receipt}`);
  hold("method", client.method, server.method);
  const [a, b] = targets(client, server);
  hold("target", a, b);
  const sent = contents(client.sent, server.sent);
  hold("request", sent.client, sent.server);
  hold("decision", saidOf(client), saidOf(server), isSaid(client, server));
  hold("status", textOr(client.status), textOr(server.status));
  const answer = contents(client.answer, server.answer);
  hold("answer", answer.client, answer.server);
  return { differences, whole: whole && !hasMask(client) && !hasMask(server) };
}

const textOr = (value: number | null): string | null => (value === null ? null : String(value));
const saidOf = ({ decision, reason }: Row): string | null =>
  decision === null ? null : reason === null ? decision : `${decision} ${reason}`;

/** An answer that was begun with `allow` may have ended otherwise. */
const isSaid = (client: Row, server: Row): boolean =>
  saidOf(client) === saidOf(server) || (client.decision === "allow" && server.let);

const hasMask = ({ query }: Row): boolean => query !== null && Object.values(query).some(isMasked);

/** Null where a part is not known to one of them. Values that one of them has masked are left out of both. */
function targets(a: Row, b: Row): readonly [string | null, string | null] {
  const hidden = new Set(
    [a, b].flatMap(({ query }) =>
      Object.entries(query ?? {}).flatMap(([name, value]) => (isMasked(value) ? name : [])),
    ),
  );
  const of = ({ host, path, query }: Row): string | null =>
    host === null || path === null || query === null ? null : `${host}${path}${queryText(query, hidden)}`;
  return [of(a), of(b)];
}

function queryText(query: PlainRecord, hidden: ReadonlySet<string>): string {
  const names = Object.keys(query).sort();
  const parts = names.map((name) => `${name}=${hidden.has(name) ? "•••" : String(query[name])}`);
  return parts.length === 0 ? "" : `?${parts.join("&")}`;
}

/** As texts that are equal where what both know is. */
function contents(
  a: Content | null,
  b: Content | null,
): { readonly client: string | null; readonly server: string | null } {
  if (a === null || b === null) return { client: null, server: null };
  const size = a.size !== null && b.size !== null;
  const digest = a.digest !== null && b.digest !== null;
  // One has bytes, and the other none: then there is one digest.
  const empty = (a.size === 0) !== (b.size === 0);
  if (!size && !digest && !empty) return { client: null, server: null };
  const text = (of: Content): string =>
    of.size === 0
      ? "no body"
      : [
          ...(size && of.size !== null ? [`${of.size} bytes`] : []),
          ...((digest || empty) && of.digest !== null ? [`sha256 ${of.digest}`] : []),
        ].join(", ");
  return { client: text(a), server: text(b) };
}

function named({ index, leaf, exchange, at, method, host, path }: Row): Named {
  const what = host === null ? "a request that was refused" : `${method ?? "•••"} ${host}${path ?? "•••"}`;
  return { index, leaf, exchange, at, what };
}
