// The bytes of a rule table: the canonical encoding of one value. Reading takes only what writing makes, so equal tables and equal
// bytes are the same thing.
//
//   [input, on, data, relations, derived, default, limits, obligations, advice, rules]
//   data, obligations, advice: [[name, type], …]      derived, a reading: [function, reads]
//   relation: [name, document, path, step] or [name, document, path, from, to]
//   rule: [id, title, effect, shadow, skips errors, atoms, truth, each, obligations, advice, message, because, told, controls]
//   atom: [path, word, …operands]
import { decodeValue, encodeValue } from "../encode.ts";
import type { Value } from "../value.ts";
import type { Atom, AtomTest, Effect, Given, PolicyTable, Reading, Relation, RuleRow, Step } from "./table.ts";

const reading = (of: Reading | null): Value => (of === null ? null : [of.function, of.reads]);
const named = (list: PolicyTable["data"]): Value => list.map(({ name, type }) => [name, type]);
const given = (list: readonly Given[]): Value => list.map(({ name, args }) => [name, reading(args)]);

function testValues({ test }: Atom): readonly Value[] {
  switch (test.kind) {
    case "range":
      return [test.min, test.minOpen, test.max, test.maxOpen];
    case "inside":
      return [test.networks];
    case "present":
      return [];
    default:
      return [test.values];
  }
}

const ruleValue = (rule: RuleRow): Value => [
  rule.id,
  rule.title,
  rule.effect,
  rule.shadow,
  rule.skipsErrors,
  rule.atoms.map((atom) => [atom.path, atom.test.kind, ...testValues(atom)]),
  reading(rule.truth),
  rule.each,
  given(rule.obligations),
  given(rule.advice),
  reading(rule.message),
  reading(rule.because),
  reading(rule.told),
  rule.controls,
];

function tableValue(table: PolicyTable): Value {
  const { limits } = table;
  return [
    table.input,
    table.on,
    named(table.data),
    table.relations.map(({ name, document, path, edges }) =>
      edges.kind === "step" ? [name, document, path, edges.step] : [name, document, path, edges.from, edges.to],
    ),
    table.derived.map(reading),
    table.default,
    [limits.bytes, limits.depth, limits.items, limits.text, limits.fuel],
    named(table.obligations),
    named(table.advice),
    table.rules.map(ruleValue),
  ];
}

/** The bytes, or why there are none. */
export function encodeTable(table: PolicyTable): { readonly bytes: Uint8Array } | { readonly reason: string } {
  const encoded = encodeValue(tableValue(table));
  return "problem" in encoded ? { reason: encoded.problem.message } : encoded;
}

class Misshapen {
  readonly reason: string;
  constructor(reason: string) {
    this.reason = reason;
  }
}
const refuse = (what: string): never => {
  throw new Misshapen(`${what} is none`);
};
const text = (value: Value, what: string): string => (typeof value === "string" ? value : refuse(what));
const flag = (value: Value, what: string): boolean => (typeof value === "boolean" ? value : refuse(what));
const count = (value: Value, what: string): number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0 ? value : refuse(what);
const list = (value: Value, what: string): readonly Value[] => (Array.isArray(value) ? value : refuse(what));
/** A list of so many parts. Each is read, so that nothing is passed over: what is read is written again as the same bytes. */
const parts = (value: Value, count: number, what: string): readonly Value[] =>
  Array.isArray(value) && value.length === count ? value : refuse(what);
const step = (value: Value): Step => (typeof value === "string" ? value : count(value, "a step of a path"));

const readingOf = (value: Value): Reading => {
  const [fn, reads] = parts(value, 2, "a function");
  return {
    function: count(fn, "a function"),
    reads: list(reads, "what a function reads").map((env) => count(env, "a number of the environment")),
  };
};
const readingOrNull = (value: Value): Reading | null => (value === null ? null : readingOf(value));
const namedOf = (value: Value): PolicyTable["data"] =>
  list(value, "a list of names").map((item) => {
    const [name, type] = parts(item, 2, "a name with its type");
    return { name: text(name, "a name"), type: count(type, "a type") };
  });
const NONE: readonly never[] = [];
const givenOf = (value: Value): readonly Given[] => {
  const items = list(value, "a list of obligations");
  // Most rules give none: one empty list for all.
  if (items.length === 0) return NONE;
  return items.map((item) => {
    const [name, args] = parts(item, 2, "an obligation");
    return { name: count(name, "an obligation"), args: readingOf(args) };
  });
};

const TEXT_TESTS = ["starts_with", "ends_with", "under_path", "under_host"] as const;
const VALUE_TESTS = ["in", "has_any"] as const;

/** Atoms that rules have in common are one in memory. */
class Shared {
  readonly #atoms = new Map<string, Atom>();

  atom(value: Value): Atom {
    const key = keyOf(value);
    if (key === null) return atomOf(value);
    const known = this.#atoms.get(key);
    if (known !== undefined) return known;
    const made = atomOf(value);
    this.#atoms.set(key, made);
    return made;
  }
}

/** A text that tells short lists of texts, numbers and truth values apart; null of anything else. */
function keyOf(value: Value): string | null {
  if (Array.isArray(value) && value.length === 3) {
    const [path, kind, values] = value as readonly Value[];
    // One text of one field, as most atoms ask.
    if (isField(path) && isWord(kind) && Array.isArray(values) && values.length === 1 && typeof values[0] === "string")
      return `${path[0]} ${kind} ${values[0]}`;
  }
  let count = 0;
  const simple = (part: Value): boolean =>
    ++count <= SHARED_PARTS_MAX &&
    (part === null ||
      typeof part === "string" ||
      typeof part === "number" ||
      typeof part === "boolean" ||
      (Array.isArray(part) && part.every(simple)));
  return simple(value) ? JSON.stringify(value) : null;
}

const isField = (path: Value): path is readonly [number] =>
  Array.isArray(path) && path.length === 1 && typeof path[0] === "number";
const isWord = (kind: Value): boolean =>
  TEXT_TESTS.some((each) => each === kind) || VALUE_TESTS.some((each) => each === kind);

/** Parts of an atom that is looked for among others. */
const SHARED_PARTS_MAX = 12;

function atomOf(value: Value): Atom {
  const [path, kind, ...operands] = list(value, "an atom");
  return { path: list(path, "a path").map(step), test: testOf(kind, operands) };
}

function testOf(kind: Value, operands: readonly Value[]): AtomTest {
  if (kind === "present") {
    parts(operands, 0, "the test of an atom");
    return { kind };
  }
  if (kind === "range") {
    const [min, minOpen, max, maxOpen] = parts(operands, 4, "the test of an atom");
    return { kind, min, minOpen: flag(minOpen, "an edge"), max, maxOpen: flag(maxOpen, "an edge") };
  }
  const values = list(parts(operands, 1, "the test of an atom")[0], "the values of an atom");
  if (kind === "inside") return { kind, networks: values };
  const ofTexts = TEXT_TESTS.find((each) => each === kind);
  if (ofTexts !== undefined) return { kind: ofTexts, values: values.map((each) => text(each, "a text of an atom")) };
  const ofValues = VALUE_TESTS.find((each) => each === kind);
  return ofValues === undefined ? refuse("the test of an atom") : { kind: ofValues, values };
}

function relationOf(value: Value): Relation {
  const short = Array.isArray(value) && value.length === 4;
  const [name, document, path, first, second] = parts(value, short ? 4 : 5, "a relation");
  const edges: Relation["edges"] = short
    ? { kind: "step", step: step(first) }
    : { kind: "pairs", from: step(first), to: step(second) };
  return {
    name: text(name, "a name"),
    document: count(document, "a document"),
    path: list(path, "a path").map(step),
    edges,
  };
}

const EFFECTS: readonly Effect[] = ["allow", "deny", "require", "table"];

function controlsOf(value: Value): readonly string[] {
  const controls = list(value, "the controls of a rule");
  return controls.length === 0 ? NONE : controls.map((control) => text(control, "a control"));
}

function ruleOf(value: Value, shared: Shared): RuleRow {
  const [id, title, effect, shadow, skips, atoms, truth, each, obligations, advice, message, because, told, controls] =
    parts(value, 14, "a rule");
  return {
    id: text(id, "the id of a rule"),
    title: text(title, "the title of a rule"),
    effect: EFFECTS.find((known) => known === effect) ?? refuse("the effect of a rule"),
    shadow: flag(shadow, "whether a rule is a shadow"),
    skipsErrors: flag(skips, "whether a rule skips errors"),
    atoms: list(atoms, "the atoms of a rule").map((atom) => shared.atom(atom)),
    truth: readingOrNull(truth),
    each: flag(each, "whether a rule is over elements"),
    obligations: givenOf(obligations),
    advice: givenOf(advice),
    message: readingOrNull(message),
    because: readingOrNull(because),
    told: readingOrNull(told),
    controls: controlsOf(controls),
  };
}

function tableOf(value: Value): PolicyTable {
  const [input, on, data, relations, derived, otherwise, limits, obligations, advice, rules] = parts(
    value,
    10,
    "a rule table",
  );
  const shared = new Shared();
  const [bytes, depth, items, most, fuel] = parts(limits, 5, "the limits of an input");
  return {
    input: count(input, "the type of the input"),
    on: on === null ? null : text(on, "the name of the input"),
    data: namedOf(data),
    relations: list(relations, "a list of relations").map(relationOf),
    derived: list(derived, "a list of derived values").map(readingOf),
    default: otherwise === "allow" || otherwise === "deny" ? otherwise : refuse("the default"),
    limits: {
      bytes: count(bytes, "a limit"),
      depth: count(depth, "a limit"),
      items: count(items, "a limit"),
      text: count(most, "a limit"),
      fuel: count(fuel, "a limit"),
    },
    obligations: namedOf(obligations),
    advice: namedOf(advice),
    rules: list(rules, "a list of rules").map((rule) => ruleOf(rule, shared)),
  };
}

/** Reads a table in its one form, or says in words why the bytes are none. Never throws. */
export function decodeTable(bytes: Uint8Array): { readonly table: PolicyTable } | { readonly reason: string } {
  const decoded = decodeValue(bytes);
  if ("problem" in decoded) return { reason: decoded.problem.message };
  try {
    return { table: tableOf(decoded.value) };
  } catch (misshapen) {
    if (misshapen instanceof Misshapen) return { reason: misshapen.reason };
    throw misshapen;
  }
}
