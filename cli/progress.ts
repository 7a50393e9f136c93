// Progress of a job that takes more than a second: a line redrawn on a terminal, a line every few seconds elsewhere.
import type { Io } from "./io.ts";
import { PROGRESS_AFTER_MS, PROGRESS_LINE_MS } from "./limits.ts";
import { clean } from "./terminal.ts";

export interface Progress {
  /** What is being done now. Cheap: draws at most ten times a second. */
  readonly at: (text: string) => void;
  readonly done: () => void;
}

export function startProgress(io: Io): Progress {
  const started = Date.now();
  let drawn = started + PROGRESS_AFTER_MS;
  let shown = false;
  return {
    at: (text) => {
      const now = Date.now();
      if (now < drawn) return;
      drawn = now + (io.errIsTerminal ? 100 : PROGRESS_LINE_MS);
      const seconds = `${Math.round((now - started) / 1000)} s`;
      io.err(io.errIsTerminal ? `\r\u001b[2K${clean(text)} (${seconds})` : `${clean(text)} (${seconds})\n`);
      shown = true;
    },
    done: () => {
      if (shown && io.errIsTerminal) io.err("\r\u001b[2K");
      shown = false;
    },
  };
}
