// The examples of the table, for a test that compiles and runs each of them.
import { BUILTINS, FORMS } from "./table.ts";

/** What the document around an example declares; examples that read the document's settings rely on it. */
export const EXAMPLE_SETTINGS = {
  zone: "Europe/London",
  calendar: { week: "Mon-Fri", holidays: "england-and-wales" },
  rounding: { money: "half-up", days: "up", months: "down" },
} as const;

export interface Example {
  /** Id of the builtin it documents; null for a form. */
  readonly builtin: number | null;
  readonly name: string;
  readonly expression: string;
  /** Canonical text of its value; a list as JSON of its items' texts, where numbers stand bare. */
  readonly value: string;
}

export function examples(): readonly Example[] {
  const of = (builtin: number | null, name: string, rows: readonly (readonly [string, string])[]): Example[] =>
    rows.map(([expression, value]) => ({ builtin, name, expression, value }));
  return [
    ...BUILTINS.flatMap((each) => of(each.id, each.name, each.examples)),
    ...FORMS.flatMap((each) => of(null, each.name, each.examples)),
  ];
}
