// A policy to be carried: module, data documents, name and version, signed. docs/design/0014 draws it.
//
//   writ-bundle 1 <bytes of note> <bytes of body>⏎   note   body
//
// Every bundle has one form, so equal bundles are equal bytes. Reading names the first thing that is wrong, in this order: form,
// length, content, signature, meaning. Whether a version may still be used is `acceptBundle`.
import { type Canonical, CanonicalError, contentId, decode, encode, fromUtf8, hex, utf8 } from "../core/index.ts";
import { keyOfDid } from "../court-node/protocol/did.ts";
import { type NoteSigner, parseNote, signNote, type VerifierKey, verifierKey, verifyNote } from "../ledger/note.ts";
import { readJson, type Value, writeJson } from "../vm/index.ts";
import {
  badData,
  bundleAltered,
  bundleBadSignature,
  bundleForked,
  bundleFormat,
  bundleMalformed,
  bundleOtherPolicy,
  bundleRolledBack,
  bundleTooLarge,
  bundleTooLong,
  bundleTruncated,
  bundleUntrusted,
  notABundle,
} from "./codes.ts";
import { fail } from "./errors.ts";
import { BUNDLE_BYTES_MAX, BUNDLE_DOCUMENTS_MAX, BUNDLE_HEAD_BYTES_MAX, BUNDLE_NAME_MAX } from "./limits.ts";
import { openParts, type PolicyModule, readModule } from "./open.ts";

const FORMAT = 1;
const HEAD = /^writ-bundle ([1-9][0-9]{0,8}) ([1-9][0-9]{0,8}) ([1-9][0-9]{0,8})$/;
const NOTE = /^writ policy bundle 1\n([^\n]+)\n([1-9][0-9]{0,15})\n([0-9a-f]{64})\n$/;

/** What a bundle is named by: the newest one that was accepted is remembered so. */
export interface BundleName {
  /** Of the policy. */
  readonly name: string;
  /** At least 1; a later bundle of the policy has a higher one. */
  readonly version: number;
  /** Content id of the body, in hex. */
  readonly id: string;
}

export interface Bundle extends BundleName {
  /** Module file. */
  readonly module: Uint8Array;
  readonly documents: ReadonlyMap<string, Value>;
  /** dids of the trusted keys that signed it. */
  readonly signedBy: readonly string[];
}

export interface BundleSource {
  readonly module: PolicyModule;
  readonly documents?: ReadonlyMap<string, Value>;
  readonly version: number;
}

/** The bytes of a bundle. Throws PolicyError when the policy does not open with these documents. `signers`: their key names are dids. */
export function buildBundle(
  { module, documents = new Map(), version }: BundleSource,
  signers: readonly NoteSigner[],
): Uint8Array {
  const read = readModule(module);
  const { name } = openParts({ ...read, documents });
  if (!Number.isSafeInteger(version) || version < 1)
    return fail(bundleMalformed({ reason: `${version} is no version; the first is 1` }));
  if (name.length > BUNDLE_NAME_MAX) return fail(bundleMalformed({ reason: "its name is too long" }));
  if (documents.size > BUNDLE_DOCUMENTS_MAX) return fail(bundleMalformed({ reason: "it has too many documents" }));
  if (signers.length === 0) return fail(bundleMalformed({ reason: "nobody signs it" }));
  const data: Record<string, Uint8Array> = {};
  for (const [key, value] of documents) {
    const text = writeJson(value);
    data[key] = text === undefined ? fail(badData({ name: key, reason: "is too large" })) : utf8(text);
  }
  const body = encode({ data, module: read.bytes, name, version });
  const note = utf8(signNote(noteText({ name, version, id: hex(contentId("bundle", body)) }), signers));
  const head = utf8(`writ-bundle ${FORMAT} ${note.length} ${body.length}\n`);
  const size = head.length + note.length + body.length;
  if (size > BUNDLE_BYTES_MAX) return fail(bundleTooLarge({ most: BUNDLE_BYTES_MAX }));
  const out = new Uint8Array(size);
  out.set(head);
  out.set(note, head.length);
  out.set(body, head.length + note.length);
  return out;
}

const noteText = ({ name, version, id }: BundleName): string => `writ policy bundle 1\n${name}\n${version}\n${id}\n`;

/** Reads a bundle that one of the trusted dids signed. Throws PolicyError, whose code names what is wrong. The module is not opened yet. */
export function readBundle(bytes: Uint8Array, trust: readonly string[]): Bundle {
  const { note, body } = split(bytes);
  const read = parseNote(note);
  if ("reason" in read) return fail(bundleMalformed({ reason: read.reason }));
  const named = NOTE.exec(read.text);
  if (named === null) return fail(bundleAltered());
  const [, name, versionText, id] = named as unknown as [string, string, string, string];
  if (hex(contentId("bundle", body)) !== id) return fail(bundleAltered());
  const verdict = verifyNote(read, trust.map(keyOf));
  if (!verdict.ok) {
    const { code, name: signer } = verdict;
    return fail(code === "unknown-key" ? bundleUntrusted({ signer }) : bundleBadSignature({ signer }));
  }
  const version = Number(versionText);
  const meant = contentOf(body);
  // Signed by a trusted key, and yet its note is about something else.
  if (meant.name !== name || meant.version !== version) return fail(bundleAltered());
  return { ...meant, id, signedBy: verdict.by.map((key) => key.name) };
}

function keyOf(did: string): VerifierKey {
  const key = keyOfDid(did);
  return key === undefined ? fail(bundleMalformed({ reason: `\`${did}\` is no did:key` })) : verifierKey(did, key);
}

function split(bytes: Uint8Array): { readonly note: string; readonly body: Uint8Array } {
  if (bytes.length > BUNDLE_BYTES_MAX) return fail(bundleTooLarge({ most: BUNDLE_BYTES_MAX }));
  const first = bytes.subarray(0, BUNDLE_HEAD_BYTES_MAX).indexOf(0x0a);
  const line = fromUtf8(bytes.subarray(0, first < 0 ? BUNDLE_HEAD_BYTES_MAX : first)) ?? "";
  if (first < 0) {
    // A file cut inside its first line is cut, whatever else it is.
    if (bytes.length > 0 && "writ-bundle 1 ".startsWith(line.slice(0, 14)) && bytes.length < BUNDLE_HEAD_BYTES_MAX)
      return fail(bundleTruncated({ actual: bytes.length, expected: "an unknown number of" }));
    return fail(notABundle());
  }
  const parts = HEAD.exec(line);
  if (parts === null) return fail(notABundle());
  const [format, noteBytes, bodyBytes] = parts.slice(1).map(Number) as [number, number, number];
  if (format !== FORMAT) return fail(bundleFormat({ format }));
  const expected = first + 1 + noteBytes + bodyBytes;
  if (bytes.length < expected) return fail(bundleTruncated({ actual: bytes.length, expected }));
  if (bytes.length > expected) return fail(bundleTooLong({ extra: bytes.length - expected }));
  const note = fromUtf8(bytes.subarray(first + 1, first + 1 + noteBytes));
  if (note === undefined) return fail(bundleMalformed({ reason: "its note is not UTF-8" }));
  return { note, body: bytes.subarray(first + 1 + noteBytes) };
}

function contentOf(body: Uint8Array): Pick<Bundle, "name" | "version" | "module" | "documents"> {
  const malformed = (reason: string): never => fail(bundleMalformed({ reason }));
  let value: Canonical;
  try {
    value = decode(body);
  } catch (error) {
    if (error instanceof CanonicalError) return malformed(error.message);
    throw error;
  }
  if (!(value instanceof Map) || [...value.keys()].sort().join() !== "data,module,name,version")
    return malformed("its body has other fields than data, module, name and version");
  const [data, module, name, version] = ["data", "module", "name", "version"].map((key) => value.get(key) as Canonical);
  if (!(module instanceof Uint8Array)) return malformed("its module is no bytes");
  if (typeof name !== "string" || name.length > BUNDLE_NAME_MAX) return malformed("its name is no name");
  if (typeof version !== "number" || version < 1) return malformed("its version is no version");
  if (!(data instanceof Map) || data.size > BUNDLE_DOCUMENTS_MAX) return malformed("its data is no map of documents");
  const documents = new Map<string, Value>();
  for (const [key, document] of data as ReadonlyMap<string, Canonical>) {
    const text = document instanceof Uint8Array ? fromUtf8(document) : undefined;
    const read = text === undefined ? undefined : readJson(text);
    // One form: text that is not how we would write it names the same bundle twice.
    if (read === undefined || "problem" in read || writeJson(read.value) !== text)
      return malformed(`its document \`${key}\` is no canonical JSON`);
    documents.set(key, read.value);
  }
  return { name, version, module, documents };
}

/** Whether a bundle may follow the newest one that was accepted. Throws PolicyError when it may not. */
export function acceptBundle(bundle: BundleName, seen: BundleName | null): void {
  if (seen === null) return;
  const { name, version, id } = bundle;
  if (name !== seen.name) fail(bundleOtherPolicy({ name, seen: seen.name }));
  if (version < seen.version) fail(bundleRolledBack({ version, seen: seen.version }));
  if (version === seen.version && id !== seen.id) fail(bundleForked({ version }));
}
