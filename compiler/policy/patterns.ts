// Patterns to atoms and conditions. A pattern is read against the type of the path it stands at: a declared field wins over an
// operator, literals are read by the type.
//
// Absence: a positive test of a path that is not there is false; a negative one (`not`, `every`, `only`, `lacks`) is the error
// of the path. So a positive condition is `is_true` of the plain comparison, unless errors of an `{expr}` must show.
import type { Pattern, Scalar } from "../../lang/ast.ts";
import type { Span } from "../../lang/source.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { guessLiteral } from "../../vm/literal.ts";
import { parseNetwork } from "../../vm/network.ts";
import { compareValues } from "../../vm/order.ts";
import type { AtomTest } from "../../vm/policy/table.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";
import { broken, constant, isBroken, operation, read } from "../2-check/build.ts";
import { callBuiltin } from "../2-check/calls.ts";
import { asList } from "../2-check/comprehension.ts";
import type { Context, Scope } from "../2-check/context.ts";
import { convert } from "../2-check/convert.ts";
import { typed } from "../2-check/expression.ts";
import { written } from "../2-check/literals.ts";
import { matching } from "../2-check/match.ts";
import { comparison } from "../2-check/operators.ts";
import { ANY, BOOL, INT, isNumber, optional, strip, TEXT, words } from "../2-check/types.ts";
import { badLiteral, badPatternShape, needsHas, noSuchField } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { all, type Conjunction, joined, not, only, type Place, positive, some, tested, whole } from "./conjunction.ts";
import { Constraints } from "./constraints.ts";

export class Patterns {
  readonly #context: Context;
  readonly #scope: Scope;
  constructor(context: Context, scope: Scope) {
    this.#context = context;
    this.#scope = scope;
  }

  /** What a pattern asks of a place. */
  conditions(place: Place, pattern: Pattern): Conjunction {
    const type = strip(place.expr.type);
    if (isBroken(place.expr)) return only(broken(pattern.span));
    switch (pattern.kind) {
      case "literal":
      case "list":
      case "expr":
        if (type.kind === "list") return this.#refuseSugar(pattern);
        return this.#oneOf(place, pattern, pattern.span);
      case "map":
        return this.#map(place, pattern);
      case "constraint":
        return new Constraints({
          context: this.#context,
          oneOf: (at, items, span) => this.#oneOf(at, items, span),
          operator: (at, key, operand) => this.#operator(at, key, operand),
          operatorsOf,
          fieldOf: (at, name, span) => fieldPlace(this.#context, at, name, span),
        }).conditions(place, pattern.constraint, pattern.span);
    }
  }

  /** A pattern of the whole: its keys are names in scope. */
  top(pattern: Pattern, nameOf: (name: string, span: Span) => Place | null): Conjunction {
    if (pattern.kind !== "map") {
      this.#context.report(badPatternShape(pattern.span, { expected: "a map of names and patterns" }));
      return only(broken(pattern.span));
    }
    return joined(
      pattern.entries.map(({ key, optional: mayLack, value }) => {
        const combined = this.#combinator(key, value, (inner) => whole(this.top(inner, nameOf), inner.span));
        if (combined !== null) return combined;
        const place = nameOf(key.text, key.span);
        return place === null ? only(broken(key.span)) : this.#field(place, mayLack, value);
      }),
    );
  }

  #combinator(key: Scalar, value: Pattern, inner: (pattern: Pattern) => TExpr): Conjunction | null {
    if (key.text !== "any" && key.text !== "all" && key.text !== "none") return null;
    if (value.kind !== "list") {
      this.#context.report(badPatternShape(value.span, { expected: `a list of patterns behind \`${key.text}\`` }));
      return only(broken(value.span));
    }
    const parts = value.items.map(inner);
    if (key.text === "all") return only(all(parts, value.span));
    const found = some(parts, value.span);
    return only(key.text === "any" ? found : not(found));
  }

  #field(place: Place, mayLack: boolean, pattern: Pattern): Conjunction {
    const inner = this.conditions(place, pattern);
    if (!mayLack) return inner;
    const there = positive(operation("present", [place.expr], BOOL, pattern.span));
    return only(some([not(there), whole(inner, pattern.span)], pattern.span));
  }

  #map(place: Place, pattern: Extract<Pattern, { kind: "map" }>): Conjunction {
    const type = strip(place.expr.type);
    const { entries } = pattern;
    const operators = operatorsOf(type);
    if (type.kind === "any") {
      const known = entries.filter(({ key }) => operators.has(key.text)).length;
      if (known === entries.length && known > 0) return this.#operators(place, pattern, operators);
      if (known > 0) {
        const key = entries.find((entry) => operators.has(entry.key.text))!.key;
        this.#context.report(
          badPatternShape(
            key.span,
            { expected: "either fields or operators, not both" },
            { help: `a field that is called \`${key.text}\` is written  fields: {${key.text}: …}` },
          ),
        );
        return only(broken(pattern.span));
      }
      return joined(entries.map((entry) => this.#entry(place, entry)));
    }
    if (type.kind === "clock") return this.#wrapped(place, pattern, operators);
    if (type.kind !== "record") return this.#operators(place, pattern, operators);
    return joined(
      entries.map((entry) => {
        const declared = type.fields.some(({ name }) => name === entry.key.text);
        return declared || !operators.has(entry.key.text)
          ? this.#entry(place, entry)
          : this.#operator(place, entry.key, entry.value);
      }),
    );
  }

  #entry(place: Place, entry: Extract<Pattern, { kind: "map" }>["entries"][number]): Conjunction {
    const { key, optional: mayLack, value } = entry;
    const combined = this.#combinator(key, value, (inner) => whole(this.conditions(place, inner), inner.span));
    if (combined !== null) return combined;
    if (key.text === "fields" && value.kind === "map")
      return joined(value.entries.map((each) => this.#fieldOf(place, each)));
    return this.#fieldOf(place, { key, optional: mayLack, value });
  }

  #fieldOf(place: Place, entry: Extract<Pattern, { kind: "map" }>["entries"][number]): Conjunction {
    const { key, optional: mayLack, value } = entry;
    const inner = fieldPlace(this.#context, place, key.text, key.span);
    return inner === null ? only(broken(key.span)) : this.#field(inner, mayLack, value);
  }

  /** Times of day: a lower bound above the upper one goes round midnight, so either bound is enough. */
  #wrapped(place: Place, pattern: Extract<Pattern, { kind: "map" }>, operators: ReadonlySet<string>): Conjunction {
    const lower = pattern.entries.filter(({ key }) => key.text === "from" || key.text === "after");
    const upper = pattern.entries.filter(({ key }) => key.text === "by" || key.text === "before");
    const [from, to] = [lower[0], upper[0]];
    if (from === undefined || to === undefined || lower.length + upper.length !== 2)
      return this.#operators(place, pattern, operators);
    const { span } = pattern;
    const others = pattern.entries.filter((entry) => entry !== from && entry !== to);
    const rest = this.#operators(place, { ...pattern, entries: others }, operators);
    const bounds = [from, to].map(({ key, value }) => this.#operator(place, key, value));
    const both = whole(joined(bounds), span);
    if (isBroken(both)) return joined([rest, only(both)]);
    const type = strip(place.expr.type);
    const [left, right] = [this.#value(from.value, type), this.#value(to.value, type)];
    const wraps = comparison(this.#context, ">", { left, right, opSpan: span, span });
    const either = some(
      bounds.map((bound) => whole(bound, span)),
      span,
    );
    if (left.kind !== "const" || right.kind !== "const")
      return joined([rest, only(some([both, all([wraps, either], span)], span))]);
    const order = compareValues(left.value, right.value);
    return joined([rest, ...(order !== undefined && order > 0 ? [only(either)] : bounds)]);
  }

  #operators(place: Place, pattern: Extract<Pattern, { kind: "map" }>, operators: ReadonlySet<string>): Conjunction {
    return joined(
      pattern.entries.map(({ key, value }) => {
        if (operators.has(key.text)) return this.#operator(place, key, value);
        const combined = this.#combinator(key, value, (inner) => whole(this.conditions(place, inner), inner.span));
        if (combined !== null) return combined;
        this.#context.report(
          noSuchField(
            key.span,
            { of: words(strip(place.expr.type)), name: key.text },
            {
              help:
                didYouMean(key.text, operators) ??
                `it is asked with ${[...operators].map((each) => `\`${each}\``).join(", ")}`,
            },
          ),
        );
        return only(broken(key.span));
      }),
    );
  }

  // ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A literal, or an `{expr}`, as a value of the type. */
  #value(pattern: Pattern, type: Type): TExpr {
    const context = this.#context;
    if (pattern.kind === "expr")
      return convert(context, typed(context, this.#scope, pattern.expr), optional(type), "this value");
    if (pattern.kind !== "literal") {
      context.report(badPatternShape(pattern.span, { expected: words(type) }));
      return broken(pattern.span);
    }
    const { value } = pattern;
    if (value.kind === "null") return constant({ kind: "null" }, null, value.span);
    return type.kind === "any" ? freeLiteral(context, value) : written(context, value, type);
  }

  #items(pattern: Pattern): readonly Pattern[] {
    return pattern.kind === "list" ? pattern.items : [pattern];
  }

  /** Scalar or list sugar: the value is one of these. On an address a network means inside. */
  #oneOf(place: Place, pattern: Pattern, span: Span): Conjunction {
    const type = strip(place.expr.type);
    const items = this.#items(pattern);
    const networks = type.kind === "ip" ? items.filter(isNetworkLiteral) : [];
    const plain = items.filter((item) => !networks.includes(item));
    const values = plain.map((item) => this.#value(item, type));
    const inside = networks.map((item) => this.#value(item, { kind: "cidr" }));
    if ([...values, ...inside].some(isBroken)) return only(broken(span));
    const computed = [...values, ...inside].some((each) => each.kind !== "const");
    const condition = (): TExpr =>
      some(
        [
          ...values.map((value) => this.#equal(place.expr, value)),
          ...inside.map((network) => callBuiltin(this.#context, "contains", [network, place.expr], "an address", span)),
        ],
        span,
      );
    if (computed) {
      // Errors of the expression show; absence of the path is false.
      const there = positive(operation("present", [place.expr], BOOL, span));
      return only(all([there, condition()], span));
    }
    const asked = (): TExpr => positive(condition());
    if (place.path === null || (values.length > 0 && inside.length > 0)) return only(asked());
    const test: AtomTest =
      inside.length > 0
        ? { kind: "inside", networks: inside.map(constantOf) }
        : { kind: "in", values: values.map(constantOf) };
    const alike = isOrdinary(type) && values.every((value) => strip(value.type).kind === type.kind);
    return tested({ path: place.path, test }, alike ? asked : made(asked()), span);
  }

  #equal(left: TExpr, right: TExpr): TExpr {
    return comparison(this.#context, "==", { left, right, opSpan: right.span, span: right.span });
  }

  #refuseSugar(pattern: Pattern): Conjunction {
    const one = pattern.kind !== "list";
    this.#context.report(
      needsHas(pattern.span, { help: one ? "write  {has: …}" : "write  {has_any: [...]}, or  {has_all: [...]}" }),
    );
    return only(broken(pattern.span));
  }

  // ── Operators ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #operator(place: Place, key: Scalar, pattern: Pattern): Conjunction {
    const { span } = pattern;
    const { expr } = place;
    const type = strip(expr.type);
    const context = this.#context;
    const call = (name: string, args: readonly TExpr[]): TExpr =>
      callBuiltin(context, name, args, `\`${key.text}\``, span);
    const atom = (test: AtomTest, condition: TExpr): Conjunction =>
      isBroken(condition) || place.path === null
        ? only(condition)
        : tested({ path: place.path, test }, made(condition), span);
    /** A call for each of some texts, one of which must be true. */
    const ofTexts = (
      name: string,
      kind: "starts_with" | "ends_with" | "under_path" | "under_host",
      values: readonly TExpr[],
      isAtom: boolean,
    ): Conjunction => {
      const condition = (): TExpr =>
        positive(
          some(
            values.map((value) => call(name, [expr, value])),
            span,
          ),
        );
      const texts = values.flatMap((value) =>
        value.kind === "const" && typeof value.value === "string" ? [value.value] : [],
      );
      if (!isAtom || texts.length < values.length) return only(condition());
      const test: AtomTest = { kind, values: texts };
      return isOrdinary(type) && place.path !== null
        ? tested({ path: place.path, test }, condition, span)
        : atom(test, condition());
    };
    switch (key.text) {
      case "is":
        return this.#oneOf(place, pattern, span);
      case "in": {
        if (pattern.kind !== "expr") return this.#oneOf(place, pattern, span);
        const list = typed(context, this.#scope, pattern.expr);
        const there = positive(operation("present", [expr], BOOL, span));
        return only(all([there, call("contains", [list, expr])], span));
      }
      case "not": {
        const parts = this.#items(pattern).map((item) => {
          if (type.kind === "ip" && isNetworkLiteral(item))
            return call("contains", [this.#value(item, { kind: "cidr" }), expr]);
          const value = this.#value(item, type);
          return isBroken(value) ? value : this.#equal(expr, value);
        });
        return only(not(some(parts, span)));
      }
      case "present": {
        const wanted = this.#value(pattern, BOOL);
        if (wanted.kind !== "const") return only(broken(span));
        const there = positive(
          all(
            [
              operation("present", [expr], BOOL, span),
              operation("ne", [expr, constant({ kind: "null" }, null, span)], BOOL, span, 1),
            ],
            span,
          ),
        );
        return wanted.value === true ? atom({ kind: "present" }, there) : only(not(there));
      }
      case "type":
        return only(positive(this.#equal(call("type", [expr]), this.#value(pattern, TEXT))));
      case "matches": {
        const made = this.#value(pattern, TEXT);
        return only(positive(matching(context, false, expr, made, span)));
      }
      case "starts_with":
      case "ends_with": {
        const values = this.#items(pattern).map((item) => this.#value(item, TEXT));
        return ofTexts(key.text, key.text, values, type.kind === "text");
      }
      case "includes":
        return only(
          positive(
            some(
              this.#items(pattern).map((item) => call("contains", [expr, this.#value(item, TEXT)])),
              span,
            ),
          ),
        );
      case "under": {
        const values = this.#items(pattern).map((item) => this.#value(item, TEXT));
        return ofTexts("under", type.kind === "host" ? "under_host" : "under_path", values, true);
      }
      case "class": {
        const values = this.#items(pattern).map((item) => this.#value(item, TEXT));
        const of = call("class", [expr]);
        return only(
          positive(
            some(
              values.map((value) => this.#equal(of, value)),
              span,
            ),
          ),
        );
      }
      case "within":
        return only(
          positive(
            some(
              this.#items(pattern).map((item) => call("contains", [this.#value(item, type), expr])),
              span,
            ),
          ),
        );
      case "covers":
        return only(
          positive(
            some(
              this.#items(pattern).map((item) => {
                const address = item.kind === "literal" && !isNetworkLiteral(item);
                return call("contains", [expr, this.#value(item, address ? { kind: "ip" } : type)]);
              }),
              span,
            ),
          ),
        );
      case "overlaps":
        return only(
          positive(
            some(
              this.#items(pattern).flatMap((item) => {
                const value = this.#value(item, type);
                return [call("contains", [expr, value]), call("contains", [value, expr])];
              }),
              span,
            ),
          ),
        );
      case "min":
      case "above":
      case "from":
      case "after":
        return this.#bound(place, pattern, key.text === "min" || key.text === "from" ? ">=" : ">");
      case "max":
      case "below":
      case "by":
      case "before":
        return this.#bound(place, pattern, key.text === "max" || key.text === "by" ? "<=" : "<");
      case "length":
        return only(this.#number(call("runes", [expr]), pattern));
      case "count":
        return only(this.#number(operation("length", [expr], INT, span), pattern));
      case "keys":
        return only(whole(this.conditions({ expr: call("keys", [expr]), path: null }, pattern), span));
      case "values":
        return only(whole(this.conditions({ expr: call("values", [expr]), path: null }, pattern), span));
      default:
        return this.#listOperator(place, key, pattern);
    }
  }

  #bound(place: Place, pattern: Pattern, operator: ">=" | ">" | "<=" | "<"): Conjunction {
    const { span } = pattern;
    const value = this.#value(pattern, strip(place.expr.type));
    if (isBroken(value)) return only(value);
    const condition = (): TExpr =>
      comparison(this.#context, operator, { left: place.expr, right: value, opSpan: span, span });
    if (value.kind !== "const") {
      const there = positive(operation("present", [place.expr], BOOL, span));
      return only(all([there, condition()], span));
    }
    const asked = (): TExpr => positive(condition());
    if (place.path === null) return only(asked());
    const type = strip(place.expr.type);
    const alike = isOrdinary(type) && strip(value.type).kind === type.kind;
    const checked = alike ? asked : made(asked());
    if (!alike && isBroken(checked())) return only(checked());
    const lower = operator === ">=" || operator === ">";
    const open = operator === ">" || operator === "<";
    const test: AtomTest = {
      kind: "range",
      min: lower ? value.value : null,
      minOpen: lower && open,
      max: lower ? null : value.value,
      maxOpen: !lower && open,
    };
    return tested({ path: place.path, test }, checked, span);
  }

  /** A number, or a pattern of numbers, of something counted. */
  #number(of: TExpr, pattern: Pattern): TExpr {
    if (isBroken(of)) return of;
    return positive(whole(this.conditions({ expr: of, path: null }, pattern), pattern.span));
  }

  #listOperator(place: Place, key: Scalar, pattern: Pattern): Conjunction {
    const { span } = pattern;
    const context = this.#context;
    const type = strip(place.expr.type);
    const list = type.kind === "any" ? asList(place.expr, context.policy!.itemsMax) : place.expr;
    const listType = strip(list.type);
    if (listType.kind !== "list") return only(broken(span));
    const index = context.nextLocal++;
    const item = read(listType.of, { kind: "local", index }, span);
    const over = (kind: "any" | "all" | "none", body: TExpr): TExpr =>
      isBroken(body)
        ? body
        : {
            kind: "aggregate",
            over: kind,
            loop: { source: list, bound: listType.most, item: index, index: null, clauses: [], body },
            type: BOOL,
            span,
          };
    const equalsAny = (items: readonly Pattern[]): TExpr =>
      some(
        items.map((each) => this.#equal(item, this.#value(each, strip(listType.of)))),
        span,
      );
    switch (key.text) {
      case "has":
      case "has_any": {
        const items = this.#items(pattern);
        const condition = positive(over("any", equalsAny(items)));
        const values = items.map((each) => this.#value(each, strip(listType.of)));
        return place.path !== null &&
          type.kind === "list" &&
          values.every((each) => each.kind === "const" && !isBroken(each))
          ? tested(
              { path: place.path, test: { kind: "has_any", values: values.map(constantOf) } },
              made(condition),
              span,
            )
          : only(condition);
      }
      case "has_all":
        return joined(this.#items(pattern).map((each) => this.#listOperator(place, { ...key, text: "has" }, each)));
      case "only":
        return only(over("all", equalsAny(this.#items(pattern))));
      case "some":
        return only(positive(over("any", whole(this.conditions({ expr: item, path: null }, pattern), span))));
      case "every":
        return only(over("all", whole(this.conditions({ expr: item, path: null }, pattern), span)));
      default: // lacks
        return only(over("none", whole(this.conditions({ expr: item, path: null }, pattern), span)));
    }
  }
}

/** A condition that is there already, because making it may find a mistake. */
const made = (condition: TExpr) => (): TExpr => condition;

/** Types whose values are compared with their own kind without a question: making such a condition finds no mistake. */
const isOrdinary = ({ kind }: Type): boolean =>
  kind === "text" || kind === "int" || kind === "bool" || kind === "host" || kind === "path" || kind === "ip";

const constantOf = (expr: TExpr): Value => (expr.kind === "const" ? expr.value : undefined);

const isNetworkLiteral = (pattern: Pattern): boolean =>
  pattern.kind === "literal" &&
  pattern.value.kind === "scalar" &&
  parseNetwork(pattern.value.text) !== undefined &&
  pattern.value.text.includes("/");

/** A field of a place. Reports and gives null when there is none. */
export function fieldPlace(context: Context, place: Place, name: string, span: Span): Place | null {
  const type = strip(place.expr.type);
  if (type.kind === "any" || type.kind === "map")
    return {
      expr: { kind: "any_field", of: place.expr, name, type: type.kind === "map" ? type.of : ANY, span },
      path: place.path === null ? null : [...place.path, name],
    };
  const slot = type.kind === "record" ? type.fields.findIndex((field) => field.name === name) : -1;
  if (type.kind !== "record" || slot < 0) {
    const names = type.kind === "record" ? type.fields.map((field) => field.name) : [];
    context.report(
      noSuchField(span, { of: words(type), name }, { help: didYouMean(name, [...names, ...operatorsOf(type)]) }),
    );
    return null;
  }
  return {
    expr: { kind: "field", of: place.expr, slot, type: type.fields[slot]!.type, span },
    path: place.path === null ? null : [...place.path, slot],
  };
}

/** In free JSON a literal says what it is. One that only looks like a value of ours would compare as text, and a `not` of it would be
 *  always true. */
export function freeLiteral(context: Context, scalar: Scalar): TExpr {
  if (scalar.quoted) return constant(ANY, scalar.text, scalar.span);
  const { type, value } = guessLiteral(scalar.text);
  if (
    type.kind === "text" ||
    type.kind === "int" ||
    type.kind === "decimal" ||
    type.kind === "bool" ||
    type.kind === "null"
  )
    return constant(ANY, value, scalar.span);
  context.report(
    badLiteral(
      scalar.span,
      { text: scalar.text, expected: "a value of JSON" },
      { help: `declare the type of the field to compare it as ${words(type)}, or quote it to compare text` },
    ),
  );
  return broken(scalar.span);
}

const EVERY = ["is", "not", "in", "present", "type"];
const TEXTS = ["matches", "starts_with", "ends_with", "includes", "length"];
const NUMBERS = ["min", "max", "above", "below"];
const TIMES = ["from", "after", "by", "before"];
const LISTS = ["has", "has_any", "has_all", "only", "some", "every", "lacks", "count"];
const MAPS = ["keys", "values", "count"];

const operators = new Map<Type["kind"], ReadonlySet<string>>();

/** Those that ask values of a type. */
export function operatorsOf(type: Type): ReadonlySet<string> {
  const known = operators.get(type.kind);
  if (known !== undefined) return known;
  const own: readonly string[] =
    isNumber(type) ||
    type.kind === "money" ||
    type.kind === "size" ||
    type.kind === "duration" ||
    type.kind === "period"
      ? NUMBERS
      : type.kind === "text" || type.kind === "enum" || type.kind === "did"
        ? TEXTS
        : type.kind === "instant" || type.kind === "date" || type.kind === "month" || type.kind === "clock"
          ? TIMES
          : type.kind === "ip"
            ? ["class"]
            : type.kind === "cidr"
              ? ["within", "covers", "overlaps"]
              : type.kind === "host" || type.kind === "path"
                ? [...TEXTS, "under"]
                : type.kind === "list"
                  ? LISTS
                  : type.kind === "map"
                    ? MAPS
                    : type.kind === "any" || type.kind === "union"
                      ? [...TEXTS, ...NUMBERS, ...LISTS]
                      : [];
  const made = new Set([...EVERY, ...own]);
  operators.set(type.kind, made);
  return made;
}
