// A policy that is asked what parts of conditions and the values they read come to. It is the policy itself with one more derived
// value for each: they are compiled, and run, as everything else is.
import { BUILTINS } from "../../../stdlib/table.ts";
import { loadPolicy, type Policy } from "../../../vm/policy/policy.ts";
import type { Type } from "../../../vm/type.ts";
import type { Value } from "../../../vm/value.ts";
import { ANY, TEXT } from "../../2-check/types.ts";
import type { Loop, TExpr } from "../../model.ts";
import { compilePolicy } from "../emit.ts";
import type { EachDecl, PolicyProgram } from "../model.ts";

export interface Probe {
  /** Values of the questions, in their order, on a typed input. */
  readonly ask: (input: Value) => readonly Value[];
}

/** Null when the questions are too large for a module: many rules at once. */
export function probeOf(
  program: PolicyProgram,
  questions: readonly TExpr[],
  data: ReadonlyMap<string, Value>,
): Probe | null {
  const asking = questions.map((is) => ({ name: "question", is, span: is.span }));
  const made = compilePolicy({
    ...program,
    derived: [...program.derived, ...asking],
    rules: [],
    limits: { ...program.limits, fuel: null },
  });
  if (!("module" in made)) return null;
  const loaded = loadPolicy(made, BUILTINS, { tier: "interpreter" });
  if ("error" in loaded) return null;
  const bound = loaded.loaded.withData(data);
  if ("problem" in bound) return null;
  const { policy }: { readonly policy: Policy } = bound;
  return { ask: (input) => policy.derived(input).slice(program.derived.length) };
}

/** For every combination of elements a record of their paths and of `asked`, which may read the elements. One list for each choice of
 *  sources: a binding may go over several lists. */
export function perCombination(each: readonly EachDecl[], asked: readonly TExpr[]): TExpr[] {
  const choices = each.reduce<EachDecl["sources"][]>(
    (before, { sources }) => before.flatMap((chosen) => sources.map((source) => [...chosen, source])),
    [[]],
  );
  return choices.flatMap((sources): TExpr[] => {
    const loops = sources.map(({ list, bound }, at) => ({
      source: list,
      bound,
      item: each[at]!.item,
      index: each[at]!.index,
    }));
    const [first, ...more] = loops;
    if (first === undefined) return [];
    const fields = [...sources.map(({ path }) => path), ...asked];
    const { span } = first.source;
    const type: Type = {
      kind: "record",
      fields: fields.map((_, at) => ({ name: `f${at}`, type: at < sources.length ? TEXT : ANY, optional: false })),
      open: false,
    };
    const loop: Loop = {
      ...first,
      clauses: more.map((inner) => ({ kind: "for", loop: inner })),
      body: { kind: "record", fields, type, span },
    };
    const most = loops.reduce((product, { bound }) => product * bound, 1);
    return [{ kind: "comprehension", loop, type: { kind: "list", of: type, most }, span }];
  });
}
