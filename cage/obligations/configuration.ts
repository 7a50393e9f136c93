// What an operator gives the cage so that obligations can be met. What is not given cannot be met, and a policy that asks for it is not
// loaded.
import type { MessageSigner, NonceStore } from "../signature/index.ts";
import type { RateLimits } from "./rate-limits.ts";
import type { StepUps } from "./step-ups.ts";

export interface Configuration {
  /** The cage's own keys, by the names that `sign` calls them by. */
  readonly signers: ReadonlyMap<string, MessageSigner>;
  /** Names of upstreams that `route` may call by their names. */
  readonly upstreams?: ReadonlySet<string>;
  readonly nonces: NonceStore;
  readonly rates: RateLimits;
  /** Null: nobody can be asked. */
  readonly stepUps: StepUps | null;
  /** Where browsers send reports of the network, an https URL; null: nowhere. */
  readonly collector: string | null;
  /** Random bytes, for nonces and ids. */
  readonly random: (bytes: number) => Uint8Array;
}
