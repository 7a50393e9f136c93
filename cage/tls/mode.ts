// What an allowed CONNECT becomes, by the obligations of its decision. What the cage cannot do for bytes it does not see, it does not
// pretend to do.
import { readAuthority } from "../message/authority.ts";
import type { Decision } from "../point.ts";

export type Mode = "tunnel" | "intercept";

/** Met here, by the gate, or by the proxy around a tunnel. */
const MET = new Set(["route", "reach", "receipt", "rate_limit"]);

export function modeOf(
  { obligations }: Pick<Decision, "obligations">,
  target: { readonly host: string; readonly port: number },
): Mode | { readonly problem: "cannot-oblige" | "mode-differs"; readonly detail: string } {
  let mode: Mode = "tunnel";
  for (const { name, args } of obligations) {
    if (!MET.has(name)) return { problem: "cannot-oblige", detail: `${name}: nothing inside a tunnel is seen` };
    if (name !== "route") continue;
    const { to, tls } = args as { readonly to: string; readonly tls?: string };
    if (tls === "originate") return { problem: "mode-differs", detail: "route: a rule wants TLS to begin at the cage" };
    if (to !== "tunnel" && !isPlace(to, target))
      return { problem: "cannot-oblige", detail: "route: a tunnel goes where its CONNECT says" };
    if (tls === "intercept") mode = "intercept";
  }
  return mode;
}

/** `https://host`, the place of the CONNECT itself. */
function isPlace(text: string, { host, port }: { readonly host: string; readonly port: number }): boolean {
  const parts = /^https:\/\/([^/?#]+)\/?$/.exec(text);
  const authority = parts === null ? null : readAuthority(parts[1]!, 443);
  return authority !== null && !("refused" in authority) && authority.host === host && authority.port === port;
}
