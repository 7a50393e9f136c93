// Steps 8 and 9: limits, and how an agreement ends (rule 14).
import { instantOf, transfer } from "./effects.ts";
import { evaluate } from "./evaluate.ts";
import { lessThan } from "./money.ts";
import { settle } from "./norms.ts";
import { endWith, envOf, type Run } from "./run.ts";
import { isOpen, type Model, Refused } from "./state.ts";

/** Limits are read while the agreement is active, before accounts return. */
export function checkLimits(run: Run): void {
  const { model } = run;
  const { accounts, limits } = model.program;
  for (const limit of limits)
    if (evaluate(model, limit.must.expr, envOf(run)) !== true) throw new Refused("limit", limit.name);
  for (const [a, account] of accounts.entries()) {
    if (account.cap === null) continue;
    const cap = evaluate(model, account.cap, envOf(run));
    if (lessThan(cap, model.balances[a])) throw new Refused("limit", account.name);
  }
}

/** At least one instance, all settled, and no further birth is possible. */
function isFulfilled(model: Model): boolean {
  const { norms, actions } = model.program;
  const some = model.norms.some((norm) => norm.born.length > 0);
  return (
    some &&
    norms.every((decl, n) => {
      const { born, waiting } = model.norms[n]!;
      if (waiting.length > 0 || born.some(isOpen) || decl.again) return false;
      if (decl.birth.kind !== "on") return true;
      const times = actions[decl.birth.action]!.times;
      return times !== null && model.uses[decl.birth.action]! >= times;
    })
  );
}

export function checkEnd(run: Run): void {
  const { model, now } = run;
  if (model.phase !== "active") return;
  if (run.end === null && isFulfilled(model)) endWith(run, "fulfilled", "");
  if (run.end === null) return;
  model.phase = "ended";
  model.outcome = run.end.outcome;
  model.endedAt = now;
  model.expires = null;
  for (const [n, decl] of model.program.norms.entries()) {
    const state = model.norms[n]!;
    if (decl.survives) {
      if (decl.survivesUntil !== null)
        state.until = instantOf(evaluate(model, decl.survivesUntil.at, envOf(run)), decl.name);
      continue;
    }
    for (const instance of state.born.filter(isOpen)) instance.status = "terminated";
    for (const instance of state.born) instance.givenUp = true;
    state.waiting = [];
  }
  for (const power of model.powers) power.notice = null;
  for (const region of model.regions) region.after = [];
  returnAccounts(run);
  settle(run);
}

/** Every account pays out to `returns_to`, in declared order. */
export function returnAccounts(run: Run): void {
  const { accounts, assets, roles } = run.model.program;
  for (const [a, account] of accounts.entries()) {
    const role = account.returnsTo === "giver" ? account.from! : account.returnsTo;
    transfer(run, {
      verb: "release",
      asset: assets[account.asset]!.name,
      amount: run.model.balances[a],
      from: { account: a },
      to: { party: roles[role]!.name, brought: false },
    });
  }
}

/** Withdrawn before it was active: what was given goes back. */
export function rescind(run: Run): void {
  const { model } = run;
  if (run.end === null) return;
  model.phase = "ended";
  model.outcome = run.end.outcome;
  model.endedAt = run.now;
  for (const [a, account] of model.program.accounts.entries()) {
    if (account.from === null) continue;
    transfer(run, {
      verb: "release",
      asset: model.program.assets[account.asset]!.name,
      amount: model.balances[a],
      from: { account: a },
      to: { party: model.program.roles[account.from]!.name, brought: false },
    });
  }
}
