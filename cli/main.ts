#!/usr/bin/env node
// The process: arguments in, exit code out. Everything else is in command-line.ts, where tests can reach it.
import { runCommandLine } from "./command-line.ts";
import { processIo } from "./io.ts";

const stop = new AbortController();
const interrupt = (): void => {
  // The second ctrl-c ends at once.
  if (stop.signal.aborted) process.exit(130);
  stop.abort();
};
process.on("SIGINT", interrupt);
process.on("SIGTERM", interrupt);
// A reader that went away (`writ disasm x | head`) is no failure.
for (const stream of [process.stdout, process.stderr])
  stream.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code === "EPIPE") process.exit(0);
    throw error;
  });

process.exitCode = await runCommandLine(process.argv.slice(2), processIo(stop.signal));
