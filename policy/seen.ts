// The newest bundle that was accepted, kept in a file: what keeps an old one from coming back.
import { closeSync, existsSync, fsyncSync, openSync, readFileSync, renameSync, statSync, writeSync } from "node:fs";
import { acceptBundle, type BundleName } from "./bundle.ts";
import { badSeen } from "./codes.ts";
import { fail } from "./errors.ts";
import { SEEN_BYTES_MAX } from "./limits.ts";

export const seenOf = (bundle: string): string => `${bundle}.seen`;

/** Null when nothing was accepted yet. Throws PolicyError for a file that is no record: an empty one would let anything in. */
export function readSeen(path: string): BundleName | null {
  if (!existsSync(path)) return null;
  const bad = (): never => fail(badSeen({ file: path }));
  if (statSync(path).size > SEEN_BYTES_MAX) return bad();
  let read: unknown;
  try {
    read = JSON.parse(readFileSync(path, "utf8"));
  } catch {
    return bad();
  }
  if (read === null || typeof read !== "object") return bad();
  const { name, version, id } = read as Partial<Record<keyof BundleName, unknown>>;
  if (typeof name !== "string" || typeof id !== "string" || !/^[0-9a-f]{64}$/.test(id)) return bad();
  return Number.isSafeInteger(version) && (version as number) > 0 ? { name, version: version as number, id } : bad();
}

/** Accepts a bundle after the one of the record, and records it. Throws PolicyError when it may not follow. */
export function acceptAndRecord(path: string, { name, version, id }: BundleName): void {
  const seen = readSeen(path);
  acceptBundle({ name, version, id }, seen);
  if (seen?.version === version) return;
  const beside = `${path}.${process.pid}.part`;
  const file = openSync(beside, "w", 0o640);
  try {
    writeSync(file, `${JSON.stringify({ id, name, version })}\n`);
    fsyncSync(file);
  } finally {
    closeSync(file);
  }
  renameSync(beside, path);
}
