// The compiled agreement's answer and view, and the model's, both as plain data with names, and where they differ.
import { fieldsOf, type Game, readView } from "../../compiler/scenario/index.ts";
import { Decimal } from "../../vm/decimal.ts";
import type { Step } from "../../vm/drive.ts";
import { printLiteral } from "../../vm/literal.ts";
import type { Type } from "../../vm/type.ts";
import { ErrorValue, MapValue, type Value } from "../../vm/value.ts";
import { evaluate, isUsable, owedOf, paidOf, plainEnv } from "./evaluate.ts";
import { nextTimer } from "./model.ts";
import { plus, ZERO } from "./money.ts";
import { type Answer, addTo, type Instance, isOpen, lateOnes, latest, type Model } from "./state.ts";

export type Plain = null | string | number | boolean | readonly Plain[] | { readonly [name: string]: Plain };

/** Values of one meaning have one form: amounts without zeros at the end, unknown and null alike. */
export function plain(value: Value): Plain {
  if (value === undefined || value === null) return null;
  if (value instanceof ErrorValue) return `error ${value.code}`;
  if (value instanceof Decimal) return printLiteral(value, { kind: "decimal" })!.replace(/\.0+$|(\.\d*?)0+$/, "$1");
  if (value instanceof MapValue) return Object.fromEntries(value.keys.map((key, i) => [key, plain(value.values[i])]));
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return (value as readonly Value[]).map(plain);
  if (typeof value === "bigint") return value.toString();
  // A decimal that is whole and an int are one number.
  return typeof value === "number" ? String(value) : (value as Plain);
}

/** Records by the names of their type. */
function named(value: Value, type: Type): Plain {
  if (value === undefined || value === null) return null;
  switch (type.kind) {
    case "optional":
      return named(value, type.of);
    case "union":
      return named(value, type.of.find((each) => each.kind !== "null") ?? { kind: "any" });
    case "record":
      return Array.isArray(value)
        ? Object.fromEntries(type.fields.map((field, i) => [field.name, named(value[i], field.type)]))
        : plain(value);
    case "list":
      return Array.isArray(value) ? (value as readonly Value[]).map((item) => named(item, type.of)) : plain(value);
    default:
      return plain(value);
  }
}

// ── The compiled side ─────────────────────────────────────────────────────────────────────────────────────────────────

export function compiledView(game: Game, state: Value, now: number): Plain {
  const view = readView(game, state, now);
  if ("fault" in view) return `fault ${view.fault.code} ${view.fault.error?.code ?? ""}`;
  const { value, type } = view.whole;
  const {
    phase,
    outcome,
    clock,
    seq,
    activated,
    ended,
    expires,
    facts,
    derived,
    norms,
    powers,
    balances,
    owes,
    got,
    states,
    due,
  } = named(value, type) as Record<string, Plain>;
  const rows = (list: Plain | undefined): Plain =>
    Object.fromEntries(
      (list as readonly Record<string, Plain>[])
        .filter((row) => row["amount"] !== "0")
        .map(({ amount, ...rest }) => [Object.values(rest).join(" "), amount!]),
    );
  const uses = fieldsOf(fieldsOf({ value: state, type: stepType(game) }).get("uses"));
  return {
    phase: phase!,
    outcome: outcome!,
    clock: clock!,
    seq: seq!,
    activated: activated!,
    ended: ended!,
    expires: expires!,
    facts: facts!,
    derived: derived!,
    norms: norms!,
    powers: powers!,
    balances: balances!,
    owes: rows(owes),
    got: rows(got),
    states: states!,
    uses: Object.fromEntries([...uses].map(([name, shown]) => [name, plain(shown.value)])),
    due: due!,
  };
}

export function stepType(game: Game): Type {
  const entry = game.module.entries.find((each) => each.name === "step")!;
  return game.module.types[entry.params[0]!]!;
}

type AnyAnswer = Pick<Step | Answer, "kind" | "name" | "consumed" | "moves" | "given" | "tells" | "at"> & {
  readonly refusal: { readonly kind: string; readonly name: string } | null;
};

/** The rules fix the names of these refusals; of the others the name only helps. */
const NAMED = new Set(["needs", "limit", "shortage"]);

export const plainAnswer = (answer: AnyAnswer): Plain => ({
  kind: answer.kind,
  name: answer.kind === "timer" ? answer.name : "",
  consumed: answer.consumed,
  refusal:
    answer.refusal === null
      ? null
      : NAMED.has(answer.refusal.kind)
        ? `${answer.refusal.kind} ${answer.refusal.name}`
        : answer.refusal.kind,
  moves: answer.moves.map((move) => `${move.verb} ${plain(move.amount)} ${move.asset} ${move.from} -> ${move.to}`),
  given: answer.given.map(([name, value]) => [name, plain(value)]),
  tells: answer.tells.map(([to, what]) => [to, plain(what)]),
  at: answer.at,
});

// ── The model's side ──────────────────────────────────────────────────────────────────────────────────────────────────

export function modelView(model: Model): Plain {
  const { program } = model;
  const record = <T extends { readonly name: string }>(
    list: readonly T[],
    of: (item: T, index: number) => Plain,
  ): Plain => Object.fromEntries(list.map((item, i) => [item.name, of(item, i)]));
  const due = nextTimer(model);
  const env = plainEnv(model.clock);
  return {
    phase: model.phase,
    outcome: model.outcome,
    clock: String(model.clock),
    seq: String(model.seq),
    activated: plain(model.activated),
    ended: plain(model.endedAt),
    expires: plain(model.expires),
    facts: record(program.facts, (_, i) => plain(model.facts[i])),
    derived: record(program.derived, (derived) => plain(evaluate(model, derived.is, env))),
    norms: record(program.norms, (_, n) => {
      const { born, waiting } = model.norms[n]!;
      const last = latest(model.norms[n]!);
      const shown = (instance: Instance): Plain => plainInstance(model, instance);
      return {
        status: last?.status ?? (waiting.length > 0 ? "waiting" : ""),
        open: born.filter(isOpen).map(shown),
        waiting: waiting.map(shown),
        late: lateOnes(model, n).map(shown),
        latest: last === undefined ? null : shown(last),
        born: String(born.filter((instance) => !instance.unborn).length),
        violated: String(born.filter((instance) => instance.status === "violated").length),
        paid: plain(paidOf(model, n)),
        owed: plain(owedOf(model, n)),
      };
    }),
    powers: record(program.powers, (_, p) => ({
      usable: isUsable(model, p, model.clock),
      used: String(model.powers[p]!.used),
      notice: plain(model.powers[p]!.notice),
    })),
    balances: record(program.accounts, (_, a) => plain(model.balances[a])),
    owes: owes(model),
    got: amounts(model.got),
    states: record(program.regions, (region, r) => ({
      state: model.regions[r]!.state === null ? null : region.states[model.regions[r]!.state!]!.name,
      entered: plain(model.regions[r]!.entered),
    })),
    uses: record(program.actions, (_, a) => String(model.uses[a])),
    due: due === null ? null : { at: String(due.at), edge: due.edge, name: due.name, key: String(due.key) },
  };
}

function plainInstance(model: Model, instance: Instance): Plain {
  const { cause } = instance;
  const decl = model.program.norms[instance.norm]!;
  return {
    key: String(instance.key),
    cause:
      cause === null
        ? null
        : {
            norm: model.program.norms[cause.of.norm]!.name,
            key: String(cause.of.key),
            due: plain(cause.due),
            amount: plain(cause.amount),
            paid: plain(cause.paid),
            born: String(cause.born),
          },
    status: instance.status,
    born: String(instance.born),
    due: plain(instance.due),
    cure: plain(instance.cure),
    amount: plain(instance.amount),
    paid: plain(instance.paid),
    late: instance.late,
    made_good: instance.madeGood,
    inputs:
      decl.birth.kind !== "on"
        ? null
        : Object.fromEntries(
            model.program.actions[decl.birth.action]!.inputs.map((input, i) => [input.name, plain(instance.inputs[i])]),
          ),
  };
}

function owes(model: Model): Plain {
  const sums = new Map(model.debts);
  const { norms, roles, assets } = model.program;
  for (const [n, decl] of norms.entries())
    if (decl.duty.kind === "pay" && decl.creditor !== null) {
      const key = `${roles[decl.debtor]!.name} ${roles[decl.creditor]!.name} ${assets[decl.duty.asset]!.name}`;
      addTo(sums, key, owedOf(model, n), plus);
    }
  return amounts(sums);
}

const amounts = (map: ReadonlyMap<string, Value>): Plain =>
  Object.fromEntries(
    [...map].map(([key, amount]) => [key, plain(plus(amount, ZERO))]).filter(([, amount]) => amount !== "0"),
  );

// ── Differences ───────────────────────────────────────────────────────────────────────────────────────────────────────

/** `path: compiled …, model …`; the order of record fields does not count, that of lists does. */
export function differences(compiled: Plain, model: Plain, path = ""): string[] {
  const isRecord = (each: Plain): each is { readonly [name: string]: Plain } =>
    typeof each === "object" && each !== null && !Array.isArray(each);
  if (isRecord(compiled) && isRecord(model)) {
    const names = new Set([...Object.keys(compiled), ...Object.keys(model)]);
    return [...names].flatMap((name) =>
      differences(compiled[name] ?? null, model[name] ?? null, path === "" ? name : `${path}.${name}`),
    );
  }
  if (Array.isArray(compiled) && Array.isArray(model) && compiled.length === model.length)
    return compiled.flatMap((item: Plain, i) => differences(item, model[i] ?? null, `${path}[${i}]`));
  const a = JSON.stringify(compiled);
  const b = JSON.stringify(model);
  return a === b ? [] : [`${path}: compiled ${a}, model ${b}`];
}
