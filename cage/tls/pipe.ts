// Bytes between two sockets, both ways: never more of them in memory than the sockets' own buffers hold, each half closed by itself,
// nothing open for ever.
import type { Socket } from "node:net";
import { TUNNEL_HALF_CLOSED_MS, TUNNEL_IDLE_MS, TUNNEL_TOTAL_MS } from "../limits.ts";

export interface PipeLimits {
  /** Milliseconds without a byte in either direction. */
  readonly idleMs?: number;
  /** The same, once one side has said that it is done. */
  readonly halfClosedMs?: number;
  /** Milliseconds in all. */
  readonly totalMs?: number;
}

/** `closed`: each side said it was done, and was heard to the end. */
export type PipeEnd = "closed" | "idle" | "too-long" | "caller-reset" | "upstream-reset" | "shutdown";

export interface Piped {
  readonly ended: PipeEnd;
  /** Read from the caller, and from the upstream. */
  readonly bytesOut: number;
  readonly bytesIn: number;
}

export interface Pipe {
  readonly done: Promise<Piped>;
  /** Ends it now. */
  readonly stop: () => void;
}

/** `first` is of the caller and goes ahead of what is still to come. Both sockets must allow being half open. */
export function pipeBoth(caller: Socket, upstream: Socket, first: Uint8Array, limits: PipeLimits = {}): Pipe {
  const { idleMs = TUNNEL_IDLE_MS, halfClosedMs = TUNNEL_HALF_CLOSED_MS, totalMs = TUNNEL_TOTAL_MS } = limits;
  const bytes = { out: first.length, in: 0 };
  let ended: PipeEnd | null = null;
  let stop = (): void => {};
  const done = new Promise<Piped>((resolve) => {
    let open = 2;
    const end = (how: PipeEnd): void => {
      ended ??= how;
      caller.destroy();
      upstream.destroy();
    };
    stop = () => end("shutdown");
    const total = setTimeout(() => end("too-long"), totalMs);
    let idle = setTimeout(() => end("idle"), idleMs);

    const carry = (from: Socket, to: Socket, way: keyof typeof bytes, reset: PipeEnd): void => {
      let heard = false;
      from.on("data", (chunk: Buffer) => {
        bytes[way] += chunk.length;
        idle.refresh();
        if (!to.write(chunk)) from.pause();
      });
      to.on("drain", () => from.resume());
      const done = (): void => {
        heard = true;
        clearTimeout(idle);
        idle = setTimeout(() => end("idle"), Math.min(idleMs, halfClosedMs));
        to.end();
      };
      from.on("end", done);
      from.on("error", () => end(reset));
      const closed = (): void => {
        if (!heard) end(reset);
        open--;
        if (open > 0) return;
        clearTimeout(idle);
        clearTimeout(total);
        resolve({ ended: ended ?? "closed", bytesOut: bytes.out, bytesIn: bytes.in });
      };
      if (from.closed) queueMicrotask(closed);
      else from.on("close", closed);
      from.resume();
      // Its end may have come with the bytes that were read before.
      if (from.readableEnded) done();
    };
    const room = first.length === 0 || upstream.write(first);
    carry(caller, upstream, "out", "caller-reset");
    carry(upstream, caller, "in", "upstream-reset");
    if (!room) caller.pause();
  });
  return { done, stop };
}
