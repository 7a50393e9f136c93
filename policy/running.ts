// The policy a server answers with. A new one takes its place whole, between two requests; one that does not load leaves the old one
// where it is, and says why.
import type { BundleName } from "./bundle.ts";
import { type Code, unmetObligation } from "./codes.ts";
import { fail, PolicyError } from "./errors.ts";
import type { OpenedPolicy } from "./open.ts";

export interface LoadedFrom {
  readonly policy: OpenedPolicy;
  /** What it came in, where it came in a bundle. */
  readonly bundle: BundleName | null;
  /** dids of the trusted keys that signed the bundle. */
  readonly signedBy?: readonly string[];
  /** Called last of all, when it is about to be used: a bundle is recorded as the newest. May throw, then it is not used. */
  readonly accept?: () => void;
}

/** Why the newest files are not in use. */
export interface Stale {
  /** Null for what has no code of its own, such as a source with errors. */
  readonly code: Code | null;
  readonly message: string;
}

export interface RunningOptions {
  /** Reads the policy as it is now. Throws PolicyError, or any Error with a sentence. */
  readonly load: () => Promise<LoadedFrom>;
  /** Obligations that the enforcement point meets; `all` for every one. */
  readonly obligations: ReadonlySet<string> | "all";
  /** Called before a policy takes its place: a log keeps what it is made of. May throw, then it does not. */
  readonly onLoad?: (policy: OpenedPolicy) => void;
}

export class Running {
  readonly #options: RunningOptions;
  #now: LoadedFrom;
  #stale: Stale | null = null;
  #reloading: Promise<boolean> | null = null;
  reloads = 0;

  /** Throws what loading throws: a server does not start with a policy it cannot load. */
  static async start(options: RunningOptions): Promise<Running> {
    return new Running(options, await loaded(options));
  }

  private constructor(options: RunningOptions, now: LoadedFrom) {
    this.#options = options;
    this.#now = now;
  }

  get policy(): OpenedPolicy {
    return this.#now.policy;
  }
  get bundle(): BundleName | null {
    return this.#now.bundle;
  }
  get stale(): Stale | null {
    return this.#stale;
  }

  /** Loads the files again; true when what they hold is in use now. Calls while one runs get its result. */
  reload(): Promise<boolean> {
    this.#reloading ??= this.#reload().finally(() => {
      this.#reloading = null;
    });
    return this.#reloading;
  }

  async #reload(): Promise<boolean> {
    this.reloads++;
    try {
      this.#now = await loaded(this.#options);
      this.#stale = null;
      return true;
    } catch (error) {
      const code = error instanceof PolicyError ? error.code : null;
      this.#stale = { code, message: error instanceof Error ? error.message : String(error) };
      return false;
    }
  }
}

async function loaded({ load, obligations, onLoad }: RunningOptions): Promise<LoadedFrom> {
  const found = await load();
  if (obligations !== "all")
    for (const { name } of found.policy.machine.table.obligations)
      if (!obligations.has(name)) fail(unmetObligation({ name }));
  onLoad?.(found.policy);
  found.accept?.();
  return found;
}
