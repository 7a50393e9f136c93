// A witness over HTTP: `POST /add-checkpoint`, and `GET /<hash of the origin>/checkpoint` for monitors. A request is judged, kept and answered without
// anything in between, so no two of them see the same state. Source: c2sp.org/tlog-witness.
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { fromUtf8 } from "../core/index.ts";
import { cosign } from "./cosignature.ts";
import { LedgerError } from "./errors.ts";
import { WITNESS_BODY_BYTES_MAX, WITNESS_CONNECTIONS_MAX, WITNESS_REQUEST_MS } from "./limits.ts";
import { nativeVerifyEd25519 } from "./native.ts";
import type { VerifierKey } from "./note.ts";
import { type Judged, judge, type WitnessedLogs } from "./witness.ts";
import { originHash, type WitnessState } from "./witness-state.ts";

export interface WitnessOptions {
  readonly logs: WitnessedLogs;
  readonly state: WitnessState;
  readonly signer: { readonly key: VerifierKey; readonly sign: (message: Uint8Array) => Uint8Array };
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Told of each answer to a checkpoint. */
  readonly answered?: (judged: Judged) => void;
  /** The state could not be kept: nothing is cosigned any more. */
  readonly onFatal?: (error: LedgerError) => void;
}

interface Answer {
  readonly status: number;
  readonly type?: string;
  readonly body: string;
  readonly allow?: string;
}

/** Not listening yet. */
export function createWitness(options: WitnessOptions): Server {
  const witness = new Witness(options);
  const server = createServer(
    { requestTimeout: WITNESS_REQUEST_MS, headersTimeout: WITNESS_REQUEST_MS },
    (request, response) => {
      witness.serve(request, response).catch(() => response.destroy());
    },
  );
  server.maxConnections = WITNESS_CONNECTIONS_MAX;
  return server;
}

class Witness {
  readonly #options: WitnessOptions;
  readonly #byHash: ReadonlyMap<string, string>;
  #failed: LedgerError | null = null;

  constructor(options: WitnessOptions) {
    this.#options = options;
    this.#byHash = new Map([...options.logs.keys()].map((origin) => [`/${originHash(origin)}/checkpoint`, origin]));
  }

  async serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { status, body, type = "text/plain; charset=utf-8", allow } = await this.#answer(request);
    const unread = !request.complete;
    response.writeHead(status, {
      "content-type": type,
      "content-length": Buffer.byteLength(body),
      "x-content-type-options": "nosniff",
      ...(allow === undefined ? {} : { allow }),
      ...(unread ? { connection: "close" } : {}),
    });
    response.end(request.method === "HEAD" ? undefined : body);
  }

  async #answer(request: IncomingMessage): Promise<Answer> {
    const path = request.url!.split("?")[0]!;
    if (path === "/add-checkpoint") {
      if (request.method !== "POST") return { status: 405, allow: "POST", body: "ask with POST\n" };
      const bytes = await bodyOf(request);
      if (bytes === null) return { status: 413, body: `a request has at most ${WITNESS_BODY_BYTES_MAX} bytes\n` };
      return this.#add(bytes);
    }
    const origin = this.#byHash.get(path);
    if (origin === undefined) return { status: 404, body: "there is nothing here\n" };
    if (request.method !== "GET" && request.method !== "HEAD")
      return { status: 405, allow: "GET, HEAD", body: "ask with GET\n" };
    const kept = this.#options.state.latest(origin);
    return kept === null
      ? { status: 404, body: "nothing of this log was cosigned\n" }
      : { status: 200, body: kept.note };
  }

  /** Invariant: nothing is waited for in here. */
  #add(bytes: Uint8Array): Answer {
    const { logs, state, signer, now, answered, onFatal } = this.#options;
    if (this.#failed !== null) return { status: 503, body: "what was cosigned cannot be kept any more\n" };
    const text = fromUtf8(bytes);
    const judged: Judged =
      text === undefined
        ? { status: 400, reason: "the request is no UTF-8" }
        : judge(text, logs, (origin) => state.latest(origin), nativeVerifyEd25519);
    if (judged.status !== 200) {
      answered?.(judged);
      return judged.latest === undefined
        ? { status: judged.status, body: `${judged.reason}\n` }
        : { status: judged.status, type: "text/x.tlog.size", body: `${judged.latest.size}\n` };
    }
    const { origin, size, root } = judged.checkpoint;
    const line = cosign(judged.text, Math.floor(now() / 1_000), signer);
    try {
      state.keep(origin, { size, root, note: judged.note + line });
    } catch (error) {
      this.#failed = error as LedgerError;
      if (error instanceof LedgerError) onFatal?.(error);
      return { status: 500, body: "what was cosigned cannot be kept\n" };
    }
    answered?.(judged);
    return { status: 200, body: line };
  }
}

/** Null when it is too large. */
async function bodyOf(request: IncomingMessage): Promise<Uint8Array | null> {
  if (Number(request.headers["content-length"] ?? 0) > WITNESS_BODY_BYTES_MAX) return null;
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of request) {
    size += (part as Buffer).length;
    if (size > WITNESS_BODY_BYTES_MAX) return null;
    parts.push(part as Buffer);
  }
  return Buffer.concat(parts);
}
