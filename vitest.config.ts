import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { fromTheBuild } from "./test/runner/built.ts";
import { LongFirst } from "./test/runner/order.ts";

const root = fileURLToPath(new URL(".", import.meta.url));

export default defineConfig({
  plugins: [fromTheBuild()],
  resolve: {
    // Examples import the package by its name, as a user would; here that is the sources or their build. What an installed package
    // exports is tested in test/cli/pack.test.ts.
    alias: [
      // As in the build: one file in place of hundreds.
      { find: /^chevrotain$/, replacement: `${root}node_modules/chevrotain/lib/chevrotain.min.mjs` },
      { find: /^writ\/ledger\/verify$/, replacement: `${root}ledger/verify.ts` },
      { find: /^writ\/policy\/node$/, replacement: `${root}policy/node.ts` },
      { find: /^writ\/lang\/cue$/, replacement: `${root}lang/cue/index.ts` },
      {
        find: /^writ\/(core|lang|compiler|vm|stdlib|ledger|policy|court-node|court-node\/protocol|cage\/client|cage\/signature)$/,
        replacement: `${root}$1/index.ts`,
      },
    ],
  },
  test: {
    include: ["test/**/*.test.ts", "examples/**/*.test.ts"],
    // Two cores: two workers. Tests that measure or kill processes run in their own files.
    maxWorkers: 2,
    sequence: { sequencer: LongFirst },
    isolate: false,
    testTimeout: 30_000,
    hookTimeout: 60_000,
  },
});
