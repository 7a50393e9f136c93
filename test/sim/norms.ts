// Step 7: the life of obligations, one sweep after the other until nothing changes.
import type { NormDecl } from "../../compiler/model.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import { enter, instantOf, payable, runEffects, shift } from "./effects.ts";
import { type Env, evaluate, restOf } from "./evaluate.ts";
import { isNegative, isZero, minus, plus, smaller, ZERO } from "./money.ts";
import { endWith, envOf, type Run } from "./run.ts";
import { type Cause, type Instance, isOpen, lateOnes, Refused } from "./state.ts";

export const envOfInstance = (run: Run, instance: Instance): Env => ({
  ...envOf(run),
  inputs: instance.inputs,
  instance,
  cause: instance.cause,
});

export function settle(run: Run): void {
  for (let first = true, changed = true; changed; first = false) {
    changed = regions(run, first);
    for (const [norm, decl] of run.model.program.norms.entries()) changed = sweep(run, norm, decl, first) || changed;
  }
}

// ── Business states: `on`, then `when` ────────────────────────────────────────────────────────────────────────────────

/** A round of the regions in declared order: each makes at most one move, by what effects or its timer asked for, by the
 *  event (`on`), or by a condition (`when`). */
function regions(run: Run, first: boolean): boolean {
  const { model } = run;
  if (model.phase !== "active") return false;
  let changed = false;
  for (const [r, region] of model.program.regions.entries()) {
    const asked = run.targets.get(r);
    run.targets.delete(r);
    const { state } = model.regions[r]!;
    const current = state === null ? undefined : region.states[state];
    const on = first ? current?.on.find((each) => each.action === run.action) : undefined;
    const target =
      asked ??
      on?.branches.find((each) => isTrue(run, each.when))?.to ??
      current?.when.find(
        (each) => !run.entered.has(`${r} ${each.to}`) && evaluate(model, each.condition.expr, envOf(run)) === true,
      )?.to;
    if (target !== undefined) changed = enter(run, r, target) || changed;
  }
  return changed;
}

const isTrue = (run: Run, condition: Parameters<typeof evaluate>[1] | null): boolean =>
  condition === null || evaluate(run.model, condition, envOf(run)) === true;

// ── One sweep of one obligation ───────────────────────────────────────────────────────────────────────────────────────

function sweep(run: Run, norm: number, decl: NormDecl, first: boolean): boolean {
  const { model } = run;
  const state = model.norms[norm]!;
  if (model.phase === "offered" || (model.phase === "ended" && !decl.survives)) return false;
  let changed = false;
  if (first) changed = meet(run, norm, decl) || changed;
  // Births: what waits was asked for by activation, an action, a violation; `again` asks by itself.
  if (first && decl.birth.kind === "on" && run.action === decl.birth.action && model.phase === "active") {
    ask(run, norm, decl, { key: model.seq, cause: null, inputs: run.inputs });
    changed = true;
  }
  for (const birth of run.births.filter((each) => each.norm === norm)) {
    run.births.splice(run.births.indexOf(birth), 1);
    // What no longer survives the end is not born any more.
    if (model.phase === "ended" && decl.survivesUntil !== null && state.until === null) continue;
    ask(run, norm, decl, { key: state.births, cause: birth.cause, inputs: [] });
    changed = true;
  }
  if (decl.again && decl.when !== null && model.phase === "active") {
    const level = evaluate(model, decl.when.expr, envOf(run)) === true;
    if (level && !state.raised) {
      ask(run, norm, decl, { key: state.births, cause: null, inputs: [] });
      changed = true;
    }
    state.raised = level;
  }
  for (const instance of [...state.waiting]) changed = tryBirth(run, norm, decl, instance) || changed;
  if (decl.duty.kind === "holds")
    for (const instance of [...state.born.filter(isOpen), ...lateOnes(model, norm)])
      changed = watch(run, decl, instance) || changed;
  return changed;
}

/** A birth is asked for; it happens when `when` is true. */
export function ask(run: Run, norm: number, decl: NormDecl, from: Pick<Instance, "key" | "cause" | "inputs">): void {
  const state = run.model.norms[norm]!;
  if (state.waiting.length + state.born.filter(isOpen).length >= decl.openAtMost) throw new Refused("limit", decl.name);
  state.births += 1;
  state.waiting.push({
    norm,
    ...from,
    status: "waiting",
    born: run.now,
    due: null,
    cure: null,
    amount: undefined,
    paid: ZERO,
    late: false,
    madeGood: false,
    unborn: false,
    violation: null,
    givenUp: false,
  });
}

function tryBirth(run: Run, norm: number, decl: NormDecl, instance: Instance): boolean {
  const { model, now } = run;
  const state = model.norms[norm]!;
  // What is read at birth sees the instant of birth; one that goes on waiting keeps when it was asked for.
  const env = envOfInstance(run, { ...instance, born: now });
  if (decl.when !== null && evaluate(model, decl.when.expr, env) !== true) return false;
  if (decl.amount !== null && !decl.amountWhenPaid) {
    const amount = amountOf(model, decl, env);
    if (amount === undefined) return false;
    instance.amount = amount;
  }
  if (decl.deadline !== null) {
    const due = instantOf(evaluate(model, decl.deadline.at, env), decl.name);
    if (due === null) return false;
    instance.due = due;
  }
  state.waiting.splice(state.waiting.indexOf(instance), 1);
  state.born.push(instance);
  instance.status = "active";
  instance.born = now;
  if (decl.from !== null && instance.amount !== undefined && decl.duty.kind === "pay") payFrom(run, decl, instance);
  if (decl.duty.kind === "pay" && instance.amount !== undefined && isZero(restOf(instance)))
    instance.status = "fulfilled";
  return true;
}

/** The agreement pays at birth what the account holds; the rest stays a claim, or is waived by a limit. */
function payFrom(run: Run, decl: NormDecl, instance: Instance): void {
  const { model } = run;
  const { roles, assets, accounts } = model.program;
  const account = decl.from!;
  const asset = assets[accounts[account]!.asset]!.name;
  const from = { account };
  const to = { party: roles[decl.creditor!]!.name, brought: false };
  let part = smaller(instance.amount, model.balances[account]);
  if (run.timer) {
    const { paid, waived } = payable(run, { account, asset, to, instance }, instance.amount);
    part = paid;
    instance.amount = minus(instance.amount, waived);
  }
  instance.paid = plus(instance.paid, part);
  if (isZero(part)) return;
  shift(run, { verb: "pay", asset, amount: part, from, to });
  run.moves.push({ verb: "pay", asset, amount: part, from: accounts[account]!.name, to: to.party });
}

/** Landed, never negative; undefined while it is unknown. */
export function amountOf(model: Run["model"], decl: NormDecl, env: Env): Value {
  const amount = evaluate(model, decl.amount!, env);
  if (amount instanceof ErrorValue) throw new Refused("fault", decl.name);
  if (amount !== undefined && isNegative(amount)) throw new Refused("fault", decl.name);
  return amount;
}

// ── Performing ────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Oldest due first; without a deadline last; then the first born. */
export function oldest(instances: readonly Instance[]): Instance | undefined {
  const due = (instance: Instance): number => instance.due ?? Number.POSITIVE_INFINITY;
  return [...instances].sort((a, b) => (due(a) === due(b) ? 0 : due(a) < due(b) ? -1 : 1))[0];
}

function meet(run: Run, norm: number, decl: NormDecl): boolean {
  const { model } = run;
  if (decl.duty.kind !== "must" || run.action !== decl.duty.action) return false;
  if (run.caller !== model.program.roles[decl.debtor]!.name) return false;
  if (run.for !== null && run.for !== decl.name) return false;
  const { born } = model.norms[norm]!;
  const open = oldest(born.filter(isOpen));
  if (open !== undefined) {
    open.late = open.status === "overdue";
    open.status = open.late ? "cured" : "fulfilled";
    return true;
  }
  const late = oldest(lateOnes(model, norm));
  if (late === undefined) return false;
  late.late = true;
  late.madeGood = true;
  return true;
}

/** A condition without a deadline is broken as soon as it is exactly false; one in cure is mended when it is true. */
function watch(run: Run, decl: NormDecl, instance: Instance): boolean {
  if (decl.duty.kind !== "holds") return false;
  const value = evaluate(run.model, decl.duty.condition.expr, envOfInstance(run, instance));
  if (instance.status === "overdue") {
    if (value !== true) return false;
    instance.status = "cured";
    instance.late = true;
    return true;
  }
  if (instance.status === "violated") {
    if (value !== true) return false;
    instance.late = true;
    instance.madeGood = true;
    return true;
  }
  if (decl.deadline !== null || value !== false) return false;
  fallDue(run, decl, instance);
  return true;
}

// ── Falling due ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** The instance is unmet at its due instant: excused, overdue or violated. */
export function fallDue(run: Run, decl: NormDecl, instance: Instance): void {
  const { model } = run;
  const env = envOfInstance(run, instance);
  if (decl.unless !== null) {
    const unless = evaluate(model, decl.unless, env);
    if (unless instanceof ErrorValue) throw new Refused("fault", decl.name);
    if (unless === true || (unless === undefined && decl.unknown === "excused")) {
      instance.status = "excused";
      return;
    }
  }
  if (decl.cure !== null) {
    instance.status = "overdue";
    instance.cure = instantOf(evaluate(model, decl.cure.at, env), decl.name);
    return;
  }
  violate(run, decl, instance);
}

/** At the due instant. A condition is read now. */
export function due(run: Run, decl: NormDecl, instance: Instance): void {
  if (decl.duty.kind === "holds") {
    const value = evaluate(run.model, decl.duty.condition.expr, envOfInstance(run, instance));
    if (value instanceof ErrorValue) throw new Refused("fault", decl.name);
    if (value === true) {
      instance.status = "fulfilled";
      return;
    }
    if (value === undefined && decl.unknown === "excused") {
      instance.status = "excused";
      return;
    }
  }
  fallDue(run, decl, instance);
}

export function violate(run: Run, decl: NormDecl, instance: Instance): void {
  const { model } = run;
  instance.status = "violated";
  instance.violation = model.seq;
  const late = lateOnes(model, instance.norm);
  if (late.length > decl.openAtMost) late[0]!.givenUp = true;
  const cause: Cause = {
    of: instance,
    due: instance.due,
    amount: instance.amount,
    paid: instance.paid,
    born: instance.born,
  };
  for (const next of decl.else) {
    switch (next.kind) {
      case "norm":
        run.births.push({ norm: next.norm, cause });
        break;
      case "power":
        model.powers[next.power]!.armed = true;
        break;
      case "end":
        endWith(run, "terminated", decl.name);
        break;
      case "effects":
        runEffects(run, next.effects, { ...envOfInstance(run, instance), cause }, decl.name);
        break;
    }
  }
}
