// Lowering: a checked Program to functions of instructions.
export { type Lowered, lower, lowerOnly } from "./lower.ts";
