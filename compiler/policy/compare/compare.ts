// Two policies side by side: which requests are newly allowed, which no longer, and whose obligations changed. Every request that is
// named was decided by both compiled policies.
import { BUILTINS } from "../../../stdlib/table.ts";
import type { Decision } from "../../../vm/policy/answer.ts";
import { loadPolicy, type Policy } from "../../../vm/policy/policy.ts";
import type { Tier } from "../../../vm/tier.ts";
import type { Value } from "../../../vm/value.ts";
import type { CompiledAgreement } from "../../4-emit/index.ts";
import type { PolicyProgram } from "../model.ts";
import { textOf } from "../samples.ts";
import { CELLS_SHOWN_MAX, DATA_SETS_MAX } from "./limits.ts";
import { type Space, spaceOf } from "./space.ts";

export interface ComparedPolicy {
  readonly program: PolicyProgram;
  readonly compiled: CompiledAgreement;
}

export type CellKind = "gained" | "lost" | "obligations";

/** Requests that changed together. */
export interface Cell {
  readonly kind: CellKind;
  /** `act: refund`; null: whatever it is. Only what is not `null` makes the difference. */
  readonly where: readonly { readonly path: string; readonly value: string | null }[];
  /** Requests of this cell that were decided. */
  readonly count: number;
  /** One of them, with the answers of both. */
  readonly request: Value;
  readonly data: ReadonlyMap<string, Value>;
  readonly old: Decision;
  readonly new: Decision;
}

export interface Comparison {
  /** Every request is like one that was decided. */
  readonly complete: boolean;
  /** Why not. */
  readonly gaps: readonly string[];
  /** Requests that both decided. */
  readonly decided: number;
  /** Of these: how many changed. */
  readonly counts: { readonly [kind in CellKind]: number };
  readonly cells: readonly Cell[];
}

/** `data`: sets of documents to ask with; each policy takes those it knows. */
export function comparePolicies(
  before: ComparedPolicy,
  after: ComparedPolicy,
  options: {
    readonly data: readonly ReadonlyMap<string, Value>[];
    readonly examples: readonly Value[];
    readonly tier?: Tier | undefined;
  },
): Comparison | { readonly problem: string } {
  const space = spaceOf([before, after], options.examples);
  const distinct = new Map(options.data.map((set) => [dataText(set), set] as const));
  const sets = distinct.size === 0 ? [new Map<string, Value>()] : [...distinct.values()].slice(0, DATA_SETS_MAX);
  const changed: Changed[] = [];
  let decided = 0;
  for (const [set, data] of sets.entries()) {
    const old = ready(before, data, options.tier);
    const now = ready(after, data, options.tier);
    if ("problem" in old) return old;
    if ("problem" in now) return now;
    for (let at = 0; at < space.count; at++) {
      const request = space.request(at);
      // What neither takes as an input is no request.
      if ("misfit" in old.policy.read(request) && "misfit" in now.policy.read(request)) continue;
      decided++;
      const kind = kindOf(old.policy.decide(request), now.policy.decide(request));
      if (kind !== null) changed.push({ kind, set, at });
    }
  }
  const cells = [...new Set(changed.map(({ kind }) => kind))].sort().flatMap((kind) =>
    sets.flatMap((data, set) => {
      const own = changed.filter((each) => each.kind === kind && each.set === set);
      const old = ready(before, data, options.tier);
      const now = ready(after, data, options.tier);
      if ("problem" in old || "problem" in now) return [];
      return cellsOf(space, own).map(({ at, where, count }): Cell => {
        const request = space.request(at);
        return { kind, where, count, request, data, old: old.policy.decide(request), new: now.policy.decide(request) };
      });
    }),
  );
  const count = (kind: CellKind): number => changed.filter((each) => each.kind === kind).length;
  return {
    complete: space.gaps.length === 0,
    gaps: space.gaps,
    decided,
    counts: { gained: count("gained"), lost: count("lost"), obligations: count("obligations") },
    cells,
  };
}

/** Documents as one text: the same set twice is one. */
export const dataText = (set: ReadonlyMap<string, Value>): string =>
  [...set].map(([name, value]) => `${name}=${textOf(value)}`).join("\n");

interface Changed {
  readonly kind: CellKind;
  readonly set: number;
  readonly at: number;
}

export function ready(
  { program, compiled }: ComparedPolicy,
  data: ReadonlyMap<string, Value>,
  tier?: Tier,
): { readonly policy: Policy } | { readonly problem: string } {
  const loaded = loadPolicy(compiled, BUILTINS, tier === undefined ? {} : { tier });
  if ("error" in loaded) throw new Error(`the compiled policy is refused: ${loaded.error.message}`);
  const own = new Map([...data].filter(([name]) => program.data.some((each) => each.name === name)));
  const bound = loaded.loaded.withData(own);
  if (!("problem" in bound)) return bound;
  const { document, path, reason } = bound.problem;
  return { problem: `data.${document}${path === "" ? "" : `.${path}`} ${reason}` };
}

function kindOf(old: Decision, now: Decision): CellKind | null {
  if (old.decision !== now.decision) return now.decision === "allow" ? "gained" : "lost";
  const given = ({ obligations }: Decision): string =>
    JSON.stringify(obligations.map(({ name, args }) => [name, args]));
  return given(old) === given(now) ? null : "obligations";
}

interface FoundCell {
  readonly at: number;
  readonly where: Cell["where"];
  readonly count: number;
}

/** The changed requests as boxes: an axis all of whose values change alike does not matter. Without the whole product each request is
 *  its own. */
function cellsOf({ axes, whole }: Space, changed: readonly Changed[]): FoundCell[] {
  if (!whole) return changed.slice(0, CELLS_SHOWN_MAX).map(({ at }) => ({ at, where: [], count: 1 }));
  const left = new Set(changed.map(({ at }) => at));
  const all = new Set(left);
  const weights: number[] = [];
  axes.reduce((weight, { values }) => {
    weights.push(weight);
    return weight * values.length;
  }, 1);
  const cells: FoundCell[] = [];
  for (const at of [...left].sort((a, b) => a - b)) {
    if (!left.has(at)) continue;
    let box = [at];
    const free = axes.map(() => false);
    for (const [axis, { values }] of axes.entries()) {
      const weight = weights[axis]!;
      const digit = Math.floor(at / weight) % values.length;
      const wider = box.flatMap((each) => values.map((_, value) => each + (value - digit) * weight));
      if (wider.every((each) => all.has(each))) {
        box = wider;
        free[axis] = true;
      }
    }
    for (const each of box) left.delete(each);
    const where = axes.map(({ path, values }, axis) => ({
      path: path.join("."),
      value: free[axis] ? null : textOf(values[Math.floor(at / weights[axis]!) % values.length]!),
    }));
    cells.push({ at, where, count: box.length });
  }
  return cells.sort((a, b) => b.count - a.count || a.at - b.at).slice(0, CELLS_SHOWN_MAX);
}
