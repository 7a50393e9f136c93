// Phase 3: a Program becomes functions of instructions. Code is straight per action, obligation, timer, power and state;
// there is no table that a generic loop reads.
import type { Type } from "../../vm/type.ts";
import type { Program, TExpr } from "../model.ts";
import { birthFunction } from "./births.ts";
import { Builder } from "./builder.ts";
import { Context, type CutPayment, type Functions, type OnlyEvent } from "./context.ts";
import { expression } from "./expressions.ts";
import { FRAME_SIZE, Frame } from "./frame.ts";
import { initFunction } from "./init.ts";
import type { IrFunction, IrModule } from "./ir.ts";
import { type Layout, layoutOf } from "./layout.ts";
import { cutFunction, cutting } from "./limit-rules.ts";
import { INLINE_NODES_MAX } from "./limits.ts";
import { nodesOf } from "./nodes.ts";
import { dueFunction, owesRows, queryFunction } from "./query.ts";
import { stepFunction } from "./step.ts";
import { Timers } from "./timers.ts";
import { answerType, dueType, eventType, offeredType, offerType, viewType } from "./types.ts";

export interface Lowered {
  readonly module: IrModule;
  readonly layout: Layout;
  /** Types of what goes in and out of the entries. */
  readonly types: BoundaryTypes;
}

export interface BoundaryTypes {
  readonly offer: Type;
  readonly state: Type;
  readonly event: Type;
  readonly answer: Type;
  readonly due: Type;
  readonly view: Type;
}

export function lower(program: Program): Lowered {
  const layout = layoutOf(program);
  const timers = new Timers(program);
  const made: IrFunction[] = [];
  const functions = functionsOf(program, layout, made);
  const add = (fn: IrFunction): IrFunction => {
    made.push(fn);
    return fn;
  };
  const init = add(initFunction(program, layout, functions));
  const step = add(stepFunction(program, layout, functions, timers));
  const due = add(dueFunction(program, layout, functions, timers));
  const query = add(queryFunction(program, layout, functions, timers));
  const types: BoundaryTypes = {
    offer: offerType(program, layout),
    state: layout.state,
    event: eventType(program, layout),
    answer: answerType(program, layout),
    due: dueType(layout),
    view: viewType(program, layout, owesRows(program, layout).length),
  };
  return {
    layout,
    types,
    module: {
      functions: made,
      entries: [
        { name: "init", function: init, params: [types.offer], result: offeredType(layout) },
        { name: "step", function: step, params: [types.state, types.event], result: types.answer },
        { name: "due", function: due, params: [types.state], result: types.due },
        { name: "query", function: query, params: [types.state, layout.instant], result: types.view },
      ],
    },
  };
}

/** The module whose `step` handles one kind of event alone; see `worstFuelByEvent`. */
export function lowerOnly(program: Program, only: OnlyEvent): IrModule {
  const layout = layoutOf(program);
  const made: IrFunction[] = [];
  const step = stepFunction(program, layout, functionsOf(program, layout, made), new Timers(program), only);
  return { functions: [...made, step], entries: [] };
}

/** Functions made when first asked for; each is finished, and listed, before the one that asked. */
function functionsOf(program: Program, layout: Layout, made: IrFunction[]): Functions {
  const memo = new Map<string, IrFunction>();
  const once = (key: string, make: () => IrFunction): IrFunction => {
    const known = memo.get(key);
    if (known !== undefined) return known;
    const fn = make();
    memo.set(key, fn);
    made.push(fn);
    return fn;
  };
  const sizes = derivedSizes(program);
  const functions: Functions = {
    derived: (index) =>
      (sizes[index] as number) <= INLINE_NODES_MAX
        ? null
        : once(`derived ${index}`, () => derivedFunction(program, layout, functions, index)),
    birth: (norm) => once(`birth ${norm}`, () => birthFunction(program, layout, functions, norm)),
    cut: (payment: CutPayment) =>
      cutting(program).length === 0
        ? null
        : once(`cut ${payment.account} ${payment.norm}`, () => cutFunction(program, layout, functions, payment)),
  };
  return functions;
}

/** Nodes a derived value has when written out; those that become functions count as one where they are read. */
function derivedSizes(program: Program): number[] {
  const sizes: number[] = [];
  for (const derived of program.derived) {
    sizes.push(nodesOf(derived.is, (index) => ((sizes[index] ?? 1) > INLINE_NODES_MAX ? 1 : (sizes[index] ?? 1))));
  }
  return sizes;
}

function derivedFunction(program: Program, layout: Layout, functions: Functions, index: number): IrFunction {
  const declared = program.derived[index] as { readonly name: string; readonly is: TExpr };
  const b = new Builder(`derive ${declared.name}`, FRAME_SIZE);
  const cx = new Context({ program, layout, functions, b, frame: new Frame(b.params) });
  b.at(declared.is.span, () => b.ret(expression(cx, declared.is)));
  return b.finish();
}
