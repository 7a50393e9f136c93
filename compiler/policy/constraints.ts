// Constraints of CUE in patterns. Where operators of the type say exactly the same they are used, so that rules are indexed; what is
// left becomes a function of the value (compiler/constraint).
import type { NullNode, Pattern, Scalar } from "../../lang/ast.ts";
import type { CueConst, CueKind, CueLowered, CueNode } from "../../lang/cue/lowered.ts";
import { hasOwnSpelling } from "../../lang/cue/text.ts";
import type { Span } from "../../lang/source.ts";
import { TEXT_BYTES_MAX } from "../../vm/limits.ts";
import type { Type } from "../../vm/type.ts";
import { broken, constant, operation } from "../2-check/build.ts";
import type { Context } from "../2-check/context.ts";
import { BOOL, strip, words } from "../2-check/types.ts";
import { uncompiledConstraint } from "../codes.ts";
import { ConstraintLowering } from "../constraint/index.ts";
import { all, type Conjunction, joined, not, only, type Place, positive, some, whole } from "./conjunction.ts";

/** What patterns lend: their own way to ask. */
export interface Asking {
  readonly context: Context;
  readonly oneOf: (place: Place, pattern: Pattern, span: Span) => Conjunction;
  readonly operator: (place: Place, key: Scalar, pattern: Pattern) => Conjunction;
  readonly operatorsOf: (type: Type) => ReadonlySet<string>;
  readonly fieldOf: (place: Place, name: string, span: Span) => Place | null;
}

export class Constraints {
  readonly #asking: Asking;
  constructor(asking: Asking) {
    this.#asking = asking;
  }

  /** In the operators of the type where they say the same, so that rules are indexed; else as a function of the value. */
  conditions(place: Place, constraint: CueLowered, span: Span): Conjunction {
    const asked = this.#asOperators(place, constraint.root, constraint, span);
    if (asked !== null) return asked;
    const type = strip(place.expr.type);
    const context = this.#asking.context;
    if (!isPlain(type)) {
      context.report(
        uncompiledConstraint(
          span,
          { construct: `parts that ${words(type)} does not have` },
          { help: `it is asked with ${[...this.#asking.operatorsOf(type)].map((each) => `\`${each}\``).join(", ")}` },
        ),
      );
      return only(broken(span));
    }
    const items = Math.max(context.policy!.itemsMax, longest(type));
    const lowering = new ConstraintLowering(constraint, { items, text: TEXT_BYTES_MAX }, "errs");
    lowering.holds("constraint");
    for (const { construct, help, at } of lowering.refusals)
      context.report(uncompiledConstraint(at[0] ?? span, { construct }, { help }));
    if (lowering.refusals.length > 0) return only(broken(span));
    const there = positive(operation("present", [place.expr], BOOL, span));
    return only(all([there, { kind: "constraint", of: place.expr, constraint, items, type: BOOL, span }], span));
  }

  /** Null where the operators do not say exactly the same. */
  #asOperators(place: Place, node: CueNode, constraint: CueLowered, span: Span, followed = 0): Conjunction | null {
    const type = strip(place.expr.type);
    const free = type.kind === "any" || type.kind === "union";
    const inner = (part: CueNode): Conjunction | null =>
      followed > FOLLOWED_MAX ? null : this.#asOperators(place, part, constraint, span, followed + 1);
    const operator = (name: string, pattern: Pattern): Conjunction | null =>
      this.#asking.operatorsOf(type).has(name) ? this.#asking.operator(place, computed(name, span), pattern) : null;
    switch (node.is) {
      case "const":
        if (type.kind === "list" || type.kind === "map" || type.kind === "record") return null;
        // In free JSON 1 and 1.0 are equal for the operators, and not for CUE.
        return free && node.kind !== "string" ? null : this.#asking.oneOf(place, literalOf(node, span), span);
      case "any": {
        const items = node.of.map((part) => (part.is === "const" ? literalOf(part, span) : null));
        if (items.every((item) => item !== null)) {
          if (type.kind === "list" || type.kind === "map" || type.kind === "record") return null;
          if (free && node.of.some((part) => part.is === "const" && part.kind !== "string")) return null;
          return this.#asking.oneOf(place, { kind: "list", items: items as Pattern[], span }, span);
        }
        const parts = node.of.map(inner);
        if (parts.some((part) => part === null)) return null;
        return only(
          some(
            parts.map((part) => whole(part as Conjunction, span)),
            span,
          ),
        );
      }
      case "all": {
        const parts = node.of.map(inner);
        return parts.some((part) => part === null) ? null : joined(parts as Conjunction[]);
      }
      case "bound": {
        if (node.operand.is !== "const") return null;
        const pattern = literalOf(node.operand, span);
        if (node.op === "=~") return operator("matches", pattern);
        if (node.op === "!=") {
          const refused = free ? null : operator("not", pattern);
          return refused === null ? null : only(positive(whole(refused, span)));
        }
        if (free && node.operand.kind === "string") return null;
        for (const name of BOUNDS[node.op] ?? []) {
          const made = operator(name, pattern);
          if (made !== null) return made;
        }
        return null;
      }
      case "type": {
        const kinds = new Set(node.kinds);
        const kind = kindOfType(type);
        if (kind === null) return null;
        if (!kinds.has(kind)) return only(constant(BOOL, false, span));
        return only(positive(operation("present", [place.expr], BOOL, span)));
      }
      case "ref": {
        const definition = constraint.definitions.get(node.name);
        return definition === undefined ? null : inner(definition);
      }
      case "struct": {
        if (
          type.kind !== "record" ||
          node.closed ||
          node.id !== undefined ||
          node.patterns.length + node.also.length > 0
        )
          return null;
        return joined(
          node.fields.map((field) => {
            const at = this.#asking.fieldOf(place, field.name, field.value.at[0] ?? span);
            if (at === null) return only(broken(span));
            const asked = this.conditions(at, { ...constraint, root: field.value }, field.value.at[0] ?? span);
            if (field.need !== "optional") return asked;
            const there = positive(operation("present", [at.expr], BOOL, span));
            return only(some([not(there), whole(asked, span)], span));
          }),
        );
      }
      default:
        return null;
    }
  }
}

/** Operators of a bound, the first that the type has. */
const BOUNDS: Readonly<Partial<Record<string, readonly string[]>>> = {
  ">=": ["min", "from"],
  ">": ["above", "after"],
  "<=": ["max", "by"],
  "<": ["below", "before"],
};
/** References followed within one constraint. */
const FOLLOWED_MAX = 16;

const computed = (text: string, span: Span): Scalar => ({
  kind: "scalar",
  text,
  quoted: false,
  span,
  form: "computed",
});

/** A known value of CUE as a literal: its place decides what a text means, as in YAML. */
function literalOf({ kind, text }: CueConst, span: Span): Pattern {
  const value: Scalar | NullNode =
    kind === "null"
      ? { kind: "null", span }
      : { ...computed(text, span), quoted: kind === "string" && hasOwnSpelling(text) };
  return { kind: "literal", value, span };
}

/** The kind of CUE that all values of a type are; null when they may be of several, or of none. */
function kindOfType(type: Type): CueKind | null {
  switch (type.kind) {
    case "text":
    case "enum":
    case "host":
    case "path":
    case "did":
      return "string";
    case "int":
    case "bool":
    case "list":
      return type.kind;
    case "map":
    case "record":
      return "struct";
    default:
      return null;
  }
}

/** Types whose values are as those of free JSON. */
function isPlain(type: Type): boolean {
  switch (type.kind) {
    case "any":
    case "text":
    case "enum":
    case "host":
    case "path":
    case "did":
    case "int":
    case "decimal":
    case "bool":
    case "null":
      return true;
    case "list":
    case "map":
    case "optional":
      return isPlain(type.of);
    case "union":
      return type.of.every(isPlain);
    default:
      return false;
  }
}

/** Items of the longest list or map in a type. */
const longest = (type: Type): number =>
  type.kind === "list" || type.kind === "map"
    ? Math.max(type.most, longest(type.of))
    : type.kind === "optional"
      ? longest(type.of)
      : 0;
