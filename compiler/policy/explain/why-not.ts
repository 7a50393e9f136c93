// Why not: the rules nearest to the other answer, and the smallest change of the input that gives it. Every change that is said was
// decided again; a smaller one may exist only outside of what was tried, and the answer says how much that was.
import { type Decision, MASK } from "../../../vm/policy/answer.ts";
import { MapValue, type Value } from "../../../vm/value.ts";
import type { RuleDecl } from "../model.ts";
import { ABSENT, ELEMENT, type Samples, samplesOf, textOf, valuesAt, withValue } from "../samples.ts";
import { isSecret } from "../secrets.ts";
import type { ExplainedRule, Explainer } from "./explain.ts";
import { EXPLAINED_RULES_MAX, WHY_NOT_CHANGES_MAX, WHY_NOT_DECISIONS_MAX } from "./limits.ts";

/** One change of the input. Values in JSON; null: not there. */
export interface Change {
  /** `items[1].weight` */
  readonly path: string;
  readonly from: string | null;
  readonly to: string | null;
}

export interface WhyNot {
  readonly answer: Decision;
  readonly wanted: "allow" | "deny";
  /** Rules of the other answer, nearest first, with what fails in them. */
  readonly nearest: readonly ExplainedRule[];
  /** Rules that stand in the way. */
  readonly against: readonly ExplainedRule[];
  /** The smallest change found, or null. */
  readonly changes: readonly Change[] | null;
  /** The decision after the change. */
  readonly then: Decision | null;
  readonly changedInput: Value | null;
  /** Other changes of the same size. */
  readonly others: readonly (readonly Change[])[];
  /** Decisions made for this answer. */
  readonly tried: number;
  /** No combination of fewer of the values tried gives the other answer. */
  readonly smallest: boolean;
}

interface Edit {
  readonly path: readonly (string | number)[];
  readonly value: Value | typeof ABSENT;
}

const NEAREST_SHOWN = 3;
const OTHERS_SHOWN = 3;

/** `inputs`: further examples of inputs, whose values are tried. */
export function whyNot(
  explainer: Explainer,
  input: Value,
  data: ReadonlyMap<string, Value>,
  inputs: readonly Value[] = [],
): WhyNot {
  const { policy, program } = explainer;
  const answer = policy.decide(input);
  const wanted = answer.decision === "allow" ? "deny" : "allow";
  const read = policy.read(input);
  const empty = { answer, wanted, nearest: [], against: [], changes: null, then: null, changedInput: null, others: [] };
  if ("misfit" in read) return { ...empty, tried: 1, smallest: false } as WhyNot;
  const { nearest, against } = standing(explainer, read.value, answer, wanted);
  const own = [...nearest, ...against].map(({ rule }) => program.rules.find(({ id }) => id === rule)!);
  // First what the rules at hand turn on, then all rules: a small change may wake another.
  const scopes = own.length === program.rules.length ? [program.rules] : [[...new Set(own)], program.rules];
  const search = new Search(explainer, input, wanted);
  let found: readonly (readonly Edit[])[] = [];
  let smallest = true;
  for (let size = 1; size <= WHY_NOT_CHANGES_MAX && found.length === 0; size++) {
    for (const rules of scopes) {
      const edits = editsOf(samplesOf(program, rules as readonly RuleDecl[], inputs), input, data);
      found = search.ofSize(edits, size);
      if (found.length > 0) break;
    }
    if (found.length === 0 && search.spent) smallest = false;
    if (search.spent) break;
  }
  const best = found[0];
  if (best === undefined) return { ...empty, nearest, against, tried: search.tried, smallest: false } as WhyNot;
  const changedInput = applied(input, best);
  return {
    answer,
    wanted,
    nearest,
    against,
    changes: best.map((edit) => changeOf(input, edit, program.secrets)),
    then: policy.decide(changedInput),
    changedInput,
    others: found
      .slice(1, 1 + OTHERS_SHOWN)
      .map((edits) => edits.map((edit) => changeOf(input, edit, program.secrets))),
    tried: search.tried,
    smallest,
  };
}

function standing(
  explainer: Explainer,
  input: Value,
  answer: Decision,
  wanted: "allow" | "deny",
): { readonly nearest: readonly ExplainedRule[]; readonly against: readonly ExplainedRule[] } {
  const rules = explainer.program.rules.filter(({ shadow, effect }) => !shadow && effect !== "require");
  const determining = new Set(answer.determining.map(({ rule }) => rule));
  const said = (rule: RuleDecl) => explainer.rule(rule, input).slice(0, 1);
  const failing = ({ parts }: ExplainedRule): number =>
    parts.length === 0 ? Number.MAX_SAFE_INTEGER : parts.filter(({ state }) => state !== "true").length;
  const nearest = rules
    .filter(({ effect, id }) => (effect === wanted || effect === "table") && !determining.has(id))
    .slice(0, EXPLAINED_RULES_MAX * 8)
    .flatMap(said)
    .sort((a, b) => failing(a) - failing(b))
    .slice(0, NEAREST_SHOWN);
  const against = rules
    .filter(({ id }) => determining.has(id))
    .slice(0, EXPLAINED_RULES_MAX)
    .flatMap(said);
  return { nearest, against };
}

class Search {
  tried = 0;
  spent = false;
  readonly #explainer: Explainer;
  readonly #input: Value;
  readonly #wanted: "allow" | "deny";
  readonly #seen = new Set<string>();

  constructor(explainer: Explainer, input: Value, wanted: "allow" | "deny") {
    this.#explainer = explainer;
    this.#input = input;
    this.#wanted = wanted;
  }

  /** Combinations of so many edits that give the wanted answer; a few are enough. Ends with the budget. */
  ofSize(edits: readonly Edit[], size: number): (readonly Edit[])[] {
    const found: (readonly Edit[])[] = [];
    const choose = (from: number, chosen: readonly Edit[], input: Value): void => {
      if (chosen.length === size) {
        const key = chosen.map((edit) => `${pathText(edit.path)}=${textOf(edit.value)}`).join("\u0000");
        if (this.#seen.has(key)) return;
        this.#seen.add(key);
        this.tried++;
        const { decision, errors } = this.#explainer.policy.decide(input);
        // Out of shape is denied, too: that is no advice.
        if (decision === this.#wanted && !errors.some(({ rule }) => rule === "input")) found.push(chosen);
        return;
      }
      for (let at = from; at < edits.length; at++) {
        if (this.tried >= WHY_NOT_DECISIONS_MAX) {
          this.spent = true;
          return;
        }
        if (found.length > OTHERS_SHOWN) return;
        const edit = edits[at]!;
        if (chosen.some((other) => overlaps(other.path, edit.path))) continue;
        choose(at + 1, [...chosen, edit], withValue(input, edit.path, edit.value));
      }
    };
    choose(0, [], this.#input);
    return found;
  }
}

const overlaps = (a: Edit["path"], b: Edit["path"]): boolean =>
  (a.length <= b.length ? a : b).every((step, at) => (a.length <= b.length ? b : a)[at] === step);

const applied = (input: Value, edits: readonly Edit[]): Value =>
  edits.reduce((made, { path, value }) => withValue(made, path, value), input);

/** How far a change goes from what someone would really do: another value, then nothing, then a whole list or record. */
function reach(from: Value | typeof ABSENT, to: Value | typeof ABSENT): number {
  const large = (value: Value | typeof ABSENT): boolean => Array.isArray(value) || value instanceof MapValue;
  if (large(from) || large(to)) return from !== ABSENT && to === ABSENT ? 2 : 3;
  if (from === ABSENT) return 1;
  return to === ABSENT ? 2 : typeof to === "string" && /^other\d*$/.test(to) ? 1 : 0;
}

/** The changes worth trying on this input, the least of them first. */
function editsOf(samples: Samples, input: Value, data: ReadonlyMap<string, Value>): Edit[] {
  const edits: (Edit & { readonly reach: number })[] = [];
  const seen = new Set<string>();
  const add = (path: Edit["path"], value: Value | typeof ABSENT): void => {
    const key = `${pathText(path)}\u0000${textOf(value)}`;
    const before = at(input, path);
    if (seen.has(key) || textOf(value) === textOf(before)) return;
    seen.add(key);
    edits.push({ path, value, reach: reach(before, value) });
  };
  for (const { path, values, lacksAt } of samples.paths) {
    for (const place of placesOf(input, path))
      for (const value of values) add(value === ABSENT ? place.slice(0, lacksAt ?? place.length) : place, value);
    // An element that is in the way may go as a whole.
    const list = path.slice(0, path.lastIndexOf(ELEMENT) + 1);
    if (list.length > 0 && list.length < path.length) for (const place of placesOf(input, list)) add(place, ABSENT);
  }
  for (const [a, b] of samples.equals)
    for (const [to, from] of [
      [a, b],
      [b, a],
    ] as const)
      for (const value of valuesAt(input, from)) for (const place of placesOf(input, to)) add(place, value);
  for (const { path, map } of samples.keys) {
    const [document, ...rest] = map;
    const found = document === undefined ? [] : valuesAt(data.get(document), rest);
    for (const each of found)
      if (each instanceof MapValue)
        for (const key of each.keys.slice(0, 48)) for (const place of placesOf(input, path)) add(place, key);
  }
  return edits.sort((a, b) => a.reach - b.reach);
}

/** The places of a path in an input: every element of its lists, and one behind them. */
function placesOf(input: Value, path: readonly string[]): (readonly (string | number)[])[] {
  const cut = path.indexOf(ELEMENT);
  if (cut < 0) return [path];
  const list = valuesAt(input, path.slice(0, cut))[0];
  if (!Array.isArray(list)) return [];
  const inner = path.slice(cut + 1);
  const ends = inner.length === 0 ? list.length + 1 : list.length;
  return Array.from({ length: ends }, (_, item) => item).flatMap((item) =>
    placesOf(list[item], inner).map((rest) => [...path.slice(0, cut), item, ...rest]),
  );
}

function at(input: Value, path: Edit["path"]): Value | typeof ABSENT {
  let here: Value = input;
  for (const step of path) {
    if (typeof step === "number") {
      if (!Array.isArray(here) || step >= here.length) return ABSENT;
      here = here[step];
    } else {
      const found = here instanceof MapValue ? here.keys.indexOf(step) : -1;
      if (found < 0) return ABSENT;
      here = (here as MapValue).values[found];
    }
  }
  return here;
}

export const pathText = (path: readonly (string | number)[]): string =>
  path.reduce<string>(
    (text, step) => (typeof step === "number" ? `${text}[${step}]` : text === "" ? step : `${text}.${step}`),
    "",
  );

function changeOf(input: Value, { path, value }: Edit, secrets: readonly string[]): Change {
  const before = at(input, path);
  const name = pathText(path);
  if (isSecret(name, secrets)) return { path: name, from: MASK, to: MASK };
  return {
    path: name,
    from: before === ABSENT ? null : textOf(before),
    to: value === ABSENT ? null : textOf(value),
  };
}
