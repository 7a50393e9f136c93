// Parts of the input that nothing shows: `secrets: [token.raw]`. Rules read them as everything else; texts, explanations and logs do not
// print them.
import type { Scalar } from "../../lang/ast.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { MASK } from "../../vm/policy/answer.ts";
import type { Type } from "../../vm/type.ts";
import { constant } from "../2-check/build.ts";
import type { Context } from "../2-check/context.ts";
import { strip, TEXT, words } from "../2-check/types.ts";
import { partsOfExpr } from "../3-lower/nodes.ts";
import { noSuchField } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { type Named, nameOf } from "./explain/readings.ts";
import type { PolicyProgram } from "./model.ts";

/** The paths that are written, each a place that the input type has. */
export function checkSecrets(context: Context, paths: readonly Scalar[], input: Type): readonly string[] {
  return paths.flatMap((path) => {
    let type: Type = input;
    for (const name of path.text.split(".")) {
      const inner = strip(type);
      if (inner.kind === "any") return [path.text];
      const field = inner.kind === "record" ? inner.fields.find((each) => each.name === name) : undefined;
      if (inner.kind !== "map" && field === undefined) {
        const names = inner.kind === "record" ? inner.fields.map((each) => each.name) : [];
        context.report(noSuchField(path.span, { of: words(inner), name }, { help: didYouMean(name, names) }));
        return [];
      }
      type = field?.type ?? (inner.kind === "map" ? inner.of : inner);
    }
    return [path.text];
  });
}

/** Whether a name of a value is a secret, lies in one, or holds one. */
export const isSecret = (name: string, secrets: readonly string[]): boolean =>
  secrets.some((secret) => name === "input" || name === secret || within(name, secret) || within(secret, name));
const within = (inner: string, outer: string): boolean =>
  inner.startsWith(`${outer}.`) || inner.startsWith(`${outer}[`);

type Names = Pick<PolicyProgram, "derived" | "secrets">;

/** Whether an expression reads a secret, also through what is derived. */
export function readsSecret(expr: TExpr, program: Names): boolean {
  if (program.secrets.length === 0) return false;
  if (expr.kind === "read" && expr.place.kind === "derived") {
    const derived = program.derived[expr.place.index];
    return derived !== undefined && readsSecret(derived.is, program);
  }
  const name = nameOf(expr, program, new Map());
  if (name !== null && expr.kind !== "op") return isSecret(name, program.secrets);
  return partsOfExpr(expr).some((part) => readsSecret(part, program));
}

/** A slot of a text, without what is secret. */
export const masked = (expr: TExpr, program: Names): TExpr =>
  readsSecret(expr, program) ? constant(TEXT, MASK, expr.span) : expr;

/** The values that an explanation names. */
export const maskedValue = ({ name, expr }: Named, value: string, program: PolicyProgram): string =>
  isSecret(name, program.secrets) || readsSecret(expr, program) ? MASK : value;
