// The engine in Node: a worker thread, and the file beside this one.
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { brotliDecompress } from "node:zlib";
import type { CueHost, FromWorker } from "./host.ts";
import { CUE_STACK_MB } from "./limits.ts";
import { boundMemory } from "./wasm-memory.ts";

const file = (name: string): URL => new URL(`./engine/${name}`, import.meta.url);

/** Modules by the bound of their memory. */
const compiled = new Map<number, Promise<WebAssembly.Module>>();

export const nodeHost: CueHost = {
  compile(memoryBytesMax) {
    let module = compiled.get(memoryBytesMax);
    if (module === undefined) {
      module = compile(memoryBytesMax);
      compiled.set(memoryBytesMax, module);
      // A file that was missing may be there next time.
      module.catch(() => compiled.delete(memoryBytesMax));
    }
    return module;
  },
  cpuMs() {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1_000;
  },
  spawn(listener) {
    const worker = new Worker(file("worker-node.js"), {
      // Nothing of this process: no flags, no environment, no streams.
      execArgv: [],
      env: {},
      stdout: true,
      stderr: true,
      resourceLimits: { stackSizeMb: CUE_STACK_MB },
    });
    worker.on("message", (message: FromWorker) => listener.message(message));
    worker.on("error", (error) => listener.ended(error instanceof Error ? error.message : String(error)));
    worker.on("exit", (code) => listener.ended(`exit code ${code}`));
    return {
      post: (message) => worker.postMessage(message),
      terminate: async () => void (await worker.terminate()),
      hold: (alive) => (alive ? worker.ref() : worker.unref()),
    };
  },
};

async function compile(memoryBytesMax: number): Promise<WebAssembly.Module> {
  const [packed, about] = await Promise.all([
    readFile(file("data/cue.wasm.br")),
    readFile(file("data/cue.json"), "utf8"),
  ]);
  const { fileSha256 } = JSON.parse(about) as { fileSha256: string };
  if (createHash("sha256").update(packed).digest("hex") !== fileSha256)
    throw new Error("cue.wasm.br is not the file that cue.json describes");
  const bounded = boundMemory(await promisify(brotliDecompress)(packed), memoryBytesMax);
  if (bounded === null) throw new Error("cue.wasm.br holds no WebAssembly module");
  return WebAssembly.compile(bounded);
}
