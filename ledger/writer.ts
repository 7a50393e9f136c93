// One writer a folder: the file `writer.pid` says which process writes. A claim outlives its process when that was killed, and
// process ids come again (in a container it is always the same one), so the claim also holds when the process began.
import { closeSync, openSync, readFileSync, realpathSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";
import { LedgerError } from "./errors.ts";

export const WRITER_FILE = "writer.pid";

/** Folders this process writes to, by their real path. */
const ours = new Set<string>();

/** Makes this process the only writer of a folder; a claim left by a process that is gone is taken over. Throws LedgerError
 *  `ledger/in-use` or `ledger/read-only-folder`. */
export function claim(folder: string): void {
  const name = realpathSync(folder);
  const file = join(folder, WRITER_FILE);
  for (let attempt = 0; attempt < 2; attempt++) {
    try {
      const handle = openSync(file, "wx", 0o600);
      writeSync(handle, `${process.pid} ${beginningOf(process.pid) ?? ""}\n`);
      closeSync(handle);
      ours.add(name);
      return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST")
        throw new LedgerError(
          "ledger/read-only-folder",
          `\`${folder}\` cannot be written: ${(error as Error).message}`,
          error,
        );
      const holder = holderOf(file);
      if (ours.has(name)) throw new LedgerError("ledger/in-use", `this process already writes to \`${folder}\``);
      if (holder !== null) throw new LedgerError("ledger/in-use", `process ${holder} writes to \`${folder}\``);
      rmSync(file, { force: true });
    }
  }
  throw new LedgerError("ledger/in-use", `another process took \`${folder}\` at the same moment`);
}

export function release(folder: string): void {
  ours.delete(realpathSync(folder));
  rmSync(join(folder, WRITER_FILE), { force: true });
}

/** The process of a claim when it still runs, or null. */
function holderOf(file: string): number | null {
  let text: string;
  try {
    text = readFileSync(file, "utf8");
  } catch {
    return null;
  }
  const match = /^([1-9][0-9]*)(?: ([0-9]*))?\n$/.exec(text);
  if (match === null) return null;
  const pid = Number(match[1]);
  if (!isAlive(pid)) return null;
  const now = beginningOf(pid);
  // Without knowledge of beginnings (no /proc) a living process of that number counts as the holder, but never we ourselves.
  if (match[2] === undefined || match[2] === "" || now === null) return pid === process.pid ? null : pid;
  return match[2] === now ? pid : null;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

/** When a process began, in clock ticks since the machine did: field 22 of /proc/<pid>/stat. Null where that is not known. */
function beginningOf(pid: number): string | null {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "latin1");
    // The name of the program, in brackets, may hold spaces.
    return stat.slice(stat.lastIndexOf(")") + 2).split(" ")[19] ?? null;
  } catch {
    return null;
  }
}
