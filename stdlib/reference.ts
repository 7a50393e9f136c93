// docs/stdlib.md, written from the table.

import { civilFromDays } from "./civil.ts";
import { CURRENCIES } from "./data/currencies.ts";
import { HOLIDAYS } from "./data/holidays.ts";
import { UNICODE_VERSION } from "./data/letters.ts";
import { CURRENCIES_AS_OF } from "./money.ts";
import { FORM_GROUPS, NAMESPACES } from "./table.ts";
import { ZONES_VERSION, zoneNames } from "./zone.ts";

/** Text in a cell of a Markdown table. */
const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ");
/** Code in a cell; GFM reads `\|` inside code as a bar. */
const code = (text: string): string => `\`${cell(text)}\``;

const exampleCell = (examples: readonly (readonly [string, string])[]): string =>
  examples.map(([expression, value]) => `${code(expression)} = ${code(value)}`).join("<br>");

export function stdlibReference(): string {
  const lines: string[] = [
    "<!-- Generated from stdlib/table.ts by `npm run generate`. Do not edit. -->",
    "# Standard library",
    "",
    "Every function is total: it gives a value, *unknown* when an argument is unknown, or an error value. Parameters named",
    "`zone`, `calendar`, `rounding.…` are taken from the document; a zone or a rounding may also be written as a further",
    "argument. `digits(A)` and `asset(A)` belong to the asset of the amount. `T` stands for any type, `N` for a number, `Q` for",
    "a number, an amount, a span of time or a size, `O` for any ordered type, `A` for one asset; `...` may be repeated. Fuel is",
    "charged on top of the instruction's own; `+ n` is charged for each byte of a text, item of a list or unit of a number.",
    "",
  ];
  for (const { title, builtins } of NAMESPACES) {
    lines.push(`## ${title}`, "", "| Function | Gives | Fuel | Examples |", "|---|---|---|---|");
    for (const builtin of builtins) {
      const fuel = builtin.perUnit === undefined ? `${builtin.fuel}` : `${builtin.fuel} + ${builtin.perUnit.fuel}`;
      lines.push(
        `| ${code(builtin.name + builtin.signature)} | ${cell(builtin.doc)} | ${fuel} | ${exampleCell(builtin.examples)} |`,
      );
    }
    lines.push("");
  }
  lines.push("# Forms", "", "Names that look like calls and are built into the compiler.", "");
  for (const { title, forms } of FORM_GROUPS) {
    lines.push(`## ${title}`, "", "| Form | Gives | Examples |", "|---|---|---|");
    for (const form of forms) {
      const head = form.signature.startsWith("(") ? form.name + form.signature : form.signature;
      lines.push(`| ${code(head)} | ${cell(form.doc)} | ${exampleCell(form.examples)} |`);
    }
    lines.push("");
  }
  lines.push(
    "# Pinned data",
    "",
    "| Data | Contents | Source |",
    "|---|---|---|",
    `| zones | ${zoneNames().length} names | IANA time zone database ${ZONES_VERSION} |`,
    `| currencies | ${CURRENCIES.length} codes | ISO 4217 as of ${CURRENCIES_AS_OF} |`,
    `| letters | simple case mappings | Unicode ${UNICODE_VERSION} |`,
    ...HOLIDAYS.map(
      (each) =>
        `| holidays \`${each.name}\` | ${civilFromDays(each.from)[0]} to ${civilFromDays(each.to)[0]} | ${cell(each.about)} |`,
    ),
    "",
    "A zone or calendar a document names becomes a constant of its module, so a later release of the data changes nothing for it.",
    "",
  );
  return lines.join("\n");
}
