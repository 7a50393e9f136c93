// The settings at the top of a document: what a day, a working day and a rounded amount are, and the assets it uses. A
// setting is required as soon as something uses it, and the message names that use.
import type { Agreement, Node, Scalar } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { calendarConstant, holidayNames } from "../../stdlib/calendar.ts";
import { CURRENCIES } from "../../stdlib/data/currencies.ts";
import { HOLIDAYS } from "../../stdlib/data/holidays.ts";
import { ROUNDING_TEXTS } from "../../stdlib/resolve.ts";
import { zoneConstant, zoneNames } from "../../stdlib/zone.ts";
import { ROUNDING_MODES } from "../../vm/decimal.ts";
import { CATCH_UP_DEFAULT, CATCH_UP_MAX } from "../../vm/limits.ts";
import { parseLiteral } from "../../vm/literal.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";
import { badNumber, badSetting, missingSetting, unknownAsset } from "../codes.ts";
import { ASSET_DIGITS_MAX } from "../limits.ts";
import type { RoundingMode, TExpr } from "../model.ts";
import { broken, constant } from "./build.ts";
import { DATE, DURATION, INSTANT, INT, simple, TEXT } from "./types.ts";

type Report = (diagnostic: Diagnostic) => void;
type Rounding = "money" | "days" | "months";

export interface AssetDecl {
  readonly name: string;
  readonly digits: number;
  readonly unique: boolean;
}

export class Settings {
  readonly ticks: boolean;
  readonly catchUp: number;
  readonly roundingMoney: RoundingMode | null;
  readonly #document: Agreement;
  readonly #declared: readonly AssetDecl[];
  #assets: readonly AssetDecl[] | null = null;
  /** With `clock: ticks` instants and durations are integers. */
  readonly instant: Type;
  readonly duration: Type;
  readonly #report: Report;
  readonly #zone: Value;
  readonly #calendar: Value;
  readonly #rounding: Record<Rounding, string | null>;
  /** Settings that were reported missing or wrong: once is enough. */
  readonly #reported = new Set<string>();

  constructor(document: Agreement, report: Report) {
    this.#report = report;
    this.ticks = this.#oneOf(document.clock, ["time", "ticks"]) === "ticks";
    this.instant = this.ticks ? INT : INSTANT;
    this.duration = this.ticks ? INT : DURATION;
    this.catchUp =
      wholeNumber(document.catchUp, { key: "catch_up", min: 1, max: CATCH_UP_MAX, report }) ?? CATCH_UP_DEFAULT;
    this.#rounding = {
      money: this.#oneOf(document.rounding?.money ?? null, ROUNDING_MODES),
      days: this.#oneOf(document.rounding?.days ?? null, ROUNDING_TEXTS["rounding.days"]!),
      months: this.#oneOf(document.rounding?.months ?? null, ROUNDING_TEXTS["rounding.months"]!),
    };
    for (const key of ["money", "days", "months"] as const)
      if (document.rounding?.[key] != null && this.#rounding[key] === null) this.#reported.add(`rounding.${key}`);
    this.roundingMoney = this.#rounding.money as RoundingMode | null;
    this.#zone = this.#readZone(document.zone);
    this.#calendar = this.#readCalendar(document);
    this.#document = document;
    this.#declared = declaredAssets(document, report);
  }

  /** Declared assets, then the currencies the document names, in order of the text. Looked for when they are asked for: most policies name
   *  none, and all of their text would be gone through. */
  get assets(): readonly AssetDecl[] {
    this.#assets ??= [
      ...this.#declared,
      ...[...currenciesIn(this.#document)].map((name) => ({ name, digits: currencies.get(name)!, unique: false })),
    ];
    return this.#assets;
  }

  /** Number of the asset in the Program; undefined when there is none of that name. */
  assetIndex(name: string): number | undefined {
    const index = this.assets.findIndex((asset) => asset.name === name);
    return index < 0 ? undefined : index;
  }

  digitsOf(name: string): number {
    return this.assets.find((asset) => asset.name === name)?.digits ?? 0;
  }

  /** The argument an implicit parameter stands for: `zone`, `calendar`, `rounding.days`, `digits(USD)` … `use` is what needs it. */
  implicit(name: string, use: string, span: Span): TExpr {
    const asset = /^(digits|asset)\((.*)\)$/.exec(name);
    if (asset?.[1] === "digits") return constant(INT, this.digitsOf(asset[2]!), span);
    if (asset?.[1] === "asset") return constant(TEXT, asset[2]!, span);
    if (name === "zone" || name === "calendar") {
      const value = name === "zone" ? this.#zone : this.#calendar;
      return value === undefined ? this.#missing(name, use, span) : constant(simple(name), value, span);
    }
    const mode = this.#rounding[name.slice("rounding.".length) as Rounding];
    return mode === null ? this.#missing(name, use, span) : constant(TEXT, mode, span);
  }

  has(name: "zone" | "calendar"): boolean {
    return (name === "zone" ? this.#zone : this.#calendar) !== undefined;
  }

  #missing(setting: string, use: string, span: Span): TExpr {
    if (!this.#reported.has(setting)) {
      this.#reported.add(setting);
      if (this.ticks && setting !== "rounding.money")
        this.#report(
          missingSetting(
            span,
            { use, setting: "clock: time" },
            { help: "with `clock: ticks` there are no days, zones or calendars: count ticks" },
          ),
        );
      else this.#report(missingSetting(span, { use, setting }, { help: EXAMPLES[setting] }));
    }
    return broken(span);
  }

  #wrong(setting: string, scalar: Scalar, expected: string, help: string | undefined): undefined {
    this.#reported.add(setting);
    this.#report(badSetting(scalar.span, { value: scalar.text, expected }, { help }));
  }

  #oneOf(scalar: Scalar | null, words: readonly string[]): string | null {
    if (scalar === null || words.includes(scalar.text)) return scalar?.text ?? null;
    const near = didYouMean(scalar.text, words);
    this.#report(
      badSetting(
        scalar.span,
        { value: scalar.text, expected: `one of ${words.map((word) => `\`${word}\``).join(", ")}` },
        { help: near },
      ),
    );
    return null;
  }

  #readZone(scalar: Scalar | null): Value {
    if (scalar === null) return undefined;
    return (
      zoneConstant(scalar.text) ??
      this.#wrong("zone", scalar, "a zone of the IANA time zone database", didYouMean(scalar.text, zoneNames()))
    );
  }

  #readCalendar(document: Agreement): Value {
    const { calendar } = document;
    if (calendar === null) return undefined;
    const names =
      calendar.holidays === null ? [] : "kind" in calendar.holidays ? [calendar.holidays] : calendar.holidays;
    const dates: number[] = [];
    const named: (typeof HOLIDAYS)[number][] = [];
    for (const name of names) {
      const date = dateOf(name.text);
      const list = HOLIDAYS.find((each) => each.name === name.text);
      if (date !== undefined) dates.push(date);
      else if (list !== undefined) named.push(list);
      else {
        const near = didYouMean(name.text, holidayNames());
        return this.#wrong(
          "calendar",
          name,
          "a holiday calendar or a date",
          near ?? `known calendars: ${holidayNames().join(", ")}`,
        );
      }
    }
    const week = calendar.week?.text ?? "Mon-Fri";
    const only = named.length === 1 && dates.length === 0 ? named[0]!.name : null;
    const made = calendarConstant(week, only ?? [...dates, ...named.flatMap((each) => each.days)]);
    if ("reason" in made) {
      const place = made.reason === "week" ? (calendar.week ?? names[0]) : (names[0] ?? calendar.week);
      const expected =
        made.reason === "week" ? "a working week such as `Mon-Fri`" : "a list of holidays that a calendar can hold";
      const scalar: Scalar = place ?? { kind: "scalar", text: "calendar", quoted: false, span: calendar.span };
      return this.#wrong("calendar", scalar, expected, undefined);
    }
    if (named.length === 0 || only !== null) return made.value;
    // Several lists together are known only where each of them is.
    const [, days, , , holidays] = made.value as [string, number, number, number, readonly number[]];
    const from = Math.max(...named.map((each) => each.from));
    const to = Math.min(...named.map((each) => each.to));
    return ["", days, from, to, holidays.filter((day) => day >= from && day <= to)];
  }
}

/** Days since 1970-01-01 of a written date, undefined when it is none. */
function dateOf(text: string): number | undefined {
  const parsed = parseLiteral(text, DATE);
  return "value" in parsed && typeof parsed.value === "number" ? parsed.value : undefined;
}

const EXAMPLES: Readonly<Record<string, string>> = {
  zone: "add the zone whose days are meant, for example `zone: Europe/London`",
  calendar: "add `calendar: {week: Mon-Fri, holidays: england-and-wales}`",
  "rounding.money": "add `rounding: {money: half-up}`",
  "rounding.days": "add `rounding: {days: up}` (a part of a day counts as a whole day) or `{days: down}`",
  "rounding.months":
    "add `rounding: {months: down}` (the last day of a shorter month) or `{months: up}` (the first of the next)",
};

/** A whole number of the document in a range; reports and gives null otherwise. */
export function wholeNumber(
  scalar: Scalar | null,
  options: { readonly key: string; readonly min: number; readonly max: number; readonly report: Report },
): number | null {
  if (scalar === null) return null;
  const value = /^\d{1,15}$/.test(scalar.text) ? Number(scalar.text) : Number.NaN;
  if (value >= options.min && value <= options.max) return value;
  options.report(
    badNumber(scalar.span, {
      key: options.key,
      value: scalar.text,
      expected: `a whole number from ${options.min} to ${options.max}`,
    }),
  );
  return null;
}

const currencies = new Map(CURRENCIES.map(([code, digits]) => [code, digits]));

export const isCurrency = (name: string): boolean => currencies.has(name);
export const currencyCodes = (): Iterable<string> => currencies.keys();

function declaredAssets(document: Agreement, report: Report): AssetDecl[] {
  const assets: AssetDecl[] = [];
  for (const each of document.assets) {
    const name = each.name.text;
    if (currencies.has(name) || !/^[\p{L}_][\p{L}\p{Nd}_]*$/u.test(name)) {
      report(
        unknownAsset(
          each.name.span,
          { name },
          {
            help: currencies.has(name)
              ? `\`${name}\` is a currency already: it needs no declaration`
              : "use letters, digits and `_`",
          },
        ),
      );
      continue;
    }
    const digits = wholeNumber(each.digits, { key: `digits of ${name}`, min: 0, max: ASSET_DIGITS_MAX, report }) ?? 0;
    assets.push({ name, digits, unique: each.unique });
  }
  return assets;
}

/** Sections whose text is for people or for tests: a currency there is not used by the rules. */
const SILENT = new Set(["tests", "title", "about", "note", "message", "name", "agreement", "version"]);

const CAPITALS = /[A-Z]{3}/;

/** ISO codes behind a number, in `money(…)` or as an `asset`, in order of the text. */
function currenciesIn(document: Agreement): Set<string> {
  const found = new Set<string>();
  // Most texts have no such letters at all.
  const scan = (text: string): void => {
    if (!CAPITALS.test(text)) return;
    for (const match of text.matchAll(/(?:\d\s?|\bmoney\(\s*)([A-Z]{3})\b/g))
      if (currencies.has(match[1]!)) found.add(match[1]!);
  };
  const walk = (node: Node): void => {
    if (node.kind === "scalar") scan(node.text);
    else if (node.kind === "list") for (const item of node.items) walk(item);
    else if (node.kind === "map")
      for (const entry of node.entries) {
        if (
          SILENT.has(entry.key.text) &&
          (node === document.root || entry.key.text === "note" || entry.key.text === "message")
        )
          continue;
        scan(entry.key.text);
        if (entry.key.text === "asset" && entry.value.kind === "scalar" && currencies.has(entry.value.text))
          found.add(entry.value.text);
        walk(entry.value);
      }
  };
  walk(document.root);
  return found;
}
