// A checked policy to functions and the rows that name them. A function takes the values of the environment that its
// expressions read, in ascending order; derived values are read, never computed again.

import { TEXT_BYTES_MAX } from "../../vm/limits.ts";
import { READS_DERIVED } from "../../vm/policy/table.ts";
import type { Type } from "../../vm/type.ts";
import { Builder } from "../3-lower/builder.ts";
import { type Around, type Constraint, expression } from "../3-lower/expressions.ts";
import type { IrFunction, Label, Var } from "../3-lower/ir.ts";
import { partsOfExpr } from "../3-lower/nodes.ts";
import { ConstraintLowering, textOfConstraint } from "../constraint/index.ts";
import type { Place, TExpr } from "../model.ts";
import type { EachDecl, PolicyProgram, RuleDecl } from "./model.ts";

/** A function and what it is given. */
export interface LoweredReading {
  readonly function: IrFunction;
  readonly reads: readonly number[];
}
export interface LoweredRule {
  readonly rule: RuleDecl;
  readonly truth: LoweredReading | null;
  readonly obligations: readonly { readonly name: number; readonly args: LoweredReading }[];
  readonly advice: readonly { readonly name: number; readonly args: LoweredReading }[];
  readonly message: LoweredReading | null;
  readonly because: LoweredReading | null;
  readonly told: LoweredReading | null;
}
export interface LoweredPolicy {
  readonly functions: readonly IrFunction[];
  readonly derived: readonly LoweredReading[];
  readonly rules: readonly LoweredRule[];
}

/** Values of the environment in registers. */
class PolicyAround implements Around {
  readonly b: Builder;
  readonly locals = new Map<number, Var>();
  readonly constraint: (e: Constraint) => IrFunction;
  readonly #env: ReadonlyMap<number, Var>;
  constructor(b: Builder, reads: readonly number[], constraint: (e: Constraint) => IrFunction) {
    this.b = b;
    this.constraint = constraint;
    this.#env = new Map(reads.map((env, at) => [env, b.params[at] as Var]));
  }
  read(place: Place, into?: Var): Var {
    const found =
      place.kind === "local"
        ? this.locals.get(place.index)
        : place.kind === "env" || place.kind === "derived"
          ? this.#env.get(place.kind === "env" ? place.index : READS_DERIVED + place.index)
          : undefined;
    if (found === undefined) throw new Error(`a policy cannot read ${place.kind}`);
    return into === undefined ? found : this.b.move(into, found);
  }
  ask(): Var {
    throw new Error("a policy has no obligations of parties");
  }
}

/** Numbers of the environment that expressions read, ascending. */
function readsOf(exprs: readonly TExpr[]): readonly number[] {
  const found = new Set<number>();
  const visit = (e: TExpr): void => {
    if (e.kind === "read") {
      if (e.place.kind === "env") found.add(e.place.index);
      if (e.place.kind === "derived") found.add(READS_DERIVED + e.place.index);
    }
    for (const part of partsOfExpr(e)) visit(part);
  };
  for (const expr of exprs) visit(expr);
  return [...found].sort((a, b) => a - b);
}

export function lowerPolicy(program: PolicyProgram): LoweredPolicy {
  const functions: IrFunction[] = [];
  const constraints = new Map<string, IrFunction>();
  /** Equal constraints are one function. */
  const constraint = (e: Constraint): IrFunction => {
    const key = textOfConstraint(e.constraint, e.items);
    const known = constraints.get(key);
    if (known !== undefined) return known;
    const lowering = new ConstraintLowering(e.constraint, { items: e.items, text: TEXT_BYTES_MAX }, "errs");
    const made = lowering.holds(`constraint ${constraints.size + 1}`);
    functions.push(...lowering.functions);
    constraints.set(key, made);
    return made;
  };
  const make = (name: string, exprs: readonly TExpr[], body: (cx: PolicyAround) => void): LoweredReading => {
    const reads = readsOf(exprs);
    const b = new Builder(name, reads.length);
    body(new PolicyAround(b, reads, constraint));
    const made = b.finish();
    functions.push(made);
    return { function: made, reads };
  };
  const value = (name: string, expr: TExpr): LoweredReading =>
    make(name, [expr], (cx) => cx.b.ret(expression(cx, expr)));
  const text = (name: string, expr: TExpr | null): LoweredReading | null => (expr === null ? null : value(name, expr));

  const derived = program.derived.map(({ name, is }) => value(`derive ${name}`, is));
  const rules = program.rules.map((rule): LoweredRule => {
    const { id, each } = rule;
    const given = (
      what: string,
      list: RuleDecl["then"],
      names: readonly { readonly name: string; readonly type: Type }[],
    ) => list.map(({ name, args }) => ({ name, args: value(`${what} ${id} ${names[name]?.name}`, args) }));
    const truth =
      each.length > 0
        ? make(`rule ${id}`, combinationExprs(rule, false), (cx) => combinations(cx, rule, false))
        : rule.effect === "table"
          ? make(`rule ${id}`, tableExprs(rule), (cx) => rows(cx, rule))
          : rule.truth === null
            ? null
            : value(`rule ${id}`, rule.truth);
    return {
      rule,
      truth,
      obligations: given("then", rule.then, program.obligations),
      advice: given("advise", rule.advise, program.advice),
      message: each.length > 0 ? null : text(`message ${id}`, rule.message),
      because: each.length > 0 ? null : text(`because ${id}`, rule.because),
      told:
        each.length > 0 ? make(`told ${id}`, combinationExprs(rule, true), (cx) => combinations(cx, rule, true)) : null,
    };
  });
  return { functions, derived, rules };
}

// ── Rules over elements ───────────────────────────────────────────────────────────────────────────────────────────────

const sourcesOf = (each: readonly EachDecl[]): TExpr[] =>
  each.flatMap(({ sources }) => sources.flatMap(({ list, path }) => [list, path]));

const present = (exprs: readonly (TExpr | null)[]): TExpr[] => exprs.filter((each): each is TExpr => each !== null);

const combinationExprs = (rule: RuleDecl, told: boolean): TExpr[] => [
  ...sourcesOf(rule.each),
  ...present([rule.truth, rule.tableEffect, ...(told ? [rule.message, rule.because] : [])]),
];

const mostOf = (each: readonly EachDecl[]): number =>
  each.reduce(
    (product, { sources }) =>
      product *
      Math.max(
        1,
        sources.reduce((sum, { bound }) => sum + bound, 0),
      ),
    1,
  );

/** The list of combinations that are true or err: `[paths, outcome]`, with `told` also message and because. A table ends with its first. */
function combinations(cx: PolicyAround, rule: RuleDecl, told: boolean): void {
  const { b } = cx;
  const result = b.const([], b.var());
  const most = mostOf(rule.each);
  const add = (parts: readonly Var[]): void => {
    b.op("put", [result, b.op("length", [result]), b.record(parts), most], result);
  };
  const texts = told ? [rule.message, rule.because] : [];
  const put = (paths: readonly Var[], outcome: Var): void =>
    add([
      b.record(paths),
      outcome,
      ...texts.map((each) => (each === null ? b.const(null) : b.move(b.var(), expression(cx, each)))),
    ]);
  const fail = (paths: readonly Var[], error: Var): void =>
    add([b.record(paths), error, ...texts.map(() => b.const(null))]);
  b.block("end of combinations", (end) => {
    over(cx, rule.each, 0, [], { put, fail, end, rule });
  });
  b.ret(result);
}

interface Walk {
  readonly put: (paths: readonly Var[], outcome: Var) => void;
  /** The same without texts: they may read elements. */
  readonly fail: (paths: readonly Var[], error: Var) => void;
  readonly end: Label;
  readonly rule: RuleDecl;
}

function over(cx: PolicyAround, each: readonly EachDecl[], from: number, paths: readonly Var[], walk: Walk): void {
  const { b } = cx;
  const binding = each[from];
  if (binding === undefined) return decide(cx, paths, walk);
  for (const { list, bound, path, name } of binding.sources) {
    const source = b.move(b.var(), expression(cx, list));
    b.if(
      b.op("is_error", [source]),
      () => {
        // A source that errs is an erring combination: no element can be told.
        walk.fail([...paths, b.const(name)], source);
        if (walk.rule.effect === "table") b.jump(walk.end);
      },
      () =>
        b.loop(source, bound, (item, index) => {
          cx.locals.set(binding.item, item);
          cx.locals.set(binding.index, index);
          const text = b.move(b.var(), expression(cx, path));
          over(cx, each, from + 1, [...paths, text], walk);
        }),
    );
  }
}

function decide(cx: PolicyAround, paths: readonly Var[], walk: Walk): void {
  const { b } = cx;
  const { rule, put, end } = walk;
  b.block("next", (next) => {
    const outcome = b.var();
    if (rule.truth === null) b.const(true, outcome);
    else b.move(outcome, expression(cx, rule.truth, outcome));
    b.jumpIfFalse(outcome, next);
    if (rule.tableEffect !== null) b.if(outcome, () => effectInto(cx, rule.tableEffect as TExpr, outcome));
    put(paths, outcome);
    if (rule.effect === "table") b.jump(end);
  });
}

/** "allow", "deny" or an error. */
function effectInto(cx: PolicyAround, effect: TExpr, into: Var): void {
  const { b } = cx;
  b.move(into, expression(cx, effect, into));
  b.block("effect", (exit) => {
    for (const word of ["allow", "deny"]) b.jumpEq(into, word, exit);
    b.jumpIf(b.op("is_error", [into]), exit);
    b.op("fail", ["an effect is allow or deny"], into);
  });
}

// ── Literal tables ────────────────────────────────────────────────────────────────────────────────────────────────────

const tableExprs = (rule: RuleDecl): TExpr[] => [
  ...present([rule.truth, rule.tableEffect]),
  ...(rule.rows ?? []).map(({ truth }) => truth),
];

/** `[paths, outcome]` of the row that decided, or false. */
function rows(cx: PolicyAround, rule: RuleDecl): void {
  const { b } = cx;
  const result = b.const(false);
  b.block("decided", (decided) => {
    const answer = (path: string, outcome: Var): void => {
      const paths = b.record([b.const(path)]);
      b.record([paths, outcome], result);
    };
    if (rule.truth !== null) {
      const truth = b.move(b.var(), expression(cx, rule.truth));
      b.jumpIfFalse(truth, decided);
      b.unless(truth, () => {
        answer(rule.id, truth);
        b.jump(decided);
      });
    }
    if (rule.tableEffect !== null) {
      const outcome = b.var();
      effectInto(cx, rule.tableEffect, outcome);
      answer(rule.id, outcome);
      b.jump(decided);
    }
    for (const row of rule.rows ?? []) {
      b.block("next row", (next) => {
        const truth = b.move(b.var(), expression(cx, row.truth));
        b.jumpIfFalse(truth, next);
        b.if(truth, () => b.const(row.effect, truth));
        answer(row.id, truth);
        b.jump(decided);
      });
    }
  });
  b.ret(result);
}
