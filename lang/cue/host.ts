// What the engine needs of where it runs: the compiled module and a worker to run it in.

export interface CueHost {
  /** The module, its memory bounded; compiled once and shared by all workers of all engines with this bound. Rejects with a
   *  sentence when the file is missing or not what it should be. */
  compile(memoryBytesMax: number): Promise<WebAssembly.Module>;
  /** Milliseconds of processor time that this process has used so far, all its threads together; left out where the host cannot
   *  tell, and the clock alone counts. */
  cpuMs?(): number;
  /** A new worker. It says `ready` when the module it was posted is running. */
  spawn(listener: CueWorkerListener): CueWorker;
}

export interface CueWorker {
  post(message: ToWorker): void;
  /** Ends it at once, whatever it is doing. */
  terminate(): Promise<void>;
  /** Whether it keeps the process alive. */
  hold(alive: boolean): void;
}

export interface CueWorkerListener {
  message(message: FromWorker): void;
  /** The worker ended by itself. */
  ended(why: string): void;
}

export type ToWorker = { readonly module: WebAssembly.Module } | { readonly job: string };

export type FromWorker =
  | { readonly ready: true }
  | { readonly answer: string; readonly memoryBytes: number }
  /** The instance is broken; `log` is what Go wrote on its way out. */
  | { readonly failed: string; readonly log: string };
