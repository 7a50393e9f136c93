// The worker's side of the engine, the same in Node and in browsers: runs the Go program, hands it jobs, one at a time.
// Plain JavaScript: a worker loads it as it is, from sources and from a build alike.

// What Go would otherwise find here is taken away before its support code looks: no process, files or net, no entropy. So a job
// sees nothing of its host, and the same job gives the same answer every time.
const without = (name, value) => Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
without("process", undefined);
without("fetch", undefined);
without("crypto", { getRandomValues: (bytes) => bytes.fill(7) });
await import("./data/wasm_exec.js");

/** Bytes of Go's last words that are kept. */
const LOG_MAX = 4_000;
let log = "";
globalThis.fs.writeSync = (_descriptor, bytes) => {
  if (log.length < LOG_MAX) log += new TextDecoder().decode(bytes);
  return bytes.length;
};

let memory;

/** Answers messages of a port: first the module, then jobs. */
export function serve(port) {
  const failed = (error) =>
    port.post({ failed: error instanceof Error ? `${error.name}: ${error.message}` : String(error), log });
  port.listen((message) => {
    if (message.module !== undefined) {
      start(message.module).then(() => port.post({ ready: true }), failed);
      return;
    }
    try {
      const answer = globalThis.writCueRun(message.job);
      // A Go program that ended in the middle of a call gives nothing back.
      if (typeof answer === "string") port.post({ answer, memoryBytes: memory.buffer.byteLength });
      else failed("the program ended");
    } catch (error) {
      failed(error);
    }
  });
}

async function start(module) {
  const go = new globalThis.Go();
  const instance = await WebAssembly.instantiate(module, go.importObject);
  memory = instance.exports.mem;
  // Runs until Go waits for a call; its promise resolves only when Go ends.
  go.run(instance);
  if (typeof globalThis.writCueRun !== "function") throw new Error("the program did not come up");
}
