// Policies: checking, lowering and their tests.
export { checkPolicy } from "./check.ts";
export { dataSets } from "./compare/assertions.ts";
export { type Cell, type ComparedPolicy, type Comparison, comparePolicies } from "./compare/compare.ts";
export { type ConditionCoverage, coverConditions, type PartCoverage } from "./conditions.ts";
export { compilePolicy } from "./emit.ts";
export { type ExplainedRule, Explainer, type PolicyExplanation } from "./explain/explain.ts";
export { type Change, type WhyNot, whyNot } from "./explain/why-not.ts";
export { advicePolicy, costsOf, type RuleCost } from "./lint/advice.ts";
export type { PolicyProgram, RuleDecl } from "./model.ts";
export { checkModule } from "./module.ts";
export { type Mutant, type MutationReport, mutatePolicy } from "./mutate.ts";
export type { Modules } from "./namespaces.ts";
export {
  dataOf,
  inputsOf,
  jsonOf,
  type PolicyTestReport,
  type PolicyTestResult,
  type RuleCoverage,
  runPolicyTests,
} from "./tests.ts";
