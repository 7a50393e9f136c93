// A few modules that use every part of the format and most instructions: what codec, verifier and fuzz tests start from.
import { type Decimal, decimalOf } from "../../../vm/decimal.ts";
import { mapOf } from "../../../vm/map.ts";
import type { Module } from "../../../vm/module.ts";
import type { MachineBuiltin } from "../../../vm/operations.ts";
import type { Type } from "../../../vm/type.ts";
import { ErrorValue } from "../../../vm/value.ts";
import { assemble } from "./asm.ts";

export const BUILTINS: readonly MachineBuiltin[] = [
  { id: 1, name: "first", fuel: 2, run: ([a]) => a },
  { id: 7, name: "upper", fuel: 3, perUnit: { fuel: 1, argument: 0 }, run: ([a]) => (a as string).toUpperCase() },
];

const RECORD: Type = {
  kind: "record",
  open: false,
  fields: [
    { name: "amount", type: { kind: "money", asset: "USD" }, optional: false },
    { name: "when", type: { kind: "optional", of: { kind: "instant" } }, optional: true },
    { name: "kind", type: { kind: "enum", values: ["a", "b"] }, optional: false },
    {
      name: "rows",
      type: { kind: "list", of: { kind: "union", of: [{ kind: "int" }, { kind: "text" }] }, most: 4 },
      optional: true,
    },
    { name: "more", type: { kind: "map", of: { kind: "period", unit: "days" }, most: 3 }, optional: true },
  ],
};

export function samplePolicy(): Module {
  const module = assemble(
    [
      {
        name: "total",
        params: 1,
        code: [
          ["const", 1, decimalOf(0, 0) as Decimal],
          ["const", 2, 0],
          "top",
          ["each", 3, 2, 0, "end", 4],
          ["jump_eq", 3, "skip", "on"],
          ["round_add", 1, 1, 3],
          "on",
          ["next", 2, "top"],
          "end",
          ["ret", 1],
        ],
      },
      {
        name: "main",
        params: 1,
        code: [
          ["conform", 1, 0, RECORD, 32],
          ["get", 2, 1, 0],
          ["const", 3, decimalOf(105, -3) as Decimal],
          ["mul", 4, 2, 3],
          ["field", 5, 0, "kind"],
          ["match", 6, 5, "^[ab]$", 8],
          ["jump_unless", 6, "no"],
          ["get", 7, 1, 3],
          ["call", 8, "total", 7, 1],
          ["builtin", 9, 7, 5, 1, 16],
          ["record", 10, 4, 6],
          ["jump", "end"],
          "no",
          ["fail", 10, "no match"],
          "end",
          ["trap", 10],
          ["ret", 10],
        ],
      },
    ],
    { builtins: BUILTINS, types: [{ kind: "any" }, RECORD] },
  );
  const text = "policy: sample\nrules:\n  - allow: all\n";
  return {
    ...module,
    manifest: {
      title: "Sample",
      numbers: [1, -2, 9007199254740991],
      nested: { yes: true, none: null, __proto__x: "y" },
    },
    debug: {
      sources: [{ name: "sample.yaml", text }],
      functions: [
        [
          [0, 0, 0, 14],
          [2, 0, 15, 21],
        ],
        [[0, 0, 24, 36]],
      ],
    },
  };
}

/** An agreement-shaped module: state [clock, count], events as in drive.ts; a timer is due every 10 from 10 to 30. */
export function sampleAgreement(): Module {
  const value = new ErrorValue("unstated", "constant error");
  const constant = mapOf([
    ["b", 1n << 70n],
    ["aa", Uint8Array.of(1, 2, 3)],
    ["é", value],
  ])!;
  return assemble(
    [
      {
        name: "init",
        params: 1,
        code: [
          ["const", 1, 0],
          ["const", 2, 0],
          ["record", 3, 1, 2],
          ["const", 4, null],
          ["record", 5, 3, 2],
          ["ret", 5],
        ],
      },
      {
        name: "step",
        params: 2,
        code: [
          ["get", 2, 0, 0], // clock
          ["get", 3, 0, 1], // count
          ["get", 4, 1, 3], // at
          ["const", 5, 10],
          ["add", 6, 2, 5], // next timer
          ["const", 7, 30],
          ["le", 8, 6, 7],
          ["jump_unless", 8, "event"],
          ["le", 8, 6, 4],
          ["jump_unless", 8, "event"],
          ["const", 9, 1],
          ["add", 11, 3, 9],
          ["move", 10, 6],
          ["record", 12, 10, 2],
          ["const", 13, "timer"],
          ["const", 14, "beat"],
          ["const", 15, false],
          ["const", 16, null],
          ["const", 17, []],
          ["const", 18, []],
          ["const", 19, []],
          ["move", 20, 6],
          ["record", 21, 12, 9],
          ["ret", 21],
          "event",
          ["move", 12, 0],
          ["const", 13, "event"],
          ["get", 14, 1, 1],
          ["const", 15, true],
          ["const", 16, ["not-the-party", "x", "", [constant]]],
          ["const", 17, [["pay", "USD", decimalOf(5, 0) as Decimal, "a", "b"]]],
          ["const", 18, [["seller", "hello"]]],
          ["const", 19, [["answer", 42]]],
          ["move", 20, 4],
          ["record", 21, 12, 9],
          ["ret", 21],
        ],
      },
      {
        name: "due",
        params: 1,
        code: [
          ["get", 1, 0, 0],
          ["ret", 1],
        ],
      },
      {
        name: "query",
        params: 2,
        code: [
          ["record", 2, 0, 2],
          ["ret", 2],
        ],
      },
    ],
    {
      kind: "agreement",
      entries: [
        { name: "init", function: 0, params: [0], result: 0 },
        { name: "step", function: 1, params: [0, 0], result: 0 },
        { name: "due", function: 2, params: [0], result: 0 },
        { name: "query", function: 3, params: [0, 0], result: 0 },
      ],
    },
  );
}
