// A command that is run again whenever files change, until ctrl-c.
import { resolve } from "node:path";
import { watchFiles } from "../policy/node.ts";
import type { ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";
import { paintFor } from "./terminal.ts";

/** `files`: as of the last run, from the folder of the command. Gives the exit code of the last run. What changes while it runs is
 *  seen after it. */
export async function watching(
  io: Io,
  files: () => readonly string[],
  once: () => Promise<ExitCode>,
): Promise<ExitCode> {
  let changed = false;
  let wake: () => void = () => {};
  const rouse = (): void => wake();
  const watch = watchFiles(
    () => files().map((file) => resolve(io.cwd, file)),
    () => {
      changed = true;
      rouse();
    },
    { keepsAlive: true },
  );
  io.stop.addEventListener("abort", rouse);
  try {
    for (;;) {
      const code = await once();
      io.err(`${paintFor(io, "err").dim("waiting for a change, ctrl-c ends")}\n`);
      while (!changed && !io.stop.aborted)
        await new Promise<void>((resume) => {
          wake = resume;
        });
      if (io.stop.aborted) return code;
      changed = false;
    }
  } finally {
    io.stop.removeEventListener("abort", rouse);
    watch.stop();
  }
}
