// A policy ready to decide: a verified module, its data documents, and a way to find candidates. Decisions are pure: the same
// module, data and input give the same bytes on every machine, in both tiers, with and without an index.
import { hex } from "../../core/bytes.ts";
import { contentId } from "../../core/hash.ts";
import { toJson } from "../conform.ts";
import type { ModuleError } from "../errors.ts";
import { moduleError } from "../errors.ts";
import { interpreterOf } from "../interpret.ts";
import { readJson } from "../json.ts";
import { type Loaded, load } from "../load.ts";
import type { Module } from "../module.ts";
import type { MachineBuiltin } from "../operations.ts";
import { compareText } from "../order.ts";
import { Hot, type Runner, runnerOf, type Tier } from "../tier.ts";
import { type Trace, traceFunction } from "../trace.ts";
import type { Type } from "../type.ts";
import { ErrorValue, MapValue, type Value } from "../value.ts";
import {
  type AnswerHead,
  type CheckAnswer,
  type Decision,
  type Determining,
  errorText,
  type Json,
  type ObligationGiven,
  plainJson,
  type RuleError,
  type Shadowed,
  type Violation,
} from "./answer.ts";
import { type BoundCode, type DecisionCode, decisionCode, isPlainRule } from "./code.ts";
import { type Candidates, Evaluation, type Outcome, outcomeOf, pathsOf } from "./evaluate.ts";
import { type Around, type FewRules, fewRulesOf } from "./few-rules.ts";
import { CANDIDATE_FUEL, DECISION_FUEL, startFuel } from "./fuel.ts";
import { indexOf } from "./index/index.ts";
import { scanOf } from "./index/self-test.ts";
import { bytesOf, type InputMisfit, overLimit, readTyped } from "./input.ts";
import { KNOWN_ANSWERS_MAX } from "./limits.ts";
import { type Read, Readers, SLOW } from "./plain.ts";
import { closureOf } from "./relations.ts";
import { type Given, type PolicyTable, READS_DERIVED, type Reading, type RuleRow } from "./table.ts";
import { isYes, Verdict } from "./verdict.ts";

export interface PolicyOptions {
  readonly tier?: Tier;
  /** How candidates are found: by an index of the atoms unless said otherwise. The answers are the same. */
  readonly find?: (table: PolicyTable) => Candidates;
}

/** Data of a policy that is refused. `document`: its name. */
export interface DataProblem {
  readonly document: string;
  readonly path: string;
  readonly reason: string;
}

/** A policy without its data. */
export interface LoadedPolicy {
  readonly module: Module;
  readonly table: PolicyTable;
  /** How candidates are found. `scan` also when the index did not agree with the scan: a mistake of ours that must decide nothing. */
  readonly finds: "index" | "scan" | "given";
  /** With data documents by name, as values of JSON. Reloading data needs nothing but this call. */
  readonly withData: (
    data: ReadonlyMap<string, Value>,
  ) => { readonly policy: Policy } | { readonly problem: DataProblem };
}

export interface Policy {
  readonly table: PolicyTable;
  /** The answer to an input, a value of JSON. */
  readonly decide: (input: Value) => Decision;
  /** The short answer to an object of the host: that to its JSON text. Never throws; what has no JSON is denied with the error `input`. */
  readonly verdict: (input: unknown) => Verdict;
  /** The short answer to an input that was read. */
  readonly judge: (input: Value) => Verdict;
  /** Yes or no to an input that was read: whether `judge` allows it with no obligation. Goes no further than the answer is sure, so it cannot say
   *  by which rules; for who asks of many things which of them are allowed. */
  readonly allows: (input: Value) => boolean;
  /** The same of an object of the host. Never throws; what has no JSON is not allowed. */
  readonly allowsPlain: (input: unknown) => boolean;
  /** Every violation. */
  readonly check: (input: Value) => CheckAnswer;
  /** Texts of a determining rule: for the caller, and for the operator. */
  readonly texts: (input: Value, rule: string) => { readonly message: string; readonly because: string } | null;
  /** The same input read by its type, for who asks more of it than a decision. */
  readonly read: (input: Value) => { readonly value: Value } | { readonly misfit: InputMisfit };
  /** The derived values on an input that was read. */
  readonly derived: (input: Value) => readonly Value[];
  /** Every instruction of the rules that are asked, and of the derived values they read, on an input that was read. */
  readonly traced: (input: Value) => readonly Trace[];
  /** Obligations whose arguments read nothing, so that they are known before anything is asked. An error: they cannot be said. */
  readonly fixed: () => readonly { readonly rule: string; readonly name: string; readonly args: Json | ErrorValue }[];
  /** What the rules come to on an input that was read. */
  readonly outcomes: (input: Value) => { readonly outcomes: readonly Outcome[]; readonly fuel: number };
}

/** Every rule whose atoms all hold, one after the other: the reference. */
export const scan =
  (table: PolicyTable): Candidates =>
  (input) =>
    scanOf(table, input);

/** Makes a policy ready, or says why the module is refused. `moduleId`: of the file it was read from. */
export function loadPolicy(
  { module, moduleId }: { readonly module: Module; readonly moduleId: Uint8Array },
  builtins: Iterable<MachineBuiltin>,
  options: PolicyOptions = {},
): { readonly loaded: LoadedPolicy } | { readonly error: ModuleError } {
  const read = load(module, builtins);
  if ("error" in read) return read;
  const table = module.policy;
  if (table === undefined) return { error: moduleError("vm/bad-table", "the module has no rules to decide with") };
  const runner = runnerOf(read.loaded, options.tier ?? "auto", functionsOf(table));
  const indexed = options.find === undefined ? indexOf(table) : null;
  const candidates = options.find?.(table) ?? (indexed !== null && "find" in indexed ? indexed.find : scan(table));
  const finds = indexed === null ? "given" : "find" in indexed ? "index" : "scan";
  const parts: Parts = {
    loaded: read.loaded,
    table,
    runner,
    candidates,
    module: hex(moduleId),
    ...decisions(read.loaded, table, options.tier ?? "auto"),
    readPlain: new Readers(table.limits).input(module.types[table.input]!),
    plainRules: table.rules.map(isPlainRule),
    fewRules: finds === "index" ? fewRulesOf(table, module) : null,

    constantRules: table.rules.map(isConstantRule),
  };
  return { loaded: { module, table, finds, withData: (data) => withData(parts, data) } };
}

interface Parts {
  readonly loaded: Loaded;
  readonly table: PolicyTable;
  readonly runner: Runner;
  readonly candidates: Candidates;
  /** Id in hex. */
  readonly module: string;
  /** The code of decisions, from the start or when it is hot. */
  readonly code: DecisionCode | null;
  readonly hot: Hot<DecisionCode> | null;
  readonly readPlain: (plain: unknown) => Read;
  /** Of each rule: whether it says allow or deny and nothing else. */
  readonly plainRules: readonly boolean[];
  /** The short answer of a policy of few rules. */
  readonly fewRules: FewRules | null;

  /** Of each rule: whether all it says is always the same when it holds. */
  readonly constantRules: readonly boolean[];
}

const isConstantRule = ({ effect, obligations, advice }: RuleRow): boolean =>
  effect !== "table" && [...obligations, ...advice].every(({ args }) => args.reads.length === 0);

function decisions(loaded: Loaded, table: PolicyTable, tier: Tier): Pick<Parts, "code" | "hot"> {
  const make = (): DecisionCode | null => decisionCode(loaded, table, interpreterOf(loaded));
  return { code: tier === "code" ? make() : null, hot: tier === "auto" ? new Hot(make) : null };
}

function functionsOf(table: PolicyTable): Set<number> {
  const out = new Set<number>();
  const add = (reading: Reading | null): void => {
    if (reading !== null) out.add(reading.function);
  };
  table.derived.forEach(add);
  for (const rule of table.rules) {
    for (const each of [rule.truth, rule.message, rule.because, rule.told]) add(each);
    for (const { args } of [...rule.obligations, ...rule.advice]) add(args);
  }
  return out;
}

function withData(
  parts: Parts,
  data: ReadonlyMap<string, Value>,
): { readonly policy: Policy } | { readonly problem: DataProblem } {
  const { table, loaded } = parts;
  const documents: Value[] = [];
  const digests: [string, string][] = [];
  for (const { name, type } of table.data) {
    const given = data.get(name);
    if (given === undefined) return { problem: { document: name, path: "", reason: "is missing" } };
    const read = readTyped(given, loaded.module.types[type]!);
    if ("misfit" in read) return { problem: { document: name, ...read.misfit } };
    const bytes = bytesOf(given, Number.MAX_SAFE_INTEGER);
    if (bytes === null) return { problem: { document: name, path: "", reason: "is too large" } };
    documents.push(read.value);
    digests.push([name, hex(contentId("data", bytes))]);
  }
  for (const name of data.keys())
    if (!table.data.some((each) => each.name === name))
      return { problem: { document: name, path: "", reason: "is no document of this policy" } };
  const closures: Value[] = [];
  for (const relation of table.relations) {
    const made = closureOf(relation, documents);
    if ("reason" in made)
      return { problem: { document: table.data[relation.document]!.name, path: "", reason: made.reason } };
    closures.push(made.closure);
  }
  return { policy: new Decider(parts, documents, closures, Object.fromEntries(digests)) };
}

class Decider implements Policy {
  readonly #known = new Map<
    string,
    {
      readonly decision: Decision["decision"];
      readonly rules: readonly number[];
      readonly more: Verdict["more"];
      /** Of what the obligations say. */
      readonly fuel: number;
    }
  >();
  readonly #parts: Parts;
  readonly #data: Value;
  readonly #relations: Value;
  readonly #digests: AnswerHead["data"];
  readonly #around: Around;
  readonly judge: Policy["judge"];
  readonly verdict: Policy["verdict"];
  readonly allows: Policy["allows"];
  /** What was made last when the policy was hot, and over the data. */
  #hotCode: DecisionCode | null = null;
  #hotBound: BoundCode<Verdict> | null = null;

  constructor(parts: Parts, data: Value, relations: Value, digests: AnswerHead["data"]) {
    this.#parts = parts;
    this.#data = data;
    this.#relations = relations;
    this.#digests = digests;
    this.#around = { runner: parts.runner, data, relations, start: (input) => this.#evaluation(input) };
    const { code, hot } = parts;
    const bound = code === null ? null : this.#bind(code);
    this.judge = bound?.judge ?? (hot === null ? this.#judged : (input) => this.#judgedHot(input, hot));
    this.verdict = bound?.verdict ?? (hot === null ? this.#asked : (input) => this.#askedHot(input, hot));
    this.allows =
      bound?.allows ?? (hot === null ? (input) => isYes(this.#judged(input)) : (input) => this.#allowsHot(input, hot));
  }

  get table(): PolicyTable {
    return this.#parts.table;
  }

  read = (input: Value): { readonly value: Value } | { readonly misfit: InputMisfit } => {
    const read = this.#read(input);
    return "value" in read && bytesOf(input, this.table.limits.bytes) === null ? { misfit: TOO_LARGE } : read;
  };

  /** Without the bound on its bytes, which is known when it is encoded. */
  #read(input: Value): { readonly value: Value } | { readonly misfit: InputMisfit } {
    const { table, loaded } = this.#parts;
    const over = overLimit(input, table.limits);
    return over === null ? readTyped(input, loaded.module.types[table.input]!) : { misfit: over };
  }

  #evaluation(input: Value): Evaluation {
    const { table, loaded, runner } = this.#parts;
    return new Evaluation(table, loaded, runner, [input, this.#data, this.#relations]);
  }

  outcomes = (input: Value): { readonly outcomes: readonly Outcome[]; readonly fuel: number } => {
    const evaluation = this.#evaluation(input);
    const outcomes = evaluation.outcomes(this.#parts.candidates(input));
    return { outcomes, fuel: evaluation.fuel };
  };

  fixed = (): ReturnType<Policy["fixed"]> => {
    const evaluation = this.#evaluation(undefined);
    return this.table.rules.flatMap(({ id, obligations }) =>
      obligations
        .filter(({ args }) => args.reads.length === 0)
        .map((given) => ({ rule: id, ...this.#argsOf(given, "obligations", evaluation) })),
    );
  };

  traced = (input: Value): readonly Trace[] => {
    const { table, loaded, candidates } = this.#parts;
    const traces: Trace[] = [];
    const run: Runner["run"] = (f, args, fuel) => {
      const trace = traceFunction(loaded, f, args, fuel);
      traces.push(trace);
      return trace.result;
    };
    const env = [input, this.#data, this.#relations] as const;
    new Evaluation(table, loaded, { run, translated: () => false }, env).outcomes(candidates(input));
    return traces;
  };

  derived = (input: Value): readonly Value[] => {
    const evaluation = this.#evaluation(input);
    return this.table.derived.map((_, at) => evaluation.value(READS_DERIVED + at));
  };

  /** In hex; null when the input has too many bytes. */
  #digestOf(input: Value): string | null {
    const bytes = bytesOf(input, this.table.limits.bytes);
    return bytes === null ? null : hex(contentId("input", bytes));
  }

  decide = (input: Value): Decision => {
    const read = this.#read(input);
    const digest = this.#digestOf(input);
    if ("misfit" in read || digest === null)
      return { ...refusedInput(this.#parts, this.#digests, digest, read), decision: "deny", ...NOTHING };
    const evaluation = this.#evaluation(read.value);
    const all = evaluation.outcomes(this.#parts.candidates(read.value));
    const { decision, determining, obligations, advice, errors, shadow } = this.#decided(all, evaluation);
    // Field by field: the host is slow in joining objects.
    return {
      fuel: evaluation.fuel,
      module: this.#parts.module,
      data: this.#digests,
      input_digest: digest,
      decision,
      determining,
      obligations,
      advice,
      errors,
      shadow,
    };
  };

  #bind(code: DecisionCode): BoundCode<Verdict> {
    return code.bind(this.#data, this.#relations, this.#judged, this.#asked, isYes);
  }

  /** The code of a policy that is hot, which is about to run. */
  #hot(hot: Hot<DecisionCode>): BoundCode<Verdict> | null {
    const code = hot.code();
    if (code === null) return null;
    if (code !== this.#hotCode) {
      this.#hotCode = code;
      this.#hotBound = this.#bind(code);
    }
    return this.#hotBound;
  }

  #judgedHot(input: Value, hot: Hot<DecisionCode>): Verdict {
    const bound = this.#hot(hot);
    if (bound !== null) return bound.judge(input);
    const given = this.#judged(input);
    hot.warm(given.fuel);
    return given;
  }

  #askedHot(input: unknown, hot: Hot<DecisionCode>): Verdict {
    const bound = this.#hot(hot);
    if (bound !== null) return bound.verdict(input);
    const given = this.#asked(input);
    hot.warm(given.fuel);
    return given;
  }

  #allowsHot(input: Value, hot: Hot<DecisionCode>): boolean {
    return this.#hot(hot)?.allows(input) ?? isYes(this.#judgedHot(input, hot));
  }

  allowsPlain = (input: unknown): boolean => {
    const read = this.#readPlain(input);
    return read === SLOW ? isYes(this.#slowly(input)) : this.allows(read as Value);
  };

  /** The general way of an object of the host. */
  #asked = (input: unknown): Verdict => {
    const read = this.#readPlain(input);
    return read === SLOW ? this.#slowly(input) : this.#judged(read as Value);
  };

  #readPlain(input: unknown): Read {
    try {
      return (this.#parts.code ?? this.#hotCode)?.read(input) ?? this.#parts.readPlain(input);
    } catch {
      // A field that throws when it is read.
      return SLOW;
    }
  }

  /** By way of the text: says what is wrong with an input. */
  #slowly(input: unknown): Verdict {
    const value = jsonOf(input);
    const read = value === null ? { misfit: { path: "", reason: "has no JSON" } } : this.#read(value.value);
    const digest = value === null ? null : this.#digestOf(value.value);
    if ("value" in read && digest !== null) return this.#judged(read.value);
    const { errors, fuel } = refusedInput(this.#parts, this.#digests, digest, read);
    return new Verdict("deny", fuel, [], { ...NOTHING, errors });
  }

  /** The general way of an input that was read. */
  #judged = (input: Value): Verdict => {
    const { fewRules, candidates: find } = this.#parts;
    const given = fewRules === null ? null : fewRules(input, this.#around);
    if (given !== null) return given;
    const candidates = find(input);
    return this.#quickly(input, candidates) ?? this.#generally(input, candidates);
  };

  /** Null where a rule says more than allow or deny, or errs. */
  #quickly(input: Value, candidates: readonly number[]): Verdict | null {
    const { table, plainRules } = this.#parts;
    const allows: number[] = [];
    const denies: number[] = [];
    let evaluation: Evaluation | null = null;
    for (const rule of candidates) {
      if (!plainRules[rule]) return null;
      const row = table.rules[rule]!;
      let truth: Value = true;
      if (row.truth !== null) {
        evaluation ??= this.#evaluation(input);
        truth = evaluation.run(row.truth);
      }
      if (truth === true) (row.effect === "allow" ? allows : denies).push(rule);
      else if (truth !== false) return null;
    }
    const started = evaluation?.fuel ?? startFuel(table);
    const allowed = denies.length === 0 && (allows.length > 0 || table.default === "allow");
    return new Verdict(
      allowed ? "allow" : "deny",
      started + CANDIDATE_FUEL * candidates.length,
      denies.length > 0 ? denies : allows,
      null,
    );
  }

  #generally(input: Value, candidates: readonly number[]): Verdict {
    const evaluation = this.#evaluation(input);
    const all = evaluation.outcomes(candidates);
    const key = this.#keyOf(all);
    const known = key === null ? undefined : this.#known.get(key);
    if (known !== undefined) return new Verdict(known.decision, evaluation.fuel + known.fuel, known.rules, known.more);
    const before = evaluation.fuel;
    const { decision, ...details } = this.#decided(all, evaluation);
    const { rules } = this.table;
    const by = [...new Set(details.determining.map(({ rule }) => this.#numberOf(rule)))].sort((a, b) => a - b);
    const more =
      details.obligations.length > 0 ||
      details.advice.length > 0 ||
      details.errors.length > 0 ||
      details.shadow.length > 0 ||
      by.some((rule) => rules[rule]!.each || rules[rule]!.effect === "table");
    const verdict = new Verdict(decision, evaluation.fuel, by, more ? details : null);
    if (key !== null) {
      if (this.#known.size >= KNOWN_ANSWERS_MAX) this.#known.clear();
      this.#known.set(key, { decision, rules: by, more: verdict.more, fuel: evaluation.fuel - before });
    }
    return verdict;
  }

  /** The rules that hold, where they alone say what the answer is: no error, no element, and obligations that read nothing. */
  #keyOf(all: readonly Outcome[]): string | null {
    const { constantRules } = this.#parts;
    let key = "";
    for (const { rule, at, error } of all) {
      if (error !== null || at.length > 0 || !constantRules[rule]) return null;
      key = key === "" ? String(rule) : `${key},${rule}`;
    }
    return key;
  }

  /** The number of a rule by its id. */
  #numberOf(id: string): number {
    const { rules } = this.table;
    let low = 0;
    let high = rules.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compareText(rules[middle]!.id, id) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #decided(all: readonly Outcome[], evaluation: Evaluation): Omit<Decision, keyof AnswerHead> {
    const { rules, default: otherwise } = this.table;
    const shadow: Shadowed[] = [];
    const errors: RuleError[] = [];
    const denies: Outcome[] = [];
    const allows: Outcome[] = [];
    const requires: Outcome[] = [];
    for (const one of all) {
      const { effect, error } = one;
      if (rules[one.rule]!.shadow) {
        const place = placeOf(rules, one);
        shadow.push(error === null ? { ...place, effect } : { ...place, effect, error: errorText(error) });
        continue;
      }
      if (error !== null) errors.push({ ...placeOf(rules, one), error: errorText(error) });
      if (effect === "deny") denies.push(one);
      else if (effect === "require") requires.push(one);
      else if (error === null) allows.push(one);
    }
    const allowed = denies.length === 0 && (allows.length > 0 || otherwise === "allow");
    const determining = denies.length > 0 ? denies : allows;
    const advised =
      requires.length === 0 ? determining : [...determining, ...requires.filter(({ error }) => error === null)];
    const advice = this.#given(advised, "advice", evaluation, []);
    if (!allowed)
      return {
        decision: "deny",
        determining: places(rules, determining),
        obligations: [],
        advice,
        errors: inOrder(errors),
        shadow,
      };
    // An obligation that cannot be said cannot be met: then nothing is allowed.
    const failed: RuleError[] = [];
    const obligations = this.#given([...allows, ...requires], "obligations", evaluation, failed);
    if (failed.length > 0)
      return {
        decision: "deny",
        determining: [],
        obligations: [],
        advice,
        errors: inOrder([...errors, ...failed]),
        shadow,
      };
    return {
      decision: "allow",
      determining: places(rules, determining),
      obligations,
      advice,
      errors: inOrder(errors),
      shadow,
    };
  }

  /** Obligations or advice of rules, each once for the same arguments. */
  #given(
    outcomes: readonly Outcome[],
    what: "obligations" | "advice",
    evaluation: Evaluation,
    failed: RuleError[],
  ): ObligationGiven[] {
    const { rules } = this.table;
    if (!outcomes.some(({ rule }) => rules[rule]![what].length > 0)) return [];
    const found = new Map<string, { name: string; args: Json; rules: string[] }>();
    for (const rule of new Set(outcomes.map((each) => each.rule).sort((a, b) => a - b)))
      for (const given of rules[rule]![what]) {
        const { name, args } = this.#argsOf(given, what, evaluation);
        if (args instanceof ErrorValue) {
          failed.push({ rule: rules[rule]!.id, at: [], error: `${name}: ${errorText(args)}` });
          continue;
        }
        const key = `${name} ${JSON.stringify(args)}`;
        const before = found.get(key);
        if (before === undefined) found.set(key, { name, args, rules: [rules[rule]!.id] });
        else before.rules.push(rules[rule]!.id);
      }
    return [...found.values()].sort((a, b) => (a.name === b.name ? 0 : a.name < b.name ? -1 : 1));
  }

  #argsOf(
    given: Given,
    what: "obligations" | "advice",
    evaluation: Evaluation,
  ): { name: string; args: Json | ErrorValue } {
    const { name, type } = this.table[what][given.name]!;
    const value = evaluation.run(given.args);
    const shown = shownAs(value, this.#parts.loaded.module.types[type]!);
    return { name, args: plainJson(shown) };
  }

  check = (input: Value): CheckAnswer => {
    const read = this.#read(input);
    const digest = this.#digestOf(input);
    if ("misfit" in read || digest === null) {
      const refused = refusedInput(this.#parts, this.#digests, digest, read);
      return { ...refused, violations: [{ rule: "input", at: [], message: refused.errors[0]!.error, error: "input" }] };
    }
    const evaluation = this.#evaluation(read.value);
    const { rules, default: otherwise } = this.table;
    const all = evaluation.outcomes(this.#parts.candidates(read.value)).filter(({ rule }) => !rules[rule]!.shadow);
    const violations: Violation[] = [];
    for (const rule of new Set(all.filter(({ effect }) => effect === "deny").map((each) => each.rule)))
      violations.push(
        ...this.#violations(
          rules[rule]!,
          all.filter((each) => each.rule === rule && each.effect === "deny"),
          evaluation,
        ),
      );
    if (otherwise === "deny" && !all.some(({ effect, error }) => effect === "allow" && error === null))
      violations.push({ rule: "default", at: [], message: "nothing allows this" });
    const errors = all.flatMap(({ error, ...one }) =>
      error === null ? [] : [{ ...placeOf(rules, one), error: errorText(error) }],
    );
    return {
      fuel: evaluation.fuel,
      module: this.#parts.module,
      data: this.#digests,
      input_digest: digest,
      violations: byPath(violations),
      errors: inOrder(errors),
    };
  };

  #violations(row: RuleRow, outcomes: readonly Outcome[], evaluation: Evaluation): Violation[] {
    const whole = row.told === null ? this.#text(row.message, row, evaluation) : row.title;
    const told = new Map<string, string>();
    if (row.told !== null) {
      const value = evaluation.run(row.told);
      if (Array.isArray(value))
        for (const each of value) {
          const message = Array.isArray(each) ? each[2] : undefined;
          if (typeof message === "string" && outcomeOf(each) !== false)
            told.set(JSON.stringify(pathsOf(each)), message);
        }
    }
    return outcomes.map(({ at, error }) => ({
      rule: row.id,
      at,
      message: told.get(JSON.stringify(at)) ?? whole,
      ...(error === null ? {} : { error: errorText(error) }),
    }));
  }

  #text(reading: Reading | null, row: RuleRow, evaluation: Evaluation): string {
    const value = reading === null ? row.title : evaluation.run(reading);
    return typeof value === "string" ? value : row.title;
  }

  texts = (input: Value, rule: string): { readonly message: string; readonly because: string } | null => {
    const row = this.table.rules.find(({ id }) => id === rule);
    const read = this.read(input);
    if (row === undefined || "misfit" in read) return null;
    const evaluation = this.#evaluation(read.value);
    return { message: this.#text(row.message, row, evaluation), because: this.#text(row.because, row, evaluation) };
  };
}

/** The value of JSON of an object of the host, or null when it has none. */
function jsonOf(input: unknown): { readonly value: Value } | null {
  try {
    const text: unknown = JSON.stringify(input);
    const read = typeof text === "string" ? readJson(text) : null;
    return read !== null && "value" in read ? read : null;
  } catch {
    // A circle, a bigint, a method of the object that throws.
    return null;
  }
}

const NOTHING = { determining: [], obligations: [], advice: [], shadow: [] } as const;

const TOO_LARGE: InputMisfit = { path: "", reason: "is larger than the policy takes" };

function refusedInput(
  parts: Parts,
  data: AnswerHead["data"],
  digest: string | null,
  read: { readonly value: Value } | { readonly misfit: InputMisfit },
): AnswerHead & { readonly errors: readonly RuleError[] } {
  const misfit = "misfit" in read ? read.misfit : TOO_LARGE;
  const error = misfit.path === "" ? misfit.reason : `${misfit.path}: ${misfit.reason}`;
  return {
    fuel: DECISION_FUEL,
    module: parts.module,
    data,
    input_digest: digest ?? "",
    errors: [{ rule: "input", at: [], error }],
  };
}

const placeOf = (rules: readonly RuleRow[], { rule, at }: Pick<Outcome, "rule" | "at">): Determining => ({
  rule: rules[rule]!.id,
  at,
});
const places = (rules: readonly RuleRow[], outcomes: readonly Outcome[]): Determining[] =>
  inOrder(outcomes.map((each) => placeOf(rules, each)));

const before = (a: readonly string[], b: readonly string[]): number => {
  const [left, right] = [a.join("\u0000"), b.join("\u0000")];
  return left === right ? 0 : left < right ? -1 : 1;
};
/** By rule, then by path. */
const inOrder = <T extends Determining>(list: readonly T[]): T[] =>
  list.length < 2
    ? [...list]
    : [...list].sort((a, b) => (a.rule === b.rule ? before(a.at, b.at) : a.rule < b.rule ? -1 : 1));
/** By path, then by rule. */
const byPath = <T extends Determining>(list: readonly T[]): T[] =>
  list.length < 2
    ? [...list]
    : [...list].sort((a, b) => before(a.at, b.at) || (a.rule === b.rule ? 0 : a.rule < b.rule ? -1 : 1));

/** A typed value as a value of JSON; absent fields of records are left out, another error is the error. */
export function shownAs(value: Value, type: Type): Value {
  if (value instanceof ErrorValue) return value;
  if (type.kind === "optional") return value === null || value === undefined ? null : shownAs(value, type.of);
  if (type.kind === "record" && Array.isArray(value)) {
    const kept: (readonly [string, Value])[] = [];
    for (const [slot, field] of type.fields.entries()) {
      const item: Value = value[slot];
      if (!(item instanceof ErrorValue)) kept.push([field.name, shownAs(item, field.type)]);
      else if (item.code !== "absent" || !field.optional) return item;
    }
    const sorted = [...kept].sort((a, b) => (a[0] < b[0] ? -1 : 1));
    return new MapValue(
      sorted.map(([name]) => name),
      sorted.map(([, shown]) => shown),
    );
  }
  if (type.kind === "list" && Array.isArray(value)) return value.map((item) => shownAs(item, type.of));
  return toJson(value, type);
}
