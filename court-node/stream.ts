// The event stream (server-sent events). A reader is a place in the log: what it missed is read from the log, never from a
// queue in memory, so a slow reader costs nothing; one that does not take anything for too long is dropped and resumes by
// Last-Event-ID. Source: WHATWG HTML, section 9.2 (server-sent events).
import type { ServerResponse } from "node:http";
import { HEARTBEAT_MS, STREAM_STALL_MS, STREAMS_MAX } from "./limits.ts";
import type { CourtNode } from "./node.ts";
import { eventJson } from "./views.ts";

/** Events written before others get a turn. */
const RUN = 64;

class Reader {
  readonly response: ServerResponse;
  /** Index of the next receipt to send. */
  next: number;
  /** Turned off while the connection is full. */
  ready = true;
  pumping = false;
  fullSince: number | null = null;
  constructor(response: ServerResponse, next: number) {
    this.response = response;
    this.next = next;
  }
}

export interface Streams {
  /** Takes a response over; false when there are too many readers. `next`: index of the first receipt to send. */
  add(response: ServerResponse, next: number): boolean;
  readonly size: number;
  close(): void;
}

export function createStreams(node: CourtNode): Streams {
  const readers = new Set<Reader>();
  const drop = (reader: Reader): void => {
    readers.delete(reader);
    reader.response.destroy();
  };

  async function pump(reader: Reader): Promise<void> {
    if (reader.pumping) return;
    reader.pumping = true;
    try {
      while (reader.ready && readers.has(reader) && reader.next < node.log.size) {
        for (let i = 0; i < RUN && reader.ready && reader.next < node.log.size; i++) {
          const data = JSON.stringify(eventJson(node.log.entry(reader.next)));
          reader.ready = reader.response.write(`id: ${reader.next}\nevent: receipt\ndata: ${data}\n\n`);
          reader.next++;
        }
        await new Promise((turn) => setImmediate(turn));
      }
    } catch {
      // The entry could not be read: the reader asks again, and /healthz says what is wrong.
      drop(reader);
    }
    reader.pumping = false;
    if (!reader.ready) reader.fullSince ??= node.clock.now();
  }

  const unsubscribe = node.engine.subscribe(() => {
    for (const reader of readers) void pump(reader);
  });
  const heartbeat = setInterval(() => {
    const now = node.clock.now();
    for (const reader of readers) {
      if (reader.fullSince !== null && now - reader.fullSince > STREAM_STALL_MS) drop(reader);
      else if (reader.ready) reader.response.write(": here\n\n");
    }
  }, HEARTBEAT_MS);
  heartbeat.unref();

  return {
    add(response, next) {
      if (readers.size >= STREAMS_MAX) return false;
      const reader = new Reader(response, Math.max(0, next));
      readers.add(reader);
      response.on("close", () => readers.delete(reader));
      response.on("error", () => readers.delete(reader));
      response.on("drain", () => {
        reader.ready = true;
        reader.fullSince = null;
        void pump(reader);
      });
      response.write("retry: 1000\n\n");
      void pump(reader);
      return true;
    },
    get size() {
      return readers.size;
    },
    close() {
      unsubscribe();
      clearInterval(heartbeat);
      for (const reader of readers) reader.response.end();
      readers.clear();
    },
  };
}
