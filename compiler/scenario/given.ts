// `given:` — what a test starts from. Facts and balances are written into the state record, by the field names of its type.
import type { Entry, TestStep } from "../../lang/ast.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { toJson } from "../../vm/conform.ts";
import type { Type } from "../../vm/type.ts";
import type { Value } from "../../vm/value.ts";
import * as codes from "../codes.ts";
import { type Reading, readWritten } from "./event.ts";
import { digitsIn } from "./show.ts";

export type Given = TestStep & { readonly kind: "given" };

/** JSON of the terms to offer. */
export function givenTerms(given: Given, reading: Reading): (readonly [string, Value])[] {
  return given.terms.flatMap((entry): (readonly [string, Value])[] => {
    const name = entry.key.text;
    const term = reading.program.terms.find((each) => each.name === name);
    if (term === undefined) {
      unknown(entry, "term", reading.program.terms, reading);
      return [];
    }
    if (!term.asked) {
      reading.diagnostics.push(
        codes.testGiven(entry.key.span, {
          what: `term \`${name}\``,
          reason: "it is written, not asked for at signing",
        }),
      );
      return [];
    }
    const read = readWritten(entry.value, term.type, reading);
    return read === null ? [] : [[name, toJson(read.value, term.type, digitsIn(reading.program))]];
  });
}

/** The state with the given facts, balances and business state; `type` is the type of the state record. */
export function givenState(given: Given, state: Value, type: Type, reading: Reading): Value {
  let now = state;
  for (const entry of given.facts) now = setNamed(now, type, ["facts"], entry, "fact", reading);
  for (const entry of given.accounts) now = setNamed(now, type, ["balances"], entry, "account", reading);
  if (given.state !== null) now = setState(given.state.text, given, now, type, reading);
  return now;
}

const NAMES = {
  fact: (reading: Reading) => reading.program.facts,
  account: (reading: Reading) => reading.program.accounts,
} as const;

function setNamed(
  state: Value,
  type: Type,
  path: readonly string[],
  entry: Entry,
  kind: keyof typeof NAMES,
  reading: Reading,
): Value {
  const name = entry.key.text;
  const field = typeAt(type, [...path, name]);
  if (field === null) {
    unknown(entry, kind, NAMES[kind](reading), reading);
    return state;
  }
  const read = readWritten(entry.value, field, reading);
  return read === null ? state : replaced(state, type, [...path, name], read.value);
}

function setState(name: string, given: Given, state: Value, type: Type, reading: Reading): Value {
  const span = given.state?.span ?? given.span;
  const region = reading.program.regions.find((each) => each.states.some((one) => one.name === name));
  const declared = region?.states.find((each) => each.name === name);
  if (region === undefined || declared === undefined) {
    const names = reading.program.regions.flatMap((each) => each.states.map((one) => one.name));
    reading.diagnostics.push(codes.testName(span, { kind: "state", name }, { help: didYouMean(name, names) }));
    return state;
  }
  if (declared.after.length > 0 || declared.enter !== null) {
    const reason = "entering it starts a deadline or has effects; reach it by steps";
    reading.diagnostics.push(codes.testGiven(span, { what: `state \`${name}\``, reason }));
    return state;
  }
  const cleared = replaced(state, type, ["regions", region.name, "deadlines"], []);
  return replaced(cleared, type, ["regions", region.name, "state"], name);
}

function typeAt(type: Type, path: readonly string[]): Type | null {
  const [name, ...rest] = path;
  if (name === undefined) return type;
  if (type.kind !== "record") return null;
  const field = type.fields.find((each) => each.name === name);
  return field === undefined ? null : typeAt(field.type, rest);
}

/** A record with one field, at a path of names, replaced. */
function replaced(value: Value, type: Type, path: readonly string[], to: Value): Value {
  const [name, ...rest] = path;
  if (name === undefined) return to;
  if (type.kind !== "record" || !Array.isArray(value)) return value;
  return value.map((item: Value, at) => {
    const field = type.fields[at];
    return field?.name === name ? replaced(item, field.type, rest, to) : item;
  });
}

function unknown(entry: Entry, kind: string, declared: readonly { readonly name: string }[], reading: Reading): void {
  const name = entry.key.text;
  const help = didYouMean(
    name,
    declared.map((each) => each.name),
  );
  reading.diagnostics.push(codes.testName(entry.key.span, { kind, name }, { help }));
}
