// A small policy as code of the host: reading the input, the atoms, the conditions and the decision as one function, written from the
// verified table. What is not a plain allow or deny that is true or false is left to the general way, as runs that end badly are
// left to the interpreter (docs/design/0011): code never says what an error is.
//
// Invariant: nothing of a module stands in the text but whole numbers and texts written by JSON.stringify.
import { linkText } from "../code/compile.ts";
import { LEFT } from "../code/link.ts";
import { Translation } from "../code/translate.ts";
import type { Interpreter } from "../interpret.ts";
import { FUEL_MAX } from "../limits.ts";
import type { Loaded } from "../load.ts";
import type { Field, Type } from "../type.ts";
import type { Value } from "../value.ts";
import { valueAt } from "./atoms.ts";
import { type AskedRule, allowsText, type CostedTest, TEST_COST } from "./code-allows.ts";
import { Answers, keyShapeOf } from "./code-answers.ts";
import { waysText } from "./code-condition.ts";
import { TextTests } from "./code-texts.ts";
import { CANDIDATE_FUEL, DECISION_FUEL, RULE_FUEL } from "./fuel.ts";
import { testOf } from "./index/tests.ts";
import { CODE_FUNCTION_PARTS_MAX, CODE_RULES_MAX, CODE_VALUES_MAX } from "./limits.ts";
import { isInherited, missingOf, Readers, SLOW } from "./plain.ts";
import {
  type Atom,
  type PolicyTable,
  READS_DATA,
  READS_DERIVED,
  READS_INPUT,
  READS_RELATIONS,
  type Reading,
  type RuleRow,
} from "./table.ts";
import { Verdict } from "./verdict.ts";
import { endsOf, onlyCompares, onlyFields, type Way, type Ways, waysOf } from "./ways.ts";

/** A policy of many rules has code for reading only. */
export interface DecisionCode {
  /** Reads an object of the host; null: left to the general way. */
  readonly read: (input: unknown) => readonly Value[] | null;
  /** The decisions over the documents of a policy. `judged` and `asked`: the general way, for what is left to it, of an input that was read
   *  and of an object of the host; `isYes`: what a verdict says to who only asks whether. */
  readonly bind: <T>(
    data: Value,
    relations: Value,
    judged: (input: Value) => T,
    asked: (input: unknown) => T,
    isYes: (verdict: Verdict | T) => boolean,
  ) => BoundCode<T>;
}

/** Nothing stands between the caller and the text: a wrapper costs a tenth of a small decision. */
export interface BoundCode<T> {
  /** Of an input that was read. */
  readonly judge: (input: Value) => Verdict | T;
  /** Of an object of the host. */
  readonly verdict: (input: unknown) => Verdict | T;
  /** Yes or no, of an input that was read. */
  readonly allows: (input: Value) => boolean;
}

/** Code of a policy's decisions, or null where there can be none. */
export function decisionCode(loaded: Loaded, table: PolicyTable, interpreter: Interpreter): DecisionCode | null {
  const type = loaded.module.types[table.input]!;
  if (type.kind !== "record") return null;
  const translation = new Translation(loaded);
  const names = new Names();
  const text = new DecisionText(translation, table, type, names);
  const main = [
    `const read = ${text.reader()};`,
    "const bind = (data, relations, judged, asked, isYes) => {",
    `const judge = ${text.ofRead()};`,
    `const verdict = ${text.ofPlain()};`,
    `const allows = ${text.allows()};`,
    "return { judge, verdict, allows };",
    "};",
    "return { read, bind };",
  ];
  const given = names.list.map(([name]) => name).join(", ");
  const linked = linkText(translation, interpreter, `return (${given}) => {\n${main.join("\n")}\n};`);
  if (linked === null) return null;
  const start = linked.value as (...given: readonly unknown[]) => DecisionCode;
  const made = start(...names.list.map(([, value]) => value));
  // Without functions that do more than compare fields nothing is metered and nothing is left by throwing.
  return text.meters ? guarded(made, linked.meter) : made;
}

const toNull = (): null => null;

function guarded({ read, bind }: DecisionCode, meter: Float64Array): DecisionCode {
  /** Something else than LEFT was thrown, such as the end of the host's stack: the code is not used again. */
  let broken = false;
  const within = <I, T>(decide: (input: I) => Verdict | null, left: (input: I) => T) => {
    return (input: I): Verdict | T => {
      if (broken) return left(input);
      meter[0] = 0;
      meter[1] = FUEL_MAX;
      let verdict: Verdict | null = null;
      try {
        verdict = decide(input);
      } catch (error) {
        broken = error !== LEFT;
      }
      return verdict ?? left(input);
    };
  };
  return {
    read,
    bind: (data, relations, judged, asked, isYes) => {
      const bound = bind(data, relations, toNull, toNull, () => false);
      const judge = within(bound.judge, judged);
      return { judge, verdict: within(bound.verdict, asked), allows: (input) => isYes(judge(input)) };
    },
  };
}

/** Values that the text names. */
class Names {
  readonly list: [string, unknown][] = [];
  readonly #known = new Map<unknown, string>();
  name(value: unknown): string {
    const known = this.#known.get(value);
    if (known !== undefined) return known;
    const name = `n${this.list.length}`;
    this.list.push([name, value]);
    this.#known.set(value, name);
    return name;
  }
}

const q = (text: string): string => JSON.stringify(text);

/** Where the text finds the parts of the input. */
interface Places {
  /** The variable of the field in a slot. */
  readonly slot: (slot: number) => string;
  /** The input as the functions take it. */
  readonly whole: string;
  /** The statement that leaves the input to the general way. */
  readonly leave: string;
}

class DecisionText {
  readonly #translation: Translation;
  readonly #table: PolicyTable;
  readonly #type: Extract<Type, { kind: "record" }>;
  readonly #names: Names;
  readonly #readers: Readers;
  readonly #small: boolean;
  /** Whether functions are run. */
  readonly #runs: boolean;
  /** Whether one of them does more than compare fields: then fuel is settled on the way, and the text may be left by throwing. */
  readonly meters: boolean;

  constructor(translation: Translation, table: PolicyTable, type: Extract<Type, { kind: "record" }>, names: Names) {
    this.#translation = translation;
    this.#table = table;
    this.#type = type;
    this.#names = names;
    this.#readers = new Readers(table.limits);
    this.#small = table.rules.length <= CODE_RULES_MAX;
    const conditions = table.rules.flatMap((row) => (isPlainRule(row) && row.truth !== null ? [row.truth] : []));
    this.#runs = this.#small && conditions.length > 0;
    const { functions, constants } = translation.loaded.module;
    const compares = (condition: Reading): boolean =>
      onlyCompares(condition, functions[condition.function]!, constants, type.fields);
    this.meters = this.#runs && !conditions.every(compares);
  }

  /** The function that reads. */
  reader(): string {
    const { fields } = this.#type;
    if (fields.some(({ name }) => isInherited(name))) return NOTHING;
    return `function read(plain) {\n${this.#reading(fields, "return null;")}return [${fields.map((_, slot) => `v${slot}`).join(", ")}];\n}`;
  }

  /** The function of an input that was read. */
  ofRead(): string {
    if (!this.#small) return "judged";
    const fields = this.#type.fields.map((_, slot) => `v${slot} = input[${slot}]`);
    const leave = "return judged(input);";
    const body = this.#decision({ slot: (slot) => `v${slot}`, whole: "input", leave });
    return `function judge(input) {\n${this.#caught(`${declared(fields)}${body}`, leave)}}`;
  }

  /** The function of an object of the host. */
  ofPlain(): string {
    const { fields } = this.#type;
    if (!this.#small || fields.some(({ name }) => isInherited(name))) return "asked";
    const slots = fields.map((_, slot) => `v${slot}`);
    const leave = "return asked(plain);";
    const body = this.#decision({
      slot: (slot) => `v${slot}`,
      whole: `(whole ??= [${slots.join(", ")}])`,
      leave,
    });
    return `function verdict(plain) {\n${this.#caught(`let whole;\n${this.#reading(fields, leave)}${body}`, leave)}}`;
  }

  /** The function that says yes or no of an input that was read: by the verdict, where rules say more than allow or deny, or their conditions do
   *  more than compare fields. */
  allows(): string {
    const { rules, default: otherwise } = this.#table;
    const ways = this.#small && rules.every(isPlainRule) ? this.#ways() : null;
    if (ways === null) return "(input) => isYes(judge(input))";
    const places: Places = {
      slot: (slot) => `v${slot}`,
      whole: "input",
      leave: "return isYes(judge(input));",
    };
    const paths = new Map<string, string>();
    const asked = rules.map(({ effect, atoms }, index): AskedRule => {
      const denies = effect === "deny";
      const end = ({ outcome }: Way): string => (outcome ? `return ${!denies};` : "");
      const way = ways[index]!;
      return {
        denies,
        tests: atoms.map((atom) => this.#costedTest(atom, places, paths)),
        condition: way === null ? null : waysText(way, places.slot, places.leave, end),
      };
    });
    const body = allowsText(asked, otherwise === "allow");
    const fields = this.#type.fields.map((_, slot) => `v${slot} = input[${slot}]`);
    const deep = paths.size === 0 ? "" : `const ${[...paths.values()].join(", ")};\n`;
    return `function allows(input) {\n${this.#caught(`${declared(fields)}${deep}${body.join("\n")}\n`, places.leave)}}`;
  }

  /** What throws, such as a field of the input that is computed when it is read, is left to the general way. */
  #caught(body: string, leave: string): string {
    return this.meters ? body : `try {\n${body}} catch { ${leave} }\n`;
  }

  /** Statements that read the fields of `plain` into variables, or leave. The same as Readers, with the usual kinds in place. */
  #reading(fields: readonly Field[], leave: string): string {
    const { limits } = this.#table;
    const readers = this.#names.name(this.#readers);
    const lines = [
      `if (typeof plain !== "object" || plain === null) ${leave}`,
      `let present = 0, units = 0, count = 0;`,
    ];
    const ownOnly = `if (${this.#names.name(Object.getPrototypeOf)}(plain) !== ${this.#names.name(Object.prototype)}) ${leave}`;
    if (fields.length === 0) lines.push(ownOnly);
    // The budget of the readers is kept only where one of them is asked.
    const counted = fields.some(({ type }) => !["text", "bool", "int"].includes(type.kind));
    if (counted) lines.push(`${readers}.budget.left = ${limits.bytes};`);
    let fixed = 9;
    for (const [slot, field] of fields.entries()) {
      const variable = `v${slot}`;
      fixed += 18 + 3 * field.name.length;
      lines.push(`let ${variable} = plain[${q(field.name)}];`);
      // After a field was read the host knows the shape of the object, and so its prototype: before, asking for it is a call, a sixth of the whole.
      if (slot === 0) lines.push(ownOnly);
      const missing = missingOf(field, field.name);
      const absent =
        missing === SLOW
          ? ""
          : `if (${variable} === undefined) ${variable} = ${missing === null ? "null" : this.#names.name(missing)}; else `;
      lines.push(`${absent}{ present++; ${this.#readOne(variable, field.type, field.name, leave)} }`);
    }
    const names = this.#names.name(new Set(fields.map(({ name }) => name)));
    const left = counted ? `${readers}.budget.left` : String(limits.bytes);
    lines.push(
      "for (const key in plain) count++;",
      "if (count !== present) {",
      `${readers}.budget.left = ${left} - 3 * units - ${fixed};`,
      `if (!${readers}.others(plain, ${names}, present, 0) || ${readers}.budget.left < 0) ${leave}`,
      `} else if (count > ${limits.items} || 3 * units + ${fixed} > ${left}) ${leave}`,
    );
    return `${lines.join("\n")}\n`;
  }

  #readOne(variable: string, type: Type, path: string, leave: string): string {
    const { limits } = this.#table;
    switch (type.kind) {
      case "text":
        return `if (typeof ${variable} !== "string" || ${variable}.length > ${Math.floor(limits.text / 3)} || !${variable}.isWellFormed()) ${leave} units += ${variable}.length;`;
      case "bool":
        return `if (typeof ${variable} !== "boolean") ${leave}`;
      case "int": {
        const reader = this.#names.name(this.#readers.of(type, path));
        return `if (typeof ${variable} === "number" && (${variable} | 0) === ${variable}) ${variable} += 0; else if ((${variable} = ${reader}(${variable}, 1)) === ${this.#names.name(SLOW)}) ${leave}`;
      }
      default: {
        const reader = this.#names.name(this.#readers.of(type, path));
        return `if ((${variable} = ${reader}(${variable}, 1)) === ${this.#names.name(SLOW)}) ${leave}`;
      }
    }
  }

  /** Statements that give the verdict: the candidates as bits of `key`, then their conditions. */
  #decision(places: Places): string {
    const { rules } = this.#table;
    const paths = new Map<string, string>();
    const candidates = this.#candidates(places, paths);
    const unsaid = bitsOf(rules, (row) => !isPlainRule(row));
    return [
      `let key = ${bitsOf(rules, () => true)}, h;`,
      ...(paths.size === 0 ? [] : [`const ${[...paths.values()].join(", ")};`]),
      ...candidates,
      unsaid === 0 ? "" : `if ((key & ${unsaid}) !== 0) ${places.leave}`,
      ...(this.#keyed(places) ?? this.#counted(places)),
      "",
    ].join("\n");
  }

  /** Statements that take away the bits of rules with an atom that does not hold: the texts first, each once for all rules, then what else is to
   *  be tested for those that are left. */
  #candidates(places: Places, paths: Map<string, string>): string[] {
    const { rules } = this.#table;
    const slots = new Map<number, TextTests>();
    const others: string[] = [];
    for (const [index, row] of rules.entries()) {
      const bit = 1 << index;
      const rest = row.atoms.filter(({ path: [slot, ...deeper], test }) => {
        const field = typeof slot === "number" && deeper.length === 0 ? this.#type.fields[slot] : undefined;
        if (field === undefined || !isText(field) || !("values" in test)) return true;
        if (test.values.length > CODE_VALUES_MAX) return true;
        const tests = slots.get(slot as number) ?? new TextTests();
        slots.set(slot as number, tests);
        return !tests.add(bit, test);
      });
      if (rest.length === 0) continue;
      const test = rest.map((atom) => `(${this.#atom(atom, places, paths)})`).join(" && ");
      others.push(`if ((key & ${bit}) !== 0 && !(${test})) key &= ${~bit};`);
    }
    const all = bitsOf(rules, () => true);
    const texts = [...slots]
      .filter(([, tests]) => tests.rules !== 0)
      .sort(([, a], [, b]) => countBits(b.rules) - countBits(a.rules))
      .map(([slot, tests], at) => {
        const first = at === 0;
        const body = `h = ${all & ~tests.rules};\n${tests.text(places.slot(slot), first)}key &= h;`;
        return first ? body : `if ((key & ${tests.rules}) !== 0) {\n${body}\n}`;
      });
    return [...texts, ...others];
  }

  /** The ways of each rule's condition, null where it has none; null where a condition does more than compare fields. */
  #ways(): readonly (Ways | null)[] | null {
    if (this.meters) return null;
    const { functions, constants } = this.#translation.loaded.module;
    const { rules } = this.#table;
    const ways = rules.map((row) =>
      row.truth === null || !isPlainRule(row) ? null : waysOf(row.truth, functions, constants, this.#type.fields),
    );
    return rules.some((row, index) => isPlainRule(row) && row.truth !== null && ways[index] === null) ? null : ways;
  }

  /** Where all that is left is comparing fields: the key says the whole answer. */
  #keyed(places: Places): string[] | null {
    const ways = this.#ways();
    if (ways === null) return null;
    const shape = keyShapeOf(ways.map((each) => (each === null ? null : endsOf(each))));
    if (shape === null) return null;
    const conditions = ways.flatMap((each, index) => {
      if (each === null) return [];
      const { ends, shift } = shape.conditions[index]!;
      const end = (way: Way): string => {
        const number = ends.findIndex(({ outcome, fuel }) => outcome === way.outcome && fuel === way.fuel);
        return number === 0 ? "" : `key |= ${number << shift};`;
      };
      return [`if ((key & ${1 << index}) !== 0) { ${waysText(each, places.slot, places.leave, end)} }`];
    });
    const answers = new Answers(this.#table, shape);
    return [...conditions, answers.text((value) => this.#names.name(value))];
  }

  /** The general form: conditions are run, and fuel is counted on the way. */
  #counted(places: Places): string[] {
    const { rules, default: otherwise } = this.#table;
    const variables = new Set<string>();
    const written = new Set<number>();
    const sure = (effect: "allow" | "deny"): number =>
      bitsOf(rules, (row) => row.effect === effect && row.truth === null && isPlainRule(row));
    const conditions = rules.flatMap((row, index) =>
      row.truth === null || !isPlainRule(row)
        ? []
        : [
            `if ((key & ${1 << index}) !== 0) { ${this.#condition(row.truth, index, bitOf(row), places, { variables, written })} }`,
          ],
    );
    const start = DECISION_FUEL + RULE_FUEL * rules.length;
    const verdict = this.#names.name(Verdict);
    // Whole numbers of the host as long as nothing was settled.
    const fuel = this.meters
      ? "meter[0] === 0 ? fuel + used : fuel + used + meter[0]"
      : this.#runs
        ? "fuel + used"
        : "fuel";
    const give = (decision: string, bits: string): string =>
      `return new ${verdict}("${decision}", ${fuel}, ${bits}, null);`;
    return [
      `let allows = key & ${sure("allow")}, denies = key & ${sure("deny")}${this.#runs ? ", used = 0, most = 0, t" : ""};`,
      `const fuel = ${start} + ${CANDIDATE_FUEL} * ${this.#names.name(countBits)}(key);`,
      ...(variables.size === 0 ? [] : [`let ${[...variables].join(", ")};`]),
      ...conditions,
      `if (denies !== 0) ${give("deny", "denies")}`,
      otherwise === "allow"
        ? give("allow", "allows")
        : `if (allows !== 0) ${give("allow", "allows")} ${give("deny", "0")}`,
    ];
  }

  /** The condition of a candidate: true sets its bit, false nothing, anything else leaves. */
  #condition(
    reading: Reading,
    index: number,
    bits: string,
    places: Places,
    made: { readonly variables: Set<string>; readonly written: Set<number> },
  ): string {
    const outcome = `c${index}`;
    made.variables.add(outcome);
    const before: string[] = [];
    const args = reading.reads.map((env) => this.#read(env, places, made, before));
    const fn = this.#translation.loaded.module.functions[reading.function]!;
    // What is called counts its fuel with the meter, so without one every condition is written in place.
    const small =
      fn.code.length + fn.registers <= CODE_FUNCTION_PARTS_MAX && !(this.meters && made.written.has(reading.function));
    // Where a function only takes fields out of the input, the fields stand in variables already.
    const fields = reading.reads.map((env, at) => env === READS_INPUT && onlyFields(fn, at, this.#type.fields.length));
    const register = (at: number): string => {
      const name = `c${index}_${at}`;
      made.variables.add(name);
      return name;
    };
    const label = `b${index}_`;
    const body = small
      ? this.#translation.body(reading.function, {
          register,
          prefix: label,
          give: (value) => `{ ${outcome} = ${value}; break ${label}end; }`,
          slot: (at, slot) => (fields[at] === true ? places.slot(slot) : null),
          ...(this.meters ? {} : { unlike: places.leave }),
        })
      : null;
    if (body !== null) made.written.add(reading.function);
    const run =
      body === null && !this.meters
        ? places.leave
        : body === null
          ? `most = settle(used); used = 0; ${outcome} = ${this.#translation.call(reading.function, args)};`
          : `${args.map((arg, at) => (fields[at] === true ? "" : `${register(at)} = ${arg};`)).join(" ")} ${label}end: {\n${body}}`;
    return [
      ...before,
      run,
      `if (${outcome} === true) ${bits} |= ${1 << index}; else if (${outcome} !== false) ${places.leave}`,
    ].join(" ");
  }

  /** A value of the environment; what must be computed first goes into `before`. */
  #read(env: number, places: Places, made: { readonly variables: Set<string> }, before: string[]): string {
    if (env === READS_INPUT) return places.whole;
    if (env === READS_DATA) return "data";
    if (env === READS_RELATIONS) return "relations";
    const value = `e${env}`;
    const known = `h${env}`;
    made.variables.add(value);
    if (!made.variables.has(`${known} = false`)) made.variables.add(`${known} = false`);
    const reading = this.#table.derived[env - READS_DERIVED]!;
    const inner: string[] = [];
    const args = reading.reads.map((each) => this.#read(each, places, made, inner));
    before.push(
      `if (!${known}) { ${inner.join(" ")} most = settle(used); used = 0; ${value} = ${this.#translation.call(reading.function, args)}; ${known} = true; }`,
    );
    return value;
  }

  #costedTest(atom: Atom, places: Places, paths: Map<string, string>): CostedTest {
    const { path, test } = atom;
    const [slot, ...deeper] = path;
    const field = typeof slot === "number" && deeper.length === 0 ? this.#type.fields[slot] : undefined;
    const kind = field?.type.kind;
    const cost =
      kind === "int" || kind === "bool"
        ? TEST_COST.number
        : kind === "text" && test.kind === "in"
          ? TEST_COST.text
          : TEST_COST.other;
    return { text: this.#atom(atom, places, paths), cost };
  }

  /** An atom as an expression. */
  #atom({ path, test }: Atom, places: Places, paths: Map<string, string>): string {
    const [value, type] = this.#valueAt(path, places, paths);
    const comparable = type?.kind === "text" || type?.kind === "enum" || type?.kind === "int" || type?.kind === "bool";
    if (test.kind === "in" && comparable && test.values.length <= CODE_VALUES_MAX) {
      const texts = test.values.map(literalOf);
      if (texts.every((text) => text !== null))
        return texts.map((text) => `${value} === ${text}`).join(" || ") || "false";
    }
    if ((test.kind === "starts_with" || test.kind === "ends_with") && test.values.length <= CODE_VALUES_MAX) {
      const method = test.kind === "starts_with" ? "startsWith" : "endsWith";
      const each = test.values.map((text) => `${value}.${method}(${q(text)})`);
      return `typeof ${value} === "string" && (${each.join(" || ") || "false"})`;
    }
    const any = `${this.#names.name(testOf(test))}(${value})`;
    const whole = `${value} !== undefined && !(${value} instanceof ErrorValue) && ${any}`;
    if (test.kind !== "range" || type?.kind !== "int") return whole;
    const bounds = [
      test.min === null ? "" : `${value} ${test.minOpen ? ">" : ">="} ${literalOf(test.min)}`,
      test.max === null ? "" : `${value} ${test.maxOpen ? "<" : "<="} ${literalOf(test.max)}`,
    ].filter((bound) => bound !== "");
    return bounds.some((bound) => bound.endsWith(" null"))
      ? whole
      : `typeof ${value} === "number" ? ${bounds.join(" && ") || "true"} : ${whole}`;
  }

  /** The variable of the value at a path, which stands before the rules, and its type where it is certain. */
  #valueAt(path: Atom["path"], places: Places, variables: Map<string, string>): readonly [string, Type | null] {
    const [first, ...rest] = path;
    const field = typeof first === "number" ? this.#type.fields[first] : undefined;
    if (field !== undefined && rest.length === 0) return [places.slot(first as number), field.type];
    const key = JSON.stringify(path);
    const name = `p${variables.size}`;
    const known = [...variables.keys()].indexOf(key);
    if (known >= 0) return [`p${known}`, null];
    const from = field === undefined ? places.whole : places.slot(first as number);
    const steps = field === undefined ? path : rest;
    const [step] = steps;
    // Errors are no lists, so absence on the way is undefined.
    const expression =
      steps.length === 1 && typeof step === "number"
        ? `Array.isArray(${from}) ? ${from}[${step}] : undefined`
        : `${this.#names.name(valueAt)}(${from}, ${this.#names.name(steps)})`;
    variables.set(key, `${name} = ${expression}`);
    return [name, null];
  }
}

const NOTHING = "() => null";

const declared = (variables: readonly string[]): string =>
  variables.length === 0 ? "" : `let ${variables.join(", ")};\n`;

/** A rule that says allow or deny and nothing else. */
export const isPlainRule = (row: RuleRow): boolean =>
  (row.effect === "allow" || row.effect === "deny") &&
  !row.shadow &&
  !row.each &&
  row.obligations.length === 0 &&
  row.advice.length === 0;

/** A field that always holds a text. */
const isText = ({ type, optional }: Field): boolean => !optional && (type.kind === "text" || type.kind === "enum");

const bitsOf = (rules: readonly RuleRow[], which: (row: RuleRow) => boolean): number =>
  rules.reduce((bits, row, index) => (which(row) ? bits | (1 << index) : bits), 0);

function countBits(bits: number): number {
  const pairs = bits - ((bits >>> 1) & 0x55555555);
  const fours = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

const bitOf = ({ effect }: RuleRow): string => (effect === "allow" ? "allows" : "denies");

/** A scalar written in the text, or null. */
function literalOf(value: Value): string | null {
  if (typeof value === "string") return q(value);
  if (typeof value === "boolean") return String(value);
  return typeof value === "number" && Number.isSafeInteger(value) ? `(${value})` : null;
}
