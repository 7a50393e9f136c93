// Signatures to the threads that check them. What comes in one turn of the event loop goes in one message, one run of bytes:
// for each signature
//
//   message bytes (u32 LE), signature (64), public key (32), message
//
// Measured, a signature of 400 bytes: OpenSSL 88 us in its own call, 95 us in the pool of the host, of which 15 us on the thread
// that asks; libsodium 37 us, and under 2 us on the thread that asks.
import { verify } from "node:crypto";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { publicKeyObject } from "../ledger/index.ts";
import { VERIFY_BATCH_MAX, VERIFY_THREADS_MAX } from "./limits.ts";
import { isWeakPoint } from "./protocol/ed25519.ts";

export interface Verifier {
  /** Ed25519, strictly. Never rejects. */
  verify(signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array): Promise<boolean>;
  /** What checks: OpenSSL until a thread has said that it has libsodium. */
  readonly library: Library;
  close(): Promise<void>;
}

export type Library = "libsodium" | "OpenSSL";
type FromThread = { readonly library: Library } | { readonly verdicts: Uint8Array };

interface Asked {
  readonly signature: Uint8Array;
  readonly message: Uint8Array;
  readonly publicKey: Uint8Array;
  readonly answer: (fits: boolean) => void;
}

/** In the pool of the host: for few signatures, and when a thread of our own has ended. */
const inPool = ({ signature, message, publicKey, answer }: Asked): void => {
  try {
    verify(null, message, publicKeyObject(publicKey), signature, (error, fits) => answer(error === null && fits));
  } catch {
    answer(false); // no point of the curve
  }
};

/** One thread, started with its first batch. */
class Thread {
  library: Library = "OpenSSL";
  #worker: Worker | null = null;
  readonly #under: Asked[][] = [];

  get load(): number {
    return this.#under.length;
  }

  send(batch: Asked[]): void {
    this.#worker ??= this.#start();
    this.#worker.ref();
    this.#under.push(batch);
    const bytes = pack(batch);
    this.#worker.postMessage({ bytes, count: batch.length }, [bytes.buffer]);
  }

  #start(): Worker {
    const worker = new Worker(new URL("./verify-worker.js", import.meta.url), { execArgv: [] });
    worker.on("message", (message: FromThread) => {
      if ("library" in message) {
        this.library = message.library;
        return;
      }
      const { verdicts } = message;
      const batch = this.#under.shift();
      if (this.#under.length === 0) worker.unref();
      for (const [i, { answer }] of (batch ?? []).entries()) answer(verdicts[i] === 1);
    });
    const end = (): void => {
      if (this.#worker !== worker) return;
      this.#worker = null;
      for (const batch of this.#under.splice(0)) batch.forEach(inPool);
    };
    worker.on("error", end);
    worker.on("exit", end);
    return worker;
  }

  async close(): Promise<void> {
    this.#worker?.ref(); // a process that awaits this does not end before it
    await this.#worker?.terminate();
  }
}

function pack(batch: readonly Asked[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(batch.reduce((sum, { message }) => sum + 100 + message.length, 0));
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const { signature, message, publicKey } of batch) {
    view.setUint32(at, message.length, true);
    bytes.set(signature, at + 4);
    bytes.set(publicKey, at + 68);
    bytes.set(message, at + 100);
    at += 100 + message.length;
  }
  return bytes;
}

/** `threads`: 0 checks in the pool of the host. By default one for each core but one, at least one. */
export function createVerifier(
  threads = Math.max(1, Math.min(VERIFY_THREADS_MAX, availableParallelism() - 1)),
): Verifier {
  const pool = Array.from({ length: threads }, () => new Thread());
  let waiting: Asked[] = [];
  const send = (): void => {
    if (waiting.length === 0) return;
    const batch = waiting;
    waiting = [];
    if (pool.length === 0) batch.forEach(inPool);
    else pool.reduce((least, thread) => (thread.load < least.load ? thread : least)).send(batch);
  };
  return {
    get library() {
      return pool[0]?.library ?? "OpenSSL";
    },
    verify(signature, message, publicKey) {
      if (isWeakPoint(publicKey) || isWeakPoint(signature)) return Promise.resolve(false);
      return new Promise((answer) => {
        if (waiting.length === 0) setImmediate(send);
        waiting.push({ signature, message, publicKey, answer });
        if (waiting.length >= VERIFY_BATCH_MAX) send();
      });
    },
    async close() {
      send();
      await Promise.all(pool.map((thread) => thread.close()));
    },
  };
}
