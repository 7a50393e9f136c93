// One policy in every way it can be run, on the same inputs: interpreter and code, index and scan, the full answer and the short one, an
// object of the host and its JSON text. Decision, determining rules, obligations, advice, errors, shadow rules and fuel must be equal.
import { compile } from "../../../compiler/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import {
  type Decision,
  decodeModule,
  type LoadedPolicy,
  loadPolicy,
  type Policy,
  readJson,
  scan,
  type Value,
  type Verdict,
} from "../../../vm/index.ts";
import { DATA, randomInput, randomPolicy } from "./policies.ts";
import { dice } from "./tables.ts";

/** How many inputs were decided, and of what kind they were. */
export interface Counts {
  decisions: number;
  allowed: number;
  erring: number;
  noJson: number;
  misfits: number;
}

export const noCounts = (): Counts => ({ decisions: 0, allowed: 0, erring: 0, noJson: 0, misfits: 0 });

export function addCounts(to: Counts, more: Counts): void {
  for (const key of Object.keys(to) as (keyof Counts)[]) to[key] += more[key];
}

function jsonOf(input: unknown): Value | null {
  try {
    const text: unknown = JSON.stringify(input);
    const read = typeof text === "string" ? readJson(text) : null;
    return read !== null && "value" in read ? read.value : null;
  } catch {
    return null;
  }
}

const bind = (loaded: LoadedPolicy): Policy => {
  const data = new Map(Object.entries(DATA).map(([name, value]) => [name, jsonOf(value)]));
  const bound = loaded.withData(data);
  if ("problem" in bound) throw new Error(`${bound.problem.document}: ${bound.problem.reason}`);
  return bound.policy;
};

/** Whether two values of JSON are the same, fields in the same order. */
function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a)) {
    if (!Array.isArray(b) || a.length !== b.length) return false;
    for (let i = 0; i < a.length; i++) if (!same(a[i], b[i])) return false;
    return true;
  }
  if (Array.isArray(b)) return false;
  const [left, right] = [Object.keys(a), Object.keys(b)];
  if (left.length !== right.length) return false;
  for (let i = 0; i < left.length; i++) {
    const key = left[i]!;
    if (key !== right[i] || !same((a as Json)[key], (b as Json)[key])) return false;
  }
  return true;
}
type Json = Readonly<Record<string, unknown>>;

const LISTS = ["determining", "obligations", "advice", "errors", "shadow"] as const;

/** Whether a verdict says what an answer says. */
function says(verdict: Verdict, answer: Decision, policy: Policy): boolean {
  const { decision, fuel, more, determining } = verdict;
  if (decision !== answer.decision || fuel !== answer.fuel) return false;
  const { rules } = policy.table;
  if (more !== null) return LISTS.every((list) => same(more[list], answer[list]));
  for (const list of LISTS) if (list !== "determining" && answer[list].length > 0) return false;
  if (determining.length !== answer.determining.length) return false;
  return determining.every((at, i) => {
    const { rule, at: path } = answer.determining[i]!;
    return rules[at]!.id === rule && path.length === 0;
  });
}

/** Asks the policy of a seed about `inputs` random inputs in every way. Throws where two ways differ, with all that repeats it. */
export function compareWays(seed: number, inputs: number): Counts {
  const counts = noCounts();
  const roll = dice(seed);
  const text = randomPolicy(roll, [6, 12, 29, 60][roll(4)]!);
  const made = compile({ name: "random.yaml", text });
  if (made.value === null)
    throw new Error(`seed ${seed}: ${made.diagnostics.map(({ message }) => message).join("; ")}\n${text}`);
  const read = decodeModule(made.value.bytes);
  if ("error" in read) throw new Error(read.error.message);
  const load = (options: Parameters<typeof loadPolicy>[2]): Policy => {
    const ready = loadPolicy(read, BUILTINS, options);
    if ("error" in ready) throw new Error(ready.error.message);
    return bind(ready.loaded);
  };
  const reference = load({ tier: "interpreter", find: scan });
  const indexed = load({ tier: "interpreter" });
  const translated = load({ tier: "code" });
  const scanned = load({ tier: "code", find: scan });
  for (let i = 0; i < inputs; i++) {
    const input = randomInput(roll);
    const value = jsonOf(input);
    const differ = (who: string, wanted: unknown, said: unknown): never => {
      const shown = value === null ? "without JSON" : JSON.stringify(input);
      const texts = [wanted, said].map((each) => JSON.stringify(each));
      throw new Error(`seed ${seed}, input ${i} ${shown}: ${who}\n${texts.join("\n")}\n${text}`);
    };
    const verdicts = [translated.verdict(input), indexed.verdict(input)];
    counts.decisions++;
    if (value === null) {
      counts.noJson++;
      for (const verdict of verdicts)
        if (verdict.decision !== "deny" || verdict.more?.errors[0]?.rule !== "input")
          differ("verdict", "a denial of the input", verdict);
      continue;
    }
    const wanted = reference.decide(value);
    if (wanted.decision === "allow") counts.allowed++;
    if (wanted.errors.length > 0) counts.erring++;
    const misfit = wanted.errors[0]?.rule === "input";
    if (misfit) counts.misfits++;
    for (const policy of [indexed, translated, scanned]) {
      const other = policy.decide(value);
      if (!same(other, wanted)) differ("decide", wanted, other);
    }
    const typed = misfit ? null : translated.read(value);
    if (typed !== null && "value" in typed) {
      verdicts.push(translated.judge(typed.value), indexed.judge(typed.value));
      const yes = wanted.decision === "allow" && wanted.obligations.length === 0;
      for (const policy of [translated, indexed])
        for (const said of [policy.allows(typed.value), policy.allowsPlain(input)])
          if (said !== yes) differ("allows", yes, said);
    }
    for (const verdict of verdicts) if (!says(verdict, wanted, reference)) differ("verdict", wanted, verdict);
    if (i % 10 === 0) {
      const checked = reference.check(value);
      for (const policy of [indexed, translated]) {
        const other = policy.check(value);
        if (!same(other, checked)) differ("check", checked, other);
      }
    }
  }
  return counts;
}
