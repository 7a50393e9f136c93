// One test: its steps in order, what happened, and what was not as the author says.
import type { Test, TestStep } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import type { EventParts } from "../../vm/drive.ts";
import type { Fault } from "../../vm/fault.ts";
import type { Value } from "../../vm/value.ts";
import * as codes from "../codes.ts";
import { eventOf, type Reading } from "./event.ts";
import { expectEntry } from "./expect.ts";
import { type Given, givenState, givenTerms } from "./given.ts";
import { type Game, offer, type Played, send, signAll } from "./play.ts";
import { showRefusal, type Words } from "./show.ts";
import { readTime, showTime } from "./time.ts";
import { readView, stateType, type View } from "./view.ts";

/** A step of a test and what it caused. */
export interface StepDone {
  readonly played: Played;
  /** Signed by itself before the first step. */
  readonly automatic: boolean;
  /** Role of the author; empty for a tick. */
  readonly by: string;
  /** The author's words: `seller deliver`. */
  readonly text: string;
  readonly span: Span | null;
}

export interface TestResult {
  readonly name: string;
  readonly ok: boolean;
  readonly steps: readonly StepDone[];
  /** Differences and mistakes, each under the author's line. */
  readonly diagnostics: readonly Diagnostic[];
  /** Fuel of all runs together. */
  readonly fuel: number;
  /** The last state, null when the agreement could not be offered. */
  readonly state: Value | null;
  /** Views after the signatures and after every step that was accepted: what coverage counts. */
  readonly views: readonly View[];
}

export function runTest(game: Game, test: Test, words: Words): TestResult {
  const run = new Run(game, test, words);
  if (test.steps.every((step) => run.take(step))) run.finish();
  const { diagnostics } = run.reading;
  return {
    name: test.name.text,
    ok: diagnostics.length === 0,
    steps: run.steps,
    diagnostics,
    fuel: run.fuel,
    state: run.state ?? null,
    views: run.views,
  };
}

const ACT_WORDS = (step: TestStep): string => (step.kind === "act" ? `${step.by.text} ${step.action.text}` : step.kind);

class Run {
  readonly game: Game;
  readonly test: Test;
  readonly words: Words;
  readonly reading: Reading;
  readonly steps: StepDone[] = [];
  readonly views: View[] = [];
  fuel = 0;
  state: Value | undefined;
  /** The stamp of the last step; `at` of `given` before the first. */
  #at: number | null = null;
  #given: Given | null = null;
  /** A refusal (or unreached step) nobody has spoken about yet. */
  #unsaid: StepDone | null = null;

  constructor(game: Game, test: Test, words: Words) {
    this.game = game;
    this.test = test;
    this.words = words;
    this.reading = { program: game.program, diagnostics: [] };
  }

  /** False: nothing after this step makes sense. */
  take(step: TestStep): boolean {
    switch (step.kind) {
      case "given":
        return this.#takeGiven(step);
      case "act":
      case "tick":
        this.end();
        return this.#takeEvent(step);
      case "refused":
        return this.#takeRefused(step);
      case "expect":
        return this.#takeExpect(step);
    }
  }

  /** A test of `given` alone still offers and signs. */
  finish(): void {
    this.end();
    if (this.state === undefined && this.#at !== null) this.#start(this.#at, this.test.name.span);
  }

  /** Speaks about the last step when no line of the test did. */
  end(): void {
    const step = this.#unsaid;
    this.#unsaid = null;
    if (step === null || step.span === null) return;
    const { played, text, span } = step;
    if (played.more) this.#report(codes.testMore(span, { step: text, count: played.runs.length }));
    else if (played.refusal !== null) {
      const reason = showRefusal(played.refusal, played.event.name, this.words);
      const code = played.refusal.kind === "fault" ? codes.testFault : codes.testRefused;
      this.#report(code(span, { step: text, reason }));
    }
  }

  #report(diagnostic: Diagnostic): void {
    this.reading.diagnostics.push(diagnostic);
  }

  #takeGiven(step: Given): boolean {
    if (this.state !== undefined || this.#given !== null) {
      this.#report(codes.testGiven(step.span, { what: "a start", reason: "`given` is the first line of a test" }));
      return false;
    }
    this.#given = step;
    if (step.at === null) return true;
    const at = this.#time(step.at.text, step.at.span);
    this.#at = at;
    return at !== null;
  }

  #time(text: string, span: Span): number | null {
    const read = readTime(text, this.words.clock);
    if ("reason" in read) {
      this.#report(codes.testTime(span, { text, reason: read.reason }));
      return null;
    }
    if (this.#at !== null && read.at < this.#at) {
      const reason = `the line before it is at ${showTime(this.#at, this.words.clock)}`;
      this.#report(codes.testTime(span, { text, reason }));
      return null;
    }
    return read.at;
  }

  /** Offers and signs, once. `at`: the stamp of `given`, else of the first step. */
  #start(at: number, span: Span): boolean {
    if (this.state !== undefined) return true;
    const signsItself = this.test.steps.some((step) => step.kind === "act" && step.action.text === "sign");
    const terms = this.#given === null ? [] : givenTerms(this.#given, this.reading);
    const offered = offer(this.game, terms, at);
    if ("fault" in offered) {
      this.#fault(offered.fault, "the offer", span);
      return false;
    }
    if ("refusal" in offered) {
      const reason = showRefusal(offered.refusal, "", this.words);
      this.#report(codes.testRefused(this.#given?.span ?? span, { step: "the offer", reason }));
      return false;
    }
    this.state = offered.state;
    if (!signsItself) {
      const { played, state } = signAll(this.game, this.state, at);
      for (const each of played) {
        const done = { played: each, automatic: true, by: each.event.name, text: `${each.event.name} sign`, span };
        if (!this.#record(done)) return false;
        if (each.refusal === null) continue;
        const reason = showRefusal(each.refusal, "sign", this.words);
        this.#report(codes.testRefused(span, { step: done.text, reason }));
        return false;
      }
      this.state = state;
    }
    if (this.#given !== null) {
      const type = stateType(this.game.module);
      if (type !== null) this.state = givenState(this.#given, this.state, type, this.reading);
    }
    return this.#look(at);
  }

  #takeEvent(step: TestStep & { readonly kind: "act" | "tick" }): boolean {
    const at = this.#time(step.at.text, step.at.span);
    if (at === null || !this.#start(this.#at ?? at, step.span)) return false;
    this.#at = at;
    const event: EventParts | null =
      step.kind === "tick"
        ? { kind: "tick", name: "", by: "", at, value: null, inputs: null, for: null }
        : eventOf(step, at, this.reading);
    if (event === null) return false;
    const { state, ...played } = send(this.game, this.state, event);
    const text = ACT_WORDS(step);
    const span = step.kind === "act" ? step.action.span : step.at.span;
    const done: StepDone = { played, automatic: false, by: step.kind === "act" ? step.by.text : "", text, span };
    const fine = this.#record(done);
    this.state = state;
    this.#unsaid = played.refusal !== null || played.more ? done : null;
    // A tick that fired timers has done its work, though the tick itself then finds nothing due.
    if (step.kind === "tick" && played.runs.length > 1 && played.refusal?.kind === "nothing-due") this.#unsaid = null;
    return fine && this.#look(at);
  }

  #takeRefused(step: TestStep & { readonly kind: "refused" }): boolean {
    const last = this.steps.findLast((each) => !each.automatic);
    if (last === undefined) {
      this.#report(codes.testOrder(step.span, { what: "`refused`" }));
      return false;
    }
    this.#unsaid = null;
    const { refusal } = last.played;
    if (refusal === null) {
      this.#report(codes.testAccepted(step.text.span, { step: last.text }));
      return true;
    }
    const said = showRefusal(refusal, last.played.event.name, this.words);
    const wanted = step.text.text;
    const names = [refusal.kind, refusal.name, `${refusal.kind} ${refusal.name}`];
    if (!names.includes(wanted) && !said.includes(wanted))
      this.#report(codes.testOtherRefusal(step.text.span, { step: last.text, expected: wanted, reason: said }));
    return true;
  }

  #takeExpect(step: TestStep & { readonly kind: "expect" }): boolean {
    if (this.state === undefined) {
      if (this.#at === null) {
        this.#report(codes.testOrder(step.span, { what: "`expect`" }));
        return false;
      }
      if (!this.#start(this.#at, step.span)) return false;
    }
    if (step.entries.some((entry) => entry.key.text === "more")) this.#unsaid = null;
    const view = this.views.at(-1);
    if (view === undefined) return false;
    const last = this.steps.findLast((each) => !each.automatic)?.played ?? null;
    for (const entry of step.entries) expectEntry(entry, { view, last, words: this.words, reading: this.reading });
    return true;
  }

  #record(done: StepDone): boolean {
    this.steps.push(done);
    for (const { step } of done.played.runs) this.fuel += step.fuel;
    if (done.played.fault === null) return true;
    this.#fault(done.played.fault, done.text, done.span ?? this.test.name.span);
    return false;
  }

  #fault(fault: Fault, step: string, span: Span): void {
    const about =
      fault.error === null ? "" : ` (${fault.error.code}${fault.error.about === "" ? "" : `: ${fault.error.about}`})`;
    this.#report(codes.testFault(span, { step, reason: `${fault.code}${about}` }));
  }

  #look(at: number): boolean {
    if (this.state === undefined) return false;
    const view = readView(this.game, this.state, at);
    if ("fault" in view) {
      this.#fault(view.fault, "reading the state", this.test.name.span);
      return false;
    }
    this.views.push(view);
    return true;
  }
}
