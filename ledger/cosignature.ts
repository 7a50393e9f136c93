// Cosignatures of witnesses under a checkpoint: at a time that it names, a witness has seen this head, and that it grew from the one before. They
// are lines of the same note, by keys of another kind. Pure, as the offline verifier is. Source: c2sp.org/tlog-cosignature, cosignature/v1.
import { base64, compareBytes, concat, fromBase64, fromHex, hex, sha256, utf8 } from "../core/index.ts";
import { NOTE_NAME, type Note, pureVerifyEd25519, type VerifierKey, type VerifyEd25519 } from "./note.ts";

const COSIGNATURE = 0x04;
const TIME_BYTES = 8;
const SIGNATURE_BYTES = 64;

/** The key of a witness. Its id is of the kind, so that no signature of a log is taken for one of a witness. */
export const cosignerKey = (name: string, publicKey: Uint8Array): VerifierKey => ({
  name,
  id: sha256(concat(utf8(`${name}\n`), Uint8Array.of(COSIGNATURE), publicKey)).slice(0, 4),
  publicKey,
});

export const printCosignerKey = (key: VerifierKey): string =>
  `${key.name}+${hex(key.id)}+${base64(concat(Uint8Array.of(COSIGNATURE), key.publicKey))}`;

/** Reads the key of a witness, or undefined when it is none of Ed25519 with the id that follows from it. */
export function parseCosignerKey(text: string): VerifierKey | undefined {
  const [, name, id, encoded] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/.exec(text) ?? [];
  const material = encoded === undefined ? undefined : fromBase64(encoded);
  if (name === undefined || !NOTE_NAME.test(name) || material?.length !== 33 || material[0] !== COSIGNATURE)
    return undefined;
  const key = cosignerKey(name, material.slice(1));
  return compareBytes(key.id, fromHex(id!) as Uint8Array) === 0 ? key : undefined;
}

/** What a witness signs. `time`: seconds since 1970. `text`: of the note, with its last newline. */
export const cosignedMessage = (text: string, time: number | bigint): Uint8Array =>
  utf8(`cosignature/v1\ntime ${time}\n${text}`);

/** The line that goes under the note. */
export function cosign(
  text: string,
  time: number,
  { key, sign }: { readonly key: VerifierKey; readonly sign: (message: Uint8Array) => Uint8Array },
): string {
  const stamp = new Uint8Array(TIME_BYTES);
  new DataView(stamp.buffer).setBigUint64(0, BigInt(time));
  return `\u2014 ${key.name} ${base64(concat(key.id, stamp, sign(cosignedMessage(text, time))))}\n`;
}

export interface Cosigned {
  readonly key: VerifierKey;
  /** Seconds since 1970, by the clock of the witness. */
  readonly time: number;
}

export type CosignedVerdict =
  /** Each key once, in the order of the lines; by nobody is a verdict, too. */
  | { readonly ok: true; readonly by: readonly Cosigned[] }
  /** A line of a known key that does not fit: then the note is none. */
  | { readonly ok: false; readonly name: string };

/** Checks the lines of known witnesses; all others are passed over. */
export function verifyCosignatures(
  note: Note,
  known: readonly VerifierKey[],
  verify: VerifyEd25519 = pureVerifyEd25519,
): CosignedVerdict {
  const by: Cosigned[] = [];
  for (const { name, id, signature } of note.signatures) {
    const key = known.find((each) => each.name === name && compareBytes(each.id, id) === 0);
    if (key === undefined) continue;
    if (signature.length !== TIME_BYTES + SIGNATURE_BYTES) return { ok: false, name };
    const time = new DataView(signature.buffer, signature.byteOffset).getBigUint64(0);
    const fits = verify(signature.slice(TIME_BYTES), cosignedMessage(note.text, time), key.publicKey);
    // Without a time it says nothing of the largest tree; beyond 2^53 it is none that a clock shows.
    if (!fits || time === 0n || time > BigInt(Number.MAX_SAFE_INTEGER)) return { ok: false, name };
    if (!by.some((each) => each.key === key)) by.push({ key, time: Number(time) });
  }
  return { ok: true, by };
}

/** The note with lines added that it does not have. */
export function withLines(note: string, lines: readonly string[]): string {
  let out = note;
  for (const line of lines) if (!out.includes(`\n${line}`)) out += line;
  return out;
}
