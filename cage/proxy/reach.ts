// Which addresses may be dialled. An allowed request reaches global addresses only; others must be named by a rule with the obligation
// `reach`, and those that hand out a machine's own secrets with `dangerous: metadata`, too. One address of a name that may not be
// dialled denies the name: a resolver decides the order, not the policy.
import { formatIp, parseIp } from "../../vm/index.ts";
import type { Address } from "../dial.ts";
import type { Decision, PlainValue } from "../point.ts";

export interface OutOfReach {
  readonly reason: "address-not-global" | "metadata-address";
  /** Not for the caller. */
  readonly detail: string;
}

/** Names by which cloud hosts call their metadata service. */
const METADATA_NAMES = new Set([
  "metadata",
  "metadata.google.internal",
  "metadata.goog",
  "instance-data",
  "instance-data.ec2.internal",
  "metadata.azure.internal",
  "metadata.platformequinix.com",
  "metadata.tencentyun.com",
]);

/** Beside all of 169.254.0.0/16 and what the table of addresses classes as metadata: each vendor's documentation. */
const METADATA_ADDRESSES = new Set([
  "100.100.100.200", // Alibaba Cloud
  "192.0.0.192", // Oracle Cloud, old
  "fd00:ec2::254", // AWS, instance metadata
  "fd00:ec2::23", // AWS, credentials of containers
  "fd20:ce::254", // Google Cloud
  "fe80::a9fe:a9fe", // OpenStack
]);

export function outOfReach(
  { obligations }: Pick<Decision, "obligations">,
  { host }: { readonly host: string },
  addresses: readonly Address[],
): OutOfReach | null {
  if (METADATA_NAMES.has(host)) {
    if (!reaches(obligations, "metadata"))
      return { reason: "metadata-address", detail: `${host} is a metadata service` };
  }
  for (const address of addresses) {
    if (isMetadata(address)) {
      if (!reaches(obligations, "metadata"))
        return { reason: "metadata-address", detail: `${address.ip} is of a metadata service` };
    } else if (address.class !== "global" && !reaches(obligations, address.class))
      return { reason: "address-not-global", detail: `${address.ip} is ${address.class}` };
  }
  return null;
}

/** All decisions of an exchange reach together: what the rule at the head names is not asked again at the body. */
export const together = (decisions: readonly Decision[]): Pick<Decision, "obligations"> =>
  decisions.length === 1 ? decisions[0]! : { obligations: decisions.flatMap(({ obligations }) => obligations) };

/** Of a place that rule or operator has named: its class is theirs to choose, but none of its addresses may be that of a metadata service. */
export function metadataAmong({ host }: { readonly host: string }, addresses: readonly Address[]): OutOfReach | null {
  if (METADATA_NAMES.has(host)) return { reason: "metadata-address", detail: `${host} is a metadata service` };
  const found = addresses.find(isMetadata);
  return found === undefined ? null : { reason: "metadata-address", detail: `${found.ip} is of a metadata service` };
}

/** `what`: a class, or `metadata` for `dangerous: metadata`. */
function reaches(obligations: Decision["obligations"], what: string): boolean {
  for (const { name, args } of obligations) {
    if (name !== "reach") continue;
    const { classes, dangerous } = args as { readonly classes?: readonly PlainValue[]; readonly dangerous?: string };
    if (what === "metadata" ? dangerous === "metadata" : classes?.includes(what)) return true;
  }
  return false;
}

/** Of addresses that were looked at: those of a name are the same objects for as long as they are held. */
const looked = new WeakMap<Address, boolean>();

export function isMetadata(address: Address): boolean {
  if (address.class === "global") return false;
  let is = looked.get(address);
  if (is === undefined) {
    is = handsOutSecrets(address);
    looked.set(address, is);
  }
  return is;
}

function handsOutSecrets(address: Address): boolean {
  if (address.class === "metadata" || METADATA_ADDRESSES.has(address.ip)) return true;
  const ip = parseIp(address.ip);
  if (ip === undefined) return true;
  if (ip.length === 4) return ip[0] === 169 && ip[1] === 254;
  return insideOf(ip).some((inner) => handsOutSecrets({ ip: formatIp(inner), class: "" }));
}

/** IPv4 addresses that an IPv6 address carries: NAT64, 6to4, and the forms with zeros in front. */
function insideOf(ip: Uint8Array): Uint8Array[] {
  const tail = ip.subarray(12);
  const leading = (...bytes: number[]): boolean => bytes.every((byte, at) => ip[at] === byte);
  if (leading(0x00, 0x64, 0xff, 0x9b)) return [tail];
  if (leading(0x20, 0x02)) return [ip.subarray(2, 6)];
  if (ip.subarray(0, 10).every((byte) => byte === 0)) return [tail];
  return [];
}
