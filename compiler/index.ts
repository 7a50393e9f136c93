// Documents to programs and modules: names (1-resolve), types and totality (2-check), then bytecode (3-lower, 4-emit).
export { checkDocument } from "./2-check/index.ts";
export { type CompiledAgreement, compileAgreement, type EventFuel, worstFuelByEvent } from "./4-emit/index.ts";
export { type Compilation, compile, type SourceFile } from "./compile.ts";
export type * from "./model.ts";
export {
  advicePolicy,
  type Cell,
  type Change,
  type ComparedPolicy,
  type Comparison,
  checkModule,
  checkPolicy,
  comparePolicies,
  compilePolicy,
  costsOf,
  dataOf,
  dataSets,
  type ExplainedRule,
  Explainer,
  inputsOf,
  jsonOf,
  type Modules,
  type PolicyExplanation,
  type PolicyProgram,
  type PolicyTestReport,
  type RuleCost,
  type RuleCoverage,
  runPolicyTests,
  type WhyNot,
  whyNot,
} from "./policy/index.ts";
export {
  type Coverage,
  explainRun,
  rulesOf,
  runScenarios,
  type ScenarioInput,
  type ScenarioReport,
  type TestResult,
} from "./scenario/index.ts";
export { declaredSchemas, type JsonSchema, schemaOf } from "./schema.ts";
