// Structs and lists.
import type { CueNode, CueStruct } from "../../lang/cue/lowered.ts";
import { mapOf } from "../../vm/map.ts";
import { MapValue } from "../../vm/value.ts";
import type { Var } from "../3-lower/ir.ts";
import { ALL_KINDS, STRING, within } from "./kinds.ts";
import { CHAIN_MAX } from "./limits.ts";
import { type Around, type ConstraintLowering, refusesAbsent } from "./lower.ts";
import { BUILTIN, type Spot } from "./writer.ts";

export function struct(of: ConstraintLowering, node: CueNode & CueStruct, spot: Spot, outer: Around): void {
  const { w, mode } = outer;
  const { b } = w;
  const { value } = spot;
  const cx: Around = node.id === undefined ? outer : { ...outer, frames: new Map([...outer.frames, [node.id, value]]) };
  // A closed struct has as many fields as were found, when only answers count.
  const counting = node.closed && node.patterns.length === 0 && mode.is === "holds";
  const always = node.fields.filter(({ need }) => need !== "optional").length;
  const found = counting && always < node.fields.length ? b.const(always) : null;
  for (const field of node.fields) {
    const inner = w.field(value, field.name);
    const at: Spot = { value: inner, kinds: ALL_KINDS, path: [...spot.path, field.name] };
    const optional = field.need === "optional";
    if (!optional && mode.is === "holds" && refusesAbsent(field.value, of.definitions)) {
      of.node(field.value, at, cx);
      continue;
    }
    const present = b.op("present", [inner]);
    if (optional) {
      b.if(present, () => {
        of.node(field.value, at, cx);
        if (found !== null) b.op("add", [found, b.const(1)], found);
      });
    } else if (mode.is === "holds") {
      b.jumpUnless(present, mode.away);
      of.node(field.value, at, cx);
    } else
      b.if(
        present,
        () => of.node(field.value, at, cx),
        () => w.fail(at, mode, "is missing"),
      );
  }
  if (counting) {
    const count = { ...spot, value: b.op("length", [value]) };
    const why = "has a field that is not allowed";
    if (found === null) w.demandSame(always, count, mode, why);
    else w.demand(b.op("eq", [count.value, found, 1]), spot, mode, why);
  } else if (node.closed || node.patterns.some((pattern) => !says(pattern.value))) names(of, node, spot, cx);
  for (const part of node.also) of.node(part, spot, cx);
}

/** Whether a constraint says nothing. */
const says = (node: CueNode): boolean => node.is === "type" && within(ALL_KINDS, new Set(node.kinds));

/** Every name of the data: the patterns it falls under, and whether it is allowed at all. */
function names(of: ConstraintLowering, node: CueNode & CueStruct, spot: Spot, cx: Around): void {
  const { w, mode } = cx;
  const { b } = w;
  const { value } = spot;
  if (!of.mayLoop(node, cx)) return;
  const { items } = of.bounds;
  bounded(of, spot, cx, "fields", () => {
    b.loop(b.builtin(BUILTIN.keys, [value], items), items, (key) => {
      const name: Spot = { value: key, kinds: STRING, path: spot.path };
      const at: Spot = { value: b.op("key", [value, key]), kinds: ALL_KINDS, path: [...spot.path, key] };
      const inner = { ...cx, loops: cx.loops + 1 };
      b.block("checked", (checked) => {
        const known = node.fields.map((field) => field.name);
        if (known.length <= CHAIN_MAX) for (const each of known) b.jumpEq(key, each, checked);
        else {
          const table = mapOf(known.map((each) => [each, true])) ?? new MapValue([], []);
          b.jumpIf(b.builtin(BUILTIN.hasKey, [b.const(table), key], 1), checked);
        }
        const matched = node.closed && node.patterns.length > 0 ? b.const(false) : null;
        for (const { label, value: constraint } of node.patterns) {
          b.block("next pattern", (next) => {
            of.node(label, name, {
              ...inner,
              mode: { is: "holds", away: next, over: mode.is === "holds" ? mode.over : next },
              queue: null,
            });
            if (matched !== null) b.const(true, matched);
            of.node(constraint, at, inner);
          });
        }
        if (!node.closed) return;
        if (matched !== null) b.jumpIf(matched, checked);
        w.fail(at, mode, "is not allowed");
      });
    });
  });
}

/** Goes on where the list or struct is no longer than a loop may be. */
function bounded(of: ConstraintLowering, spot: Spot, cx: Around, what: string, then: () => void): void {
  const { w, mode } = cx;
  const { b } = w;
  const { items } = of.bounds;
  const short = b.op("le", [b.op("length", [spot.value]), b.const(items)]);
  if (mode.is === "holds") {
    b.jumpUnless(short, mode.over);
    then();
  } else b.if(short, then, () => w.fail(spot, mode, `has more than ${items} ${what}`));
}

export function list(of: ConstraintLowering, node: CueNode & { readonly is: "list" }, spot: Spot, outer: Around): void {
  const { w, mode } = outer;
  const { b } = w;
  const { value } = spot;
  const cx: Around = node.id === undefined ? outer : { ...outer, frames: new Map([...outer.frames, [node.id, value]]) };
  const { items, rest } = node;
  const length = b.op("length", [value]);
  const count = items.length;
  const content = (): void => {
    items.forEach((item, index) => {
      const at: Spot = {
        value: b.op("item", [value, b.const(index)]),
        kinds: ALL_KINDS,
        path: [...spot.path, `${index}`],
      };
      of.node(item, at, cx);
    });
    if (rest !== null && !says(rest) && of.mayLoop(node, cx)) further(of, rest, count, spot, cx);
    for (const part of node.also) of.node(part, spot, cx);
  };
  const fits: Var = rest === null ? b.op("eq", [length, b.const(count), 1]) : b.op("le", [b.const(count), length]);
  const why = rest === null ? `has not ${count} items` : `has fewer than ${count} items`;
  if (rest !== null && count === 0) content();
  else if (mode.is === "holds") {
    b.jumpUnless(fits, mode.away);
    content();
  } else b.if(fits, content, () => w.fail(spot, mode, why));
}

function further(of: ConstraintLowering, rest: CueNode, from: number, spot: Spot, cx: Around): void {
  const { b } = cx.w;
  const { value } = spot;
  bounded(of, spot, cx, "items", () => {
    b.loop(value, of.bounds.items, (item, index) => {
      b.block("next item", (next) => {
        if (from > 0) b.jumpIf(b.op("lt", [index, b.const(from)]), next);
        of.node(rest, { value: item, kinds: ALL_KINDS, path: [...spot.path, index] }, { ...cx, loops: cx.loops + 1 });
      });
    });
  });
}
