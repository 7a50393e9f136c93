// Two logs held against each other: what one cage sent, and what the other one received. Records are matched by the names that the cages gave
// each other, or by the nonce of a signature, which is used once; never by guess. docs/design/0027 says what follows from a name that is missing.
import { COMPARE_KEYS_MAX, COMPARE_PARTS } from "../limits.ts";
import type { Report, Scope } from "./report.ts";
import { type Row, runOf } from "./rows.ts";
import { Shelf } from "./shelf.ts";
import { Tally } from "./tally.ts";

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
