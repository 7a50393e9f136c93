// Reading and writing files for commands: bounded, whole or not at all, and failing with a sentence.
import { closeSync, fstatSync, fsyncSync, openSync, readSync, renameSync, rmSync, writeSync } from "node:fs";
import { basename, dirname, join, relative, resolve } from "node:path";
import { UsageError, worldError } from "./exit.ts";
import type { Io } from "./io.ts";
import { FILE_BYTES_MAX, SOURCE_BYTES_MAX } from "./limits.ts";

/** `-` is standard input. */
export async function readInput(io: Io, path: string, bytesMax = FILE_BYTES_MAX): Promise<Uint8Array> {
  if (path !== "-") return readBytes(resolve(io.cwd, path), path, bytesMax);
  const bytes = await io.stdin();
  if (bytes.length > bytesMax) throw tooLarge("standard input", bytes.length, bytesMax);
  return bytes;
}

/** A source and the name shown in its messages. */
export async function readSource(io: Io, path: string): Promise<{ readonly name: string; readonly text: Uint8Array }> {
  return { name: path === "-" ? "<stdin>" : path, text: await readInput(io, path, SOURCE_BYTES_MAX) };
}

function readBytes(path: string, shown: string, bytesMax: number): Uint8Array {
  let file: number | null = null;
  try {
    file = openSync(path, "r");
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw Object.assign(new Error("folder"), { code: "EISDIR" });
    if (stat.size > bytesMax) throw tooLarge(shown, stat.size, bytesMax);
    // Read to the end and not to `size`: pipes and /proc files say 0.
    const parts: Uint8Array[] = [];
    let total = 0;
    for (;;) {
      const part = new Uint8Array(Math.max(65_536, stat.size - total));
      const count = readSync(file, part, 0, part.length, null);
      if (count === 0) break;
      total += count;
      if (total > bytesMax) throw tooLarge(shown, total, bytesMax);
      parts.push(part.subarray(0, count));
    }
    return parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts);
  } catch (error) {
    throw worldError(`read ${shown}`, error);
  } finally {
    if (file !== null) closeSync(file);
  }
}

const tooLarge = (shown: string, size: number, bytesMax: number): UsageError =>
  new UsageError(`${shown} is too large: ${megabytes(size)}, at most ${megabytes(bytesMax)} are read`);
const megabytes = (bytes: number): string => `${(bytes / 1_048_576).toFixed(1).replace(/\.0$/, "")} MiB`;

/** Writes beside the target, flushes, then renames: a crash or a full disk leaves the old file or the new one. */
export function writeWhole(io: Io, path: string, data: Uint8Array | string, mode = 0o644): void {
  const target = resolve(io.cwd, path);
  const beside = join(dirname(target), `.${basename(target)}.${process.pid}.part`);
  try {
    const file = openSync(beside, "w", mode);
    try {
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      for (let at = 0; at < bytes.length; ) at += writeSync(file, bytes, at);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    renameSync(beside, target);
  } catch (error) {
    rmSync(beside, { force: true });
    throw worldError(`write ${path}`, error);
  }
}

/** A path as the user would type it. */
export const shownPath = (io: Io, path: string): string => {
  const short = relative(io.cwd, path);
  return short === "" ? "." : short.startsWith("..") ? path : short;
};
