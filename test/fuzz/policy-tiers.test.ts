// Random policies in every way they can be run (modules/policy-ways.ts). Seeded by SEED, a failure prints it; `npm run release` compares a
// million decisions.
import { describe, expect, it } from "vitest";
import { addCounts, compareWays, noCounts } from "./modules/policy-ways.ts";

const SEED = Number(process.env["SEED"] ?? 20261128);
const FUZZ = Number(process.env["FUZZ"] ?? 1);
const POLICIES = 40 * FUZZ;
const INPUTS = 500;

describe(`policies in every way, SEED=${SEED}`, () => {
  it(
    "answer the same",
    () => {
      const counts = noCounts();
      for (let run = 0; run < POLICIES; run++) addCounts(counts, compareWays(SEED + run, INPUTS));
      console.log(`SEED=${SEED}: ${JSON.stringify(counts)}`);
      expect(counts.decisions).toBe(POLICIES * INPUTS);
      for (const part of [counts.allowed, counts.erring, counts.misfits])
        expect(part).toBeGreaterThan(counts.decisions / 50);
      expect(counts.noJson).toBeGreaterThan(0);
    },
    600_000 * FUZZ,
  );
});
