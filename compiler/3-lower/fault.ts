// A timer that cannot run: nobody can be refused, so its effects are dropped, what it belongs to is marked, and it never
// fires again. The answer carries the fault.
import type { NormDecl } from "../model.ts";
import { Context, type StepVars } from "./context.ts";
import { norm as keptOf } from "./expressions.ts";
import { Frame } from "./frame.ts";
import { Kept, withStatus } from "./instances.ts";
import type { Var } from "./ir.ts";
import { INSTANCE, NORM, POWER, REGION, STATE_SIZE } from "./layout.ts";
import type { TimerSource, Timers } from "./timers.ts";

/** The state after a timer failed: the state before, with the sequence and the clock of this step and the timer put out. */
export function rescue(failed: Context, timers: Timers, before: Var): Var {
  const { b } = failed;
  const step = failed.step as StepVars;
  const frame = new Frame(b.group(STATE_SIZE));
  frame.vars.forEach((part, slot) => {
    b.get(before, slot, part);
  });
  b.move(frame.state("seq"), failed.frame.state("seq"));
  b.move(frame.state("clock"), failed.frame.run("now"));
  b.forget();
  const cx = new Context({ program: failed.program, layout: failed.layout, functions: failed.functions, b, frame });
  timers.sources.forEach((source, id) => {
    b.ifEq(step.fired, id, () => putOut(cx, source, step.timerKey));
  });
  return b.record(frame.vars);
}

function putOut(cx: Context, source: TimerSource, key: Var): void {
  const { b, frame, program } = cx;
  switch (source.kind) {
    case "due":
      return failInstance(cx, source.norm, "open", key);
    case "wake": {
      const norm = program.norms[source.norm] as NormDecl;
      if (norm.again) {
        // The edge counts as seen: the condition must fall before it can rise again.
        const kept = new Kept(cx, source.norm);
        kept.set("raised", b.const(true));
        kept.write();
      }
      if (norm.when !== null) failInstance(cx, source.norm, "waiting", key);
      return failInstance(cx, source.norm, "open", key);
    }
    case "until": {
      const kept = new Kept(cx, source.norm);
      kept.set("until", b.const(undefined));
      return kept.write();
    }
    case "after": {
      const region = b.get(frame.state("regions"), source.region);
      const most = program.regions[source.region]?.states[source.state]?.after.length as number;
      const deadlines = b.op("put", [b.get(region, REGION.deadlines), b.const(source.slot), b.const(undefined), most]);
      return cx.write("regions", source.region, b.set(region, REGION.deadlines, deadlines));
    }
    case "when":
      return; // The clock has passed it.
    case "expiry":
      return cx.assign("expires", undefined);
    case "notice":
      return cx.write(
        "powers",
        source.power,
        b.set(b.get(frame.state("powers"), source.power), POWER.notice, b.const(undefined)),
      );
  }
}

function failInstance(cx: Context, index: number, where: "open" | "waiting", key: Var): void {
  const { b } = cx;
  const { openAtMost } = cx.program.norms[index] as NormDecl;
  b.loop(b.get(keptOf(cx, index), NORM[where]), openAtMost, (instance) => {
    b.if(b.op("eq", [b.get(instance, INSTANCE.key), key, 1]), () => {
      const failed = withStatus(cx, instance, "failed");
      const kept = new Kept(cx, index);
      kept.drop(where, failed);
      if (where === "waiting") kept.set("latest", failed);
      else kept.noteLatest(failed);
      kept.write();
    });
  });
}
