// Numbers for operators, in the text form of Prometheus. Counting is adding to plain numbers; labels are made when somebody asks.
import { Counter, collectDefaultMetrics, Gauge, Registry } from "prom-client";
import { witnessNumbers } from "../../court-node/witness-numbers.ts";
import type { WitnessStanding } from "../../ledger/witness-client.ts";
import type { Decision, Point } from "../point.ts";
import { Buckets } from "./buckets.ts";

export interface Levels {
  readonly connections: number;
  readonly exchanges: number;
  readonly tunnels: number;
  readonly upstreams: number;
  readonly heldBytes: number;
  readonly clock?: ClockNumbers;
  readonly witnesses?: readonly WitnessStanding[];
}

export interface ClockNumbers {
  /** Milliseconds by which the time of the cage is ahead of the machine's. */
  readonly heldMs: number;
  readonly steps: { readonly back: number; readonly forward: number };
}

export class Numbers {
  readonly #registry = new Registry();
  readonly #seconds = new Buckets();
  /** By the rules that made them. */
  readonly #allowed = new Map<Point, Map<string, number>>();
  readonly #denied = new Map<Point, Map<string, number>>();
  readonly #denials = new Map<string, number>();
  readonly #endings = new Map<string, number>();
  readonly #shadow = new Map<string, number>();
  readonly #statuses = new Map<number, number>();
  #bytesIn = 0;
  #bytesOut = 0;
  #tunnels = 0;
  #dropped = 0;
  #handshakes = 0;
  /** Records that were asked for and are not signed yet. */
  pending = 0;
  recordFailures = 0;

  constructor(levels: () => Levels) {
    const registers = [this.#registry];
    collectDefaultMetrics({ register: this.#registry });
    this.#registry.registerMetric(
      this.#seconds.metric("writ_cage_exchange_seconds", "Time from the head of a request to the end of its answer"),
    );
    const counter = (
      name: string,
      help: string,
      labelNames: readonly string[],
      fill: (counter: Counter) => void,
    ): void => {
      new Counter({
        name,
        help,
        labelNames: [...labelNames],
        registers,
        collect() {
          this.reset();
          fill(this);
        },
      });
    };
    const gauge = (name: string, help: string, value: () => number): void => {
      new Gauge({
        name,
        help,
        registers,
        collect() {
          this.set(value());
        },
      });
    };
    counter(
      "writ_cage_decisions_total",
      "Decisions, by the rules that made them",
      ["point", "decision", "rule"],
      (each) => {
        for (const [decision, points] of [
          ["allow", this.#allowed],
          ["deny", this.#denied],
        ] as const)
          for (const [point, rules] of points)
            for (const [rule, count] of rules) each.inc({ point, decision, rule }, count);
      },
    );
    counter("writ_cage_denials_total", "Requests that were not passed on, by the word for why", ["reason"], (each) => {
      for (const [reason, count] of this.#denials) each.inc({ reason }, count);
    });
    counter("writ_cage_exchanges_total", "Exchanges that ended, by how", ["ended"], (each) => {
      for (const [ended, count] of this.#endings) each.inc({ ended }, count);
    });
    counter("writ_cage_shadow_total", "Times a rule in shadow would have decided otherwise", ["rule"], (each) => {
      for (const [rule, count] of this.#shadow) each.inc({ rule }, count);
    });
    counter("writ_cage_answers_total", "Answers to callers", ["status"], (each) => {
      for (const [status, count] of this.#statuses) each.inc({ status: String(status) }, count);
    });
    counter("writ_cage_bytes_total", "Bytes of bodies and tunnels", ["direction"], (each) => {
      each.inc({ direction: "out" }, this.#bytesOut);
      each.inc({ direction: "in" }, this.#bytesIn);
    });
    counter("writ_cage_tunnels_total", "Tunnels that ended", [], (each) => each.inc(this.#tunnels));
    counter("writ_cage_connections_refused_total", "Connections closed because there were too many", [], (each) =>
      each.inc(this.#dropped),
    );
    counter("writ_cage_handshakes_failed_total", "Connections whose TLS did not come to be", [], (each) =>
      each.inc(this.#handshakes),
    );
    counter("writ_cage_record_failures_total", "Records that could not be written", [], (each) =>
      each.inc(this.recordFailures),
    );
    witnessNumbers("writ_cage_", registers, () => levels().witnesses ?? []);
    counter("writ_cage_clock_steps_total", "Times the clock of the machine was set", ["direction"], (each) => {
      const { back = 0, forward = 0 } = levels().clock?.steps ?? {};
      each.inc({ direction: "back" }, back);
      each.inc({ direction: "forward" }, forward);
    });
    gauge(
      "writ_cage_clock_held_seconds",
      "Seconds by which the machine's clock is behind the time of the cage, which does not go back",
      () => (levels().clock?.heldMs ?? 0) / 1_000,
    );
    gauge("writ_cage_records_pending", "Records that are not signed yet", () => this.pending);
    gauge("writ_cage_connections", "Connections of callers", () => levels().connections);
    gauge("writ_cage_exchanges", "Exchanges under way", () => levels().exchanges);
    gauge("writ_cage_tunnels", "Tunnels that are open", () => levels().tunnels);
    gauge("writ_cage_upstreams", "Addresses of upstreams with open connections", () => levels().upstreams);
    gauge("writ_cage_held_bytes", "Bytes of bodies that are held", () => levels().heldBytes);
  }

  get contentType(): string {
    return this.#registry.contentType;
  }

  text(): Promise<string> {
    return this.#registry.metrics();
  }

  decided({ point, allowed, rules, shadow }: Decision): void {
    const points = allowed ? this.#allowed : this.#denied;
    let counts = points.get(point);
    if (counts === undefined) {
      counts = new Map();
      points.set(point, counts);
    }
    if (rules.length === 0) count(counts, "default");
    else for (const rule of rules) count(counts, rule);
    for (const rule of shadow) count(this.#shadow, rule);
  }

  denied(reason: string): void {
    count(this.#denials, reason);
  }

  ended(
    ended: string,
    status: number | null,
    seconds: number,
    bytes: { readonly out: number; readonly in: number },
  ): void {
    count(this.#endings, ended);
    if (status !== null) count(this.#statuses, status);
    this.#bytesOut += bytes.out;
    this.#bytesIn += bytes.in;
    this.#seconds.observe(seconds);
  }

  tunnelEnded(bytes: { readonly out: number; readonly in: number }): void {
    this.#tunnels++;
    this.#bytesOut += bytes.out;
    this.#bytesIn += bytes.in;
  }

  handshakeFailed(): void {
    this.#handshakes++;
  }

  connectionRefused(): void {
    this.#dropped++;
  }
}

/** Keys are words of tables and names of rules, so there are not many. */
const count = <K>(of: Map<K, number>, key: K): void => void of.set(key, (of.get(key) ?? 0) + 1);
