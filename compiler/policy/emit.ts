// Functions and rows become a module: the rule table with numbers in place of functions and types.
import type { Span } from "../../lang/source.ts";
import { builtinById } from "../../stdlib/table.ts";
import { encodeModule } from "../../vm/codec.ts";
import { FUEL_SCHEDULE } from "../../vm/fuel.ts";
import { FORMAT_VERSION, LANGUAGE_VERSION, type Manifest, type Module } from "../../vm/module.ts";
import { worstDecision } from "../../vm/policy/fuel.ts";
import type { PolicyTable, Reading } from "../../vm/policy/table.ts";
import { verifyModule } from "../../vm/verify.ts";
import type { IrFunction } from "../3-lower/ir.ts";
import { Sources } from "../4-emit/code.ts";
import type { CompiledAgreement } from "../4-emit/compile-agreement.ts";
import { emitFunctions, withBeside } from "../4-emit/emit.ts";
import { Pools } from "../4-emit/pools.ts";
import { type LoweredPolicy, type LoweredReading, lowerPolicy } from "./lower.ts";
import type { PolicyProgram } from "./model.ts";

/** The module of a policy, or why it is over a bound of the machine. `fuel`: its worst decision is over its own limit. */
export function compilePolicy(
  program: PolicyProgram,
): CompiledAgreement | { readonly problem: string } | { readonly fuel: number } {
  const lowered = lowerPolicy(program);
  const pools = new Pools();
  const sources = new Sources();
  const { functions, lines } = emitFunctions(lowered.functions, pools, sources);
  const indexes = new Map<IrFunction, number>(lowered.functions.map((fn, index) => [fn, index]));
  const draft = tableOf(program, lowered, pools, (fn) => indexes.get(fn) as number);
  const worst = worstDecision(draft, functions);
  if (program.limits.fuel !== null && worst > program.limits.fuel) return { fuel: worst };
  const policy = { ...draft, limits: { ...draft.limits, fuel: worst } };
  const place = ({ source, start, end }: Span): readonly [number, number, number] => [
    sources.index(source),
    start,
    end,
  ];
  const rules = program.rules.map((rule) => [place(rule.span), ...rule.atoms.map(({ span }) => place(span))]);
  const module: Module = {
    format: FORMAT_VERSION,
    language: LANGUAGE_VERSION,
    fuelSchedule: FUEL_SCHEDULE,
    kind: "policy",
    name: program.name,
    version: program.version,
    types: pools.types,
    constants: pools.constants,
    patterns: pools.patterns,
    functions,
    entries: [],
    policy,
    manifest: manifestOf(program, policy),
    debug: { sources: withBeside(sources.items).map(({ name, text }) => ({ name, text })), functions: lines, rules },
  };
  const error = verifyModule(module, builtinById);
  if (error !== null) return { problem: error.message };
  const encoded = encodeModule(module);
  if ("error" in encoded) return { problem: encoded.error.message };
  return { module, bytes: encoded.bytes, moduleId: encoded.moduleId, fileId: encoded.fileId };
}

function tableOf(
  program: PolicyProgram,
  lowered: LoweredPolicy,
  pools: Pools,
  indexOf: (fn: IrFunction) => number,
): PolicyTable {
  const reading = ({ function: fn, reads }: LoweredReading): Reading => ({ function: indexOf(fn), reads });
  const orNull = (of: LoweredReading | null): Reading | null => (of === null ? null : reading(of));
  const typed = (list: PolicyProgram["data"]): PolicyTable["data"] =>
    list.map(({ name, type }) => ({ name, type: pools.type(type) }));
  const given = (list: LoweredPolicy["rules"][number]["obligations"]) =>
    list.map(({ name, args }) => ({ name, args: reading(args) }));
  const { limits } = program;
  return {
    input: pools.type(program.input),
    on: program.on,
    data: typed(program.data),
    relations: program.relations,
    derived: lowered.derived.map(reading),
    default: program.default,
    limits: {
      bytes: limits.bytes,
      depth: limits.depth,
      items: limits.items,
      text: limits.text,
      fuel: limits.fuel ?? 0,
    },
    obligations: typed(program.obligations),
    advice: typed(program.advice),
    rules: lowered.rules.map(({ rule, ...made }) => ({
      id: rule.id,
      title: rule.title,
      effect: rule.effect,
      shadow: rule.shadow,
      skipsErrors: rule.skipsErrors,
      atoms: rule.atoms.map(({ atom }) => atom),
      truth: orNull(made.truth),
      each: rule.each.length > 0,
      obligations: given(made.obligations),
      advice: given(made.advice),
      message: orNull(made.message),
      because: orNull(made.because),
      told: orNull(made.told),
      controls: rule.controls,
    })),
  };
}

/** What hosts show of a policy: `{title, about, default, on, rules: [{id, title, effect, shadow, controls}], worstFuel}`; names and
 *  types of data and obligations stand in the rule table. */
function manifestOf(program: PolicyProgram, table: PolicyTable): Manifest {
  return {
    title: program.name,
    about: program.about,
    on: program.on,
    default: program.default,
    worstFuel: table.limits.fuel,
    ...(program.secrets.length === 0 ? {} : { secrets: program.secrets }),
  };
}
