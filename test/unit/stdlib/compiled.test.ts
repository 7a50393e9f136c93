// Every example, of builtins and forms, through the whole compiler and on the machine: as derived values of one agreement.
import { expect, test } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { BUILTINS, EXAMPLE_SETTINGS, examples } from "../../../stdlib/index.ts";
import { createAgreement, createMachine, mapOf, type Value } from "../../../vm/index.ts";
import type { Type } from "../../../vm/type.ts";
import { show } from "./evaluate.ts";

const { zone, calendar, rounding } = EXAMPLE_SETTINGS;

const document = `agreement: examples
version: 1.0.0
title: Examples of the library
zone: ${zone}
calendar: {week: ${calendar.week}, holidays: ${calendar.holidays}}
rounding: {money: ${rounding.money}, days: ${rounding.days}, months: ${rounding.months}}
parties: {ann: Ann, ben: Ben}
derive:
${examples()
  .map((each, i) => `  e${i}: ${JSON.stringify(each.expression)}`)
  .join("\n")}
actions:
  act: {who: ann}
obligations:
  duty: {who: ann, must: act, by: 2030-01-01, else: nothing}
`;

/** Derived values with their types, from `query` of a new agreement. */
function derived(): { type: Type; value: Value }[] {
  const { value, diagnostics } = compile({ name: "examples.yaml", text: document });
  const wrong = diagnostics.filter((each) => each.severity === "error").map((each) => `${each.code} ${each.message}`);
  if (value === null) throw new Error(wrong.join("\n"));
  const made = createMachine(value.module, BUILTINS);
  if ("error" in made) throw new Error(`${made.error.code}: ${made.error.message}`);
  const { machine } = made;
  const fuel = Math.max(...["init", "query"].map((entry) => machine.worstFuel(entry)!));
  const driver = createAgreement(machine, 64, fuel);
  const at = Date.UTC(2026, 0, 1);
  const begun = driver.init([["did:key:ann", "did:key:ben"], mapOf([])!, at]);
  if ("fault" in begun || begun.value.state === null) throw new Error(JSON.stringify(begun));
  const seen = driver.query(begun.value.state, at);
  if ("fault" in seen) throw new Error(JSON.stringify(seen.fault));
  const view = value.module.types[value.module.entries.find((each) => each.name === "query")!.result]!;
  if (view.kind !== "record") throw new Error("no record");
  const slot = view.fields.findIndex((field) => field.name === "derived");
  const values = (seen.value as readonly Value[])[slot] as readonly Value[];
  const types = view.fields[slot]!.type;
  if (types.kind !== "record") throw new Error("no record of derived values");
  return types.fields.map((field, i) => ({ type: field.type, value: values[i] }));
}

const known = derived();

test.each(examples().map((each, i) => ({ ...each, i })))("$expression = $value", ({ value, i }) => {
  expect(show(known[i]!)).toBe(value);
});
