// `writ ledger witness`: cosigns the checkpoints of logs, one history of each, until ctrl-c.
import { existsSync, readFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Command } from "commander";
import { keyFile } from "../../court-node/keys.ts";
import {
  cosignerKey,
  NOTE_NAME,
  parseVerifierKey,
  printCosignerKey,
  rawPublicKey,
  type VerifierKey,
} from "../../ledger/index.ts";
import { WITNESS_NAME_MAX, WITNESSES_MAX } from "../../ledger/limits.ts";
import { EXIT, type ExitCode, UsageError, worldError } from "../exit.ts";
import type { Io } from "../io.ts";
import { repeated } from "../policy.ts";
import { clean, paintFor } from "../terminal.ts";
import type { Job } from "../verbs.ts";
import { sentences, stopped } from "./serve.ts";

interface Options {
  readonly name: string;
  readonly log: readonly string[];
  readonly state: string;
  readonly key?: string;
  readonly listen: string;
  readonly logLevel: string;
}

export function configureWitness(command: Command, run: (job: Job) => void): void {
  command
    .description("cosign the checkpoints of logs of others: of each log one history, and no other")
    .requiredOption(
      "--name <name>",
      "name of this witness, such as `witness.example/w1`: it stands in each cosignature",
    )
    .requiredOption(
      "--log <key>",
      "verifier key of a log that is cosigned, or a file with it; `origin=key` where the names differ; may be repeated",
      repeated,
    )
    .option("--state <folder>", "what was cosigned: to be lost never", ".writ/witness")
    .option("--key <file>", "key file of the witness, used for nothing else (default: witness.key in the folder)")
    .option("--listen <place>", "listen here, plain HTTP", "127.0.0.1:7450")
    .option("--log-level <level>", "silent, error, warn or info", "info")
    .addHelpText(
      "after",
      `
Examples:
  writ ledger witness --name witness.example/w1 --log shop.vkey
  writ ledger witness --name witness.example/w1 --log shop.vkey --log "tree of names=names.example+1f2e3d4c+ATV…"

Answers POST /add-checkpoint as c2sp.org/tlog-witness says, and GET /<SHA-256 of the origin>/checkpoint. A log asks with
  writ cage --witness http://127.0.0.1:7450+<the key that is printed>
Whoever loses the folder must take a new name and key: the old key could cosign a second history.
Exit code: 0 stopped in order, 2 it could not be started, or what was cosigned could not be kept.`,
    )
    .action((options: Options) => run((io) => sentences(() => witness(io, options))));
}

async function witness(io: Io, options: Options): Promise<ExitCode> {
  // What serves is loaded by who serves: `writ ledger verify` needs none of it.
  const [{ pino }, { listen, readPlace }, { createWitness }, { WitnessState }] = await Promise.all([
    import("pino"),
    import("../../cage/proxy/index.ts"),
    import("../../ledger/witness-server.ts"),
    import("../../ledger/witness-state.ts"),
  ]);
  const { name } = options;
  if (!NOTE_NAME.test(name) || name.length > WITNESS_NAME_MAX)
    throw new UsageError(
      `\`${clean(name)}\` is no name of a witness`,
      "write such as witness.example/w1, without spaces",
    );
  if (!["silent", "error", "warn", "info"].includes(options.logLevel))
    throw new UsageError(
      `\`${clean(options.logLevel)}\` is no level of a log`,
      "the levels are silent, error, warn, info",
    );
  const at = readPlace(options.listen);
  if (at === null)
    throw new UsageError(
      `\`${clean(options.listen)}\` is no place to listen`,
      "write 127.0.0.1:7450, [::1]:7450 or unix:/run/witness.sock",
    );
  const logs = logsOf(io, options.log);
  const folder = resolve(io.cwd, options.state);
  const log = pino({ level: options.logLevel, base: null }, pino.destination(2));
  const broken = new AbortController();
  const state = WitnessState.open(folder, logs.keys());
  try {
    const key = keyFile(options.key === undefined ? join(folder, "witness.key") : resolve(io.cwd, options.key));
    const signer = {
      key: cosignerKey(name, rawPublicKey(key.privateKey)),
      sign: (message: Uint8Array) => key.sign(message),
    };
    const server = createWitness({
      logs,
      state,
      signer,
      now: io.now,
      answered: (judged) => {
        if (judged.status === 200) {
          const { origin, size } = judged.checkpoint;
          log.info({ origin, size }, "cosigned");
        } else {
          const { status, reason, evidence } = judged;
          log.warn({ status, ...(evidence === undefined ? {} : { evidence }) }, reason);
        }
      },
      onFatal: (error) => {
        log.fatal({ code: error.code }, `${error.message}. ${error.help}`);
        broken.abort();
      },
    });
    const url = await listen(server, at).catch((error: unknown) => {
      throw worldError("start the witness", error);
    });
    const paint = paintFor(io);
    io.out(`${paint.good("witness")}  ${name}\n`);
    io.out(`url      ${url}\n`);
    for (const origin of logs.keys()) {
      const latest = state.latest(origin);
      io.out(`log      ${clean(origin)}, ${latest === null ? "nothing cosigned yet" : `cosigned to ${latest.size}`}\n`);
    }
    io.out(`key      ${printCosignerKey(signer.key)}\n`);
    await stopped(AbortSignal.any([io.stop, broken.signal]));
    await new Promise<void>((done) => {
      server.close(() => done());
      server.closeAllConnections();
    });
    return broken.signal.aborted ? EXIT.trouble : EXIT.ok;
  } finally {
    state.close();
  }
}

function logsOf(io: Io, given: readonly string[]): ReadonlyMap<string, readonly VerifierKey[]> {
  if (given.length > WITNESSES_MAX)
    throw new UsageError(`${given.length} logs are named, at most ${WITNESSES_MAX} may be`);
  const logs = new Map<string, VerifierKey[]>();
  for (const text of given) {
    const { origin, key } = logOf(io, text);
    logs.set(origin, [...(logs.get(origin) ?? []), key]);
  }
  return logs;
}

/** A key, a file with one, or `origin=key`: a name may hold `=`, and the end of a key, too. */
function logOf(io: Io, text: string): { readonly origin: string; readonly key: VerifierKey } {
  const path = resolve(io.cwd, text);
  const whole = existsSync(path) ? readFileSync(path, "utf8").trim() : text;
  const own = parseVerifierKey(whole);
  if (own !== undefined && !own.name.includes("=")) return { origin: own.name, key: own };
  for (let at = whole.indexOf("="); at > 0; at = whole.indexOf("=", at + 1)) {
    const key = parseVerifierKey(whole.slice(at + 1));
    if (key !== undefined) return { origin: whole.slice(0, at), key };
  }
  if (own !== undefined) return { origin: own.name, key: own };
  throw new UsageError(
    `\`${clean(text)}\` is no verifier key of a log, and no file with one`,
    "a court or a cage prints it when it starts; it looks like  name+1f2e3d4c+ATV…",
  );
}
