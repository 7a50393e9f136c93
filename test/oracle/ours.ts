// A constraint in both tiers of our machine.
import { compileConstraint, type Refusal } from "../../compiler/constraint/index.ts";
import type { CueLowered } from "../../lang/cue/index.ts";
import { BUILTINS } from "../../stdlib/table.ts";
import { readJson } from "../../vm/json.ts";
import { createMachine, type Machine } from "../../vm/machine.ts";
import type { Value } from "../../vm/value.ts";

export interface OurVerdict {
  readonly accepted: boolean;
  /** Paths with what is wrong there. */
  readonly found: readonly { readonly path: readonly string[]; readonly why: string }[];
}
export type Ours = { readonly refusals: readonly Refusal[] } | { readonly verdict: (json: string) => OurVerdict };

export function ours(lowered: CueLowered): Ours {
  const made = compileConstraint(lowered);
  if ("refusals" in made) return made;
  const machines = (["interpreter", "code"] as const).map((tier): Machine => {
    const read = createMachine(made.module, BUILTINS, { tier });
    if ("error" in read) throw new Error(read.error.message);
    return read.machine;
  });
  return {
    verdict(json) {
      const read = readJson(json);
      if ("problem" in read) return { accepted: false, found: [{ path: [], why: read.problem.message }] };
      const verdicts = machines.map((machine) => run(machine, read.value));
      const [interpreted, translated] = verdicts.map((each) => JSON.stringify(each));
      if (interpreted !== translated) throw new Error(`the tiers differ: ${interpreted} and ${translated}`);
      return verdicts[0]!.verdict;
    },
  };
}

function run(machine: Machine, value: Value): { readonly verdict: OurVerdict; readonly fuel: readonly number[] } {
  const result = (entry: string) => {
    const made = machine.run(entry, [value], { fuel: machine.worstFuel(entry)! });
    if ("fault" in made) throw new Error(`${entry} ended with ${made.fault.code}`);
    return made;
  };
  const decided = result("decide");
  const checked = result("check");
  const list = checked.value as readonly (readonly [readonly Value[], string])[];
  const found = list.map(([path, why]) => ({ path: path.map(String), why }));
  if ((decided.value === true) !== (found.length === 0))
    throw new Error(`decide says ${String(decided.value)}, check finds ${found.length}`);
  return { verdict: { accepted: decided.value === true, found }, fuel: [decided.fuel, checked.fuel] };
}
