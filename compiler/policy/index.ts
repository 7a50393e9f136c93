// Policies: checking, lowering and their tests.
export { checkPolicy } from "./check.ts";
export { compilePolicy } from "./emit.ts";
export { type ExplainedRule, Explainer, type PolicyExplanation } from "./explain/explain.ts";
export { type Change, type WhyNot, whyNot } from "./explain/why-not.ts";
export type { PolicyProgram, RuleDecl } from "./model.ts";
export {
  dataOf,
  inputsOf,
  jsonOf,
  type PolicyTestReport,
  type PolicyTestResult,
  type RuleCoverage,
  runPolicyTests,
} from "./tests.ts";
