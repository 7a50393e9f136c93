// Overloads, generics, implicit arguments and what a mismatch says.
import { expect, test } from "vitest";
import { parseSignature, type ResolvedCall, resolveCall } from "../../../stdlib/index.ts";
import type { Type } from "../../../vm/type.ts";

const t = (kind: string): Type => ({ kind }) as Type;
const money = (asset: string): Type => ({ kind: "money", asset });
const list = (of: Type, most = 5): Type => ({ kind: "list", of, most });
const map = (of: Type, most = 5): Type => ({ kind: "map", of, most });
const optional = (of: Type): Type => ({ kind: "optional", of });
const days: Type = { kind: "period", unit: "days" };
const months: Type = { kind: "period", unit: "months" };

function resolved(name: string, args: readonly Type[], zeros: readonly number[] = []): ResolvedCall {
  const call = resolveCall(name, args, { zeros });
  if (call.kind === "mismatch") throw new Error(JSON.stringify(call));
  return call;
}

test.each<[string, string, Type[], Type]>([
  ["the same type", "abs", [t("percent")], t("percent")],
  ["numbers widen", "min", [t("int"), t("decimal")], t("decimal")],
  ["percent with percent", "max", [t("percent"), t("percent")], t("percent")],
  ["percent with decimal", "max", [t("percent"), t("decimal")], t("decimal")],
  ["a quotient spreads", "max", [t("int"), t("quotient"), t("int")], t("quotient")],
  ["money keeps its asset", "min", [money("USD"), money("USD")], money("USD")],
  ["a list of ints", "sum", [list(t("int"))], t("int")],
  ["a list of money", "sum", [list(money("EUR"))], money("EUR")],
  ["a list of quotients", "sum", [list(t("quotient"))], t("quotient")],
  ["an unknown argument", "days", [t("instant"), optional(t("instant"))], optional(days)],
  ["unknown items", "sum", [list(optional(t("int")))], optional(t("int"))],
  ["lists join their bounds", "concat", [list(t("int"), 3), list(t("decimal"), 4)], list(t("decimal"), 8)],
  ["the empty list", "concat", [list(t("any"), 0), list(t("date"), 4)], list(t("date"), 5)],
  ["keys of a map", "keys", [map(t("int"), 7)], list(t("text"), 8)],
  ["text in parts", "split", [t("text"), t("text")], list(t("text"), 1000)],
  ["a host is read as text", "starts_with", [t("host"), t("text")], t("bool")],
  ["an enumeration is read as text", "upper", [{ kind: "enum", values: ["a"] }], t("text")],
  ["a period adds by its unit", "add", [t("date"), days], t("date")],
  ["free JSON", "abs", [t("any")], t("any")],
  ["free JSON as text", "lower", [t("any")], t("text")],
  ["known for certain", "known_first", [optional(t("int")), t("int")], t("int")],
  ["maybe unknown", "known_first", [optional(t("int")), optional(t("int"))], optional(t("int"))],
  ["a default", "default", [optional(money("USD")), money("USD")], money("USD")],
  ["a default that may be unknown", "default", [optional(t("int")), optional(t("int"))], optional(t("int"))],
  ["text of anything scalar", "text", [months], t("text")],
])("%s: %s", (_, name, args, result) => {
  expect(resolved(name, args).result).toEqual(result);
});

test("the literal 0 is zero of every asset, on either side", () => {
  for (const [args, zeros] of [
    [[t("int"), money("USD")], [0]],
    [[money("USD"), t("int")], [1]],
  ] as const) {
    const call = resolved("max", args, zeros);
    expect(call.result).toEqual(money("USD"));
    expect(call.expected).toEqual([money("USD"), money("USD")]);
  }
  expect(resolveCall("max", [t("int"), money("USD")]).kind).toBe("mismatch");
});

test("implicit arguments come in order, with their asset", () => {
  expect(resolved("round_money", [money("CHF")]).implicit).toEqual(["digits(CHF)", "rounding.money"]);
  expect(resolved("days", [t("instant"), t("instant")]).implicit).toEqual(["rounding.days"]);
  expect(resolved("add", [t("instant"), months]).implicit).toEqual(["rounding.months", "zone"]);
  expect(resolved("text", [money("CHF")]).implicit).toEqual(["digits(CHF)", "asset(CHF)"]);
  expect(resolved("deadline_after", [t("instant"), { kind: "period", unit: "business days" }]).implicit).toEqual([
    "calendar",
    "zone",
  ]);
});

test("a rounding and a zone may be written as further arguments", () => {
  const rounded = resolved("days", [t("instant"), t("instant"), t("text")]);
  expect(rounded.implicit).toEqual([]);
  expect(rounded.constants).toEqual([
    { argument: 2, as: "rounding", values: expect.arrayContaining(["up", "half-even"]) },
  ]);
  const zoned = resolved("date", [t("instant"), t("text")]);
  expect(zoned.constants).toEqual([{ argument: 1, as: "zone", values: null }]);
  const both = resolved("add", [t("instant"), months, t("text"), t("text")]);
  expect(both.constants.map((each) => each.as)).toEqual(["rounding", "zone"]);
  expect(resolved("add", [t("instant"), months, t("text")]).implicit).toEqual(["zone"]);
  expect(resolved("date", [t("instant"), t("zone")]).constants).toEqual([]);
  expect(resolveCall("round_money", [money("USD"), t("int")]).kind).toBe("mismatch");
});

test("a word of a few is a constant", () => {
  const call = resolved("year_fraction", [t("date"), t("date"), t("text")]);
  expect(call.constants).toEqual([{ argument: 2, as: "enum", values: ["actual/365", "actual/360", "30/360"] }]);
});

test("an int where a decimal is asked is to be converted", () => {
  expect(resolved("min", [t("int"), t("decimal")]).expected).toEqual([t("decimal"), t("decimal")]);
  expect(resolved("contains", [list(t("decimal")), t("int")]).expected[1]).toEqual(t("decimal"));
});

test("assets and units do not mix", () => {
  const mixed = resolveCall("min", [money("USD"), money("EUR")]);
  expect(mixed).toMatchObject({
    kind: "mismatch",
    reason: "type",
    argument: 1,
    expected: "an amount of USD",
    found: "an amount of EUR",
  });
  const unit = resolveCall("add", [t("month"), days]);
  expect(unit).toMatchObject({ kind: "mismatch", reason: "type", argument: 1 });
});

test("a mismatch lists every candidate in words", () => {
  const call = resolveCall("days", [t("date"), t("instant")]);
  if (call.kind !== "mismatch") throw new Error("resolved");
  expect(call.candidates).toEqual([
    "days(instant, instant) gives days, by the document's rounding.days",
    "days(date, date) gives days",
    "days(int) gives days",
  ]);
  expect([call.reason, call.argument, call.expected, call.found]).toEqual(["type", 1, "a date", "an instant"]);
  expect(resolveCall("days", [])).toMatchObject({ kind: "mismatch", reason: "count" });
  expect(resolveCall("days", [t("int"), t("int"), t("int"), t("int")])).toMatchObject({ reason: "count" });
});

test("an unknown function suggests near ones, forms included", () => {
  expect(resolveCall("startswith", [])).toMatchObject({ reason: "unknown-function", nearest: ["starts_with"] });
  expect(resolveCall("violatd", [])).toMatchObject({ nearest: ["violated"] });
  expect(resolveCall("xyzzy", [])).toMatchObject({ nearest: [] });
});

test.each([
  "",
  "(int)",
  "(nope) -> int",
  "(zone, int) -> int",
  "([int], int) -> int",
  "(int..., zone) -> int",
  "(int) -> period(weeks)",
])("the signature %j is our own mistake", (text) => {
  expect(() => parseSignature(text)).toThrow("stdlib:");
});
