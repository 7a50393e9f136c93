// `never` and `always`: promises about the rules, held against every request that the rules and the promises tell apart. A promise that
// does not hold is an error with a request that breaks it; one that could not be tried on all says so.
import type { Policy } from "../../../lang/ast.ts";
import type { Diagnostic } from "../../../lang/diagnostic.ts";
import type { Policy as Ready } from "../../../vm/policy/policy.ts";
import type { Value } from "../../../vm/value.ts";
import type { CompiledAgreement } from "../../4-emit/index.ts";
import { assertionBroken, assertionIdle, assertionUnproved } from "../../codes.ts";
import { compilePolicy } from "../emit.ts";
import type { AssertionDecl, PolicyProgram } from "../model.ts";
import { textOf } from "../samples.ts";
import { dataOf, inputsOf } from "../tests.ts";
import { dataText, ready } from "./compare.ts";
import { DATA_SETS_MAX } from "./limits.ts";
import { spaceOf } from "./space.ts";

export function checkAssertions({
  document,
  program,
  compiled,
}: {
  readonly document: Policy;
  readonly program: PolicyProgram;
  readonly compiled: CompiledAgreement;
}): readonly Diagnostic[] {
  const { assertions } = program;
  if (assertions.length === 0) return [];
  // The same input, data and names, with a rule for each promise.
  const asking: PolicyProgram = {
    ...program,
    rules: assertions.map(({ requests }) => requests).sort((a, b) => (a.id < b.id ? -1 : 1)),
    limits: { ...program.limits, fuel: null },
  };
  const made = compilePolicy(asking);
  if (!("module" in made)) return assertions.map((each) => unproved(each, 0, "the promises are too large"));
  const examples = document.tests.flatMap((test) => inputsOf(test, program).map(({ input }) => input));
  const space = spaceOf([{ program }, { program: asking }], examples);
  const found = assertions.map((): Found => ({ asked: 0, broken: null }));
  const held = { decided: 0, gaps: space.gaps };
  for (const data of dataSets(document, program)) {
    const rules = ready({ program, compiled }, data);
    const asked = ready({ program: asking, compiled: made }, data);
    if ("problem" in rules || "problem" in asked) {
      held.gaps = [...held.gaps, "there are no data to ask with"];
      continue;
    }
    held.decided += space.count;
    for (let at = 0; at < space.count; at++) ask(space.request(at), rules.policy, asked.policy, asking, found);
  }
  return assertions.flatMap((assertion) => {
    const index = assertions.indexOf(assertion);
    const { asked, broken } = found[index]!;
    if (broken !== null) return [assertionBroken(assertion.requests.span, { kind: assertion.kind, ...broken })];
    if (asked === 0) return [assertionIdle(assertion.requests.span, { kind: assertion.kind })];
    return held.gaps.length === 0 ? [] : [unproved(assertion, asked, held.gaps[0]!)];
  });

  function ask(request: Value, rules: Ready, asked: Ready, { rules: order }: PolicyProgram, into: Found[]): void {
    const read = asked.read(request);
    if ("misfit" in read) return;
    const { outcomes } = asked.outcomes(read.value);
    for (const { rule, error } of outcomes) {
      if (error !== null) continue;
      const index = assertions.findIndex(({ requests }) => requests === order[rule]);
      const one = into[index]!;
      one.asked++;
      if (one.broken !== null) continue;
      const { decision, determining } = rules.decide(request);
      if ((decision === "allow") !== (assertions[index]!.kind === "never")) continue;
      const by = determining.length === 0 ? "the default" : determining.map((each) => each.rule).join(", ");
      one.broken = { decision, request: textOf(request), by };
    }
  }
}

interface Found {
  /** Requests it speaks of that were tried. */
  asked: number;
  broken: { readonly decision: string; readonly request: string; readonly by: string } | null;
}

const unproved = ({ kind, requests }: AssertionDecl, asked: number, gap: string): Diagnostic =>
  assertionUnproved(requests.span, { kind, asked, gap });

/** The documents of the tests, each set once; one empty set for a policy without data. */
export function dataSets(document: Policy, program: PolicyProgram): readonly ReadonlyMap<string, Value>[] {
  if (program.data.length === 0) return [new Map()];
  const sets = new Map<string, ReadonlyMap<string, Value>>();
  for (const test of document.tests) {
    const data = dataOf(test, program);
    sets.set(dataText(data), data);
  }
  return [...sets.values()].slice(0, DATA_SETS_MAX);
}
