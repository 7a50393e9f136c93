// The deadline of a job counts processor time where the host can tell: a busy machine gives a job what an idle one does, and no job
// lasts for ever. With a host and timers of the test.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { CueHost } from "../../../lang/cue/index.ts";
import { CUE_DEADLINE_STRETCH } from "../../../lang/cue/limits.ts";
import { CueRunner } from "../../../lang/cue/runner.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const DEADLINE = 1_000;

/** A runner whose job is answered `after` milliseconds, having `share` of a processor meanwhile; null: the host cannot tell. */
function runner(after: number, share: number | null): CueRunner {
  const start = Date.now();
  const host: CueHost = {
    compile: async () => new WebAssembly.Module(new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0])),
    ...(share === null ? {} : { cpuMs: () => (Date.now() - start) * share }),
    spawn: (listener) => ({
      post: (message) => {
        if ("module" in message) setTimeout(() => listener.message({ ready: true }), 0);
        else setTimeout(() => listener.message({ answer: "done", memoryBytes: 0 }), after);
      },
      terminate: async () => {},
      hold: () => {},
    }),
  };
  const memory = { memoryBytesMax: 2 ** 28, memoryBytesKept: 2 ** 28 };
  return new CueRunner({ host, deadlineMs: DEADLINE, startMs: 60_000, jobsMax: 10, ...memory });
}

/** How a job ends, and after how many milliseconds by the clock. */
async function ended(after: number, share: number | null): Promise<readonly [string, number]> {
  const one = runner(after, share);
  const start = Date.now();
  let end = 0;
  const ran = one
    .inTurn(() => one.call("job"))
    .finally(() => {
      end = Date.now();
    });
  await vi.advanceTimersByTimeAsync(100 * DEADLINE);
  return [(await ran).is, end - start];
}

it("is met by a job that had little of the processor", async () => {
  expect(await ended(3_000, 0.1)).toEqual(["answer", 3_000]);
});
it("is missed by a job that had the processor to itself", async () => {
  expect(await ended(3_000, 1)).toEqual(["late", DEADLINE]);
});
it("is missed once the processor time is used up", async () => {
  const [is, at] = await ended(30_000, 0.25);
  expect(is).toBe("late");
  expect(at).toBeGreaterThanOrEqual(4 * DEADLINE);
  expect(at).toBeLessThan(4 * DEADLINE + 200);
});
it("is never shorter than by the clock, however many threads work", async () => {
  expect(await ended(900, 8)).toEqual(["answer", 900]);
});
it("ends by the clock what waits for something", async () => {
  const [is, at] = await ended(1_000_000, 0);
  expect(is).toBe("late");
  expect(at).toBe(DEADLINE * CUE_DEADLINE_STRETCH);
});
it("is by the clock where the host cannot tell", async () => {
  expect(await ended(3_000, null)).toEqual(["late", DEADLINE]);
});
