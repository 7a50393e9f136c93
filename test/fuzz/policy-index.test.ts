// The index against the scan: random tables of atoms, inputs made of the atoms and inputs of anything at all. Seeded by SEED, a failure
// prints it; FUZZ=50 tries fifty times as many.
import { describe, expect, it } from "vitest";
import { allImplied } from "../../compiler/policy/lint/atoms.ts";
import { CANDIDATES_MAX } from "../../compiler/policy/lint/limits.ts";
import { candidatesAmong } from "../../compiler/policy/lint/pairs.ts";
import type { RuleDecl } from "../../compiler/policy/model.ts";
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
  it("and what the linter looks rules up with leaves out none that covers another", () => {
    let covering = 0;
    for (let run = 0; run < 25 * FUZZ; run++) {
      const seed = SEED + run;
      const roll = dice(seed);
      // Where no input meets a rule, at most CANDIDATES_MAX are looked at.
      const rules = randomTable(roll, Math.min(one(roll), CANDIDATES_MAX)).rules.map((row, at) => ({
        at,
        atoms: row.atoms.map((atom) => ({ atom })),
      })) as unknown as readonly (RuleDecl & { readonly at: number })[];
      const candidates = candidatesAmong(rules);
      const atomsOf = (rule: RuleDecl) => rule.atoms.map(({ atom }) => atom);
      for (const rule of rules) {
        // A test for none of any values implies all; such a rule matches nothing.
        if (atomsOf(rule).some(({ test }) => "values" in test && test.values.length === 0)) continue;
        const found = new Set<object>(candidates(rule));
        for (const other of rules) {
          if (other === rule || !allImplied(atomsOf(rule), atomsOf(other))) continue;
          covering++;
          if (!found.has(other)) expect.fail(`seed ${seed}: rule ${other.at} covers ${rule.at} and is not looked at`);
        }
      }
    }
    expect(covering).toBeGreaterThan(25 * FUZZ);
  });
});

const one = (roll: (below: number) => number): number => [3, 12, 60, 400][roll(4)]!;
