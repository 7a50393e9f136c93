// The engine in a browser: a module worker and two addresses. The server sends cue.wasm.br with `content-encoding: br`, or the
// file decompressed.
import type { CueHost, FromWorker } from "./host.ts";
import { boundMemory } from "./wasm-memory.ts";

export interface BrowserHostOptions {
  /** Address of the WebAssembly module. */
  readonly wasm: string | URL;
  /** Address of worker-browser.js, with worker.js and data/wasm_exec.js beside it. */
  readonly worker: string | URL;
}

export function browserHost({ wasm, worker }: BrowserHostOptions): CueHost {
  const compiled = new Map<number, Promise<WebAssembly.Module>>();
  return {
    compile(memoryBytesMax) {
      let module = compiled.get(memoryBytesMax);
      if (module === undefined) {
        module = compile(wasm, memoryBytesMax);
        compiled.set(memoryBytesMax, module);
        module.catch(() => compiled.delete(memoryBytesMax));
      }
      return module;
    },
    spawn(listener) {
      const thread = new Worker(worker, { type: "module" });
      thread.onmessage = (event: MessageEvent<FromWorker>) => listener.message(event.data);
      thread.onerror = (event) => listener.ended(event.message ?? "the worker could not be loaded");
      return {
        post: (message) => thread.postMessage(message),
        terminate: async () => thread.terminate(),
        hold: () => {},
      };
    },
  };
}

async function compile(wasm: string | URL, memoryBytesMax: number): Promise<WebAssembly.Module> {
  const response = await fetch(wasm);
  if (!response.ok) throw new Error(`${String(wasm)} answers ${response.status}`);
  const bounded = boundMemory(new Uint8Array(await response.arrayBuffer()), memoryBytesMax);
  if (bounded === null)
    throw new Error(`${String(wasm)} is no WebAssembly module; a .br file needs the header content-encoding: br`);
  return WebAssembly.compile(bounded);
}
