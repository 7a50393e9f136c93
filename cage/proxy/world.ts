// What all exchanges of one cage share.
import type { Logger } from "pino";
import type { DutiesOf } from "../obligations/duties.ts";
import type { Gate } from "../point.ts";
import type { AccessLine } from "./access-log.ts";
import type { Exchange } from "./exchange.ts";
import type { Numbers } from "./numbers.ts";
import type { Pools } from "./pools.ts";
import type { Resolver } from "./resolver.ts";
import type { Limits } from "./settings.ts";
import type { TurnedAway } from "./turned-away.ts";
import type { UnderWay } from "./under-way.ts";
import type { Upstream } from "./upstreams.ts";

export interface World {
  readonly gate: Gate;
  readonly dutiesOf: DutiesOf;
  readonly limits: Limits;
  readonly resolver: Resolver;
  readonly pools: Pools;
  readonly upstreams: ReadonlyMap<string, Upstream>;
  /** Hosts behind another cage: requests to them name their record. */
  readonly peers: ReadonlySet<string>;
  readonly numbers: Numbers;
  readonly log: Logger;
  readonly access: ((line: AccessLine) => void) | null;
  /** Exchanges under way. */
  readonly exchanges: UnderWay<Exchange>;
  /** Bytes of bodies that are held. */
  heldBytes: number;
  readonly turnedAway: TurnedAway;
  /** No new requests are taken. */
  stopping: boolean;
  /** Milliseconds of a clock that does not go back. */
  readonly now: () => number;
  /** Milliseconds since 1970, for logs. */
  readonly date: () => number;
  nextExchange(): string;
}
