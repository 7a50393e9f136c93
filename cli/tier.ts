// The option of every command that runs modules: which tier of the machine runs them. It changes no result.
import { Option } from "commander";
import { TIERS, type Tier } from "../vm/index.ts";

export interface TierOptions {
  readonly tier: Tier;
}

export const tierOption = (): Option =>
  new Option("--tier <tier>", "how modules run: same results, other speed").choices([...TIERS]).default("auto");
