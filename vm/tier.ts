// Which tier runs a module. The interpreter starts at once and is right for what runs rarely; code is several times as fast
// once the host has optimised it, and pays for few modules at a time. The choice changes no result: it counts fuel, not time.
import { type Code, compileCode } from "./code/compile.ts";
import { HOT_FUEL, TRANSLATED_MODULES_MAX } from "./code/limits.ts";
import { interpreterOf } from "./interpret.ts";
import type { Loaded, Result } from "./load.ts";
import type { Value } from "./value.ts";

/** `auto`: interpreted until hot. `code`: translated before the first run, where the host allows it. */
export type Tier = "interpreter" | "code" | "auto";
export const TIERS: readonly Tier[] = ["interpreter", "code", "auto"];

/** Runs functions of one module. Those of one module may run side by side, not inside each other. */
export interface Runner {
  /** Runs function `f`. `fuel`: a whole number from 0 to FUEL_MAX; one argument for each parameter. */
  readonly run: (f: number, args: readonly Value[], fuel: number) => Result;
  /** Whether there is code now. */
  readonly translated: () => boolean;
}

/** `functions`: those that `run` is asked for, by default the entry points. Others are interpreted. */
export function runnerOf(
  loaded: Loaded,
  tier: Tier,
  functions: Iterable<number> = loaded.module.entries.map((entry) => entry.function),
): Runner {
  const interpreter = interpreterOf(loaded);
  if (tier === "interpreter") return { run: interpreter, translated: () => false };
  const wanted = [...new Set(functions)];
  if (tier === "code") {
    const code = compileCode(loaded, interpreter, wanted);
    return {
      run: (f, args, fuel) => code?.run(f, args, fuel) ?? interpreter(f, args, fuel),
      translated: () => code !== null,
    };
  }
  const state: Hot = { code: null, used: 0 };
  let heat = 0;
  return {
    translated: () => state.code !== null,
    run: (f, args, fuel) => {
      if (state.code !== null) {
        state.used = ++runs;
        return state.code.run(f, args, fuel) ?? interpreter(f, args, fuel);
      }
      const result = interpreter(f, args, fuel);
      heat += result.fuel;
      if (heat >= HOT_FUEL) {
        // Cold again when the module has to make room, and never again hot when it cannot be translated.
        state.code = compileCode(loaded, interpreter, wanted);
        heat = state.code === null ? Number.NEGATIVE_INFINITY : 0;
        if (state.code !== null) keep(state);
      }
      return result;
    },
  };
}

/** A module with code, and when it ran last. */
interface Hot {
  code: Code | null;
  used: number;
}

/** The modules translated by heat, in this process. */
const translated = new Set<Hot>();
let runs = 0;

/** Adds a module; the one that has not run for longest loses its code when there are too many. */
function keep(state: Hot): void {
  state.used = ++runs;
  translated.add(state);
  if (translated.size <= TRANSLATED_MODULES_MAX) return;
  let oldest = state;
  for (const other of translated) if (other.used < oldest.used) oldest = other;
  oldest.code = null;
  translated.delete(oldest);
}
