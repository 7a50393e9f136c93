// Lines of JSON from a file or standard input, as they come.
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { fromUtf8 } from "../core/index.ts";
import { readJson, type Value } from "../vm/index.ts";
import { worldError } from "./exit.ts";
import type { Io } from "./io.ts";
import { INPUT_LINE_BYTES_MAX } from "./limits.ts";

/** What stands in a line, or why it cannot be read. */
export type Line = { readonly value: Value; readonly text: string } | { readonly reason: string };

export function readLine(bytes: Uint8Array | "too long"): Line {
  if (bytes === "too long") return { reason: `it has more than ${INPUT_LINE_BYTES_MAX} bytes` };
  const text = fromUtf8(bytes);
  if (text === undefined) return { reason: "it is not UTF-8" };
  const read = readJson(text);
  return "value" in read
    ? { ...read, text }
    : { reason: `it is no JSON: ${read.problem.message}, at character ${read.problem.offset + 1}` };
}

function partsOf(io: Io, file: string): AsyncIterable<Uint8Array> {
  if (file !== "-") return createReadStream(resolve(io.cwd, file), { signal: io.stop }) as AsyncIterable<Uint8Array>;
  return io.stdinParts?.() ?? whole(io);
}
async function* whole(io: Io): AsyncIterable<Uint8Array> {
  yield await io.stdin();
}

/** Lines without their newline; a line over the bound is told, not kept. */
export async function* linesOf(io: Io, file: string): AsyncGenerator<Uint8Array | "too long"> {
  let held: Uint8Array[] = [];
  let size = 0;
  const taken = (): Uint8Array | "too long" => {
    const line = size > INPUT_LINE_BYTES_MAX ? "too long" : Buffer.concat(held);
    [held, size] = [[], 0];
    return line;
  };
  const add = (part: Uint8Array): void => {
    size += part.length;
    if (size <= INPUT_LINE_BYTES_MAX) held.push(part);
    else held = [];
  };
  try {
    for await (const part of partsOf(io, file)) {
      let start = 0;
      for (let end = part.indexOf(0x0a); end >= 0; end = part.indexOf(0x0a, start)) {
        add(part.subarray(start, end));
        yield taken();
        start = end + 1;
      }
      add(part.subarray(start));
    }
  } catch (error) {
    // Ctrl-c: what was answered was answered, and the log is closed in order.
    if (io.stop.aborted) return;
    throw typeof (error as NodeJS.ErrnoException).syscall === "string"
      ? worldError(`read ${file === "-" ? "standard input" : file}`, error)
      : error;
  }
  if (size > 0) yield taken();
}
