// The index against the scan: random tables of atoms, inputs made of the atoms and inputs of anything at all. Seeded by SEED, a failure
// prints it; FUZZ=50 tries fifty times as many.
import { describe, expect, it } from "vitest";
import { untestedIndexOf } from "../../vm/policy/index/index.ts";
import { differenceOf, samplesOf, scanOf } from "../../vm/policy/index/self-test.ts";
import type { Value } from "../../vm/value.ts";
import { showValue } from "../../vm/value-text.ts";
import { dice, hostileValue, randomTable } from "./modules/tables.ts";

const SEED = Number(process.env["SEED"] ?? 20261128);
const FUZZ = Number(process.env["FUZZ"] ?? 1);

describe(`the index of a policy, SEED=${SEED}`, () => {
  it("finds what the scan finds", () => {
    let compared = 0;
    let found = 0;
    for (let run = 0; run < 150 * FUZZ; run++) {
      const seed = SEED + run;
      const roll = dice(seed);
      const table = randomTable(roll, one(roll));
      const find = untestedIndexOf(table);
      const inputs: Value[] = [...samplesOf(table, 40), ...Array.from({ length: 40 }, () => hostileValue(roll))];
      for (const input of inputs) {
        const scanned = scanOf(table, input);
        const indexed = find(input);
        if (indexed.join() !== scanned.join())
          expect.fail(`seed ${seed}, input ${showValue(input)}: scan ${scanned}, index ${indexed}`);
        compared++;
        if (scanned.length > 0) found++;
      }
    }
    expect(compared).toBeGreaterThan(150 * FUZZ * 60);
    // The inputs meet rules: nothing is compared with nothing only.
    expect(found).toBeGreaterThan(compared / 3);
  });
  it("is refused when it differs", () => {
    const table = randomTable(dice(SEED), 60);
    const find = untestedIndexOf(table);
    expect(differenceOf(table, find)).toBeNull();
    const difference = differenceOf(table, (input) => find(input).slice(1));
    expect(difference?.scan.length).toBeGreaterThan(difference?.index.length as number);
  });
});

const one = (roll: (below: number) => number): number => [3, 12, 60, 400][roll(4)]!;
