// Lists of an obligation in which nothing may stand twice, and counts that ask for more than there are: whoever enforces the policy refuses it when
// it is loaded, which is late to hear of it. Only what is written in the policy itself is looked at; what comes from data is bound later.
import type { Diagnostic } from "../../../lang/diagnostic.ts";
import type { Value } from "../../../vm/value.ts";
import { fewerThanAsked, standsTwice } from "../../codes.ts";
import type { TExpr } from "../../model.ts";
import type { PolicyProgram, RuleDecl } from "../model.ts";
import { PUBLISHED, type PublishedObligation } from "../published.ts";
import { memberOf } from "./arguments.ts";

export function lintDistinct(program: PolicyProgram): Diagnostic[] {
  const obligations = (program.on === null ? undefined : PUBLISHED.get(program.on))?.obligations ?? [];
  return program.rules.flatMap((rule) => rule.then.flatMap((given) => ofGiven(given, program, obligations)));
}

function ofGiven(
  { name, args }: RuleDecl["then"][number],
  program: PolicyProgram,
  obligations: readonly PublishedObligation[],
): Diagnostic[] {
  const obligation = program.obligations[name]!.name;
  const distinct = obligations.find((each) => each.name === obligation)?.distinct;
  if (distinct === undefined) return [];
  const items = itemsOf(memberOf(args, distinct.list));
  const found: Diagnostic[] = [];
  const first = new Map<Value, TExpr>();
  for (const item of items ?? []) {
    if (item.kind !== "const") continue;
    const before = first.get(item.value);
    if (before === undefined) first.set(item.value, item);
    else
      found.push(
        standsTwice(
          item.span,
          { value: String(item.value), list: distinct.list, obligation },
          { labels: [{ span: before.span, text: "here, too" }] },
        ),
      );
  }
  const asked = distinct.count === undefined ? null : memberOf(args, distinct.count);
  if (items === null || asked?.kind !== "const" || typeof asked.value !== "number" || asked.value <= items.length)
    return found;
  const parameters = { count: distinct.count!, asked: asked.value, list: distinct.list, there: items.length };
  return [...found, fewerThanAsked(asked.span, parameters)];
}

/** Items that are written one by one. A list of constants may be one constant. */
function itemsOf(list: TExpr | null): readonly TExpr[] | null {
  if (list?.kind === "list") return list.items;
  if (list?.kind !== "const" || !Array.isArray(list.value)) return null;
  return (list.value as readonly Value[]).map((value): TExpr => ({ ...list, value }));
}
