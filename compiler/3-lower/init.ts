// `init(offer)`: an offer becomes the first state, or is refused. Offer: [did or null per role, asked terms as JSON, stamp].
// Answer: [state | null, refusal | null].
import { ZERO } from "../../vm/decimal.ts";
import type { Program } from "../model.ts";
import { Builder } from "./builder.ts";
import { Context, type Functions } from "./context.ts";
import { expression } from "./expressions.ts";
import { emptyRun, FRAME_SIZE, Frame } from "./frame.ts";
import type { IrFunction, Var } from "./ir.ts";
import type { Layout } from "./layout.ts";
import { checkTermLimits } from "./limit-rules.ts";
import { valuesOf } from "./moves.ts";
import { valuesRead } from "./shown.ts";
import { partsOf } from "./sizes.ts";

export function initFunction(program: Program, layout: Layout, functions: Functions): IrFunction {
  const b = new Builder("init", 1);
  const offer = b.params[0] as Var;
  b.at(program.span, () => {
    const frame = new Frame(b.group(FRAME_SIZE));
    const cx = new Context({ program, layout, functions, b, frame });
    const at = b.get(offer, 2);
    emptyRun(b, frame);
    b.move(frame.run("now"), at);
    emptyState(cx, at);
    b.block("refused", (refused) => {
      cx.exit = refused;
      readRoles(cx, b.get(offer, 0));
      readTerms(cx, b.get(offer, 1));
      checkTermLimits(cx);
      readFacts(cx);
      b.ret(b.record([b.record(frame.stateVars), b.const(null)]));
    });
    b.ret(b.record([b.const(null), frame.run("refusal")]));
  });
  return b.finish();
}

/** Everything but roles, terms and facts: the same for every offer. */
function emptyState(cx: Context, at: Var): void {
  const { b, frame, program, layout } = cx;
  const norm = [[], [], [], undefined, 0, 0, ZERO, false, undefined];
  b.const(0, frame.state("seq"));
  b.move(frame.state("clock"), at);
  b.const("offered", frame.state("phase"));
  for (const part of ["outcome", "cause", "activated", "ended", "expires"] as const)
    b.const(undefined, frame.state(part));
  b.const(
    program.roles.map(() => undefined),
    frame.state("roles"),
  );
  b.const(
    program.roles.map(() => false),
    frame.state("signed"),
  );
  b.const(
    layout.termSlots.filter((slot) => slot !== null).map(() => undefined),
    frame.state("terms"),
  );
  b.const(
    program.facts.map(() => undefined),
    frame.state("facts"),
  );
  b.const(
    program.regions.map(() => [undefined, undefined, []]),
    frame.state("regions"),
  );
  b.const(
    program.norms.map(() => norm),
    frame.state("norms"),
  );
  b.const(
    program.powers.map((power) => [!power.onlyAfterElse, 0, undefined]),
    frame.state("powers"),
  );
  b.const(
    program.actions.map(() => 0),
    frame.state("uses"),
  );
  b.const(
    program.accounts.map(() => ZERO),
    frame.state("balances"),
  );
  b.const(
    program.roles.flatMap(() => program.assets.map(() => ZERO)),
    frame.state("got"),
  );
  b.const(
    layout.debts.map(() => ZERO),
    frame.state("debts"),
  );
}

/** A role with a declared key may be left open or repeat it; every other role needs a did. */
function readRoles(cx: Context, roles: Var): void {
  const { b, program } = cx;
  const wrong = (path: string): void => cx.refuse("invalid-input", "offer", path);
  b.block("roles", (fine) => {
    b.jumpEq(b.op("length", [roles]), program.roles.length, fine);
    wrong("roles");
  });
  program.roles.forEach((role, r) => {
    const path = `roles.${role.name}`;
    const given = b.op("item", [roles, b.const(r)]);
    const did = b.conform(given, { kind: "did" }, 1);
    const isNull = b.op("eq", [given, b.const(null), 1]);
    if (role.key !== null) {
      const { key } = role;
      b.unless(isNull, () => b.ifNe(given, key, () => wrong(path)));
      cx.write("roles", r, b.const(key));
      return;
    }
    b.unless(b.op("known", [did]), () => wrong(path));
    cx.write("roles", r, did);
  });
}

function readTerms(cx: Context, terms: Var): void {
  const { b, program, layout } = cx;
  const asked = program.terms.filter((term) => term.asked).length;
  const given = b.move(b.var(), terms);
  b.block("terms", (fine) => {
    if (asked === 0) b.jumpIf(b.op("eq", [given, b.const(null), 1]), fine);
    b.jumpEq(b.op("length", [given]), asked, fine);
    // Missing ones are named below; too many are refused here.
    b.jumpIf(b.op("lt", [b.op("length", [given]), b.const(asked)]), fine);
    cx.refuse("invalid-input", "offer", "terms");
  });
  program.terms.forEach((term, index) => {
    const slot = layout.termSlots[index];
    if (slot === null || slot === undefined) return;
    b.at(term.span, () => {
      const value = b.conform(b.op("field", [given, term.name]), term.type, partsOf(term.type));
      b.unless(b.op("known", [value]), () =>
        cx.refuse("invalid-input", "offer", `terms.${term.name}`, valuesOf(cx, { [term.name]: value })),
      );
      cx.write("terms", slot, value);
    });
  });
  // Bounds may compare terms with each other: read when all are there.
  program.terms.forEach((term) => {
    const { check } = term;
    if (check === null || !term.asked) return;
    b.at(term.span, () => {
      b.unless(expression(cx, check), () =>
        cx.refuse("invalid-input", "offer", `terms.${term.name}`, valuesRead(cx, [check])),
      );
    });
  });
}

function readFacts(cx: Context): void {
  const { b, program } = cx;
  program.facts.forEach((fact, index) => {
    b.at(fact.span, () => {
      const value = expression(cx, fact.start);
      cx.faultIfError(value, fact.name);
      cx.write("facts", index, value);
    });
  });
}
