// Numbers of a policy server for operators, in the text form of Prometheus.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from "prom-client";
import { requestNumbers } from "../court-node/http.ts";
import type { Running } from "./running.ts";

export interface Metrics {
  readonly contentType: string;
  text(): Promise<string>;
  /** Counts an answer of the policy. */
  decided(kind: "decide" | "check", decision: "allow" | "deny", fuel: number, ms: number): void;
  /** Counts a request. */
  requested(route: string, status: number, ms: number): void;
  reloaded(ok: boolean): void;
  logFailed(): void;
}

export function createMetrics(running: Running): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  const decisions = new Counter({
    name: "writ_decisions_total",
    help: "Answers of the policy",
    labelNames: ["kind", "decision"],
    registers,
  });
  const fuelUsed = new Counter({ name: "writ_decision_fuel_total", help: "Fuel of all answers", registers });
  const decisionSeconds = new Histogram({
    name: "writ_decision_seconds",
    help: "Time to decide and to write the line of the log",
    buckets: [0.000_01, 0.000_05, 0.000_1, 0.000_5, 0.001, 0.005, 0.01, 0.1, 1],
    registers,
  });
  const reloads = new Counter({
    name: "writ_policy_reloads_total",
    help: "Times the policy was read again, by what came of it",
    labelNames: ["result"],
    registers,
  });
  const failures = new Counter({
    name: "writ_decision_log_failures_total",
    help: "Decisions not given because their line could not be written",
    registers,
  });
  new Gauge({
    name: "writ_policy_stale",
    help: "1 while the newest files of the policy do not load",
    registers,
    collect() {
      this.set(running.stale === null ? 0 : 1);
    },
  });
  return {
    contentType: registry.contentType,
    text: () => registry.metrics(),
    decided(kind, decision, fuel, ms) {
      decisions.inc({ kind, decision });
      fuelUsed.inc(fuel);
      decisionSeconds.observe(ms / 1000);
    },
    requested: requestNumbers(registry),
    reloaded: (ok) => reloads.inc({ result: ok ? "loaded" : "refused" }),
    logFailed: () => failures.inc(),
  };
}
