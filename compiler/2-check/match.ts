// Patterns: `text =~ "…"`, compiled into the module, so that matching is linear and the same for ever.
import type { Span } from "../../lang/source.ts";
import { compilePattern } from "../../vm/pattern.ts";
import { badPattern, needsWrittenText, typeMismatch } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { bytesMax } from "./bounds.ts";
import { broken, isBroken, operation } from "./build.ts";
import type { Context } from "./context.ts";
import { BOOL, isTextLike, optionalLike, strip, TEXT, words } from "./types.ts";

/** `text =~ pattern`; the pattern is written, so that it is compiled into the module. */
export function matching(context: Context, negated: boolean, text: TExpr, pattern: TExpr, span: Span): TExpr {
  if (isBroken(text) || isBroken(pattern)) return broken(span);
  const type = strip(text.type);
  if (!isTextLike(type) && type.kind !== "any") {
    context.report(
      typeMismatch(text.span, { what: "the left side of `=~`", actual: words(type), expected: words(TEXT) }),
    );
    return broken(span);
  }
  if (pattern.kind !== "const" || typeof pattern.value !== "string") {
    context.report(needsWrittenText(pattern.span, { call: "a pattern" }));
    return broken(span);
  }
  if (!isPattern(context, pattern.value, pattern.span)) return broken(span);
  const result = optionalLike(BOOL, [text]);
  const made: TExpr = {
    kind: "match",
    text,
    pattern: pattern.value,
    bound: bytesMax(context, text),
    type: result,
    span,
  };
  return negated ? operation("not", [made], result, span) : made;
}

/** Whether a pattern compiles; reports why not. */
export function isPattern(context: Context, pattern: string, span: Span): boolean {
  const compiled = compilePattern(pattern);
  if ("pattern" in compiled) return true;
  context.report(badPattern(span, { pattern, why: compiled.reason }));
  return false;
}
