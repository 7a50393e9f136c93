// Agreements written for the tests of one step, played on the real machine.
import { compile } from "../../../../compiler/index.ts";
import { hasErrors, renderDiagnostics } from "../../../../lang/index.ts";
import { Play } from "../play.ts";
import { money } from "../programs.ts";

const HEAD = `agreement: played
version: 1.0.0
zone: Europe/London
rounding: {money: half-up, days: up, months: down}
parties: {ann: Ann, ben: Ben, cat: {name: Cat, kind: court}}
`;
const TICKS = `agreement: played
version: 1.0.0
clock: ticks
rounding: {money: half-up}
parties: {ann: Ann, ben: Ben, cat: {name: Cat, kind: court}}
`;

function program(text: string): Parameters<typeof open>[0] {
  const { program: made, diagnostics } = compile({ name: "played.yaml", text });
  if (made === null || hasErrors(diagnostics))
    throw new Error(`\n${renderDiagnostics(diagnostics, { colour: false })}`);
  return made;
}
const open = (
  made: ConstructorParameters<typeof Play>[0],
  at: number | string,
  options?: ConstructorParameters<typeof Play>[2],
): Play => new Play(made, at, options);

/** The first instant of the stories. */
export const START = "2026-01-05T09:00:00Z";

/** Offered, not signed. `body`: everything but name, zone, rounding and the parties ann, ben and cat. */
export const offered = (
  body: string,
  at: number | string = START,
  options?: ConstructorParameters<typeof Play>[2],
): Play => open(program(HEAD + body), at, options);
/** Signed by all parties. */
export const active = (body: string, at: number | string = START): Play => offered(body, at).signAll(at);

/** In ticks, active since tick 0. */
export const ticking = (body: string): Play => open(program(TICKS + body), 0).signAll(0);

export const usd = (amount: string): readonly (readonly [string, ReturnType<typeof money>])[] => [
  ["USD", money(amount)],
];
