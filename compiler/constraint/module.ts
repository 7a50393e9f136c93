// A constraint as a module of its own: `decide` answers whether a value of JSON holds, `check` every place where it does not, as
// `[path, why]`. Or why the constraint cannot be compiled.
import type { CueLowered } from "../../lang/cue/lowered.ts";
import { builtinById } from "../../stdlib/table.ts";
import { FUEL_SCHEDULE } from "../../vm/fuel.ts";
import { FUEL_MAX } from "../../vm/limits.ts";
import { FORMAT_VERSION, LANGUAGE_VERSION, type Module } from "../../vm/module.ts";
import { verifyModule } from "../../vm/verify.ts";
import type { IrFunction } from "../3-lower/ir.ts";
import { Sources } from "../4-emit/code.ts";
import { emitFunctions } from "../4-emit/emit.ts";
import { Pools } from "../4-emit/pools.ts";
import { type ConstraintBounds, ConstraintLowering } from "./lower.ts";
import type { Refusal } from "./refusal.ts";

export function compileConstraint(
  lowered: CueLowered,
  name = "constraint",
  bounds: Partial<ConstraintBounds> = {},
): { readonly module: Module } | { readonly refusals: readonly Refusal[] } {
  const lowering = new ConstraintLowering(lowered, bounds);
  const check = lowering.check("check");
  if (lowering.refusals.length > 0) return { refusals: lowering.refusals };
  const decide = lowering.functions.find((each) => each.name === "check holds") as IrFunction;
  const pools = new Pools();
  const { functions, lines } = emitFunctions(lowering.functions, pools, new Sources());
  const refused = (construct: string, help: string) => ({ refusals: [{ construct, help, at: lowered.root.at }] });
  if (functions.some(({ worstFuel }) => worstFuel > FUEL_MAX))
    return refused(
      "a constraint that may need more fuel than a run has",
      "bound the lists that stand inside each other, or move the inner ones into a recursive definition",
    );
  const any = pools.type({ kind: "any" });
  const entry = (entryName: string, fn: IrFunction) => ({
    name: entryName,
    function: lowering.functions.indexOf(fn),
    params: [any],
    result: any,
  });
  const module: Module = {
    format: FORMAT_VERSION,
    language: LANGUAGE_VERSION,
    fuelSchedule: FUEL_SCHEDULE,
    kind: "policy",
    name,
    version: "",
    types: pools.types,
    constants: pools.constants,
    patterns: pools.patterns,
    functions,
    entries: [entry("check", check), entry("decide", decide)],
    manifest: {},
    debug: { sources: [], functions: lines },
  };
  const error = verifyModule(module, builtinById);
  return error === null
    ? { module }
    : refused(`a constraint over a bound of the machine (${error.message})`, "make it smaller");
}
