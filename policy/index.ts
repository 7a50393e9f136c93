// Policies in a program: open one, ask it. Nothing here touches files, clocks or the network; that is `writ/policy/node`.
export type {
  CheckAnswer,
  Decision,
  Determining,
  Json,
  ObligationGiven,
  RuleError,
  Tier,
  Verdict,
  Violation,
} from "../vm/index.ts";
export { answerText } from "../vm/index.ts";
export { acceptBundle, type Bundle, type BundleName, type BundleSource, buildBundle, readBundle } from "./bundle.ts";
export { type Code, codes as policyCodes } from "./codes.ts";
export { PolicyError } from "./errors.ts";
export {
  decide,
  type OpenedPolicy,
  type OpenOptions,
  openParts,
  openPolicy,
  type PolicyModule,
  type PolicyParts,
  readModule,
} from "./open.ts";
export type { Plain } from "./plain.ts";
