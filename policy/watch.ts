// Looks at files until they change, and then until they stay as they are: an editor writes in several steps.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { WATCH_MS, WATCHED_FILES_MAX } from "./limits.ts";

export interface Watch {
  stop(): void;
}

/** Calls `onChange` once the files differ from how they were, and were the same twice in a row. `files`: asked anew each time; a folder
 *  stands for what is in it. */
export function watchFiles(files: () => readonly string[], onChange: () => void, everyMs = WATCH_MS): Watch {
  let known = stateOf(files());
  let before = known;
  const timer = setInterval(() => {
    const now = stateOf(files());
    const settled = now === before;
    before = now;
    if (now === known || !settled) return;
    known = now;
    onChange();
  }, everyMs);
  timer.unref();
  return { stop: () => clearInterval(timer) };
}

/** What can be told of files without reading them. One that is missing is a state, too. */
function stateOf(files: readonly string[]): string {
  const out: string[] = [];
  const look = (path: string): void => {
    if (out.length >= WATCHED_FILES_MAX) return;
    try {
      const stat = statSync(path, { bigint: true });
      if (stat.isDirectory()) for (const name of readdirSync(path).sort()) look(join(path, name));
      else out.push(`${path} ${stat.ino} ${stat.size} ${stat.mtimeNs}`);
    } catch {
      out.push(`${path} missing`);
    }
  };
  for (const file of files) look(file);
  return out.join("\n");
}
