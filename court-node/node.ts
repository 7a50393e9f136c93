// A court node put together: the log in a folder, the engine on it, the checks of signatures. No port yet; `server.ts` serves
// it, a test or the story drives it directly.
import { type LedgerError, type Log, openFolder, printVerifierKey, type Storage } from "../ledger/index.ts";
import { BUILTINS } from "../stdlib/index.ts";
import type { MachineBuiltin, Tier } from "../vm/index.ts";
import { type Admission, createAdmission } from "./admission.ts";
import { AgreementCache } from "./agreement-cache.ts";
import { type Clock, systemClock } from "./clock.ts";
import { EmbeddedEngine } from "./engine-embedded.ts";
import { FreshNonces } from "./fresh-nonces.ts";
import { checkpointSigner, type Key } from "./keys.ts";
import { Modules } from "./modules.ts";
import { SELDOM_READ } from "./records.ts";
import { createVerifier } from "./verifier.ts";

export interface CourtNode {
  readonly origin: string;
  /** Verifier key of the checkpoints, in the form of signed notes: `<origin>+<id>+<key>`. */
  readonly verifierKey: string;
  readonly log: Log;
  readonly storage: Storage;
  readonly modules: Modules;
  readonly engine: EmbeddedEngine;
  readonly admission: Admission;
  readonly clock: Clock;
  readonly builtins: Iterable<MachineBuiltin>;
  /** Answers what is under way, then closes the log and ends the threads. */
  close(): Promise<void>;
}

export interface NodeOptions {
  readonly origin: string;
  /** Signs the checkpoints. */
  readonly key: Key;
  readonly clock?: Clock;
  /** May this did deploy and offer? By default everybody may. */
  readonly admits?: (did: string) => boolean;
  readonly onFatal: (error: LedgerError) => void;
  /** How modules run: same results, other speed. */
  readonly tier?: Tier;
}

export interface FolderNodeOptions extends NodeOptions {
  readonly folder: string;
  /** Make the folder when it is missing. */
  readonly create: boolean;
  /** Where the last checkpoint is kept a second time: best on another disk. */
  readonly lockPath?: string;
  /** Free bytes below which the court only reads. */
  readonly reserveBytes?: number;
  /** Write through a journal and in a thread of its own: for a court that serves. */
  readonly thread?: boolean;
}

/** Opens the court of a folder. Throws LedgerError or CourtError with what to do. */
export async function openNode(options: FolderNodeOptions): Promise<CourtNode> {
  const { folder, create, lockPath, reserveBytes, thread = false } = options;
  const opened = await openFolder({
    folder,
    create,
    thread,
    journal: thread,
    seldomRead: SELDOM_READ,
    signer: checkpointSigner(options.origin, options.key),
    ...(lockPath === undefined ? {} : { lockPath }),
    ...(reserveBytes === undefined ? {} : { reserveBytes }),
  });
  return nodeOf(opened, options);
}

/** A court on a log that is open already. */
export function nodeOf(
  { log, storage }: { readonly log: Log; readonly storage: Storage },
  options: NodeOptions,
): CourtNode {
  const modules = new Modules(BUILTINS, options.tier);
  const clock = options.clock ?? systemClock;
  const engine = EmbeddedEngine.open({
    log,
    storage,
    clock,
    memo: { modules, agreements: new AgreementCache(), nonces: new FreshNonces(storage) },
    admits: options.admits ?? (() => true),
    onFatal: options.onFatal,
  });
  const { key } = checkpointSigner(options.origin, options.key);
  const verifier = createVerifier();
  return {
    origin: log.origin,
    verifierKey: printVerifierKey(key),
    log,
    storage,
    modules,
    engine,
    admission: createAdmission(verifier),
    clock,
    builtins: BUILTINS,
    async close() {
      await engine.close();
      await verifier.close();
    },
  };
}

/** Opens the ledger of a folder for reading only, beside a running court or without one: for replay and audit. */
export async function openForReading(options: {
  readonly folder: string;
  readonly origin: string;
  readonly key: Key;
  readonly lockPath?: string;
}): Promise<{ readonly log: Log; readonly storage: Storage }> {
  const { folder, origin, key, lockPath } = options;
  return openFolder({
    folder,
    create: false,
    readOnly: true,
    signer: checkpointSigner(origin, key),
    ...(lockPath === undefined ? {} : { lockPath }),
  });
}
