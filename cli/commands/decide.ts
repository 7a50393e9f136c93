// `writ decide`: a policy is asked. One input, many lines, or a server; the answers may be kept in a decision log.
import { resolve } from "node:path";
import type { Command } from "commander";
import { Option } from "commander";
import { DecisionLog } from "../../policy/node.ts";
import type { Value } from "../../vm/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { decideLines } from "../decide/lines.ts";
import { decideOne } from "../decide/one.ts";
import { servePolicyFile } from "../decide/serve.ts";
import { asPolicy, compileFile, draw } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { explainAnswer } from "../explain-policy.ts";
import type { Io } from "../io.ts";
import {
  type DataOptions,
  openPolicyFile,
  policySentences,
  readDocuments,
  repeated,
  type TrustOptions,
  withData,
  withTrust,
} from "../policy.ts";
import { clean } from "../terminal.ts";
import { type TierOptions, tierOption } from "../tier.ts";
import type { Job } from "../verbs.ts";

export interface DecideOptions extends CueOptions, TierOptions, DataOptions, TrustOptions, LogOptions {
  readonly input?: string;
  readonly lines?: boolean;
  readonly allowed?: boolean;
  readonly check?: boolean;
  readonly explain?: boolean;
  readonly whyNot?: boolean;
  readonly json?: boolean;
  readonly at?: string;
  readonly serve?: boolean;
  readonly host?: string;
  readonly port?: string;
  readonly map?: readonly string[];
  readonly obligations?: string;
  readonly tokens?: string;
  readonly publicUrl?: string;
  readonly logLevel: string;
  readonly watch: boolean;
}

export interface LogOptions {
  readonly log?: string;
  readonly logInput: "whole" | "digest";
  readonly logSync?: boolean;
  readonly store?: string;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withTrust(withData(withCue(command)))
    .argument("[policy]", "a policy: a source, a folder of CUE, or a built module")
    .option("-i, --input <file>", "what is asked: JSON, or YAML by its ending; `-` (default) is standard input")
    .option("--lines", "the input is lines of JSON: one answer a line")
    .option("--allowed", "with --lines: print the lines of input that are allowed, instead of answers")
    .option("--check", "list every violation instead of deciding")
    .option("--explain", "show each rule that counts, with the values it read (of a source)")
    .option("--why-not", "the same, and the smallest change of the input that gives the other decision")
    .option("--bundle <file>", "take the policy and its data from a signed bundle")
    .option("--log <file>", "write each answer to a decision log before it is given")
    .addOption(
      new Option("--log-input <what>", "what a log keeps of inputs; a digest cannot be run again")
        .choices(["whole", "digest"])
        .default("whole"),
    )
    .option("--log-sync", "flush each line of the log to the disk before its answer is given")
    .option("--store <folder>", "where a log keeps modules and data (default: <log>.store)")
    .option("--at <instant>", "the time written in the log (default: now), as 2026-03-01T09:00:00Z")
    .addOption(tierOption())
    .option("--json", "print the whole answer as one line of canonical JSON")
    .option("--serve", "answer over HTTP (AuthZEN 1.0) until ctrl-c")
    .option("--host <host>", "with --serve: address to listen on (default: 127.0.0.1)")
    .option("--port <port>", "with --serve: port, 0 for any free one (default: 8181)")
    .option("--map <field=path>", "with --serve: a field of the input from the request; may be repeated", repeated)
    .option("--obligations <names>", "with --serve: what the enforcement point meets, with commas, or `all`")
    .option("--tokens <file>", "with --serve: bearer tokens that may ask, one a line (default: everybody)")
    .option("--public-url <url>", "with --serve: the address that clients know")
    .option("--no-watch", "with --serve: read the policy again on SIGHUP only")
    .addOption(
      new Option("--log-level <level>", "with --serve: what it says on standard error")
        .choices(["silent", "error", "warn", "info", "debug"])
        .default("warn"),
    )
    .addHelpText(
      "after",
      `
Examples:
  writ decide notes.yaml --input ask.json
  echo '{"user": "ada", "act": "read", "note": {"owner": "ada"}}' | writ decide notes.yaml --json
  writ decide folders.yaml --data groups=groups.json --data folders=folders.yaml --input ask.json
  writ decide parcels.yaml --check --input cart.json
  writ decide notes.yaml --input ask.json --explain
  writ decide notes.yaml --lines --input asked.jsonl --log decisions.jsonl
  writ decide notes.yaml --lines --allowed --input asked.jsonl > allowed.jsonl
  writ decide --bundle notes.bundle --trust did:key:z6Mk... --input ask.json
  writ decide notes.yaml --serve --map user=subject.id --map act=action.name --map note=resource.properties
  writ decide --bundle notes.bundle --trust did:key:z6Mk... --serve --log decisions.jsonl

--serve answers POST /access/v1/evaluation and /access/v1/evaluations; without --map the input is the record {subject,
action, resource, context}. POST /v1/decide and /v1/check take the input itself; /healthz and /metrics are for operators.
Changed files are loaded again, on SIGHUP too; a policy that does not load leaves the old one in place.

A line of --lines that cannot be read is answered {"error": ..., "line": n}, and the others go on.
Exit code: 0 allow (with --check: no violation), 1 deny (or violations), 2 it could not be asked. With --lines: 2 when
a line could not be read, else 1 when one was denied, else 0. With --allowed: 2 when a line could not be read, else 1
when no line was printed, else 0; a line whose answer asks for an obligation is not printed, for nobody would meet it.`,
    )
    .action((policy: string | undefined, options: DecideOptions) =>
      run((io) => policySentences(() => decide(io, policy, options))),
    );
}

async function decide(io: Io, file: string | undefined, options: DecideOptions): Promise<ExitCode> {
  if (options.allowed && (!options.lines || options.check))
    throw new UsageError("--allowed goes with --lines, without --check", "writ decide --help shows how");
  if (options.serve) return servePolicyFile(io, file, options);
  const explain = options.explain || options.whyNot ? await explaining(io, file, options) : undefined;
  if (explain === null) return EXIT.trouble;
  const at = options.at === undefined ? null : instantOf(options.at);
  const policy = await openPolicyFile(io, { ...options, file });
  // 1 is a denial: a policy that does not compile was not asked.
  if (policy === null) return EXIT.trouble;
  const log = openLog(io, options);
  try {
    log?.keep(policy.parts);
    const asking = {
      io,
      policy,
      log,
      at: () => at ?? new Date(io.now()).toISOString(),
      ...(explain === undefined ? {} : { explain }),
    };
    return options.lines ? await decideLines(asking, options) : await decideOne(asking, options);
  } finally {
    log?.close();
  }
}

/** What explains an answer: rules have their words and places in the source. Null when that has errors, which were drawn. */
async function explaining(
  io: Io,
  file: string | undefined,
  options: DecideOptions,
): Promise<((input: Value) => void) | null> {
  if (options.lines || options.check || options.json)
    throw new UsageError(
      "--explain and --why-not are for one decision, for people",
      "writ explain --json is for programs",
    );
  if (file === undefined || file === "-" || /\.writ$/i.test(file))
    throw new UsageError("--explain and --why-not need the source of the policy, in a file");
  const compiled = await compileFile(io, file, options);
  const ready = asPolicy(compiled);
  if (ready === null) {
    draw(io, compiled.diagnostics, "err");
    return null;
  }
  const data = await readDocuments(io, options.data ?? [], ready.value);
  return (input) => explainAnswer(io, ready, { input, data, whyNot: options.whyNot === true, tier: options.tier });
}

/** The decision log that was asked for; a line cut by a crash is taken away, and said. */
export function openLog(io: Io, { log: file, logInput, logSync, store }: LogOptions): DecisionLog | null {
  if (file === undefined) return null;
  const log = DecisionLog.open(resolve(io.cwd, file), {
    inputs: logInput,
    sync: logSync === true,
    ...(store === undefined ? {} : { store: resolve(io.cwd, store) }),
  });
  if (log.recovered > 0)
    io.err(`${clean(file)}: ${log.recovered} bytes of a line that was cut by a crash were taken away\n`);
  return log;
}

function instantOf(given: string): string {
  const ms = /^\d{4}-\d\d-\d\dT\d\d:\d\d(?::\d\d(?:\.\d{1,3})?)?(?:Z|[+-]\d\d:\d\d)$/.test(given)
    ? Date.parse(given)
    : Number.NaN;
  if (Number.isNaN(ms)) throw new UsageError(`\`${clean(given)}\` is no instant`, "write it as 2026-03-01T09:00:00Z");
  return new Date(ms).toISOString();
}
