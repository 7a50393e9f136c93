// A small evaluator for calls of the library: literals, operators and lists, enough to run the examples of the table without
// the compiler. Types come from `resolveCall`, as in the compiler.
import type { Expr } from "../../../lang/index.ts";
import { parseExprText } from "../../../lang/index.ts";
import {
  calendarConstant,
  currency,
  EXAMPLE_SETTINGS,
  joinTypes,
  resolveCall,
  zoneConstant,
} from "../../../stdlib/index.ts";
import { add, div, mul, neg, sub } from "../../../vm/arithmetic.ts";
import { intToDecimal, parseDecimal, parseInt34 } from "../../../vm/decimal.ts";
import { guessLiteral, printLiteral } from "../../../vm/literal.ts";
import { obstacle } from "../../../vm/operations.ts";
import { less } from "../../../vm/order.ts";
import type { Type } from "../../../vm/type.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";

export interface Typed {
  readonly type: Type;
  readonly value: Value;
}

const simple = (kind: string): Type => ({ kind }) as Type;

function implicitOf(name: string): Value {
  if (name === "zone") return zoneConstant(EXAMPLE_SETTINGS.zone);
  if (name === "calendar") {
    const made = calendarConstant(EXAMPLE_SETTINGS.calendar.week, EXAMPLE_SETTINGS.calendar.holidays);
    if ("reason" in made) throw new Error(made.reason);
    return made.value;
  }
  const asset = /^(digits|asset)\((.*)\)$/.exec(name);
  if (asset !== null) return asset[1] === "asset" ? asset[2]! : currency(asset[2]!)!.digits;
  return EXAMPLE_SETTINGS.rounding[name.slice(9) as "money" | "days" | "months"];
}

function call(name: string, args: readonly Typed[], zeros: readonly number[]): Typed {
  const resolved = resolveCall(
    name,
    args.map((arg) => arg.type),
    { zeros },
  );
  if (resolved.kind === "mismatch") throw new Error(`${name}: ${JSON.stringify(resolved)}`);
  const values = args.map((arg, i): Value => {
    const constant = resolved.constants.find((each) => each.argument === i);
    if (constant?.as === "zone" && typeof arg.value === "string") return zoneConstant(arg.value);
    if (constant?.values && !constant.values.includes(String(arg.value))) throw new Error(`${arg.value} for ${name}`);
    const wanted = resolved.expected[i]?.kind ?? "";
    return typeof arg.value === "number" &&
      arg.type.kind === "int" &&
      ["decimal", "percent", "quotient", "money"].includes(wanted)
      ? intToDecimal(arg.value)
      : arg.value;
  });
  const all = [...values, ...resolved.implicit.map(implicitOf)];
  const stop = resolved.builtin.lazy ? null : obstacle(all);
  return { type: resolved.result, value: stop === null ? resolved.builtin.run(all) : stop.value };
}

/** Written money and periods, which the compiler reads itself. */
function written(name: string, args: readonly Expr[]): Typed | undefined {
  const text = args[0];
  if (text?.kind !== "text" || (name !== "money" && name !== "duration")) return undefined;
  const { type, value } = guessLiteral(text.value);
  return { type, value };
}

export function evaluate(expr: Expr): Typed {
  switch (expr.kind) {
    case "number": {
      const int = parseInt34(expr.text);
      return int === undefined
        ? { type: simple("decimal"), value: parseDecimal(expr.text) }
        : { type: simple("int"), value: int };
    }
    case "text":
      return { type: simple("text"), value: expr.value };
    case "bytes":
      return { type: simple("bytes"), value: expr.value };
    case "bool":
      return { type: simple("bool"), value: expr.value };
    case "unary": {
      const of = evaluate(expr.of);
      return { type: of.type, value: neg(of.value) };
    }
    case "binary": {
      const [a, b] = [evaluate(expr.left), evaluate(expr.right)];
      const joined = a.type.kind === "money" ? a.type : b.type.kind === "money" ? b.type : joinTypes(a.type, b.type)!;
      if (expr.op === "<") return { type: simple("bool"), value: less(a.value, b.value) };
      if (expr.op === ">") return { type: simple("bool"), value: less(b.value, a.value) };
      if (expr.op === "/")
        return { type: a.type.kind === "money" ? a.type : simple("quotient"), value: div(a.value, b.value) };
      const run = expr.op === "+" ? add : expr.op === "-" ? sub : mul;
      return { type: joined, value: run(a.value, b.value) };
    }
    case "list": {
      const items = expr.items.map(evaluate);
      const of = items.reduce<Type | undefined>(
        (all, item) => (all === undefined ? item.type : joinTypes(all, item.type)),
        undefined,
      );
      return {
        type: { kind: "list", of: of ?? simple("int"), most: items.length },
        value: items.map((item) => item.value),
      };
    }
    case "call": {
      const zeros = expr.args.flatMap((arg, i) => (arg.kind === "number" && arg.text === "0" ? [i] : []));
      return written(expr.callee, expr.args) ?? call(expr.callee, expr.args.map(evaluate), zeros);
    }
    default:
      throw new Error(`not evaluated here: ${expr.kind}`);
  }
}

/** Text of a value as the examples write it. */
export function show({ type, value }: Typed): string {
  if (value instanceof ErrorValue) return `error ${value.code}`;
  if (value === undefined) return "unknown";
  if (type.kind === "optional") return show({ type: type.of, value });
  if (type.kind === "list") {
    const items = (value as readonly Value[]).map((item) => show({ type: type.of, value: item }));
    const bare = type.of.kind === "int" || type.of.kind === "bool";
    return `[${items.map((item) => (bare ? item : JSON.stringify(item))).join(", ")}]`;
  }
  return printLiteral(value, type, (asset) => currency(asset)?.digits) ?? `? ${String(value)}`;
}

/** Value of an expression, as text. */
export function run(text: string): string {
  const parsed = parseExprText(text);
  if (parsed.value === null || parsed.diagnostics.length > 0)
    throw new Error(`${text}: ${parsed.diagnostics[0]?.message}`);
  return show(evaluate(parsed.value));
}
