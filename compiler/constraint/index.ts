// Constraints of CUE to bytecode.
export { type ConstraintBounds, ConstraintLowering, type Overflow } from "./lower.ts";
export { compileConstraint } from "./module.ts";
export type { Refusal } from "./refusal.ts";
export { textOfConstraint } from "./text.ts";
