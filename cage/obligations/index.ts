// Obligations of policies on HTTP: what this cage can meet, and how it meets it.
export { type AdminOptions, adminServer } from "./admin.ts";
export type { Configuration } from "./configuration.ts";
export {
  type AskedAgain,
  type Duties,
  type DutiesOf,
  type DutiesOptions,
  dutiesOf,
  type Incoming,
  type Outgoing,
} from "./duties.ts";
export { kindsOf, type UnmetRule, unmetRules } from "./kinds.ts";
export type { Denial } from "./obligation.ts";
export { type People, readPeople } from "./people.ts";
export { RateLimits } from "./rate-limits.ts";
export { StepUps } from "./step-ups.ts";
export { OBLIGATIONS } from "./table.ts";
export { withTunnels } from "./tunnels.ts";
export { OBLIGATION_WORDS, obligationMeaning } from "./words.ts";
