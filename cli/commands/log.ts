// `writ log`: decision logs, checked line by line.
import { resolve } from "node:path";
import type { Command } from "commander";
import { nativeSha256 } from "../../ledger/index.ts";
import { PolicyError } from "../../policy/index.ts";
import { Chain, type Head, headText, linesOf, readHead } from "../../policy/node.ts";
import { printJson } from "../document.ts";
import { EXIT, type ExitCode, UsageError, worldError } from "../exit.ts";
import type { Io } from "../io.ts";
import { clean, counted, paintFor } from "../terminal.ts";
import type { Job } from "../verbs.ts";

interface Options {
  readonly head?: string;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command.addHelpText(
    "after",
    `
Examples:
  writ log verify decisions.jsonl
  writ log head decisions.jsonl
  writ log verify decisions.jsonl.1 decisions.jsonl --head 1204:9f2c...`,
  );
  command
    .command("verify")
    .description("check that no line of a decision log was changed, taken out, put in or moved")
    .argument("<file...>", "the files of one chain, oldest first")
    .option("--head <head>", "a head that was kept: the log must hold that very line")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ log verify decisions.jsonl
  writ log verify decisions.jsonl.1 decisions.jsonl --head 1204:9f2c...

A chain shows every change but the cutting off of its end: keep a head elsewhere (\`writ log head\`) and give it here.
A last line without its newline was cut by a crash; it is told and does no harm.
Exit code: 0 every line follows the one before it, 1 one does not, 2 a file could not be read.`,
    )
    .action((files: string[], options: Options) => run((io) => verify(io, files, options)));
  command
    .command("head")
    .description("print number and hash of the last line, to keep elsewhere")
    .argument("<file...>", "the files of one chain, oldest first")
    .addHelpText("after", "\nExample:\n  writ log head decisions.jsonl")
    .action((files: string[]) => run((io) => head(io, files)));
}

interface Read {
  readonly chain: Chain;
  readonly answers: number;
  readonly torn: number;
  /** Whether the line of the head that was asked for is there. */
  readonly found: boolean;
}

/** Reads files as one chain. Throws PolicyError for the first line that does not follow. */
function readChain(io: Io, files: readonly string[], wanted: Head | null, at: (file: string) => void): Read {
  const chain = new Chain(nativeSha256);
  let [answers, torn, found] = [0, 0, wanted === null];
  for (const [i, file] of files.entries()) {
    at(file);
    torn = eachLine(io, file, (text, number) => {
      if (chain.next(text, number).kind !== "log") answers++;
      if (chain.head?.seq === wanted?.seq && chain.head?.hash === wanted?.hash) found = true;
    });
    // Only the newest file may end in a cut line: the others were closed.
    if (torn > 0 && i < files.length - 1)
      throw new UsageError(`${clean(file)} ends in the middle of a line, and is not the last file`);
  }
  return { chain, answers, torn, found };
}

/** The lines of a file; gives the bytes behind the last newline. */
export function eachLine(io: Io, file: string, take: (text: string, number: number) => void): number {
  try {
    const lines = linesOf(resolve(io.cwd, file));
    for (;;) {
      const next = lines.next();
      if (next.done === true) return next.value;
      take(next.value.text, next.value.number);
    }
  } catch (error) {
    throw typeof (error as NodeJS.ErrnoException).syscall === "string"
      ? worldError(`read ${clean(file)}`, error)
      : error;
  }
}

async function verify(io: Io, files: readonly string[], options: Options): Promise<ExitCode> {
  const wanted = options.head === undefined ? null : readHead(options.head);
  if (options.head !== undefined && wanted === null)
    throw new UsageError(
      `\`${clean(options.head)}\` is no head`,
      "a head is what `writ log head` prints: 1204:9f2c...",
    );
  const paint = paintFor(io);
  let file = files[0] as string;
  try {
    const { chain, answers, torn, found } = readChain(io, files, wanted, (at) => {
      file = at;
    });
    const start = chain.starts?.seq ?? 0;
    if (options.json)
      printJson(io, {
        ok: found,
        decisions: answers,
        from: start,
        head: chain.head === null ? null : headText(chain.head),
        cut: torn,
        ...(found ? {} : { code: "head-missing" }),
      });
    else if (!found)
      io.out(
        `${paint.bad("no")}  the log does not hold line ${(wanted as Head).seq} with that hash: it is another log, or its end was cut off\n`,
      );
    else {
      io.out(`${paint.good("ok")}  ${counted(answers, "decision")}, every line follows the one before it\n`);
      if (start > 0) io.out(`    it begins at line ${start}; what was before is not in these files\n`);
      if (torn > 0) io.out(`    its last ${torn} bytes are a line that was cut by a crash\n`);
      if (chain.head !== null) io.out(`    head ${headText(chain.head)}\n`);
    }
    return found ? EXIT.ok : EXIT.no;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const { code, message, help } = error;
    if (options.json) printJson(io, { ok: false, file, code, message, help });
    else io.out(`${paint.bad("broken")}  ${clean(file)}: ${code}: ${clean(message)}\n${help}\n`);
    return EXIT.no;
  }
}

async function head(io: Io, files: readonly string[]): Promise<ExitCode> {
  try {
    const { chain } = readChain(io, files, null, () => {});
    if (chain.head === null) throw new UsageError("there is no whole line");
    io.out(`${headText(chain.head)}\n`);
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    throw new UsageError(`${error.code}: ${error.message}`, error.help);
  }
}
