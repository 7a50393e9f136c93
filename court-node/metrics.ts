// Numbers for operators, in the text form of Prometheus.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import type { WitnessStanding } from "../ledger/witness-client.ts";
import type { Reply } from "./engine.ts";
import { requestNumbers } from "./http.ts";
import type { CourtNode } from "./node.ts";
import { witnessNumbers } from "./witness-numbers.ts";

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Counts an answered command. */
  answered(reply: Reply, ms: number): void;
  /** Counts a request. */
  requested(route: string, status: number, ms: number): void;
}

export function createMetrics(
  node: CourtNode,
  streams: () => number,
  witnesses: () => readonly WitnessStanding[] = () => [],
): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const commands = new Counter({
    name: "writ_commands_total",
    help: "Commands answered, by status or problem code",
    labelNames: ["status"],
    registers,
  });
  const commandSeconds = new Histogram({
    name: "writ_command_seconds",
    help: "Time from proposing a command to its durable answer",
    buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 1, 5],
    registers,
  });
  const gauges: readonly (readonly [name: string, help: string, value: () => number])[] = [
    ["writ_ledger_entries", "Receipts in the ledger", () => node.log.size],
    ["writ_commands_waiting", "Commands that wait to be executed", () => node.engine.waiting],
    ["writ_event_streams", "Readers of the event stream", streams],
    ["writ_read_only", "1 while the court only reads", () => (node.engine.readOnlyReason() === null ? 0 : 1)],
  ];
  for (const [name, help, value] of gauges) {
    new Gauge({
      name,
      help,
      registers,
      collect() {
        this.set(value());
      },
    });
  }
  witnessNumbers("writ_", registers, witnesses);
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    answered(reply, ms) {
      commands.inc({ status: reply.kind === "problem" ? reply.problem.code : reply.status });
      commandSeconds.observe(ms / 1000);
    },
    requested: requestNumbers(registry),
  };
}
