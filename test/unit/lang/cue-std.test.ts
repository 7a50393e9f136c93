// The standard library in CUE against the tables that the reader goes by: the same keys, the same ones required. So what CUE says
// about a document cannot drift from what the compiler says.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import * as effects from "../../../lang/agreement/effects.ts";
import * as norms from "../../../lang/agreement/norms.ts";
import * as agreement from "../../../lang/agreement/read.ts";
import * as state from "../../../lang/agreement/state.ts";
import * as tests from "../../../lang/agreement/tests.ts";
import { createCueEngine, SCHEMA_KINDS } from "../../../lang/cue/index.ts";
import { stdSources } from "../../../lang/cue/std-sources.ts";
import * as policy from "../../../lang/policy/read.ts";
import * as rules from "../../../lang/policy/rules.ts";
import * as policyTests from "../../../lang/policy/tests.ts";

const text = Object.values(stdSources).join("\n");

/** Keys of a definition at its first level, with `!` or `?`; embedded definitions give theirs. */
function keysOf(name: string): Map<string, string> {
  const found = new Map<string, string>();
  const start = new RegExp(`^#${name}:.*\\{$`, "m").exec(text);
  if (start === null) throw new Error(`no #${name}`);
  const lines = text.slice(start.index + start[0].length).split("\n");
  const body = lines.slice(1, lines.findIndex((line, at) => at > 0 && /^\}/.test(line)) + 1);
  for (const line of body) {
    const key = /^(?:\t|\} \| \{)([a-z_]+)([?!]):/.exec(line);
    if (key !== null) found.set(key[1]!, key[2]!);
    const embedded = /^\t#(\w+)$/.exec(line);
    // One of three names: no key of every rule.
    if (embedded !== null && embedded[1] !== "Head")
      for (const [inner, need] of keysOf(embedded[1]!)) found.set(inner, need);
  }
  return found;
}

interface Table {
  readonly keys: object;
  readonly required?: readonly string[];
}
const heads = ["allow", "deny", "require"];
const without = (section: Table, names: readonly string[]): Table => ({
  keys: Object.fromEntries(Object.entries(section.keys).filter(([key]) => !names.includes(key))),
  required: section.required ?? [],
});
const definitions: readonly (readonly [string, Table])[] = [
  ["Agreement", agreement.agreementSection],
  ["Calendar", agreement.calendarSection],
  ["Rounding", agreement.roundingSection],
  ["Runs", agreement.runsSection],
  ["Party", state.partySection],
  ["Term", state.termSection],
  ["Fact", state.factSection],
  ["First", state.firstSection],
  ["Row", state.rowSection],
  ["Account", state.accountSection],
  ["Action", norms.actionSection],
  ["Input", norms.inputSection],
  ["Effects", { keys: effects.effectKeys }],
  ["Tell", effects.tellSection],
  ["Obligation", norms.obligationSection],
  ["Power", norms.powerSection],
  ["State", norms.stateSection],
  ["Branch", norms.branchSection],
  ["Limit", norms.limitSection],
  ["Given", tests.givenSection],
  ["Policy", policy.policySection],
  ["Module", policy.moduleSection],
  ["Relation", policy.relationSection],
  ["Function", policy.functionSection],
  ["Rule", without(rules.ruleSection, heads)],
  ["Group", rules.groupSection],
  ["Table", rules.tableSection],
  ["PolicyLimits", policy.limitsSection],
  ["Binding", rules.bindingSection],
  ["PolicyTest", policyTests.testSection],
  ["PolicyExpect", policyTests.expectSection],
];

describe("#…", () => {
  it.each(definitions)("%s", (name, { keys, required = [] }) => {
    const found = keysOf(name);
    expect([...found.keys()].sort()).toEqual(Object.keys(keys).sort());
    // A table, and an `if` of two keys, name what they require in words of their own.
    const own = name === "Table" ? ["table"] : [];
    expect(
      [...found]
        .filter(([, need]) => need === "!")
        .map(([key]) => key)
        .sort(),
    ).toEqual([...required, ...own].sort());
  });
  it("has all of its keys in the schemas for editors", () => {
    type Struct = { properties?: object; required?: string[]; anyOf?: Struct[] };
    const found = new Map<string, Struct>();
    for (const kind of SCHEMA_KINDS) {
      const file = join(import.meta.dirname, "../../../docs/schema", `${kind}.schema.json`);
      const { $defs, ...schema } = JSON.parse(readFileSync(file, "utf8"));
      for (const [name, definition] of Object.entries($defs)) found.set(name, definition as Struct);
      found.set(`${kind[0]!.toUpperCase()}${kind.slice(1)}`, schema.else ?? schema);
    }
    for (const [name, { keys, required = [] }] of definitions) {
      const struct = found.get(name);
      // `#Party` is a text, null, or a struct.
      const { properties = {}, required: asked = [] } = struct?.anyOf?.find((each) => each.properties) ?? struct ?? {};
      // An effect and a table are named by a key of their own; templates of an agreement are filled before it is read.
      const own = name === "Rule" ? heads : name === "Agreement" ? ["use"] : [];
      expect(Object.keys(properties).sort(), name).toEqual([...Object.keys(keys), ...own].sort());
      expect([...asked].sort(), name).toEqual([...required, ...(name === "Table" ? ["table"] : [])].sort());
    }
  });
  it("Head has the three effects", () => {
    expect(/^#Head: (.*)$/m.exec(text)![1]!.match(/[a-z]+(?=!)/g)).toEqual(heads);
  });
});

describe("layout", () => {
  const engine = createCueEngine({ deadlineMs: 30_000 });
  afterAll(() => engine.close());
  it.each(Object.entries(stdSources))("of %s is that of `writ fmt`", async (name, source) => {
    expect((await engine.run({ op: "format", text: { name, text: source } })).value).toBe(source);
  });
});
