// Every expression the author wrote, as the checker understood it, with the rule it belongs to.
import type { EffectsDecl, Loop, Program, TExpr } from "../model.ts";

export interface Rule {
  /** `power \`terminate\`: when`, `derived \`delay\``. */
  readonly what: string;
  readonly expr: TExpr;
}

export function rulesOf(program: Program): Rule[] {
  const rules: Rule[] = [];
  const add = (what: string, expr: TExpr | null | undefined): void => {
    if (expr !== null && expr !== undefined) rules.push({ what, expr });
  };
  const effects = (what: string, each: EffectsDecl): void => {
    for (const { fact, value } of each.then) add(`${what}: \`${program.facts[fact]?.name}\` becomes`, value);
    for (const { name, value } of each.give) add(`${what}: gives \`${name}\``, value);
    for (const { what: told } of each.tell) add(`${what}: tells`, told);
    for (const move of each.moves) {
      add(`${what}: amount`, move.amount === "all" ? null : move.amount);
      if (move.kind === "split") for (const { share } of move.shares) add(`${what}: share`, share);
    }
    for (const row of each.cases) {
      add(`${what}: case`, row.when);
      if (row.effects !== "refuse") effects(what, row.effects);
    }
  };
  for (const { name, is } of program.derived) add(`derived \`${name}\``, is);
  for (const account of program.accounts) {
    add(`account \`${account.name}\`: begins with`, account.toBegin);
    add(`account \`${account.name}\`: cap`, account.cap);
  }
  for (const action of program.actions) {
    const what = `action \`${action.name}\``;
    add(`${what}: pays`, action.pays?.amount);
    add(`${what}: opens`, action.opens);
    add(`${what}: in time until`, action.closes?.at);
    for (const need of action.needs) add(`${what}: needs \`${need.name}\``, need.condition);
    effects(what, action.effects);
  }
  for (const norm of program.norms) {
    const what = `obligation \`${norm.name}\``;
    if (norm.duty.kind === "holds") add(`${what}: holds`, norm.duty.condition.expr);
    add(`${what}: when`, norm.when?.expr);
    add(`${what}: amount`, norm.amount);
    add(`${what}: parts at least`, norm.partsAtLeast);
    add(`${what}: deadline`, norm.deadline?.at);
    add(`${what}: unless`, norm.unless);
    add(`${what}: cure`, norm.cure?.at);
    for (const next of norm.else) if (next.kind === "effects") effects(`${what}: else`, next.effects);
  }
  for (const power of program.powers) {
    const what = `power \`${power.name}\``;
    add(`${what}: when`, power.when);
    add(`${what}: unless`, power.unless);
    add(`${what}: notice`, power.notice?.at);
    effects(what, power.effects);
  }
  for (const region of program.regions)
    for (const state of region.states) {
      const what = `state \`${state.name}\``;
      for (const on of state.on) for (const branch of on.branches) add(`${what}: on`, branch.when);
      for (const after of state.after) add(`${what}: after`, after.at.at);
      for (const when of state.when) add(`${what}: when`, when.condition.expr);
      if (state.enter !== null) effects(`${what}: enter`, state.enter);
    }
  for (const limit of program.limits) add(`limit \`${limit.name}\``, limit.must.expr);
  add("the agreement runs until", program.expires?.at);
  return rules;
}

/** Parts of an expression, itself last. */
export function nodesOf(expr: TExpr): TExpr[] {
  return [...childrenOf(expr).flatMap(nodesOf), expr];
}

function childrenOf(expr: TExpr): readonly TExpr[] {
  switch (expr.kind) {
    case "op":
    case "and":
    case "or":
    case "call":
    case "known_first":
      return expr.args;
    case "choose":
      return [...expr.rows.flatMap((row) => [row.when, row.give]), expr.else];
    case "get_or":
      return [expr.of, expr.else];
    case "list":
      return expr.items;
    case "record":
      return expr.fields;
    case "field":
    case "any_field":
    case "constraint":
      return [expr.of];
    case "match":
      return [expr.text];
    case "comprehension":
    case "aggregate":
      return ofLoop(expr.loop);
    default:
      return [];
  }
}

function ofLoop(loop: Omit<Loop, "clauses" | "body"> & Partial<Pick<Loop, "clauses" | "body">>): TExpr[] {
  const clauses = (loop.clauses ?? []).flatMap((clause): readonly TExpr[] =>
    clause.kind === "if" ? [clause.condition] : clause.kind === "let" ? [clause.value] : ofLoop(clause.loop),
  );
  return [loop.source, ...clauses, ...(loop.body === undefined ? [] : [loop.body])];
}
