// Calls of the standard library: the overload is chosen by the types, what the document settles (zone, calendar, rounding,
// digits of a currency) is filled in, and the largest work of the call is found from the bounds of its arguments.
import type { Span } from "../../lang/source.ts";
import { didYouMean } from "../../lang/suggest.ts";
import type { Builtin } from "../../stdlib/builtin.ts";
import { type CallMismatch, type Constant, type ResolvedCall, resolveCall } from "../../stdlib/resolve.ts";
import { zoneConstant, zoneNames } from "../../stdlib/zone.ts";
import { BOUND_MAX } from "../../vm/limits.ts";
import type { Type } from "../../vm/type.ts";
import { badCall, badLiteral, needsWrittenText, unknownFunction } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { workMax } from "./bounds.ts";
import { broken, builtinCall, constant, isBroken } from "./build.ts";
import type { Context } from "./context.ts";
import { convert, isZero, mixture } from "./convert.ts";
import { simple, strip, words } from "./types.ts";

/** A call of a library function; `use` names it in messages about missing settings. */
export function callBuiltin(context: Context, name: string, args: readonly TExpr[], use: string, span: Span): TExpr {
  if (args.some(isBroken)) return broken(span);
  const zeros = args.flatMap((arg, at) => (isZero(arg) ? [at] : []));
  const resolved = resolveCall(
    name,
    args.map((arg) => arg.type),
    { zeros },
  );
  if (resolved.kind === "mismatch") {
    context.report(mismatch(context, name, resolved, args, span));
    return broken(span);
  }
  const given = args.map((arg, at) => {
    const written = resolved.constants.find((each) => each.argument === at);
    return written === undefined
      ? convertTo(context, arg, resolved, at, name)
      : writtenArgument(context, arg, written, name);
  });
  const implicit = resolved.implicit.map((each) => context.settings.implicit(each, use, span));
  const all = [...given, ...implicit];
  if (all.some(isBroken)) return broken(span);
  const { builtin, result } = resolved;
  const units = builtin.perUnit === undefined ? 0 : unitsMax(context, builtin.perUnit, all);
  const made = builtinCall(builtin, all, units, result, span);
  if (strip(result).kind === "money" && isRough(context, name, args)) context.rough.add(made);
  return made;
}

/** The bound of a call: units of work of the arguments its row names. A call that could do more is cut by the machine. */
function unitsMax(context: Context, perUnit: NonNullable<Builtin["perUnit"]>, args: readonly TExpr[]): number {
  const counted = args.slice(perUnit.argument, perUnit.further === true ? undefined : perUnit.argument + 1);
  return Math.min(
    BOUND_MAX,
    counted.reduce((sum, arg) => sum + workMax(context, arg), 0),
  );
}

/** Functions that give money through a quotient, and those that cut it to places. */
const DIVIDING: ReadonlySet<string> = new Set(["simple_interest", "annuity"]);
const CUTTING: ReadonlySet<string> = new Set(["round", "round_money", "share"]);

const isRough = (context: Context, name: string, args: readonly TExpr[]): boolean =>
  DIVIDING.has(name) || (!CUTTING.has(name) && args.some((arg) => context.rough.has(arg)));

/** An argument as its parameter wants it: only whole numbers are converted, the rest was matched already. */
function convertTo(context: Context, arg: TExpr, resolved: ResolvedCall, at: number, name: string): TExpr {
  const wanted = resolved.expected[at]!;
  const from = strip(arg.type);
  const target = strip(wanted);
  if (isZero(arg) && target.kind === "money") return convert(context, arg, target, name);
  if (from.kind === "int" && (target.kind === "decimal" || target.kind === "percent" || target.kind === "quotient"))
    return convert(context, arg, arg.type.kind === "optional" ? { kind: "optional", of: target } : target, name);
  return arg;
}

/** A zone, a rounding or one of a few words, written as a text. */
function writtenArgument(context: Context, arg: TExpr, written: Constant, name: string): TExpr {
  if (arg.kind !== "const") {
    if (written.as === "enum") return arg;
    context.report(needsWrittenText(arg.span, { call: `${name}(…)` }));
    return broken(arg.span);
  }
  const text = String(arg.value);
  if (written.as === "zone") {
    const zone = zoneConstant(text);
    if (zone !== undefined) return constant(simple("zone"), zone, arg.span);
    context.report(
      badLiteral(
        arg.span,
        { text, expected: "a zone of the IANA time zone database" },
        { help: didYouMean(text, zoneNames()) },
      ),
    );
    return broken(arg.span);
  }
  const values = written.values ?? [];
  if (values.includes(text)) return arg;
  context.report(
    badLiteral(
      arg.span,
      { text, expected: `one of ${values.map((value) => `\`${value}\``).join(", ")}` },
      { help: didYouMean(text, values) },
    ),
  );
  return broken(arg.span);
}

function mismatch(context: Context, name: string, found: CallMismatch, args: readonly TExpr[], span: Span) {
  if (found.reason === "unknown-function") {
    const near = found.nearest[0];
    const own = didYouMean(name, [...(context.policy?.functionNames() ?? [])]);
    const help = own ?? (near === undefined ? undefined : `did you mean \`${near}\`?`);
    return unknownFunction(span, { name }, help === undefined ? {} : { help });
  }
  const help = `it is called so:\n${found.candidates.map((each) => `  ${each}`).join("\n")}`;
  if (found.reason === "count")
    return badCall(span, { name, given: args.length === 1 ? "1 argument" : `${args.length} arguments` }, { help });
  const at = found.argument ?? 0;
  const wrong = args[at]!;
  for (const other of args.slice(0, at)) {
    const mixed = mixture(other, wrong, wrong.span);
    if (mixed !== null) return mixed;
  }
  return badCall(
    wrong.span,
    { name, given: args.map((arg) => words(arg.type)).join(", ") },
    {
      help,
      labels: [{ span: wrong.span, text: `${words(wrong.type)}, ${found.expected ?? "something else"} is needed` }],
    },
  );
}

/** A call the checker itself makes, of a function and types that fit by construction. */
export function callOf(
  context: Context,
  name: string,
  args: readonly TExpr[],
  use: string,
  span: Span,
  type: Type,
): TExpr {
  const made = callBuiltin(context, name, args, use, span);
  return isBroken(made) || made.type.kind === type.kind || made.type.kind === "optional" ? made : { ...made, type };
}
