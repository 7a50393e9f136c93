// What happened, for people: a line for each step with its verdict, and under it what changed and what moved.
//
//   2019-01-10 22:24  timer delivery         fired      1,020 fuel
//                       delivery             active → violated
//   2019-01-16 16:34  seller deliver         accepted   2,310 fuel
//                       delivered            unknown → 2019-01-16T21:34:00Z
import {
  changesOf,
  type Game,
  type Played,
  readView,
  showLocal,
  showMoney,
  showRefusal,
  showValue,
  type Words,
} from "../compiler/scenario/index.ts";
import type { MoveMade, Refusal, Step, Value } from "../vm/index.ts";
import { clean, type Paint, padEnd, thousands } from "./terminal.ts";

/** What is shown of one run, whoever executed it. */
export interface Shown {
  readonly at: number;
  /** `timer delivery`, `seller deliver`. */
  readonly what: string;
  readonly verdict: "accepted" | "refused" | "fired" | "faulted";
  readonly fuel: number;
  readonly refusal: string | null;
  readonly changes: readonly { readonly what: string; readonly from: string | null; readonly to: string }[];
  readonly moves: readonly string[];
  readonly tells: readonly string[];
  readonly given: readonly string[];
}

/** The runs of a played event, as they are shown. A tick that found nothing left to do is not. */
export function shownRuns(game: Game, words: Words, played: Played, text: string): Shown[] {
  const shown: Shown[] = [];
  for (const { before, step } of played.runs) {
    if (
      played.event.kind === "tick" &&
      step.kind === "event" &&
      step.refusal?.kind === "nothing-due" &&
      played.runs.length > 1
    )
      continue;
    shown.push(
      shownRun(game, words, before, step, step.kind === "timer" ? `timer ${step.name}` : text, played.event.name),
    );
  }
  return shown;
}

export function shownRun(game: Game, words: Words, before: Value, step: Step, what: string, action: string): Shown {
  return {
    at: step.at,
    what,
    verdict: step.kind === "timer" ? "fired" : step.refusal === null ? "accepted" : "refused",
    fuel: step.fuel,
    refusal: step.refusal === null ? null : refusalText(step.refusal, action, words),
    changes: step.refusal === null ? changed(game, words, before, step) : [],
    moves: step.moves.map((move) => moveText(move, words)),
    tells: step.tells.map(([to, value]) => `${to}: ${showValue(value, { kind: "any" }, words)}`),
    given: step.given.map(([name, value]) => `${name}: ${showValue(value, { kind: "any" }, words)}`),
  };
}

const refusalText = (refusal: Refusal, action: string, words: Words): string => showRefusal(refusal, action, words);
export const moveText = (move: MoveMade, words: Words): string =>
  `${move.verb} ${showMoney(move.amount, move.asset, words)} from ${move.from} to ${move.to}`;

function changed(game: Game, words: Words, before: Value, step: Step): Shown["changes"] {
  const old = readView(game, before, step.at);
  const now = readView(game, step.state, step.at);
  if ("fault" in now) return [];
  return changesOf("fault" in old ? null : old, now, words);
}

const TIME_COLUMNS = 16;
const WHAT_COLUMNS = 30;

/** Lines of one run; every text is cleaned. `minutes`: receipts of a court carry milliseconds that nobody wants to read. */
export function runLines(shown: Shown, words: Words, paint: Paint, minutes = false): string[] {
  const tone = { accepted: paint.good, refused: paint.bad, fired: paint.warn, faulted: paint.bad }[shown.verdict];
  const time = padEnd(
    minutes ? showLocal(shown.at, words.clock).slice(0, TIME_COLUMNS) : showLocal(shown.at, words.clock),
    TIME_COLUMNS,
  );
  const fuel = paint.dim(`${thousands(shown.fuel)} fuel`);
  const lines = [
    `${paint.dim(time)}  ${padEnd(paint.strong(clean(shown.what)), WHAT_COLUMNS)} ${padEnd(tone(shown.verdict), 9)} ${fuel}`,
  ];
  const indent = " ".repeat(TIME_COLUMNS + 4);
  const row = (what: string, text: string): void => {
    lines.push(`${indent}${padEnd(clean(what), WHAT_COLUMNS - 2)} ${text}`);
  };
  if (shown.refusal !== null) lines.push(`${indent}${paint.bad(clean(shown.refusal))}`);
  for (const { what, from, to } of shown.changes)
    row(what, from === null ? paint.accent(clean(to)) : `${paint.dim(`${clean(from)} →`)} ${paint.accent(clean(to))}`);
  for (const move of shown.moves) row("money", paint.accent(clean(move)));
  for (const tell of shown.tells) row("tells", clean(tell));
  for (const given of shown.given) row("gives", clean(given));
  return lines;
}
