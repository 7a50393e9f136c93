// A decision of a policy explained: for the caller, for the operator, and rule by rule; and what would give the other answer.
import {
  dataOf,
  type ExplainedRule,
  Explainer,
  inputsOf,
  type PolicyExplanation,
  type WhyNot,
  whyNot,
} from "../compiler/index.ts";
import { traceLines, type Value } from "../vm/index.ts";
import { type CompiledPolicy, printJson } from "./document.ts";
import { EXIT, type ExitCode, UsageError } from "./exit.ts";
import type { Io } from "./io.ts";
import { type DataOptions, readDocuments, readValue } from "./policy.ts";
import { clean, type Paint, padEnd, paintFor, thousands } from "./terminal.ts";
import type { TierOptions } from "./tier.ts";

export const LEVELS = ["summary", "table", "steps"] as const;
export type Level = (typeof LEVELS)[number];

export interface PolicyQuestion extends TierOptions, DataOptions {
  readonly test?: string;
  /** Which combination of a matrix, from 1. */
  readonly step?: string;
  readonly input?: string;
  readonly level?: Level;
  readonly whyNot?: boolean;
  readonly json?: boolean;
}

export async function explainPolicy(io: Io, compiled: CompiledPolicy, options: PolicyQuestion): Promise<ExitCode> {
  const { policy: program, value } = compiled;
  const { input, data } = await question(io, compiled, options);
  const made = Explainer.of({ program, compiled: value, data, tier: options.tier });
  if ("problem" in made) throw new UsageError(made.problem);
  const { explainer } = made;
  const explanation = explainer.explain(input);
  const examples = compiled.policyDocument.tests.flatMap((test) => inputsOf(test, program).map((each) => each.input));
  const other = options.whyNot ? whyNot(explainer, input, data, examples) : null;
  if (options.json) {
    printJson(io, { ...explanation, ...(other === null ? {} : { whyNot: whyNotJson(other) }) });
    return EXIT.ok;
  }
  const paint = paintFor(io);
  const level = options.level ?? "table";
  io.out(`${headLines(explanation, paint).join("\n")}\n`);
  if (level !== "summary") io.out(`\n${ruleLines(explanation, paint).join("\n")}\n`);
  if (level === "steps") io.out(`\n${stepLines(explainer, value.module, input, paint).join("\n")}\n`);
  if (other !== null) io.out(`\n${whyNotLines(other, paint).join("\n")}\n`);
  return EXIT.ok;
}

/** What `decide --explain` prints behind an answer: the rules with the values they read, and with `whyNot` what would give the other answer. */
export function explainAnswer(
  io: Io,
  { policy: program, value, policyDocument }: CompiledPolicy,
  { input, data, whyNot: asked, tier }: Asked,
): void {
  const made = Explainer.of({ program, compiled: value, data, tier });
  if ("problem" in made) throw new UsageError(made.problem);
  const paint = paintFor(io);
  io.out(`\n${ruleLines(made.explainer.explain(input), paint).join("\n")}\n`);
  if (!asked) return;
  const examples = policyDocument.tests.flatMap((test) => inputsOf(test, program).map((each) => each.input));
  io.out(`\n${whyNotLines(whyNot(made.explainer, input, data, examples), paint).join("\n")}\n`);
}

interface Asked extends TierOptions {
  readonly input: Value;
  readonly data: ReadonlyMap<string, Value>;
  readonly whyNot: boolean;
}

// ── What is asked ─────────────────────────────────────────────────────────────────────────────────────────────────────

async function question(
  io: Io,
  compiled: CompiledPolicy,
  options: PolicyQuestion,
): Promise<{ readonly input: Value; readonly data: ReadonlyMap<string, Value> }> {
  const given = await readDocuments(io, options.data ?? [], compiled.value);
  if (options.test === undefined) {
    if (options.input === undefined)
      throw new UsageError("nothing to explain: give --input <file> or --test <name>; `-` is standard input");
    return { input: await readValue(io, options.input, compiled.policy.input), data: given };
  }
  const { tests } = compiled.policyDocument;
  const test = tests.find(({ name }) => name.text === options.test);
  if (test === undefined) {
    const names = tests.map(({ name }) => `\`${clean(name.text)}\``).join(", ");
    throw new UsageError(
      `there is no test \`${clean(options.test)}\`${names === "" ? "; the policy has none" : `; there are ${names}`}`,
    );
  }
  const inputs = inputsOf(test, compiled.policy);
  const asked = options.step === undefined ? 1 : Number(options.step);
  const chosen = Number.isInteger(asked) ? inputs[asked - 1] : undefined;
  if (chosen === undefined)
    throw new UsageError(`the test \`${clean(test.name.text)}\` asks ${inputs.length} inputs; --step is 1 to that`);
  const input = options.input === undefined ? chosen.input : await readValue(io, options.input, compiled.policy.input);
  return { input, data: new Map([...dataOf(test, compiled.policy), ...given]) };
}

// ── What is said ──────────────────────────────────────────────────────────────────────────────────────────────────────

const verdict = (decision: "allow" | "deny", paint: Paint): string =>
  decision === "allow" ? paint.good("allow") : paint.bad("deny");

export function headLines({ answer, toCaller, toOperator }: PolicyExplanation, paint: Paint): string[] {
  const given = answer.obligations.map(({ name, args }) => `must ${name} ${JSON.stringify(args)}`);
  const wrong = answer.errors.map(({ rule, error }) => `${rule} errs: ${error}`);
  return [
    `${verdict(answer.decision, paint)}  ${paint.dim(`(${thousands(answer.fuel)} fuel)`)}`,
    ...toCaller.map((text) => `  to the caller    ${clean(text)}`),
    ...toOperator.map((text) => `  to the operator  ${clean(text)}`),
    ...given.map((text) => `  ${clean(text)}`),
    ...wrong.map((text) => `  ${paint.warn(clean(text))}`),
  ];
}

const MARKS = { true: "✓", false: "✗", error: "!" } as const;

function mark(state: ExplainedRule["state"], paint: Paint): string {
  const text = MARKS[state];
  return state === "true" ? paint.good(text) : state === "false" ? paint.dim(text) : paint.warn(text);
}

export function ruleLines({ rules, left }: PolicyExplanation, paint: Paint): string[] {
  const lines = rules.flatMap((rule) => [...oneRule(rule, paint), ""]);
  if (lines.at(-1) === "") lines.pop();
  if (left > 0) lines.push("", paint.dim(`${thousands(left)} more rules, none of them nearer`));
  return lines;
}

function oneRule(rule: ExplainedRule, paint: Paint): string[] {
  const { state, effect, title, at, line, determines, shadow, parts } = rule;
  const where = at.length === 0 ? "" : ` at ${at.map(clean).join(", ")}`;
  const notes = [`line ${line}`, ...(shadow ? ["shadow"] : []), ...(determines ? ["decides"] : [])];
  return [
    `${mark(state, paint)} ${effect} ${paint.strong(clean(title))}${where}  ${paint.dim(notes.join(", "))}`,
    ...parts.map((part) => {
      const values = part.reads.map(({ name, value }) => `${clean(name)} = ${clean(value)}`).join("   ");
      const error = part.error === null ? "" : paint.warn(clean(part.error));
      return `    ${mark(part.state, paint)} ${padEnd(clean(part.text), 44)}  ${paint.dim(values)}${error === "" ? "" : `  ${error}`}`.trimEnd();
    }),
  ];
}

function stepLines(
  explainer: Explainer,
  module: CompiledPolicy["value"]["module"],
  input: Value,
  paint: Paint,
): string[] {
  const read = explainer.policy.read(input);
  if ("misfit" in read) return [];
  const traces = explainer.policy.traced(read.value);
  const lines = traces.flatMap((trace) =>
    traceLines(module, trace).map(({ line, text, function: name, fuel }) => {
      const at = line === 0 ? "" : String(line);
      return `  ${paint.dim(at.padStart(5))} ${padEnd(clean(text.trim()), 60)}  ${paint.dim(`${clean(name)}, ${fuel} fuel`)}`;
    }),
  );
  const count = traces.reduce((sum, trace) => sum + trace.steps.length, 0);
  return [`steps  ${paint.dim(`(${thousands(count)} instructions)`)}`, ...lines];
}

function whyNotLines(found: WhyNot, paint: Paint): string[] {
  const { wanted, changes, others, tried, smallest, then } = found;
  const head = `why not ${wanted}`;
  const times = `${thousands(tried)} ${tried === 1 ? "change was" : "changes were"} decided`;
  if (changes === null || then === null)
    return [paint.strong(head), `  no change of this input that was tried gives it  ${paint.dim(`(${times})`)}`];
  const said = (list: readonly WhyNot["others"][number][number][]): string =>
    list
      .map(({ path, from, to }) => `${clean(path)}: ${clean(from ?? "absent")} → ${clean(to ?? "absent")}`)
      .join(", ");
  const by = then.determining.length === 0 ? "the default" : then.determining.map(({ rule }) => rule).join(", ");
  return [
    paint.strong(head),
    `  the smallest change   ${paint.accent(said(changes))}`,
    `  decided again         ${verdict(then.decision, paint)} by ${clean(by)}`,
    ...others.map((other) => `  or as small           ${paint.dim(said(other))}`),
    `  ${paint.dim(`${times}${smallest ? "; no smaller one of the values that the rules name gives it" : "; not all smaller ones"}`)}`,
  ];
}

function whyNotJson(found: WhyNot): object {
  const { changedInput, answer, ...rest } = found;
  return { ...rest, decision: answer.decision };
}
