// What the author did wrong, as data: returned by every phase, never thrown. Each code has a page in docs/errors/, from
// which `npm run generate` makes one constructor in the folder's codes.ts; nothing else builds a diagnostic.
import { SHOWN_TEXT_UNITS_MAX } from "./limits.ts";
import type { Span } from "./source.ts";
import { visible } from "./visible.ts";

export type Severity = "error" | "warning";

/** A stable word after the name of its folder: `lang/unknown-key`. Control flow reads this, never the message. */
export type Code = `${string}/${string}`;

/** Another place that contributed, with what is to be seen there. */
export interface Label {
  readonly span: Span;
  readonly text: string;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: Severity;
  /** One line, lower case, no full stop; the author's text in backticks. */
  readonly message: string;
  readonly span: Span;
  readonly labels: readonly Label[];
  /** One thing to do. May have several lines. */
  readonly help?: string;
}

/** What every phase yields: as much as could be read, and what was wrong. */
export interface Outcome<T> {
  readonly value: T;
  readonly diagnostics: readonly Diagnostic[];
}

/** What a constructor takes beside place and parameters. A label on the diagnostic's own span explains the caret. */
export interface More {
  readonly labels?: readonly Label[] | undefined;
  readonly help?: string | undefined;
}

/** A parameter of a message. */
export type Shown = string | number;

/** A parameter as it stands in a message: on one line, hidden characters shown, cut when very long. */
export function show(value: Shown): string {
  const text = String(value);
  // Cut before replacing: the value may be megabytes.
  const cut = text.length > SHOWN_TEXT_UNITS_MAX ? `${text.slice(0, SHOWN_TEXT_UNITS_MAX).trimEnd()}…` : text;
  return visible(cut.replace(/\s*[\r\n]\s*/g, " "));
}

/** Used by the generated constructors only. */
export function diagnostic(
  code: Code,
  severity: Severity,
  message: string,
  span: Span,
  more: More | undefined,
  help: string | undefined,
): Diagnostic {
  const advice = more?.help ?? help;
  return {
    code,
    severity,
    message,
    span,
    labels: more?.labels ?? [],
    ...(advice === undefined ? {} : { help: advice }),
  };
}

export const hasErrors = (diagnostics: readonly Diagnostic[]): boolean =>
  diagnostics.some((each) => each.severity === "error");
