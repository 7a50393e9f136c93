// One worker after another, one call at a time: started when needed, ended past its deadline, replaced when it is used up.
// Invariant: a worker that failed in any way never gets another call.
import type { CueHost, CueWorker, FromWorker } from "./host.ts";
import { CUE_DEADLINE_LOOK_MS, CUE_DEADLINE_STRETCH } from "./limits.ts";

export interface RunnerOptions {
  readonly host: CueHost;
  readonly deadlineMs: number;
  readonly startMs: number;
  readonly memoryBytesMax: number;
  readonly memoryBytesKept: number;
  readonly jobsMax: number;
}

/** How a call ended. */
export type Ran =
  | { readonly is: "answer"; readonly text: string }
  | { readonly is: "late" }
  | { readonly is: "memory" }
  | { readonly is: "crashed"; readonly why: string }
  /** No worker could be started, or the runner is closed. */
  | { readonly is: "unavailable"; readonly why: string };

interface Live {
  readonly worker: CueWorker;
  calls: number;
  memoryBytes: number;
  /** Who waits for the next message. */
  waiting: ((message: FromWorker | { readonly ended: string }) => void) | null;
}

export class CueRunner {
  readonly #options: RunnerOptions;
  #live: Live | null = null;
  #queue: Promise<unknown> = Promise.resolve();
  #closed = false;
  /** Workers started so far. */
  started = 0;

  constructor(options: RunnerOptions) {
    this.#options = options;
  }

  /** Bytes of WebAssembly memory after the last call; 0 without a worker. */
  get memoryBytes(): number {
    return this.#live?.memoryBytes ?? 0;
  }

  /** Runs `work` when everything before it is done. */
  inTurn<T>(work: () => Promise<T>): Promise<T> {
    const next = this.#queue.then(work);
    this.#queue = next.catch(() => {});
    return next;
  }

  /** One call. Never rejects. Only from within `inTurn`. */
  async call(text: string): Promise<Ran> {
    const { host, deadlineMs, memoryBytesKept, jobsMax } = this.#options;
    const live = this.#live ?? (await this.#start());
    if ("is" in live) return live;
    live.worker.hold(true);
    live.worker.post({ job: text });
    const message = await this.#next(live, deadlineMs, () => host.cpuMs?.() ?? null);
    live.worker.hold(false);
    if (message !== null && "answer" in message) {
      live.calls++;
      live.memoryBytes = message.memoryBytes;
      if (live.calls >= jobsMax || live.memoryBytes > memoryBytesKept) await this.discard();
      return { is: "answer", text: message.answer };
    }
    await this.discard();
    if (this.#closed) return { is: "unavailable", why: "it was closed" };
    if (message === null) return { is: "late" };
    return failure(message);
  }

  /** Ends the worker; the next call starts another. */
  async discard(): Promise<void> {
    const live = this.#live;
    this.#live = null;
    await live?.worker.terminate();
  }

  /** Ends the worker and refuses every later call. A call under way is answered as unavailable. */
  async close(): Promise<void> {
    this.#closed = true;
    const live = this.#live;
    this.#live = null;
    await live?.worker.terminate();
    live?.waiting?.({ ended: "it was closed" });
    await this.#queue;
  }

  async #start(): Promise<Live | Ran> {
    const { host, startMs, memoryBytesMax } = this.#options;
    if (this.#closed) return { is: "unavailable", why: "it was closed" };
    let module: WebAssembly.Module;
    try {
      module = await host.compile(memoryBytesMax);
    } catch (error) {
      return { is: "unavailable", why: error instanceof Error ? error.message : String(error) };
    }
    if (this.#closed) return { is: "unavailable", why: "it was closed" };
    const live: Live = {
      worker: host.spawn({
        message: (message) => live.waiting?.(message),
        ended: (why) => live.waiting?.({ ended: why }),
      }),
      calls: 0,
      memoryBytes: 0,
      waiting: null,
    };
    this.started++;
    this.#live = live;
    live.worker.post({ module });
    const message = await this.#next(live, startMs);
    if (message !== null && "ready" in message) return live;
    await this.discard();
    if (message === null) return { is: "unavailable", why: `it did not start within ${startMs} ms` };
    const why = failure(message);
    return { is: "unavailable", why: why.is === "crashed" ? why.why : "it needs more memory to start" };
  }

  /** The next message, or null when the time is over: not before `ms` by the clock, and with `cpuMs` not before so much processor
   *  time, or a multiple of it by the clock. So a job on a busy machine has what it has on an idle one. */
  #next(
    live: Live,
    ms: number,
    cpuMs: () => number | null = () => null,
  ): Promise<FromWorker | { readonly ended: string } | null> {
    return new Promise((resolve) => {
      const before = cpuMs();
      let waited = ms;
      const done = (message: FromWorker | { readonly ended: string } | null): void => {
        clearTimeout(timer);
        live.waiting = null;
        resolve(message);
      };
      const look = (): void => {
        const left = before === null ? 0 : ms - ((cpuMs() ?? 0) - before);
        if (left <= 0 || waited >= ms * CUE_DEADLINE_STRETCH) return done(null);
        const more = Math.max(left, CUE_DEADLINE_LOOK_MS);
        waited += more;
        timer = setTimeout(look, more);
      };
      let timer = setTimeout(look, ms);
      live.waiting = done;
    });
  }
}

/** What a worker's last words mean. Only Go's own words for an allocation that failed count as memory. */
function failure(message: FromWorker | { readonly ended: string }): Ran {
  if ("ended" in message) return { is: "crashed", why: message.ended };
  if (!("failed" in message)) return { is: "crashed", why: "it answered something else" };
  if (/out of memory|cannot allocate/.test(message.log)) return { is: "memory" };
  if (/stack overflow|stack exceeds/.test(message.log)) return { is: "crashed", why: "its stack is full" };
  if (/^RangeError/.test(message.failed)) return { is: "crashed", why: "its stack is full" };
  return { is: "crashed", why: message.log.split("\n")[0] || message.failed };
}
