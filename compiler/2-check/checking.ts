// What checking a document shares, made: reports without repetition, derived values on demand, settings, names.
import type { Agreement } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import { builtinById } from "../../stdlib/table.ts";
import { resolve } from "../1-resolve/index.ts";
import { ERRORS_MAX } from "../limits.ts";
import type { TExpr } from "../model.ts";
import { broken, isBroken } from "./build.ts";
import type { Context, PolicyWords } from "./context.ts";
import { checkDerived } from "./declarations.ts";
import { evaluate } from "./evaluate.ts";
import { fieldValue } from "./literals.ts";
import { birthScope } from "./norms.ts";
import { Settings } from "./settings.ts";
import { strip } from "./types.ts";

/** Thrown when there are ERRORS_MAX errors: ends the check. */
export class Enough {}

export type Checking = Context & { readonly diagnostics: readonly Diagnostic[] };

/** What checking a document shares. `policy` makes its words; null for an agreement. */
export function contextOf(
  document: Agreement,
  diagnostics: Diagnostic[],
  policy: ((context: Context) => PolicyWords) | null = null,
): Checking {
  const seen = new Set<string>();
  let quiet = 0;
  let errors = 0;
  const report = (diagnostic: Diagnostic): void => {
    // One mistake read in several places (a copied table, an amount asked for its currency first) is told once.
    const key = `${diagnostic.code} ${diagnostic.span.start} ${diagnostic.span.end} ${diagnostic.message}`;
    if (quiet > 0 || seen.has(key)) return;
    seen.add(key);
    diagnostics.push(diagnostic);
    if (diagnostic.severity === "error" && ++errors >= ERRORS_MAX) throw new Enough();
  };
  const resolved = resolve(document, report);
  const derived: (TExpr | "open" | undefined)[] = [];
  const assets: (string | null | "open" | undefined)[] = [];
  const context: Checking = {
    diagnostics,
    document,
    policy: null as PolicyWords | null,
    resolved,
    names: resolved.names,
    settings: new Settings(document, report),
    report,
    quietly: (run) => {
      quiet++;
      try {
        return run();
      } finally {
        quiet--;
      }
    },
    evaluate: (expr) => evaluate(context, expr),
    builtin: builtinById,
    derivedAt: (index) => {
      const found = derived[index];
      const node = resolved.derived[index]!;
      // A value that needs itself was reported with the order.
      if (found === "open") return broken(node.span);
      if (found !== undefined) return found;
      derived[index] = "open";
      const before = quiet;
      quiet = 0;
      const made = checkDerived(context, node);
      quiet = before;
      derived[index] = made;
      return made;
    },
    assetOfNorm: (index) => {
      const found = assets[index];
      if (found === "open") return null;
      if (found !== undefined) return found;
      assets[index] = "open";
      const made = assetOf(context, index);
      assets[index] = made;
      return made;
    },
    terms: [],
    facts: [],
    accountAssets: [],
    inputs: [],
    used: new Set(),
    rough: new WeakSet(),
    ranges: new Map(),
    nextLocal: 0,
  };
  return policy === null ? context : Object.assign(context, { policy: policy(context) });
}

/** The asset of what is to be paid: that of the amount. */
function assetOf(context: Context, index: number): string | null {
  const { obligation } = context.resolved.norms[index]!;
  if (obligation.amount === null || obligation.duty?.kind === "holds") return null;
  const { assets } = context.settings;
  if (assets.length === 1) return assets[0]!.name;
  const amount = obligation.amount;
  const made = context.quietly(() => fieldValue(context, birthScope(context, index), amount, null, "the amount"));
  const type = strip(made.type);
  return !isBroken(made) && type.kind === "money" ? type.asset : null;
}
