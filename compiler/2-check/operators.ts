// What the operators mean for each pair of types. Source: language.md sections 2 and 3, agreements.md rules 4, 28, 29.
import type { BinaryOperator } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { resolveCall } from "../../stdlib/resolve.ts";
import { isOrdered } from "../../stdlib/types.ts";
import type { Type } from "../../vm/type.ts";
import { badOperands, comparedWithNull, neverEqual, quotientEquality, typeMismatch } from "../codes.ts";
import { ANY_PARTS_MAX } from "../limits.ts";
import type { Operator, TExpr } from "../model.ts";
import { broken, isBroken, operation } from "./build.ts";
import { callBuiltin } from "./calls.ts";
import type { Context } from "./context.ts";
import { convert, isZero, mixture } from "./convert.ts";
import {
  ANY,
  BOOL,
  DECIMAL,
  INT,
  isNumber,
  isTextLike,
  optionalLike,
  PERCENT,
  partsOf,
  QUOTIENT,
  sameType,
  simple,
  strip,
  words,
} from "./types.ts";

export interface Operands {
  readonly left: TExpr;
  readonly right: TExpr;
  readonly opSpan: Span;
  readonly span: Span;
}

type Arithmetic = "+" | "-" | "*" | "/";

/** What an arithmetic operator does with two types: an instruction, or a builtin of that name. `rough`: the money that
 *  comes out is rounded at 34 digits. */
interface Meaning {
  readonly op?: Operator;
  readonly builtin?: string;
  readonly type: Type;
  readonly rough?: boolean;
}

const EXACT: Record<Arithmetic, Operator> = { "+": "add", "-": "sub", "*": "mul", "/": "div" };
const ROUNDED: Record<Arithmetic, Operator> = { "+": "round_add", "-": "round_sub", "*": "round_mul", "/": "div" };
/** Types that are counts of a fixed unit: they add, and times a whole number. */
const isCount = (type: Type): boolean => type.kind === "duration" || type.kind === "period" || type.kind === "size";

export function arithmetic(context: Context, operator: Arithmetic, operands: Operands): TExpr {
  let { left, right } = operands;
  if (isBroken(left) || isBroken(right)) return broken(operands.span);
  if (operator === "+" || operator === "-") {
    if (strip(left.type).kind === "money" && isZero(right)) right = convert(context, right, strip(left.type), "zero");
    if (strip(right.type).kind === "money" && isZero(left)) left = convert(context, left, strip(right.type), "zero");
  }
  const rough = context.rough.has(left) || context.rough.has(right);
  const a = strip(left.type);
  const b = strip(right.type);
  const meaning = meaningOf(operator, a, b, rough);
  if (meaning === null) {
    context.report(mixing(operator, a, b, { ...operands, left, right }));
    return broken(operands.span);
  }
  const type = optionalLike(meaning.type, [left, right]);
  if (meaning.builtin !== undefined) {
    const args = operator === "+" && !isMoment(a) && isMoment(b) ? [right, left] : [left, right];
    if (
      resolveCall(
        meaning.builtin,
        args.map((arg) => arg.type),
      ).kind === "mismatch"
    ) {
      context.report(mixing(operator, a, b, { ...operands, left, right }));
      return broken(operands.span);
    }
    return callBuiltin(context, meaning.builtin, args, `\`${operator}\` on ${words(a)} and ${words(b)}`, operands.span);
  }
  const made = operation(meaning.op!, [left, right], type, operands.span);
  if (meaning.rough === true || (meaning.type.kind === "money" && rough)) context.rough.add(made);
  return made;
}

const isMoment = (type: Type): boolean => type.kind === "instant" || type.kind === "date" || type.kind === "month";

function meaningOf(operator: Arithmetic, a: Type, b: Type, rough: boolean): Meaning | null {
  const ops = rough ? ROUNDED : EXACT;
  if (isNumber(a) && isNumber(b)) {
    if (operator === "/") return { op: "div", type: QUOTIENT };
    if (a.kind === "quotient" || b.kind === "quotient") return { op: ROUNDED[operator], type: QUOTIENT };
    if (a.kind === "int" && b.kind === "int") return { op: EXACT[operator], type: INT };
    const percents = a.kind === "percent" && b.kind === "percent" && operator !== "*";
    return { op: EXACT[operator], type: percents ? PERCENT : DECIMAL };
  }
  if ((a.kind === "any" && (b.kind === "any" || isNumber(b))) || (b.kind === "any" && isNumber(a)))
    return operator === "/" ? { op: "div", type: QUOTIENT } : { op: EXACT[operator], type: ANY };
  if (a.kind === "money" || b.kind === "money") return money(operator, a, b, ops);
  if (operator === "+" || operator === "-") {
    if (isCount(a) && sameType(a, b)) return { op: EXACT[operator], type: a };
    const sum = moments(operator, a, b);
    if (sum !== null) return sum;
    if (operator === "+" && isTextLike(a) && isTextLike(b)) return { builtin: "concat_text", type: simple("text") };
    return null;
  }
  if (operator === "*") {
    if (isCount(a) && b.kind === "int") return { op: "mul", type: a };
    if (isCount(b) && a.kind === "int") return { op: "mul", type: b };
    return null;
  }
  return isCount(a) && sameType(a, b) ? { op: "div", type: QUOTIENT } : null;
}

function money(operator: Arithmetic, a: Type, b: Type, ops: Record<Arithmetic, Operator>): Meaning | null {
  if (operator === "+" || operator === "-")
    return a.kind === "money" && sameType(a, b) ? { op: ops[operator], type: a } : null;
  if (operator === "/") {
    if (a.kind !== "money") return null;
    if (isNumber(b)) return { op: "div", type: a, rough: true };
    return sameType(a, b) ? { op: "div", type: QUOTIENT } : null;
  }
  const [amount, factor] = a.kind === "money" ? [a, b] : [b, a];
  if (!isNumber(factor)) return null;
  return factor.kind === "quotient" ? { op: "round_mul", type: amount, rough: true } : { op: ops["*"], type: amount };
}

/** Moments and lengths of time. Calendar arithmetic and everything that may leave the range of years is a builtin. */
function moments(operator: "+" | "-", a: Type, b: Type): Meaning | null {
  if (operator === "-" && sameType(a, b)) {
    if (a.kind === "instant") return { op: "sub", type: simple("duration") };
    if (a.kind === "date") return { op: "sub", type: { kind: "period", unit: "days" } };
    if (a.kind === "month") return { op: "sub", type: { kind: "period", unit: "months" } };
  }
  const length = (type: Type): boolean => type.kind === "duration" || type.kind === "period";
  if (isMoment(a) && length(b)) return { builtin: operator === "+" ? "add" : "subtract", type: a };
  if (operator === "+" && isMoment(b) && length(a)) return { builtin: "add", type: b };
  return null;
}

/** Why two types do not go together under an arithmetic operator. */
function mixing(operator: string, a: Type, b: Type, operands: Operands) {
  const labels = [
    { span: operands.left.span, text: words(a) },
    { span: operands.right.span, text: words(b) },
  ];
  const params = { left: words(a), right: words(b) };
  const mixed = mixture(operands.left, operands.right, operands.opSpan);
  if (mixed !== null) return mixed;
  return badOperands(operands.opSpan, { operator, ...params }, { labels, help: way(operator, a, b) });
}

function way(operator: string, a: Type, b: Type): string | undefined {
  if ((a.kind === "date" && b.kind === "duration") || (a.kind === "duration" && b.kind === "date"))
    return "write `instant(d)` for the start of the day, or count in days";
  const count = isCount(a) ? a : b;
  if ((operator === "*" || operator === "/") && isCount(count) && (isNumber(a) || isNumber(b)))
    return `only whole numbers multiply ${words(count)}; a smaller unit may help`;
  if ((a.kind === "date" && b.kind === "instant") || (a.kind === "instant" && b.kind === "date"))
    return "write `date(x)` for the local day of an instant, or `instant(d)` for the start of a day";
  if (a.kind === "money" && b.kind === "money" && operator === "*")
    return "money times money means nothing; multiply by a number or a percentage";
  return undefined;
}

/** `== != < <= > >=`. */
export function comparison(
  context: Context,
  operator: "==" | "!=" | "<" | "<=" | ">" | ">=",
  operands: Operands,
): TExpr {
  let { left, right } = operands;
  if (isBroken(left) || isBroken(right)) return broken(operands.span);
  const equality = operator === "==" || operator === "!=";
  if (equality && (left.type.kind === "null" || right.type.kind === "null")) {
    // In a policy null is a value like others, and what may be null is asked so.
    if (context.policy !== null)
      return operation(operator === "==" ? "eq" : "ne", [left, right], BOOL, operands.span, 1);
    const nothing = nullComparison(context, operator, { ...operands, left, right });
    if (nothing !== null) return nothing;
  }
  if (strip(left.type).kind === "money" && isZero(right)) right = convert(context, right, strip(left.type), "zero");
  if (strip(right.type).kind === "money" && isZero(left)) left = convert(context, left, strip(right.type), "zero");
  [left, right] = choices(context, left, right);
  if (isBroken(left) || isBroken(right)) return broken(operands.span);
  const a = strip(left.type);
  const b = strip(right.type);
  const type = optionalLike(BOOL, [left, right]);
  if (!comparable(a, b, equality)) {
    context.report(incomparable(operator, a, b, { ...operands, left, right }, equality));
    return broken(operands.span);
  }
  if (equality) {
    const through = [left, right].find((each) => strip(each.type).kind === "quotient" || context.rough.has(each));
    if (through !== undefined) {
      context.report(
        quotientEquality(operands.opSpan, { operator }, { labels: [{ span: through.span, text: "came through `/`" }] }),
      );
      return broken(operands.span);
    }
    const bound = Math.min(partsOf(a, ANY_PARTS_MAX), partsOf(b, ANY_PARTS_MAX));
    return operation(operator === "==" ? "eq" : "ne", [left, right], type, operands.span, bound);
  }
  const swapped = operator === ">" || operator === ">=";
  const op = operator === "<" || operator === ">" ? "lt" : "le";
  return operation(op, swapped ? [right, left] : [left, right], type, operands.span);
}

/** A written text beside an enumeration is one of its values. */
function choices(context: Context, left: TExpr, right: TExpr): [TExpr, TExpr] {
  const meet = (text: TExpr, other: TExpr): TExpr =>
    text.kind === "const" && text.type.kind === "text" && strip(other.type).kind === "enum"
      ? convert(context, text, strip(other.type), "this text")
      : text;
  return [meet(left, right), meet(right, left)];
}

function comparable(a: Type, b: Type, equality: boolean): boolean {
  if (a.kind === "any" || b.kind === "any") return true;
  if (!equality && !(isOrdered(a) && isOrdered(b)) && !(a.kind === "bytes" && b.kind === "bytes")) return false;
  if (isNumber(a) && isNumber(b)) return true;
  // A party is not a text an author writes: `caller == seller`, never `caller == "seller"`.
  if (a.kind === "party" || b.kind === "party") return equality && a.kind === b.kind;
  if (a.kind === "enum" && b.kind === "enum") return a.values.some((value) => b.values.includes(value));
  if (isTextLike(a) && isTextLike(b)) return a.kind === b.kind || a.kind === "text" || b.kind === "text";
  if ((a.kind === "list" && b.kind === "list") || (a.kind === "map" && b.kind === "map"))
    return comparable(a.of, b.of, true);
  if (a.kind === "union") return a.of.some((each) => comparable(each, b, equality));
  if (b.kind === "union") return b.of.some((each) => comparable(a, each, equality));
  return sameType(a, b);
}

function incomparable(operator: string, a: Type, b: Type, operands: Operands, equality: boolean) {
  const labels = [
    { span: operands.left.span, text: words(a) },
    { span: operands.right.span, text: words(b) },
  ];
  const mixed = mixture(operands.left, operands.right, operands.opSpan);
  if (mixed !== null) return mixed;
  if (!equality)
    return badOperands(
      operands.opSpan,
      { operator, left: words(a), right: words(b) },
      { labels, help: way(operator, a, b) },
    );
  return neverEqual(operands.opSpan, { left: words(a), right: words(b) }, { labels, help: equalWay(a, b) });
}

function equalWay(a: Type, b: Type): string | undefined {
  const other = a.kind === "text" ? b : b.kind === "text" ? a : null;
  if (other?.kind === "party") return "a party is written by its name, without quotes";
  if (other !== null && ["money", "date", "instant", "duration", "percent", "size", "ip", "cidr"].includes(other.kind))
    return `write \`${other.kind}("…")\``;
  return way("==", a, b);
}

function nullComparison(context: Context, operator: "==" | "!=", operands: Operands): TExpr | null {
  const value = operands.left.type.kind === "null" ? operands.right : operands.left;
  const type = strip(value.type);
  if (
    type.kind === "any" ||
    type.kind === "null" ||
    (type.kind === "union" && type.of.some((each) => each.kind === "null"))
  )
    return null;
  if (value.type.kind === "optional") {
    const asked = value.span.source.text.slice(value.span.start, value.span.end);
    const way = `${operator === "==" ? "!" : ""}known(${asked})`;
    context.report(comparedWithNull(operands.span, { help: `write \`${way}\`` }));
  } else
    context.report(
      neverEqual(
        operands.opSpan,
        { left: words(type), right: "null" },
        { help: "this value is always known", labels: [{ span: value.span, text: words(type) }] },
      ),
    );
  return broken(operands.span);
}

/** `-x`. */
export function negation(context: Context, of: TExpr, span: Span): TExpr {
  if (isBroken(of)) return of;
  const type = strip(of.type);
  if (!isNumber(type) && type.kind !== "money" && type.kind !== "any" && !isCount(type)) {
    context.report(
      typeMismatch(of.span, {
        what: "the value behind `-`",
        actual: words(type),
        expected: "a number, money or a length of time",
      }),
    );
    return broken(span);
  }
  const made = operation("neg", [of], of.type, span);
  if (context.rough.has(of)) context.rough.add(made);
  return made;
}

export const isComparison = (operator: BinaryOperator): operator is "==" | "!=" | "<" | "<=" | ">" | ">=" =>
  ["==", "!=", "<", "<=", ">", ">="].includes(operator);
export const isArithmetic = (operator: BinaryOperator): operator is Arithmetic =>
  ["+", "-", "*", "/"].includes(operator);
