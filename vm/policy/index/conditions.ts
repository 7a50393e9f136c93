// What a rule asks of one path, in the form of a look-up: the places of a look-up where the rule stands. A rule stands in one look-up
// with one condition; its other atoms are tested.

import { parseIp } from "../../network.ts";
import { compareValues } from "../../order.ts";
import type { Value } from "../../value.ts";
import { plainHost } from "../atoms.ts";
import type { Atom, Step } from "../table.ts";
import type { Interval } from "./intervals.ts";
import { type Key, keyOf } from "./keys.ts";
import { PLACES_MAX } from "./limits.ts";
import { type Network, networkOf } from "./nested.ts";
import { keysOf } from "./tests.ts";

/** How a value is looked up. `equal`: the value is the key. `item`: an item of a list is. `begin`, `end`: the text begins or
 *  ends with it. `path`, `host`: is it or lies below it. `network`: lies inside. `range`: lies between. */
export type Lookup = "equal" | "item" | "begin" | "end" | "path" | "host" | "network" | "range";

/** A path and how its value is looked up. Conditions of one family go into one look-up. */
export interface Family {
  readonly id: string;
  readonly path: readonly Step[];
  readonly lookup: Lookup;
  /** Of a range: the kind of its bounds. */
  readonly kind: string;
}

export interface Condition {
  readonly family: Family;
  /** Each with a text that tells it from others. */
  readonly places: readonly Place[];
  /** Positions of the rule's atoms that hold when a place is found. */
  readonly atoms: readonly number[];
}

export interface Place {
  readonly id: Key;
  readonly at: Key | Network | Interval;
}

/** The conditions of a rule's atoms. */
export function conditionsOf(atoms: readonly Atom[], families: Map<string, Family>): Condition[] {
  const found: Condition[] = [];
  const ranges: { readonly family: Family; range: Interval; readonly atoms: number[] }[] = [];
  for (let index = 0; index < atoms.length; index++) {
    const atom = atoms[index]!;
    const { test, path } = atom;
    if (test.kind === "range") {
      const kind = kindOf(test.min ?? test.max);
      if (kind === null || (test.min !== null && test.max !== null && kindOf(test.max) !== kind)) continue;
      const family = familyOf(families, path, "range", kind);
      const known = ranges.find((each) => each.family === family);
      // Two ranges of one path are one.
      if (known === undefined) ranges.push({ family, range: test, atoms: [index] });
      else {
        known.range = both(known.range, test);
        known.atoms.push(index);
      }
      continue;
    }
    const places = placesOf(atom);
    if (places !== null && places.at.length <= PLACES_MAX)
      found.push({ family: familyOf(families, path, places.lookup), places: places.at, atoms: [index] });
  }
  for (const { family, range, atoms: of } of ranges) {
    const id = idOf(range);
    if (id !== null) found.push({ family, places: [{ id, at: range }], atoms: of });
  }
  return found;
}

function familyOf(families: Map<string, Family>, path: readonly Step[], lookup: Lookup, kind = ""): Family {
  const [slot] = path;
  // Most paths are one field: no text of a list for each atom.
  const id =
    path.length === 1 && typeof slot === "number" ? `${lookup} ${kind} ${slot}` : JSON.stringify([lookup, kind, path]);
  const known = families.get(id);
  if (known !== undefined) return known;
  const made: Family = { id, path, lookup, kind };
  families.set(id, made);
  return made;
}

/** A text for the same bounds only, or null. Bounds are of one kind. */
function idOf({ min, minOpen, max, maxOpen }: Interval): string | null {
  const keys = [min, max].map((bound) => (bound === null ? null : keyOf(bound)));
  if (keys.includes(undefined)) return null;
  return JSON.stringify([...keys.map((key) => (key === null ? null : String(key))), minOpen, maxOpen]);
}

function placesOf({ test }: Atom): { readonly lookup: Lookup; readonly at: readonly Place[] } | null {
  const texts = (lookup: Lookup, of: readonly string[]) => ({
    lookup,
    at: (of.length === 1 ? of : [...new Set(of)]).map((id) => ({ id, at: id })),
  });
  switch (test.kind) {
    case "in":
    case "has_any": {
      const keys = keysOf(test.values);
      const lookup = test.kind === "in" ? "equal" : "item";
      return keys === null ? null : { lookup, at: keys.map((id) => ({ id, at: id })) };
    }
    case "starts_with":
      return texts("begin", test.values);
    case "ends_with":
      return texts("end", test.values);
    case "under_path":
      return texts("path", test.values.map(pathPlace));
    case "under_host": {
      const bases = test.values.map(plainHost);
      // An address has nothing below it.
      return bases.some((base) => base === "" || parseIp(base) !== undefined)
        ? null
        : texts("host", bases.map(hostPlace));
    }
    case "inside": {
      const networks = new Map<string, Network>();
      for (const network of test.networks) {
        const [ip, bits] = network as readonly [Uint8Array, number];
        const made = networkOf(ip, bits);
        networks.set(`${made.bytes.join(".")}/${bits}`, made);
      }
      return { lookup: "network", at: [...networks].map(([id, at]) => ({ id, at })) };
    }
    default:
      return null;
  }
}

/** A path is below another, or the same, when it begins so with a slash added. */
const pathPlace = (base: string): string => `${base.replace(/\/+$/, "")}/`;
/** A host likewise ends so with a dot before it. */
const hostPlace = (base: string): string => `.${base}`;

/** What of a value is looked up among texts, or null when it is none. */
export const textOfPath = (value: Value): string | null => (typeof value === "string" ? `${value}/` : null);
export const textOfHost = (value: Value): string | null => (typeof value === "string" ? `.${plainHost(value)}` : null);

/** A word for kinds that are ordered among each other, or null. */
export function kindOf(value: Value): "number" | "text" | "bytes" | null {
  if (typeof value === "string") return "text";
  if (value instanceof Uint8Array) return "bytes";
  return compareValues(value, 0) === undefined ? null : "number";
}

function both(a: Interval, b: Interval): Interval {
  const lower = a.min === null || (b.min !== null && tighter(b.min, b.minOpen, a.min, a.minOpen, 1)) ? b : a;
  const upper = a.max === null || (b.max !== null && tighter(b.max, b.maxOpen, a.max, a.maxOpen, -1)) ? b : a;
  return { min: lower.min, minOpen: lower.minOpen, max: upper.max, maxOpen: upper.maxOpen };
}

function tighter(value: Value, open: boolean, than: Value, thanOpen: boolean, sign: 1 | -1): boolean {
  const order = (compareValues(value, than) as number) * sign;
  return order > 0 || (order === 0 && open && !thanOpen);
}
