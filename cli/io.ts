// What a command may touch of the world, as one value: so a test runs a command in process and reads what it said.
import { createReadStream } from "node:fs";
import { addAbortSignal } from "node:stream";
import { UsageError } from "./exit.ts";
import { FILE_BYTES_MAX } from "./limits.ts";

export interface Io {
  /** Answers: standard output. */
  readonly out: (text: string) => void;
  /** Problems and progress: standard error. */
  readonly err: (text: string) => void;
  /** All of standard input, at most FILE_BYTES_MAX. */
  readonly stdin: () => Promise<Uint8Array>;
  /** Standard input part by part, for commands that answer while it goes on. Throws when `stop` is aborted. */
  readonly stdinParts?: () => AsyncIterable<Uint8Array>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  readonly outIsTerminal: boolean;
  readonly errIsTerminal: boolean;
  /** Milliseconds since 1970, for stamps that the user leaves out. */
  readonly now: () => number;
  /** Aborted by ctrl-c: long commands end in good order. */
  readonly stop: AbortSignal;
}

/** The real world. */
export function processIo(stop: AbortSignal): Io {
  return {
    out: (text) => void process.stdout.write(text),
    err: (text) => void process.stderr.write(text),
    stdin: async () => {
      const parts: Buffer[] = [];
      let size = 0;
      for await (const part of createReadStream("", { fd: 0, autoClose: false })) {
        size += (part as Buffer).length;
        if (size > FILE_BYTES_MAX) throw new UsageError(`standard input is larger than ${FILE_BYTES_MAX} bytes`);
        parts.push(part as Buffer);
      }
      return Buffer.concat(parts);
    },
    // Not a read of the descriptor: one that waits for a terminal or a pipe would keep the process after ctrl-c.
    stdinParts: () => addAbortSignal(stop, process.stdin) as AsyncIterable<Uint8Array>,
    env: process.env,
    cwd: process.cwd(),
    outIsTerminal: process.stdout.isTTY === true,
    errIsTerminal: process.stderr.isTTY === true,
    now: () => Date.now(),
    stop,
  };
}

/** Colour only on a terminal, and not with NO_COLOR (https://no-color.org) or a dumb terminal. */
export const colourOf = (io: Io, stream: "out" | "err"): boolean =>
  (stream === "out" ? io.outIsTerminal : io.errIsTerminal) && !io.env["NO_COLOR"] && io.env["TERM"] !== "dumb";
