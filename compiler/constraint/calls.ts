// Validators: functions of CUE laid over a value.
import type { CueNode } from "../../lang/cue/lowered.ts";
import { isNumber } from "../../vm/arithmetic.ts";
import type { Var } from "../3-lower/ir.ts";
import { ALL_KINDS, LIST, NUMBERS, STRUCT } from "./kinds.ts";
import type { Around, ConstraintLowering } from "./lower.ts";
import { BUILTIN, type Spot } from "./writer.ts";

type Call = CueNode & { readonly is: "call" };

/** Validators that are compiled. */
export const VALIDATORS = [
  "matchN",
  "matchIf",
  "strings.MinRunes",
  "strings.MaxRunes",
  "strings.HasPrefix",
  "strings.HasSuffix",
  "strings.Contains",
  "list.MinItems",
  "list.MaxItems",
  "list.UniqueItems",
  "list.MatchN",
  "struct.MinFields",
  "struct.MaxFields",
  "math.MultipleOf",
  "error",
] as const;

export function call(of: ConstraintLowering, node: Call, spot: Spot, cx: Around): void {
  const { w, mode } = cx;
  const { b } = w;
  const [first, second, third] = node.args;
  const why = `does not satisfy ${node.name}`;
  switch (node.name) {
    case "strings.MinRunes":
    case "strings.MaxRunes": {
      const runes = b.builtin(BUILTIN.runes, [spot.value], of.bounds.text);
      return count(of, node, runes, spot, cx);
    }
    case "list.MinItems":
    case "list.MaxItems":
      return w.narrow(spot, LIST, mode, (narrowed) => count(of, node, b.op("length", [narrowed.value]), spot, cx));
    case "struct.MinFields":
    case "struct.MaxFields":
      return w.narrow(spot, STRUCT, mode, (narrowed) => count(of, node, b.op("length", [narrowed.value]), spot, cx));
    case "strings.HasPrefix":
    case "strings.HasSuffix":
    case "strings.Contains": {
      if (first?.is !== "const" || first.kind !== "string") return unknown(of, node);
      const builtin =
        node.name === "strings.HasPrefix"
          ? BUILTIN.startsWith
          : node.name === "strings.HasSuffix"
            ? BUILTIN.endsWith
            : BUILTIN.includes;
      const found = b.builtin(builtin, [spot.value, b.const(first.text)], of.bounds.text);
      return w.demand(found, spot, mode, why);
    }
    case "list.UniqueItems":
      return w.narrow(spot, LIST, mode, (narrowed) =>
        w.demand(b.builtin(BUILTIN.distinct, [narrowed.value], of.bounds.items), spot, mode, why),
      );
    case "math.MultipleOf": {
      const divisor = first?.is === "const" && first.kind === "int" ? of.constant(first) : undefined;
      if (!isNumber(divisor)) return unknown(of, node);
      return w.narrow(spot, NUMBERS, mode, (narrowed) => {
        if (narrowed.kinds.has("float"))
          return of.refuse(node, "`math.MultipleOf` of a number with a fraction", "write  int & math.MultipleOf(n)");
        const rest = b.builtin(BUILTIN.mod, [narrowed.value, b.const(divisor)], 1);
        w.demand(b.op("eq", [rest, b.const(0), 1]), spot, mode, why);
      });
    }
    case "error":
      return w.fail(spot, mode, first?.is === "const" ? first.text : "is refused");
    case "matchN": {
      if (first === undefined || second?.is !== "list" || second.rest !== null) return unknown(of, node);
      const matched = b.const(0);
      for (const part of second.items)
        add(
          w.test(mode, (holds) => of.node(part, spot, inside(cx, holds))),
          matched,
          cx,
        );
      return counted(of, first, matched, spot, cx, why);
    }
    case "list.MatchN": {
      if (first === undefined || second === undefined || !of.mayLoop(node, cx)) return unknown(of, node);
      return w.narrow(spot, LIST, mode, (narrowed) => {
        const { items } = of.bounds;
        const length = b.op("length", [narrowed.value]);
        const short = b.op("le", [length, b.const(items)]);
        if (mode.is === "holds") b.jumpUnless(short, mode.over);
        else w.demand(short, spot, mode, `has more than ${items} items`);
        const matched = b.const(0);
        // Where it is longer the failure is noted; looking at its items would end the run.
        b.if(short, () =>
          b.loop(narrowed.value, items, (item, index) => {
            const at = { value: item, kinds: ALL_KINDS, path: [...spot.path, index] };
            add(
              w.test(mode, (holds) => of.node(second, at, { ...inside(cx, holds), loops: cx.loops + 1 })),
              matched,
              cx,
            );
          }),
        );
        counted(of, first, matched, spot, cx, why);
      });
    }
    case "matchIf": {
      if (first === undefined || second === undefined || third === undefined) return unknown(of, node);
      const condition = w.test(mode, (holds) => of.node(first, spot, inside(cx, holds)));
      return b.if(
        condition,
        () => of.node(second, spot, cx),
        () => of.node(third, spot, cx),
      );
    }
    default:
      return unknown(of, node);
  }
}

const inside = (cx: Around, mode: Around["mode"]): Around => ({ ...cx, mode, queue: null });

function unknown(of: ConstraintLowering, node: Call): void {
  of.refuse(
    node,
    `\`${node.name}\` with these arguments`,
    `these are compiled, with arguments that are known: ${VALIDATORS.join(", ")}`,
  );
}

function add(holds: Var, matched: Var, cx: Around): void {
  const { b } = cx.w;
  b.if(holds, () => b.op("add", [matched, b.const(1)], matched));
}

/** A bound of something counted, by the name of the validator. */
function count(of: ConstraintLowering, node: Call, counted: Var, spot: Spot, cx: Around): void {
  const [first] = node.args;
  const limit = first?.is === "const" && first.kind === "int" ? of.constant(first) : undefined;
  if (!isNumber(limit)) return unknown(of, node);
  const { w, mode } = cx;
  const bound = w.b.const(limit);
  const least = node.name.includes(".Min");
  w.demand(
    w.b.op("le", least ? [bound, counted] : [counted, bound]),
    spot,
    mode,
    `has ${least ? "fewer" : "more"} than ${limit} ${node.name.replace(/^.*\.(?:Min|Max)/, "").toLowerCase()}`,
  );
}

/** The constraint on a number of matches. */
function counted(of: ConstraintLowering, on: CueNode, matched: Var, spot: Spot, cx: Around, why: string): void {
  const { w, mode } = cx;
  const holds = w.test(mode, (inner) =>
    of.node(on, { value: matched, kinds: new Set(["int"]), path: [] }, inside(cx, inner)),
  );
  w.demand(holds, spot, mode, why);
}
