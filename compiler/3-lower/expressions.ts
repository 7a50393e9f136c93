// Typed expressions to instructions. Errors and unknowns are values and travel by themselves, so an expression is straight
// code except where the language skips: `&&`, `||`, tables, defaults, loops.
import { ZERO } from "../../vm/decimal.ts";
import type { Type } from "../../vm/type.ts";
import type { NormQuestion, Place, TExpr } from "../model.ts";
import type { Builder } from "./builder.ts";
import type { Context } from "./context.ts";
import type { IrFunction, Var } from "./ir.ts";
import { CAUSE, INSTANCE, NORM, POWER, REGION } from "./layout.ts";
import { aggregate, comprehension } from "./loops.ts";
import { partsOf } from "./sizes.ts";

/** What lowering an expression needs around it. */
export interface Around {
  readonly b: Builder;
  /** Variables of comprehension bindings. */
  readonly locals: Map<number, Var>;
  read(place: Place, into?: Var): Var;
  /** Questions about obligations and powers. */
  ask(e: Question, into?: Var): Var;
  /** The function of a constraint; only policies have them. */
  constraint?(e: Constraint): IrFunction;
}
export type Constraint = TExpr & { readonly kind: "constraint" };
export type Question = TExpr & { readonly kind: "norm" | "norm_amount" | "norm_due" | "power" };

/** The variable that holds the value of `e`: `into` when given, else any. Never write to the result. Its instructions are
 *  mapped to the part of the source that `e` was written as: explanations and coverage read that. */
export function expression(cx: Around, e: TExpr, into?: Var): Var {
  let result = into;
  cx.b.at(e.span, () => {
    result = lowered(cx, e, into);
  });
  return result as Var;
}

function lowered(cx: Around, e: TExpr, into?: Var): Var {
  const { b } = cx;
  switch (e.kind) {
    case "const":
      return b.const(e.value, into);
    case "read":
      return cx.read(e.place, into);
    case "op":
      return operator(cx, e, into);
    case "and":
    case "or":
      return logic(cx, e, into);
    case "call":
      return b.builtin(e.builtin, args(cx, e.args), e.bound, into);
    case "choose":
      return choose(cx, e, into);
    case "known_first":
      return knownFirst(cx, e.args, into);
    case "get_or": {
      const result = into ?? b.var();
      const found = expression(cx, e.of, result);
      b.unless(orUnknown(cx, b.op("present", [found])), () => expression(cx, e.else, result));
      return result;
    }
    case "list":
    case "record": {
      const items = e.kind === "list" ? e.items : e.fields;
      return items.length === 0 ? b.empty(into) : b.op("record", [args(cx, items)[0] as Var, items.length], into);
    }
    case "field":
      return b.get(expression(cx, e.of), e.slot, into);
    case "any_field":
      return b.op("field", [expression(cx, e.of), e.name], into);
    case "constraint": {
      if (cx.constraint === undefined) throw new Error("an agreement has no constraints of CUE");
      return b.call(cx.constraint(e), [expression(cx, e.of)], into);
    }
    case "match":
      return b.op("match", [expression(cx, e.text), { pattern: e.pattern }, e.bound], into);
    case "comprehension":
      return comprehension(cx, e.loop, into);
    case "aggregate":
      return aggregate(cx, e, into);
    case "norm":
    case "norm_amount":
    case "norm_due":
    case "power":
      return cx.ask(e, into);
  }
}

/** Values in consecutive variables. */
function args(cx: Around, items: readonly TExpr[]): readonly Var[] {
  const group = cx.b.group(items.length);
  items.forEach((item, i) => {
    const target = group[i] as Var;
    cx.b.move(target, expression(cx, item, target));
  });
  return group;
}

/** True for `present` answers that are not exactly false: another error or an unknown stays what it is. */
function orUnknown(cx: Around, present: Var): Var {
  const result = cx.b.const(true);
  cx.b.block("present", (exit) => {
    cx.b.emit("jump_ne", present, { value: false }, exit);
    cx.b.const(false, result);
  });
  return result;
}

function operator(cx: Around, e: TExpr & { kind: "op" }, into?: Var): Var {
  const { b } = cx;
  const operands = e.args.map((arg) => expression(cx, arg));
  if (e.op === "eq" || e.op === "ne") {
    const bound = e.bound ?? Math.max(...e.args.map((arg) => partsOf(arg.type)));
    return b.op(e.op, [...operands, bound], into);
  }
  return b.op(e.op, operands, into);
}

/** The right side is skipped when the left decides. */
function logic(cx: Around, e: TExpr & { kind: "and" | "or" }, into?: Var): Var {
  const { b } = cx;
  const result = into ?? b.var();
  const [first, ...rest] = e.args;
  b.move(result, expression(cx, first as TExpr, result));
  b.block(`end ${e.kind}`, (exit) => {
    for (const next of rest) {
      if (e.kind === "and") b.jumpIfFalse(result, exit);
      else b.jumpIf(result, exit);
      b.op(e.kind, [result, expression(cx, next)], result);
    }
  });
  return result;
}

function choose(cx: Around, e: TExpr & { kind: "choose" }, into?: Var): Var {
  const { b } = cx;
  const result = into ?? b.var();
  b.block("chosen", (chosen) => {
    for (const row of e.rows) {
      b.block("next row", (next) => {
        const condition = expression(cx, row.when);
        b.jumpIfFalse(condition, next);
        b.if(
          condition,
          () => b.move(result, expression(cx, row.give, result)),
          // Unknown or an error: the whole table is.
          () => b.move(result, condition),
        );
        b.jump(chosen);
      });
    }
    b.move(result, expression(cx, e.else, result));
  });
  return result;
}

function knownFirst(cx: Around, items: readonly TExpr[], into?: Var): Var {
  const { b } = cx;
  const result = into ?? b.var();
  b.block("known", (exit) => {
    items.forEach((item, i) => {
      b.move(result, expression(cx, item, result));
      if (i < items.length - 1) b.jumpIf(b.op("known", [result]), exit);
    });
  });
  return result;
}

// ── Places ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

export function readPlace(cx: Context, place: Place, into?: Var): Var {
  const { b, frame } = cx;
  const taken = (value: Var): Var => (into === undefined ? value : b.move(into, value));
  switch (place.kind) {
    case "term": {
      const slot = cx.layout.termSlots[place.index];
      if (slot === null || slot === undefined) return b.const(cx.program.terms[place.index]?.value, into);
      return b.get(frame.state("terms"), slot, into);
    }
    case "fact":
      return b.get(frame.state("facts"), place.index, into);
    case "derived":
      return taken(derived(cx, place.index));
    case "input":
      return b.get(frame.run("inputs"), place.index, into);
    case "local":
      return taken(cx.locals.get(place.index) as Var);
    case "balance":
      return b.get(frame.state("balances"), place.account, into);
    case "state":
      return b.get(b.get(frame.state("regions"), place.region), REGION.state, into);
    case "entered":
      return b.get(b.get(frame.state("regions"), place.region), REGION.entered, into);
    case "now":
      return taken(frame.run("now"));
    case "caller":
      return taken(frame.run("caller"));
    case "active":
    case "ended":
      return phaseIs(cx, place.kind, into);
    case "outcome":
      return taken(frame.state("outcome"));
    case "activated":
      return taken(frame.state("activated"));
    case "ended_at":
      return taken(frame.state("ended"));
    case "instance":
      return cx.self === null ? b.const(undefined, into) : taken(cx.self.field(place.field));
    case "env":
      throw new Error("an agreement has no environment");
    case "cause":
      return cx.self === null ? b.const(undefined, into) : b.get(cx.self.cause(), CAUSE[place.field], into);
  }
}

function phaseIs(cx: Context, phase: "active" | "ended", into?: Var): Var {
  return isText(cx, cx.frame.state("phase"), [phase], into);
}

/** A bool: the variable holds one of the words. False for anything else, unknown included. */
export function isText(cx: Context, value: Var, oneOf: readonly string[], into?: Var): Var {
  const { b } = cx;
  const result = b.const(true, into);
  b.block("is", (exit) => {
    for (const word of oneOf) b.jumpEq(value, word, exit);
    b.const(false, result);
  });
  return result;
}

/** Computed once on each path until the state is written; a large one by its own function. */
export function derived(cx: Context, index: number): Var {
  const { b } = cx;
  return b.once(`derived ${index}`, () => {
    const called = cx.functions.derived(index);
    if (called !== null) return b.call(called, cx.frame.vars);
    const declared = cx.program.derived[index] as { readonly is: TExpr };
    // A variable of its own: what is remembered must not be a place that is written later.
    const result = b.var();
    return b.move(result, expression(cx, declared.is, result));
  });
}

// ── Obligations and powers ────────────────────────────────────────────────────────────────────────────────────────────

export function answerQuestion(cx: Context, e: Question, into?: Var): Var {
  const { b } = cx;
  switch (e.kind) {
    case "norm":
      return normQuestion(cx, e.ask, e.norm, into);
    case "norm_amount":
      return normAmount(cx, e.ask, e.norm, into);
    case "norm_due":
      return b.get(b.get(norm(cx, e.norm), NORM.latest), INSTANCE.due, into);
    case "power":
      return powerQuestion(cx, e.ask, e.power, into);
  }
}

/** What is kept of an obligation, as it is now. */
export function norm(cx: Context, index: number): Var {
  return cx.b.get(cx.frame.state("norms"), index);
}

function normQuestion(cx: Context, ask: NormQuestion, index: number, into?: Var): Var {
  const { b } = cx;
  const kept = norm(cx, index);
  if (ask === "open") return b.op("length", [b.get(kept, NORM.open)], into);
  if (ask === "times_violated") return b.get(kept, NORM.violated, into);
  const latest = b.get(kept, NORM.latest);
  if (ask === "born") return b.op("known", [latest], into);
  const status = b.get(latest, INSTANCE.status);
  if (ask === "met") return isText(cx, status, ["fulfilled"], into);
  if (ask !== "done") return isText(cx, status, [ask], into);
  // Performed at last: in time, in cure, or late and in full.
  const result = isText(cx, status, ["fulfilled", "cured"], into);
  b.unless(result, () => b.op("is_true", [b.get(latest, INSTANCE.madeGood)], result));
  return result;
}

function normAmount(cx: Context, ask: "paid" | "owed", index: number, into?: Var): Var {
  const { b } = cx;
  if (ask === "paid") return b.get(norm(cx, index), NORM.paid, into);
  return b.move(into ?? b.var(), owed(cx, index));
}

/** What the instances that can still be performed leave unpaid. */
export function owed(cx: Context, index: number): Var {
  const { b } = cx;
  const declared = cx.program.norms[index] as (typeof cx.program.norms)[number];
  const sum = b.const(ZERO);
  const kept = norm(cx, index);
  const add = (list: Var, bound: number): void => {
    b.loop(list, bound, (instance) => {
      const amount = b.get(instance, INSTANCE.amount);
      b.if(b.op("known", [amount]), () => {
        b.op("add", [sum, b.op("sub", [amount, b.get(instance, INSTANCE.paid)])], sum);
      });
    });
  };
  add(b.get(kept, NORM.open), declared.openAtMost);
  if (declared.late) add(b.get(kept, NORM.late), declared.openAtMost);
  return sum;
}

function powerQuestion(cx: Context, ask: "used" | "usable", index: number, into?: Var): Var {
  const { b } = cx;
  const kept = b.get(cx.frame.state("powers"), index);
  if (ask === "used") return b.op("lt", [b.const(0), b.get(kept, POWER.used)], into);
  return usable(cx, index, into);
}

/** A bool: active, enabled, not used up, `when` true and `unless` not true. */
export function usable(cx: Context, index: number, into?: Var): Var {
  const { b } = cx;
  const power = cx.program.powers[index] as (typeof cx.program.powers)[number];
  const result = b.const(false, into);
  b.block("usable", (exit) => {
    b.jumpNe(cx.frame.state("phase"), "active", exit);
    const kept = b.get(cx.frame.state("powers"), index);
    b.jumpUnless(b.get(kept, POWER.enabled), exit);
    b.jumpIf(b.op("known", [b.get(kept, POWER.notice)]), exit);
    if (power.times !== "often") b.jumpUnless(b.op("lt", [b.get(kept, POWER.used), b.const(power.times)]), exit);
    if (power.when !== null) b.jumpUnless(expression(cx, power.when), exit);
    if (power.unless !== null) b.jumpUnless(b.op("not", [expression(cx, power.unless)]), exit);
    b.const(true, result);
  });
  return result;
}

/** The type without `?`. */
export const plain = (type: Type): Type => (type.kind === "optional" ? type.of : type);
