// Findings about rules, promises, and two policies side by side. What is said to be certain is held against every request.
import { describe, expect, it } from "vitest";
import { type ComparedPolicy, comparePolicies, compile } from "../../../compiler/index.ts";
import { spaceOf } from "../../../compiler/policy/compare/space.ts";
import { implies } from "../../../compiler/policy/lint/atoms.ts";
import { readJson, type Value } from "../../../vm/index.ts";
import { holds } from "../../../vm/policy/atoms.ts";

const head = "policy: door\non: {role: [guest, staff, boss], act: [look, open], floor: int, note?: text}\n";
const codesOf = (text: string): string[] =>
  compile({ name: "p.yaml", text }).diagnostics.map(({ code, message }) => `${code}: ${message}`);
const side = (text: string): ComparedPolicy => {
  const { policy, value, diagnostics } = compile({ name: "p.yaml", text });
  if (policy === null || value === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  return { program: policy, compiled: value };
};
function json(value: unknown): Value {
  const read = readJson(JSON.stringify(value));
  if ("problem" in read) throw new Error(read.problem.message);
  return read.value;
}

describe("findings", () => {
  it.each([
    ["never", "- allow: a\n  match: {floor: {min: 5, max: 3}}", "compiler/rule-never-matches: `a` never matches"],
    ["never", "- allow: a\n  match: {floor: {above: 3, below: 4}}", "compiler/rule-never-matches: `a` never matches"],
    [
      "always",
      "- allow: a\n  match: {role: [guest, staff, boss]}",
      "compiler/rule-always-matches: `a` allows everything",
    ],
    [
      "covered",
      "- allow: a\n  match: {role: staff}\n- allow: b\n  match: {role: staff, floor: {min: 2}}",
      "compiler/rule-covered: `b` does nothing that `a` does not",
    ],
    [
      "one of two alike",
      "- allow: a\n  match: {floor: {min: 2}}\n- allow: b\n  match: {floor: {min: 2}}",
      "compiler/rule-covered: `b` does nothing that `a` does not",
    ],
    [
      "dead",
      "- allow: a\n  match: {role: guest, act: look}\n  when: floor > 2\n- deny: b\n  match: {role: [guest, boss]}",
      "compiler/rule-dead: `a` never allows: `b` denies all that it matches",
    ],
    [
      "shadowed",
      "- table: t\n  mode: ordered\n  rules:\n    - allow: a\n      match: {floor: {max: 5}}\n    - deny: b\n      match: {floor: {max: 3}, role: guest}",
      "compiler/row-shadowed: row `b` is never reached: `a` decides first",
    ],
  ])("%s", (_, rules, found) => expect(codesOf(`${head}rules:\n${rules}\n`)).toEqual([found]));

  it.each([
    ["an edge that meets", "- allow: a\n  match: {floor: {min: 3, max: 3}}"],
    ["whole numbers between", "- allow: a\n  match: {floor: {above: 3, below: 5}}"],
    ["an optional field", "- allow: a\n  match: {note: {present: true}}"],
    ["another effect", "- allow: a\n  match: {role: staff}\n- deny: b\n  match: {role: staff, floor: 2}"],
    [
      "a condition of its own",
      "- allow: a\n  match: {role: staff}\n  when: floor > 1\n- allow: b\n  match: {role: staff, floor: 1}",
    ],
    [
      "words of its own",
      "- deny: a\n  match: {role: staff}\n- deny: b\n  match: {role: staff, floor: 2}\n  message: not there\n- allow: c\n  match: {floor: 9}",
    ],
    ["a shadow", "- allow: a\n  match: {role: staff}\n- allow: b\n  shadow: true\n  match: {role: staff, floor: 2}"],
    [
      "rows that overlap",
      "- table: t\n  mode: ordered\n  rules:\n    - deny: b\n      match: {floor: {max: 3}, role: guest}\n    - allow: a\n      match: {floor: {max: 5}}",
    ],
  ])("nothing of %s", (_, rules) => expect(codesOf(`${head}rules:\n${rules}\n`)).toEqual([]));

  it("what is said to be implied is so for every request", () => {
    const tests = [
      "{floor: {min: 2}}",
      "{floor: {above: 2}}",
      "{floor: {max: 2}}",
      "{floor: {below: 9}}",
      "{floor: 3}",
      "{floor: [2, 3]}",
      "{role: staff}",
      "{role: [staff, boss]}",
      "{note: a}",
      "{note: {starts_with: a}}",
      "{note: {starts_with: ab}}",
      "{note: {ends_with: b}}",
      "{note: {present: true}}",
      "{note: [ab, ac]}",
    ];
    const { program } = side(
      `${head}rules:\n${tests.map((each, i) => `- allow: r${i}\n  match: ${each}`).join("\n")}\n`,
    );
    const space = spaceOf([{ program }], [json({ role: "boss", act: "look", floor: 3, note: "abb" })]);
    const requests = Array.from({ length: space.count }, (_, at) => space.request(at));
    let implied = 0;
    const atoms = program.rules.flatMap((rule) => rule.atoms.map(({ atom }) => atom));
    const typed = requests.map((request) => request as { values: readonly Value[]; keys: readonly string[] });
    const input = program.input;
    if (input.kind !== "record") throw new Error("no record");
    const records = typed.map(({ keys, values }) =>
      input.fields.map(({ name }) => (keys.includes(name) ? values[keys.indexOf(name)] : undefined)),
    );
    for (const a of atoms)
      for (const b of atoms) {
        if (!implies(a, b)) continue;
        implied++;
        for (const record of records) if (holds(record, a)) expect(holds(record, b)).toBe(true);
      }
    expect(implied).toBeGreaterThan(atoms.length);
  });
});

describe("promises", () => {
  const rules =
    "rules:\n  - allow: staff\n    match: {role: [staff, boss]}\n  - allow: looking\n    match: {act: look, floor: {max: 3}}\n";
  it("that hold are proved", () =>
    expect(codesOf(`${head}${rules}never:\n  - {role: guest, act: open}\nalways:\n  - {role: boss}\n`)).toEqual([]));
  it("that do not are errors with a request", () => {
    const found = codesOf(`${head}${rules}never:\n  - {role: guest, floor: {max: 9}}\n`);
    expect(found).toEqual([
      expect.stringMatching(
        /^compiler\/assertion-broken: `never` does not hold: \{.*"role":"guest".*\} is decided allow, by looking$/,
      ),
    ]);
    const { value } = compile({ name: "p.yaml", text: `${head}${rules}never:\n  - {act: look}\n` });
    expect(value).toBeNull();
  });
  it("that cannot be tried on all say so", () =>
    expect(
      codesOf(`${head}rules:\n  - allow: long notes\n    when: len(note) > 3\nnever:\n  - {role: guest, note: x}\n`),
    ).toEqual([expect.stringMatching(/^compiler\/assertion-unproved: `never` held on all \d+ requests/)]));
  it("about nothing are found", () =>
    expect(codesOf(`${head}${rules}never:\n  - {floor: {min: 5, max: 3}}\n`)).toEqual([
      expect.stringMatching(/^compiler\/assertion-idle/),
    ]));
});

describe("two policies", () => {
  const policy = (rules: string): ComparedPolicy => side(`${head}rules:\n${rules}\n`);
  const compare = (a: ComparedPolicy, b: ComparedPolicy) => {
    const found = comparePolicies(a, b, { data: [], examples: [] });
    if ("problem" in found) throw new Error(found.problem);
    return found;
  };
  const old = policy("- allow: staff\n  match: {role: staff}\n- allow: looking\n  match: {act: look, floor: {max: 3}}");

  it("that are the same differ in nothing, for all requests", () =>
    expect(compare(old, old)).toMatchObject({
      complete: true,
      counts: { gained: 0, lost: 0, obligations: 0 },
      cells: [],
    }));

  it("show what is gained and lost, as boxes of requests", () => {
    const now = policy(
      "- allow: staff\n  match: {role: [staff, boss]}\n- allow: looking\n  match: {act: look, floor: {max: 2}}",
    );
    const { complete, cells } = compare(old, now);
    expect(complete).toBe(true);
    const shown = cells.map(
      ({ kind, where }) =>
        `${kind}: ${where.flatMap(({ path, value }) => (value === null ? [] : [`${path} ${value}`])).join(", ")}`,
    );
    expect(shown.filter((each) => each.startsWith("lost"))).toEqual(['lost: act "look", floor 3, role "guest"']);
    expect(shown.filter((each) => each.startsWith("gained")).length).toBeGreaterThan(0);
    for (const { kind, old: before, new: after } of cells)
      expect([before.decision, after.decision]).toEqual(kind === "gained" ? ["deny", "allow"] : ["allow", "deny"]);
  });

  it("say when there is more than was tried", () => {
    const now = policy("- allow: staff\n  match: {role: staff}\n- allow: long notes\n  when: len(note) > 3");
    const found = compare(old, now);
    expect(found.complete).toBe(false);
    expect(found.gaps).toEqual(["`note` is not only compared with constants"]);
  });

  it("show changed obligations", () => {
    const given = (bytes: number) =>
      side(
        `${head}obligations: {most: {bytes: int}}\nrules:\n  - allow: all of staff\n    match: {role: staff}\n    then: {most: {bytes: ${bytes}}}\n`,
      );
    const { counts, cells } = compare(given(1), given(2));
    expect([counts.gained, counts.lost]).toEqual([0, 0]);
    expect(counts.obligations).toBeGreaterThan(0);
    expect(cells[0]?.new.obligations[0]?.args).toEqual({ bytes: 2 });
  });
});
