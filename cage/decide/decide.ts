// A policy asked about one point, and its answer put in order. Pure: the time and the counters come in. Whatever fails is a denial.
import { plainValue } from "../../policy/plain.ts";
import { type Details, MapValue, mapOf, readJson, type Value, type Verdict } from "../../vm/index.ts";
import type { Answer, Decision, Facts, ObligationKinds, PlainRecord, PlainValue, Point } from "../point.ts";
import type { Admitted } from "./admit.ts";
import { type Added, inputOf, isUnsayable } from "./input.ts";
import { obliged } from "./obliged.ts";
import type { GateReason } from "./reasons.ts";

export interface Asking {
  readonly admitted: Admitted;
  readonly kinds: ObligationKinds;
  readonly added: Added;
  /** Obligations that the intent of the exchange has: see `obliged`. */
  readonly before?: ReadonlySet<string> | null;
}

/** Never throws. */
export function decide(point: Point, facts: Facts, asking: Asking): Decision {
  const { admitted, kinds, added, before = null } = asking;
  const { policy, data } = admitted;
  const json = point === "body" ? facts.json : undefined;
  let input: PlainRecord = NO_INPUT;
  const refuse = (reason: GateReason, detail: string | null, answer: Answer | null = null): Decision =>
    denial(point, { reason, detail, module: policy.moduleId, data, input, answer, json });
  try {
    const said = inputOf(point, facts, added);
    if (isUnsayable(said)) {
      // What can be said is recorded; the query alone can fail to be.
      const { query: _, ...sayable } = facts;
      const rest = inputOf(point, sayable, added);
      if (!isUnsayable(rest)) input = rest;
      return refuse(said.problem, said.detail);
    }
    input = said;
    const answer = answerTo(input, json, admitted);
    if (answer === null) return refuse("bad-json", "the body is no JSON, or a key stands in it twice");
    if (answer.decision === "deny") {
      const misfit = answer.errors.find(({ rule }) => rule === "input");
      return misfit === undefined ? refuse("denied", null, answer) : refuse("input", misfit.error, answer);
    }
    const met = obliged(answer.obligations, { kinds, point, facts, before });
    if ("problem" in met) return refuse(met.problem, met.detail, answer);
    return {
      point,
      allowed: true,
      reason: "allowed",
      detail: null,
      rules: rulesOf(answer),
      obligations: met.obligations,
      labels: labelsOf(answer),
      shadow: shadowOf(answer),
      module: policy.moduleId,
      data,
      input,
      answer,
      ...(json === undefined ? {} : { json }),
    };
  } catch (error) {
    return refuse("gate-error", error instanceof Error ? error.message : String(error));
  }
}

const NO_INPUT: PlainRecord = {};
const NO_LABELS: Readonly<Record<string, string>> = {};

/** A denial, with what the policy said where it was asked. */
export function denial(
  point: Point,
  {
    reason,
    detail = null,
    module,
    data = {},
    input = NO_INPUT,
    answer = null,
    json,
  }: Pick<Decision, "reason" | "module"> &
    Partial<Pick<Decision, "detail" | "data" | "input" | "answer">> & { readonly json?: string | undefined },
): Decision {
  return {
    point,
    allowed: false,
    reason,
    detail,
    rules: answer === null ? [] : rulesOf(answer),
    obligations: [],
    labels: answer === null ? NO_LABELS : labelsOf(answer),
    shadow: answer === null ? [] : shadowOf(answer),
    module,
    data,
    input,
    answer,
    ...(json === undefined ? {} : { json }),
  };
}

/** The answer to an input of plain values and, at `body`, a text of JSON. Null: the text is none. This is also how a record is asked again,
 *  so it depends on nothing but its arguments. */
export function answerTo(
  input: PlainRecord,
  json: string | undefined,
  { policy }: Pick<Admitted, "policy">,
): Answer | null {
  if (json === undefined) return answerOf(policy.verdict(input), policy.machine.table.rules);
  const read = readJson(json);
  if ("problem" in read) return null;
  // By way of values: numbers of a body keep their digits.
  const whole = withJson(plainValue(input as never), read.value);
  const typed = policy.machine.read(whole);
  if ("misfit" in typed) {
    const { path, reason } = typed.misfit;
    const error = path === "" ? reason : `${path}: ${reason}`;
    return { ...NOTHING, decision: "deny", errors: [{ rule: "input", at: [], error }], fuel: 0 };
  }
  return answerOf(policy.machine.judge(typed.value), policy.machine.table.rules);
}

function withJson(input: Value, json: Value): Value {
  if (!(input instanceof MapValue)) throw new Error("an input is a record");
  const entries = input.keys.map((key, i) => [key, input.values[i]] as const);
  return mapOf([...entries, ["json", json]]) ?? input;
}

const NOTHING: Omit<Answer, "decision" | "errors" | "fuel"> = {
  determining: [],
  obligations: [],
  advice: [],
  shadow: [],
};
const NONE: readonly never[] = [];

function answerOf({ decision, fuel, more, determining }: Verdict, rules: readonly { readonly id: string }[]): Answer {
  if (more === null)
    return {
      decision,
      determining: determining.map((rule) => ({ rule: (rules[rule] as { id: string }).id, at: NONE })),
      obligations: NONE,
      advice: NONE,
      errors: NONE,
      shadow: NONE,
      fuel,
    };
  const { determining: places, obligations, advice, errors, shadow }: Details = more;
  return { decision, determining: places, obligations, advice, errors, shadow, fuel } as Answer;
}

const rulesOf = ({ determining }: Answer): readonly string[] =>
  determining.length < 2 ? determining.map(({ rule }) => rule) : [...new Set(determining.map(({ rule }) => rule))];

function labelsOf({ advice }: Answer): Readonly<Record<string, string>> {
  if (advice.length === 0) return NO_LABELS;
  const labels: Record<string, string> = {};
  for (const { name, args } of advice)
    if (name === "label" && typeof args === "object" && args !== null)
      for (const [key, value] of Object.entries(args as { readonly [key: string]: PlainValue }))
        if (typeof value === "string" && !Object.hasOwn(labels, key)) labels[key] = value;
  return labels;
}

/** Shadow rules that would have turned the answer. */
const shadowOf = ({ decision, shadow }: Answer): readonly string[] =>
  shadow.length === 0
    ? NONE
    : [
        ...new Set(
          shadow.filter(({ effect }) => effect === (decision === "allow" ? "deny" : "allow")).map((s) => s.rule),
        ),
      ];
