// A court with a port: opens the folder, serves it, fires its timers, and stops in order.

import { existsSync, mkdirSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { pino } from "pino";
import { cosignedNotes, cosignedWrites } from "../ledger/cosigned.ts";
import { LedgerError } from "../ledger/index.ts";
import { WITNESS_EVERY_MS, WITNESSES_MAX } from "../ledger/limits.ts";
import { isTwice, parseWitnessAt, WITNESS_WORDS, type WitnessAt, Witnesses } from "../ledger/witness-client.ts";
import type { Tier } from "../vm/index.ts";
import type { Clock } from "./clock.ts";
import { CourtError } from "./errors.ts";
import { keyFile } from "./keys.ts";
import { SHUTDOWN_MS, WITNESS_SECONDS_MAX } from "./limits.ts";
import { type CourtNode, openNode } from "./node.ts";
import { keyOfDid } from "./protocol/did.ts";
import { ORIGIN_LENGTH_MAX } from "./protocol/limits.ts";
import { createServer } from "./server.ts";

export interface ServeOptions {
  /** Folder of the ledger. */
  readonly ledger: string;
  /** Make the folder when it is missing; default true. */
  readonly create?: boolean;
  /** Name of the log; default `localhost/court`. */
  readonly origin?: string;
  /** Key file of the node; default `node.key` in the folder. Made when there is none. */
  readonly key?: string;
  /** Where the last checkpoint is kept a second time; default `checkpoint.lock` in the folder. */
  readonly lock?: string;
  /** Default 127.0.0.1: the court is for this machine only, until told otherwise. */
  readonly host?: string;
  /** 0 takes any free one; default 8080. */
  readonly port?: number;
  /** Who may deploy and offer; everybody when left out. */
  readonly admit?: readonly string[];
  readonly reserveBytes?: number;
  /** Who cosigns the ledger, each as `URL+KEY`; and how often they are asked. */
  readonly witnesses?: readonly string[];
  readonly witnessSeconds?: number;
  /** `silent`, `error`, `warn`, `info`, `debug`. */
  readonly logLevel?: string;
  /** How modules run: same results, other speed. By default `auto`. */
  readonly tier?: Tier;
  readonly clock?: Clock;
  readonly version?: string;
  /** Ends the process by default: what was not flushed is not acknowledged, and the next start recovers. */
  readonly onFatal?: (error: LedgerError) => void;
}

export interface Serving {
  /** Such as `http://127.0.0.1:8080`. */
  readonly url: string;
  readonly node: CourtNode;
  /** Answers what is under way, then closes port and ledger. */
  close(): Promise<void>;
}

export const DEFAULT_ORIGIN = "localhost/court";
export const DEFAULT_PORT = 8080;
const ORIGIN = /^[^\s+\p{Cc}]+$/u;

const bad = (message: string): never => {
  throw new CourtError("court/bad-configuration", message);
};

function witnessesOf({ witnesses = [], witnessSeconds }: ServeOptions): readonly WitnessAt[] {
  if (witnessSeconds !== undefined && !(witnessSeconds >= 1 && witnessSeconds <= WITNESS_SECONDS_MAX))
    bad(`witnesses are asked every 1 to ${WITNESS_SECONDS_MAX} seconds`);
  if (witnesses.length > WITNESSES_MAX) bad(`at most ${WITNESSES_MAX} witnesses are asked`);
  const all = witnesses.map((text) => parseWitnessAt(text) ?? bad(`\`${text}\` is no URL and key of a witness`));
  if (isTwice(all)) bad("one witness is named twice");
  return all;
}

/** Starts a court. Throws LedgerError or CourtError, each with what to do; nothing stays open then. */
export async function serve(options: ServeOptions): Promise<Serving> {
  const { ledger, create = true, origin = DEFAULT_ORIGIN, host = "127.0.0.1", port = DEFAULT_PORT, admit } = options;
  if (!ORIGIN.test(origin) || origin.length > ORIGIN_LENGTH_MAX)
    bad(`the origin \`${origin}\` has spaces, \`+\` or control characters, or is too long`);
  if (!Number.isInteger(port) || port < 0 || port > 65_535) bad(`there is no port ${port}`);
  for (const did of admit ?? []) if (keyOfDid(did) === undefined) bad(`\`${did}\` is no did:key of an Ed25519 key`);
  const witnesses = witnessesOf(options);
  const logger = pino({ level: options.logLevel ?? "info" });
  const node = await openNode({
    folder: ledger,
    create,
    thread: true,
    origin,
    key: keyFile(keyPath(options)),
    onFatal:
      options.onFatal ??
      ((error) => {
        logger.fatal({ code: error.code }, `${error.message}. ${error.help}`);
        process.exit(1);
      }),
    ...(admit === undefined ? {} : { admits: (did: string) => admit.includes(did) }),
    ...(options.clock === undefined ? {} : { clock: options.clock }),
    ...(options.lock === undefined ? {} : { lockPath: options.lock }),
    ...(options.tier === undefined ? {} : { tier: options.tier }),
    ...(options.reserveBytes === undefined ? {} : { reserveBytes: options.reserveBytes }),
  });
  const asked =
    witnesses.length === 0
      ? null
      : new Witnesses({
          log: node.log,
          witnesses,
          before: cosignedNotes(node.storage),
          keep: async ({ note, by }) => {
            await node.log.commit([], cosignedWrites(note, by.length));
          },
          now: Date.now,
          changed: (name, word, detail) => {
            if (word === null) logger.info({ witness: name }, "the witness cosigns again");
            else logger.warn({ witness: name, word, detail, help: WITNESS_WORDS[word][1] }, WITNESS_WORDS[word][0]);
          },
        });
  const server = createServer({
    node,
    version: options.version ?? "0.0.0",
    logger,
    ...(asked === null ? {} : { witnesses: () => asked.states }),
  });
  try {
    await server.listen({ host, port });
  } catch (error) {
    await node.close();
    const inUse = (error as NodeJS.ErrnoException).code === "EADDRINUSE";
    throw new CourtError(
      inUse ? "court/port-in-use" : "court/bad-configuration",
      inUse ? `port ${port} of ${host} is taken` : `cannot listen on ${host}:${port}: ${(error as Error).message}`,
      error,
    );
  }
  node.engine.start();
  asked?.every(options.witnessSeconds === undefined ? WITNESS_EVERY_MS : options.witnessSeconds * 1_000);
  const address = server.server.address() as AddressInfo;
  const url = `http://${address.family === "IPv6" ? `[${address.address}]` : address.address}:${address.port}`;
  let closing: Promise<void> | null = null;
  const close = async (): Promise<void> => {
    // Requests under way get their answer; what hangs is cut.
    const cut = setTimeout(() => server.server.closeAllConnections(), SHUTDOWN_MS);
    cut.unref();
    await server.close();
    clearTimeout(cut);
    await asked?.close();
    await node.close();
  };
  return {
    url,
    node,
    close: () => {
      closing ??= close();
      return closing;
    },
  };
}

/** The key lies in the ledger's folder unless told otherwise, so the folder is made first. */
function keyPath({ ledger, key, create = true }: ServeOptions): string {
  if (key !== undefined) return key;
  if (!existsSync(ledger)) {
    if (!create) throw new LedgerError("ledger/missing-folder", `there is no folder \`${ledger}\``);
    try {
      mkdirSync(ledger, { recursive: true, mode: 0o700 });
    } catch (error) {
      throw new LedgerError(
        "ledger/read-only-folder",
        `the folder \`${ledger}\` cannot be made: ${(error as Error).message}`,
        error,
      );
    }
  }
  return join(ledger, "node.key");
}
