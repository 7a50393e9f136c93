// A policy server with a port: loads the policy, answers, reads changed files again, and stops in order.
import type { AddressInfo } from "node:net";
import { type DestinationStream, pino } from "pino";
import { readMappings } from "./authzen.ts";
import { portInUse } from "./codes.ts";
import { fail } from "./errors.ts";
import { SHUTDOWN_MS } from "./limits.ts";
import type { DecisionLog } from "./log-file.ts";
import { createMetrics } from "./metrics.ts";
import { type LoadedFrom, Running } from "./running.ts";
import { createPolicyServer } from "./server.ts";
import { watchFiles } from "./watch.ts";

export interface PolicyServeOptions {
  /** Reads the policy as it is now, and says in which files it lies. */
  readonly load: () => Promise<LoadedFrom>;
  /** Files whose change means to load again; none are watched when left out. */
  readonly files?: () => readonly string[];
  /** Ms between looks at the files. */
  readonly watchMs?: number;
  /** Closed with the server. */
  readonly log?: DecisionLog | null;
  /** `user=subject.id`, each; without any the input is the request. */
  readonly map?: readonly string[];
  /** Obligations the enforcement point meets. Default: none. */
  readonly obligations?: readonly string[] | "all";
  readonly tokens?: readonly string[] | null;
  /** Default 127.0.0.1: for this machine only, until told otherwise. */
  readonly host?: string;
  /** 0 takes any free one; default 8181. */
  readonly port?: number;
  /** Address that clients know, when it is not that of the port. */
  readonly publicUrl?: string;
  readonly logLevel?: string;
  /** Where the server's own log goes; standard error when left out. */
  readonly logTo?: DestinationStream;
  readonly now?: () => number;
  readonly version?: string;
}

export interface PolicyServing {
  /** Such as `http://127.0.0.1:8181`. */
  readonly url: string;
  readonly running: Running;
  /** Reads the policy again, and goes on in a new log file when the old one was renamed. */
  reload(): Promise<boolean>;
  /** Answers what is under way, then closes port and log. */
  close(): Promise<void>;
}

export const DEFAULT_POLICY_PORT = 8181;

/** Starts a policy server. Throws PolicyError, or what `load` throws; nothing stays open then but the log, which is the caller's. */
export async function servePolicy(options: PolicyServeOptions): Promise<PolicyServing> {
  const { log = null, host = "127.0.0.1", port = DEFAULT_POLICY_PORT, obligations = [] } = options;
  const mappings = readMappings(options.map ?? []);
  const running = await Running.start({
    load: options.load,
    obligations: obligations === "all" ? "all" : new Set(obligations),
    onLoad: (policy) => log?.keep(policy.parts),
  });
  const logger = pino({ level: options.logLevel ?? "info" }, options.logTo ?? pino.destination(2));
  const metrics = createMetrics(running);
  let url = "";
  const server = createPolicyServer({
    running,
    metrics,
    log,
    mappings,
    tokens: options.tokens ?? null,
    url: () => url,
    now: options.now ?? Date.now,
    version: options.version ?? "0.0.0",
    logger,
  });
  try {
    await server.listen({ host, port });
  } catch (error) {
    await server.close();
    fail(portInUse({ host, port, reason: (error as Error).message }), error);
  }
  const address = server.server.address() as AddressInfo;
  const own = `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  url = (options.publicUrl ?? own).replace(/\/+$/, "");

  const reload = async (): Promise<boolean> => {
    const ok = await running.reload();
    metrics.reloaded(ok);
    const { policy, bundle, stale } = running;
    if (stale === null) logger.info({ module: policy.moduleId, bundle }, "the policy was loaded again");
    else logger.error(stale, "the new policy does not load; the old one stays in use");
    return ok;
  };
  const watch =
    options.files === undefined ? null : watchFiles(options.files, () => void reload(), { everyMs: options.watchMs });
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    watch?.stop();
    const cut = setTimeout(() => server.server.closeAllConnections(), SHUTDOWN_MS);
    cut.unref();
    await server.close();
    clearTimeout(cut);
    log?.close();
  };
  return {
    url: own,
    running,
    reload: async () => {
      try {
        log?.reopen();
      } catch (error) {
        logger.error(error, "the decision log cannot go on in a new file");
      }
      return reload();
    },
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}
