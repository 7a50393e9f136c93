// Random constraints against random data: where lowered CUE can be read, it never accepts what CUE does not accept without
// filling in, and seldom refuses what CUE accepts. CUE_CONSTRAINTS sets how many constraints there are, CUE_SEED which; a failing seed is printed.
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { oracle } from "../oracle/native-host.ts";
import { accepts, Unreadable } from "../unit/lang/cue-accepts.ts";

const constraints = Number(process.env["CUE_CONSTRAINTS"] ?? 150);
const SEED = Number(process.env["CUE_SEED"] ?? 20261128);
// What CUE does not end within this is left to the tests of runaways.
const engine = oracle({ deadlineMs: 4_000 });
afterAll(() => engine.close());

const NAMES = ["a", "b", "n"] as const;
const name = fc.constantFrom(...NAMES);

/** Constraints as text. References lead to `a`, `b`, `n` of a struct around, or to the definitions `#D` and `#E`. */
const { expr, fields } = fc.letrec<{ expr: string; leaf: string; fields: string }>((tie) => ({
  leaf: fc.oneof(
    fc.constantFrom("int", "string", "number", "bool", "_", "null", "float"),
    fc.constantFrom("1", "2", '"a"', '"b"', "true", "1.5"),
    fc.constantFrom(">=2", "<2", "!=1", '=~"^a"', '!~"a"', '>="a"', "!=null"),
    fc.constantFrom("#D", "#E", "#F"),
    name,
    name.map((each) => `>=${each}`),
    fc.constantFrom("*1 | int", '"a" | "b"', "strings.MaxRunes(1)", "list.MaxItems(1)"),
  ),
  expr: fc.oneof(
    { maxDepth: 3, depthSize: "small" },
    tie("leaf"),
    fc.tuple(tie("expr"), tie("expr")).map(([x, y]) => `(${x}) & (${y})`),
    fc.tuple(tie("expr"), tie("expr")).map(([x, y]) => `(${x}) | (${y})`),
    tie("fields").map((inner) => `{${inner}}`),
    tie("fields").map((inner) => `close({${inner}})`),
    tie("expr").map((item) => `[...${item}]`),
    fc.tuple(tie("expr"), tie("expr")).map(([x, y]) => `[${x}, ${y}]`),
    fc
      .tuple(fc.constantFrom("1", ">=1", "0"), tie("fields"), tie("fields"))
      .map(([n, x, y]) => `matchN(${n}, [{${x}}, {${y}}])`),
  ),
  fields: fc
    .tuple(
      fc.uniqueArray(fc.tuple(name, fc.constantFrom("", "?", "!", "?"), tie("expr")), {
        maxLength: 3,
        selector: ([each]) => each,
      }),
      fc.option(fc.tuple(fc.constantFrom("string", '=~"^a"', '!="b"'), tie("leaf")), { freq: 5 }),
      fc.constantFrom("", "", "", "...", "#E", "if n != _|_ {b: int}"),
    )
    .map(([list, pattern, last]) =>
      [
        ...list.map(([label, mark, value]) => `${label}${mark}: ${value}`),
        ...(pattern === null ? [] : [`[${pattern[0]}]: ${pattern[1]}`]),
        ...(last === "" ? [] : [last]),
      ].join(", "),
    ),
}));

const atom = fc.constantFrom<unknown>(1, 2, 3, 1.5, "", "a", "b", "ab", true, null);
const data = fc.letrec<{ value: unknown; record: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 3 },
    { weight: 3, arbitrary: atom },
    tie("record"),
    fc.array(tie("value"), { maxLength: 2 }),
  ),
  record: fc.dictionary(fc.constantFrom("a", "b", "n", "ax"), tie("value"), { maxKeys: 3 }),
})).record;

const document = fc.tuple(fields, expr, fields, fc.constantFrom("#D", "#E", "#F", "")).map(([d, e, whole, path]) => ({
  text: `import "strings"\nimport "list"\n_used: [strings.MaxRunes, list.MaxItems]\n#D: {${d}}\n#E: {a?: int, ...}\n#F: ${e}\n${whole.replaceAll(", ", "\n")}\n`,
  path,
}));

/** Found by other seeds. */
const FOUND: [{ text: string; path: "#F" }, unknown[]][] = [
  [
    { text: '#D: {}\n#F: {b: (#D) | ((1) & (>=a)), a?: close({}), [!="b"]: >=b}\n', path: "#F" },
    [{}, { b: {} }, { b: 1 }, { b: { x: 1 } }],
  ],
];

it("trees say what CUE says", async () => {
  const seen = { built: 0, crashed: 0, read: 0, accepted: 0, stricter: 0 };
  await fc.assert(
    fc.asyncProperty(document, fc.array(data, { minLength: 12, maxLength: 12 }), async ({ text, path }, values) => {
      const files = [{ name: "a.cue", text }];
      const lowered = await engine.run({ op: "lower", files, path });
      if (lowered.value === null) {
        // Some of these make CUE itself panic, recurse without end, or take longer than anyone waits.
        const [{ code, message } = { code: "", message: "" }] = lowered.diagnostics;
        if (code !== "lang/cue-error") seen.crashed++;
        expect(["lang/cue-error", "lang/cue-crashed", "lang/cue-timeout"], `${text}${path}: ${message}`).toContain(
          code,
        );
        return;
      }
      seen.built++;
      const prepared = await engine.run({ op: "prepare", files, path });
      if (prepared.value === null) {
        seen.crashed++;
        return;
      }
      for (const value of values) {
        const source = { name: "data.json", text: JSON.stringify(value) };
        const vetted = await engine.run({ op: "check", constraint: prepared.value, data: source });
        if (vetted.value === null) continue;
        const { accepted, filled, problems } = vetted.value;
        let ours: boolean;
        try {
          ours = accepts(lowered.value, value);
        } catch (error) {
          if (error instanceof Unreadable) continue;
          throw error;
        }
        seen.read++;
        if (accepted) seen.accepted++;
        // Branches that hold and do not agree, or one that does not hold and refers to a field that is not there: CUE has no value then, a
        // tree does not mind.
        const ambiguous =
          !accepted &&
          problems.every(({ message }) => /^(?:incomplete value|ambiguous default elimination)/.test(message));
        const theirs = accepted && filled.length === 0;
        if (theirs && !ours) seen.stricter++;
        // What data makes of a definition that the constraint does not refer to.
        const elsewhere = problems.length > 0 && problems.every((each) => each.path[0]?.startsWith("#"));
        if (ours && !ambiguous && !elsewhere)
          expect({ text, path, value, theirs, problems }).toEqual({ text, path, value, theirs: true, problems });
      }
    }),
    { numRuns: constraints, seed: SEED, examples: FOUND, interruptAfterTimeLimit: 120_000 },
  );
  if (process.env["CUE_CONSTRAINTS"] !== undefined) console.log(seen);
  // What CUE accepts by a quirk: closed structs beside validators are open, a field that bounds itself keeps its default.
  expect(seen.stricter).toBeLessThan(Math.max(5, seen.read / 50));
  expect(seen.crashed).toBeLessThan(Math.max(5, constraints / 25));
  expect(seen.read).toBeGreaterThan(constraints);
  expect(seen.accepted).toBeGreaterThan(constraints / 10);
}, 180_000);
