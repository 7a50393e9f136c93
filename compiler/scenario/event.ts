// Steps as tests write them, made into events: written values become JSON by the types the agreement declares.
import type { Entry, Node, Scalar, TestStep } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { toJson } from "../../vm/conform.ts";
import type { EventParts } from "../../vm/drive.ts";
import { readJson } from "../../vm/json.ts";
import { guessLiteral, parseLiteral } from "../../vm/literal.ts";
import { mapOf } from "../../vm/map.ts";
import type { Type } from "../../vm/type.ts";
import { describeType } from "../../vm/type-text.ts";
import type { Value } from "../../vm/value.ts";
import * as codes from "../codes.ts";
import type { Program } from "../model.ts";
import { digitsIn } from "./show.ts";

export interface Reading {
  readonly program: Program;
  readonly diagnostics: Diagnostic[];
}

/** Key of a role in tests: the declared one, or a name nobody can sign with. */
export const didOf = (role: Program["roles"][number]): string => role.key ?? `did:test:${role.name}`;

/** Who is meant: a role, or `stranger`, whose key belongs to no role. */
export function authorOf(by: Scalar, reading: Reading): string | null {
  const role = reading.program.roles.find((each) => each.name === by.text);
  if (role !== undefined) return didOf(role);
  if (by.text === "stranger" || by.text.startsWith("did:"))
    return by.text === "stranger" ? "did:test:stranger" : by.text;
  const names = reading.program.roles.map((each) => each.name);
  reading.diagnostics.push(
    codes.testName(by.span, { kind: "party", name: by.text }, { help: didYouMean(by.text, [...names, "stranger"]) }),
  );
  return null;
}

const BUILT_IN = ["sign", "pay", "withdraw"] as const;

/** The event of an `act` step, without its time. Null when it names nothing; a diagnostic was reported. */
export function eventOf(step: TestStep & { readonly kind: "act" }, at: number, reading: Reading): EventParts | null {
  const { program } = reading;
  const by = authorOf(step.by, reading);
  const name = step.action.text;
  const action = program.actions.find((each) => each.name === name);
  const power = program.powers.find((each) => each.name === name);
  const builtIn = BUILT_IN.find((each) => each === name);
  if (action === undefined && power === undefined && builtIn === undefined) {
    const known = [
      ...program.actions.map((each) => each.name),
      ...program.powers.map((each) => each.name),
      ...BUILT_IN,
    ];
    const help = didYouMean(name, known);
    reading.diagnostics.push(codes.testName(step.action.span, { kind: "action or power", name }, { help }));
    return null;
  }
  const claim = step.inputs.find(
    (entry) => entry.key.text === "for" && !action?.inputs.some((input) => input.name === "for"),
  );
  const revoked = builtIn === "withdraw" ? step.inputs.find((entry) => entry.key.text === "of") : undefined;
  const inputs = step.inputs.filter((entry) => entry !== claim && entry !== revoked);
  const value = step.value.map((each) => moneyOf(each, reading));
  if (by === null || value.includes(null)) return null;
  return {
    kind: action !== undefined ? "act" : power !== undefined ? "use" : (builtIn as EventParts["kind"]),
    name: revoked !== undefined ? textOfNode(revoked.value) : builtIn === undefined ? name : "",
    by,
    at,
    value: value.length === 0 ? null : (value as [string, Value][]),
    inputs: inputs.length === 0 ? null : inputsOf(inputs, action?.inputs ?? [], reading),
    for: claim === undefined ? null : textOfNode(claim.value),
  };
}

const textOfNode = (node: Node): string => (node.kind === "scalar" ? node.text : "");

/** `63.00 USD` as `[asset, amount]`. */
export function moneyOf(written: Scalar, reading: Reading): readonly [string, Value] | null {
  const { type, value } = guessLiteral(written.text);
  if (type.kind === "money") return [type.asset, value];
  reading.diagnostics.push(
    codes.testValue(written.span, { text: written.text, expected: "an amount such as `63.00 USD`" }),
  );
  return null;
}

/** Inputs are handed over as JSON. What does not fit its type goes as it is written: refusing it is the agreement's part. */
function inputsOf(entries: readonly Entry[], declared: Program["actions"][number]["inputs"], reading: Reading): Value {
  const made = entries.map((entry): [string, Value] => {
    const type = declared.find((input) => input.name === entry.key.text)?.type;
    return [entry.key.text, jsonOf(entry.value, type ?? { kind: "any" }, reading.program)];
  });
  return mapOf(made) ?? null;
}

export function jsonOf(node: Node, type: Type, program: Program): Value {
  if (type.kind === "optional") return node.kind === "null" ? null : jsonOf(node, type.of, program);
  switch (node.kind) {
    case "null":
      return null;
    case "list":
      return node.items.map((item) => jsonOf(item, type.kind === "list" ? type.of : { kind: "any" }, program));
    case "map":
      return (
        mapOf(
          node.entries.map((entry): [string, Value] => {
            const field =
              type.kind === "record" ? type.fields.find((each) => each.name === entry.key.text)?.type : undefined;
            return [
              entry.key.text,
              jsonOf(entry.value, field ?? (type.kind === "map" ? type.of : { kind: "any" }), program),
            ];
          }),
        ) ?? null
      );
    case "scalar": {
      if (type.kind === "any") return plain(node);
      if (type.kind === "evidence") return evidence(node.text);
      const parsed = parseLiteral(node.text, type);
      return "value" in parsed ? toJson(parsed.value, type, digitsIn(program)) : plain(node);
    }
  }
}

/** A hash written alone stands for evidence of no stated kind. */
const evidence = (text: string): Value =>
  mapOf([
    ["hash", text],
    ["type", "application/octet-stream"],
    ["by", "did:test:author"],
  ]) ?? null;

/** JSON by the look of the text: numbers, true, false and null where they are not quoted, else text. */
function plain(node: Scalar): Value {
  if (node.quoted || !/^(-?\d|true$|false$|null$)/.test(node.text)) return node.text;
  const read = readJson(node.text);
  return "value" in read ? read.value : node.text;
}

/** A value of a declared type, for facts and terms that `given` sets. */
export function readWritten(node: Node, type: Type, reading: Reading): { readonly value: Value } | null {
  const text = node.kind === "scalar" ? node.text : node.kind === "null" ? "null" : null;
  const parsed = text === null ? { reason: "" } : parseLiteral(text, type);
  if ("value" in parsed) return { value: parsed.value };
  reading.diagnostics.push(notA(node.span, text ?? "this", type));
  return null;
}

export const notA = (span: Span, text: string, type: Type): Diagnostic =>
  codes.testValue(span, { text, expected: describeType(type) });
