// The engine of one process: commands that wait are executed together and flushed together, and while one group is being
// flushed the next one is executed. Callers are answered after the flush.
//
// Invariant: a group is stored only after the one before it was; if storing fails, everything executed on top is thrown away.
import { assert } from "../core/index.ts";
import { LedgerError, type Log, type Storage } from "../ledger/index.ts";
import type { Clock } from "./clock.ts";
import { type Answer, applyCommand, type Command, type Env, type Memo } from "./court.ts";
import type { Acknowledged, Batch, Engine, Reply } from "./engine.ts";
import {
  DUE_AGREEMENTS_MAX,
  DUE_LOOK_MS_MAX,
  GROUP_BYTES_MAX,
  GROUP_COMMANDS_MAX,
  GROUP_RECEIPTS_MAX,
  WAITING_COMMANDS_MAX,
} from "./limits.ts";
import { problem } from "./protocol/problem.ts";
import { decodeReceipt } from "./protocol/receipt.ts";
import {
  decodeHead,
  dueParts,
  dueUntil,
  encodeHead,
  FIRST_HEAD,
  HEAD_KEY,
  type Head,
  nextAppHash,
  SPACE,
} from "./records.ts";
import { takeSnapshot } from "./snapshot.ts";
import { Overlay } from "./state.ts";

export interface EmbeddedOptions {
  readonly log: Log;
  readonly storage: Storage;
  readonly clock: Clock;
  readonly memo: Memo;
  readonly admits: (did: string) => boolean;
  /** The disk did not keep what was written: the process must end, nothing more is acknowledged. */
  readonly onFatal: (error: LedgerError) => void;
}

interface Waiting {
  readonly command: Command;
  readonly answer: (reply: Reply) => void;
}

export class EmbeddedEngine implements Engine {
  readonly #options: EmbeddedOptions;
  readonly #listeners = new Set<(receipts: readonly Acknowledged[]) => void>();
  #queue: Waiting[] = [];
  /** Head and writes of the group executed last, stored or not. */
  #head: Head;
  #overlay: Overlay | null = null;
  #committing: Promise<boolean> = Promise.resolve(true);
  #running: Promise<void> | null = null;
  #closed = false;
  #started = false;
  #cancelDue: (() => void) | null = null;
  #stopped: string | null = null;

  private constructor(options: EmbeddedOptions, head: Head) {
    this.#options = options;
    this.#head = head;
  }

  /** Throws LedgerError `ledger/corrupt` when the court's head and the log disagree. */
  static open(options: EmbeddedOptions): EmbeddedEngine {
    const engine = new EmbeddedEngine(options, storedHead(options.storage));
    const { size } = options.log;
    if (engine.#head.seq !== size)
      throw new LedgerError("ledger/corrupt", `the court wrote ${engine.#head.seq} receipts, the log has ${size}`);
    return engine;
  }

  head(): Head {
    return storedHead(this.#options.storage);
  }

  /** Commands that wait to be executed. */
  get waiting(): number {
    return this.#queue.length;
  }

  readOnlyReason(): string | null {
    const { log, storage } = this.#options;
    return this.#stopped ?? log.haltedBy?.message ?? storage.readOnlyReason();
  }

  subscribe(listener: (receipts: readonly Acknowledged[]) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  propose(command: Command): Promise<Reply> {
    if (this.#closed)
      return Promise.resolve({ kind: "problem", problem: problem("shutting-down", "the court takes no more actions") });
    if (this.#stopped !== null)
      return Promise.resolve({ kind: "problem", problem: problem("read-only", this.#stopped) });
    if (this.#queue.length >= WAITING_COMMANDS_MAX)
      return Promise.resolve({
        kind: "problem",
        problem: problem("overloaded", `${this.#queue.length} commands wait`),
      });
    return new Promise((answer) => {
      this.#queue.push({ command, answer });
      this.#running ??= this.#run();
    });
  }

  async #run(): Promise<void> {
    // One turn later: everything that arrives together is executed together.
    await new Promise((next) => setImmediate(next));
    while (this.#queue.length > 0) {
      const group = this.#queue.slice(0, GROUP_COMMANDS_MAX);
      let batch: Batch;
      try {
        batch = this.onBatch(
          group.map(({ command }) => command),
          Math.max(this.#options.clock.now(), this.#head.stamp),
        );
      } catch (error) {
        // The store could not be read, or our own mistake: the group is answered, nothing of it is kept.
        this.#queue.splice(0, group.length);
        await this.#committing;
        this.#reset();
        this.#fail(group, error);
        continue;
      }
      if (!(await this.#committing)) {
        // The group below was not stored, so what was executed on it never happened: it is executed again on what is stored.
        this.#reset();
        if (this.#stopped !== null) this.#fail(this.#queue.splice(0), new LedgerError("ledger/closed", this.#stopped));
        continue;
      }
      const taken = this.#queue.splice(0, batch.taken);
      // The group below is stored now: what it wrote is read from the store, and its memory can go.
      batch.overlay.rebase(this.#options.storage);
      this.#overlay = batch.overlay;
      this.#head = batch.head;
      this.#committing = this.onCommit(batch).then(
        () => {
          this.#answer(taken, batch);
          return true;
        },
        (error: unknown) => {
          this.#fail(taken, error);
          return false;
        },
      );
      // Room for requests between groups.
      await new Promise((next) => setImmediate(next));
      if (this.#queue.length === 0) {
        if (!(await this.#committing)) this.#reset();
        this.#overlay = null;
      }
    }
    this.#running = null;
    this.#schedule();
  }

  onBatch(commands: readonly Command[], at: number): Batch {
    const { log, storage, memo, admits } = this.#options;
    const overlay = new Overlay(this.#overlay ?? storage);
    const applied: Batch["applied"][number][] = [];
    let { seq, appHash } = this.#head;
    let receipts = 0;
    let bytes = 0;
    for (const command of commands) {
      if (receipts >= GROUP_RECEIPTS_MAX || bytes >= GROUP_BYTES_MAX) break;
      const env: Env = { at, seq, origin: log.origin, admits };
      const one = applyCommand(overlay, command, env, memo);
      overlay.apply(one.writes);
      applied.push(one);
      seq += one.receipts.length;
      receipts += one.receipts.length;
      for (const { value } of one.writes) bytes += value?.length ?? 0;
      for (const receipt of one.receipts) {
        bytes += receipt.bytes.length;
        appHash = nextAppHash(appHash, receipt.id);
      }
    }
    const head: Head = { seq, stamp: at, appHash };
    if (receipts > 0) overlay.apply([{ namespace: SPACE.court, key: HEAD_KEY, value: encodeHead(head) }]);
    return { taken: applied.length, applied, overlay, head };
  }

  async onCommit(batch: Batch): Promise<void> {
    const entries = batch.applied.flatMap((one) => one.receipts.map(({ bytes }) => bytes));
    if (entries.length === 0) return;
    const committed = await this.#options.log.commit(entries, batch.overlay.writes());
    assert(committed.first + entries.length === batch.head.seq, "receipts stand where they say");
  }

  #answer(group: readonly Waiting[], batch: Batch): void {
    const published: Acknowledged[] = [];
    const isHeard = this.#listeners.size > 0;
    for (let i = 0; i < batch.applied.length; i++) {
      const one = batch.applied[i]!;
      const own = one.receipts.map(({ receipt, bytes }) => ({ seq: receipt.seq, bytes }));
      if (isHeard) for (const each of own) published.push(each);
      group[i]?.answer(this.#reply(one.answer, own));
    }
    if (published.length > 0) for (const listener of this.#listeners) listener(published);
  }

  #reply(answer: Answer, own: readonly Acknowledged[]): Reply {
    if (answer.kind === "problem") return answer;
    if (!answer.repeated) return { kind: "done", status: answer.status, receipts: own, repeated: false };
    try {
      const receipts = Array.from({ length: answer.count }, (_, i) => ({
        seq: answer.first + i,
        bytes: this.#options.log.entry(answer.first + i),
      }));
      const last = decodeReceipt(receipts.at(-1)?.bytes ?? new Uint8Array());
      if ("reason" in last)
        return {
          kind: "problem",
          problem: problem("internal", `receipt ${answer.first} cannot be read: ${last.reason}`),
        };
      return { kind: "done", status: last.receipt.outcome.kind, receipts, repeated: true };
    } catch (error) {
      return { kind: "problem", problem: problem("internal", error instanceof Error ? error.message : String(error)) };
    }
  }

  #fail(group: readonly Waiting[], error: unknown): void {
    const detail = error instanceof Error ? error.message : String(error);
    const lost = error instanceof LedgerError;
    if (lost && error.fatal) {
      this.#stopped = detail;
      this.#options.onFatal(error);
    }
    for (const { answer } of group)
      answer({ kind: "problem", problem: problem(lost ? "read-only" : "internal", detail) });
  }

  /** Back to what is stored. */
  #reset(): void {
    this.#overlay = null;
    this.#head = storedHead(this.#options.storage);
    this.#committing = Promise.resolve(true);
  }

  // ── Timers ──────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Starts firing due timers without any caller. */
  start(): void {
    this.#started = true;
    this.#schedule();
  }

  #schedule(): void {
    this.#cancelDue?.();
    this.#cancelDue = null;
    if (!this.#started || this.#closed || this.#stopped !== null) return;
    const { storage, clock } = this.#options;
    const first = storage.range(SPACE.due, { most: 1 })[0];
    const wait = first === undefined ? DUE_LOOK_MS_MAX : dueParts(first.key).at - clock.now();
    this.#cancelDue = clock.after(Math.max(0, Math.min(DUE_LOOK_MS_MAX, wait)), () => void this.#turn());
  }

  async #turn(): Promise<void> {
    this.#cancelDue = null;
    const { clean } = await this.fireDue().catch(() => ({ clean: false }));
    if (this.#closed || this.#cancelDue !== null) return;
    if (clean) this.#schedule();
    else this.#cancelDue = this.#options.clock.after(DUE_LOOK_MS_MAX, () => void this.#turn());
  }

  /** Ticks every agreement whose next timer is due now. `clean`: each tick did something, so looking again is worth it. */
  async fireDue(): Promise<{ readonly ticked: number; readonly clean: boolean }> {
    if (this.#closed || this.readOnlyReason() !== null) return { ticked: 0, clean: false };
    const { storage, clock } = this.#options;
    const found = storage.range(SPACE.due, { until: dueUntil(clock.now()), most: DUE_AGREEMENTS_MAX });
    const replies = await Promise.all(
      found.map(({ key }) => this.propose({ kind: "tick", agreement: dueParts(key).agreement })),
    );
    return { ticked: found.length, clean: replies.every((reply) => reply.kind === "done") };
  }

  // ── Whole store ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async snapshot(): Promise<readonly Uint8Array[]> {
    // In one turn of the event loop, so within one read transaction of the store.
    return takeSnapshot(this.#options.storage);
  }

  async close(): Promise<void> {
    this.#closed = true;
    this.#cancelDue?.();
    this.#cancelDue = null;
    await this.#running;
    await this.#committing;
    await this.#options.log.close();
  }
}

function storedHead(storage: Storage): Head {
  const stored = storage.get(SPACE.court, HEAD_KEY);
  return stored === undefined ? FIRST_HEAD : decodeHead(stored);
}
