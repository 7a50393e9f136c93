// Choosing among values that may be unknown. Errors are not unknown: they pass through.
import { ErrorValue } from "../vm/value.ts";
import type { Builtin } from "./builtin.ts";

export const CHOICE: readonly Builtin[] = [
  {
    id: 110,
    name: "known_first",
    signature: "(T?, T?...) -> T?",
    fuel: 2,
    doc: "The first value that is known; unknown when none is. An error before it is the result.",
    examples: [["known_first(1, 2)", "1"]],
    lazy: true,
    run: (args) => args.find((arg) => arg !== undefined),
  },
  {
    id: 111,
    name: "default",
    signature: "(T?, T) -> T",
    fuel: 2,
    doc: "The first value, or the second while the first is unknown. An error stays an error.",
    examples: [["default(1, 2)", "1"]],
    lazy: true,
    run: ([value, otherwise]) => (value === undefined ? otherwise : value),
  },
  {
    id: 112,
    name: "ok",
    signature: "(T) -> bool",
    fuel: 1,
    doc: "Whether the value is not an error. An unknown value is no error.",
    examples: [
      ["ok(1 / 2)", "true"],
      ["ok(1 / 0)", "false"],
    ],
    lazy: true,
    run: ([value]) => !(value instanceof ErrorValue),
  },
];
