// Building the tree: at each node the family that leaves the fewest rules to test, as long as a look-up spares enough of them.
// The choice depends on the table alone, and no answer depends on the choice.
import type { Value } from "../../value.ts";
import type { Atom, Ruled } from "../table.ts";
import { type Condition, conditionsOf, type Family, type Place } from "./conditions.ts";
import { type Interval, Intervals } from "./intervals.ts";
import type { Key } from "./keys.ts";
import { LEAF_RULES, PLACES_PER_RULE, SPARED_MIN, SPARED_PART } from "./limits.ts";
import { BEGINNINGS, ENDS, NETWORKS, Nested, type Network } from "./nested.ts";
import { testOf } from "./tests.ts";
import { type Finder, type LeafRule, type LeafTest, slotOf, type Tree } from "./tree.ts";

export function buildTree(table: Ruled): Tree {
  return new Building(table).tree();
}

/** A rule on its way down: the atoms that look-ups above have settled. */
interface Standing {
  readonly rule: number;
  readonly settled: readonly number[];
}

class Building {
  readonly #table: Ruled;
  readonly #conditions: readonly (readonly Condition[])[];
  /** Tests that rules share, by what they ask. */
  readonly #tests = new Map<string, LeafTest>();
  /** The same of atoms that are one in memory, as those of a file are. */
  readonly #ofAtoms = new Map<Atom, LeafTest>();

  constructor(table: Ruled) {
    const families = new Map<string, Family>();
    this.#table = table;
    this.#conditions = table.rules.map(({ atoms }) => conditionsOf(atoms, families));
  }

  tree(): Tree {
    return this.#tree(
      this.#table.rules.map((_, rule) => ({ rule, settled: [] })),
      new Set(),
    );
  }

  #tree(standing: readonly Standing[], used: ReadonlySet<Family>): Tree {
    const family = standing.length <= LEAF_RULES ? null : this.#best(standing, used);
    if (family === null) return { kind: "leaf", rules: standing.map((each) => this.#leafRule(each)) };
    const groups = new Map<Key, { readonly place: Place; readonly standing: Standing[] }>();
    const others: Standing[] = [];
    for (const each of standing) {
      const condition = this.#conditions[each.rule]!.find((of) => of.family === family);
      if (condition === undefined) {
        others.push(each);
        continue;
      }
      const settled = { rule: each.rule, settled: [...each.settled, ...condition.atoms] };
      for (const place of condition.places) {
        const group = groups.get(place.id);
        if (group === undefined) groups.set(place.id, { place, standing: [settled] });
        else group.standing.push(settled);
      }
    }
    const below = new Set([...used, family]);
    const nodes = [...groups.values()].map(({ place, standing: of }) => [place.at, this.#tree(of, below)] as const);
    return {
      kind: "split",
      slot: slotOf(family.path),
      path: family.path,
      finder: finderOf(family, nodes),
      others: others.length === 0 ? null : this.#tree(others, below),
    };
  }

  /** The family whose look-up leaves the fewest rules, if it spares enough. */
  #best(standing: readonly Standing[], used: ReadonlySet<Family>): Family | null {
    const tallies = new Map<Family, { rules: number; places: number; readonly sizes: Map<Key, number> }>();
    for (const { rule } of standing)
      for (const { family, places } of this.#conditions[rule]!) {
        if (used.has(family)) continue;
        let tally = tallies.get(family);
        if (tally === undefined) {
          tally = { rules: 0, places: 0, sizes: new Map() };
          tallies.set(family, tally);
        }
        tally.rules++;
        tally.places += places.length;
        for (const { id } of places) tally.sizes.set(id, (tally.sizes.get(id) ?? 0) + 1);
      }
    let best: Family | null = null;
    let least = standing.length - Math.max(SPARED_MIN, standing.length / SPARED_PART);
    for (const [family, { rules, places, sizes }] of tallies) {
      if (places > PLACES_PER_RULE * standing.length) continue;
      // Rules at the place of a rule, on average: inputs ask for what rules are about.
      let squares = 0;
      for (const size of sizes.values()) squares += size * size;
      const left = standing.length - rules + (places === 0 ? 0 : squares / places);
      if (left >= least) continue;
      least = left;
      best = family;
    }
    return best;
  }

  #leafRule({ rule, settled }: Standing): LeafRule {
    const { atoms } = this.#table.rules[rule]!;
    if (settled.length === atoms.length) return { rule, tests: NO_TESTS };
    return { rule, tests: atoms.filter((_, at) => !settled.includes(at)).map((atom) => this.#test(atom)) };
  }

  #test(atom: Atom): LeafTest {
    const before = this.#ofAtoms.get(atom);
    if (before !== undefined) return before;
    const test = this.#shared(atom);
    this.#ofAtoms.set(atom, test);
    return test;
  }

  #shared({ path, test }: Atom): LeafTest {
    const made = (): LeafTest => ({ slot: slotOf(path), path, test: testOf(test) });
    const values = "values" in test ? test.values : test.kind === "range" ? [test.min, test.max] : null;
    if (values === null || !values.every(isSimple)) return made();
    const key = JSON.stringify([path, test]);
    const known = this.#tests.get(key) ?? made();
    this.#tests.set(key, known);
    return known;
  }
}

const NO_TESTS: readonly LeafTest[] = [];

/** Values that JSON tells apart. */
const isSimple = (value: Value): boolean =>
  value === null || typeof value === "string" || typeof value === "boolean" || typeof value === "number";

function finderOf({ lookup, kind }: Family, nodes: readonly (readonly [Place["at"], Tree])[]): Finder {
  switch (lookup) {
    case "equal":
    case "item":
      return { lookup, nodes: new Map(nodes as readonly (readonly [Key, Tree])[]) };
    case "begin":
    case "path":
      return { lookup, nodes: new Nested(BEGINNINGS, nodes as readonly (readonly [string, Tree])[]) };
    case "end":
    case "host":
      return { lookup, nodes: new Nested(ENDS, nodes as readonly (readonly [string, Tree])[]) };
    case "network":
      return { lookup, nodes: new Nested(NETWORKS, nodes as readonly (readonly [Network, Tree])[]) };
    case "range":
      return { lookup, kind, nodes: new Intervals(nodes as readonly (readonly [Interval, Tree])[]) };
  }
}
