// Maps with text keys. Reading one key is an instruction of the machine (`m.k`, `m[k]`, `get`, `has`).
import { findKey, mapOf } from "../vm/map.ts";
import { MapValue } from "../vm/value.ts";
import { isList, isText, KIND, notAValue } from "./args.ts";
import type { Builtin } from "./builtin.ts";

export const MAP: readonly Builtin[] = [
  {
    id: 90,
    name: "count",
    signature: "(map(T)) -> int",
    fuel: 1,
    doc: "Number of keys.",
    examples: [],
    run: ([map]) => (map instanceof MapValue ? map.keys.length : KIND),
  },
  {
    id: 91,
    name: "len",
    signature: "(map(T)) -> int",
    fuel: 1,
    doc: "Number of keys, as `count`.",
    examples: [],
    run: ([map]) => (map instanceof MapValue ? map.keys.length : KIND),
  },
  {
    id: 92,
    name: "keys",
    signature: "(map(T)) -> list(text)",
    fuel: 2,
    perUnit: { fuel: 1, argument: 0 },
    doc: "The keys in ascending order of their UTF-8 bytes.",
    examples: [],
    run: ([map]) => (map instanceof MapValue ? map.keys : KIND),
  },
  {
    id: 93,
    name: "values",
    signature: "(map(T)) -> list(T)",
    fuel: 2,
    perUnit: { fuel: 1, argument: 0 },
    doc: "The values in the order of their keys.",
    examples: [],
    run: ([map]) => (map instanceof MapValue ? map.values : KIND),
  },
  {
    id: 94,
    name: "contains",
    signature: "(map(T), text) -> bool",
    fuel: 3,
    doc: "Whether the map has the key.",
    examples: [],
    run: ([map, key]) => (map instanceof MapValue && typeof key === "string" ? findKey(map, key) >= 0 : KIND),
  },
  {
    id: 278,
    name: "map_of",
    signature: "(list(text), list(T)) -> map(T)",
    fuel: 3,
    perUnit: { fuel: 2, argument: 0 },
    doc: "The map of these keys and values, in pairs. A key that stands twice, or a key without a value: error `not-a-value`.",
    examples: [
      ['values(map_of(["b", "a"], [2, 1]))', "[1, 2]"],
      ['count(map_of(["b", "a"], [2, 1]))', "2"],
    ],
    run: ([keys, values]) => {
      if (!isList(keys) || !isList(values) || !keys.every(isText)) return KIND;
      if (keys.length !== values.length) return notAValue("map");
      return mapOf(keys.map((key, at) => [key, values[at]] as const)) ?? notAValue("map");
    },
  },
  {
    id: 276,
    name: "reaches",
    signature: "(any, text, text) -> bool",
    fuel: 6,
    doc: "Whether the second name is reached from the first by a relation of a policy, or is the same. Written as the relation's name: `part_of(x, y)`.",
    examples: [],
    run: ([closure, from, to]) => {
      if (typeof from !== "string" || typeof to !== "string") return KIND;
      if (from === to) return true;
      if (!(closure instanceof MapValue)) return KIND;
      const at = findKey(closure, from);
      const reached = at < 0 ? undefined : closure.values[at];
      return reached instanceof MapValue && findKey(reached, to) >= 0;
    },
  },
];
