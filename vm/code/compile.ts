// Functions of a module as code of the host, run within fuel.
import type { Interpreter } from "../interpret.ts";
import type { Loaded, Result } from "../load.ts";
import type { Value } from "../value.ts";
import { LEFT, link } from "./link.ts";
import { runtimeOf } from "./runtime.ts";
import { Translation } from "./translate.ts";

type HostFunction = (...args: readonly Value[]) => Value;

export interface Code {
  /** Runs function `f`. Null: the run does not end with a value within its fuel, or the function is not there; the interpreter
   *  says how it ends. */
  readonly run: (f: number, args: readonly Value[], fuel: number) => Result | null;
}

/** What a text of a translation gives, and the meter of its runtime: settled fuel, and the most there is. */
export interface Linked {
  readonly value: unknown;
  readonly meter: Float64Array;
}

/** Links the text of a translation; `main` ends with `return`. Null when the host allows no code from text. */
export function linkText(translation: Translation, interpreter: Interpreter, main: string): Linked | null {
  const source = translation.source(main);
  const runtime = runtimeOf(translation.loaded, interpreter, translation.sites);
  const value = link(source, runtime);
  return value === null ? null : { value, meter: runtime.meter };
}

/** Code of `functions` and of what they call; null when the host allows none or none of them is within the bounds. */
export function compileCode(
  loaded: Loaded,
  interpreter: Interpreter,
  functions: Iterable<number>,
  translation = new Translation(loaded),
): Code | null {
  const named = [...functions].flatMap((index) => {
    const name = translation.functionName(index);
    return name === null ? [] : [`[${index}, ${name}]`];
  });
  if (named.length === 0) return null;
  const linked = linkText(translation, interpreter, `return [${named.join(", ")}];`);
  if (linked === null) return null;
  const table: (HostFunction | undefined)[] = new Array(loaded.module.functions.length).fill(undefined);
  for (const [index, host] of linked.value as readonly (readonly [number, HostFunction])[]) table[index] = host;
  const { meter } = linked;

  /** Something else than LEFT was thrown, such as the end of the host's stack: the code is not used again. */
  let broken = false;
  return {
    run: (f, args, fuel) => {
      const host = table[f];
      if (host === undefined || broken) return null;
      meter[0] = 0;
      meter[1] = fuel;
      let value: Value;
      try {
        value = args.length === 1 ? host(args[0]) : args.length === 2 ? host(args[0], args[1]) : host(...args);
      } catch (error) {
        broken = error !== LEFT;
        return null;
      }
      const used = meter[0]!;
      return used <= fuel ? { value, fuel: used } : null;
    },
  };
}
