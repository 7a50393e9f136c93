// The engine as a plain program in place of WebAssembly, for people who work on it: CUE_NATIVE names a build of lang/cue/engine.
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { type CueEngine, type CueHost, createCueEngine } from "../../lang/cue/index.ts";

function nativeHost(program: string): CueHost {
  return {
    compile: async () => new WebAssembly.Module(new Uint8Array([0, 97, 115, 109, 1, 0, 0, 0])),
    spawn(listener) {
      const child = spawn(program, { stdio: ["pipe", "pipe", "ignore"] });
      createInterface({ input: child.stdout }).on("line", (answer) => listener.message({ answer, memoryBytes: 0 }));
      child.on("exit", (code) => listener.ended(`exit code ${code}`));
      return {
        post: (message) =>
          "job" in message
            ? void child.stdin.write(`${message.job}\n`)
            : queueMicrotask(() => listener.message({ ready: true })),
        terminate: async () => void child.kill(),
        hold: () => undefined,
      };
    },
  };
}

/** Real CUE: the committed build, unless CUE_NATIVE names another. */
export function oracle({ deadlineMs = 60_000 }: { readonly deadlineMs?: number } = {}): CueEngine {
  const program = process.env["CUE_NATIVE"];
  return createCueEngine({
    deadlineMs,
    jobsMax: 400,
    ...(program === undefined ? {} : { host: nativeHost(program) }),
  });
}
