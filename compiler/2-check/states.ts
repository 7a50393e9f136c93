// Business states: regions side by side, each in one state at a time.
import type { Region, State } from "../../lang/ast.ts";
import { noStart, unreachableState, wrongName } from "../codes.ts";
import type { Deadline, RegionDecl, StateDecl } from "../model.ts";
import { warnConstant } from "./actions.ts";
import { type Context, find, type Scope, scopeOf } from "./context.ts";
import { isLength, length, moment } from "./deadline.ts";
import { checkEffects } from "./effects.ts";
import { condition } from "./expression.ts";
import { fieldValue } from "./literals.ts";
import { checkedCondition } from "./norms.ts";

export function checkRegion(context: Context, region: Region, index: number): RegionDecl {
  const what = region.name === "" ? "`states`" : `\`${region.name}\``;
  const initial = region.states.flatMap((state, at) => (state.initial ? [at] : []));
  if (initial.length !== 1)
    context.report(
      noStart(
        region.span,
        { what },
        {
          labels: initial.map((at) => ({ span: region.states[at]!.name.span, text: "marked as initial" })),
        },
      ),
    );
  const states = region.states.map((state) => checkState(context, state, index));
  reportUnreachable(context, region, initial);
  // The one unnamed region is shown, and kept in the state, as `state`.
  return { name: region.name === "" ? "state" : region.name, initial: initial[0] ?? 0, states };
}

function checkState(context: Context, state: State, region: number): StateDecl {
  const where = `state \`${state.name.text}\``;
  const noCaller = "a state is entered by itself as well as by actions";
  const scope = scopeOf(where, { noCaller });
  const target = (name: State["on"][number]["branches"][number]["to"]): number | undefined => {
    const found = find(context, name, ["state"]);
    if (found === undefined) return undefined;
    if (found.region === region) return found.index;
    context.report(
      wrongName(
        name.span,
        { name: name.text, actual: "a state of another set", expected: "one of the same" },
        { labels: [{ span: found.span, text: "declared here" }] },
      ),
    );
    return undefined;
  };
  return {
    name: state.name.text,
    on: state.on.flatMap((each) => {
      const action = find(context, each.action, ["action"]);
      // The transition happens with the action, so it reads what came with it.
      const inputs: Scope["inputs"] = (action && context.inputs[action.index]) ?? new Map();
      const branches = each.branches.flatMap((branch) => {
        const to = target(branch.to);
        const when =
          branch.when === null
            ? null
            : condition(context, { ...scopeOf(`a transition of ${where}`, { noCaller: null }), inputs }, branch.when);
        if (when !== null) warnConstant(context, when, "this condition");
        return to === undefined ? [] : [{ when, to }];
      });
      return action === undefined ? [] : [{ action: action.index, branches }];
    }),
    after: state.after.flatMap((each) => {
      const to = target(each.to);
      const at = afterDeadline(context, each, scope);
      return to === undefined || at === null ? [] : [{ at, to }];
    }),
    when: state.when.flatMap((each) => {
      const to = target(each.to);
      const made = checkedCondition(context, scope, each.condition, `\`when\` of ${where}`);
      return to === undefined ? [] : [{ condition: made, to }];
    }),
    enter:
      state.enter === null
        ? null
        : checkEffects(context, scope, state.enter, { roles: [], nobody: "a state is entered without money" }),
    ends: (["fulfilled", "terminated", "expired"] as const).find((word) => word === state.ends?.text) ?? null,
    span: state.span,
  };
}

/** `after`: a length from the entry, or a moment. Always open: it happens first thing at that instant. */
function afterDeadline(
  context: Context,
  each: State["after"][number],
  scope: ReturnType<typeof scopeOf>,
): Deadline | null {
  const field = { key: "after", value: each.at, scope, span: each.span };
  const probe = context.quietly(() => fieldValue(context, scope, each.at, null, "`after`"));
  const made = isLength(context, probe) ? length(context, field) : moment(context, field, "open", true);
  return made === null ? null : { ...made, edge: "open" };
}

function reportUnreachable(context: Context, region: Region, initial: readonly number[]): void {
  const index = new Map(region.states.map((state, at) => [state.name.text, at]));
  const reached = new Set<number>(initial);
  const named = new Set<string>();
  const collect = (effects: import("../../lang/ast.ts").Effects | null): void => {
    if (effects === null) return;
    if (effects.to !== null) named.add(effects.to.text);
    for (const each of effects.cases) collect(each.effects);
    if (effects.casesElse !== null && effects.casesElse !== "refuse") collect(effects.casesElse.effects);
  };
  for (const action of context.document.actions) collect(action.effects);
  for (const power of context.document.powers) collect(power.effects);
  for (const each of context.document.obligations)
    for (const follow of each.else ?? []) if (follow.kind === "effects") collect(follow.effects);
  for (const each of context.document.regions) for (const state of each.states) collect(state.enter);
  for (const name of named) if (index.has(name)) reached.add(index.get(name)!);
  const work = [...reached];
  for (let at = work.pop(); at !== undefined; at = work.pop()) {
    const state = region.states[at]!;
    const next = [
      ...state.on.flatMap((each) => each.branches.map((branch) => branch.to)),
      ...state.after.map((each) => each.to),
      ...state.when.map((each) => each.to),
    ];
    for (const name of next) {
      const to = index.get(name.text);
      if (to === undefined || reached.has(to)) continue;
      reached.add(to);
      work.push(to);
    }
  }
  if (initial.length !== 1) return;
  for (const [at, state] of region.states.entries())
    if (!reached.has(at)) context.report(unreachableState(state.name.span, { name: state.name.text }));
}
