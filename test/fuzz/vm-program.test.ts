// Generated programs of every instruction on values of every kind: the machine and the trace agree on value, fault and fuel,
// at full fuel and at any smaller amount; the proved worst case is never passed.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { assemble, machineOf } from "../unit/vm/asm.ts";
import { BUILTINS } from "../unit/vm/samples.ts";
import { block, body, REGISTERS, value } from "./modules/programs.ts";

describe("generated programs", () => {
  it("run as their trace says, within their proved fuel", () => {
    let faults = 0;
    let values = 0;
    fc.assert(
      fc.property(
        fc.array(block, { maxLength: 12 }),
        fc.array(block, { maxLength: 25 }),
        fc.array(value, { minLength: REGISTERS - 1, maxLength: REGISTERS - 1 }),
        value,
        fc.double({ min: 0, max: 1, noNaN: true }),
        (inner, outer, loads, argument, share) => {
          const module = assemble(
            [
              { name: "g", params: 1, code: body(inner, loads, null) },
              { name: "f", params: 1, code: body(outer, loads, "g") },
            ],
            { builtins: BUILTINS },
          );
          const machine = machineOf(module, BUILTINS);
          const worst = machine.worstFuel("decide")!;
          const full = machine.run("decide", [argument], { fuel: worst });
          expect("fault" in full ? full.fault.code : "").not.toBe("vm/out-of-fuel");
          expect(machine.run("decide", [argument], { fuel: worst })).toEqual(full);
          expect(machine.trace("decide", [argument], { fuel: worst }).result).toEqual(full);
          const less = Math.floor(share * full.fuel);
          const cut = machine.run("decide", [argument], { fuel: less });
          expect(machine.trace("decide", [argument], { fuel: less }).result).toEqual(cut);
          if (less < full.fuel) expect(cut).toMatchObject({ fault: { code: "vm/out-of-fuel" }, fuel: less });
          if ("fault" in full) faults++;
          else values++;
        },
      ),
      { numRuns: 3000 },
    );
    expect(Math.min(faults, values)).toBeGreaterThan(100);
  });
});
