// The first bytes of a TLS connection, read as far as a tunnel must know: the server name, the protocols, and whether the real
// name is hidden (ECH). Everything is length-checked; nothing is decrypted. Source: RFC 8446 sections 4.1.2 and 5.1, RFC 6066
// section 3, RFC 7301 section 3.1, RFC 9849 (extension 0xfe0d).
import { fromUtf8 } from "../core/index.ts";
import { CLIENT_HELLO_BYTES_MAX } from "./limits.ts";

export interface ClientHello {
  /** In small letters; null when the client names no server. */
  readonly serverName: string | null;
  readonly protocols: readonly string[];
  /** An encrypted ClientHello is inside: the name outside is not the name meant. */
  readonly encrypted: boolean;
}

export type HelloRead =
  | { readonly hello: ClientHello }
  /** The bytes so far are the beginning of one. */
  | { readonly more: true }
  | { readonly bad: "not-tls" | "too-large" | "malformed" };

const HANDSHAKE = 22;
const CLIENT_HELLO = 1;
const SERVER_NAME = 0;
const PROTOCOLS = 16;
const ENCRYPTED = 0xfe0d;

class Malformed extends Error {}

/** Bytes with a place; reading past the end is malformed. */
class Bytes {
  readonly bytes: Uint8Array;
  at = 0;
  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }
  get left(): number {
    return this.bytes.length - this.at;
  }
  take(count: number): Uint8Array {
    if (count > this.left) throw new Malformed();
    this.at += count;
    return this.bytes.subarray(this.at - count, this.at);
  }
  number(width: 1 | 2 | 3): number {
    return this.take(width).reduce((sum, byte) => sum * 256 + byte, 0);
  }
  /** A vector: its length in `width` bytes, then the bytes. */
  vector(width: 1 | 2 | 3): Bytes {
    return new Bytes(this.take(this.number(width)));
  }
}

/** Reads what came so far. Never throws. */
export function readClientHello(bytes: Uint8Array): HelloRead {
  const message: Uint8Array[] = [];
  let have = 0;
  let need = 4;
  let at = 0;
  // The message may be cut over several records.
  while (have < need) {
    if (bytes.length > at && bytes[at] !== HANDSHAKE) return { bad: "not-tls" };
    if (bytes.length > at + 1 && bytes[at + 1] !== 3) return { bad: "not-tls" };
    if (bytes.length < at + 5) return bytes.length >= CLIENT_HELLO_BYTES_MAX ? { bad: "too-large" } : { more: true };
    const length = bytes[at + 3]! * 256 + bytes[at + 4]!;
    if (length === 0 || length > 16_384) return { bad: "malformed" };
    const part = bytes.subarray(at + 5, at + 5 + length);
    message.push(part);
    const before = have;
    have += part.length;
    if (before < 4 && have >= 4) {
      const head = join(message).subarray(0, 4);
      if (head[0] !== CLIENT_HELLO) return { bad: "not-tls" };
      need = 4 + head[1]! * 65_536 + head[2]! * 256 + head[3]!;
      if (need > CLIENT_HELLO_BYTES_MAX) return { bad: "too-large" };
    }
    if (part.length < length && have < need)
      return bytes.length >= CLIENT_HELLO_BYTES_MAX ? { bad: "too-large" } : { more: true };
    at += 5 + length;
  }
  try {
    return { hello: readBody(new Bytes(join(message).subarray(4, need))) };
  } catch (error) {
    if (error instanceof Malformed) return { bad: "malformed" };
    throw error;
  }
}

function join(parts: readonly Uint8Array[]): Uint8Array {
  if (parts.length === 1) return parts[0]!;
  const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    out.set(part, at);
    at += part.length;
  }
  return out;
}

function readBody(body: Bytes): ClientHello {
  body.take(2 + 32); // version, random
  body.vector(1); // session
  body.vector(2); // cipher suites
  body.vector(1); // compression
  const hello = { serverName: null as string | null, protocols: [] as string[], encrypted: false };
  if (body.left === 0) return hello;
  const extensions = body.vector(2);
  if (body.left > 0) throw new Malformed();
  const seen = new Set<number>();
  while (extensions.left > 0) {
    const kind = extensions.number(2);
    const data = extensions.vector(2);
    if (seen.has(kind)) throw new Malformed();
    seen.add(kind);
    if (kind === SERVER_NAME) hello.serverName = serverName(data);
    else if (kind === PROTOCOLS) hello.protocols = protocols(data);
    else if (kind === ENCRYPTED) hello.encrypted = true;
  }
  return hello;
}

function serverName(data: Bytes): string {
  const names = data.vector(2);
  if (data.left > 0 || names.number(1) !== 0) throw new Malformed();
  const name = ascii(names.vector(2).bytes);
  if (names.left > 0 || name === "") throw new Malformed();
  return name.toLowerCase();
}

function protocols(data: Bytes): string[] {
  const list = data.vector(2);
  if (data.left > 0) throw new Malformed();
  const out: string[] = [];
  while (list.left > 0) out.push(ascii(list.vector(1).bytes));
  return out;
}

function ascii(bytes: Uint8Array): string {
  if (bytes.some((byte) => byte < 0x21 || byte > 0x7e)) throw new Malformed();
  return fromUtf8(bytes) as string;
}
