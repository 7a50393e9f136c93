// The bounds of checking, at each and one past it.
import { describe, expect, it } from "vitest";
import { checkDocument } from "../../compiler/index.ts";
import {
  ASSET_DIGITS_MAX,
  DECLARATIONS_MAX,
  LIST_ITEMS_MAX,
  OPEN_AT_MOST_MAX,
  TEXT_BYTES_MAX,
  TIMES_MAX,
  WAKES_MAX,
} from "../../compiler/limits.ts";
import { readDocument } from "../../lang/index.ts";
import { BOUND_MAX, CATCH_UP_MAX } from "../../vm/limits.ts";

const errors = (text: string): string[] => {
  const { value, diagnostics } = readDocument(text, "limits.yaml");
  const found = value?.kind === "agreement" ? checkDocument(value).diagnostics : [];
  return [...diagnostics, ...found].filter((each) => each.severity === "error").map((each) => each.code);
};

const head = (more = "") => `agreement: limits\nversion: 1.0.0\n${more}parties: {ann: Ann, ben: Ben}\n`;
const action = (keys: string) => `${head()}facts: {seen: 0}\nactions: {give: {who: ann, ${keys}}}\n`;

/** A document with the bound's value at `n`, the bound, and the code one past it. */
const BOUNDS: readonly (readonly [name: string, document: (n: number) => string, most: number, code: string])[] = [
  ["catch_up", (n) => `${head(`catch_up: ${n}\n`)}`, CATCH_UP_MAX, "compiler/bad-number"],
  ["digits of an asset", (n) => `${head()}assets: {points: {digits: ${n}}}\n`, ASSET_DIGITS_MAX, "compiler/bad-number"],
  ["times", (n) => action(`times: ${n}`), TIMES_MAX, "compiler/bad-number"],
  ["bytes of a text", (n) => action(`with: {t: {type: text, most: ${n}}}`), TEXT_BYTES_MAX, "compiler/bad-number"],
  ["items of a list", (n) => action(`with: {t: list(int) up to ${n}}`), LIST_ITEMS_MAX, "compiler/too-many"],
  [
    "rounds of nested loops",
    (n) =>
      action(
        `with: {a: list(int) up to 1024, b: list(int) up to ${n}}, then: {seen: 'count([for x in a for y in b {x}])'}`,
      ),
    BOUND_MAX / 1024,
    "compiler/too-many",
  ],
  [
    "open instances",
    (n) => `${action("")}obligations: {x: {who: ann, must: give, open_at_most: ${n}, else: nothing}}\n`,
    OPEN_AT_MOST_MAX,
    "compiler/bad-number",
  ],
  [
    "declarations of a section",
    (n) => `${head()}facts:\n${Array.from({ length: n }, (_, i) => `  f${i}: 0\n`).join("")}`,
    DECLARATIONS_MAX,
    "compiler/too-many",
  ],
  [
    "wakes of a condition",
    (n) =>
      `${action("")}obligations: {x: {who: ann, must: give, else: nothing, when: ${Array.from({ length: n }, (_, i) => `now > instant("2026-01-01T00:00:${String(i % 60).padStart(2, "0")}Z")`).join(" || ")}}}\n`.replace(
        /when: (.*)\}\}\n$/,
        "when: '$1'}}\n",
      ),
    WAKES_MAX,
    "compiler/time-condition",
  ],
];

describe("bounds of checking", () => {
  it.each(BOUNDS)("%s", (_, document, most, code) => {
    expect(errors(document(most))).toEqual([]);
    expect(errors(document(most + 1))).toEqual([code]);
  });

  it("a long chain of operators is walked without deep recursion", () => {
    expect(errors(action(`then: {seen: '${Array.from({ length: 250 }, () => "1").join(" + ")}'}`))).toEqual([]);
  });

  it("a long chain of derived values is read in order", () => {
    const chain = Array.from({ length: 900 }, (_, i) => `  d${i}: ${i === 0 ? "1" : `d${i - 1} + 1`}\n`).reverse();
    expect(errors(`${head()}derive:\n${chain.join("")}`)).toEqual([]);
  });

  it("derived values that read each other twice cost no more than their number", () => {
    const doubled = (first: string, op: string) =>
      Array.from({ length: 200 }, (_, i) => `  d${i}: ${i === 0 ? first : `d${i - 1} ${op} d${i - 1}`}\n`).join("");
    const text = (first: string, op: string, rest: string) =>
      `${action("then: {seen: 3}")}terms: {fee: 1.00 EUR}\nderive:\n${doubled(first, op)}${rest}`;
    expect(errors(text("seen + 1", "+", "limits: {l: d199 < 5}\n"))).toEqual([]);
    expect(
      errors(text("fee", "-", "obligations: {x: {who: ann, to: ben, must: pay, amount: d199, else: nothing}}\n")),
    ).toEqual([]);
    expect(errors(text("'seen > 1'", "&&", "limits: {l: d199}\n"))).toEqual([]);
    const timed = text(
      "'now > instant(\"2026-01-01T00:00:00Z\")'",
      "&&",
      "obligations: {x: {who: ann, must: give, when: d199, else: nothing}}\n",
    );
    expect(errors(timed)).toEqual([]);
    const nested = `${"choose(".repeat(40)}seen > 1${", seen > 2, seen > 3)".repeat(40)}`;
    expect(errors(`${action("then: {seen: 3}")}limits: {l: '${nested}'}\n`)).toEqual([]);
  });
});
