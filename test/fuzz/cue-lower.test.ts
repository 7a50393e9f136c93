// Lowered CUE against CUE itself: for constraints with every construct and random data, a tree accepts what CUE accepts without
// filling in, and never more. CUE_PAIRS sets how many data there are for each constraint.
import fc from "fast-check";
import { afterAll, expect, it } from "vitest";
import { createCueEngine } from "../../lang/cue/index.ts";
import { accepts, Unreadable } from "../unit/lang/cue-accepts.ts";

const pairs = Number(process.env["CUE_PAIRS"] ?? 40);
const engine = createCueEngine({ deadlineMs: 30_000 });
afterAll(() => engine.close());

/** Data over few names and values, so that constraints over the same are met often. `null` stands for leaving a field out. */
const atom = fc.constantFrom<unknown>(0, 1, 2, 3, 7, 1.5, "", "a", "b", "ab", "x-1", true, null);
const value = fc.oneof(
  { weight: 4, arbitrary: atom },
  fc.array(atom, { maxLength: 3 }),
  fc.dictionary(fc.constantFrom("a", "b", "n", "t"), atom, { maxKeys: 3 }),
  fc.array(fc.dictionary(fc.constantFrom("a", "b", "n"), fc.constantFrom<unknown>(1, 2, 3, "a"), { maxKeys: 3 }), {
    maxLength: 2,
  }),
);
const record = fc.dictionary(fc.constantFrom("a", "b", "c", "n", "t", "x-1"), value, { maxKeys: 4 });

const constraints: readonly [text: string, path?: string][] = [
  ["a: int, b?: string"],
  ["a!: int & >=1, b?: >=a, n?: !=2"],
  ["#X: {a!: int, b?: string}", "#X"],
  ["#X: {a!: int, ...}", "#X"],
  ["#X: {a?: #Y, b?: [...#Y]}\n#Y: {a!: int, n?: #Y}", "#X"],
  ["x: close({a?: int, b?: {a?: int}})", "x"],
  ['[=~"^x-"]: string, [string]: int | string, a?: int'],
  ['#X: {[=~"^x-"]: string, a?: int}', "#X"],
  ['#X: {[!="b"]: int | string}', "#X"],
  ['a?: "a" | "b" | 3 | =~"^x", b?: null | bool | float'],
  ["a?: [...int], b?: [int, ...string], c?: [int, int], n?: []"],
  ['import "list"\na?: list.MaxItems(2) & [...int], b?: list.UniqueItems & [...], c?: list.MinItems(1)'],
  ['import "strings"\na?: strings.MinRunes(1) & strings.MaxRunes(1), b?: string & !~"^a"'],
  ['import "struct"\nx: struct.MaxFields(2) & {a?: int, [string]: _}', "x"],
  ['import "math"\na?: int & math.MultipleOf(2), b?: number'],
  ["x: matchN(1, [{a!: int}, {b!: string}])", "x"],
  ["x: matchN(>=1, [{a!: int}, {b!: string}])", "x"],
  ["#X: {a?: _, b?: _, matchN(1, [{a!: _}, {b!: _}])}", "#X"],
  ["#X: {a?: _, b?: _, c?: _, t?: _, n?: _, matchIf({a!: int}, {b!: string}, {c!: _})}", "#X"],
  ['#A: {t!: "a", n!: int}\n#B: {t!: "b", a?: string}\n#U: #A | #B', "#U"],
  ['#A: {t!: "a", n?: int, ...}\n#U: (#A | {t!: "b", b?: int, ...}) & {c?: int, ...}', "#U"],
  ["a?: {n!: int, b?: >n}, b?: {a?: int} & {b?: string}"],
  ["b?: [...{a!: int, b!: >=a}]"],
  ["[string]: _ | *1\na?: {n?: int, b?: >=n} | [...{a?: int}]"],
  ["[string]: {n?: int, b?: >n} | int"],
  ['let T = string & =~"^a"\na?: T, b?: T | int'],
  ["a: int, b: a"],
  ["a: int, t?: {n: a, b: >=a}"],
  ["a?: int\nif a != _|_ {b: a}"],
  ["a: *1 | int, b: a + 1"],
  ['a: *"a" | "b"\nif a == "a" {b: int}'],
  ["a: {n?: int}, b: a & {a: 1}"],
  ["n: [...int]\nt: [for x in n {x}]"],
  ['_h: 3\na?: <_h, b?: _h | "a"'],
  ["#D: 3\na?: <#D, b?: int & <#D & >0"],
  ['or: {}\na?: or([1, 2]), b?: or([for x in ["a", "x"] {x}])'],
  ['x: {a?: int} & {a?: >1, b?: string} & {b?: =~"a"}', "x"],
  ["#Q: {a: int, b?: >=a, matchN(1, [{b!: >=a}])}\nx: #Q & {a: 1}", "x"],
  ["#A: {a?: int}\n#B: {#A, b?: int}", "#B"],
  ["#A: {a?: int}\n#B: {#A, b?: int, ...}", "#B"],
  ["#A: {a?: int}\n#A: {b?: string}\nx: #A & {a?: >1}", "x"],
  ["#T: {n?: int, t?: #T, b?: [...#T]}", "#T"],
  ['a?: error("no"), b?: int | error("must be int")'],
  ["a?: {[string]: int} & {a!: _}, c?: _, b?: ==1"],
  ['a?: >="a" & <"b", b?: !=null, c?: int & >=2 & <=2'],
  ["X=a: int, b?: X, c?: {n?: <X}"],
  ["a?: {b?: {n?: int, t?: >=n}, c?: b}"],
  ["lim: 2\n#R: {a?: <=lim}\nx: #R", "x"],
  ["a?: int\n#R: {n?: <=a}\nt?: #R"],
  ["a?: {...}, b?: {a?: int, ...} & {n?: int}, c?: [_, ...]"],
];

it.each(constraints)("%s", async (text, path) => {
  const files = [{ name: "a.cue", text }];
  const lowered = await engine.run({ op: "lower", files, path });
  expect(lowered.diagnostics).toEqual([]);
  const prepared = await engine.run({ op: "prepare", files, path });
  let read = 0;
  await fc.assert(
    fc.asyncProperty(record, async (data) => {
      const source = { name: "data.json", text: JSON.stringify(data) };
      const vetted = await engine.run({ op: "check", constraint: prepared.value!, data: source });
      const { accepted, filled, problems } = vetted.value!;
      let ours: boolean;
      try {
        ours = accepts(lowered.value!, data);
      } catch (error) {
        if (error instanceof Unreadable) return;
        throw error;
      }
      read++;
      expect({ ours, problems }).toEqual({ ours: accepted && filled.length === 0, problems });
    }),
    {
      numRuns: pairs,
      examples: [
        [{}],
        [{ a: 1 }],
        [{ a: 1, b: 1 }],
        [{ a: 1, b: 2 }],
        [{ a: "a", b: "x-1" }],
        [{ "x-1": "a" }],
        [{ t: "a", n: 1 }],
        [{ t: "b" }],
        [{ c: 1, b: "b" }],
      ],
    },
  );
  // A tree without unsupported nodes reads for all data.
  if (lowered.value!.unsupported === 0) expect(read).toBe(pairs);
});
