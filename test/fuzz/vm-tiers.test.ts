// The two tiers of the machine on the same runs: value, fault (code, function, instruction, error) and fuel are equal, at full
// fuel and at every kind of smaller amount. `TIER_ROUNDS` multiplies the work; a failure prints its seed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileCode } from "../../vm/code/compile.ts";
import { Translation } from "../../vm/code/translate.ts";
import { interpreterOf } from "../../vm/interpret.ts";
import type { Loaded, Result } from "../../vm/load.ts";
import type { Value } from "../../vm/value.ts";
import { assemble, loadOf } from "../unit/vm/asm.ts";
import { BUILTINS as SAMPLE_BUILTINS } from "../unit/vm/samples.ts";
import { block, body, REGISTERS, value } from "./modules/programs.ts";

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
    run: (f: number, args: readonly Value[], fuel: number): Result => {
      const expected = interpreter(f, args, fuel);
      const result = code!.run(f, args, fuel);
      if (result === null) {
        counts.left++;
        // What the code leaves is what the interpreter ends badly.
        expect(expected).toHaveProperty("fault");
      } else {
        counts.answered++;
        expect(result).toEqual(expected);
      }
      return expected;
    },
  };
}

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
});
