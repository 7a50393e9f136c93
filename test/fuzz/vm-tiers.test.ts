// The two tiers of the machine on the same runs: value, fault (code, function, instruction, error) and fuel are equal, at full
// fuel and at every kind of smaller amount. Seeded by SEED, a failure prints it; FUZZ=50 tries fifty
// times as many.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCode } from "../../vm/code/compile.ts";
import { Translation } from "../../vm/code/translate.ts";
import { type Decimal, decimalOf } from "../../vm/decimal.ts";
import { interpreterOf } from "../../vm/interpret.ts";
import { type Loaded, load, type Result } from "../../vm/load.ts";
import type { Module } from "../../vm/module.ts";
import { ErrorValue, MapValue, type Value } from "../../vm/value.ts";
import { assemble, loadOf } from "../unit/vm/asm.ts";
import { BUILTINS as SAMPLE_BUILTINS } from "../unit/vm/samples.ts";
import { changeCode, changeTables, type Next, pull, random } from "./modules/mutate.ts";
import { block, body, REGISTERS, value } from "./modules/programs.ts";
import { BUILTINS, subjects } from "./modules/subjects.ts";

const SEED = Number(process.env["SEED"] ?? 20261127);
/** Fuel of one run of a changed module. */
const FUEL = 200_000;
const FUZZ = Number(process.env["FUZZ"] ?? 1);

/** Leaves function 0 to the interpreter, as one over a bound. */
class Partly extends Translation {
  override functionName(index: number): string | null {
    return index === 0 ? null : super.functionName(index);
  }
}

/** Both tiers of a module, compared run by run. Counts what the code answered itself and what it left to the interpreter. */
function both(loaded: Loaded, pieceMax?: number, translation = new Translation(loaded, pieceMax)) {
  const interpreter = interpreterOf(loaded);
  const code = compileCode(loaded, interpreterOf(loaded), loaded.module.functions.keys(), translation);
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
function spoil(value: Value, next: Next): Value {
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

/** A module that is fit to run, or null when the verifier refuses it. */
function loadFit(module: Module): Loaded | null {
  const read = load(module, BUILTINS);
  return "error" in read ? null : read.loaded;
}

const loadWith = (module: Module): Loaded => loadOf(module, BUILTINS);

describe("both tiers", () => {
  it(
    "agree on generated programs",
    () => {
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
          fc.nat({ max: 3 }),
          (inner, outer, loads, args, share, pieceMax, partly) => {
            const module = assemble(
              [
                { name: "g", params: 1, code: body(inner, loads, null) },
                { name: "f", params: 1, code: body(outer, loads, "g") },
              ],
              { builtins: SAMPLE_BUILTINS },
            );
            const read = loadOf(module, SAMPLE_BUILTINS);
            const tiers = both(
              read,
              pieceMax,
              partly === 0 ? new Partly(read, pieceMax) : new Translation(read, pieceMax),
            );
            expect(tiers.code).not.toBeNull();
            for (const argument of args)
              for (const f of partly === 0 ? [1] : [0, 1]) {
                const full = tiers.run(f, [argument], module.functions[f]!.worstFuel);
                tiers.run(f, [argument], full.fuel);
                for (const less of [full.fuel - 1, Math.floor(share * full.fuel), 0])
                  if (less >= 0) tiers.run(f, [argument], less);
              }
            answered += tiers.counts.answered;
            left += tiers.counts.left;
          },
        ),
        { numRuns: 2500 * FUZZ, seed: SEED },
      );
      expect(Math.min(answered, left)).toBeGreaterThan(1000);
    },
    300_000 * FUZZ,
  );

  it(
    "agree on the agreements of the examples and the corpus, whatever the fuel and the arguments",
    () => {
      const all = subjects();
      expect(all.length).toBeGreaterThan(8);
      const next = random(SEED);
      for (const { name, module, calls } of all)
        for (const pieceMax of [8, 60, undefined]) {
          const tiers = both(loadWith(module), pieceMax);
          const functions = new Map(module.entries.map((entry) => [entry.name, entry.function]));
          for (const call of calls) {
            const f = functions.get(call.entry)!;
            const worst = module.functions[f]!.worstFuel;
            const say = (what: string): string => `${name} ${call.entry} ${what}, SEED=${SEED}`;
            const full = tiers.run(f, call.args, worst, say("in full"));
            for (let round = 0; round < 4 * FUZZ; round++) {
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
    },
    300_000 * FUZZ,
  );

  it(
    "agree on agreements with changed code: 350",
    () => {
      const all = subjects();
      const next = random(SEED + 1);
      let ran = 0;
      let left = 0;
      for (let round = 0; round < 350 * FUZZ; round++) {
        const subject = all[round % all.length]!;
        const change = next(4) === 0 ? changeTables : changeCode;
        const loaded = loadFit(change(subject.module, next));
        if (loaded === null) continue;
        ran++;
        const tiers = both(loaded, pull([5, 50, 400], next));
        const functions = new Map(loaded.module.entries.map((entry) => [entry.name, entry.function]));
        for (const call of subject.calls) {
          const f = functions.get(call.entry);
          if (f === undefined || loaded.module.functions[f]!.params !== call.args.length || next(3) === 0) continue;
          const fuel = Math.min(loaded.module.functions[f]!.worstFuel, FUEL);
          const say = `${subject.name} ${call.entry}, round ${round}, SEED=${SEED}`;
          const full = tiers.run(f, call.args, fuel, say);
          tiers.run(f, call.args, next(full.fuel + 1), say);
        }
        left += tiers.counts.left;
      }
      expect(ran).toBeGreaterThan(150);
      expect(left).toBeGreaterThan(100);
    },
    300_000 * FUZZ,
  );
});
