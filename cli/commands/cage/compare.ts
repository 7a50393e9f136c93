// `writ cage compare`: the logs of two cages, one at each end, held against each other exchange by exchange.
import type { Command } from "commander";
import { Comparison } from "../../../cage/compare/compare.ts";
import {
  type Finding,
  type Named,
  NOT_COMPARABLE,
  type NotComparable,
  overlap,
  type Report,
  type Side,
} from "../../../cage/compare/report.ts";
import { type Broken, type Compared, readCompared } from "../../cage/compared.ts";
import { cageSentences, DEFAULT_CAGE_LEDGER } from "../../cage/ledger.ts";
import { printJson } from "../../document.ts";
import { EXIT, type ExitCode, UsageError } from "../../exit.ts";
import type { Io } from "../../io.ts";
import { DIFFERENCES_SHOWN_MAX } from "../../limits.ts";
import { repeated } from "../../policy.ts";
import { startProgress } from "../../progress.ts";
import { clean, counted, type Paint, paintFor, thousands } from "../../terminal.ts";
import type { Job } from "../../verbs.ts";

interface Options {
  readonly ours: string;
  readonly theirs: string;
  readonly oursKey?: string;
  readonly theirsKey?: string;
  readonly host?: readonly string[];
  readonly from?: string;
  readonly until?: string;
  readonly soleCaller?: boolean;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command
    .option("--ours <ledger>", "the log of this cage: its ledger folder, or a copy", DEFAULT_CAGE_LEDGER)
    .requiredOption("--theirs <ledger>", "that of the other: a copy of its folder, or a folder of records and proofs")
    .option("--ours-key <key>", "the verifier key of ours, or a file with it (default: node.key in the folder)")
    .option("--theirs-key <key>", "the verifier key of theirs, or a file with it")
    .option("--host <host>", "compare exchanges of this host; may be repeated (default: those that came in)", repeated)
    .option("--from <instant>", "both logs hold all from here on (default: where both begin, and 30 s)")
    .option("--until <instant>", "both logs hold all up to here (default: where one ends, less 30 s)")
    .option("--sole-caller", "nobody else calls there: what came in without a name came from the other cage")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ cage compare --theirs their-cage --theirs-key their.vkey
  writ cage compare --theirs their-cage --theirs-key their.vkey --host orders.example --from 2026-03-01T00:00:00Z
  writ cage compare --ours client --ours-key client.vkey --theirs server --theirs-key server.vkey --json

Both are verified first, each against its key. Exchanges are matched by the record that the other cage named in its answer, by the
one that the caller's cage named in the request (\`--peer\`), or by the nonce of a signature; never by guess. What cannot be matched so
is counted, with the reason. Compared are method, target, body of the request, decision, status and body of the answer.
Exit code: 0 all that can be compared is equal, 1 something differs or only one has it, 2 nothing could be compared.`,
    )
    .action((options: Options) => run((io) => cageSentences(() => compare(io, options))));
}

type Whose = "ours" | "theirs";
const OTHER = { ours: "theirs", theirs: "ours" } as const;

/** What one of the two sent to the other. */
interface Flow {
  readonly caller: Whose;
  readonly hosts: ReadonlySet<string>;
  readonly report: Report;
}

async function compare(io: Io, options: Options): Promise<ExitCode> {
  // By who called.
  const flows = { ours: new Comparison(), theirs: new Comparison() };
  const progress = startProgress(io);
  try {
    const read = (whose: Whose): Promise<Compared | Broken> =>
      readCompared(io, {
        folder: options[whose],
        key: whose === "ours" ? options.oursKey : options.theirsKey,
        keyOption: `--${whose}-key`,
        take: (row) => flows[row.role === "client" ? whose : OTHER[whose]].add(row),
        progress: (done, of) => progress.at(`${whose}: ${thousands(done)} of ${thousands(of)} records`),
      });
    const from = instantOf(options.from, "from");
    const until = instantOf(options.until, "until");
    const ours = await read("ours");
    if ("code" in ours) return broken(io, "ours", ours, options);
    const theirs = await read("theirs");
    if ("code" in theirs) return broken(io, "theirs", theirs, options);
    if (ours.origin === theirs.origin && ours.root === theirs.root)
      throw new UsageError("both are the same log", "name that of the other cage with --theirs");
    const covered = overlap(ours, theirs);
    const scope = {
      from: from ?? covered.from,
      until: until ?? covered.until,
      within: (from ?? until) !== null,
      soleCaller: options.soleCaller === true,
    };
    progress.at("comparing");
    const parts = { ours: ours.part, theirs: theirs.part };
    const done = (["ours", "theirs"] as const)
      .map((caller): Flow => {
        const hosts = options.host === undefined ? new Set(flows[caller].served) : new Set(options.host.map(small));
        const report = flows[caller].report({ ...scope, hosts, parts: sidesOf(caller, parts) });
        return { caller, hosts, report };
      })
      .filter(({ report }) => isAny(report));
    progress.done();
    const ok = done.every(({ report }) => isEqual(report));
    const any = done.some(({ report }) => report.equal + report.differs > 0 || !isEqual(report));
    if (options.json) printJson(io, jsonOf({ ok: ok && any, ours, theirs, scope, done }));
    else show(io, { any, ours, theirs, scope, done });
    return !any ? EXIT.trouble : ok ? EXIT.ok : EXIT.no;
  } finally {
    progress.done();
    for (const each of Object.values(flows)) each.close();
  }
}

const small = (text: string): string => text.toLowerCase();

function instantOf(text: string | undefined, option: string): number | null {
  if (text === undefined) return null;
  const at = /^\d{4}-\d\d-\d\d(T\d\d:\d\d(:\d\d(\.\d{1,3})?)?Z)?$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(at))
    throw new UsageError(`--${option} \`${clean(text)}\` is no instant`, "write such as 2026-03-01T09:00:00Z");
  return at;
}

function sidesOf(caller: Whose, parts: Readonly<Record<Whose, boolean>>): ReadonlySet<Side> {
  const sides = new Set<Side>();
  if (parts[caller]) sides.add("client");
  if (parts[OTHER[caller]]) sides.add("server");
  return sides;
}

const isEqual = ({ differs, twice, onlyClient, onlyServer }: Report): boolean =>
  differs + twice + onlyClient + onlyServer === 0;
const isAny = (report: Report): boolean =>
  report.equal > 0 || !isEqual(report) || Object.values(report.notComparable).some((count) => count > 0);

function broken(io: Io, whose: Whose, { code, message, help }: Broken, { json }: Options): ExitCode {
  if (json) printJson(io, { ok: false, problem: { in: whose, code, message } });
  else io.out(`${paintFor(io).bad(code)}  ${whose}: ${clean(message)}\n${clean(help)}\nnothing was compared\n`);
  return EXIT.no;
}

interface Outcome {
  readonly ours: Compared;
  readonly theirs: Compared;
  readonly scope: { readonly from: number; readonly until: number };
  readonly done: readonly Flow[];
}

const timeOf = (ms: number): string => new Date(ms).toISOString();

// ── For programs ──────────────────────────────────────────────────────────────────────────────────────────────────────

function jsonOf({ ok, ours, theirs, scope, done }: Outcome & { readonly ok: boolean }): object {
  return {
    ok,
    ours: logJson(ours),
    theirs: logJson(theirs),
    from: scope.from <= scope.until ? timeOf(scope.from) : null,
    until: scope.from <= scope.until ? timeOf(scope.until) : null,
    flows: done.map(({ caller, hosts, report }) => {
      const { findings, onlyClient, onlyServer, ...counts } = report;
      const only = caller === "ours" ? [onlyClient, onlyServer] : [onlyServer, onlyClient];
      return {
        caller,
        hosts: [...hosts].sort(),
        ...counts,
        onlyOurs: only[0],
        onlyTheirs: only[1],
        findings: findings.map((each) => findingJson(each, caller)),
      };
    }),
  };
}

const logJson = ({ origin, size, read, root, part, first, last }: Compared): object => ({
  ...{ origin, size, read, root, part },
  ...(last === 0 ? {} : { first: timeOf(first), last: timeOf(last) }),
});

const whoseIs = (side: Side, caller: Whose): Whose => (side === "client" ? caller : OTHER[caller]);

function findingJson(finding: Finding, caller: Whose): object {
  const [client, server] = [caller, OTHER[caller]];
  switch (finding.kind) {
    case "differs":
      return {
        kind: finding.kind,
        [client]: finding.client,
        [server]: finding.server,
        differences: finding.differences.map((each) => ({
          part: each.part,
          [client]: each.client,
          [server]: each.server,
        })),
      };
    case "twice":
      return { kind: finding.kind, in: whoseIs(finding.side, caller), records: [finding.one, finding.other] };
    case "only":
      return { kind: finding.kind, in: whoseIs(finding.side, caller), record: finding.one, why: finding.why };
  }
}

// ── For people ────────────────────────────────────────────────────────────────────────────────────────────────────────

function show(io: Io, { any, ours, theirs, scope, done }: Outcome & { readonly any: boolean }): void {
  const paint = paintFor(io);
  for (const [name, log] of [
    ["ours  ", ours],
    ["theirs", theirs],
  ] as const) {
    const read = log.part
      ? `${thousands(log.read)} of its ${counted(log.size, "record")}`
      : counted(log.size, "record");
    io.out(`${name}  ${clean(log.origin)}: ${read}, verified to the signed root ${log.root}\n`);
  }
  io.out(
    scope.from <= scope.until
      ? paint.dim(`what lies between ${timeOf(scope.from)} and ${timeOf(scope.until)} must be in both\n`)
      : paint.dim("the time that both cover is too short to tell what is missing (--from, --until)\n"),
  );
  for (const flow of done) showFlow(io, flow, paint);
  if (done.length === 0) {
    io.out(`\n${paint.warn("nothing")}  neither log holds a request that went from one to the other\n`);
    io.out("name the hosts that stand behind the other cage with --host\n");
  } else if (!any) {
    io.out(`\n${paint.warn("nothing")}  no exchange could be compared: neither side names a record of the other\n`);
    io.out("the answer of a cage names its record; a request does with --peer\n");
  }
}

function showFlow(io: Io, { caller, hosts, report }: Flow, paint: Paint): void {
  const called = OTHER[caller];
  const { equal, equalInPart, by, differs, twice, onlyClient, onlyServer, findings } = report;
  const names = [...hosts].sort();
  const shown = names.slice(0, 3).map(clean).join(", ");
  const more = names.length > 3 ? ` and ${thousands(names.length - 3)} more` : "";
  io.out(`\n${paint.strong(`requests of ${caller} to ${called}`)}${shown === "" ? "" : ` (${shown}${more})`}\n`);
  for (const finding of findings.slice(0, DIFFERENCES_SHOWN_MAX)) io.out(linesOf(finding, caller, paint));
  if (findings.length > DIFFERENCES_SHOWN_MAX)
    io.out(`    … and ${thousands(findings.length - DIFFERENCES_SHOWN_MAX)} more, all with --json\n`);
  const line = (mark: string, count: number, what: string): void => {
    if (count > 0) io.out(`${mark}  ${what}\n`);
  };
  line(paint.good("ok"), equal, `${counted(equal, "exchange is", "exchanges are")} equal in both`);
  line("  ", equalInPart, `${thousands(equalInPart)} of them in part: the rest is known to one of the two only`);
  const pairs = [
    [by.answer, "by the record the answer named"],
    [by.request, "by the one the request named"],
    [by.nonce, "by the nonce of a signature"],
  ] as const;
  const matched = pairs.filter(([count]) => count > 0).map(([count, how]) => `${thousands(count)} ${how}`);
  line("  ", matched.length, `matched: ${matched.join(", ")}`);
  line(paint.bad("differs"), differs, `${counted(differs, "exchange")} said in two ways`);
  line(paint.bad("twice"), twice, `${counted(twice, "record")} beside the one there should be`);
  const [own, other] = caller === "ours" ? [onlyClient, onlyServer] : [onlyServer, onlyClient];
  line(paint.bad("only ours"), own, counted(own, "exchange"));
  line(paint.bad("only theirs"), other, counted(other, "exchange"));
  for (const [reason, count] of Object.entries(report.notComparable))
    line(paint.warn("not compared"), count, `${thousands(count)} ${NOT_COMPARABLE[reason as NotComparable]}`);
}

function linesOf(finding: Finding, caller: Whose, paint: Paint): string {
  const place = (side: Side, { index, exchange }: Named): string =>
    `record ${index} of ${whoseIs(side, caller)} (${clean(exchange)})`;
  switch (finding.kind) {
    case "differs": {
      const { client, server, differences } = finding;
      const head = `${paint.bad("differs")}  ${clean(client.what)}: ${place("client", client)}, ${place("server", server)}\n`;
      const rows = differences.map(({ part, ...said }) => {
        const [ours, theirs] = caller === "ours" ? [said.client, said.server] : [said.server, said.client];
        return `    ${part.padEnd(8)}  ours    ${clean(ours)}\n    ${" ".repeat(8)}  theirs  ${clean(theirs)}\n`;
      });
      return head + rows.join("");
    }
    case "twice": {
      const { side, one, other } = finding;
      const of = whoseIs(side === "client" ? "server" : "client", caller);
      return `${paint.bad("twice")}  ${clean(other.what)}: ${place(side, one)} and ${place(side, other)} are of one of ${of}\n`;
    }
    case "only": {
      const { side, one, why } = finding;
      return `${paint.bad(`only ${whoseIs(side, caller)}`)}  ${clean(one.what)} at ${timeOf(one.at)}: ${place(side, one)}\n    ${clean(why)}\n`;
    }
  }
}
