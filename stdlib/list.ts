// Lists. An item may be an error or unknown: what reads its value passes that on, what only counts items does not.
import { add, roundAdd } from "../vm/arithmetic.ts";
import { Decimal, ZERO } from "../vm/decimal.ts";
import { VALUE_DEPTH_MAX } from "../vm/limits.ts";
import { and, compareValues, equalWithin, not, or, type Parts } from "../vm/order.ts";
import { ErrorValue, MapValue, type Value } from "../vm/value.ts";
import { asDecimal, isBytes, isList, isNumeric, isText, KIND, LIMIT, spoiled } from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { COMPARED_PAIRS_MAX, COMPARED_PARTS_MAX, ITEMS_MAX } from "./limits.ts";

/** Kleene membership by `==`: true when one item is equal, else the first error, else unknown when one is unknown. */
function member(list: readonly Value[], wanted: Value): Value {
  // Each item is paid for; the depth of records among them is what needs a bound.
  const parts: Parts = { count: 0, most: list.length + COMPARED_PARTS_MAX };
  for (const item of list) {
    if (item !== undefined && !(item instanceof ErrorValue) && equalWithin(item, wanted, parts)) return true;
    if (parts.count > parts.most) return LIMIT;
  }
  const broken = spoiled(list);
  return broken === undefined ? false : broken.value;
}

/** A text that is the same for equal scalars only; undefined for lists, maps, bytes, errors and unknowns. */
function scalarKey(value: Value): string | undefined {
  if (isText(value)) return `"${value}`;
  if (isNumeric(value)) {
    const { coefficient, exponent } = asDecimal(value);
    return `${coefficient}e${exponent}`;
  }
  return typeof value === "boolean" || value === null ? String(value) : undefined;
}

/** The keys of a list of scalars, or undefined when it has another item. */
function scalarKeys(list: readonly Value[]): ReadonlySet<string> | undefined {
  const keys = new Set<string>();
  for (const item of list) {
    const key = scalarKey(item);
    if (key === undefined) return undefined;
    keys.add(key);
  }
  return keys;
}

/** Whether values of `wanted` are in `list`: all of them, or any of them. Scalars are looked up; other values are compared
 *  pair by pair, and then the lengths together are bounded. */
function members(list: Value, wanted: Value, start: boolean, join: (a: Value, b: Value) => Value): Value {
  if (!isList(list) || !isList(wanted)) return KIND;
  const keys = scalarKeys(list);
  if (keys === undefined && list.length * wanted.length > COMPARED_PAIRS_MAX) return LIMIT;
  let result: Value = start;
  for (const each of wanted) {
    result = join(result, memberOf(list, keys, each));
    if (result === !start) return result;
  }
  return result;
}

function memberOf(list: readonly Value[], keys: ReadonlySet<string> | undefined, wanted: Value): Value {
  if (wanted === undefined || wanted instanceof ErrorValue) return wanted;
  if (keys === undefined) return member(list, wanted);
  const key = scalarKey(wanted);
  return key !== undefined && keys.has(key);
}

function total(list: Value, zero: Value, plus: (a: Value, b: Value) => Value): Value {
  if (!isList(list)) return KIND;
  const broken = spoiled(list);
  if (broken !== undefined) return broken.value;
  let sum = zero;
  for (const item of list) {
    sum = plus(sum, item);
    if (sum instanceof ErrorValue) return sum;
  }
  return sum;
}

function kleene(list: Value, start: boolean, join: (a: Value, b: Value) => Value): Value {
  if (!isList(list)) return KIND;
  let result: Value = start;
  for (const item of list) {
    result = join(result, item);
    if (result === !start) return result;
  }
  return result;
}

function sorted(list: Value): Value {
  if (!isList(list)) return KIND;
  const broken = spoiled(list);
  if (broken !== undefined) return broken.value;
  const first = list[0];
  for (const item of list) if (compareValues(first, item) === undefined) return KIND;
  return [...list].sort((a, b) => compareValues(a, b)!);
}

/** Whether no two items are written the same: text that is one for the same value of the same kind. */
function distinct(list: Value): Value {
  if (!isList(list)) return KIND;
  const broken = spoiled(list);
  if (broken !== undefined) return broken.value;
  const room = { parts: list.length + COMPARED_PARTS_MAX };
  const seen = new Set<string>();
  for (const item of list) {
    const key = identity(item, room);
    if (key === undefined) return LIMIT;
    seen.add(key);
  }
  return seen.size === list.length;
}

/** Undefined when there is no room for its parts. */
function identity(value: Value, room: { parts: number }, depth = 0): string | undefined {
  if (--room.parts < 0 || depth > VALUE_DEPTH_MAX) return undefined;
  if (isText(value)) return JSON.stringify(value);
  if (value instanceof Decimal) return `${value.coefficient}e${value.exponent}`;
  const items = isList(value) ? value : value instanceof MapValue ? value.values : null;
  if (items === null) return isBytes(value) ? `'${value.join()}'` : String(value);
  const parts: string[] = [];
  for (const [at, item] of items.entries()) {
    const part = identity(item, room, depth + 1);
    if (part === undefined) return undefined;
    parts.push(value instanceof MapValue ? `${JSON.stringify(value.keys[at])}:${part}` : part);
  }
  return value instanceof MapValue ? `{${parts.join()}}` : `[${parts.join()}]`;
}

export const LIST: readonly Builtin[] = [
  {
    id: 60,
    name: "count",
    signature: "(list(T)) -> int",
    fuel: 1,
    doc: "Number of items.",
    examples: [["count([4, 5, 6])", "3"]],
    run: ([list]) => (isList(list) ? list.length : KIND),
  },
  {
    id: 61,
    name: "len",
    signature: "(list(T)) -> int",
    fuel: 1,
    doc: "Number of items, as `count`.",
    examples: [["len([4, 5, 6])", "3"]],
    run: ([list]) => (isList(list) ? list.length : KIND),
  },
  {
    id: 62,
    name: "sum",
    signature: "(list(int)) -> int",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0 },
    doc: "All items together; 0 for an empty list.",
    examples: [
      ["sum([1, 2, 3])", "6"],
      ["sum([])", "0"],
    ],
    run: ([list]) => total(list, 0, add),
  },
  {
    id: 63,
    name: "sum",
    signature: "(list(decimal)) -> decimal",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0 },
    doc: "All items together, exact.",
    examples: [["sum([0.1, 0.2])", "0.3"]],
    run: ([list]) => total(list, ZERO, add),
  },
  {
    id: 64,
    name: "sum",
    signature: "(list(percent)) -> percent",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0 },
    doc: "All items together, exact.",
    examples: [["sum([percent(20), percent(30)])", "50%"]],
    run: ([list]) => total(list, ZERO, add),
  },
  {
    id: 65,
    name: "sum",
    signature: "(list(money(A))) -> money(A)",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0 },
    doc: "All amounts together, exact.",
    examples: [['sum([money("1.10 USD"), money("2.20 USD")])', "3.30 USD"]],
    run: ([list]) => total(list, ZERO, add),
  },
  {
    id: 66,
    name: "sum",
    signature: "(list(quotient)) -> quotient",
    fuel: 2,
    perUnit: { fuel: 3, argument: 0 },
    doc: "All items together, each step rounded at 34 digits as `+` on a quotient.",
    examples: [["round(sum([1 / 3, 2 / 3]), 5)", "1.0"]],
    run: ([list]) => total(list, ZERO, roundAdd),
  },
  {
    id: 67,
    name: "sum",
    signature: "(list(duration)) -> duration",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0 },
    doc: "All spans together.",
    examples: [['sum([duration("1 h"), duration("30 min")])', "1 h 30 min"]],
    run: ([list]) => total(list, 0, add),
  },
  {
    id: 68,
    name: "sum",
    signature: "(list(size)) -> size",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0 },
    doc: "All sizes together.",
    examples: [['sum([size("1 KiB"), size("1 KiB")])', "2 KiB"]],
    run: ([list]) => total(list, 0, add),
  },
  {
    id: 69,
    name: "sum",
    signature: "(list(any)) -> any",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0 },
    doc: "All numbers of a free JSON list together.",
    examples: [],
    run: ([list]) => total(list, 0, add),
  },
  {
    id: 70,
    name: "any",
    signature: "(list(bool)) -> bool",
    fuel: 2,
    perUnit: { fuel: 1, argument: 0 },
    doc: "True when one item is true, in Kleene logic: a true item wins over errors and unknowns. False for an empty list.",
    examples: [
      ["any([1 > 2, 3 > 2])", "true"],
      ["any([1 / 0 > 1, true])", "true"],
    ],
    run: ([list]) => kleene(list, false, or),
  },
  {
    id: 71,
    name: "all",
    signature: "(list(bool)) -> bool",
    fuel: 2,
    perUnit: { fuel: 1, argument: 0 },
    doc: "True when no item is anything but true, in Kleene logic: a false item wins over errors and unknowns. True for an empty list.",
    examples: [
      ["all([2 > 1, 3 > 2])", "true"],
      ["all([1 / 0 > 1, false])", "false"],
    ],
    run: ([list]) => kleene(list, true, and),
  },
  {
    id: 72,
    name: "none",
    signature: "(list(bool)) -> bool",
    fuel: 2,
    perUnit: { fuel: 1, argument: 0 },
    doc: "True when `any` is false.",
    examples: [["none([1 > 2, 3 > 4])", "true"]],
    run: ([list]) => {
      const some = kleene(list, false, or);
      return typeof some === "boolean" ? not(some) : some;
    },
  },
  {
    id: 73,
    name: "contains",
    signature: "(list(T), T) -> bool",
    fuel: 2,
    perUnit: { fuel: 2, argument: 0 },
    doc: "Whether an item equals the value.",
    examples: [
      ['contains(["a", "b"], "b")', "true"],
      ["contains([1, 2], 3)", "false"],
    ],
    run: ([list, wanted]) => (isList(list) ? member(list, wanted) : KIND),
  },
  {
    id: 74,
    name: "has_all",
    signature: "(list(T), list(T)) -> bool",
    fuel: 2,
    perUnit: { fuel: 16, argument: 0, further: true },
    doc: "Whether every item of the second list is in the first. Lists of records or lists whose lengths multiply to more than 4,096 give the error `limit`.",
    examples: [["has_all([1, 2, 3], [3, 1])", "true"]],
    run: ([list, wanted]) => members(list, wanted, true, and),
  },
  {
    id: 75,
    name: "has_any",
    signature: "(list(T), list(T)) -> bool",
    fuel: 2,
    perUnit: { fuel: 16, argument: 0, further: true },
    doc: "Whether an item of the second list is in the first. Lists of records or lists whose lengths multiply to more than 4,096 give the error `limit`.",
    examples: [["has_any([1, 2, 3], [5, 4])", "false"]],
    run: ([list, wanted]) => members(list, wanted, false, or),
  },
  {
    id: 277,
    name: "distinct",
    signature: "(list(T)) -> bool",
    fuel: 2,
    perUnit: { fuel: 8, argument: 0 },
    doc: "Whether no two items are the same value. Values of different kinds differ: 1 and 1.0, too. Items of more than 65,536 parts together, beyond one each, give the error `limit`.",
    examples: [
      ["distinct([1, 2, 3])", "true"],
      ['distinct(["a", "b", "a"])', "false"],
    ],
    run: ([list]) => distinct(list),
  },
  {
    id: 76,
    name: "sort",
    signature: "(list(O)) -> list(O)",
    fuel: 4,
    perUnit: { fuel: 12, argument: 0 },
    doc: "The items in ascending order; equal ones keep their order. Text is ordered by UTF-8 bytes.",
    examples: [["sort([3, 1, 2])", "[1, 2, 3]"]],
    run: ([list]) => sorted(list),
  },
  {
    id: 77,
    name: "concat",
    signature: "(list(T), list(T)...) -> list(T)",
    fuel: 4,
    perUnit: { fuel: 2, argument: 0, further: true },
    doc: "The items of all lists, one list after the other.",
    examples: [["concat([1], [2, 3])", "[1, 2, 3]"]],
    run: (lists) => (lists.every(isList) ? lists.flat(1) : KIND),
  },
  {
    id: 78,
    name: "listed",
    signature: "(any) -> list(any)",
    fuel: 2,
    doc: "One or many, of a free JSON value: nothing (absent or null) is an empty list, a list is itself, anything else a list of one.",
    examples: [],
    lazy: true,
    run: ([value]) => {
      if (value === null || (value instanceof ErrorValue && value.code === "absent")) return [];
      if (value === undefined || value instanceof ErrorValue) return value;
      if (!isList(value)) return [value];
      return value.length > ITEMS_MAX ? LIMIT : value;
    },
  },
];
