// One policy in every way it can be run: interpreter and code, index and scan, the full answer and the short one, an object of the host
// and its JSON text. Decision, determining rules, obligations, advice, errors, shadow rules and fuel are equal. Seeded by SEED, a failure
// prints it; `npm run release` compares a million decisions.
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import {
  answerText,
  type Decision,
  decodeModule,
  type LoadedPolicy,
  loadPolicy,
  type Policy,
  readJson,
  scan,
  type Value,
  type Verdict,
} from "../../vm/index.ts";
import { DATA, randomInput, randomPolicy } from "./modules/policies.ts";
import { dice } from "./modules/tables.ts";

const SEED = Number(process.env["SEED"] ?? 20261128);
const FUZZ = Number(process.env["FUZZ"] ?? 1);
const POLICIES = 40 * FUZZ;
/** A release compares more inputs for each policy: making one takes as long as hundreds of decisions. */
const INPUTS = FUZZ >= 5 ? 5_000 : 500;

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

/** What a verdict says, as an answer says it. */
function spoken(verdict: Verdict, policy: Policy): unknown {
  const { rules } = policy.table;
  const plain = { determining: verdict.determining.map((at) => ({ rule: rules[at]!.id, at: [] })) };
  const empty = { obligations: [], advice: [], errors: [], shadow: [] };
  const { decision, fuel, more } = verdict;
  return { decision, fuel, ...(more ?? { ...plain, ...empty }) };
}
const short = ({ decision, fuel, determining, obligations, advice, errors, shadow }: Decision): unknown => ({
  decision,
  fuel,
  determining,
  obligations,
  advice,
  errors,
  shadow,
});

describe(`policies in every way, SEED=${SEED}`, () => {
  it(
    "answer the same",
    () => {
      const counts = { decisions: 0, allowed: 0, erring: 0, noJson: 0, misfits: 0 };
      for (let run = 0; run < POLICIES; run++) {
        const seed = SEED + run;
        const roll = dice(seed);
        const text = randomPolicy(roll, [6, 12, 29, 60][roll(4)]!);
        const made = compile({ name: "random.yaml", text });
        if (made.value === null)
          expect.fail(`seed ${seed}: ${made.diagnostics.map(({ message }) => message).join("; ")}\n${text}`);
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
        for (let i = 0; i < INPUTS; i++) {
          const input = randomInput(roll);
          const value = jsonOf(input);
          const where = (): string =>
            `seed ${seed}, input ${i} ${value === null ? "without JSON" : JSON.stringify(input)}\n${text}`;
          const verdicts = [translated.verdict(input), indexed.verdict(input)];
          counts.decisions++;
          if (value === null) {
            counts.noJson++;
            for (const verdict of verdicts) {
              expect(verdict.decision, where()).toBe("deny");
              expect(verdict.more?.errors[0]?.rule, where()).toBe("input");
            }
            continue;
          }
          const wanted = reference.decide(value);
          if (wanted.decision === "allow") counts.allowed++;
          if (wanted.errors.length > 0) counts.erring++;
          const misfit = wanted.errors[0]?.rule === "input";
          if (misfit) counts.misfits++;
          const answer = JSON.stringify(wanted);
          for (const policy of [indexed, translated, scanned]) {
            const other: string = JSON.stringify(policy.decide(value));
            if (other !== answer) expect.fail(`${where()}\n${answer}\n${other}`);
          }
          const typed = misfit ? null : translated.read(value);
          if (typed !== null && "value" in typed)
            verdicts.push(translated.judge(typed.value), indexed.judge(typed.value));
          const said = JSON.stringify(short(wanted));
          for (const verdict of verdicts) {
            const other: string = JSON.stringify(spoken(verdict, reference));
            if (other !== said) {
              // The order of keys may differ, nothing else.
              expect(spoken(verdict, reference), where()).toEqual(short(wanted));
            }
          }
          if (i % 10 === 0) {
            const checked = answerText(reference.check(value));
            for (const policy of [indexed, translated]) expect(answerText(policy.check(value)), where()).toBe(checked);
          }
        }
      }
      console.log(`SEED=${SEED}: ${JSON.stringify(counts)}`);
      expect(counts.decisions).toBe(POLICIES * INPUTS);
      for (const part of [counts.allowed, counts.erring, counts.misfits])
        expect(part).toBeGreaterThan(counts.decisions / 50);
      expect(counts.noJson).toBeGreaterThan(0);
    },
    600_000 * FUZZ,
  );
});
