// What is counted of two logs, and the first findings. What stands alone counts against the other side only where something shows that it must
// have it.
import { COMPARE_FINDINGS_KEPT } from "../limits.ts";
import { differencesOf, named } from "./pair.ts";
import type { Finding, NotComparable, Report, Scope, Side } from "./report.ts";
import { type Row, runOf } from "./rows.ts";

/** Of the client: keys that it signs with, and its runs. */
interface Known {
  readonly keys: ReadonlySet<string>;
  readonly runs: ReadonlySet<string>;
}

export class Tally {
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
