// Asking the worker: what is asked early, what is asked again, what never ends, and what breaks.
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { ANSWER_MS_MAX } from "../../playground/limits.ts";
import type { Answered, Asked } from "../../playground/messages.ts";
import { WorkerClient } from "../../playground/worker-client.ts";

/** A worker that answers when the test says so. */
class FakeWorker extends EventTarget {
  readonly asked: Asked[] = [];
  ended = false;
  postMessage(asked: Asked): void {
    this.asked.push(asked);
  }
  terminate(): void {
    this.ended = true;
  }
  say(data: Answered): void {
    this.dispatchEvent(new MessageEvent("message", { data }));
  }
  answer(asked: Asked, text: string): void {
    this.say({ id: asked.id, reply: { answer: { text } } });
  }
  fail(message: string): void {
    this.dispatchEvent(Object.assign(new Event("error", { cancelable: true }), { message }));
  }
}

let workers: FakeWorker[];
let client: WorkerClient;
const newest = (): FakeWorker => workers.at(-1)!;

beforeEach(() => {
  vi.useFakeTimers();
  workers = [];
  client = new WorkerClient(() => {
    const worker = new FakeWorker();
    workers.push(worker);
    return worker as unknown as Worker;
  });
});
afterEach(() => void vi.useRealTimers());

it("keeps what is asked before the worker has begun", async () => {
  const reply = client.ask("format", { text: "a" });
  expect(newest().asked).toEqual([]);
  newest().say(null);
  expect(newest().asked).toHaveLength(1);
  newest().answer(newest().asked[0]!, "b");
  expect(await reply).toEqual({ answer: { text: "b" } });
});

it("answers the newest question of a kind, and the older with nothing", async () => {
  newest().say(null);
  const [older, newer, other] = [
    client.ask("format", { text: "a" }),
    client.ask("format", { text: "b" }),
    client.ask("check", { text: "b" }),
  ];
  expect(await older).toBeNull();
  const [first, second, third] = newest().asked as [Asked, Asked, Asked];
  newest().answer(first, "too late");
  newest().answer(second, "b");
  newest().answer(third, "c");
  expect(await newer).toEqual({ answer: { text: "b" } });
  expect(await other).toEqual({ answer: { text: "c" } });
});

it("ends a worker that does not answer, says so to all who wait, and begins anew", async () => {
  newest().say(null);
  const waiting = [client.ask("test", { text: "a" }), client.ask("check", { text: "a" })];
  vi.advanceTimersByTime(ANSWER_MS_MAX);
  for (const each of waiting) expect(await each).toEqual({ problem: "it took too long, and was ended" });
  expect(workers.map(({ ended }) => ended)).toEqual([true]);
  const next = client.ask("check", { text: "b" });
  expect(workers.map(({ ended }) => ended)).toEqual([true, false]);
  newest().say(null);
  newest().answer(newest().asked[0]!, "b");
  expect(await next).toEqual({ answer: { text: "b" } });
  // What the ended one still had to say is heard by nobody.
  workers[0]!.answer(workers[0]!.asked[0]!, "late");
});

it("begins anew when the worker breaks, and says whose mistake it was", async () => {
  newest().say(null);
  const reply = client.ask("check", { text: "a" });
  newest().fail("boom");
  expect(await reply).toEqual({ problem: "the compiler failed, which is a mistake of ours: boom" });
  void client.ask("check", { text: "b" });
  newest().say(null);
  expect(newest().asked).toMatchObject([{ ask: { text: "b" } }]);
  expect(workers).toHaveLength(2);
});

it("does not begin for ever where no worker can", async () => {
  for (let asked = 1; asked <= 3; asked++) {
    const reply = client.ask("check", { text: "a" });
    newest().fail("blocked");
    expect(await reply).toHaveProperty("problem");
    expect(workers).toHaveLength(asked);
  }
});
