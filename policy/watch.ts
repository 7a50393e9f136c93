// Looks at files until they change, and then until they stay as they are: an editor writes in several steps.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { COARSE_CLOCK_MS, WATCH_MS, WATCHED_FILES_MAX } from "./limits.ts";

export interface Watch {
  stop(): void;
}

export interface WatchOptions {
  /** Ms between looks. */
  readonly everyMs?: number | undefined;
  /** Whether the process goes on for the watch alone. */
  readonly keepsAlive?: boolean;
}

/** Calls `onChange` once the files differ from how they were, and were the same twice in a row. `files`: asked anew each time. One that comes
 *  in was read since the work it is known from began, so it counts as changed when it was written after that; a folder stands for what
 *  is in it. */
export function watchFiles(
  files: () => readonly string[],
  onChange: () => void,
  { everyMs = WATCH_MS, keepsAlive = false }: WatchOptions = {},
): Watch {
  /** Earliest ms at which the work that names the files can have begun. */
  let began = Date.now();
  let known = statesOf(files());
  let before = known;
  const timer = setInterval(() => {
    const now = statesOf(files());
    const settled = ![...now].some(([file, { text }]) => (before.get(file)?.text ?? text) !== text);
    before = now;
    const changed = [...now].some(([file, { text, written }]) => {
      const was = known.get(file);
      return was === undefined ? written >= began - COARSE_CLOCK_MS : was.text !== text;
    });
    if (changed && !settled) return;
    known = now;
    if (!changed) return;
    began = Date.now();
    onChange();
  }, everyMs);
  if (!keepsAlive) timer.unref();
  return { stop: () => clearInterval(timer) };
}

interface State {
  readonly text: string;
  /** Ms at which it, or the last written of a folder, was written; 0 when it is missing. */
  readonly written: number;
}

/** What can be told of each file, or folder, without reading it. One that is missing is a state, too. */
function statesOf(files: readonly string[]): ReadonlyMap<string, State> {
  let looked = 0;
  const stateOf = (path: string): State => {
    if (looked++ >= WATCHED_FILES_MAX) return { text: "", written: 0 };
    try {
      const stat = statSync(path, { bigint: true });
      if (!stat.isDirectory())
        return { text: `${path} ${stat.ino} ${stat.size} ${stat.mtimeNs}\n`, written: Number(stat.mtimeMs) };
      const inside = readdirSync(path)
        .sort()
        .map((name) => stateOf(join(path, name)));
      return {
        text: inside.map(({ text }) => text).join(""),
        written: Math.max(0, ...inside.map(({ written }) => written)),
      };
    } catch {
      return { text: `${path} missing\n`, written: 0 };
    }
  };
  return new Map(files.map((file) => [file, stateOf(file)] as const));
}
