// `due(state)`: the next timer. `query(state, now)`: what people and programs look at. Neither changes anything.
import { ZERO } from "../../vm/decimal.ts";
import type { Program } from "../model.ts";
import { Builder } from "./builder.ts";
import { Context, type Functions } from "./context.ts";
import { derived, expression, norm as keptOf, owed, usable } from "./expressions.ts";
import { openFrame } from "./frame.ts";
import type { IrFunction, Var } from "./ir.ts";
import { assetOf, gotSlot, INSTANCE, type Layout, NORM, POWER, REGION } from "./layout.ts";
import { noTimer, scan, type Timers, takeLesser } from "./timers.ts";

export function dueFunction(program: Program, layout: Layout, functions: Functions, timers: Timers): IrFunction {
  const b = new Builder("due", 1);
  b.at(program.span, () => {
    const frame = openFrame(b, b.params[0] as Var);
    b.move(frame.run("now"), frame.state("clock"));
    b.ret(nextTimer(new Context({ program, layout, functions, b, frame }), timers));
  });
  return b.finish();
}

/** [at, edge, name, key] or null. A deadline that was past when it was set is due at once: at the clock. */
function nextTimer(cx: Context, timers: Timers): Var {
  const { b, frame } = cx;
  const least = noTimer(cx);
  const edge = b.const("open");
  scan(cx, timers, (timer) => {
    b.if(b.op("known", [timer.at]), () => {
      takeLesser(cx, least, timer);
      b.ifEq(least.id, timer.id, () => b.const(timer.edge, edge));
    });
  });
  const result = b.const(null);
  b.ifNe(least.id, -1, () => {
    const at = b.move(b.var(), least.at);
    b.if(b.op("lt", [at, frame.state("clock")]), () => b.move(at, frame.state("clock")));
    b.record([at, edge, least.name, least.key], result);
  });
  return result;
}

/** Sums that can be owed: debtor, creditor, asset. */
export function owesRows(
  program: Program,
  layout: Layout,
): readonly { readonly debtor: number; readonly creditor: number; readonly asset: number }[] {
  const rows = new Map<string, { debtor: number; creditor: number; asset: number }>();
  const add = (debtor: number, creditor: number | null, asset: number | null): void => {
    if (creditor === null || asset === null) return;
    rows.set(`${debtor} ${creditor} ${asset}`, { debtor, creditor, asset });
  };
  for (const norm of program.norms) add(norm.debtor, norm.creditor, assetOf(program, norm));
  for (const debt of layout.debts) add(debt.debtor, debt.creditor, debt.asset);
  return [...rows.values()].sort((a, b) => a.debtor - b.debtor || a.creditor - b.creditor || a.asset - b.asset);
}

export function queryFunction(program: Program, layout: Layout, functions: Functions, timers: Timers): IrFunction {
  const b = new Builder("query", 2);
  b.at(program.span, () => {
    const frame = openFrame(b, b.params[0] as Var);
    b.move(frame.run("now"), b.params[1] as Var);
    const cx = new Context({ program, layout, functions, b, frame });
    b.ret(
      b.record([
        ...(["phase", "outcome", "cause", "clock", "seq", "activated", "ended", "expires"] as const).map((part) =>
          frame.state(part),
        ),
        parties(cx),
        terms(cx),
        frame.state("facts"),
        b.record(program.derived.map((_, i) => derived(cx, i))),
        b.record(program.norms.map((_, n) => normView(cx, n))),
        b.record(program.powers.map((_, p) => powerView(cx, p))),
        frame.state("balances"),
        owes(cx),
        got(cx),
        states(cx),
        nextTimer(cx, timers),
      ]),
    );
  });
  return b.finish();
}

function parties(cx: Context): Var {
  const { b, frame, program } = cx;
  return b.record(
    program.roles.map((_, r) => b.record([b.get(frame.state("roles"), r), b.get(frame.state("signed"), r)])),
  );
}

function terms(cx: Context): Var {
  const { b, program } = cx;
  return b.record(
    program.terms.map((term, index) =>
      expression(cx, { kind: "read", place: { kind: "term", index }, type: term.type, span: term.span }),
    ),
  );
}

function normView(cx: Context, index: number): Var {
  const { b } = cx;
  const kept = keptOf(cx, index);
  const latest = b.get(kept, NORM.latest);
  const status = b.get(latest, INSTANCE.status, b.var());
  b.unless(b.op("known", [status]), () => b.const("", status));
  b.ifEq(status, "", () => b.ifNe(b.op("length", [b.get(kept, NORM.waiting)]), 0, () => b.const("waiting", status)));
  return b.record([
    status,
    b.get(kept, NORM.open),
    b.get(kept, NORM.waiting),
    b.get(kept, NORM.late),
    latest,
    b.get(kept, NORM.born),
    b.get(kept, NORM.violated),
    b.get(kept, NORM.paid),
    owed(cx, index),
  ]);
}

function powerView(cx: Context, index: number): Var {
  const { b } = cx;
  const kept = b.get(cx.frame.state("powers"), index);
  return b.record([usable(cx, index), b.get(kept, POWER.used), b.get(kept, POWER.notice)]);
}

function owes(cx: Context): Var {
  const { b, program, layout } = cx;
  const rows = owesRows(program, layout);
  const result = b.empty();
  for (const row of rows) {
    const sum = b.const(ZERO);
    program.norms.forEach((norm, n) => {
      if (norm.debtor === row.debtor && norm.creditor === row.creditor && assetOf(program, norm) === row.asset)
        b.op("add", [sum, owed(cx, n)], sum);
    });
    layout.debts.forEach((debt, slot) => {
      if (debt.debtor === row.debtor && debt.creditor === row.creditor && debt.asset === row.asset)
        b.op("add", [sum, b.get(cx.frame.state("debts"), slot)], sum);
    });
    b.if(b.op("lt", [b.const(0), sum]), () => {
      const entry = b.record([
        b.const(cx.roleName(row.debtor)),
        b.const(cx.roleName(row.creditor)),
        b.const(cx.assetName(row.asset)),
        sum,
      ]);
      b.op("put", [result, b.op("length", [result]), entry, rows.length], result);
    });
  }
  return result;
}

function got(cx: Context): Var {
  const { b, program, frame } = cx;
  const result = b.empty();
  program.roles.forEach((role, r) => {
    program.assets.forEach((asset, a) => {
      const sum = b.get(frame.state("got"), gotSlot(program, r, a));
      b.if(b.op("lt", [b.const(0), sum]), () => {
        const entry = b.record([b.const(role.name), b.const(asset.name), sum]);
        b.op("put", [result, b.op("length", [result]), entry, program.roles.length * program.assets.length], result);
      });
    });
  });
  return result;
}

function states(cx: Context): Var {
  const { b, program, frame } = cx;
  return b.record(
    program.regions.map((_, r) => {
      const region = b.get(frame.state("regions"), r);
      return b.record([b.get(region, REGION.state), b.get(region, REGION.entered)]);
    }),
  );
}
