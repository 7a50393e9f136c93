// AuthZEN Authorization API 1.0: requests to inputs of a policy, answers to responses. Pure.
// Source: openid.net/specs/authorization-api-1_0.html, sections 5 to 8.
import { type Decision, MapValue, mapOf, type Value } from "../vm/index.ts";
import { badMapping } from "./codes.ts";
import { fail } from "./errors.ts";
import { EVALUATIONS_MAX, MAPPINGS_MAX } from "./limits.ts";
import { member } from "./plain.ts";

export interface Evaluation {
  readonly subject: MapValue;
  readonly action: MapValue;
  readonly resource: MapValue;
  /** Empty when there was none. */
  readonly context: MapValue;
}
/** Why a request is none. One lower-case line. */
export interface Misread {
  readonly reason: string;
}
export type Semantic = "execute_all" | "deny_on_first_deny" | "permit_on_first_permit";
export interface Batch {
  readonly semantic: Semantic;
  /** One that cannot be read is denied alone; the others go on. */
  readonly evaluations: readonly (Evaluation | Misread)[];
}

const ENTITIES = [
  ["subject", ["type", "id"]],
  ["action", ["name"]],
  ["resource", ["type", "id"]],
] as const;
const EMPTY = new MapValue([], []);

/** Reads a request; fields that are not known are passed over, as the specification asks. */
export function readEvaluation(body: Value, defaults: Value = EMPTY): Evaluation | Misread {
  if (!(body instanceof MapValue)) return { reason: "expected an object" };
  const found: Partial<Record<keyof Evaluation, MapValue>> = {};
  for (const [name, required] of ENTITIES) {
    const own = member(body, name);
    const fallback = member(defaults, name);
    const entity = own === undefined ? fallback : own instanceof MapValue ? filled(own, fallback, required) : own;
    if (entity === undefined) return { reason: `${name}: is missing` };
    if (!(entity instanceof MapValue)) return { reason: `${name}: expected an object` };
    for (const field of required) {
      const value = member(entity, field);
      if (value === undefined) return { reason: `${name}.${field}: is missing` };
      if (typeof value !== "string") return { reason: `${name}.${field}: expected a text` };
    }
    const properties = member(entity, "properties");
    if (properties !== undefined && !(properties instanceof MapValue))
      return { reason: `${name}.properties: expected an object` };
    found[name] = entity;
  }
  const context = member(body, "context") ?? member(defaults, "context") ?? EMPTY;
  if (!(context instanceof MapValue)) return { reason: "context: expected an object" };
  return { ...(found as Omit<Evaluation, "context">), context };
}

/** An entity replaces the default as a whole, except that a required field it does not have is that of the default. */
function filled(own: MapValue, fallback: Value, required: readonly string[]): MapValue {
  const missing = required.flatMap((field) => {
    const value = member(own, field) === undefined ? member(fallback, field) : undefined;
    return value === undefined ? [] : [[field, value] as const];
  });
  return missing.length === 0 ? own : record([...own.keys.map((key, i) => [key, own.values[i]] as const), ...missing]);
}

/** A batch; one without `evaluations` is a single request. */
export function readEvaluations(body: Value): Batch | Evaluation | Misread {
  if (!(body instanceof MapValue)) return { reason: "expected an object" };
  const list = member(body, "evaluations");
  if (list === undefined) return readEvaluation(body);
  if (!Array.isArray(list)) return { reason: "evaluations: expected a list" };
  if (list.length === 0) return readEvaluation(body);
  if (list.length > EVALUATIONS_MAX)
    return { reason: `evaluations: has ${list.length} items, at most ${EVALUATIONS_MAX}` };
  const options = member(body, "options");
  if (options !== undefined && !(options instanceof MapValue)) return { reason: "options: expected an object" };
  const semantic = member(options, "evaluations_semantic") ?? "execute_all";
  if (semantic !== "execute_all" && semantic !== "deny_on_first_deny" && semantic !== "permit_on_first_permit")
    return { reason: "options.evaluations_semantic: is not known" };
  return { semantic, evaluations: list.map((each: Value) => readEvaluation(each, body)) };
}

// ── The input ─────────────────────────────────────────────────────────────────────────────────────────────────────────

/** A field of the input and where it comes from, both as steps. */
export interface Mapping {
  readonly to: readonly string[];
  readonly from: readonly string[];
}

/** Reads `user=subject.id`. Throws PolicyError `policy/bad-mapping`. */
export function readMappings(texts: readonly string[]): readonly Mapping[] {
  if (texts.length > MAPPINGS_MAX) fail(badMapping({ text: `more than ${MAPPINGS_MAX}` }));
  return texts.map((text) => {
    const parts = /^([\w-]+(?:\.[\w-]+)*)=((?:subject|action|resource|context)(?:\.[^.=]+)*)$/.exec(text);
    if (parts === null) return fail(badMapping({ text }));
    return { to: (parts[1] as string).split("."), from: (parts[2] as string).split(".") };
  });
}

/** The input of the policy: the request as it is, or what the mappings pick of it. A place that is not there leaves its field out. */
export function inputOf(evaluation: Evaluation, mappings: readonly Mapping[]): Value {
  const { subject, action, resource, context } = evaluation;
  const whole = record([
    ["action", action],
    ["context", context],
    ["resource", resource],
    ["subject", subject],
  ]);
  if (mappings.length === 0) return whole;
  let input = EMPTY;
  for (const { to, from } of mappings) {
    const value = from.reduce<Value>((at, step) => member(at, step), whole);
    if (value !== undefined) input = laid(input, to, value);
  }
  return input;
}

function laid(base: Value, [step, ...rest]: readonly string[], value: Value): MapValue {
  const map = base instanceof MapValue ? base : EMPTY;
  const inner = rest.length === 0 ? value : laid(member(map, step as string), rest, value);
  const others = map.keys.flatMap((key, i) => (key === step ? [] : [[key, map.values[i]] as const]));
  return record([...others, [step as string, inner]]);
}

function record(entries: readonly (readonly [string, Value])[]): MapValue {
  const made = mapOf(entries);
  if (made === undefined) throw new Error("a field comes twice");
  return made as MapValue;
}

// ── The response ──────────────────────────────────────────────────────────────────────────────────────────────────────

export interface Response {
  readonly decision: boolean;
  readonly context?: { readonly [key: string]: unknown };
}

/** Texts of the rule that decided: for the one who asked, and for the operator. */
export interface Reasons {
  readonly user: string;
  readonly admin: string;
}

/** `und`: the language of a policy's sentences is not known to us (BCP 47). */
const sentence = (text: string): { readonly und: string } => ({ und: text });

export function responseOf(answer: Decision, id: string, reasons: Reasons | null): Response {
  const { decision, determining, obligations, advice, errors, module, fuel } = answer;
  return {
    decision: decision === "allow",
    context: {
      id,
      ...(reasons === null ? {} : { reason_user: sentence(reasons.user), reason_admin: sentence(reasons.admin) }),
      determining,
      ...(obligations.length === 0 ? {} : { obligations }),
      ...(advice.length === 0 ? {} : { advice }),
      ...(errors.length === 0 ? {} : { errors }),
      module,
      fuel,
    },
  };
}

export const refusal = ({ reason }: Misread): Response => ({
  decision: false,
  context: { error: { status: 400, message: reason } },
});

/** Whether a batch ends with this response. */
export const isLast = (semantic: Semantic, { decision }: Response): boolean =>
  (semantic === "deny_on_first_deny" && !decision) || (semantic === "permit_on_first_permit" && decision);

/** `base`: without a slash at its end. */
export const configurationOf = (base: string): object => ({
  policy_decision_point: base,
  access_evaluation_endpoint: `${base}/access/v1/evaluation`,
  access_evaluations_endpoint: `${base}/access/v1/evaluations`,
});
