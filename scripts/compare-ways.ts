// Compares a million decisions in every way a policy can be run (test/fuzz/modules/policy-ways.ts), for a release: as many workers as there are
// cores, each with one policy at a time. Prints how far it is; the first difference ends it, with the seed that repeats it.
//
//   node dist/scripts/compare-ways.js [decisions] [seed]
import { availableParallelism } from "node:os";
import { fileURLToPath } from "node:url";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { addCounts, type Counts, compareWays, noCounts } from "../test/fuzz/modules/policy-ways.ts";

/** Of one policy. Making and warming it in all its ways takes as long as some thousand decisions. */
const INPUTS = 5_000;
/** Milliseconds between two lines. */
const TOLD_EVERY = 10_000;

type Said = { readonly counts: Counts } | { readonly difference: string };

if (isMainThread) await compareAll(Number(process.argv[2] ?? 1_000_000), Number(process.argv[3] ?? 20261128));
else
  parentPort!.on("message", (seed: number) => {
    let said: Said;
    try {
      said = { counts: compareWays(seed, INPUTS) };
    } catch (error) {
      said = { difference: error instanceof Error ? error.message : String(error) };
    }
    parentPort!.postMessage(said);
  });

async function compareAll(decisions: number, first: number): Promise<void> {
  const policies = Math.ceil(decisions / INPUTS);
  const cores = Math.min(availableParallelism(), policies);
  const counts = noCounts();
  const start = performance.now();
  const spent = (): string => {
    const { user, system } = process.cpuUsage();
    const [clock, processor] = [performance.now() - start, (user + system) / 1000];
    return `${Math.round(clock / 1000)} s, ${Math.round(processor / 1000)} s of processor time`;
  };
  console.log(`${policies} policies with ${INPUTS} inputs each, seeds from ${first}, ${cores} workers`);
  let next = 0;
  let told = start;
  const workers = Array.from({ length: cores }, () => new Worker(fileURLToPath(import.meta.url)));
  const one = (worker: Worker): Promise<void> =>
    new Promise((done, failed) => {
      const ask = (): void => {
        if (next < policies) worker.postMessage(first + next++);
        else done();
      };
      worker.on("error", failed);
      worker.on("exit", () => failed(new Error("a worker ended")));
      worker.on("message", (said: Said) => {
        if ("difference" in said) return failed(new Error(said.difference));
        addCounts(counts, said.counts);
        if (performance.now() - told > TOLD_EVERY) {
          told = performance.now();
          console.log(`${counts.decisions} decisions agree; ${spent()}`);
        }
        ask();
      });
      ask();
    });
  try {
    await Promise.all(workers.map(one));
    console.log(`${JSON.stringify(counts)}; ${spent()}`);
  } catch (error) {
    console.error(error instanceof Error ? error.message : error);
    process.exitCode = 1;
  }
  for (const worker of workers) {
    worker.removeAllListeners("exit");
    await worker.terminate();
  }
}
