// Which way every part of every condition went in the tests of a policy: true, false, and error. A rule whose parts were all seen both ways
// is tested for what it says; one that only ever matched may say anything.
import type { Policy } from "../../lang/ast.ts";
import { lineIndex, type Span } from "../../lang/source.ts";
import type { Tier } from "../../vm/tier.ts";
import type { CompiledAgreement } from "../4-emit/index.ts";
import { Explainer } from "./explain/explain.ts";
import { type Part, partsOf } from "./explain/parts.ts";
import type { PolicyProgram, RuleDecl } from "./model.ts";
import { dataOf, inputsOf } from "./tests.ts";

/** A part of a condition: how often it was true, false, and an error. With `each` every combination counts. */
export interface PartCoverage {
  readonly text: string;
  readonly place: { readonly file: string; readonly line: number };
  readonly true: number;
  readonly false: number;
  readonly error: number;
}
export interface ConditionCoverage {
  readonly rule: string;
  readonly place: { readonly file: string; readonly line: number };
  readonly parts: readonly PartCoverage[];
}

export interface ConditionInput {
  readonly document: Policy;
  readonly program: PolicyProgram;
  readonly compiled: CompiledAgreement;
  /** Only tests whose name contains the text. */
  readonly only?: string | undefined;
  readonly tier?: Tier | undefined;
}

type Counted = { -readonly [key in keyof PartCoverage]: PartCoverage[key] };

/** Asks every rule for its parts, on every input of the tests. Rows of a table are rules of their own and are not taken apart. */
export function coverConditions({ document, program, compiled, only, tier }: ConditionInput): ConditionCoverage[] {
  const counted = program.rules.map((rule) => ({ rule, parts: countersOf(rule, program) }));
  for (const test of document.tests) {
    if (only !== undefined && !test.name.text.includes(only)) continue;
    const made = Explainer.of({ program, compiled, data: dataOf(test, program), tier });
    // A test whose data does not fit fails by itself.
    if ("problem" in made) continue;
    for (const { input } of inputsOf(test, program)) {
      const read = made.explainer.policy.read(input);
      if ("misfit" in read) continue;
      for (const { rule, parts } of counted)
        for (const entry of made.explainer.rule(rule, read.value, new Set(), Number.MAX_SAFE_INTEGER))
          for (const part of entry.parts) {
            const counter = parts.get(keyOf(part.line, part.text));
            if (counter !== undefined) counter[part.state]++;
          }
    }
  }
  return counted.map(({ rule, parts }) => ({ rule: rule.id, place: placeOf(rule.span), parts: [...parts.values()] }));
}

const keyOf = (line: number, text: string): string => `${line} ${text}`;

function countersOf(rule: RuleDecl, program: PolicyProgram): Map<string, Counted> {
  const out = new Map<string, Counted>();
  const parts = partsOf(rule, program);
  const implied = impliedParts(parts);
  for (const part of parts) {
    if (implied.has(part)) continue;
    const { text, span } = part;
    const place = placeOf(span);
    out.set(keyOf(place.line, text), { text, place, true: 0, false: 0, error: 0 });
  }
  return out;
}

/** Tests that a path is there, made around what the author asks of it: the author's own part tells. */
export const impliedParts = (parts: readonly Part[]): ReadonlySet<Part> =>
  new Set(
    parts.filter(
      (part) =>
        isPresence(part) &&
        parts.some((each) => each !== part && each.span.start >= part.span.start && each.span.end <= part.span.end),
    ),
  );

function isPresence(part: Part): boolean {
  if (part.kind === "atom") return part.atom.test.kind === "present";
  const { expr } = part;
  const inner = expr.kind === "op" && expr.op === "is_true" ? expr.args[0] : undefined;
  return inner?.kind === "op" && inner.op === "present";
}

const placeOf = ({ source, start }: Span): ConditionCoverage["place"] => ({
  file: source.name,
  line: lineIndex(source).position(start).line,
});
