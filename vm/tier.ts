// Which tier runs a module. The interpreter starts at once and is right for what runs rarely; code is several times as fast
// once the host has optimised it, and pays for few modules at a time. The choice changes no result: it counts fuel, not time.
import { compileCode } from "./code/compile.ts";
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
  const hot = new Hot(() => compileCode(loaded, interpreter, wanted));
  return {
    translated: () => hot.has,
    run: (f, args, fuel) => {
      const code = hot.code();
      if (code !== null) return code.run(f, args, fuel) ?? interpreter(f, args, fuel);
      const result = interpreter(f, args, fuel);
      hot.warm(result.fuel);
      return result;
    },
  };
}

/** Code that is made when what it stands for is hot, and given up when others are hotter. */
export class Hot<T> {
  readonly #make: () => T | null;
  #code: T | null = null;
  #heat = 0;
  /** When it ran last. */
  used = 0;

  /** `make`: null when there can be no code. */
  constructor(make: () => T | null) {
    this.#make = make;
  }

  get has(): boolean {
    return this.#code !== null;
  }

  /** The code, which is about to run, or null. */
  code(): T | null {
    if (this.#code !== null) this.used = ++runs;
    return this.#code;
  }

  /** Adds what a run without code has used. */
  warm(fuel: number): void {
    this.#heat += fuel;
    if (this.#heat < HOT_FUEL || this.#code !== null) return;
    // Never again hot when there can be no code.
    this.#code = this.#make();
    this.#heat = this.#code === null ? Number.NEGATIVE_INFINITY : 0;
    if (this.#code === null) return;
    this.used = ++runs;
    translated.add(this);
    if (translated.size <= TRANSLATED_MODULES_MAX) return;
    let oldest: Hot<unknown> = this;
    for (const other of translated) if (other.used < oldest.used) oldest = other;
    oldest.cool();
  }

  /** Makes room: cold again. */
  cool(): void {
    this.#code = null;
    translated.delete(this);
  }
}

/** What was translated by heat, in this process. */
const translated = new Set<Hot<unknown>>();
let runs = 0;
