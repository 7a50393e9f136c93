// Policies: checking, lowering and their tests.
export { checkPolicy } from "./check.ts";
export { compilePolicy } from "./emit.ts";
export type { PolicyProgram, RuleDecl } from "./model.ts";
export { jsonOf, type PolicyTestReport, type PolicyTestResult, type RuleCoverage, runPolicyTests } from "./tests.ts";
