// Before the agreement is active: the offer, signatures and withdrawing.
import type { Program } from "../../compiler/model.ts";
import { conform } from "../../vm/conform.ts";
import { ErrorValue, MapValue, type Value } from "../../vm/value.ts";
import { admitAuthor, broughtBy } from "./admission.ts";
import { instantOf, transfer } from "./effects.ts";
import { evaluate, plainEnv } from "./evaluate.ts";
import { isZero, plus, sameAmount, ZERO } from "./money.ts";
import { ask } from "./norms.ts";
import { endWith, envOf, newRun, type Run } from "./run.ts";
import { type Model, Refused, type SimEvent } from "./state.ts";

/** The state of an offer, or why it is refused. `dids`: one a role. `asked`: JSON of the asked terms. */
export function offered(
  program: Program,
  offer: { readonly dids: readonly (string | null)[]; readonly asked: Value; readonly at: number },
): Model | Refused {
  const model: Model = {
    program,
    phase: "offered",
    outcome: null,
    clock: offer.at,
    seq: 0,
    activated: null,
    endedAt: null,
    expires: null,
    dids: [...offer.dids],
    signed: program.roles.map(() => false),
    terms: program.terms.map((term) => term.value),
    facts: [],
    regions: program.regions.map(() => ({ state: null, entered: null, after: [] })),
    norms: program.norms.map(() => ({ born: [], waiting: [], raised: false, births: 0, until: null })),
    powers: program.powers.map(() => ({ used: 0, armed: false, notice: null })),
    balances: program.accounts.map(() => ZERO),
    uses: program.actions.map(() => 0),
    got: new Map(),
    debts: new Map(),
  };
  const asked = offer.asked instanceof MapValue ? offer.asked : new MapValue([], []);
  for (const [t, term] of program.terms.entries()) {
    if (!term.asked) continue;
    const at = asked.keys.indexOf(term.name);
    const read = at < 0 ? null : conform(asked.values[at], term.type);
    if (read === null || !("value" in read)) return new Refused("invalid-input", term.name);
    model.terms[t] = read.value;
  }
  const env = plainEnv(offer.at);
  for (const term of program.terms)
    if (term.check !== null && evaluate(model, term.check, env) !== true)
      return new Refused("invalid-input", term.name);
  for (const limit of program.limits)
    if (limit.termsOnly && evaluate(model, limit.must.expr, env) !== true) return new Refused("limit", limit.name);
  for (const fact of program.facts) model.facts.push(evaluate(model, fact.start, env));
  return model;
}

/** Every role of kind `party`; another role too when it owes a duty or funds an account. */
export function signers(program: Program): number[] {
  return program.roles.flatMap((role, r) =>
    role.kind === "party" ||
    program.norms.some((norm) => norm.debtor === r) ||
    program.accounts.some((account) => account.from === r && account.toBegin !== null)
      ? [r]
      : [],
  );
}

/** What must come with a role's signature, by asset. */
export function funding(model: Model, role: number): Map<string, Value> {
  const needed = new Map<string, Value>();
  for (const account of model.program.accounts) {
    if (account.from !== role || account.toBegin === null) continue;
    const asset = model.program.assets[account.asset]!.name;
    const amount = evaluate(model, account.toBegin, plainEnv(model.clock));
    if (amount instanceof ErrorValue) throw new Refused("fault", account.name);
    needed.set(asset, plus(needed.get(asset) ?? ZERO, amount));
  }
  return needed;
}

export function sign(model: Model, event: SimEvent): Run {
  const { program } = model;
  const all = signers(program);
  const named = program.roles.findIndex((role) => role.name === event.name);
  if (event.name !== "" && !all.includes(named)) throw new Refused("unknown-event", event.name);
  if (event.inputs !== null || event.for !== null) throw new Refused("invalid-input", "sign");
  const came = broughtBy(model, event);
  const mine = all.filter((r) => model.dids[r] === event.by && (event.name === "" || r === named));
  if (mine.length === 0) throw new Refused("not-the-party", "sign");
  const fresh = mine.filter((r) => !model.signed[r]);
  // Accounts are funded in the name of the role that funds them.
  const run = newRun(model, event.at, { caller: program.roles[(fresh.at(-1) ?? mine[0])!]!.name, came });
  if (model.phase !== "offered" || fresh.length === 0) throw new Refused("wrong-state", "sign");
  const needed = new Map<string, Value>();
  for (const r of fresh)
    for (const [asset, amount] of funding(model, r)) needed.set(asset, plus(needed.get(asset) ?? ZERO, amount));
  for (const { name } of program.assets)
    if (!sameAmount(came.get(name) ?? ZERO, needed.get(name) ?? ZERO)) throw new Refused("wrong-amount", name);
  model.clock = event.at;
  for (const [a, account] of program.accounts.entries()) {
    if (account.from === null || account.toBegin === null || !fresh.includes(account.from)) continue;
    transfer(run, {
      verb: "hold",
      asset: program.assets[account.asset]!.name,
      amount: evaluate(model, account.toBegin, plainEnv(event.at)),
      from: { party: program.roles[account.from]!.name, brought: true },
      to: { account: a },
    });
  }
  for (const r of fresh) model.signed[r] = true;
  if (all.every((r) => model.signed[r])) activate(run);
  return run;
}

function activate(run: Run): void {
  const { model, now } = run;
  const { program } = model;
  model.phase = "active";
  model.activated = now;
  if (program.expires !== null) model.expires = instantOf(evaluate(model, program.expires.at, envOf(run)), "runs");
  for (const [r, region] of program.regions.entries()) run.targets.set(r, region.initial);
  for (const [n, decl] of program.norms.entries())
    if (decl.birth.kind === "once" && !decl.again) ask(run, n, decl, { key: 0, cause: null, inputs: [] });
}

/** Before activation by who has signed: funds go back to who gave them. Afterwards: a notice, by its holder. */
export function withdraw(model: Model, event: SimEvent): Run {
  const { program } = model;
  const p = program.powers.findIndex((power) => power.name === event.name);
  if (event.name !== "" && (p < 0 || program.powers[p]!.notice === null))
    throw new Refused("unknown-event", event.name);
  if (event.inputs !== null || event.for !== null) throw new Refused("invalid-input", "withdraw");
  const came = broughtBy(model, event);
  const valueless = (): void => {
    if ([...came.values()].some((amount) => !isZero(amount))) throw new Refused("wrong-amount", "withdraw");
  };
  if (event.name !== "") {
    const decl = program.powers[p]!;
    const run = newRun(model, event.at, { caller: admitAuthor(model, decl.who, event, []) });
    if (model.phase !== "active" || model.powers[p]!.notice === null) throw new Refused("wrong-state", "withdraw");
    valueless();
    model.clock = event.at;
    model.powers[p]!.notice = null;
    return run;
  }
  const mine = program.roles.flatMap((_, r) => (model.dids[r] === event.by ? [r] : []));
  if (!signers(program).some((r) => mine.includes(r))) throw new Refused("not-the-party", "withdraw");
  if (model.phase !== "offered" || !mine.some((r) => model.signed[r])) throw new Refused("wrong-state", "withdraw");
  valueless();
  model.clock = event.at;
  const run = newRun(model, event.at, { caller: event.by });
  endWith(run, "rescinded", "withdraw");
  return run;
}
