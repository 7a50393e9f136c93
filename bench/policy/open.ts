// Opens a module of a policy once, in a process that has done nothing else, and prints what that took: seconds on the clock, and the bytes
// that stay.
import { readFileSync } from "node:fs";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { openPolicy } from "../../policy/index.ts";

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;
const held = (): number => {
  collect();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
};

const bytes = new Uint8Array(readFileSync(process.argv[2] as string));
const before = held();
const start = performance.now();
const policy = openPolicy(bytes);
const seconds = (performance.now() - start) / 1_000;
process.stdout.write(JSON.stringify({ seconds, bytes: held() - before, rules: policy.machine.table.rules.length }));
