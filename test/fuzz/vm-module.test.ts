// Mutated module files: each is refused by name or runs within its fuel, and never breaks the host. Seeded; a failure prints
// its seed and the mutation.
import { describe, expect, it } from "vitest";
import { decodeModule, encodeModule } from "../../vm/codec.ts";
import { createMachine } from "../../vm/machine.ts";
import { mapOf } from "../../vm/map.ts";
import type { Value } from "../../vm/value.ts";
import { BUILTINS, sampleAgreement, samplePolicy } from "../unit/vm/samples.ts";

const SEED = Number(process.env["SEED"] ?? 20261121);

/** xorshift32: 0 <= n < below. */
function random(seed: number): (below: number) => number {
  let state = seed | 0 || 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const ARGUMENTS: readonly (readonly Value[])[] = [
  [
    mapOf([
      ["kind", "a"],
      ["amount", "12.50 USD"],
      ["rows", [1, 2, "skip"]],
    ])!,
  ],
  [
    [0, 0],
    ["tick", "", "", 25, null, null, null],
  ],
  [null],
  [undefined, undefined],
];

type Outcome = "refused" | "unverified" | "ran";

/** What became of a file. Fails the test when a run leaves its fuel. */
function tryFile(bytes: Uint8Array): Outcome {
  const read = decodeModule(bytes);
  if ("error" in read) {
    expect(read.error.code).toMatch(/^vm\//);
    return "refused";
  }
  const made = createMachine(read.module, BUILTINS);
  if ("error" in made) {
    expect(made.error.code).toMatch(/^vm\//);
    return "unverified";
  }
  const again = encodeModule(read.module);
  expect("bytes" in again && Buffer.compare(again.bytes, bytes) === 0).toBe(true); // one form for one module
  for (const entry of read.module.entries) {
    const worst = made.machine.worstFuel(entry.name)!;
    const fuel = Math.min(worst, 20_000);
    for (const args of ARGUMENTS) {
      if (args.length !== entry.params.length) continue;
      const result = made.machine.run(entry.name, args, { fuel });
      expect(result.fuel).toBeLessThanOrEqual(fuel);
      if ("fault" in result && result.fault.code === "vm/out-of-fuel") expect(fuel).toBeLessThan(worst);
      expect(made.machine.trace(entry.name, args, { fuel }).result).toEqual(result);
    }
  }
  return "ran";
}

describe("mutated module files", () => {
  const files = [samplePolicy(), sampleAgreement()].map((module) => {
    const made = encodeModule(module);
    if ("error" in made) throw new Error(made.error.message);
    return made.bytes;
  });

  it("every single flipped bit", () => {
    const seen = { refused: 0, unverified: 0, ran: 0 };
    for (const file of files)
      for (let bit = 0; bit < file.length * 8; bit++) {
        const copy = file.slice();
        copy[bit >> 3]! ^= 1 << (bit & 7);
        try {
          seen[tryFile(copy)]++;
        } catch (error) {
          throw new Error(`bit ${bit} of file ${files.indexOf(file)}`, { cause: error });
        }
      }
    expect(Math.min(...Object.values(seen))).toBeGreaterThan(100); // all three ways were taken
  });

  it("ten thousand heavier mutations", () => {
    const next = random(SEED);
    const seen = { refused: 0, unverified: 0, ran: 0 };
    for (let round = 0; round < 10_000; round++) {
      let bytes = [...files[round % files.length]!];
      const edits = 1 + next(3);
      for (let edit = 0; edit < edits; edit++) {
        const at = next(bytes.length);
        switch (next(5)) {
          case 0:
            bytes[at] = next(256);
            break;
          case 1:
            bytes[at] = (bytes[at]! + (next(2) === 0 ? 1 : 255)) & 255;
            break;
          case 2:
            bytes = bytes.slice(0, at).concat(bytes.slice(at + 1 + next(4)));
            break;
          case 3:
            bytes.splice(at, 0, ...bytes.slice(next(bytes.length)).slice(0, next(8)));
            break;
          default:
            bytes[at] = [0, 1, 0x7f, 0x80, 0xff][next(5)]!;
        }
        if (bytes.length === 0) bytes = [0];
      }
      try {
        seen[tryFile(Uint8Array.from(bytes))]++;
      } catch (error) {
        throw new Error(`seed ${SEED}, round ${round}`, { cause: error });
      }
    }
    expect(Math.min(seen.refused, seen.unverified, seen.ran)).toBeGreaterThan(20);
  });

  it("twenty thousand changed operands: past the decoder, at the verifier", () => {
    const next = random(SEED + 1);
    const modules = files.map((file) => {
      const read = decodeModule(file);
      if ("error" in read) throw new Error(read.error.message);
      return read.module;
    });
    const seen = { unverified: 0, ran: 0 };
    for (let round = 0; round < 20_000; round++) {
      const module = modules[round % modules.length]!;
      const changed = next(module.functions.length);
      const functions = module.functions.map((fn, index) => {
        if (index !== changed) return fn;
        const code = fn.code.map((instruction) => [...instruction]);
        const instruction = code[next(code.length)]!;
        const at = next(instruction.length);
        instruction[at] = at === 0 ? next(0x80) : next(24);
        return { ...fn, code };
      });
      // The declared fuel is made right again where it can be, so that more gets through to running.
      const hostile = { ...module, functions };
      let made = createMachine(hostile, BUILTINS);
      for (let attempt = 0; attempt < 4 && "error" in made && made.error.code === "vm/wrong-fuel"; attempt++) {
        const computed = Number(/computed (\d+)/.exec(made.error.message)?.[1]);
        const index = made.error.function;
        functions[index] = { ...functions[index]!, worstFuel: computed };
        made = createMachine(hostile, BUILTINS);
      }
      if ("error" in made) {
        expect(made.error.code).toMatch(/^vm\//);
        seen.unverified++;
        continue;
      }
      seen.ran++;
      for (const entry of module.entries)
        for (const args of ARGUMENTS) {
          if (args.length !== entry.params.length) continue;
          const fuel = made.machine.worstFuel(entry.name)!;
          const result = made.machine.run(entry.name, args, { fuel });
          const where = `seed ${SEED + 1}, round ${round}`;
          expect(result.fuel, where).toBeLessThanOrEqual(fuel);
          if ("fault" in result) expect(result.fault.code, where).not.toBe("vm/out-of-fuel"); // the proof holds
          expect(made.machine.trace(entry.name, args, { fuel }).result, where).toEqual(result);
        }
    }
    expect(Math.min(seen.unverified, seen.ran)).toBeGreaterThan(2000);
  });
});
