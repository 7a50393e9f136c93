// How each obligation is born: by an action, by the violation that names it, or once at activation. Exactly one of them.
// Source: agreements.md, rule 5.
import type { Agreement, Consequence, Obligation, Scalar } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import { neverBorn, twoBirths } from "../codes.ts";

export type Birth = "once" | "on" | "else";

export interface Births {
  readonly of: readonly Birth[]; // by document index
  /** Names that stand in an `else`, with their first place. */
  readonly namedInElse: ReadonlyMap<string, Scalar>;
}

/** Names in the `else` of an obligation. */
export const namesInElse = (obligation: Obligation): Scalar[] =>
  (obligation.else ?? [])
    .filter((each): each is Extract<Consequence, { kind: "name" }> => each.kind === "name")
    .map((each) => each.name);

export function findBirths(document: Agreement, report: (diagnostic: Diagnostic) => void): Births {
  const namedInElse = new Map<string, Scalar>();
  for (const each of document.obligations)
    for (const name of namesInElse(each)) if (!namedInElse.has(name.text)) namedInElse.set(name.text, name);
  const of = document.obligations.map((each): Birth => {
    const named = namedInElse.get(each.name.text);
    if (named !== undefined && each.on !== null)
      report(
        twoBirths(
          each.name.span,
          { name: each.name.text },
          {
            labels: [
              { span: each.on.span, text: `born by each \`${each.on.text}\`` },
              { span: named.span, text: "born by this violation" },
            ],
          },
        ),
      );
    return each.on !== null ? "on" : named !== undefined ? "else" : "once";
  });
  reportNeverBorn(document, of, report);
  return { of, namedInElse };
}

function reportNeverBorn(
  document: Agreement,
  births: readonly Birth[],
  report: (diagnostic: Diagnostic) => void,
): void {
  const index = new Map(document.obligations.map((each, at) => [each.name.text, at]));
  const born = new Set<number>();
  const visit = [...births.keys()].filter((at) => births[at] !== "else");
  for (let at = visit.pop(); at !== undefined; at = visit.pop()) {
    if (born.has(at)) continue;
    born.add(at);
    for (const name of namesInElse(document.obligations[at]!)) {
      const to = index.get(name.text);
      if (to !== undefined) visit.push(to);
    }
  }
  for (const [at, each] of document.obligations.entries()) {
    if (born.has(at)) continue;
    const parents = document.obligations.filter((other) => namesInElse(other).some((n) => n.text === each.name.text));
    report(
      neverBorn(
        each.name.span,
        { name: each.name.text },
        {
          labels: parents.map((parent) => ({
            span: namesInElse(parent).find((name) => name.text === each.name.text)!.span,
            text: `only a violation of \`${parent.name.text}\` gives birth to it`,
          })),
        },
      ),
    );
  }
}
