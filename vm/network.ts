// IP addresses and networks as written and as bytes. IPv4 in four decimal parts without leading zeros; IPv6 as RFC 4291
// section 2.2 reads it and RFC 5952 writes it. An IPv4-mapped IPv6 address (::ffff:a.b.c.d) is the IPv4 address it maps.

/** 4 or 16 bytes, or undefined when the text is no address. */
export function parseIp(text: string): Uint8Array | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const bytes = parseIpv6(text);
  return bytes === undefined || !isMapped(bytes) ? bytes : bytes.slice(12);
}

function parseIpv4(text: string): Uint8Array | undefined {
  const { length } = text;
  if (length < 7 || length > 15) return undefined;
  const out = new Uint8Array(4);
  let part = 0;
  let value = -1;
  for (let at = 0; at <= length; at++) {
    const unit = at === length ? DOT : text.charCodeAt(at);
    if (unit === DOT) {
      if (value < 0 || part === 4) return undefined;
      out[part++] = value;
      value = -1;
      continue;
    }
    const digit = unit - ZERO;
    // No leading zeros.
    if (digit < 0 || digit > 9 || value === 0) return undefined;
    value = value < 0 ? digit : 10 * value + digit;
    if (value > 255) return undefined;
  }
  return part === 4 ? out : undefined;
}
const [DOT, ZERO] = [46, 48];

function parseIpv6(text: string): Uint8Array | undefined {
  if (text.length > 45) return undefined;
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const left = groupsOf(halves[0]!, halves.length === 1);
  const right = halves.length === 2 ? groupsOf(halves[1]!, true) : [];
  if (left === undefined || right === undefined) return undefined;
  const missing = 8 - left.length - right.length;
  // "::" stands for at least one group.
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const out = new Uint8Array(16);
  for (const [at, group] of [...left, ...new Array<number>(missing).fill(0), ...right].entries()) {
    out[2 * at] = group >> 8;
    out[2 * at + 1] = group & 255;
  }
  return out;
}

/** Groups of 16 bits; `last`: the text may end in an IPv4 address. */
function groupsOf(text: string, last: boolean): number[] | undefined {
  if (text === "") return [];
  const out: number[] = [];
  const parts = text.split(":");
  for (const [at, part] of parts.entries()) {
    if (last && at === parts.length - 1 && part.includes(".")) {
      const tail = parseIpv4(part);
      if (tail === undefined) return undefined;
      out.push((tail[0]! << 8) | tail[1]!, (tail[2]! << 8) | tail[3]!);
    } else if (/^[0-9a-fA-F]{1,4}$/.test(part)) out.push(Number.parseInt(part, 16));
    else return undefined;
  }
  return out;
}

const isMapped = (bytes: Uint8Array): boolean =>
  bytes[10] === 0xff && bytes[11] === 0xff && bytes.subarray(0, 10).every((byte) => byte === 0);

/** Canonical text of 4 or 16 bytes: RFC 5952 for IPv6 (lower case, the longest run of two or more zero groups shortened). */
export function formatIp(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join(".");
  const groups: number[] = [];
  for (let at = 0; at < 16; at += 2) groups.push((bytes[at]! << 8) | bytes[at + 1]!);
  let best = -1;
  let bestLength = 1;
  for (let at = 0; at < 8; at++) {
    let length = 0;
    while (at + length < 8 && groups[at + length] === 0) length++;
    if (length > bestLength) {
      best = at;
      bestLength = length;
    }
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(":");
  return best < 0 ? hex(groups) : `${hex(groups.slice(0, best))}::${hex(groups.slice(best + bestLength))}`;
}

/** A network: an address without host bits, and the length of its prefix. */
export interface Network {
  readonly ip: Uint8Array;
  readonly prefix: number;
}

/** An address with a prefix length. `hostBits`: the address has bits after the prefix, which a network may not. */
export function parseNetwork(text: string): (Network & { readonly hostBits: boolean }) | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return undefined;
  const ip = parseIp(text.slice(0, slash));
  const length = text.slice(slash + 1);
  if (ip === undefined || !/^(0|[1-9]\d{0,2})$/.test(length)) return undefined;
  // A mapped address was cut to 4 bytes, and its prefix with it.
  const prefix = Number(length) - (ip.length === 4 && text.slice(0, slash).includes(":") ? 96 : 0);
  if (prefix < 0 || prefix > ip.length * 8) return undefined;
  const network = maskedTo(ip, prefix);
  return { ip: network, prefix, hostBits: network.some((byte, at) => byte !== ip[at]) };
}

/** The address with all bits after the prefix cleared. */
export function maskedTo(ip: Uint8Array, prefix: number): Uint8Array {
  return ip.map((byte, at) => {
    const kept = Math.min(8, Math.max(0, prefix - 8 * at));
    return byte & (0xff << (8 - kept));
  });
}

export const formatNetwork = (network: Network): string => `${formatIp(network.ip)}/${network.prefix}`;

const PLAIN_HOST = /^(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;
const LABEL = /^[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?$/;

/** A host name in lower case without a trailing dot, or an address in canonical text; undefined when it is neither.
 *  Names outside ASCII must come in their `xn--` form. Source: RFC 1123 section 2.1, with `_` as DNS has it. */
export function normalHost(text: string): string | undefined {
  // Most are so already. A last label that begins with a letter is no address and no number.
  if (text.length <= 253 && PLAIN_HOST.test(text)) return text;
  if (text.startsWith("[") && text.endsWith("]")) {
    const ip = parseIp(text.slice(1, -1));
    return ip === undefined ? undefined : formatIp(ip);
  }
  const ip = parseIp(text);
  if (ip !== undefined) return formatIp(ip);
  const name = text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()).replace(/\.$/, "");
  if (name.length === 0 || name.length > 253) return undefined;
  const labels = name.split(".");
  // A name whose last label is a number would be taken for an IPv4 address by some readers.
  if (/^(\d+|0x[0-9a-f]*)$/.test(labels.at(-1)!)) return undefined;
  return labels.every((label) => LABEL.test(label)) ? name : undefined;
}
