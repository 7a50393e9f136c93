// Asks the worker. A newer question of one kind makes the older one void; one that takes too long ends the worker, and a new one begins.
import { ANSWER_MS_MAX } from "./limits.ts";
import type { Answered, Asked, Question, Questions, Reply } from "./messages.ts";

interface Waiting {
  readonly question: Question;
  readonly done: (reply: Reply | null) => void;
  readonly timer: ReturnType<typeof setTimeout>;
}

export class WorkerClient {
  readonly #start: () => Worker;
  /** Null: it begins with the next question. One that cannot even begin is so tried once a question, and not for ever. */
  #worker: Worker | null;
  #last = 0;
  readonly #waiting = new Map<number, Waiting>();
  /** What was asked before the worker had begun; null when it has. */
  #early: Asked[] | null = [];

  constructor(start: () => Worker) {
    this.#start = start;
    this.#worker = this.#begin();
  }

  /** Null: a newer question of the kind was asked. */
  ask<Q extends Question>(question: Q, ask: Questions[Q]["ask"]): Promise<Reply<Q> | null> {
    for (const [id, each] of this.#waiting) if (each.question === question) this.#settle(id, null);
    const id = ++this.#last;
    return new Promise((done) => {
      const timer = setTimeout(() => this.#again("it took too long, and was ended"), ANSWER_MS_MAX);
      this.#waiting.set(id, { question, done: done as Waiting["done"], timer });
      const asked: Asked = { id, question, ask };
      this.#worker ??= this.#begin();
      if (this.#early === null) this.#worker.postMessage(asked);
      else this.#early.push(asked);
    });
  }

  #begin(): Worker {
    const worker = this.#start();
    this.#early = [];
    worker.addEventListener("message", ({ data }: MessageEvent<Answered>) => {
      if (worker !== this.#worker) return;
      if (data !== null) return this.#settle(data.id, data.reply);
      for (const asked of this.#early ?? []) worker.postMessage(asked);
      this.#early = null;
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      if (worker !== this.#worker) return;
      this.#again(`the compiler failed, which is a mistake of ours: ${event.message}`);
    });
    return worker;
  }

  /** All that wait are told why they get no answer. */
  #again(problem: string): void {
    this.#worker?.terminate();
    this.#worker = null;
    for (const id of [...this.#waiting.keys()]) this.#settle(id, { problem });
  }

  #settle(id: number, reply: Reply | null): void {
    const waiting = this.#waiting.get(id);
    if (waiting === undefined) return;
    this.#waiting.delete(id);
    clearTimeout(waiting.timer);
    waiting.done(reply);
  }
}
