// Looks at files until they change, and then until they stay as they are: an editor writes in several steps.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { WATCH_MS, WATCHED_FILES_MAX } from "./limits.ts";

export interface Watch {
  stop(): void;
}

export interface WatchOptions {
  /** Ms between looks. */
  readonly everyMs?: number | undefined;
  /** Whether the process goes on for the watch alone. */
  readonly keepsAlive?: boolean;
}

/** Calls `onChange` once the files differ from how they were, and were the same twice in a row. `files`: asked anew each time, and one
 *  that comes in counts as it is then; a folder stands for what is in it. */
export function watchFiles(
  files: () => readonly string[],
  onChange: () => void,
  { everyMs = WATCH_MS, keepsAlive = false }: WatchOptions = {},
): Watch {
  let known = statesOf(files());
  let before = known;
  const timer = setInterval(() => {
    const now = statesOf(files());
    const settled = !differ(before, now);
    before = now;
    const changed = differ(known, now);
    if (changed && !settled) return;
    known = now;
    if (changed) onChange();
  }, everyMs);
  if (!keepsAlive) timer.unref();
  return { stop: () => clearInterval(timer) };
}

type States = ReadonlyMap<string, string>;

const differ = (before: States, now: States): boolean =>
  [...now].some(([file, state]) => (before.get(file) ?? state) !== state);

/** What can be told of each file, or folder, without reading it. One that is missing is a state, too. */
function statesOf(files: readonly string[]): States {
  let looked = 0;
  const stateOf = (path: string): string => {
    if (looked++ >= WATCHED_FILES_MAX) return "";
    try {
      const stat = statSync(path, { bigint: true });
      if (!stat.isDirectory()) return `${path} ${stat.ino} ${stat.size} ${stat.mtimeNs}\n`;
      return readdirSync(path)
        .sort()
        .map((name) => stateOf(join(path, name)))
        .join("");
    } catch {
      return `${path} missing\n`;
    }
  };
  return new Map(files.map((file) => [file, stateOf(file)] as const));
}
