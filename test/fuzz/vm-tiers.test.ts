// The two tiers of the machine on the same runs: value, fault (code, function, instruction, error) and fuel are equal, at full
// fuel and at every kind of smaller amount. `TIER_ROUNDS` multiplies the work; a failure prints its seed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCode } from "../../vm/code/compile.ts";
import { Translation } from "../../vm/code/translate.ts";
import { type Decimal, decimalOf } from "../../vm/decimal.ts";
import { interpreterOf } from "../../vm/interpret.ts";
import type { Loaded, Result } from "../../vm/load.ts";
import type { Module } from "../../vm/module.ts";
import { ErrorValue, MapValue, type Value } from "../../vm/value.ts";
import { assemble, loadOf } from "../unit/vm/asm.ts";
import { BUILTINS as SAMPLE_BUILTINS } from "../unit/vm/samples.ts";
import { block, body, REGISTERS, value } from "./modules/programs.ts";
import { BUILTINS, subjects } from "./modules/subjects.ts";

const SEED = Number(process.env["SEED"] ?? 20261127);
const ROUNDS = Number(process.env["TIER_ROUNDS"] ?? 1);

/** Both tiers of a module, compared run by run. Counts what the code answered itself and what it left to the interpreter. */
function both(loaded: Loaded, pieceMax?: number) {
  const interpreter = interpreterOf(loaded);
  const code = compileCode(
    loaded,
    interpreterOf(loaded),
    loaded.module.functions.keys(),
    new Translation(loaded, pieceMax),
  );
  const counts = { answered: 0, left: 0 };
  return {
    counts,
    code,
    run: (f: number, args: readonly Value[], fuel: number, where = ""): Result => {
      const expected = interpreter(f, args, fuel);
      const result = code!.run(f, args, fuel);
      if (result === null) {
        counts.left++;
        // What the code leaves is what the interpreter ends badly.
        expect("fault" in expected, where).toBe(true);
      } else {
        counts.answered++;
        expect(result, where).toEqual(expected);
      }
      return expected;
    },
  };
}

/** xorshift32: 0 <= n < below. */
function randomOf(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const HOSTILE: readonly Value[] = [
  undefined,
  null,
  true,
  0,
  -1,
  2 ** 53 - 1,
  10n ** 33n,
  "",
  "nobody",
  [],
  [[], [[]]],
  new ErrorValue("absent", "x"),
  decimalOf(-5, -3) as Decimal,
  Uint8Array.of(1),
];

/** The value with some parts replaced by others of any kind, or lists made longer or shorter. */
function spoil(value: Value, next: (below: number) => number): Value {
  if (next(12) === 0) return HOSTILE[next(HOSTILE.length)];
  if (Array.isArray(value)) {
    const items = (value as readonly Value[]).map((item) => (next(3) === 0 ? spoil(item, next) : item));
    const change = next(24);
    return change === 0 ? items.slice(1) : change === 1 ? [...items, ...items] : items;
  }
  if (value instanceof MapValue)
    return new MapValue(
      value.keys,
      value.values.map((item) => spoil(item, next)),
    );
  if (typeof value === "number" && next(2) === 0) return value + next(1000) - 500;
  return value;
}

const loadWith = (module: Module): Loaded => loadOf(module, BUILTINS);

describe("both tiers", () => {
  it("agree on generated programs", () => {
    let answered = 0;
    let left = 0;
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 12 }),
        fc.array(block, { maxLength: 25 }),
        fc.array(value, { minLength: REGISTERS - 1, maxLength: REGISTERS - 1 }),
        fc.array(value, { minLength: 1, maxLength: 3 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.constantFrom(2, 5, 12, 400),
        (inner, outer, loads, args, share, pieceMax) => {
          const module = assemble(
            [
              { name: "g", params: 1, code: body(inner, loads, null) },
              { name: "f", params: 1, code: body(outer, loads, "g") },
            ],
            { builtins: SAMPLE_BUILTINS },
          );
          const tiers = both(loadOf(module, SAMPLE_BUILTINS), pieceMax);
          expect(tiers.code).not.toBeNull();
          for (const argument of args)
            for (const f of [0, 1]) {
              const full = tiers.run(f, [argument], module.functions[f]!.worstFuel);
              tiers.run(f, [argument], full.fuel);
              for (const less of [full.fuel - 1, Math.floor(share * full.fuel), 0])
                if (less >= 0) tiers.run(f, [argument], less);
            }
          answered += tiers.counts.answered;
          left += tiers.counts.left;
        },
      ),
      { numRuns: 4000 * ROUNDS },
    );
    expect(Math.min(answered, left)).toBeGreaterThan(1000);
  });

  it("agree on the agreements of the examples and the corpus, whatever the fuel and the arguments", () => {
    const all = subjects();
    expect(all.length).toBeGreaterThan(8);
    const next = randomOf(SEED);
    for (const { name, module, calls } of all)
      for (const pieceMax of [8, 60, undefined]) {
        const tiers = both(loadWith(module), pieceMax);
        const functions = new Map(module.entries.map((entry) => [entry.name, entry.function]));
        for (const call of calls) {
          const f = functions.get(call.entry)!;
          const worst = module.functions[f]!.worstFuel;
          const say = (what: string): string => `${name} ${call.entry} ${what}, SEED=${SEED}`;
          const full = tiers.run(f, call.args, worst, say("in full"));
          for (let round = 0; round < 4 * ROUNDS; round++) {
            tiers.run(f, call.args, next(full.fuel + 2), say("with less fuel"));
            tiers.run(
              f,
              call.args.map((arg) => spoil(arg, next)),
              worst,
              say("with spoiled arguments"),
            );
          }
        }
        expect(tiers.counts.answered).toBeGreaterThan(tiers.counts.left);
      }
  });
});
