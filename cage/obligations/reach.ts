// `reach`: which addresses beside global ones may be dialled. The proxy carries it out where it dials (cage/proxy/reach.ts); here is what
// may be asked for.
import { ADDRESS_CLASSES } from "../../stdlib/data/addresses.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import type { Obligation } from "./obligation.ts";

export interface ReachArgs {
  readonly classes: readonly string[];
  readonly metadata: boolean;
}

export const reach: Obligation<ReachArgs> = {
  name: "reach",
  points: ["connect", "request", "body"],
  tunnels: true,
  several: true,
  check: (args) =>
    reading(() => {
      const read = new Arguments(args, ["classes", "dangerous"]);
      const classes = read.texts("classes") ?? [];
      for (const each of classes)
        if (each === "metadata" || !(ADDRESS_CLASSES as readonly string[]).includes(each))
          misread(`\`${each.slice(0, 40)}\` is no class that can be named`, "see `docs/policies-reference.md`");
      return { classes, metadata: read.word("dangerous", ["metadata"]) !== null };
    }),
};
