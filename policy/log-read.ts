// Lines of a file, without reading it whole: a decision log may be larger than memory.
import { closeSync, openSync, readSync } from "node:fs";
import { fromUtf8 } from "../core/index.ts";
import { logMalformed } from "./codes.ts";
import { fail } from "./errors.ts";
import { LINE_BYTES_MAX, READ_CHUNK_BYTES } from "./limits.ts";

export interface FileLine {
  readonly text: string;
  /** In the file, from 1. */
  readonly number: number;
}

/** The lines of a file. Gives back how many bytes follow the last newline: a line cut by a crash. Throws the errors of the system, and
 *  PolicyError for a line that is too long or no UTF-8. */
export function* linesOf(path: string): Generator<FileLine, number> {
  const file = openSync(path, "r");
  try {
    let parts: Uint8Array[] = [];
    let held = 0;
    let number = 0;
    for (;;) {
      const chunk = new Uint8Array(READ_CHUNK_BYTES);
      const count = readSync(file, chunk, 0, chunk.length, null);
      if (count === 0) return held;
      let start = 0;
      for (let end = chunk.indexOf(0x0a); end >= 0 && end < count; end = chunk.indexOf(0x0a, start)) {
        number++;
        const bytes = Buffer.concat([...parts, chunk.subarray(start, end)]);
        yield { text: fromUtf8(bytes) ?? fail(logMalformed({ line: number, reason: "it is no UTF-8" })), number };
        [parts, held, start] = [[], 0, end + 1];
      }
      parts.push(chunk.subarray(start, count));
      held += count - start;
      if (held > LINE_BYTES_MAX)
        return fail(logMalformed({ line: number + 1, reason: `it has more than ${LINE_BYTES_MAX} bytes` }));
    }
  } finally {
    closeSync(file);
  }
}
