// A lowered constraint of CUE to predicate functions of our bytecode: total, metered, the same on every machine. One function says
// whether data holds, a second one names each place where it does not.
import type { CueConst, CueLowered, CueNode, CueParts } from "../../lang/cue/lowered.ts";
import { LOOP_DEPTH_MAX } from "../../vm/limits.ts";
import { compilePattern } from "../../vm/pattern.ts";
import type { Value } from "../../vm/value.ts";
import { Builder } from "../3-lower/builder.ts";
import type { IrFunction, Label, Var } from "../3-lower/ir.ts";
import { tellApart } from "./alternatives.ts";
import { call } from "./calls.ts";
import { ALL_KINDS, constantOf, type Kinds, kindsOf, LIST, STRUCT, within } from "./kinds.ts";
import { CHAIN_MAX, ITEMS_DEFAULT, RECURSION_MAX, TEXT_DEFAULT, VIOLATIONS_MAX } from "./limits.ts";
import { type Groups, groupsOf } from "./recursion.ts";
import { adviceFor, type Refusal } from "./refusal.ts";
import { list, struct } from "./structure.ts";
import { BUILTIN, type Mode, type Spot, Writer } from "./writer.ts";

export interface ConstraintBounds {
  /** Items of a list, keys of a map. */
  readonly items: number;
  /** Bytes of a text. */
  readonly text: number;
}

export type Overflow = "fails" | "errs";

/** What is around a node while it is written. */
export interface Around {
  readonly w: Writer;
  readonly mode: Mode;
  /** The structs and lists around, by the id that references to them name. */
  readonly frames: ReadonlyMap<number, Var>;
  /** Where a definition of the circle in hand is put to be looked at; null where a failure would not be that of the whole. */
  readonly queue: Queue | null;
  /** The circle of definitions being written, if any. */
  readonly circle: readonly string[] | null;
  readonly loops: number;
}
interface Queue {
  readonly list: Var;
  /** Where to go when the list is too long. */
  readonly full: Label;
}

export class ConstraintLowering {
  /** In an order in which each calls only earlier ones. */
  readonly functions: IrFunction[] = [];
  readonly refusals: Refusal[] = [];
  readonly bounds: ConstraintBounds;
  readonly definitions: CueLowered["definitions"];
  readonly #root: CueNode;
  readonly #groups: Groups;
  readonly #made = new Map<string, IrFunction>();

  readonly #over: Overflow;

  /** `over`: what data over a bound is. A rule that denies must not pass over it, so there it is an error. */
  constructor(lowered: CueLowered, bounds: Partial<ConstraintBounds> = {}, over: Overflow = "fails") {
    this.#over = over;
    this.definitions = lowered.definitions;
    this.bounds = { items: bounds.items ?? ITEMS_DEFAULT, text: bounds.text ?? TEXT_DEFAULT };
    this.#root = lowered.root;
    this.#groups = groupsOf(lowered);
  }

  /** `(value) -> bool`. */
  holds(name: string, kinds: Kinds = ALL_KINDS): IrFunction {
    return this.#predicate(name, this.#root, kinds);
  }

  /** `(value) -> list of [path, why]`, empty when it holds. */
  check(name: string): IrFunction {
    const holds = this.holds(`${name} holds`);
    const report = this.#report(name, this.#root);
    return this.#finish(name, 1, (b) => {
      const value = b.params[0] as Var;
      const out = b.const([]);
      b.unless(b.call(holds, [value]), () => b.call(report, [value, b.const([])], out));
      b.ret(out);
    });
  }

  refuse(node: CueNode, construct: string, help = adviceFor(construct)): void {
    // Both functions meet it.
    const known = this.refusals.some((each) => each.construct === construct && each.at === node.at);
    if (!known) this.refusals.push({ construct, help, at: node.at });
  }

  // ── Functions ───────────────────────────────────────────────────────────────────────────────────────────────────────

  #finish(name: string, params: number, body: (b: Builder) => void): IrFunction {
    const b = new Builder(name, params);
    body(b);
    const made = b.finish();
    this.functions.push(made);
    return made;
  }

  #once(key: string, make: () => IrFunction): IrFunction {
    const known = this.#made.get(key);
    if (known !== undefined) return known;
    const made = make();
    this.#made.set(key, made);
    return made;
  }

  #predicate(name: string, node: CueNode, kinds: Kinds = ALL_KINDS): IrFunction {
    return this.#finish(name, 1, (b) => {
      const spot = { value: b.params[0] as Var, kinds, path: [] };
      b.block("over", (over) => {
        b.block("fails", (away) => {
          this.node(node, spot, fresh(b, { is: "holds", away, over }));
          b.ret(b.const(true));
        });
        b.ret(b.const(false));
      });
      b.ret(this.#overflow(b));
    });
  }

  #overflow(b: Builder): Var {
    return this.#over === "fails" ? b.const(false) : b.op("fail", ["longer than a constraint is checked"]);
  }

  #report(name: string, node: CueNode): IrFunction {
    return this.#finish(`${name} report`, 2, (b) => {
      const spot = { value: b.params[0] as Var, kinds: ALL_KINDS, path: [] };
      const out = b.const([]);
      this.node(node, spot, fresh(b, { is: "report", out, prefix: b.params[1] as Var }));
      b.ret(out);
    });
  }

  /** `(value, index of the definition[, path]) -> bool or list`: works through a list of values and definitions that are
   *  still to be looked at, and which the definitions add to. */
  #circle(circle: readonly string[], report: boolean): IrFunction {
    const name = `${circle.join(" ")}${report ? " report" : ""}`;
    return this.#finish(name, report ? 3 : 2, (b) => {
      const list = b.var();
      b.record([b.record([...b.params])], list);
      const out = report ? b.const([]) : b.const(true);
      b.block("end", (end) => {
        b.block("over", (over) => {
          b.block("fails", (away) => {
            b.loop(list, RECURSION_MAX, (item) => {
              const value = b.get(item, 0);
              const which = b.get(item, 1);
              const mode: Mode = report ? { is: "report", out, prefix: b.get(item, 2) } : { is: "holds", away, over };
              b.block("checked", (checked) => {
                circle.forEach((definition, index) => {
                  b.block("another", (another) => {
                    b.jumpNe(which, index, another);
                    this.node(
                      this.definitions.get(definition) as CueNode,
                      { value, kinds: ALL_KINDS, path: [] },
                      { ...fresh(b, mode), queue: { list, full: over }, circle },
                    );
                    b.jump(checked);
                  });
                });
              });
            });
            b.jump(end);
          });
          b.const(false, out);
          b.jump(end);
        });
        if (report) new Writer(b).note(b.params[2] as Var, `has more than ${RECURSION_MAX} parts`, out);
        else b.move(out, this.#overflow(b));
      });
      b.ret(out);
    });
  }

  // ── Nodes ───────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Goes on behind when the value at the spot holds. */
  node(node: CueNode, spot: Spot, cx: Around): void {
    switch (node.is) {
      case "const":
        return this.#constant(node, spot, cx);
      case "type":
        return cx.w.narrow(spot, new Set(node.kinds), cx.mode, () => undefined);
      case "bound":
        return this.#bound(node, spot, cx);
      case "all":
        return cx.w.narrow(spot, kindsOf(node, this.definitions), cx.mode, (narrowed) => {
          for (const part of node.of) this.node(part, narrowed, cx);
        });
      case "any":
        return this.#any(node, spot, cx);
      case "call":
        return call(this, node, spot, cx);
      case "struct":
        return cx.w.narrow(spot, STRUCT, cx.mode, (narrowed) => struct(this, node, narrowed, cx));
      case "list":
        return cx.w.narrow(spot, LIST, cx.mode, (narrowed) => list(this, node, narrowed, cx));
      case "ref":
        return this.#reference(node, spot, cx);
      case "field":
        return this.#sameAs(node, spot, cx);
      case "never":
        return cx.w.fail(spot, cx.mode, "is not allowed here");
      case "unsupported":
        return this.refuse(node, node.why);
    }
  }

  #constant(node: CueConst & CueNode, spot: Spot, cx: Around): void {
    const { w, mode } = cx;
    const value = this.constant(node);
    const why = `is not ${shown(node)}`;
    if (typeof value === "string" || typeof value === "boolean" || typeof value === "number")
      return w.demandSame(value, spot, mode, why);
    if (node.kind === "bytes") return w.fail(spot, mode, why);
    w.narrow(spot, new Set([node.kind]), mode, ({ value: narrowed }) => {
      if (node.kind !== "null") w.demand(w.b.op("eq", [narrowed, w.b.const(value), 1]), spot, mode, why);
    });
  }

  /** A known value; one that the machine cannot hold is refused. */
  constant(node: CueConst & CueNode): Value {
    const value = constantOf(node);
    if (value === undefined && node.kind !== "bytes")
      this.refuse(node, `the number \`${node.text}\``, "numbers have at most 34 digits");
    return value;
  }

  #bound(node: CueNode & { readonly is: "bound" }, spot: Spot, cx: Around): void {
    const { op, operand } = node;
    const { w, mode } = cx;
    const { b } = w;
    if (operand.is === "field") return this.#boundByField(op, operand, spot, cx);
    if (operand.is !== "const") return this.refuse(node, `\`${op}\` with an operand that is neither known nor a field`);
    const why =
      op === "=~" || op === "!~" ? `does not match ${op} ${shown(operand)}` : `is not ${op} ${shown(operand)}`;
    if (op === "=~" || op === "!~") {
      const made = compilePattern(operand.text);
      if ("reason" in made) return this.refuse(node, `the pattern \`${operand.text}\``, made.reason);
      const found = b.op("match", [spot.value, { pattern: operand.text }, this.bounds.text]);
      return w.demand(op === "=~" ? found : b.op("not", [found]), spot, mode, why);
    }
    if (op === "==") return this.#constant(operand, spot, cx);
    const value = this.constant(operand);
    if (op === "!=")
      return w.narrow(spot, kindsOf(node, this.definitions), mode, ({ value: narrowed }) => {
        if (operand.kind === "null") return;
        if (operand.kind === "bytes") return w.fail(spot, mode, why);
        w.demand(b.op("ne", [narrowed, b.const(value), 1]), spot, mode, why);
      });
    if (operand.kind === "bytes") return w.fail(spot, mode, why);
    // Other kinds do not compare: the error is no true.
    w.demand(ordered(b, op, spot.value, b.const(value)), spot, mode, why);
  }

  #boundByField(op: string, operand: CueNode & { readonly is: "field" }, spot: Spot, cx: Around): void {
    const { w, mode } = cx;
    const { b } = w;
    const other = this.fieldValue(operand, cx);
    if (other === null) return;
    const why = `is not ${op} ${operand.names.join(".")}`;
    if (op === "==") return this.#sameAs(operand, spot, cx);
    if (op === "=~" || op === "!~") return this.refuse(operand, "a pattern that is not known when the file is read");
    if (op !== "!=") return w.demand(ordered(b, op, spot.value, other), spot, mode, why);
    const differs = b.const(false);
    b.block("differs", (end) => {
      b.jumpIf(b.op("is_error", [other]), end);
      b.if(b.op("eq", [other, b.const(null), 1]), () => {
        b.op("ne", [spot.value, b.const(null), 1], differs);
        b.jump(end);
      });
      // Of one kind, numbers being one, and no struct or list.
      const type = w.typeOf(spot.value);
      b.jumpEq(type, "map", end);
      b.jumpEq(type, "list", end);
      b.block("comparable", (comparable) => {
        b.jumpIf(b.op("known", [b.op("lt", [spot.value, other])]), comparable);
        b.jumpUnless(b.op("eq", [type, w.typeOf(other), 1]), end);
      });
      b.op("ne", [spot.value, other, 1], differs);
    });
    w.demand(differs, spot, mode, why);
  }

  /** The value of a field around, or an error value when it is absent. */
  fieldValue(node: CueNode & { readonly is: "field" }, cx: Around): Var | null {
    const { w } = cx;
    let value = cx.frames.get(node.in);
    if (value === undefined) {
      this.refuse(node, `the field \`${node.names.join(".")}\` outside its definition`);
      return null;
    }
    for (const name of node.names) {
      const from: Var = value;
      if (!/^\d+$/.test(name)) {
        value = w.field(from, name);
        continue;
      }
      // An index, or the name of a field that looks like one.
      const found = w.b.op("item", [from, w.b.const(Number(name))]);
      w.b.if(w.b.op("is_error", [found]), () => w.b.op("field", [from, name], found));
      value = found;
    }
    return value;
  }

  #sameAs(node: CueNode & { readonly is: "field" }, spot: Spot, cx: Around): void {
    const { w, mode } = cx;
    const path = node.names.join(".");
    const kinds = new Set(node.kinds);
    if (kinds.size === 0 || kinds.has("struct") || kinds.has("list"))
      return this.refuse(node, `a reference to the field \`${path}\`, which may be a struct or list`);
    const other = this.fieldValue(node, cx);
    if (other === null) return;
    const why = `is not the same as ${path}`;
    w.narrow(spot, kinds, mode, ({ value }) => {
      w.demand(w.b.op("eq", [value, other, 1]), spot, mode, why);
      // 1 and 1.0 are equal and not the same.
      if (kinds.has("int") && kinds.has("float"))
        w.demand(w.b.op("eq", [w.typeOf(value), w.typeOf(other), 1]), spot, mode, why);
    });
  }

  #any(node: CueNode & CueParts, spot: Spot, cx: Around): void {
    const { w, mode } = cx;
    const { b } = w;
    const values = enumerated(node.of);
    if (values !== null) {
      const why = `is none of ${node.of.map(shown).join(", ")}`;
      if (values.length > CHAIN_MAX && values.every((value) => typeof value === "string")) {
        const found = b.builtin(BUILTIN.contains, [b.const(values), spot.value], values.length);
        return w.demand(found, spot, mode, why);
      }
      return w.demandOne(values, spot, mode, why);
    }
    const none = "is none of the alternatives";
    const told = tellApart(node.of, this.definitions);
    b.block("found", (found) => {
      for (const [index, alternative] of node.of.entries()) {
        b.block("next alternative", (next) => {
          const guard: Mode = { is: "holds", away: next, over: mode.is === "holds" ? mode.over : next };
          const mark = told?.[index];
          if (mark === undefined) {
            // Whatever fails in it, another may hold.
            this.node(alternative, spot, { ...cx, mode: guard, queue: null });
            b.jump(found);
            return;
          }
          w.narrow(spot, mark.kinds, guard, (narrowed) => {
            if (mark.field !== null) {
              const at = { ...spot, value: w.field(spot.value, mark.field.name) };
              w.demandOne(enumerated(mark.field.values.map(asNode)) ?? [], at, guard, none);
            }
            this.node(alternative, narrowed, cx);
            b.jump(found);
          });
        });
      }
      w.fail(spot, mode, none);
    });
  }

  #reference(node: CueNode & { readonly is: "ref" }, spot: Spot, cx: Around): void {
    const { name } = node;
    const { w, mode } = cx;
    const { b } = w;
    const definition = this.definitions.get(name);
    if (definition === undefined) return this.refuse(node, `a reference to \`${name}\``);
    if (this.#groups.empty.has(name)) return this.refuse(node, `\`${plainName(name)}\`, which is nothing but itself`);
    const circle = this.#groups.of(name);
    const index = circle?.indexOf(name) ?? 0;
    if (circle !== undefined && cx.circle?.includes(name) === true) {
      if (cx.queue === null)
        return this.refuse(
          node,
          `\`${plainName(name)}\` inside alternatives of itself that nothing tells apart`,
          'give each alternative a field with a value of its own, such as `t!: "leaf"` and `t!: "node"`',
        );
      const path = mode.is === "report" ? [w.pathOf(spot, mode)] : [];
      const { list, full } = cx.queue;
      const longer = b.op("put", [
        list,
        b.op("length", [list]),
        b.record([spot.value, b.const(index), ...path]),
        RECURSION_MAX,
      ]);
      b.jumpIf(b.op("is_error", [longer]), full);
      b.move(list, longer);
      return;
    }
    const which = circle === undefined ? [] : [b.const(index)];
    const key = circle?.join(" ") ?? name;
    const holds = this.#once(`holds ${key}`, () =>
      circle === undefined ? this.#predicate(name, definition) : this.#circle(circle, false),
    );
    const condition = b.call(holds, [spot.value, ...which]);
    if (mode.is === "holds") {
      if (this.#over === "errs") b.jumpIf(b.op("is_error", [condition]), mode.over);
      return b.jumpUnless(condition, mode.away);
    }
    const report = this.#once(`report ${key}`, () =>
      circle === undefined ? this.#report(name, definition) : this.#circle(circle, true),
    );
    b.unless(condition, () => {
      const path = w.pathOf(spot, mode);
      const found = b.call(report, circle === undefined ? [spot.value, path] : [spot.value, ...which, path]);
      b.loop(found, VIOLATIONS_MAX, (violation) => w.add(violation, mode.out));
    });
  }

  /** Whether another loop may stand inside; refused by name otherwise. */
  mayLoop(node: CueNode, cx: Around): boolean {
    if (cx.loops + 2 < LOOP_DEPTH_MAX) return true;
    this.refuse(node, "lists and patterns nested this deep", "move the inner ones into a definition (`#X`)");
    return false;
  }
}

const fresh = (b: Builder, mode: Mode): Around => ({
  w: new Writer(b),
  mode,
  frames: new Map(),
  queue: null,
  circle: null,
  loops: 0,
});

function ordered(b: Builder, op: string, value: Var, other: Var): Var {
  const strict = op === "<" || op === ">";
  const operands = op === "<" || op === "<=" ? [value, other] : [other, value];
  return b.op(strict ? "lt" : "le", operands);
}

const asNode = (value: CueConst): CueNode => ({ ...value, at: [] });

/** The values when all are texts, truth values and small ints; null otherwise. */
function enumerated(nodes: readonly CueNode[]): readonly (string | boolean | number)[] | null {
  const values: (string | boolean | number)[] = [];
  for (const node of nodes) {
    if (node.is !== "const") return null;
    const value = constantOf(node);
    if (typeof value !== "string" && typeof value !== "boolean" && typeof value !== "number") return null;
    values.push(value);
  }
  return values;
}

/** The name without the mark of an argument of a validator. */
const plainName = (name: string): string => name.replace(/\?$/, "");

const shown = (node: CueNode): string =>
  node.is !== "const" ? "…" : node.kind === "string" ? JSON.stringify(node.text) : node.text;

/** Whether the constraint fails on an absent field by itself, so that presence need not be asked. */
export function refusesAbsent(node: CueNode, definitions: CueLowered["definitions"]): boolean {
  switch (node.is) {
    case "const":
      return node.kind !== "bytes";
    case "type":
    case "all":
      return !within(ALL_KINDS, kindsOf(node, definitions));
    case "bound":
      return node.operand.is === "const" && node.op !== "!=";
    case "any":
      return enumerated(node.of) !== null;
    case "struct":
    case "list":
      return true;
    default:
      return false;
  }
}
