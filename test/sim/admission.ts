// Steps 3 and 4: whether an event is let in, in the order of rule 15.
import type { ActionDecl, WhoDecl } from "../../compiler/model.ts";
import { conform } from "../../vm/conform.ts";
import { ErrorValue, MapValue, type Value } from "../../vm/value.ts";
import { instantOf, runEffects, transfer } from "./effects.ts";
import { type Env, evaluate, plainEnv } from "./evaluate.ts";
import { isAmount, isPositive, isZero, lessThan, minus, plus, ZERO } from "./money.ts";
import { envOf, newRun, type Run } from "./run.ts";
import { addTo, copyOf, isLate, isOpen, type Model, Refused, type SimEvent } from "./state.ts";
import { exercise } from "./timers.ts";

/** Amounts that came, by asset. Assets the agreement does not know, negative sums and parts of the minor unit are no input. */
export function broughtBy(model: Model, event: SimEvent): Map<string, Value> {
  const came = new Map<string, Value>();
  for (const [name, amount] of event.value ?? []) {
    const asset = model.program.assets.find((each) => each.name === name);
    if (asset === undefined || came.has(name)) throw new Refused("invalid-input", event.name);
    if (!isAmount(amount) || !isPositive(amount) || -amount.exponent > asset.digits)
      throw new Refused("invalid-input", event.name);
    came.set(name, amount);
  }
  return came;
}

/** Inputs by the declared types, in order; extra or missing fields are refused. */
export function inputsOf(model: Model, action: ActionDecl, event: SimEvent): Value[] {
  const wrong = (): never => {
    throw new Refused("invalid-input", action.name);
  };
  const { inputs } = event;
  if (inputs !== null && inputs !== undefined && !(inputs instanceof MapValue)) return wrong();
  const given = inputs ?? new MapValue([], []);
  if (given.keys.some((key) => !action.inputs.some((input) => input.name === key))) return wrong();
  const values = action.inputs.map((input) => {
    const at = given.keys.indexOf(input.name);
    if (at < 0 && input.type.kind !== "optional") return wrong();
    const read = conform(at < 0 ? null : given.values[at], input.type);
    return "value" in read ? read.value : wrong();
  });
  for (const input of action.inputs) {
    const check = input.check === null ? true : evaluate(model, input.check, plainEnv(event.at, null, values));
    if (check !== true && check !== undefined) wrong();
  }
  return values;
}

/** The role that acts: the first that may and is held by the author; a did without a role can only be `anyone`. */
export function admitAuthor(model: Model, who: WhoDecl, event: SimEvent, inputs: readonly Value[]): string {
  const { by } = event;
  const { roles } = model.program;
  const held = roles.flatMap((role, r) => (model.dids[r] === by ? [role.name] : []));
  const refuse = (): never => {
    throw new Refused("not-the-party", event.name);
  };
  switch (who.kind) {
    case "anyone":
      return held[0] ?? by;
    case "roles":
      return who.roles.map((role) => roles[role]!.name).find((name) => held.includes(name)) ?? refuse();
    case "expr": {
      const party = evaluate(model, who.expr, plainEnv(event.at, null, inputs));
      return typeof party === "string" && (held.includes(party) || party === by) ? party : refuse();
    }
  }
}

export function act(model: Model, event: SimEvent): Run {
  const { program } = model;
  const index = program.actions.findIndex((action) => action.name === event.name);
  const action = program.actions[index];
  if (action === undefined) throw new Refused("unknown-event", event.name);
  const inputs = inputsOf(model, action, event);
  const duty = (name: string): boolean =>
    program.norms.some((norm) => norm.name === name && norm.duty.kind === "must" && norm.duty.action === index);
  if (event.for !== null && !duty(event.for)) throw new Refused("invalid-input", event.name);
  const came = broughtBy(model, event);
  const caller = admitAuthor(model, action.who, event, inputs);
  const run = newRun(model, event.at, { caller, inputs, action: index, for: event.for, came });
  const env = envOf(run);
  checkState(model, action, index);
  if (action.opens !== null) {
    const opens = instantOf(evaluate(model, action.opens, env), action.name);
    if (opens === null || event.at < opens) throw new Refused("too-early", action.name);
  }
  if (action.closes !== null) {
    const closes = instantOf(evaluate(model, action.closes.at, env), action.name);
    if (closes === null || event.at > closes || (action.closes.edge === "open" && event.at === closes))
      throw new Refused("too-late", action.name);
  }
  for (const [asset, amount] of came)
    if (isPositive(amount) && !takes(model, action, asset)) throw new Refused("wrong-amount", asset);
  const paid = action.pays === null ? null : checkPays(model, action.pays, came, env, action);
  for (const need of action.needs)
    if (evaluate(model, need.condition, env) !== true) throw new Refused("needs", need.name);
  model.uses[index]! += 1;
  model.clock = event.at;
  if (paid !== null && paid.into !== null)
    transfer(run, {
      verb: "hold",
      asset: paid.asset,
      amount: paid.amount,
      from: { party: caller, brought: true },
      to: { account: paid.into },
    });
  runEffects(run, action.effects, env, action.name);
  balance(run, came, action.pays?.changeReturned ?? false, caller);
  return run;
}

function checkState(model: Model, action: ActionDecl, index: number): void {
  const wrong = (): never => {
    throw new Refused("wrong-state", action.name);
  };
  if (model.phase === "offered") wrong();
  // After the end, only what survives keeps accepting its own actions.
  if (model.phase === "ended") {
    const alive = model.program.norms.some(
      (norm, n) =>
        norm.survives &&
        norm.duty.kind === "must" &&
        norm.duty.action === index &&
        model.norms[n]!.born.some((instance) => isOpen(instance) || isLate(model, instance)),
    );
    if (!alive) wrong();
  }
  if (action.times !== null && model.uses[index]! >= action.times) wrong();
  for (const { region, states } of action.states) {
    const { state } = model.regions[region]!;
    if (state === null || !states.includes(state)) wrong();
  }
}

function checkPays(
  model: Model,
  pays: NonNullable<ActionDecl["pays"]>,
  came: Map<string, Value>,
  env: Env,
  action: ActionDecl,
): { readonly asset: string; readonly amount: Value; readonly into: number | null } {
  const asset = model.program.assets[pays.asset]!.name;
  const amount = evaluate(model, pays.amount, env);
  if (amount instanceof ErrorValue || !isAmount(amount)) throw new Refused("fault", action.name);
  const value = came.get(asset) ?? ZERO;
  const also = movesFromCaller(action, asset, model);
  if (lessThan(value, amount)) throw new Refused("wrong-amount", action.name);
  if (lessThan(amount, value) && !pays.changeReturned && !also) throw new Refused("wrong-amount", action.name);
  return { asset, amount, into: pays.into };
}

const takes = (model: Model, action: ActionDecl, asset: string): boolean =>
  (action.pays !== null && model.program.assets[action.pays.asset]!.name === asset) ||
  movesFromCaller(action, asset, model);

/** Do the action's moves take from what came with it? Then the sum is known only after the guards. */
function movesFromCaller(action: ActionDecl, asset: string, model: Model): boolean {
  const inEffects = (effects: ActionDecl["effects"]): boolean =>
    effects.moves.some((move) => move.from.kind !== "account" && model.program.assets[move.asset]!.name === asset) ||
    effects.cases.some((row) => row.effects !== "refuse" && inEffects(row.effects));
  return inEffects(action.effects);
}

/** The sum of moves from the caller equals the value; more is returned where that is declared. */
export function balance(run: Run, came: ReadonlyMap<string, Value>, returned: boolean, caller: string): void {
  for (const { name } of run.model.program.assets) {
    const value = came.get(name) ?? ZERO;
    const taken = run.taken.get(name) ?? ZERO;
    if (lessThan(value, taken)) throw new Refused("wrong-amount", name);
    const rest = minus(value, taken);
    if (isZero(rest)) continue;
    if (!returned) throw new Refused("wrong-amount", name);
    giveBack(run, name, rest, caller);
  }
}

/** What came and is not needed goes back to who brought it: nobody has got anything by it. */
export function giveBack(run: Run, asset: string, amount: Value, caller: string): void {
  run.moves.push({ verb: "return", asset, amount, from: caller, to: caller });
}

export function use(model: Model, event: SimEvent): Run {
  const index = model.program.powers.findIndex((power) => power.name === event.name);
  const decl = model.program.powers[index];
  if (decl === undefined) throw new Refused("unknown-event", event.name);
  if (event.inputs !== null || event.for !== null) throw new Refused("invalid-input", event.name);
  const came = broughtBy(model, event);
  const caller = admitAuthor(model, decl.who, event, []);
  const run = newRun(model, event.at, { caller });
  const env = envOf(run);
  const power = model.powers[index]!;
  if (model.phase !== "active") throw new Refused("wrong-state", event.name);
  if (decl.times !== "often" && power.used >= decl.times) throw new Refused("wrong-state", event.name);
  if (decl.onlyAfterElse && !power.armed) throw new Refused("wrong-state", event.name);
  if (power.notice !== null) throw new Refused("wrong-state", event.name);
  if (decl.may.kind === "declare_missed" && !model.norms[decl.may.norm]!.born.some(isOpen))
    throw new Refused("wrong-state", event.name);
  if ([...came.values()].some(isPositive)) throw new Refused("wrong-amount", event.name);
  if (decl.when !== null && evaluate(model, decl.when, env) !== true) throw new Refused("needs", event.name);
  if (decl.unless !== null && evaluate(model, decl.unless, env) !== false) throw new Refused("needs", event.name);
  model.clock = event.at;
  if (decl.notice === null) exercise(run, index);
  else power.notice = instantOf(evaluate(model, decl.notice.at, env), event.name);
  return run;
}

/** What an action would take if it were let in: how generated events know the right sum. */
export function takenBy(before: Model, event: SimEvent): ReadonlyMap<string, Value> {
  const model = copyOf(before);
  const index = model.program.actions.findIndex((action) => action.name === event.name);
  const action = model.program.actions[index]!;
  try {
    const inputs = inputsOf(model, action, event);
    const caller = admitAuthor(model, action.who, event, inputs);
    const run = newRun(model, event.at, { caller, inputs, action: index, probe: true });
    const pays = action.pays === null ? ZERO : evaluate(model, action.pays.amount, envOf(run));
    if (action.pays !== null) addTo(run.taken, model.program.assets[action.pays.asset]!.name, pays, plus);
    runEffects(run, action.effects, envOf(run), action.name);
    return run.taken;
  } catch (error) {
    if (error instanceof Refused) return new Map();
    throw error;
  }
}
