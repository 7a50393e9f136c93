// Questions about a CONNECT whose ClientHello is not there yet. They are put to the policy itself, with other values in place of those
// that are not known or that a rule ought to name: what a rule names is what makes a difference to it.
import type { Address } from "../dial.ts";
import type { Facts, Gate } from "../point.ts";

type Target = Pick<Facts, "host" | "port"> & { readonly literal: boolean };

/** What the hello may say: the name that was asked for, and the protocols that clients offer. A rule that wants others is denied early. */
export const usualOffers = ({ host, literal }: Target): readonly Pick<Facts, "sni" | "alpn">[] => {
  const sni = literal ? {} : { sni: host };
  return [sni, { ...sni, alpn: ["h2", "http/1.1"] }, { ...sni, alpn: ["http/1.1"] }];
};

/** No port is 0: a rule that holds for it does not look at the port, or only says which it does not mean. */
const NO_PORT = 0;
/** Addresses of documentation (RFC 5737, RFC 3849): the second, should the first be the one that is asked for. */
const ELSEWHERE = { 4: ["192.0.2.1", "198.51.100.1"], 6: ["2001:db8::1", "3fff::1"] } as const;

/** A port that is not 443, or an address in place of a name, must be named by a rule: with another in its place, the answer must be no.
 *  Asked of an allowed CONNECT; null: all is named. */
export function namedByRule(
  gate: Pick<Gate, "ask">,
  facts: Facts,
  target: Target,
): "port-not-named" | "literal-not-named" | null {
  const allowed = (other: Partial<Facts>): boolean =>
    usualOffers({ ...target, host: other.host ?? target.host }).some(
      (offer) => gate.ask("connect", { ...facts, ...other, ...offer, tentative: true }).allowed,
    );
  if (target.port !== 443 && allowed({ port: NO_PORT })) return "port-not-named";
  if (!target.literal) return null;
  const host = ELSEWHERE[target.host.includes(":") ? 6 : 4].find((each) => each !== target.host) as string;
  const dialled: Address | undefined = facts.dialled === undefined ? undefined : { ...facts.dialled, ip: host };
  return allowed({ host, ...(dialled === undefined ? {} : { dialled, addresses: [dialled] }) })
    ? "literal-not-named"
    : null;
}
