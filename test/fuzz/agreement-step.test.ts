// Random events against rich agreements: whatever comes, a step ends well, conserves money, stays within its declared
// fuel, both tiers answer the same, and a refusal changes nothing but the sequence. Ticks late or early, together or one by
// one: the same state.

import { readFileSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compile, worstFuelByEvent } from "../../compiler/index.ts";
import type { Program } from "../../compiler/model.ts";
import { ErrorValue, encodeValue, mapOf, type Value } from "../../vm/index.ts";
import type { Type } from "../../vm/type.ts";
import { did, load, Play, type Sent } from "../unit/compiler/play.ts";
import { money } from "../unit/compiler/programs.ts";

const RICH = `
agreement: rich
version: 1.0.0
clock: ticks
rounding: {money: half-even}
parties: {ann: Ann, ben: Ben, cat: {name: Cat, kind: court}}
terms: {floor: 5.00 USD, price: 30.00 USD, fee: 0.10 USD}
facts: {level: 3, seen: int?, owed_to: party?, strikes: 0, good: true}
derive: {part: (level + strikes) / 7, sum: price * part}
accounts:
  jar: {asset: USD, from: ann, to_begin: price, returns_to: giver}
  box: {asset: USD, returns_to: ben, cap: 90.00 USD}
actions:
  set: {who: [ann, ben], with: {to: {type: int, min: 0, max: 20}, also: {type: int, optional: true}}, then: {level: to, owed_to: caller}}
  see: {who: ben, with: {it: int}, then: {seen: it}}
  put: {who: ben, pays: price / 4, into: box, change: returned, times: 9}
  shift: {who: ann, with: {much: money}, needs: {some: level > 2}, moves: move much from jar to box}
  share: {who: cat, with: {p: {type: percent, min: 0%, max: 60%}}, moves: [{split: all, from: box, to: {ann: p, cat: p}, remainder: ben}]}
  order: {who: ben, with: {days: {type: int, min: 1, max: 9}}}
  deliver: {who: ann, cases: [{when: level > 15, then: {strikes: 0}}, {when: seen > 3, moves: pay fee from jar to ben}, {else: {then: {good: "!good"}}}]}
  crash: {who: cat, then: {strikes: "div(10, level - 7)"}}
  soothe: {who: ann}
  wake: {who: ben}
  drain: {who: cat, moves: release all from box}
obligations:
  delivery: {on: order, who: ann, to: ben, must: deliver, within: days, open_at_most: 3, cure: 2, late: allowed, unless: seen > 10, unknown: violated, else: [penalty, {then: {strikes: strikes + 1}}]}
  penalty: {who: ann, to: ben, must: pay, amount: sum, from: jar, within: 6, parts: {at_least: fee}, open_at_most: 6, late: allowed, excess: returned, else: nothing}
  healthy: {who: ben, to: ann, holds: level > 1 && (seen > 0 || now < 60), cure: 4, unknown: excused, else: {moves: pay fee from box to ann, tell: {to: ann, what: level}}}
  topping: {who: ann, to: ben, must: pay, amount: floor, when: held(jar) < floor, again: true, within: 5, survives: 30, else: leave}
powers:
  quit: {who: ann, may: end, when: strikes > 1, notice: 7, moves: pay fee from jar to ben}
  leave: {who: ben, may: end}
states:
  calm: {initial: true, when: {strikes > 2: angry}, after: {40: bored}}
  angry: {on: {soothe: calm}, enter: {moves: pay fee from jar to cat}}
  bored: {on: {wake: calm}}
limits:
  kept: {must: paid(penalty) <= 55.00 USD_LIMIT, cut: waive}
`.replace("55.00 USD_LIMIT", "price * 2");

const programs: readonly (readonly [name: string, program: Program])[] = [
  ["rich", RICH],
  ...["late-delivery", "escrow", "subscription"].map((name): [string, string] => [
    name,
    readFileSync(`examples/${name}/agreement.yaml`, "utf8"),
  ]),
].map(([name, text]) => {
  const { program, diagnostics } = compile({ name: name as string, text: text as string });
  if (program === null) throw new Error(diagnostics.map((each) => `${each.code} ${each.message}`).join("\n"));
  return [name as string, program];
});

const amounts = ["0.01", "0.10", "1.00", "5.00", "7.50", "30.00", "40.00", "350.00", "63.00", "0.001"];

/** An event that has a fair chance to be accepted. */
function events(program: Program): fc.Arbitrary<Sent & { readonly wait: number }> {
  const asset = program.assets[0]?.name ?? "USD";
  const role = fc.constantFrom(...program.roles.map((one) => one.name), "stranger");
  const value = fc.option(
    fc.constantFrom(...amounts).map((amount) => [[asset, money(amount)] as const]),
    { nil: null, freq: 2 },
  );
  const wait = program.ticks
    ? fc.constantFrom(0, 0, 1, 1, 2, 5, 30)
    : fc.constantFrom(0, 1, 3_600_000, 86_400_000, 9 * 86_400_000);
  const fitting = (type: Type): fc.Arbitrary<Value> =>
    type.kind === "optional"
      ? fitting(type.of)
      : type.kind === "int"
        ? fc.integer({ min: 0, max: 12 })
        : type.kind === "percent"
          ? fc.constantFrom("0%", "10%", "33.3%", "49%")
          : type.kind === "money"
            ? fc.constantFrom(`0.00 ${asset}`, `0.10 ${asset}`, `2.50 ${asset}`, `29.00 ${asset}`)
            : fc.constantFrom("hello", "flood");
  const junk = fc.oneof(
    fc.integer({ min: -1, max: 21 }),
    fc.constantFrom("10%", "1.00 USD", "2.50 XXX", "hello", true, null),
  );
  const input = (type: Type): fc.Arbitrary<Value> =>
    fc.oneof({ weight: 9, arbitrary: fitting(type) }, { weight: 1, arbitrary: junk });
  const inputs = (action: Program["actions"][number]): fc.Arbitrary<Value> =>
    action.inputs.length === 0
      ? fc.constant(null)
      : fc
          .tuple(...action.inputs.map((one) => input(one.type)))
          .map((values) => mapOf(action.inputs.map((one, i) => [one.name, values[i] as Value])) as Value);
  const by = (who: Program["actions"][number]["who"]): fc.Arbitrary<string> =>
    who.kind === "roles"
      ? fc.oneof(
          { weight: 5, arbitrary: fc.constantFrom(...who.roles.map((r) => program.roles[r]?.name as string)) },
          { weight: 1, arbitrary: role },
        )
      : role;
  const act = fc.constantFrom(...program.actions).chain((action) =>
    fc.record({
      kind: fc.constant("act" as const),
      name: fc.constant(action.name),
      by: by(action.who),
      inputs: inputs(action),
      value: action.pays === null ? fc.constant(null) : value,
      wait,
    }),
  );
  const pay = fc.record({
    kind: fc.constant("pay" as const),
    by: role,
    value,
    for: fc.option(fc.constantFrom(...program.norms.map((norm) => norm.name), "nothing"), { nil: null, freq: 3 }),
    wait,
  });
  const tick = fc.record({ kind: fc.constant("tick" as const), wait });
  const use = fc.record({
    kind: fc.constantFrom("use" as const, "withdraw" as const),
    name: fc.constantFrom(...program.powers.map((power) => power.name), "nothing"),
    by: role,
    wait,
  });
  return fc.oneof(
    { weight: 6, arbitrary: act },
    { weight: 2, arbitrary: pay },
    { weight: 1, arbitrary: tick },
    { weight: 1, arbitrary: use },
  );
}

const start = (program: Program): Play => {
  const at = program.ticks
    ? 0
    : Date.parse(program.name === "late-delivery" ? "2019-01-02T09:00:00Z" : "2026-01-02T09:00:00Z");
  const play = new Play(program, at);
  play.rival = load(program, "code").driver;
  for (const role of program.roles) {
    if (role.kind !== "party") continue;
    play.sign(at, role.name);
    const needed = play.last.refusal?.values[0] as readonly [string, Value] | undefined;
    if (play.last.refusal !== null)
      play.sign(at, role.name, [[program.assets[0]?.name as string, needed?.[1] as Value]]);
    expect(play.refusal).toBe(null);
  }
  return play;
};

/** An error may stand in a refusal, never in the state. */
function hasError(value: Value): boolean {
  if (value instanceof ErrorValue) return true;
  return Array.isArray(value) && value.some(hasError);
}

describe.each(programs)("%s", (_name, program) => {
  const first = start(program);
  const opened = first.state;
  const clock = (state: Value): number => (state as readonly Value[])[1] as number;

  const worst = worstFuelByEvent(program);
  const worstOf = (kind: string, name: string): number =>
    worst.find((one) => one.kind === kind && (one.name === null || one.name === name))?.worstFuel ??
    Number.POSITIVE_INFINITY;

  it("steps end well, whatever comes", () => {
    fc.assert(
      fc.property(fc.array(events(program), { minLength: 10, maxLength: 40 }), (sent) => {
        const play = first;
        play.state = opened;
        let at = clock(opened);
        for (const { wait, ...event } of sent) {
          at += wait;
          let before = play.state;
          // Conservation and fuel are checked by `send`.
          play.send(at, event);
          expect(hasError(play.state)).toBe(false);
          // Half of the wrong sums are sent again, right.
          const needed =
            play.last.refusal?.kind === "wrong-amount"
              ? (play.last.refusal.values[0] as readonly [string, Value] | undefined)
              : undefined;
          if (needed?.[0] === "needed" && at % 2 === 0) {
            before = play.state;
            play.send(at, { ...event, value: [[program.assets[0]?.name as string, needed[1]]] });
          }
          for (const step of play.steps) {
            const kind = step.kind === "timer" ? "timer" : (event.kind as string);
            expect(step.fuel).toBeLessThanOrEqual(worstOf(kind, step.name));
          }
          const last = play.last;
          const base = play.steps.length > 1 ? (play.steps[play.steps.length - 2]?.state as Value) : before;
          if (last.consumed && last.refusal !== null) {
            const [seq, ...rest] = last.state as readonly Value[];
            const [was, ...same] = base as readonly Value[];
            expect(seq).toBe((was as number) + 1);
            expect(rest).toEqual(same);
          }
        }
        const view = play.view(at);
        expect(view.seq).toBeGreaterThanOrEqual(sent.length);
        expect("bytes" in encodeValue(play.state)).toBe(true);
      }),
      { numRuns: 150 },
    );
  }, 60_000);

  it("`due` says when a tick finds something, and ticks together or one by one give the same state", () => {
    fc.assert(
      fc.property(fc.array(events(program), { minLength: 4, maxLength: 16 }), (sent) => {
        const play = first;
        play.state = opened;
        let at = clock(opened);
        for (const { wait, ...event } of sent) {
          at += wait;
          play.send(at, event);
        }
        const reached = play.state;
        const far = at + (program.ticks ? 500 : 90 * 86_400_000);
        play.tick(far);
        while (play.more) play.tick(far);
        const together = play.whole();
        play.state = reached;
        for (let rounds = 0; ; rounds++) {
          expect(rounds).toBeLessThan(2_000);
          const due = play.due();
          if (due === null) break;
          const when = due.edge === "open" ? due.at : due.at + 1;
          if (when > far) break;
          play.tick(Math.max(when, at));
          expect(play.steps[0]).toMatchObject({ kind: "timer", name: due.name, at: due.at });
        }
        const { seq: _one, ...apart } = play.whole();
        const { seq: _two, ...same } = together;
        expect(apart).toEqual(same);
      }),
      { numRuns: 40 },
    );
  }, 60_000);
});

it("events that are no events are refused or fault as values", () => {
  const [, program] = programs[0] as (typeof programs)[number];
  const play = start(program);
  const junk = fc.oneof(
    fc.constant(undefined),
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.string(),
    fc.array(fc.integer(), { maxLength: 3 }),
  );
  fc.assert(
    fc.property(
      fc.array(junk, { minLength: 0, maxLength: 9 }),
      fc.constantFrom("act", "pay", "use", "sign", "withdraw", "tick"),
      fc.boolean(),
      (parts, kind, known) => {
        const event = known ? [kind, "set", did("ann"), 5, ...parts.slice(0, 3)] : parts;
        const ran = play.loaded.driver.step(play.state, event as Value);
        expect("value" in ran || "fault" in ran).toBe(true);
      },
    ),
    { numRuns: 150 },
  );
});
