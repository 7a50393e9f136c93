// `receipt`: how much of an exchange is recorded. There is no "none".
import { Arguments, misread, reading } from "./arguments.ts";
import type { Obligation } from "./obligation.ts";

export interface ReceiptArgs {
  readonly kind: "digest" | "full";
}

export const receipt: Obligation<ReceiptArgs> = {
  name: "receipt",
  points: ["connect", "request", "body", "response"],
  tunnels: true,
  several: true,
  check: (args) =>
    reading(() => ({
      kind:
        new Arguments({ kind: args }, ["kind"]).word("kind", ["digest", "full"]) ??
        misread("it says nothing", "write `digest` or `full`"),
    })),
};
