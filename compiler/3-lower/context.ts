// What lowering a piece of an agreement needs around it: the program, the function being written, its frame, the instance
// of an obligation at hand, and where a refusal goes.
import type { Value } from "../../vm/value.ts";
import type { Place, Program } from "../model.ts";
import type { Builder } from "./builder.ts";
import { movesMax } from "./counts.ts";
import { type Around, answerQuestion, type Question, readPlace } from "./expressions.ts";
import type { Frame, StatePart } from "./frame.ts";
import type { IrFunction, Label, Var } from "./ir.ts";
import type { Layout } from "./layout.ts";

/** Functions of the module made on demand; each finished before those that call it. */
export interface Functions {
  /** The function of a derived value, or null when it is small enough to be written out. */
  readonly derived: (index: number) => IrFunction | null;
  /** Birth of an obligation, see births.ts. */
  readonly birth: (norm: number) => IrFunction;
  /** The part of a payment that limits with a `cut` let through; null when there are none. */
  readonly cut: (payment: CutPayment) => IrFunction | null;
}
/** A payment a limit may cut: out of an account, for an obligation or not. */
export interface CutPayment {
  readonly account: number;
  readonly norm: number | null;
}

/** The instance of an obligation that expressions read as `due`, `amount` …; absent fields are unknown. */
export interface SelfInstance {
  readonly field: (field: "due" | "amount" | "paid" | "born") => Var;
  /** The record of its cause (layout.ts, CAUSE), or unknown. */
  readonly cause: () => Var;
}

/** What the step is about: fixed by its first part, read while it settles. */
export interface StepVars {
  readonly by: Var; // did of the author
  readonly at: Var; // stamp
  readonly value: Var;
  readonly inputs: Var; // as they came
  readonly claim: Var; // `for` of the event: name or null
  readonly name: Var;
  readonly act: Var; // index of the accepted action; -1: none
  readonly timer: Var; // id of the timer that fires, until the step has acted on it; -1: none
  readonly fired: Var; // the same, to the end of the step
  readonly timerKey: Var; // instance it belongs to
  readonly timerName: Var;
  readonly miss: Var; // index of the obligation declared missed; -1: none
  readonly activating: Var; // bool
  readonly paying: Var; // bool: claims were paid
  /** The value that came is malformed or of an asset the agreement does not know. */
  readonly badValue: Var;
}

/** One kind of run of `step`: a timer, or an event of a name. */
export interface OnlyEvent {
  readonly kind: "timer" | "act" | "pay" | "use" | "tick" | "sign" | "withdraw";
  readonly name: string | null;
}

/** Left by effects, read by the settling of the same step. */
export interface Signals {
  /** How the agreement ends with this step, and what ended it; unknown: it does not. */
  readonly ends: Var;
  readonly endedBy: Var;
  /** Per region: name of the state to enter; unknown: none. */
  readonly targets: readonly Var[];
  /** Something settled or was born that other parts may read. */
  readonly changed: Var;
  readonly tells: Var;
  readonly given: Var;
}

export class Context implements Around {
  readonly program: Program;
  readonly layout: Layout;
  readonly functions: Functions;
  readonly b: Builder;
  readonly frame: Frame;
  /** Where a refused run goes on; the frame then holds the refusal. Null where nothing can be refused. */
  exit: Label | null = null;
  self: SelfInstance | null = null;
  readonly locals = new Map<number, Var>();
  /** Certified value that came with the event and is not yet taken, per asset. Empty where no value can come. */
  pots: readonly Var[] = [];
  /** What effects leave for the rest of the step; null in functions that run none. */
  signals: Signals | null = null;
  /** Null outside `step`. */
  step: StepVars | null = null;
  /** Names of the inputs in scope. */
  inputNames: readonly string[] = [];
  /** Only this event is written: for its worst fuel. Null: all. */
  only: OnlyEvent | null = null;
  /** Longest list of moves a step can make. */
  readonly movesMax: number;
  /** Which way the effects being written can run: by an event, by a timer, or both (decided by frame `timer`). */
  runs: "event" | "timer" | "either" = "either";

  constructor(parts: { program: Program; layout: Layout; functions: Functions; b: Builder; frame: Frame }) {
    this.program = parts.program;
    this.layout = parts.layout;
    this.functions = parts.functions;
    this.b = parts.b;
    this.frame = parts.frame;
    this.movesMax = movesMax(parts.program);
  }

  read(place: Place, into?: Var): Var {
    return readPlace(this, place, into);
  }
  ask(e: Question, into?: Var): Var {
    return answerQuestion(this, e, into);
  }

  /** Writes one slot of a part of the state that is a record. */
  write(part: StatePart, slot: number, value: Var): void {
    const whole = this.frame.state(part);
    this.b.set(whole, slot, value, whole);
    this.b.forget();
  }
  /** Writes a whole part of the state. */
  replace(part: StatePart, value: Var): void {
    this.b.move(this.frame.state(part), value);
    this.b.forget();
  }
  assign(part: StatePart, value: Value): void {
    this.b.const(value, this.frame.state(part));
    this.b.forget();
  }

  /** Ends the run as refused. `values`: list of [name, value]. */
  refuse(kind: string, name: string | Var, path: string, values?: Var): void {
    const { b } = this;
    const group = b.group(4);
    b.const(kind, group[0]);
    if (typeof name === "string") b.const(name, group[1]);
    else b.move(group[1] as Var, name);
    b.const(path, group[2]);
    if (values === undefined) b.empty(group[3]);
    else b.move(group[3] as Var, values);
    b.record(group, this.frame.run("refusal"));
    b.jump(this.exit as Label);
  }
  /** Refuses as `fault` when the value is an error; `about` names what has no value. */
  faultIfError(value: Var, about: string): void {
    const { b } = this;
    b.if(b.op("is_error", [value]), () => this.fault(value, about));
  }
  /** Refuses as `fault` unless the value is known. */
  faultUnlessKnown(value: Var, about: string): void {
    const { b } = this;
    b.unless(b.op("known", [value]), () => this.fault(value, about));
  }
  fault(error: Var, about: string): void {
    const { b } = this;
    const pair = b.record([b.const(about), error]);
    this.refuse("fault", about, "", b.record([pair]));
  }
  /** The name is not left out by `only`. */
  wants(name: string): boolean {
    return this.only === null || this.only.name === null || this.only.name === name;
  }
  assetName(asset: number): string {
    return (this.program.assets[asset] as { name: string }).name;
  }
  roleName(role: number): string {
    return (this.program.roles[role] as { name: string }).name;
  }
  accountName(account: number): string {
    return (this.program.accounts[account] as { name: string }).name;
  }
}
