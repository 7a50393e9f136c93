// C2SP signed notes: a text, an empty line, and signature lines. The signer and the verifier of Ed25519 are passed in or are
// the pure ones, so the same code runs in a browser. Source: c2sp.org/signed-note.
import { ed25519 } from "@noble/curves/ed25519.js";
import { base64, compareBytes, concat, fromBase64, fromHex, hex, sha256, utf8 } from "../core/index.ts";
import { NOTE_BYTES_MAX, NOTE_SIGNATURES_MAX } from "./limits.ts";

const ED25519 = 0x01;

/** A verifier key: `<name>+<key id>+<base64 of type and key>`. */
export interface VerifierKey {
  readonly name: string;
  /** 4 bytes. */
  readonly id: Uint8Array;
  /** 32 bytes, Ed25519. */
  readonly publicKey: Uint8Array;
}

/** Signs the text of a note: 64 bytes, Ed25519. */
export interface NoteSigner {
  readonly key: VerifierKey;
  readonly sign: (text: Uint8Array) => Uint8Array;
}

export interface NoteSignature {
  readonly name: string;
  readonly id: Uint8Array;
  readonly signature: Uint8Array;
}

export interface Note {
  /** With its last newline: the bytes that are signed. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

/** Verifies Ed25519: RFC 8032 without the cofactor liberties of ZIP-215, as `node:crypto` does. */
export type VerifyEd25519 = (signature: Uint8Array, message: Uint8Array, publicKey: Uint8Array) => boolean;
export const pureVerifyEd25519: VerifyEd25519 = (signature, message, publicKey) => {
  try {
    return ed25519.verify(signature, message, publicKey, { zip215: false });
  } catch {
    return false;
  }
};

/** Of a key: no spaces, no plus. */
export const NOTE_NAME = /^[^\s+\p{Cc}]+$/u;

export function verifierKey(name: string, publicKey: Uint8Array): VerifierKey {
  return { name, id: sha256(concat(utf8(`${name}\n`), Uint8Array.of(ED25519), publicKey)).slice(0, 4), publicKey };
}

export const printVerifierKey = (key: VerifierKey): string =>
  `${key.name}+${hex(key.id)}+${base64(concat(Uint8Array.of(ED25519), key.publicKey))}`;

/** Reads a verifier key, or undefined when it is not one of ours (Ed25519, with the key id that follows from it). */
export function parseVerifierKey(text: string): VerifierKey | undefined {
  const match = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text);
  if (match === null) return undefined;
  const [, name, id, encoded] = match as unknown as [string, string, string, string];
  const material = fromBase64(encoded);
  if (!NOTE_NAME.test(name) || material === undefined || material.length !== 33 || material[0] !== ED25519)
    return undefined;
  const key = verifierKey(name, material.slice(1));
  return compareBytes(key.id, fromHex(id) as Uint8Array) === 0 ? key : undefined;
}

/** The note as text: what is stored, served and sent. `text` ends with a newline. */
export function signNote(text: string, signers: readonly NoteSigner[]): string {
  const bytes = utf8(text);
  const lines = signers.map(({ key, sign }) => `\u2014 ${key.name} ${base64(concat(key.id, sign(bytes)))}\n`);
  return `${text}\n${lines.join("")}`;
}

/** Reads a note, or says in words why it is none. Nothing is verified yet. */
export function parseNote(note: string): Note | { readonly reason: string } {
  if (note.length > NOTE_BYTES_MAX) return { reason: `a note has at most ${NOTE_BYTES_MAX} characters` };
  if (/[\u0000-\u0009\u000b-\u001f\ufffd]/.test(note)) return { reason: "a note holds no control characters" };
  const split = note.lastIndexOf("\n\n");
  if (split < 0) return { reason: "no empty line stands before the signatures" };
  const text = note.slice(0, split + 1);
  const rest = note.slice(split + 2);
  if (rest === "" || !rest.endsWith("\n")) return { reason: "the signature lines are missing or cut" };
  const lines = rest.slice(0, -1).split("\n");
  if (lines.length > NOTE_SIGNATURES_MAX) return { reason: `a note has at most ${NOTE_SIGNATURES_MAX} signatures` };
  const signatures: NoteSignature[] = [];
  for (const line of lines) {
    const match = /^\u2014 (\S+) (\S+)$/.exec(line);
    const bytes = match === null ? undefined : fromBase64(match[2] as string);
    if (match === null || bytes === undefined || bytes.length < 5 || !NOTE_NAME.test(match[1] as string)) {
      return { reason: `\`${line.slice(0, 60)}\` is not a signature line` };
    }
    signatures.push({ name: match[1] as string, id: bytes.slice(0, 4), signature: bytes.slice(4) });
  }
  return { text, signatures };
}

export type NoteVerdict =
  | { readonly ok: true; readonly by: readonly VerifierKey[] }
  /** `unknown-key`: no signature by a key we know; `bad-signature`: a known key's signature does not fit. */
  | { readonly ok: false; readonly code: "unknown-key" | "bad-signature"; readonly name: string };

/** Checks the signatures by known keys; unknown ones are passed over. One that does not fit rejects the whole note. */
export function verifyNote(
  note: Note,
  known: readonly VerifierKey[],
  verify: VerifyEd25519 = pureVerifyEd25519,
): NoteVerdict {
  const message = utf8(note.text);
  const by: VerifierKey[] = [];
  for (const each of note.signatures) {
    const key = known.find((candidate) => candidate.name === each.name && compareBytes(candidate.id, each.id) === 0);
    if (key === undefined) continue;
    if (each.signature.length !== 64 || !verify(each.signature, message, key.publicKey))
      return { ok: false, code: "bad-signature", name: key.name };
    if (!by.includes(key)) by.push(key);
  }
  return by.length > 0 ? { ok: true, by } : { ok: false, code: "unknown-key", name: note.signatures[0]?.name ?? "" };
}
