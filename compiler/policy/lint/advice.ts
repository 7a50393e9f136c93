// What is worth a look, and may well be meant: denies that can err, and rules that give the same obligation differently. Not part of
// compiling: `writ check --lint` asks for it.
import type { Diagnostic } from "../../../lang/diagnostic.ts";
import type { Module } from "../../../vm/module.ts";
import type { Reading, RuleRow } from "../../../vm/policy/table.ts";
import { ErrorValue } from "../../../vm/value.ts";
import { denyMayErr, obligationsDisagree } from "../../codes.ts";
import type { TExpr } from "../../model.ts";
import { sourceText } from "../explain/readings.ts";
import type { PolicyProgram, RuleDecl } from "../model.ts";
import { textOf } from "../samples.ts";
import { contradiction } from "./atoms.ts";
import { mayErr } from "./errs.ts";
import { OBLIGATION_PAIRS_MAX } from "./limits.ts";

export const advicePolicy = (program: PolicyProgram): readonly Diagnostic[] => [
  ...program.rules.flatMap((rule) => erringDeny(rule, program)),
  ...disagreements(program),
];

/** An erring deny denies: on a part that is mostly absent it denies all. */
function erringDeny(rule: RuleDecl, program: PolicyProgram): Diagnostic[] {
  if (rule.effect !== "deny" || rule.skipsErrors || rule.truth === null) return [];
  const cause = mayErr(rule.truth, program);
  if (cause === null) return [];
  const labels = [{ span: cause.span, text: "it may be absent here" }];
  return [denyMayErr(rule.span, { name: rule.title, part: sourceText(cause) }, { labels })];
}

function disagreements(program: PolicyProgram): Diagnostic[] {
  const givers = program.rules.filter(({ then, shadow }) => then.length > 0 && !shadow);
  const found: Diagnostic[] = [];
  let pairs = 0;
  for (const [at, rule] of givers.entries())
    for (const other of givers.slice(at + 1)) {
      if (++pairs > OBLIGATION_PAIRS_MAX) return found;
      const name = differing(rule, other);
      if (name === null) continue;
      const atoms = [...rule.atoms, ...other.atoms].map(({ atom }) => atom);
      if (contradiction(atoms, program.input) !== null) continue;
      const names = { obligation: program.obligations[name]!.name, name: rule.title, other: other.title };
      const labels = [{ span: other.span, text: "this one gives it otherwise" }];
      found.push(obligationsDisagree(rule.span, names, { labels }));
    }
  return found;
}

/** An obligation that both give with constants that are not the same. */
function differing(a: RuleDecl, b: RuleDecl): number | null {
  for (const given of a.then)
    for (const other of b.then) {
      if (given.name !== other.name) continue;
      const [left, right] = [literal(given.args), literal(other.args)];
      if (left !== null && right !== null && left !== right) return given.name;
    }
  return null;
}

/** Arguments that are written out, as one text. */
function literal(args: TExpr): string | null {
  if (args.kind === "const") return args.value instanceof ErrorValue ? "absent" : textOf(args.value);
  const parts = args.kind === "record" ? args.fields : args.kind === "list" ? args.items : null;
  const texts = parts?.map(literal) ?? [null];
  return texts.includes(null) ? null : `[${texts.join(", ")}]`;
}

export interface RuleCost {
  readonly rule: string;
  readonly line: number;
  /** Fuel of its condition and of all it gives, at worst. */
  readonly worst: number;
}

/** What each rule may cost, the dearest first. */
export function costsOf(module: Module, lines: ReadonlyMap<string, number>): readonly RuleCost[] {
  const worst = (reading: Reading | null): number =>
    reading === null ? 0 : (module.functions[reading.function]?.worstFuel ?? 0);
  const cost = (row: RuleRow): number =>
    worst(row.truth) + [...row.obligations, ...row.advice].reduce((sum, { args }) => sum + worst(args), 0);
  return (module.policy?.rules ?? [])
    .map((row) => ({ rule: row.id, line: lines.get(row.id) ?? 0, worst: cost(row) }))
    .sort((a, b) => b.worst - a.worst || (a.rule < b.rule ? -1 : 1));
}
