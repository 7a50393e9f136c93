// `writ diff`: what a change of a policy gives and takes.
import type { Command } from "commander";
import { type Cell, type Comparison, comparePolicies, dataSets, inputsOf } from "../../compiler/index.ts";
import { plainJson } from "../../vm/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { asPolicy, type CompiledPolicy, compileFile, diagnosticsJson, draw, printJson } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { clean, counted, type Paint, paintFor, thousands } from "../terminal.ts";
import { type TierOptions, tierOption } from "../tier.ts";
import type { Job } from "../verbs.ts";

interface Options extends CueOptions, TierOptions {
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<old>", "a policy")
    .argument("<new>", "the same policy, changed")
    .addOption(tierOption())
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ diff policy.yaml changed.yaml
  git show HEAD:policy.yaml | writ diff - policy.yaml

Each difference is shown with a request that was decided by both. \`complete\`: every request is like one of those decided.
Otherwise it says how many were, and why they are not all. Data documents are those of the tests.

Exit code: 0 no request that was tried is decided otherwise, 1 some are, 2 a file could not be read or has errors.`,
    )
    .action((old: string, changed: string, options: Options) => run((io) => diff(io, old, changed, options)));
}

async function diff(io: Io, old: string, changed: string, options: Options): Promise<ExitCode> {
  const before = await policyOf(io, old, options);
  const after = await policyOf(io, changed, options);
  if (before === null || after === null) return EXIT.trouble;
  // Only what both can be asked with: a test of one gives no document that the other alone reads.
  const names = new Set([...before.policy.data, ...after.policy.data].map(({ name }) => name));
  const data = [after, before]
    .flatMap(({ policyDocument, policy }) => dataSets(policyDocument, policy))
    .filter((set) => names.size > 0 && [...names].every((name) => set.has(name)));
  if (names.size > 0 && data.length === 0)
    throw new UsageError("the policies read data, and no test gives all documents: write a test that does");
  const examples = [before, after].flatMap(({ policyDocument, policy }) =>
    policyDocument.tests.flatMap((test) => inputsOf(test, policy).map(({ input }) => input)),
  );
  const found = comparePolicies(side(before), side(after), { data, examples, tier: options.tier });
  if ("problem" in found) throw new UsageError(found.problem);
  if (options.json) printJson(io, { ...found, cells: found.cells.map(cellJson) });
  else io.out(`${lines(found, paintFor(io)).join("\n")}\n`);
  const { gained, lost, obligations } = found.counts;
  return gained + lost + obligations === 0 ? EXIT.ok : EXIT.no;
}

const side = ({ policy, value }: CompiledPolicy) => ({ program: policy, compiled: value });

async function policyOf(io: Io, file: string, options: Options): Promise<CompiledPolicy | null> {
  const compiled = await compileFile(io, file, options);
  const ready = asPolicy(compiled);
  if (ready !== null) return ready;
  if (compiled.document !== null) throw new UsageError(`${clean(file)} is an agreement; policies are compared`);
  if (options.json) printJson(io, { ok: false, diagnostics: diagnosticsJson(compiled.diagnostics) });
  else draw(io, compiled.diagnostics, "err");
  return null;
}

const HEADS = { gained: "newly allowed", lost: "no longer allowed", obligations: "other obligations" } as const;

function lines({ complete, gaps, decided, counts, cells }: Comparison, paint: Paint): string[] {
  const out: string[] = [];
  for (const kind of ["gained", "lost", "obligations"] as const) {
    const own = cells.filter((cell) => cell.kind === kind);
    if (own.length === 0) continue;
    const colour = kind === "gained" ? paint.warn : kind === "lost" ? paint.bad : paint.accent;
    out.push(`${colour(HEADS[kind])}  ${paint.dim(counted(counts[kind], "request"))}`);
    for (const cell of own) out.push(...cellLines(cell, paint));
    const shown = own.reduce((sum, { count }) => sum + count, 0);
    if (shown < counts[kind]) out.push(paint.dim(`  and ${thousands(counts[kind] - shown)} more`));
    out.push("");
  }
  if (cells.length === 0) out.push("no request that was tried is decided otherwise");
  out.push(
    complete
      ? paint.good(`complete: ${thousands(decided)} requests stand for all`)
      : `explored ${counted(decided, "request")}, not exhaustive: ${gaps.join("; ")}`,
  );
  return out;
}

function cellLines(cell: Cell, paint: Paint): string[] {
  const where = cell.where.flatMap(({ path, value }) => (value === null ? [] : [`${clean(path)} = ${clean(value)}`]));
  const by = (answer: Cell["old"]): string =>
    answer.determining.length === 0 ? "the default" : answer.determining.map(({ rule }) => rule).join(", ");
  const given = (answer: Cell["old"]): string =>
    answer.obligations.map(({ name, args }) => `${name} ${JSON.stringify(args)}`).join(", ") || "none";
  return [
    `  ${paint.strong(where.length === 0 ? (cell.where.length === 0 ? "one request" : "every request") : where.join(", "))}`,
    `    ${paint.dim("such as")} ${clean(JSON.stringify(plainJson(cell.request)))}`,
    cell.kind === "obligations"
      ? `    ${given(cell.old)} → ${given(cell.new)}`
      : `    ${cell.old.decision} by ${clean(by(cell.old))} → ${cell.new.decision} by ${clean(by(cell.new))}`,
  ];
}

const cellJson = ({ request, data, ...cell }: Cell): object => ({
  ...cell,
  request: plainJson(request),
  data: Object.fromEntries([...data].map(([name, value]) => [name, plainJson(value)])),
});
