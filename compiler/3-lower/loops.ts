// Comprehensions and what is asked about them. A loop runs over a list of a declared bound; an error or an unknown in the
// source, or in a condition, becomes that of the whole where it decides.
import { ZERO } from "../../vm/decimal.ts";
import { ErrorValue } from "../../vm/value.ts";
import type { Loop, TExpr } from "../model.ts";
import { type Around, expression, plain } from "./expressions.ts";
import type { Label, Var } from "./ir.ts";

type Aggregate = TExpr & { kind: "aggregate" };

/** A list of the bodies, in order. */
export function comprehension(cx: Around, loop: Loop, into?: Var): Var {
  const { b } = cx;
  const result = b.const([], b.var());
  const most = boundOf(loop);
  walk(cx, loop, result, (condition, exit) => {
    b.block("left out", (skip) => {
      if (condition !== null) {
        b.jumpIfFalse(condition, skip);
        b.unless(condition, () => {
          b.move(result, condition);
          b.jump(exit);
        });
      }
      b.op("put", [result, b.op("length", [result]), expression(cx, loop.body), most], result);
    });
  });
  return into === undefined ? result : b.move(into, result);
}

/** Most items a comprehension gives. */
function boundOf(loop: Loop): number {
  return loop.clauses.reduce(
    (product, clause) => product * (clause.kind === "for" ? clause.loop.bound : 1),
    loop.bound,
  );
}

/** Runs `each` for every item, with the conjunction of the conditions (null: none). When a source is no list, `result`
 *  becomes that error or unknown. `exit` leaves the whole loop. */
function walk(cx: Around, loop: Loop, result: Var, each: (condition: Var | null, exit: Label) => void): void {
  const { b } = cx;
  b.block("end of loops", (exit) => {
    const over = (part: Pick<Loop, "source" | "bound" | "item" | "index">, body: () => void): void => {
      const source = expression(cx, part.source);
      b.unless(b.op("known", [source]), () => {
        b.move(result, source);
        b.jump(exit);
      });
      b.loop(source, part.bound, (item, index) => {
        cx.locals.set(part.item, item);
        if (part.index !== null) cx.locals.set(part.index, index);
        body();
      });
    };
    const clauses = (from: number, condition: Var | null): void => {
      const clause = loop.clauses[from];
      if (clause === undefined) return each(condition, exit);
      if (clause.kind === "for") return over(clause.loop, () => clauses(from + 1, condition));
      if (clause.kind === "let") {
        cx.locals.set(clause.local, expression(cx, clause.value));
        return clauses(from + 1, condition);
      }
      const here = expression(cx, clause.condition);
      clauses(from + 1, condition === null ? here : b.op("and", [condition, here]));
    };
    over(loop, () => clauses(0, null));
  });
}

export function aggregate(cx: Around, e: Aggregate, into?: Var): Var {
  const result =
    e.over === "any" || e.over === "all" || e.over === "none"
      ? quantifier(cx, e)
      : e.over === "min" || e.over === "max"
        ? extreme(cx, e)
        : total(cx, e);
  return into === undefined ? result : cx.b.move(into, result);
}

/** Kleene logic over the items: a deciding item wins, then an error, then an unknown. */
function quantifier(cx: Around, e: Aggregate): Var {
  const { b } = cx;
  const all = e.over === "all";
  const result = b.const(all);
  walk(cx, e.loop, result, (condition, exit) => {
    const body = expression(cx, e.loop.body);
    if (all) {
      b.op("and", [result, condition === null ? body : b.op("or", [b.op("not", [condition]), body])], result);
      b.jumpIfFalse(result, exit);
    } else {
      b.op("or", [result, condition === null ? body : b.op("and", [condition, body])], result);
      b.jumpIf(result, exit);
    }
  });
  return e.over === "none" ? b.op("not", [result]) : result;
}

/** `sum` and `count`; a condition that is not decided makes the whole undecided. */
function total(cx: Around, e: Aggregate): Var {
  const { b } = cx;
  const type = plain(e.type);
  const result = b.const(
    e.over === "count" ||
      type.kind === "int" ||
      type.kind === "duration" ||
      type.kind === "size" ||
      type.kind === "period"
      ? 0
      : ZERO,
  );
  const add = type.kind === "quotient" ? "round_add" : "add";
  walk(cx, e.loop, result, (condition) => {
    // `count(xs)` asks whether each body is true only when the body is a condition; otherwise each item counts one.
    const counted = e.over === "count" ? b.const(1) : null;
    b.block("left out", (skip) => {
      if (condition !== null) {
        b.jumpIfFalse(condition, skip);
        b.unless(condition, () => {
          b.op("add", [result, condition], result);
          b.jump(skip);
        });
      }
      b.op(add, [result, counted ?? expression(cx, e.loop.body)], result);
    });
  });
  return result;
}

/** Least or greatest; of nothing: error `empty`. */
function extreme(cx: Around, e: Aggregate): Var {
  const { b } = cx;
  const result = b.const(new ErrorValue("empty"));
  const found = b.const(false);
  walk(cx, e.loop, result, (condition, exit) => {
    b.block("left out", (skip) => {
      const give = (value: Var): void => {
        b.move(result, value);
        b.jump(exit);
      };
      if (condition !== null) {
        b.jumpIfFalse(condition, skip);
        b.unless(condition, () => give(condition));
      }
      const body = expression(cx, e.loop.body);
      b.unless(b.op("known", [body]), () => give(body));
      b.unless(found, () => {
        b.const(true, found);
        b.move(result, body);
        b.jump(skip);
      });
      const better = e.over === "min" ? b.op("lt", [body, result]) : b.op("lt", [result, body]);
      b.jumpIfFalse(better, skip);
      b.unless(better, () => give(better));
      b.move(result, body);
    });
  });
  return result;
}
