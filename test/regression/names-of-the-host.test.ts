// `constructor` or `toString` could be declared, but in an expression they were looked up among the words of the language,
// and what every object of the host inherits was found there: "expected a value, found `constructor`".
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { runScenarios } from "../../compiler/scenario/index.ts";
import { readDocument } from "../../lang/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { createMachine, decodeModule } from "../../vm/index.ts";

const inherited = Object.getOwnPropertyNames(Object.prototype);
const NAMES = ["constructor", "toString", "hasOwnProperty", "valueOf", "isPrototypeOf", "prototype", "then", "length"];
const HIDDEN = ["__proto__", "__defineGetter__", "__lookupSetter__"];
const head = "agreement: named\nversion: 1.0.0\nzone: UTC\n";
const parties = "parties: {seller: Dan, buyer: Ann}\n";
const test = (step: string, expected: string): string =>
  `tests:\n  one:\n    - given: {at: 2026-01-01}\n    - 2026-01-02: ${step}\n    - expect: ${expected}\n`;

/** Where a name may stand, each with a test of its own. */
const PLACES: Readonly<Record<string, (name: string) => string>> = {
  party: (n) =>
    `parties: {${n}: Dan, buyer: Ann}\nfacts: {f: 0}\nactions: {act: {who: ${n}, with: {x: int}, then: {f: x}}}\n${test(`{${n}: act, x: 5}`, "{f: 5}")}`,
  term: (n) =>
    `${parties}terms: {${n}: 3}\nfacts: {f: 0}\nactions: {act: {who: seller, with: {x: int}, then: {f: x + ${n}}}}\n${test("{seller: act, x: 5}", "{f: 8}")}`,
  fact: (n) =>
    `${parties}facts: {${n}: 0}\nactions: {act: {who: seller, with: {x: int}, then: {${n}: ${n} + x}}}\n${test("{seller: act, x: 5}", `{${n}: 5}`)}`,
  derived: (n) =>
    `${parties}facts: {f: 0}\nderive: {${n}: f + 1, twice: ${n} * 2}\nactions: {act: {who: seller, with: {x: int}, then: {f: x}}}\n${test("{seller: act, x: 5}", `{${n}: 6, twice: 12}`)}`,
  action: (n) =>
    `${parties}facts: {f: 0}\nactions: {${n}: {who: seller, with: {x: int}, then: {f: x}}}\n${test(`{seller: ${n}, x: 5}`, "{f: 5}")}`,
  input: (n) =>
    `${parties}facts: {f: 0}\nactions: {act: {who: seller, with: {${n}: int}, then: {f: ${n}}}}\n${test(`{seller: act, ${n}: 5}`, "{f: 5}")}`,
  obligation: (n) =>
    `${parties}actions: {act: {who: seller}}\nobligations: {${n}: {who: seller, to: buyer, must: act, within: 3 days, else: nothing}}\n${test("{seller: act}", `{${n}: fulfilled}`)}`,
};

describe.each(Object.entries(PLACES))("as %s", (_, write) => {
  it.each(NAMES)("%s", (name) => {
    const text = `${head}${write(name)}`;
    const { program, value, diagnostics } = compile({ name: "named.yaml", text });
    expect(diagnostics.filter((each) => each.severity === "error")).toEqual([]);
    const { value: document } = readDocument(text, "named.yaml");
    if (document === null || document.kind !== "agreement" || program === null || value === null)
      throw new Error("nothing was compiled");
    const report = runScenarios({ document, program, module: value.module });
    expect(report.diagnostics.map((each) => each.message)).toEqual([]);
    const read = decodeModule(value.bytes);
    if ("error" in read) throw new Error(read.error.message);
    expect(read.module.manifest).toEqual(value.module.manifest);
    expect(createMachine(read.module, BUILTINS)).toHaveProperty("machine");
  });
  it.each(HIDDEN)("%s is refused by name", (name) => {
    const { diagnostics, value } = compile({ name: "named.yaml", text: `${head}${write(name)}` });
    expect(value).toBeNull();
    expect(diagnostics.map((each) => each.code)).toContain("lang/bad-name");
  });
});

it.each([...NAMES, ...HIDDEN])("an unknown %s is unknown wherever it stands", (name) => {
  for (const text of [
    `${head}${parties}${name}: 5\n`,
    `${head}${parties}rounding: {${name}: up}\n`,
    `${head}${parties}facts: {f: 0}\nactions: {act: {who: seller, then: {f: ${name}(1)}}}\n`,
    `${head}${parties}actions: {act: {who: seller, with: {x: ${name}}}}\n`,
    `agreement: named\nversion: 1.0.0\nzone: ${name}\n${parties}`,
    `${head}calendar: ${name}\n${parties}`,
    `${head}parties: {seller: {name: Dan, ${name}: x}, buyer: Ann}\n`,
    `${head}${parties}powers: {p: {who: ${name}, may: ${name}}}\n`,
  ]) {
    const { value, diagnostics } = compile({ name: "named.yaml", text });
    expect(value, text).toBeNull();
    for (const { help = "", message } of diagnostics) expect(`${message} ${help}`).not.toMatch(/native code|\[object/);
  }
  expect(Object.getOwnPropertyNames(Object.prototype)).toEqual(inherited);
});
