// Text in, plain data out: the whole pipeline for one document, as the page needs it. Never throws for what stands in a text.
import {
  type Compilation,
  checkModule,
  compile,
  costsOf,
  dataOf,
  type ExplainedRule,
  Explainer,
  inputsOf,
  runPolicyTests,
  runScenarios,
  whyNot,
  worstFuelByEvent,
} from "../compiler/index.ts";
import { hex } from "../core/index.ts";
import {
  type Diagnostic,
  type Document,
  formatSource,
  hasErrors,
  lineIndex,
  readDocument,
  type Span,
} from "../lang/index.ts";
import { BUILTINS } from "../stdlib/index.ts";
import { disassemble, readJson, type Value, writeJson } from "../vm/index.ts";
import { CODE_LINES_MAX, TEXT_UNITS_MAX } from "./limits.ts";
import type { Checked, Code, Decided, PolicyForm, Problem, Range, RuleShown, Tested, TestRow } from "./messages.ts";

/** It cannot be answered, in one sentence. */
export interface Trouble {
  readonly problem: string;
}

const NAME = "document.yaml";
const HAS_ERRORS: Trouble = { problem: "the document has errors: see Problems" };

interface Made {
  readonly document: Document | null;
  readonly compilation: Compilation | null;
  readonly diagnostics: readonly Diagnostic[];
}

function made(text: string): Made {
  if (text.length > TEXT_UNITS_MAX) return { document: null, compilation: null, diagnostics: [] };
  const read = readDocument(text, NAME);
  const document = read.value;
  if (document === null || hasErrors(read.diagnostics))
    return { document, compilation: null, diagnostics: read.diagnostics };
  if (document.kind === "module")
    return { document, compilation: null, diagnostics: [...read.diagnostics, ...checkModule(document)] };
  const compilation = compile(document);
  return { document, compilation, diagnostics: [...read.diagnostics, ...compilation.diagnostics] };
}

/** What is wrong with a document, and what it can be asked. */
export function check(text: string): Checked | Trouble {
  if (text.length > TEXT_UNITS_MAX) return { problem: "the text is larger than a source may be (4 MiB)" };
  const { document, compilation, diagnostics } = made(text);
  return {
    kind: document?.kind ?? null,
    title: titleOf(document, compilation),
    problems: problemsOf(diagnostics),
    policy: compilation === null ? null : formOf(document, compilation),
  };
}

function titleOf(document: Document | null, compilation: Compilation | null): string {
  const named = compilation?.policy ?? compilation?.program;
  if (named !== undefined && named !== null) return `${named.name} ${named.version}`.trim();
  return document !== null && document.kind === "module" ? document.name.text : "";
}

function formOf(document: Document | null, { policy, value }: Compilation): PolicyForm | null {
  if (document === null || document.kind !== "policy" || policy === null || value === null) return null;
  const inputs = document.tests.flatMap((test) => {
    const data = Object.fromEntries([...dataOf(test, policy)].map(([name, each]) => [name, plain(each)]));
    return inputsOf(test, policy).map(({ name, input }) => ({
      name: name === "" ? test.name.text : `${test.name.text}: ${name}`,
      input: pretty(plain(input)),
      data: pretty(data),
    }));
  });
  return { inputs, data: policy.data.map(({ name }) => name) };
}

const plain = (value: Value): unknown => JSON.parse(writeJson(value) ?? "null");
const pretty = (json: unknown): string => JSON.stringify(json, null, 2);

/** The canonical layout. */
export function format(text: string): { readonly text: string } | Trouble {
  const { value, diagnostics } = formatSource(text, NAME);
  return value === null || hasErrors(diagnostics)
    ? { problem: "a document with errors is not laid out: what is not understood is not rewritten" }
    : { text: value };
}

/** Runs the tests that stand in the document. */
export function test(text: string): Tested | Trouble {
  const { document, compilation } = made(text);
  if (document === null || compilation === null || compilation.value === null) return HAS_ERRORS;
  const { program, policy, value } = compilation;
  if (document.kind === "policy" && policy !== null) {
    const report = runPolicyTests({ document, program: policy, compiled: value, tier: "interpreter" });
    return {
      rows: report.results.map((each): TestRow => ({ ...each, steps: [], problems: problemsOf(each.diagnostics) })),
      coverage: report.coverage,
    };
  }
  if (document.kind !== "agreement" || program === null) return { problem: "a module has no tests" };
  const report = runScenarios({ document, program, module: value.module }, undefined, "interpreter");
  if (report.broken !== null) return { problem: `the compiled module was refused: ${report.broken}` };
  const rows = report.results.map(
    ({ name, ok, fuel, steps, diagnostics }): TestRow => ({
      name,
      ok,
      fuel,
      steps: steps.filter(({ automatic }) => !automatic).map((step) => step.text),
      problems: problemsOf(diagnostics),
    }),
  );
  return { rows, coverage: [] };
}

/** A decision of a policy, explained, and what would give the other answer. `input` and `data` are JSON. */
export function decide(text: string, input: string, data: string): Decided | Trouble {
  const { document, compilation } = made(text);
  if (document === null || compilation === null || compilation.value === null) return HAS_ERRORS;
  const { policy, value } = compilation;
  if (document.kind !== "policy" || policy === null) return { problem: "only a policy decides" };
  const asked = jsonOf("the input", input);
  if ("problem" in asked) return asked;
  const documents = documentsOf(data);
  if ("problem" in documents) return documents;
  const ready = Explainer.of({ program: policy, compiled: value, data: documents.values, tier: "interpreter" });
  if ("problem" in ready) return ready;
  const { explainer } = ready;
  const { answer, toCaller, toOperator, rules } = explainer.explain(asked.value);
  const examples = document.tests.flatMap((each) => inputsOf(each, policy).map((one) => one.input));
  const other = whyNot(explainer, asked.value, documents.values, examples);
  return {
    decision: answer.decision,
    fuel: answer.fuel,
    toCaller,
    toOperator,
    obligations: answer.obligations.map(({ name, args }) => `${name} ${JSON.stringify(args)}`),
    errors: answer.errors.map(({ rule, error }) => `${rule}: ${error}`),
    rules: rules.map(ruleShown),
    other: {
      wanted: other.wanted,
      changes:
        other.changes === null
          ? null
          : other.changes.map(({ path, from, to }) => `${path}: ${from ?? "absent"} → ${to ?? "absent"}`),
      tried: other.tried,
    },
  };
}

const ruleShown = ({ title, effect, line, state, determines, shadow, parts }: ExplainedRule): RuleShown => ({
  title,
  effect,
  line,
  state,
  determines,
  shadow,
  parts: parts.map(({ text, state: each, reads, error }) => ({
    text,
    state: each,
    reads: reads.map(({ name, value }) => `${name} = ${value}`).join(", "),
    error,
  })),
});

function jsonOf(what: string, text: string): { readonly value: Value } | Trouble {
  const read = readJson(text);
  if ("value" in read) return read;
  const { line, column } = lineIndex({ name: what, text }).position(read.problem.offset);
  return { problem: `${what} is no JSON: ${read.problem.message} (line ${line}, column ${column})` };
}

function documentsOf(text: string): { readonly values: ReadonlyMap<string, Value> } | Trouble {
  const values = new Map<string, Value>();
  if (text.trim() === "") return { values };
  const whole = jsonOf("the data", text);
  if ("problem" in whole) return whole;
  const names: unknown = JSON.parse(text);
  if (typeof names !== "object" || names === null || Array.isArray(names))
    return { problem: "the data is an object: each document by its name" };
  for (const [name, each] of Object.entries(names)) {
    const read = jsonOf(`the data document ${name}`, JSON.stringify(each));
    if ("problem" in read) return read;
    values.set(name, read.value);
  }
  return { values };
}

/** The bytecode, line by line of its source, and what it can cost. */
export function code(text: string): Code | Trouble {
  const { compilation } = made(text);
  if (compilation === null || compilation.value === null) return HAS_ERRORS;
  const { program, policy, value } = compilation;
  const names = new Map(BUILTINS.map(({ id, name }) => [id, name]));
  const lines = disassemble(value.module, { source: true, builtinName: (id) => names.get(id) }).split("\n");
  const left = lines.length - CODE_LINES_MAX;
  return {
    text: left <= 0 ? lines.join("\n") : [...lines.slice(0, CODE_LINES_MAX), `; ${left} more lines`].join("\n"),
    bytes: value.bytes.length,
    moduleId: hex(value.moduleId),
    costs:
      policy !== null
        ? costsOf(value.module, new Map(policy.rules.map(({ id, span }) => [id, rangeOf(span).from.line]))).map(
            ({ rule, line, worst }) => ({ name: rule, fuel: worst, line }),
          )
        : program !== null
          ? worstFuelByEvent(program).map(({ kind, name, worstFuel }) => ({
              name: name === null ? kind : `${kind} ${name}`,
              fuel: worstFuel,
              line: null,
            }))
          : [],
  };
}

const problemsOf = (diagnostics: readonly Diagnostic[]): readonly Problem[] =>
  diagnostics.map(({ code: each, severity, message, span, labels, help }) => ({
    severity,
    code: each,
    message,
    help: help ?? null,
    ...rangeOf(span),
    labels: labels.map((label) => ({ ...rangeOf(label.span), text: label.text })),
  }));

function rangeOf({ source, start, end }: Span): Range {
  const index = lineIndex(source);
  return { from: index.position(start), to: index.position(end) };
}
