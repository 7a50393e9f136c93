// Addresses, networks, host names and paths. An IPv4-mapped IPv6 address is its IPv4 address, here as everywhere.
import { parseIp } from "../vm/network.ts";
import type { Value } from "../vm/value.ts";
import { isBytes, isList, isText, KIND } from "./args.ts";
import type { Builtin } from "./builtin.ts";
import { type AddressClass, SPECIAL_ADDRESSES } from "./data/addresses.ts";

/** Whether the first `prefix` bits are the same. Addresses of different families never match. */
function inside(network: Uint8Array, prefix: number, ip: Uint8Array): boolean {
  if (network.length !== ip.length) return false;
  const whole = prefix >> 3;
  for (let i = 0; i < whole; i++) if (network[i] !== ip[i]) return false;
  const rest = prefix & 7;
  return rest === 0 || (network[whole]! ^ ip[whole]!) >> (8 - rest) === 0;
}

const isIp = (value: Value): value is Uint8Array => isBytes(value) && (value.length === 4 || value.length === 16);

/** The address itself, or the IPv4 address an IPv6 one maps (::ffff:0:0/96). */
function unmapped(ip: Uint8Array): Uint8Array {
  if (ip.length === 4) return ip;
  for (let i = 0; i < 12; i++) if (ip[i] !== (i < 10 ? 0 : 0xff)) return ip;
  return ip.slice(12);
}

/** Address and prefix length of a cidr value. */
function networkOf(value: Value): readonly [Uint8Array, number] | undefined {
  if (!isList(value) || value.length !== 2) return undefined;
  const [ip, prefix] = value;
  return isIp(ip) && typeof prefix === "number" && prefix >= 0 && prefix <= ip.length * 8 ? [ip, prefix] : undefined;
}

/** Longest prefix first, so that the first match is the nearest. */
const special = SPECIAL_ADDRESSES.map(([text, prefix, addressClass]) => ({
  ip: parseIp(text)!,
  prefix,
  addressClass,
})).sort((a, b) => b.prefix - a.prefix);

export function addressClass(ip: Uint8Array): AddressClass {
  const address = unmapped(ip);
  for (const row of special) if (inside(row.ip, row.prefix, address)) return row.addressClass;
  return address.length === 4 || address[0]! >> 5 === 1 ? "global" : "reserved";
}

/** Letters A to Z are the only ones host names compare without case. */
const lowerHost = (host: string): string => host.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/\.$/, "");

function underHost(host: Value, above: Value): Value {
  if (!isText(host) || !isText(above)) return KIND;
  const [name, base] = [lowerHost(host), lowerHost(above)];
  // An address has no labels: nothing lies under 1.2.3.4, and 9.1.2.3.4 is not under it.
  return name === base || (base !== "" && name.endsWith(`.${base}`) && parseIp(base) === undefined);
}

function underPath(path: Value, above: Value): Value {
  if (!isText(path) || !isText(above)) return KIND;
  const base = above.replace(/\/+$/, "");
  return path === base || path === above || path.startsWith(`${base}/`);
}

export const NETWORK: readonly Builtin[] = [
  {
    id: 130,
    name: "contains",
    signature: "(cidr, ip) -> bool",
    fuel: 4,
    doc: "Whether the address lies in the network. An IPv4 network never contains an IPv6 address, nor the other way round.",
    examples: [
      ['contains(cidr("10.0.0.0/8"), ip("10.1.2.3"))', "true"],
      ['contains(cidr("::/0"), ip("10.1.2.3"))', "false"],
    ],
    run: ([cidr, ip]) => {
      const network = networkOf(cidr);
      return network === undefined || !isIp(ip) ? KIND : inside(network[0], network[1], unmapped(ip));
    },
  },
  {
    id: 131,
    name: "contains",
    signature: "(cidr, cidr) -> bool",
    fuel: 4,
    doc: "Whether the second network lies wholly in the first.",
    examples: [['contains(cidr("10.0.0.0/8"), cidr("10.1.0.0/16"))', "true"]],
    run: ([outer, inner]) => {
      const [a, b] = [networkOf(outer), networkOf(inner)];
      return a === undefined || b === undefined ? KIND : a[1] <= b[1] && inside(a[0], a[1], b[0]);
    },
  },
  {
    id: 132,
    name: "class",
    signature: "(ip) -> address class",
    fuel: 40,
    doc: "What an address is for: `global` on the public internet, else the range it lies in (`private`, `loopback`, `link-local`, `shared`, `metadata`, …). Source: the IANA special-purpose address registries, pinned in stdlib/data/addresses.ts.",
    examples: [
      ['class(ip("8.8.8.8"))', "global"],
      ['class(ip("169.254.169.254"))', "link-local"],
      ['class(ip("::ffff:10.0.0.1"))', "private"],
    ],
    run: ([ip]) => (isIp(ip) ? addressClass(ip) : KIND),
  },
  {
    id: 133,
    name: "under",
    signature: "(host, text) -> bool",
    fuel: 4,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Whether the host is the named one or a name below it, label by label, without regard to case.",
    examples: [
      ['under(host("api.example.org"), "example.org")', "true"],
      ['under(host("badexample.org"), "example.org")', "false"],
    ],
    run: ([host, above]) => underHost(host, above),
  },
  {
    id: 134,
    name: "under",
    signature: "(path, text) -> bool",
    fuel: 4,
    perUnit: { fuel: 1, argument: 0 },
    doc: "Whether the path is the named one or lies below it, by whole segments. Segments are compared as they are written.",
    examples: [
      ['under(path("/staff/a"), "/staff")', "true"],
      ['under(path("/staffroom"), "/staff")', "false"],
    ],
    run: ([path, above]) => underPath(path, above),
  },
];
