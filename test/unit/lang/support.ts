// Shared by the tests of lang.
import type { Diagnostic } from "../../../lang/index.ts";

/** A tree without places and other things that differ between two spellings of the same meaning. */
export function meaning(value: unknown): unknown {
  if (value instanceof Uint8Array) return [...value];
  if (Array.isArray(value)) return value.map(meaning);
  if (value === null || typeof value !== "object") return value;
  const places = new Set(["span", "nameSpan", "opSpan", "calleeSpan", "root", "quoted", "form"]);
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key]) => !places.has(key))
      .map(([key, inner]) => [key, meaning(inner)]),
  );
}

/** `code at "text under the span"`, for tables. */
export const brief = (diagnostics: readonly Diagnostic[]): string[] =>
  diagnostics.map(({ code, span }) => `${code.slice(5)} at ${span.source.text.slice(span.start, span.end)}`);
