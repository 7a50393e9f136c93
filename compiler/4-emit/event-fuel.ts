// The worst fuel of each kind of run of `step`: a timer, each action, each power, and the built-in events. Found by
// compiling the step again with the code of all other events left out; made when asked for, not part of the module.

import type { OnlyEvent } from "../3-lower/context.ts";
import { lower, lowerOnly } from "../3-lower/index.ts";
import type { IrModule } from "../3-lower/ir.ts";
import type { Program } from "../model.ts";
import { Sources } from "./code.ts";
import { emitFunctions } from "./emit.ts";
import { Pools } from "./pools.ts";

export interface EventFuel {
  readonly kind: OnlyEvent["kind"];
  /** Name of the action or power; null for kinds without. */
  readonly name: string | null;
  /** No run of this kind uses more; at most the worst fuel of the entry `step`. */
  readonly worstFuel: number;
}

export function worstFuelByEvent(program: Program): readonly EventFuel[] {
  const events: OnlyEvent[] = [
    { kind: "timer", name: null },
    ...program.actions.map((action): OnlyEvent => ({ kind: "act", name: action.name })),
    ...program.powers.map((power): OnlyEvent => ({ kind: "use", name: power.name })),
    ...(["pay", "sign", "withdraw", "tick"] as const).map((kind): OnlyEvent => ({ kind, name: null })),
  ];
  // The comparisons with kinds and names that were left out: a jump each, and one to leave.
  const choosing = 2 * events.length;
  const whole = worstOfStep(lower(program).module);
  return events.map((only) => ({
    ...only,
    worstFuel: Math.min(whole, worstOfStep(lowerOnly(program, only)) + choosing),
  }));
}

function worstOfStep(module: IrModule): number {
  const { functions } = emitFunctions(module.functions, new Pools(), new Sources());
  return functions.find((fn) => fn.name === "step")?.worstFuel as number;
}
