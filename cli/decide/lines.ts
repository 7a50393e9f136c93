// Lines of JSON in, one line of answer each out, in order and as they come.
import { createReadStream } from "node:fs";
import { resolve } from "node:path";
import { fromUtf8 } from "../../core/index.ts";
import { answerText, type Decision, readJson, type Value } from "../../vm/index.ts";
import type { DecideOptions } from "../commands/decide.ts";
import { EXIT, type ExitCode, worldError } from "../exit.ts";
import type { Io } from "../io.ts";
import { INPUT_LINE_BYTES_MAX } from "../limits.ts";
import { clean } from "../terminal.ts";
import { type Asking, answerTo, saysYes } from "./one.ts";

export async function decideLines(asking: Asking, options: DecideOptions): Promise<ExitCode> {
  const { io } = asking;
  const file = options.input ?? "-";
  let number = 0;
  let unread = 0;
  let denied = 0;
  let allowed = 0;
  for await (const bytes of linesOf(io, file)) {
    number++;
    const read = readLine(bytes);
    if ("reason" in read) {
      unread++;
      if (!options.allowed) io.out(`${JSON.stringify({ error: read.reason, line: number })}\n`);
      io.err(`line ${number}: ${clean(read.reason)}\n`);
      continue;
    }
    if (options.allowed) {
      if (!isAllowed(asking, read.value)) continue;
      allowed++;
      io.out(`${read.text}\n`);
      continue;
    }
    const answer = answerTo(asking, read.value, options.check === true);
    if (!saysYes(answer)) denied++;
    io.out(`${answerText(answer)}\n`);
  }
  const no = options.allowed ? allowed === 0 : denied > 0;
  return unread > 0 ? EXIT.trouble : no ? EXIT.no : EXIT.ok;
}

/** Whether a line is allowed and nothing is asked for it. A log wants the whole answer. */
function isAllowed(asking: Asking, input: Value): boolean {
  if (asking.log !== null) {
    const answer = answerTo(asking, input, false) as Decision;
    return answer.decision === "allow" && answer.obligations.length === 0;
  }
  const read = asking.policy.machine.read(input);
  return "value" in read && asking.policy.machine.allows(read.value);
}

function readLine(bytes: Uint8Array | "too long") {
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
async function* linesOf(io: Io, file: string): AsyncGenerator<Uint8Array | "too long"> {
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
