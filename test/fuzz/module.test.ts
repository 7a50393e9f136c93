// Damaged and hostile module files of real agreements: each is refused by name, or runs the real events of the agreement
// within its declared fuel. Never an exception of the host. Seeded by SEED, a failure prints it; FUZZ=50 tries fifty times
// as many.
import { describe, expect, it } from "vitest";
import { createMachine, decodeModule, encodeModule, encodeValue, type Module } from "../../vm/index.ts";
import { compareBytes } from "../../vm/order.ts";
import {
  changeCode,
  changeTables,
  cutSections,
  flipBits,
  pull,
  random,
  sectionsOf,
  spliced,
} from "./modules/mutate.ts";
import { BUILTINS, type Call, type Subject, subjects } from "./modules/subjects.ts";

const SEED = Number(process.env["SEED"] ?? 20261121);
const FUZZ = Number(process.env["FUZZ"] ?? 1);
/** Fuel of one run of a mutant; more is not needed to meet what it changed. */
const FUEL = 200_000;

type Fate = "refused" | "unverified" | "ran";

/** Runs the calls of an agreement on a module, and `due` and `query` on what comes out. */
function runAll(module: Module, calls: readonly Call[]): Fate {
  const made = createMachine(module, BUILTINS);
  if ("error" in made) {
    expect(made.error.code).toMatch(/^vm\//);
    return "unverified";
  }
  const { machine } = made;
  const run = ({ entry, args }: Call): void => {
    const worst = machine.worstFuel(entry);
    const fuel = Math.min(worst ?? 0, FUEL);
    const result = machine.run(entry, args, { fuel });
    expect(result.fuel).toBeLessThanOrEqual(fuel);
    if ("fault" in result) {
      expect(result.fault.code).toMatch(/^vm\//);
      if (result.fault.code === "vm/out-of-fuel") expect(fuel).toBeLessThan(worst!);
      return;
    }
    encodeValue(result.value); // bytes or a problem
    const state = Array.isArray(result.value) ? result.value[0] : result.value;
    if (entry !== "step") return;
    run({ entry: "due", args: [state] });
    run({ entry: "query", args: [state, 0] });
  };
  for (const call of calls) run(call);
  return "ran";
}

function fateOf(bytes: Uint8Array, calls: readonly Call[]): Fate {
  const read = decodeModule(bytes);
  if ("error" in read) {
    expect(read.error.code).toMatch(/^vm\//);
    expect(read.error.message).not.toBe("");
    return "refused";
  }
  const again = encodeModule(read.module);
  // One form for one module: what was read is what would be written.
  expect("bytes" in again && compareBytes(again.bytes, bytes) === 0).toBe(true);
  return runAll(read.module, calls);
}

const all = subjects().map((subject) => {
  const made = encodeModule({ ...subject.module, debug: { sources: [], functions: [] } });
  if ("error" in made) throw new Error(made.error.message);
  return { ...subject, bare: made.bytes };
});
/** A few of the calls: one of each entry point, another one each time. */
function someCalls({ calls }: Subject, round: number): Call[] {
  const chosen: Call[] = [];
  for (const entry of ["init", "step", "due", "query"]) {
    const of = calls.filter((call) => call.entry === entry);
    if (of.length > 0) chosen.push(of[round % of.length]!);
  }
  return chosen;
}

const seen = (): Record<Fate, number> => ({ refused: 0, unverified: 0, ran: 0 });

/** Names the mutant when a check fails. */
function named<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (cause) {
    throw new Error(`${name}, seed ${SEED}`, { cause });
  }
}

describe("modules of real agreements", () => {
  it("are those of the examples and the corpus, and run", () => {
    expect(all.length).toBeGreaterThan(5);
    for (const { name, bytes, calls } of all) named(name, () => expect(fateOf(bytes, calls)).toBe("ran"));
  });

  it("cut at every length are refused", () => {
    const { bytes: smallest } = all.reduce((a, b) => (a.bytes.length <= b.bytes.length ? a : b));
    const fate = (bytes: Uint8Array): string => {
      const read = decodeModule(bytes);
      return "error" in read ? read.error.code : "read";
    };
    for (let length = 0; length < smallest.length; length++) {
      const code = fate(smallest.subarray(0, length));
      if (code !== "vm/truncated") expect(code, `cut to ${length}`).toMatch(/^vm\/(?:not-a-module|bad-\w+)$/);
    }
    for (const { name, bytes } of all)
      for (const length of cutSections(bytes))
        named(`${name} cut to ${length}`, () => expect(fateOf(bytes.slice(0, length), [])).toBe("refused"));
  });

  it(
    "with flipped bits: 800",
    () => {
      const next = random(SEED);
      const fates = seen();
      for (let round = 0; round < 800 * FUZZ; round++) {
        const subject = all[round % all.length]!;
        // What means nothing is a third of a file: mostly it is left out.
        const bytes = flipBits(round % 4 === 0 ? subject.bytes : subject.bare, 1 + next(2), next);
        fates[named(`flips, round ${round}, ${subject.name}`, () => fateOf(bytes, someCalls(subject, round)))]++;
      }
      if (FUZZ > 1) console.log("flips", fates);
      expect(Math.min(...Object.values(fates))).toBeGreaterThan(20);
    },
    300_000 * FUZZ,
  );

  it(
    "with sections of other modules, moved, doubled, dropped, with wrong lengths and huge counts: 1,500",
    () => {
      const next = random(SEED + 1);
      const fates = seen();
      for (let round = 0; round < 1_500 * FUZZ; round++) {
        const subject = all[round % all.length]!;
        const other = pull(all, next);
        const bytes = spliced(sectionsOf(subject.bytes), sectionsOf(other.bytes), next);
        fates[
          named(`splice, round ${round}, ${subject.name} and ${other.name}`, () =>
            fateOf(bytes, someCalls(subject, round)),
          )
        ]++;
      }
      if (FUZZ > 1) console.log("splices", fates);
      expect(Math.min(fates.refused, fates.unverified)).toBeGreaterThan(40);
    },
    300_000 * FUZZ,
  );

  it(
    "with swapped entries, types, constants and patterns: 500",
    () => {
      const next = random(SEED + 2);
      const fates = seen();
      for (let round = 0; round < 500 * FUZZ; round++) {
        const subject = all[round % all.length]!;
        fates[
          named(`tables, round ${round}, ${subject.name}`, () =>
            runAll(changeTables(subject.module, next), someCalls(subject, round)),
          )
        ]++;
      }
      if (FUZZ > 1) console.log("tables", fates);
      expect(Math.min(fates.unverified, fates.ran)).toBeGreaterThan(25);
    },
    300_000 * FUZZ,
  );

  it(
    "with changed code whose fuel was made right again: 600",
    () => {
      const next = random(SEED + 3);
      const fates = seen();
      for (let round = 0; round < 600 * FUZZ; round++) {
        const subject = all[round % all.length]!;
        fates[
          named(`code, round ${round}, ${subject.name}`, () =>
            runAll(changeCode(subject.module, next), someCalls(subject, round)),
          )
        ]++;
      }
      if (FUZZ > 1) console.log("code", fates);
      expect(Math.min(fates.unverified, fates.ran)).toBeGreaterThan(30);
    },
    300_000 * FUZZ,
  );

  it("that declare too little or too much fuel are refused", () => {
    for (const { name, module } of all)
      for (const off of [-1, 1, Number.MAX_SAFE_INTEGER - 1])
        for (const index of module.functions.keys()) {
          const functions = module.functions.map((fn, at) =>
            at === index ? { ...fn, worstFuel: off > 1 ? off : fn.worstFuel + off } : fn,
          );
          const made = createMachine({ ...module, functions }, BUILTINS);
          named(name, () => expect("error" in made && made.error.code).toBe("vm/wrong-fuel"));
        }
  });
});
