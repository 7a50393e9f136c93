// Typed expressions, evaluated by walking the tree: the plain reading that compiled code is compared with.
import type { Loop, NormQuestion, TExpr } from "../../compiler/model.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { LIMIT, runBuiltin, unitsOf } from "../../vm/operations.ts";
import { ErrorValue, MapValue, type Value } from "../../vm/value.ts";
import { findPattern, inTheWay, operate } from "./adapter.ts";
import { minus, plus, ZERO } from "./money.ts";
import { type Cause, type Instance, isLate, isOpen, latest, type Model } from "./state.ts";

/** What an expression may read besides the state. */
export interface Env {
  readonly now: number;
  /** Name of the role that acts, or the did of a stranger. */
  readonly caller: string | null;
  readonly inputs: readonly Value[];
  /** The instance at hand, and in what follows a violation the violated one. */
  readonly instance: Instance | null;
  readonly cause: Cause | null;
}

export const plainEnv = (now: number, caller: string | null = null, inputs: readonly Value[] = []): Env => ({
  now,
  caller,
  inputs,
  instance: null,
  cause: null,
});

const builtins = new Map(BUILTINS.map((builtin) => [builtin.id, builtin]));

type Locals = ReadonlyMap<number, Value>;

export const evaluate = (model: Model, expr: TExpr, env: Env): Value =>
  new Evaluator(model, env).value(expr, new Map());

class Evaluator {
  readonly model: Model;
  readonly env: Env;

  constructor(model: Model, env: Env) {
    this.model = model;
    this.env = env;
  }

  value(expr: TExpr, locals: Locals): Value {
    const all = (exprs: readonly TExpr[]): Value[] => exprs.map((each) => this.value(each, locals));
    switch (expr.kind) {
      case "const":
        return expr.value;
      case "read":
        return this.#read(expr.place, locals);
      case "op":
        return operate(expr.op, all(expr.args));
      case "and":
      case "or":
        return kleene(all(expr.args), expr.kind === "or");
      case "call": {
        const builtin = builtins.get(expr.builtin)!;
        const args = all(expr.args);
        const obstacle = builtin.lazy === true ? null : inTheWay(args);
        if (obstacle !== null) return obstacle.value;
        if (builtin.perUnit !== undefined && unitsOf(args[builtin.perUnit.argument]) > expr.bound) return LIMIT;
        return runBuiltin(builtin, args);
      }
      case "choose": {
        for (const row of expr.rows) {
          const when = this.value(row.when, locals);
          if (when === true) return this.value(row.give, locals);
          if (when !== false) return when instanceof ErrorValue ? when : undefined;
        }
        return this.value(expr.else, locals);
      }
      case "known_first": {
        const values = all(expr.args);
        return values.find((value) => value !== undefined && !(value instanceof ErrorValue)) ?? values.at(-1);
      }
      case "get_or": {
        const value = this.value(expr.of, locals);
        return value instanceof ErrorValue && value.code === "absent" ? this.value(expr.else, locals) : value;
      }
      case "list":
        return all(expr.items);
      case "record":
        return all(expr.fields);
      case "field": {
        const of = this.value(expr.of, locals);
        return Array.isArray(of) ? of[expr.slot] : of;
      }
      case "any_field": {
        const of = this.value(expr.of, locals);
        if (of instanceof ErrorValue) return of;
        if (of === null || of === undefined) return new ErrorValue("absent", expr.name);
        if (!(of instanceof MapValue)) return new ErrorValue("kind");
        const at = of.keys.indexOf(expr.name);
        return at < 0 ? new ErrorValue("absent", expr.name) : of.values[at];
      }
      case "match": {
        const text = this.value(expr.text, locals);
        if (typeof text !== "string") return text;
        return unitsOf(text) > expr.bound ? LIMIT : findPattern(expr.pattern, text);
      }
      case "comprehension":
        return this.#collect(expr.loop, locals);
      case "aggregate":
        return aggregate(expr.over, this.#collect(expr.loop, locals));
      case "norm":
        return this.#ask(expr.ask, expr.norm);
      case "norm_amount":
        return expr.ask === "paid" ? paidOf(this.model, expr.norm) : owedOf(this.model, expr.norm);
      case "norm_due":
        return latest(this.model.norms[expr.norm]!)?.due ?? undefined;
      case "power":
        return expr.ask === "used"
          ? this.model.powers[expr.power]!.used > 0
          : isUsable(this.model, expr.power, this.env.now);
    }
  }

  #read(place: Extract<TExpr, { kind: "read" }>["place"], locals: Locals): Value {
    const { model, env } = this;
    switch (place.kind) {
      case "term":
        return model.terms[place.index];
      case "fact":
        return model.facts[place.index];
      case "derived":
        return this.value(model.program.derived[place.index]!.is, new Map());
      case "input":
        return env.inputs[place.index];
      case "local":
        return locals.get(place.index);
      case "balance":
        return model.balances[place.account];
      case "state": {
        const { state } = model.regions[place.region]!;
        return state === null ? undefined : model.program.regions[place.region]!.states[state]!.name;
      }
      case "entered":
        return model.regions[place.region]!.entered ?? undefined;
      case "now":
        return env.now;
      case "caller":
        return env.caller ?? undefined;
      case "active":
        return model.phase === "active";
      case "ended":
        return model.phase === "ended";
      case "outcome":
        return model.outcome ?? undefined;
      case "activated":
        return model.activated ?? undefined;
      case "ended_at":
        return model.endedAt ?? undefined;
      case "instance":
        return env.instance?.[place.field] ?? undefined;
      case "cause":
        return env.cause?.[place.field] ?? undefined;
    }
  }

  #collect(loop: Loop, outer: Locals): Value {
    const source = this.value(loop.source, outer);
    if (!Array.isArray(source)) return source;
    const out: Value[] = [];
    for (const [index, item] of (source as readonly Value[]).entries()) {
      const locals = new Map(outer).set(loop.item, item);
      if (loop.index !== null) locals.set(loop.index, index);
      let keep: Value = true;
      for (const clause of loop.clauses) {
        if (clause.kind === "let") locals.set(clause.local, this.value(clause.value, locals));
        else if (clause.kind === "if") keep = this.value(clause.condition, locals);
        else throw new Error("the model has no `for` inside a `for`");
        if (keep !== true) break;
      }
      if (keep === true) out.push(this.value(loop.body, locals));
      else if (keep !== false) out.push(keep);
    }
    return out;
  }

  /** Inside an instance and its remedies: itself or its cause. Elsewhere the latest born. */
  #ask(question: NormQuestion, norm: number): Value {
    const { model, env } = this;
    const all = model.norms[norm]!;
    if (question === "open") return all.waiting.length + all.born.filter(isOpen).length;
    if (question === "times_violated") return all.born.filter((instance) => instance.status === "violated").length;
    if (question === "born") return all.born.length > 0;
    const own = [env.instance, env.cause?.of].find((instance) => instance?.norm === norm);
    const instance = own ?? latest(all);
    if (instance === undefined) return false;
    switch (question) {
      case "done":
        return isDone(instance);
      case "met":
        return instance.status === "fulfilled";
      default:
        return instance.status === question;
    }
  }
}

/** 0005: fulfilled, cured, or violated and performed in full since. */
const isDone = ({ status, madeGood }: Instance): boolean =>
  status === "fulfilled" || status === "cured" || (status === "violated" && madeGood);

export const paidOf = (model: Model, norm: number): Value =>
  model.norms[norm]!.born.reduce((sum, instance) => plus(sum, instance.paid), ZERO as Value);

/** What is still owed on an open instance, or on one that may be paid late. */
export const restOf = (instance: Instance): Value =>
  instance.amount === undefined ? ZERO : minus(instance.amount, instance.paid);

export const owedOf = (model: Model, norm: number): Value =>
  model.norms[norm]!.born.filter((instance) => isOpen(instance) || isLate(model, instance)).reduce(
    (sum, instance) => plus(sum, restOf(instance)),
    ZERO as Value,
  );

/** `when` true, `unless` not true, enabled, and not used up. */
export function isUsable(model: Model, index: number, now: number): boolean {
  const decl = model.program.powers[index]!;
  const power = model.powers[index]!;
  const env = plainEnv(now);
  return (
    model.phase === "active" &&
    (decl.times === "often" || power.used < decl.times) &&
    (!decl.onlyAfterElse || power.armed) &&
    power.notice === null &&
    (decl.when === null || evaluate(model, decl.when, env) === true) &&
    (decl.unless === null || evaluate(model, decl.unless, env) === false)
  );
}

function kleene(values: readonly Value[], deciding: boolean): Value {
  if (values.includes(deciding)) return deciding;
  const obstacle = inTheWay(values);
  return obstacle === null ? !deciding : obstacle.value;
}

function aggregate(over: Extract<TExpr, { kind: "aggregate" }>["over"], list: Value): Value {
  if (!Array.isArray(list)) return list;
  const items = list as readonly Value[];
  if (over === "any") return kleene(items, true);
  if (over === "all") return kleene(items, false);
  if (over === "none") return operate("not", [kleene(items, true)]);
  const obstacle = inTheWay(items);
  if (obstacle !== null) return obstacle.value;
  if (over === "count") return items.filter((item) => item === true).length;
  if (over === "sum") return items.reduce((sum, item) => operate("add", [sum, item]), 0 as Value);
  if (items.length === 0) return new ErrorValue("empty");
  return items.reduce((best, item) => {
    const better = over === "min" ? operate("lt", [item, best]) : operate("lt", [best, item]);
    return better === true ? item : best;
  });
}
