// The order of the test files: those that take long begin first, and the others as Vitest puts them, so that none runs alone at the end while
// the other worker has nothing left to do.
import { relative } from "node:path";
import { BaseSequencer, type TestSpecification } from "vitest/node";

/** Ten seconds or more, the longest first. */
const LONG: readonly string[] = [
  "test/cli/pack.test.ts",
  "test/oracle/differential.test.ts",
  "test/cli/process.test.ts",
  "test/sim/kill.test.ts",
  "test/unit/lang/cue-engine.test.ts",
  "test/unit/ledger/store.test.ts",
  "test/cage/kill-and-soak.test.ts",
  "test/unit/lang/cue-spellings.test.ts",
  "test/cli/node-matrix.test.ts",
  "test/fuzz/vm-tiers.test.ts",
  "test/fuzz/module.test.ts",
  "test/fuzz/policy-tiers.test.ts",
  "test/cli/decide-serve.test.ts",
  "test/fuzz/compiler.test.ts",
  "test/unit/ledger/kill.test.ts",
  "test/sim/differential.test.ts",
  "test/limits/lang.test.ts",
  "test/fuzz/lang.test.ts",
  "test/cli/scripts.test.ts",
  "examples/templates/example.test.ts",
  "test/cli/decision-log-crash.test.ts",
  "test/fuzz/truncation.test.ts",
  "test/cage/confine.test.ts",
  "test/fuzz/cue-random.test.ts",
  "test/unit/court-node/serve.test.ts",
  "test/limits/compiler.test.ts",
];

export class LongFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const sorted = await super.sort(files);
    const rank = ({ moduleId }: TestSpecification): number => {
      const at = LONG.indexOf(relative(this.ctx.config.root, moduleId));
      return at < 0 ? LONG.length : at;
    };
    return sorted.sort((a, b) => rank(a) - rank(b));
  }
}
