// `writ cage` and the commands below it, one file each. `run.ts` declares the command itself: a cage is started.
import type { Command } from "commander";
import type { CommandModule, Job } from "../../verbs.ts";
import { configureCa } from "./ca.ts";
import * as compare from "./compare.ts";
import * as confine from "./confine.ts";
import * as explain from "./explain.ts";
import * as init from "./init.ts";
import * as records from "./records.ts";
import * as replay from "./replay.ts";
import { configureRun } from "./run.ts";

const BELOW: readonly { readonly name: string; readonly summary: string; readonly module: CommandModule }[] = [
  { name: "init", summary: "write a first policy, or the least one that allows what was seen", module: init },
  { name: "records", summary: "list, show, prove and verify records of a cage", module: records },
  { name: "explain", summary: "why a cage decided as it did, from a record", module: explain },
  { name: "replay", summary: "make every decision again and compare, or ask another policy", module: replay },
  { name: "compare", summary: "hold the log of this cage against that of the cage at the other end", module: compare },
  { name: "ca", summary: "the local authority of interceptions", module: { configure: configureCa } },
  {
    name: "confine",
    summary: "profiles that leave an application no way but its cage, and the check",
    module: confine,
  },
];

export function configure(command: Command, run: (job: Job) => void): void {
  configureRun(command, run);
  for (const { name, summary, module } of BELOW) module.configure(command.command(name).description(summary), run);
}
