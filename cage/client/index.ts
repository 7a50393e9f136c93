// HTTP requests that are signed, go through a cage, and whose signed answers are verified: a dispatcher for undici, and a fetch.
import { Agent, type Dispatcher, fetch, type RequestInfo, type RequestInit, type Response } from "undici";
import { componentOf } from "../signature/component.ts";
import type { DigestRule } from "../signature/digest.ts";
import type { KeySet } from "../signature/key-set.ts";
import { SignatureError } from "../signature/problems.ts";
import type { Profile } from "../signature/verify.ts";
import { refused } from "./refused.ts";
import { type ClientSign, prepare } from "./request.ts";
import { HeldResponse } from "./response.ts";

export { didOf, keyOfDid } from "../signature/did-key.ts";
export { type KeySet, type KeySetOptions, type KnownKey, keySet } from "../signature/key-set.ts";
export {
  SIGNATURE_PROBLEMS,
  SignatureError,
  type SignatureProblem,
  type SignatureWord,
} from "../signature/problems.ts";
export { type MessageSigner, messageSigner } from "../signature/sign.ts";
export type { ClientSign } from "./request.ts";

export interface ClientVerify {
  readonly keys: KeySet;
  /** By default the status, and of the request its method, its target and, when it is signed, its signature. */
  readonly cover?: readonly string[];
  readonly label?: string;
  readonly tag?: string;
  readonly digest?: DigestRule;
  /** Seconds. */
  readonly maxAge?: number;
  /** Seconds. */
  readonly skew?: number;
}

export interface ClientOptions {
  /** The cage: `http://127.0.0.1:7440`, or `unix:/run/cage.sock`. Requests go to it in absolute form. Without it, to their origins. */
  readonly through?: string;
  /** Without it requests are not signed. */
  readonly sign?: ClientSign;
  /** With it a response is held until it was verified; what is not signed as asked ends in a SignatureError. */
  readonly verify?: ClientVerify;
  /** Seconds since 1970; the clock of the machine by default. */
  readonly now?: () => number;
  /** What sends; an own Agent by default. Not together with `unix:`. */
  readonly dispatcher?: Dispatcher;
}

export interface Client {
  readonly dispatcher: Dispatcher;
  /** As fetch, but redirects are handed to the caller: following one would sign what another server has written. */
  fetch(input: RequestInfo, init?: RequestInit): Promise<Response>;
  /** Waits for open requests and closes connections; a dispatcher that was given stays open. */
  close(): Promise<void>;
}

/** Throws SignatureError for components nobody knows, TypeError for an address that is none. */
export function createClient(options: ClientOptions): Client {
  const { through, send } = senderOf(options);
  const { sign = null, now = () => Math.floor(Date.now() / 1_000) } = options;
  const profile = options.verify === undefined ? null : profileOf(options.verify, sign);
  for (const component of [...(sign?.cover ?? []), ...(profile?.cover ?? [])]) componentOf(component);
  const dispatcher = send.compose((dispatch) => (asked, handler) => {
    prepare(asked, { sign, through, now: now() })
      .then(({ options: prepared, message }) =>
        dispatch(prepared, profile === null ? handler : new HeldResponse(handler, { request: message, profile, now })),
      )
      .catch((error: Error) => refused(handler, error));
    return true;
  });
  return {
    dispatcher,
    fetch: async (input, init) => {
      try {
        return await fetch(input, { redirect: "manual", ...init, dispatcher });
      } catch (error) {
        throw error instanceof Error && error.cause instanceof SignatureError ? error.cause : error;
      }
    },
    close: async () => {
      if (options.dispatcher === undefined) await send.close();
    },
  };
}

function senderOf({ through, dispatcher }: ClientOptions): {
  readonly through: string | null;
  readonly send: Dispatcher;
} {
  if (through?.startsWith("unix:")) {
    if (dispatcher !== undefined) throw new TypeError("a unix socket has its own dispatcher");
    return { through: "http://localhost", send: new Agent({ connect: { socketPath: through.slice("unix:".length) } }) };
  }
  if (through !== undefined && !/^http:\/\/[^/]+\/?$/.test(through))
    throw new TypeError("the address of the cage is `http://host:port` or `unix:/path`");
  return { through: through === undefined ? null : new URL(through).origin, send: dispatcher ?? new Agent() };
}

function profileOf({ cover, ...rest }: ClientVerify, sign: ClientSign | null): Profile {
  const bound = sign === null ? [] : [`"signature";req;key="${sign.label ?? "sig1"}"`];
  // Nonces are for requests: an answer is bound to the request it answers.
  return { ...rest, nonces: null, cover: cover ?? ["@status", '"@method";req', '"@target-uri";req', ...bound] };
}
