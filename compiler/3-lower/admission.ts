// May this event happen? The first failure refuses, in this order: unknown-event, invalid-input, not-the-party, wrong-state,
// too-early, too-late, wrong-amount, needs. What follows (shortage, limit, fault) belongs to effects and the end of the step.
import { MapValue } from "../../vm/value.ts";
import type { ActionDecl, WhoDecl } from "../model.ts";
import { admitValue, settleValue, takeInto } from "./certified.ts";
import type { Context, StepVars } from "./context.ts";
import { runEffects } from "./effects.ts";
import { expression } from "./expressions.ts";
import type { Var } from "./ir.ts";
import { inputsType, NORM, REGION } from "./layout.ts";
import { valuesOf } from "./moves.ts";
import { valuesRead } from "./shown.ts";
import { partsOf } from "./sizes.ts";

/** The event `act`. */
export function act(cx: Context): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  b.block("acted", (done) => {
    cx.program.actions.forEach((action, index) => {
      if (!cx.wants(action.name)) return;
      b.ifEq(step.name, action.name, () => {
        b.at(action.span, () => actOne(cx, action, index));
        b.jump(done);
      });
    });
    cx.refuse("unknown-event", step.name, "");
  });
}

function actOne(cx: Context, action: ActionDecl, index: number): void {
  const { b, frame } = cx;
  const step = cx.step as StepVars;
  cx.inputNames = action.inputs.map((input) => input.name);
  readInputs(cx, action, index);
  admitAuthor(cx, action.who, action.name);
  admitPhase(cx, action, index);
  admitTime(cx, action);
  const pays = admitValue(cx, action);
  for (const need of action.needs) {
    b.at(need.condition.span, () => {
      b.unless(expression(cx, need.condition), () =>
        cx.refuse("needs", need.name, "", valuesRead(cx, [need.condition])),
      );
    });
  }
  const before = cx.runs;
  cx.runs = "event";
  takeInto(cx, action, pays);
  runEffects(cx, action.effects, action.name);
  cx.runs = before;
  settleValue(cx, action);
  cx.inputNames = [];
  cx.write("uses", index, b.op("add", [b.get(frame.state("uses"), index), b.const(1)]));
  b.const(index, step.act);
}

// ── Inputs ────────────────────────────────────────────────────────────────────────────────────────────────────────────

function readInputs(cx: Context, action: ActionDecl, index: number): void {
  const { b, frame } = cx;
  const step = cx.step as StepVars;
  refuseValueForm(cx, action.name);
  const duties = cx.program.norms.filter((norm) => norm.duty.kind === "must" && norm.duty.action === index);
  refuseClaim(
    cx,
    action.name,
    duties.map((norm) => norm.name),
  );
  const inputs = frame.run("inputs");
  const given = b.move(b.var(), step.inputs);
  // Nothing given is an empty record.
  b.if(b.op("eq", [given, b.const(null), 1]), () => b.const(new MapValue([], []), given));
  const type = inputsType(cx.program, index);
  b.conform(given, type, partsOf(type), inputs);
  b.if(b.op("is_error", [inputs]), () => {
    // Which one? The first that does not fit; otherwise one is missing or too many.
    for (const input of action.inputs) {
      const written = b.op("field", [given, input.name]);
      b.block("fits", (fits) => {
        const absent = b.op("present", [written]);
        if (input.type.kind === "optional") b.jumpIfFalse(absent, fits);
        const value = b.conform(written, input.type, partsOf(input.type));
        b.if(b.op("is_error", [value]), () =>
          cx.refuse("invalid-input", action.name, input.name, valuesOf(cx, { [input.name]: value })),
        );
      });
    }
    cx.refuse("invalid-input", action.name, "", valuesOf(cx, { inputs }));
  });
  action.inputs.forEach((input, index) => {
    const { check } = input;
    if (check === null) return;
    const verify = (): void =>
      b.unless(expression(cx, check), () =>
        cx.refuse("invalid-input", action.name, input.name, valuesRead(cx, [check])),
      );
    b.at(input.span, () => {
      // What was left out has no bounds to keep.
      if (input.type.kind === "optional") b.if(b.op("known", [b.get(inputs, index)]), verify);
      else verify();
    });
  });
}

/** Events without inputs: nothing, or an empty record. */
export function refuseInputs(cx: Context, name: string): void {
  const { b } = cx;
  const step = cx.step as StepVars;
  refuseValueForm(cx, name);
  refuseClaim(cx, name, []);
  b.block("no inputs", (fine) => {
    b.jumpIf(b.op("eq", [step.inputs, b.const(null), 1]), fine);
    b.jumpEq(b.op("length", [step.inputs]), 0, fine);
    cx.refuse("invalid-input", name, "");
  });
}

function refuseValueForm(cx: Context, name: string): void {
  cx.b.if((cx.step as StepVars).badValue, () => cx.refuse("invalid-input", name, "value"));
}

/** `for` names one of the given obligations, or is left out. */
export function refuseClaim(cx: Context, name: string, allowed: readonly string[]): void {
  const { b } = cx;
  const { claim } = cx.step as StepVars;
  b.block("claim", (fine) => {
    b.jumpIf(b.op("eq", [claim, b.const(null), 1]), fine);
    for (const norm of allowed) b.jumpEq(claim, norm, fine);
    cx.refuse("invalid-input", name, "for");
  });
}

// ── Author ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** The author holds one of the roles: it becomes the caller. A did without a role can only be `anyone`. */
export function admitAuthor(cx: Context, who: WhoDecl, name: string): void {
  const { b, frame } = cx;
  const { by } = cx.step as StepVars;
  const caller = frame.run("caller");
  const isRole = (role: number): Var => b.op("eq", [b.get(frame.state("roles"), role), by, 1]);
  const become = (role: number): void => {
    b.const(cx.roleName(role), caller);
  };
  b.block("author", (found) => {
    if (who.kind === "expr") {
      const party = expression(cx, who.expr);
      cx.program.roles.forEach((role, r) => {
        b.ifEq(party, role.name, () => {
          b.if(isRole(r), () => {
            become(r);
            b.jump(found);
          });
        });
      });
      b.if(b.op("eq", [party, by, 1]), () => {
        b.move(caller, by);
        b.jump(found);
      });
    } else {
      const roles = who.kind === "roles" ? who.roles : cx.program.roles.map((_, r) => r);
      for (const role of roles) {
        b.if(isRole(role), () => {
          become(role);
          b.jump(found);
        });
      }
      if (who.kind === "anyone") {
        b.move(caller, by);
        b.jump(found);
      }
    }
    cx.refuse("not-the-party", name, "");
  });
  b.forget();
}

// ── State and time ────────────────────────────────────────────────────────────────────────────────────────────────────

function admitPhase(cx: Context, action: ActionDecl, index: number): void {
  const { b, frame } = cx;
  const phase = frame.state("phase");
  const survivors = cx.program.norms.flatMap((norm, n) =>
    norm.survives && norm.duty.kind === "must" && norm.duty.action === index ? [n] : [],
  );
  b.block("phase", (fine) => {
    if (survivors.length > 0) {
      // Winding up: what survives keeps accepting its own actions.
      b.ifEq(phase, "ended", () => {
        for (const n of survivors) {
          const kept = b.get(frame.state("norms"), n);
          for (const slot of [NORM.open, NORM.late])
            b.jumpIf(b.op("lt", [b.const(0), b.op("length", [b.get(kept, slot)])]), fine);
        }
      });
    }
    b.ifNe(phase, "active", () => cx.refuse("wrong-state", action.name, "phase", valuesOf(cx, { phase })));
    for (const allowed of action.states) {
      const state = b.get(b.get(frame.state("regions"), allowed.region), REGION.state);
      b.block("state", (here) => {
        for (const s of allowed.states)
          b.jumpEq(state, cx.program.regions[allowed.region]?.states[s]?.name as string, here);
        cx.refuse("wrong-state", action.name, "state", valuesOf(cx, { state }));
      });
    }
  });
  if (action.times !== null) {
    const used = b.get(frame.state("uses"), index);
    b.unless(b.op("lt", [used, b.const(action.times)]), () =>
      cx.refuse("wrong-state", action.name, "times", valuesOf(cx, { used })),
    );
  }
}

function admitTime(cx: Context, action: ActionDecl): void {
  const { b, frame } = cx;
  const now = frame.run("now");
  if (action.opens !== null) {
    const opens = expression(cx, action.opens);
    b.unless(b.op("le", [opens, now]), () => cx.refuse("too-early", action.name, "", valuesOf(cx, { opens })));
  }
  if (action.closes !== null) {
    const closes = expression(cx, action.closes.at);
    const inTime = b.op(action.closes.edge === "closed" ? "le" : "lt", [now, closes]);
    b.unless(inTime, () => cx.refuse("too-late", action.name, "", valuesOf(cx, { closes })));
  }
}
