// Lists of instances of one obligation: choosing, replacing, removing. Oldest birth first; keys are unique in a list.
import type { NormDecl } from "../model.ts";
import type { Context, SelfInstance } from "./context.ts";
import { norm as keptOf } from "./expressions.ts";
import type { Var } from "./ir.ts";
import { INSTANCE, NORM, type Status } from "./layout.ts";

/** Expressions inside an instance read it through this. */
export function selfOf(cx: Context, instance: Var): SelfInstance {
  return { field: (field) => cx.b.get(instance, INSTANCE[field]), cause: () => cx.b.get(instance, INSTANCE.cause) };
}

/** Runs `body` with the instance (and, for obligations born by an action, its inputs) in scope of expressions. */
export function within(cx: Context, norm: NormDecl, instance: Var, body: () => void): void {
  const self = cx.self;
  cx.self = selfOf(cx, instance);
  if (norm.birth.kind === "on") {
    const { b } = cx;
    const inputs = cx.frame.run("inputs");
    const before = b.move(b.var(), inputs);
    b.get(instance, INSTANCE.inputs, inputs);
    body();
    b.move(inputs, before);
  } else body();
  cx.self = self;
}

/** The instance with the earliest deadline, the older of two; one without a deadline comes last. Unknown when none. */
export function oldestDue(cx: Context, list: Var, bound: number): Var {
  const { b } = cx;
  const best = b.const(undefined);
  b.loop(list, bound, (instance) => {
    b.block("not better", (skip) => {
      if (bound > 1) {
        b.block("better", (better) => {
          b.unless(b.op("known", [best]), () => b.jump(better));
          const due = b.get(instance, INSTANCE.due);
          const bestDue = b.get(best, INSTANCE.due);
          // Unknown compares as unknown: a known deadline beats none.
          b.unless(b.op("known", [due]), () => b.jump(skip));
          b.unless(b.op("known", [bestDue]), () => b.jump(better));
          b.jumpUnless(b.op("lt", [due, bestDue]), skip);
        });
      }
      b.move(best, instance);
    });
  });
  return best;
}

/** The list without the instance of that key. */
export function without(cx: Context, list: Var, key: Var, bound: number): Var {
  const { b } = cx;
  const rest = b.empty();
  b.loop(list, bound, (instance) => {
    b.unless(b.op("eq", [b.get(instance, INSTANCE.key), key, 1]), () =>
      b.op("put", [rest, b.op("length", [rest]), instance, bound], rest),
    );
  });
  return rest;
}

/** The list with the instance of the same key replaced. */
export function replaced(cx: Context, list: Var, changed: Var, bound: number): Var {
  const { b } = cx;
  const result = b.move(b.var(), list);
  const key = b.get(changed, INSTANCE.key);
  b.loop(list, bound, (instance, index) => {
    b.if(b.op("eq", [b.get(instance, INSTANCE.key), key, 1]), () =>
      b.op("put", [result, index, changed, bound], result),
    );
  });
  return result;
}

/** What is kept of an obligation while it is being changed: read once, written back once. */
export class Kept {
  readonly cx: Context;
  readonly index: number;
  readonly declared: NormDecl;
  readonly record: Var;
  constructor(cx: Context, index: number) {
    this.cx = cx;
    this.index = index;
    this.declared = cx.program.norms[index] as NormDecl;
    this.record = cx.b.move(cx.b.var(), keptOf(cx, index));
  }
  get(slot: keyof typeof NORM): Var {
    return this.cx.b.get(this.record, NORM[slot]);
  }
  set(slot: keyof typeof NORM, value: Var): void {
    this.cx.b.set(this.record, NORM[slot], value, this.record);
  }
  /** Increments a counter. */
  count(slot: "born" | "violated"): void {
    const { b } = this.cx;
    this.set(slot, b.op("add", [this.get(slot), b.const(1)]));
  }
  /** The latest born shows the change too. */
  noteLatest(changed: Var): void {
    const { b } = this.cx;
    const latest = b.get(this.get("latest"), INSTANCE.key);
    b.if(b.op("eq", [latest, b.get(changed, INSTANCE.key), 1]), () => this.set("latest", changed));
  }
  /** An open instance changed and stays open. */
  update(changed: Var): void {
    this.set("open", replaced(this.cx, this.get("open"), changed, this.declared.openAtMost));
    this.noteLatest(changed);
  }
  updateLate(changed: Var): void {
    this.set("late", replaced(this.cx, this.get("late"), changed, this.declared.openAtMost));
    this.noteLatest(changed);
  }
  /** An instance leaves the list it stands in. */
  drop(list: "open" | "waiting" | "late", instance: Var): void {
    const key = this.cx.b.get(instance, INSTANCE.key);
    this.set(list, without(this.cx, this.get(list), key, this.declared.openAtMost));
  }
  /** An open instance is settled. */
  settle(changed: Var): void {
    this.drop("open", changed);
    this.noteLatest(changed);
  }
  /** A violated instance was performed after all. */
  settleLate(changed: Var): void {
    this.drop("late", changed);
    this.noteLatest(changed);
  }
  /** A violated instance may still be performed; when there are too many the oldest is given up. */
  keepLate(changed: Var): void {
    const { b } = this.cx;
    const bound = this.declared.openAtMost;
    const late = b.move(b.var(), this.get("late"));
    b.unless(b.op("lt", [b.op("length", [late]), b.const(bound)]), () => {
      const oldest = b.op("item", [late, b.const(0)]);
      b.move(late, without(this.cx, late, b.get(oldest, INSTANCE.key), bound));
    });
    this.set("late", b.op("put", [late, b.op("length", [late]), changed, bound]));
  }
  write(): void {
    this.cx.write("norms", this.index, this.record);
    const changed = this.cx.signals?.changed;
    if (changed !== undefined) this.cx.b.const(true, changed);
  }
}

export function withStatus(cx: Context, instance: Var, status: Status): Var {
  const { b } = cx;
  return b.set(instance, INSTANCE.status, b.const(status));
}
