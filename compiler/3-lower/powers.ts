// Powers: use, notice, revocation, and what using one does.
import type { PowerDecl } from "../model.ts";
import { admitAuthor, refuseInputs } from "./admission.ts";
import { refuseValue } from "./certified.ts";
import type { Context, StepVars } from "./context.ts";
import { end, runEffects } from "./effects.ts";
import { expression, norm as keptOf } from "./expressions.ts";
import type { Var } from "./ir.ts";
import { NORM, POWER } from "./layout.ts";
import { valuesRead } from "./shown.ts";

const kept = (cx: Context, index: number): Var => cx.b.get(cx.frame.state("powers"), index);

/** The event `use`. */
export function use(cx: Context): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  b.block("used", (done) => {
    cx.program.powers.forEach((power, index) => {
      if (!cx.wants(power.name)) return;
      b.ifEq(step.name, power.name, () => {
        b.at(power.span, () => useOne(cx, power, index));
        b.jump(done);
      });
    });
    cx.refuse("unknown-event", step.name, "");
  });
}

function useOne(cx: Context, power: PowerDecl, index: number): void {
  const { b, frame } = cx;
  refuseInputs(cx, power.name);
  admitAuthor(cx, power.who, power.name);
  const wrongState = (why: string): void => cx.refuse("wrong-state", power.name, why);
  b.ifNe(frame.state("phase"), "active", () => cx.refuse("wrong-state", power.name, "phase"));
  if (power.onlyAfterElse) b.unless(b.get(kept(cx, index), POWER.enabled), () => wrongState("else"));
  if (power.notice !== null) b.if(b.op("known", [b.get(kept(cx, index), POWER.notice)]), () => wrongState("notice"));
  if (power.times !== "often")
    b.unless(b.op("lt", [b.get(kept(cx, index), POWER.used), b.const(power.times)]), () => wrongState("times"));
  if (power.may.kind === "declare_missed") {
    const open = b.op("length", [b.get(keptOf(cx, power.may.norm), NORM.open)]);
    b.ifEq(open, 0, () => wrongState("open"));
  }
  refuseValue(cx, []);
  if (power.when !== null) {
    const { when } = power;
    b.unless(expression(cx, when), () => cx.refuse("needs", power.name, "when", valuesRead(cx, [when])));
  }
  if (power.unless !== null) {
    const { unless } = power;
    b.unless(b.op("not", [expression(cx, unless)]), () =>
      cx.refuse("needs", power.name, "unless", valuesRead(cx, [unless])),
    );
  }
  if (power.notice === null) {
    takeEffect(cx, index, "event");
    return;
  }
  const at = expression(cx, power.notice.at);
  cx.faultUnlessKnown(at, power.name);
  cx.write("powers", index, b.set(kept(cx, index), POWER.notice, at));
}

/** The power does what it may, at once or at the end of its notice; `when` need not hold any more then. */
export function takeEffect(cx: Context, index: number, by: "event" | "timer"): void {
  const { b } = cx;
  const power = cx.program.powers[index] as PowerDecl;
  const now = b.set(kept(cx, index), POWER.used, b.op("add", [b.get(kept(cx, index), POWER.used), b.const(1)]));
  b.set(now, POWER.notice, b.const(undefined), now);
  // What an `else` enabled is enabled until used.
  if (power.onlyAfterElse) b.set(now, POWER.enabled, b.const(false), now);
  const before = cx.runs;
  cx.runs = by;
  runEffects(cx, power.effects, power.name);
  cx.runs = before;
  cx.write("powers", index, now);
  if (power.may.kind === "end") end(cx, "terminated", power.name);
  else b.const(power.may.norm, (cx.step as StepVars).miss);
}

/** The event `withdraw` while active: the holder revokes a notice. */
export function revoke(cx: Context): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  b.block("revoked", (done) => {
    cx.program.powers.forEach((power, index) => {
      if (power.notice === null) return;
      b.ifEq(step.name, power.name, () => {
        refuseInputs(cx, power.name);
        admitAuthor(cx, power.who, power.name);
        b.ifNe(cx.frame.state("phase"), "active", () => cx.refuse("wrong-state", power.name, "phase"));
        b.unless(b.op("known", [b.get(kept(cx, index), POWER.notice)]), () =>
          cx.refuse("wrong-state", power.name, "notice"),
        );
        refuseValue(cx, []);
        cx.write("powers", index, b.set(kept(cx, index), POWER.notice, b.const(undefined)));
        b.jump(done);
      });
    });
    cx.refuse("unknown-event", step.name, "");
  });
}
