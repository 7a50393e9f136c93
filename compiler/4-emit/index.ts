// Emitting: functions of instructions to a module and its file.
export { type CompiledAgreement, compileAgreement } from "./compile-agreement.ts";
export { emit } from "./emit.ts";
export { type EventFuel, worstFuelByEvent } from "./event-fuel.ts";
