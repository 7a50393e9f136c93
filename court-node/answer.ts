// Reads what a module answered. A verified module cannot break the machine, but a hostile one can answer anything; so the
// shape is checked before it is believed.
import { ANSWER, Decimal, type Machine, readAnswer, type Step, type Value } from "../vm/index.ts";

const isText = (value: Value): value is string => typeof value === "string";
const isList = (value: Value): value is readonly Value[] => Array.isArray(value);
const isAmount = (value: Value): boolean =>
  value instanceof Decimal || typeof value === "number" || typeof value === "bigint";
const isPair = (value: Value): boolean => isList(value) && value.length === 2 && isText(value[0]);
const isMove = (value: Value): boolean =>
  isList(value) &&
  value.length === 5 &&
  isText(value[0]) &&
  isText(value[1]) &&
  isAmount(value[2]) &&
  isText(value[3]) &&
  isText(value[4]);
const isRefusal = (value: Value): boolean =>
  value === null ||
  (isList(value) && value.length === 4 && isText(value[0]) && isText(value[1]) && isText(value[2]) && isList(value[3]));

const ANSWER_LENGTH = Object.keys(ANSWER).length;

/** The answer of a step, or undefined when it is none. */
export function stepAnswer(value: Value, fuel: number): Step | undefined {
  if (!isList(value) || value.length !== ANSWER_LENGTH) return undefined;
  const kind = value[ANSWER.kind];
  const [moves, tells, given, at] = [value[ANSWER.moves], value[ANSWER.tells], value[ANSWER.given], value[ANSWER.at]];
  const shaped =
    (kind === "timer" || kind === "event") &&
    isText(value[ANSWER.name]) &&
    value[ANSWER.consumed] === (kind === "event") &&
    isRefusal(value[ANSWER.refusal]) &&
    isList(moves) &&
    moves.every(isMove) &&
    isList(tells) &&
    tells.every(isPair) &&
    isList(given) &&
    given.every(isPair) &&
    typeof at === "number";
  return shaped ? readAnswer(value, fuel) : undefined;
}

/** The answer of `init`: a state or a refusal. */
export function offerAnswer(
  value: Value,
): { readonly state: Value } | { readonly refusal: readonly [kind: string, name: string, path: string] } | undefined {
  if (!isList(value) || value.length !== 2) return undefined;
  const [state, refusal] = value;
  if (refusal === null || refusal === undefined) return state === null || state === undefined ? undefined : { state };
  return isRefusal(refusal) && isList(refusal)
    ? { refusal: [refusal[0] as string, refusal[1] as string, refusal[2] as string] }
    : undefined;
}

/** The least timer of a state. */
export interface Due {
  /** Its instant. */
  readonly at: number;
  readonly edge: "open" | "closed";
  readonly name: string;
}

/** When the timer fires: an open edge at its instant, a closed one after it. */
export const firesAt = ({ at, edge }: Due): number => (edge === "open" ? at : at + 1);

/** Asks a state for its least timer. `undefined`: the module gave no answer. */
export function dueOf(machine: Machine, state: Value, fuel: number): Due | null | undefined {
  const result = machine.run("due", [state], { fuel });
  if ("fault" in result) return undefined;
  const { value } = result;
  if (value === null) return null;
  if (!isList(value)) return undefined;
  const [at, edge, name] = value;
  return typeof at === "number" && isText(edge) && isText(name)
    ? { at, edge: edge === "closed" ? "closed" : "open", name }
    : undefined;
}
