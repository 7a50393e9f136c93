// Writes one IR function: instructions, structured control and the memory of what is already computed on this path.
import type { Span } from "../../lang/source.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";
import type { Group, IrFunction, Item, Label, Operand, Var } from "./ir.ts";

/** Values known on a path: those made since it branched off, and those known before. */
interface Known {
  readonly before: Known | null;
  values: Map<string, Var> | null;
}

const nothingKnown = (): Known => ({ before: null, values: null });

/** One for all, so that it is one constant without a look at its bytes. */
const EMPTY: Value = [];

export class Builder {
  readonly name: string;
  readonly params: readonly Var[];
  readonly #items: Item[] = [];
  #groups = 0;
  #vars = 0;
  #labels = 0;
  #span: Span | null = null;
  /** Left behind at the end of a branch, emptied when the state is written. */
  #known = nothingKnown();
  #epoch = 0;

  constructor(name: string, params: number) {
    this.name = name;
    this.params = this.#newGroup(params, true);
  }

  finish(): IrFunction {
    return {
      name: this.name,
      params: this.params.length,
      items: this.#items,
      variables: this.#vars,
      groups: this.#groups,
      labels: this.#labels,
    };
  }

  // ── Variables ───────────────────────────────────────────────────────────────────────────────────────────────────────

  var(): Var {
    return { id: this.#vars++, group: { id: this.#groups++, size: 1, pinned: false }, offset: 0 };
  }
  /** Variables in consecutive registers. */
  group(size: number): readonly Var[] {
    return this.#newGroup(size, false);
  }
  #newGroup(size: number, pinned: boolean): Var[] {
    const group: Group = { id: this.#groups++, size, pinned };
    const vars: Var[] = [];
    for (let offset = 0; offset < size; offset++) vars.push({ id: this.#vars++, group, offset });
    return vars;
  }

  // ── Instructions ────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Instructions written by `body` belong to the place `span` in the source. */
  at(span: Span, body: () => void): void {
    const before = this.#span;
    this.#span = span;
    body();
    this.#span = before;
  }
  emit(op: string, ...operands: Operand[]): void {
    this.#put(op, operands);
  }
  #put(op: string, operands: readonly Operand[]): void {
    this.#items.push({ kind: "instruction", op, operands, span: this.#span });
  }
  /** An instruction whose first operand is its result, here `into` or a new variable. */
  op(op: string, operands: readonly Operand[], into?: Var): Var {
    const result = into ?? this.var();
    this.#put(op, [result, ...operands]);
    return result;
  }
  const(value: Value, into = this.var()): Var {
    this.#put("const", [into, { value }]);
    return into;
  }
  /** An empty list. */
  empty(into?: Var): Var {
    return this.const(EMPTY, into);
  }
  move(into: Var, from: Var): Var {
    if (into !== from) this.emit("move", into, from);
    return into;
  }
  get(record: Var, slot: number, into = this.var()): Var {
    this.#put("get", [into, record, slot]);
    return into;
  }
  set(record: Var, slot: number, value: Var, into = this.var()): Var {
    this.#put("set", [into, record, slot, value]);
    return into;
  }
  /** Record or list of the given variables; moved together first unless they already are a whole group. */
  record(items: readonly Var[], into?: Var): Var {
    if (items.length === 0) return this.empty(into);
    return this.op("record", [this.together(items), items.length], into);
  }
  /** The first of consecutive variables that hold `items`. */
  together(items: readonly Var[]): Var {
    const first = items[0] as Var;
    if (items.every((item, i) => item.group === first.group && item.offset === first.offset + i)) return first;
    const group = this.group(items.length);
    items.forEach((item, i) => {
      this.move(group[i] as Var, item);
    });
    return group[0] as Var;
  }
  call(callee: IrFunction, args: readonly Var[], into?: Var): Var {
    return this.op("call", [callee, this.together(args), args.length], into);
  }
  builtin(id: number, args: readonly Var[], bound: number, into?: Var): Var {
    return this.op(
      "builtin",
      [id, args.length === 0 ? this.const(null) : this.together(args), args.length, bound],
      into,
    );
  }
  conform(value: Var, type: Type, bound: number, into?: Var): Var {
    return this.op("conform", [value, { type }, bound], into);
  }
  ret(value: Var): void {
    this.emit("ret", value);
  }

  // ── Control ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  #label(hint: string): Label {
    return { id: this.#labels++, hint };
  }
  /** `body` may leave early by jumping to the label it gets; both ways go on behind the block. */
  block(hint: string, body: (exit: Label) => void): void {
    const exit = this.#label(hint);
    this.#branch(() => body(exit));
    this.#items.push({ kind: "label", label: exit });
  }
  jump(to: Label): void {
    this.emit("jump", to);
  }
  jumpIf(condition: Var, to: Label): void {
    this.emit("jump_if", condition, to);
  }
  /** Also taken by unknown and errors. */
  jumpUnless(condition: Var, to: Label): void {
    this.emit("jump_unless", condition, to);
  }
  jumpIfFalse(condition: Var, to: Label): void {
    this.emit("jump_if_false", condition, to);
  }
  jumpEq(a: Var, value: boolean | number | string, to: Label): void {
    this.emit("jump_eq", a, { value }, to);
  }
  jumpNe(a: Var, value: boolean | number | string, to: Label): void {
    this.emit("jump_ne", a, { value }, to);
  }

  /** Exactly true, or else. */
  if(condition: Var, then: () => void, otherwise?: () => void): void {
    this.#choice((away) => this.jumpUnless(condition, away), then, otherwise);
  }
  /** `otherwise` also for unknown and errors: `then` runs unless the condition is exactly true. */
  unless(condition: Var, then: () => void): void {
    this.#choice((away) => this.jumpIf(condition, away), then);
  }
  ifEq(a: Var, value: boolean | number | string, then: () => void, otherwise?: () => void): void {
    this.#choice((away) => this.jumpNe(a, value, away), then, otherwise);
  }
  ifNe(a: Var, value: boolean | number | string, then: () => void, otherwise?: () => void): void {
    this.#choice((away) => this.jumpEq(a, value, away), then, otherwise);
  }
  #choice(test: (away: Label) => void, then: () => void, otherwise?: () => void): void {
    this.block("end if", (end) => {
      if (otherwise === undefined) {
        test(end);
        then();
        return;
      }
      this.block("else", (away) => {
        test(away);
        this.#branch(then);
        this.jump(end);
      });
      otherwise();
    });
  }

  /** Runs `body` for each item of a list of at most `bound`. The list is read as it is at the start: give a copy that
   *  the body does not write. The exit label leaves the loop. */
  loop(list: Var, bound: number, body: (item: Var, index: Var, exit: Label) => void): void {
    const index = this.const(0);
    const item = this.var();
    this.block("end loop", (exit) => {
      const top = this.#label("loop");
      this.#items.push({ kind: "loop", edge: "begin" });
      this.#items.push({ kind: "label", label: top });
      this.emit("each", item, index, list, exit, bound);
      this.forget();
      body(item, index, exit);
      this.emit("next", index, top);
      this.#items.push({ kind: "loop", edge: "end" });
    });
  }

  // ── Memory ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** The variable that holds what `key` names, computed at most once on each path until the state is written. */
  once(key: string, compute: () => Var): Var {
    for (let known: Known | null = this.#known; known !== null; known = known.before) {
      const value = known.values?.get(key);
      if (value !== undefined) return value;
    }
    const value = compute();
    this.#known.values ??= new Map();
    this.#known.values.set(key, value);
    return value;
  }
  /** What was computed may no longer hold: the state was written. */
  forget(): void {
    this.#known = nothingKnown();
    this.#epoch++;
  }
  #branch(body: () => void): void {
    const before = this.#known;
    const epoch = this.#epoch;
    this.#known = { before, values: null };
    body();
    this.#known = epoch === this.#epoch ? before : nothingKnown();
  }
}
