// Text. Lengths and order are by UTF-8 bytes; letters change case by a pinned Unicode table, without locale.
import { utf8Length } from "../core/bytes.ts";
import { printLiteral } from "../vm/literal.ts";

import type { Type } from "../vm/type.ts";
import type { Value } from "../vm/value.ts";
import { isBytes, isList, isText, KIND, LIMIT, spoiled } from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { LOWER, UPPER } from "./data/letters.ts";
import { offsetsOf, partsBetween } from "./find.ts";
import { ITEMS_MAX, TEXT_MADE_MAX } from "./limits.ts";
import { simple } from "./types.ts";

/** Made of `start,count,step,difference` runs when first used. */
function letterMap(runs: string): (text: string) => string {
  let map: Map<number, number> | undefined;
  return (text) => {
    if (map === undefined) {
      map = new Map();
      for (const run of runs.split(" ")) {
        const [start, count, step, difference] = run.split(",").map((n) => Number.parseInt(n, 36)) as [
          number,
          number,
          number,
          number,
        ];
        for (let i = 0; i < count; i++) map.set(start + i * step, start + i * step + difference);
      }
    }
    let out = "";
    for (const letter of text) {
      const mapped = map.get(letter.codePointAt(0)!);
      out += mapped === undefined ? letter : String.fromCodePoint(mapped);
    }
    return out;
  };
}

const ASCII = /^[\u0000-\u007f]*$/;
const beyondLower = letterMap(LOWER);
const beyondUpper = letterMap(UPPER);
/** Letters A to Z are mapped here, the rest by the table: what the host calls lower case depends on its Unicode version. */
export const lower = (text: string): string => {
  const first = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());
  return ASCII.test(text) ? first : beyondLower(first);
};
export const upper = (text: string): string => {
  const first = text.replace(/[a-z]/g, (letter) => letter.toUpperCase());
  return ASCII.test(text) ? first : beyondUpper(first);
};

/** White_Space of Unicode, a property that does not change. All of it is one UTF-16 unit. */
const SPACE = /[\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;

/** Without white space at both ends, looking at each unit once. */
function trim(text: string): string {
  let start = 0;
  let end = text.length;
  while (start < end && SPACE.test(text[start]!)) start++;
  while (end > start && SPACE.test(text[end - 1]!)) end--;
  return text.slice(start, end);
}

/** A text, or the error limit when it is longer than a text may be. */
const made = (text: string): Value =>
  text.length * 3 > TEXT_MADE_MAX && utf8Length(text) > TEXT_MADE_MAX ? LIMIT : text;

/** Calls with texts only, as many as it takes. */
const onTexts =
  (use: (...texts: string[]) => Value) =>
  (args: readonly Value[]): Value =>
    args.length >= use.length && args.every(isText) ? use(...(args as string[])) : KIND;

function split(text: string, separator: string): Value {
  // An empty separator splits between code points.
  const parts = separator === "" ? [...text] : partsBetween(separator, text, ITEMS_MAX);
  return parts === null || parts.length > ITEMS_MAX ? LIMIT : parts;
}

function join(list: Value, separator: Value): Value {
  if (!isList(list) || !isText(separator)) return KIND;
  const broken = spoiled(list);
  if (broken !== undefined) return broken.value;
  if (!list.every(isText)) return KIND;
  const length = list.reduce<number>((sum, part) => sum + (part as string).length, 0) + separator.length * list.length;
  return length > TEXT_MADE_MAX ? LIMIT : made(list.join(separator));
}

function replace(text: string, from: string, to: string): Value {
  if (from === "") return text;
  const parts = partsBetween(from, text, TEXT_MADE_MAX + 1) ?? [];
  return text.length + parts.length * to.length > 2 * TEXT_MADE_MAX ? LIMIT : made(parts.join(to));
}

/** Canonical text of a value of one type, as it reads back. */
const printed =
  (type: Type) =>
  ([value]: readonly Value[]): Value =>
    printLiteral(value, type) ?? KIND;

const PRINTED: readonly (readonly [id: number, type: Type, signature: string, expression: string, text: string])[] = [
  [40, simple("int"), "int", "text(12)", "12"],
  [41, simple("decimal"), "decimal", "text(1.50)", "1.5"],
  [42, simple("percent"), "percent", "text(percent(10.5))", "10.5%"],
  [43, simple("bool"), "bool", "text(1 < 2)", "true"],
  [44, simple("instant"), "instant", 'text(instant("2026-01-31T12:00:00+02:00"))', "2026-01-31T10:00:00Z"],
  [45, simple("date"), "date", 'text(date("2026-01-31"))', "2026-01-31"],
  [46, simple("month"), "month", 'text(month("2026-01"))', "2026-01"],
  [47, simple("clock"), "clock", 'text(clock("18:00"))', "18:00"],
  [48, simple("duration"), "duration", 'text(duration("90 min"))', "1 h 30 min"],
  [49, { kind: "period", unit: "days" }, "period(days)", 'text(duration("2 weeks"))', "14 days"],
  [50, { kind: "period", unit: "months" }, "period(months)", 'text(duration("1 year"))', "12 months"],
  [
    51,
    { kind: "period", unit: "business days" },
    "period(business days)",
    'text(duration("10 business days"))',
    "10 business days",
  ],
  [52, simple("size"), "size", 'text(size("2048 B"))', "2 KiB"],
  [53, simple("ip"), "ip", 'text(ip("::FFFF:10.0.0.1"))', "10.0.0.1"],
  [54, simple("cidr"), "cidr", 'text(cidr("10.0.0.0/8"))', "10.0.0.0/8"],
  [55, simple("quotient"), "quotient", "text(1 / 4)", "0.25"],
];

export const TEXT: readonly Builtin[] = [
  {
    id: 20,
    name: "len",
    signature: "(text) -> int",
    fuel: 2,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Number of UTF-8 bytes, as in CUE. `runes` counts letters.",
    examples: [['len("é")', "2"]],
    run: onTexts((text) => utf8Length(text)),
  },
  {
    id: 21,
    name: "len",
    signature: "(bytes) -> int",
    fuel: 1,
    doc: "Number of bytes.",
    examples: [],
    run: ([bytes]) => (isBytes(bytes) ? bytes.length : KIND),
  },
  {
    id: 22,
    name: "runes",
    signature: "(text) -> int",
    fuel: 2,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Number of Unicode code points.",
    examples: [['runes("é")', "1"]],
    run: onTexts((text) => {
      let pairs = 0;
      for (let i = 0; i < text.length; i++) if ((text.charCodeAt(i) & 0xfc00) === 0xdc00) pairs++;
      return text.length - pairs;
    }),
  },
  {
    id: 23,
    name: "starts_with",
    signature: "(text, text) -> bool",
    fuel: 2,
    perUnit: { fuel: 1, argument: 1 },
    doc: "Whether the first text begins with the second.",
    examples: [['starts_with("invoice-7", "invoice-")', "true"]],
    run: onTexts((text, start) => text.startsWith(start)),
  },
  {
    id: 24,
    name: "ends_with",
    signature: "(text, text) -> bool",
    fuel: 2,
    perUnit: { fuel: 1, argument: 1 },
    doc: "Whether the first text ends with the second.",
    examples: [['ends_with("report.pdf", ".pdf")', "true"]],
    run: onTexts((text, end) => text.endsWith(end)),
  },
  {
    id: 25,
    name: "contains",
    signature: "(text, text) -> bool",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0, further: true },
    doc: "Whether the second text is a part of the first.",
    examples: [['contains("abc", "bc")', "true"]],
    run: onTexts((text, part) => part === "" || offsetsOf(part, text, 1).length > 0),
  },
  {
    id: 26,
    name: "lower",
    signature: "(text) -> text",
    fuel: 3,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Every letter in lower case, one letter for one, by a pinned Unicode table and no locale.",
    examples: [['lower("ÀB")', "àb"]],
    run: onTexts((text) => made(lower(text))),
  },
  {
    id: 27,
    name: "upper",
    signature: "(text) -> text",
    fuel: 3,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Every letter in upper case, one letter for one; ß stays.",
    examples: [['upper("àß")', "Àß"]],
    run: onTexts((text) => made(upper(text))),
  },
  {
    id: 28,
    name: "trim",
    signature: "(text) -> text",
    fuel: 2,
    perUnit: { fuel: 1, argument: 0 },
    doc: "The text without white space (Unicode White_Space) at both ends.",
    examples: [['trim("  a b ")', "a b"]],
    run: onTexts((text) => trim(text)),
  },
  {
    id: 29,
    name: "split",
    signature: "(text, text) -> list(text)",
    fuel: 4,
    perUnit: { fuel: 2, argument: 0, further: true },
    doc: "The parts between separators; an empty separator splits between code points. More than 1,000 parts give the error `limit`.",
    examples: [['split("a,b", ",")', '["a", "b"]']],
    run: onTexts(split),
  },
  {
    id: 30,
    name: "join",
    signature: "(list(text), text) -> text",
    fuel: 4,
    perUnit: { fuel: 8, argument: 0 },
    doc: "The texts one after the other with the separator between them.",
    examples: [['join(["a", "b"], ", ")', "a, b"]],
    run: ([list, separator]) => join(list, separator),
  },
  {
    id: 31,
    name: "replace",
    signature: "(text, text, text) -> text",
    fuel: 4,
    perUnit: { fuel: 3, argument: 0, further: true },
    doc: "Every occurrence of the second text replaced by the third; an empty second text replaces nothing.",
    examples: [['replace("a-b-c", "-", "+")', "a+b+c"]],
    run: onTexts(replace),
  },
  {
    id: 32,
    name: "concat_text",
    signature: "(text...) -> text",
    fuel: 4,
    perUnit: { fuel: 1, argument: 0, further: true },
    doc: "The texts one after the other: what an interpolation becomes.",
    examples: [['concat_text("a", "b")', "ab"]],
    run: onTexts((...texts) => {
      const length = texts.reduce((sum, text) => sum + text.length, 0);
      return length > TEXT_MADE_MAX ? LIMIT : made(texts.join(""));
    }),
  },
  {
    id: 33,
    name: "text",
    signature: "(text) -> text",
    fuel: 1,
    doc: "The text itself.",
    examples: [['text("a")', "a"]],
    run: onTexts((text) => text),
  },
  {
    id: 34,
    name: "text",
    signature: "(money(A), digits(A), asset(A)) -> text",
    fuel: 8,
    doc: "The amount with at least the digits of its minor unit, and its asset.",
    examples: [['text(money("5 USD"))', "5.00 USD"]],
    run: ([amount, digits, asset]) =>
      typeof digits === "number" && isText(asset)
        ? (printLiteral(amount, { kind: "money", asset }, () => digits) ?? KIND)
        : KIND,
  },
  {
    id: 35,
    name: "text",
    signature: "(any) -> text",
    fuel: 8,
    doc: "Canonical text of a free JSON text, number, bool or null; a list or map gives the error `kind`.",
    examples: [],
    run: ([value]) => {
      if (isText(value)) return value;
      for (const kind of ["bool", "null", "int", "decimal"] as const) {
        const text = printLiteral(value, { kind });
        if (text !== undefined) return text;
      }
      return KIND;
    },
  },
  ...PRINTED.map(
    ([id, type, signature, expression, text]): Builtin => ({
      id,
      name: "text",
      signature: `(${signature}) -> text`,
      fuel: 8,
      doc: "Canonical text, as it is written and read back.",
      examples: [[expression, text]],
      run: printed(type),
    }),
  ),
];
