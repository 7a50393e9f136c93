// Whether a policy may stand in a cage, and what a gate needs to know of one that may. A policy that a cage could only half obey is not
// loaded.
import type { OpenedPolicy } from "../../policy/open.ts";
import { OP, type RuleRow } from "../../vm/index.ts";
import { READS_DERIVED, READS_INPUT, type Reading } from "../../vm/policy/table.ts";
import { defaultAllow, notHttp, unmetObligation } from "../codes.ts";
import { fail } from "../errors.ts";
import type { ObligationKinds, Point } from "../point.ts";

export const CAGE_INPUT = "http.request";
/** Fields of the published type, with room for those to come. */
const INPUT_FIELDS_MAX = 64;

export interface Admitted {
  readonly policy: OpenedPolicy;
  /** Points at which it is asked. */
  readonly points: ReadonlySet<Point>;
  /** Ids of its data documents, in hex, by name. */
  readonly data: Readonly<Record<string, string>>;
}

/** Throws CageError for a policy that must not decide here. */
export function admit(policy: OpenedPolicy, kinds: ObligationKinds): Admitted {
  const { name, machine } = policy;
  const { on, default: otherwise, obligations, rules } = machine.table;
  if (on !== CAGE_INPUT) fail(notHttp({ name, on: on === null ? "an input of its own" : `\`${on}\`` }));
  if (otherwise !== "deny") fail(defaultAllow({ name }));
  for (const rule of rules)
    for (const given of rule.obligations) {
      const obligation = obligations[given.name]?.name ?? "";
      if (!kinds.has(obligation)) fail(unmetObligation({ name: obligation }));
    }
  // Every answer names the documents it was made with, whatever was asked.
  return { policy, points: pointsOf(policy), data: policy.decide({}).data };
}

/** `connect` and `request` always. Another point when a rule names it, or reads what is seen only there: otherwise a deny on what a body
 *  holds would never be asked, and nothing would say so. */
function pointsOf({ machine, parts }: OpenedPolicy): ReadonlySet<Point> {
  const points = new Set<Point>(["connect", "request"]);
  const type = parts.module.types[machine.table.input];
  const slots = new Map(type?.kind === "record" ? type.fields.map(({ name }, slot) => [name, slot] as const) : []);
  for (const rule of machine.table.rules) {
    const reads = slotsRead(rule, policyReader(machine.table.derived, parts.module.functions));
    const sees = (...names: readonly string[]): boolean => names.some((name) => reads.has(slots.get(name) ?? -1));
    const allowed = pointsNamed(rule, slots.get("at") ?? -1);
    const take = (point: Point, own: boolean): void => {
      const may = allowed === null || allowed.has(point);
      if (may && (allowed !== null || own || sees("at"))) points.add(point);
    };
    take("body", sees("body", "json"));
    take("response", sees("response", "status"));
    take("report", false);
  }
  return points;
}

/** The points that the pattern of a rule leaves; null: it says nothing of them. */
function pointsNamed({ atoms }: RuleRow, at: number): ReadonlySet<string> | null {
  let left: ReadonlySet<string> | null = null as ReadonlySet<string> | null;
  for (const { path, test } of atoms) {
    if (path.length !== 1 || path[0] !== at || test.kind !== "in") continue;
    const named = new Set(test.values.filter((value): value is string => typeof value === "string"));
    const before: readonly string[] = left === null ? [...named] : [...left];
    left = new Set(before.filter((point) => named.has(point)));
  }
  return left;
}

type SlotsOf = (reading: Reading) => ReadonlySet<number>;

/** Fields of the input that a function of the table reads, by itself or through derived values. */
function policyReader(
  derived: readonly Reading[],
  functions: readonly { readonly code: readonly (readonly number[])[] }[],
): SlotsOf {
  return function slots({ function: index, reads }: Reading): ReadonlySet<number> {
    const found = new Set<number>();
    // Parameters lie in the first registers. A register that is used again reads too much here, never too little.
    const inputs = new Set(reads.flatMap((env, register) => (env === READS_INPUT ? [register] : [])));
    for (const [op, to, from, slot] of functions[index]?.code ?? []) {
      if (inputs.size === 0) break;
      if (op === OP.get && inputs.has(from as number)) found.add(slot as number);
      if (op === OP.move && inputs.has(from as number)) inputs.add(to as number);
      // Another function may be given the whole of it.
      if (op === OP.call) for (let all = 0; all < INPUT_FIELDS_MAX; all++) found.add(all);
    }
    for (const env of reads)
      if (env >= READS_DERIVED) for (const slot of slots(derived[env - READS_DERIVED]!)) found.add(slot);
    return found;
  };
}

function slotsRead(rule: RuleRow, slotsOf: SlotsOf): ReadonlySet<number> {
  const found = new Set<number>();
  for (const { path } of rule.atoms) if (typeof path[0] === "number") found.add(path[0]);
  if (rule.truth !== null) for (const slot of slotsOf(rule.truth)) found.add(slot);
  return found;
}
