// The ways past the cage that a check tries, one after another written down: what is tried, and where to.
import { METADATA_V4, METADATA_V6 } from "./addresses.ts";
import { type CagePlace, SYSTEM_SOCKETS } from "./profiles.ts";

export interface Way {
  readonly id: string;
  /** For people. */
  readonly what: string;
  /** How it is tried. `greeted` is TCP to a listener of the check itself, which says a secret word. */
  readonly by: "tcp" | "udp" | "unix" | "greeted" | "mptcp" | "icmp";
  /** Address, or path of a socket. */
  readonly to: string;
  /** 0 where there is none. */
  readonly port: number;
}

export interface Targets {
  /** An address beyond this machine that answers on 443, 80 and 53, by TCP and UDP. */
  readonly v4: string;
  readonly v6: string;
  /** Listeners of the check on other ports of the loopback; null where the family is missing. */
  readonly loopback: { readonly v4: number | null; readonly v6: number | null };
  /** System sockets that are there. */
  readonly sockets: readonly string[];
  readonly cage: CagePlace;
}

/** The way that must be open. */
export const CAGE_WAY = "cage";

export function waysOf({ v4, v6, loopback, sockets, cage }: Targets): readonly Way[] {
  const way = (id: string, what: string, by: Way["by"], to: string, port: number): Way => ({ id, what, by, to, port });
  const greeted = (family: string, to: string, port: number | null): Way[] =>
    port === null ? [] : [way(`loopback-${family}`, `another port of the loopback, ${family}`, "greeted", to, port)];
  return [
    way("tcp-443-v4", "https", "tcp", v4, 443),
    way("tcp-443-v6", "https, IPv6", "tcp", v6, 443),
    way("udp-443-v4", "QUIC", "udp", v4, 443),
    way("udp-443-v6", "QUIC, IPv6", "udp", v6, 443),
    way("udp-53-v4", "names, UDP", "udp", v4, 53),
    way("udp-53-v6", "names, UDP, IPv6", "udp", v6, 53),
    way("tcp-53-v4", "names, TCP", "tcp", v4, 53),
    way("tcp-80-v4", "http to a bare address", "tcp", v4, 80),
    way("mptcp-443-v4", "https by Multipath TCP", "mptcp", v4, 443),
    way("icmp-v4", "an echo request", "icmp", v4, 0),
    ...greeted("v4", "127.0.0.1", loopback.v4),
    ...greeted("v6", "::1", loopback.v6),
    way("metadata-v4", "metadata of the cloud", "tcp", METADATA_V4, 80),
    way("metadata-v6", "metadata of the cloud, IPv6", "tcp", METADATA_V6, 80),
    ...sockets.map((path) =>
      way(`socket-${SYSTEM_SOCKETS.indexOf(path as never) + 1}`, "a service of the system", "unix", path, 0),
    ),
    cage.kind === "tcp"
      ? way(CAGE_WAY, "the cage itself", "tcp", cage.ip, cage.port)
      : way(CAGE_WAY, "the cage itself", "unix", cage.path, 0),
  ];
}
