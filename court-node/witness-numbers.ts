// How it stands with the witnesses of a ledger, as numbers for operators: the same of a court and of a cage.
import { Counter, Gauge, type Registry } from "prom-client";
import type { WitnessStanding } from "../ledger/witness-client.ts";

/** `prefix`: of the names, such as `writ_cage_`. */
export function witnessNumbers(
  prefix: string,
  registers: Registry[],
  witnesses: () => readonly WitnessStanding[],
): void {
  const gauge = (name: string, help: string, value: (of: WitnessStanding) => number): void => {
    new Gauge({
      name: `${prefix}${name}`,
      help,
      labelNames: ["witness"],
      registers,
      collect() {
        this.reset();
        for (const each of witnesses()) this.set({ witness: each.name }, value(each));
      },
    });
  };
  gauge("witness_entries", "Entries of the ledger that a witness has cosigned", ({ size }) => size);
  gauge(
    "witness_timestamp_seconds",
    "When a witness last cosigned, in seconds since 1970; 0 since the start not yet",
    ({ at }) => (at ?? 0) / 1_000,
  );
  new Counter({
    name: `${prefix}witness_failures_total`,
    help: "Times a witness did not cosign a checkpoint, by the word for why",
    labelNames: ["witness", "reason"],
    registers,
    collect() {
      this.reset();
      for (const { name: witness, failures } of witnesses())
        for (const [reason, count] of Object.entries(failures)) this.inc({ witness, reason }, count);
    },
  });
}
