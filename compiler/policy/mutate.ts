// Small changes of a policy, one at a time: tests that are worth something fail on most of them. A change that no test notices shows what
// the tests do not say.
import type { Policy } from "../../lang/ast.ts";
import { lineIndex, type Span } from "../../lang/source.ts";
import type { Atom } from "../../vm/policy/table.ts";
import type { Tier } from "../../vm/tier.ts";
import { MUTANTS_MAX } from "../limits.ts";
import type { TExpr } from "../model.ts";
import { impliedParts } from "./conditions.ts";
import { compilePolicy } from "./emit.ts";
import { type Part, partsOf } from "./explain/parts.ts";
import { sourceText } from "./explain/readings.ts";
import type { PlacedAtom, PolicyProgram, RuleDecl } from "./model.ts";
import { runPolicyTests } from "./tests.ts";

export interface Mutant {
  readonly rule: string;
  readonly place: { readonly file: string; readonly line: number };
  /** What was changed: ``without `act: write` ``. */
  readonly what: string;
}
export interface MutationReport {
  /** Mutants the tests were run on. */
  readonly mutants: number;
  readonly killed: number;
  readonly survived: readonly Mutant[];
  /** Changes beyond MUTANTS_MAX, which were not tried. */
  readonly left: number;
}

export interface MutationInput {
  readonly document: Policy;
  readonly program: PolicyProgram;
  readonly only?: string | undefined;
  readonly tier?: Tier | undefined;
}

/** Runs the tests on every mutant. They pass on the policy itself, or the report says nothing. */
export function mutatePolicy({ document, program, only, tier }: MutationInput): MutationReport {
  const survived: Mutant[] = [];
  let killed = 0;
  let tried = 0;
  let left = 0;
  for (const { mutant, rules } of mutantsOf(program)) {
    if (tried === MUTANTS_MAX) {
      left++;
      continue;
    }
    const changed: PolicyProgram = { ...program, rules };
    const compiled = compilePolicy(changed);
    // A mutant that is over a bound of the machine is no policy.
    if (!("module" in compiled)) continue;
    tried++;
    const { results } = runPolicyTests({ document, program: changed, compiled, only, tier });
    if (results.every(({ ok }) => ok)) survived.push(mutant);
    else killed++;
  }
  return { mutants: tried, killed, survived, left };
}

interface Changed {
  readonly mutant: Mutant;
  readonly rules: readonly RuleDecl[];
}

function* mutantsOf(program: PolicyProgram): Generator<Changed> {
  for (const [at, rule] of program.rules.entries()) {
    const made = (what: string, span: Span, changed: RuleDecl | null): Changed => ({
      mutant: { rule: rule.id, place: placeOf(span), what },
      rules: changed === null ? program.rules.toSpliced(at, 1) : program.rules.with(at, changed),
    });
    yield made("without the rule", rule.span, null);
    if (rule.effect === "allow" || rule.effect === "deny") {
      const effect = rule.effect === "allow" ? "deny" : "allow";
      // A denial has no obligations to give.
      const then = effect === "deny" ? [] : rule.then;
      yield made(`${effect} in place of ${rule.effect}`, rule.span, { ...rule, effect, then });
    }
    for (const { part, without } of partsWithout(rule, program))
      yield made(`without \`${part.text}\``, part.span, without);
    for (const [i, placed] of rule.atoms.entries())
      for (const { what, atom } of changedAtoms(placed.atom))
        yield made(what, placed.span, { ...rule, atoms: rule.atoms.with(i, { ...placed, atom } as PlacedAtom) });
    if (rule.truth !== null)
      for (const { what, span, expr } of changedExprs(rule.truth)) yield made(what, span, { ...rule, truth: expr });
    for (const [i, row] of (rule.rows ?? []).entries()) {
      const rows = rule.rows as NonNullable<RuleDecl["rows"]>;
      const effect = row.effect === "allow" ? "deny" : "allow";
      yield made(`without the row \`${row.id}\``, row.span, { ...rule, rows: rows.toSpliced(i, 1) });
      yield made(`${effect} in place of ${row.effect}`, row.span, { ...rule, rows: rows.with(i, { ...row, effect }) });
    }
    for (const [i, given] of rule.then.entries()) {
      const name = program.obligations[given.name]?.name ?? "";
      yield made(`without the obligation \`${name}\``, given.args.span, { ...rule, then: rule.then.toSpliced(i, 1) });
    }
  }
}

/** The rule without one of the parts of its condition. */
function* partsWithout(
  rule: RuleDecl,
  program: PolicyProgram,
): Generator<{ readonly part: Part; readonly without: RuleDecl }> {
  const parts = partsOf(rule, program);
  const implied = impliedParts(parts);
  let atom = 0;
  for (const part of parts) {
    const index = part.kind === "atom" ? atom++ : -1;
    if (implied.has(part)) continue;
    yield part.kind === "atom"
      ? { part, without: { ...rule, atoms: rule.atoms.toSpliced(index, 1) } }
      : { part, without: { ...rule, truth: dropped(rule.truth as TExpr, part.expr) } };
  }
}

/** A conjunction without one of its parts; null when nothing is left. */
function dropped(expr: TExpr, part: TExpr): TExpr | null {
  if (expr === part) return null;
  if (expr.kind !== "and") return expr;
  const args = expr.args.flatMap((each) => dropped(each, part) ?? []);
  return args.length === 0 ? null : args.length === 1 ? (args[0] as TExpr) : { ...expr, args };
}

function* changedAtoms({ path, test }: Atom): Generator<{ readonly what: string; readonly atom: Atom }> {
  if (test.kind === "range") {
    if (test.min !== null)
      yield { what: "the lower bound with its other edge", atom: { path, test: { ...test, minOpen: !test.minOpen } } };
    if (test.max !== null)
      yield { what: "the upper bound with its other edge", atom: { path, test: { ...test, maxOpen: !test.maxOpen } } };
  }
  if (test.kind === "in" && test.values.length > 1)
    for (const i of test.values.keys())
      yield {
        what: `without value ${i + 1} of ${test.values.length}`,
        atom: { path, test: { ...test, values: test.values.toSpliced(i, 1) } },
      };
}

/** The expression with one comparison, connective or quantifier changed, wherever it stands. */
function* changedExprs(expr: TExpr): Generator<{ readonly what: string; readonly span: Span; readonly expr: TExpr }> {
  const { span } = expr;
  if (expr.kind === "op" && (expr.op === "lt" || expr.op === "le"))
    yield expr.op === "lt"
      ? { what: `\`${sourceText(expr)}\` when equal, too`, span, expr: { ...expr, op: "le" } }
      : { what: `\`${sourceText(expr)}\` not when equal`, span, expr: { ...expr, op: "lt" } };
  if (expr.kind === "or") yield { what: "and in place of or", span, expr: { ...expr, kind: "and" } };
  if (expr.kind === "op" || expr.kind === "and" || expr.kind === "or") {
    for (const [i, arg] of expr.args.entries())
      for (const inner of changedExprs(arg)) yield { ...inner, expr: { ...expr, args: expr.args.with(i, inner.expr) } };
    return;
  }
  if (expr.kind !== "aggregate") return;
  const { over, loop } = expr;
  if (over === "any" || over === "all") {
    const other = over === "any" ? "all" : "any";
    yield { what: `${other} in place of ${over}`, span, expr: { ...expr, over: other } };
  }
  for (const inner of changedExprs(loop.body))
    yield { ...inner, expr: { ...expr, loop: { ...loop, body: inner.expr } } };
}

const placeOf = ({ source, start }: Span): Mutant["place"] => ({
  file: source.name,
  line: lineIndex(source).position(start).line,
});
