// How long the lists of an answer can get.
import type { EffectsDecl, Program } from "../model.ts";

/** Longest list of moves one step can make: every written move once for each instance it can run for, payments, returns. */
export function movesMax(program: Program): number {
  const count = (effects: EffectsDecl | null): number =>
    effects === null
      ? 0
      : effects.moves.reduce((sum, move) => sum + (move.kind === "split" ? move.shares.length + 1 : 1), 0) +
        effects.cases.reduce((sum, row) => sum + (row.effects === "refuse" ? 0 : count(row.effects)), 0);
  let sum = 2 + program.roles.length + 2 * program.accounts.length;
  for (const action of program.actions) sum += count(action.effects) + 2;
  for (const power of program.powers) sum += count(power.effects);
  for (const region of program.regions) for (const state of region.states) sum += count(state.enter);
  for (const norm of program.norms) {
    sum += 3 * norm.openAtMost;
    for (const next of norm.else) if (next.kind === "effects") sum += norm.openAtMost * count(next.effects);
  }
  return sum;
}

/** Longest lists of notices and of given values, likewise. */
export function saidMax(program: Program, what: "tell" | "give"): number {
  const count = (effects: EffectsDecl | null): number =>
    effects === null
      ? 0
      : effects[what].length +
        effects.cases.reduce((sum, row) => sum + (row.effects === "refuse" ? 0 : count(row.effects)), 0);
  let sum = 0;
  for (const action of program.actions) sum += count(action.effects);
  for (const power of program.powers) sum += count(power.effects);
  for (const region of program.regions) for (const state of region.states) sum += count(state.enter);
  for (const norm of program.norms)
    for (const next of norm.else) if (next.kind === "effects") sum += norm.openAtMost * count(next.effects);
  return sum;
}
