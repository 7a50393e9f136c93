// Where a request goes on the network. A name is resolved once, every answer is classed, and the socket is asked where it really
// is before the first byte: hooks in name lookup never see addresses written as such, and a name may answer twice.
import { lookup } from "node:dns/promises";
import { connect, type Socket } from "node:net";
import { addressClass } from "../stdlib/network.ts";
import { formatIp, parseIp } from "../vm/index.ts";
import { ADDRESSES_MAX, DIAL_TIMEOUT_MS } from "./limits.ts";

export interface Address {
  readonly ip: string;
  /** By the pinned table of special addresses: `global`, `private`, `metadata` … */
  readonly class: string;
}

/** Addresses of a name, in the order the resolver prefers. */
export type Resolve = (host: string) => Promise<readonly string[]>;

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address);

export type DialProblem =
  | "name-unknown"
  | "too-many-addresses"
  | "no-address"
  | "unreachable"
  | "dial-timeout"
  | "moved";

/** The classed addresses of a host; one that is an address resolves to itself. */
export async function addressesOf(
  { host, literal }: { readonly host: string; readonly literal: boolean },
  resolve: Resolve,
): Promise<{ readonly addresses: readonly Address[] } | { readonly problem: DialProblem }> {
  let answers: readonly string[];
  try {
    answers = literal ? [host] : await resolve(host);
  } catch {
    return { problem: "name-unknown" };
  }
  if (answers.length > ADDRESSES_MAX) return { problem: "too-many-addresses" };
  const addresses = answers.flatMap((answer) => {
    const ip = parseIp(answer);
    return ip === undefined ? [] : [{ ip: formatIp(ip), class: addressClass(ip) }];
  });
  return addresses.length === 0 ? { problem: "no-address" } : { addresses };
}

/** A socket to exactly this address, or why there is none. */
export function dial(
  { ip }: Address,
  port: number,
  timeoutMs: number = DIAL_TIMEOUT_MS,
): Promise<{ readonly socket: Socket } | { readonly problem: DialProblem }> {
  return new Promise((done) => {
    const socket = connect({ host: ip, port, autoSelectFamily: false, noDelay: true });
    const end = (problem: DialProblem): void => {
      clearTimeout(timer);
      socket.destroy();
      done({ problem });
    };
    const timer = setTimeout(() => end("dial-timeout"), timeoutMs);
    socket.once("error", () => end("unreachable"));
    socket.once("connect", () => {
      const remote = parseIp(socket.remoteAddress ?? "");
      if (remote === undefined || formatIp(remote) !== ip) return end("moved");
      clearTimeout(timer);
      socket.removeAllListeners("error");
      done({ socket });
    });
  });
}
