// Scripts of commands with their expected output, one archive a file:
//
//   A sentence that says what is shown.
//   -- agreement.yaml --
//   …                                  files, written to an empty folder
//   -- script --
//   $ writ check agreement.yaml        a command; `< file` feeds standard input
//   ok  agreement.yaml  …              its standard output, then standard error
//   ? 1                                its exit code, when it is not 0
//
// `[..]` in an expected line stands for any text, a line `[...]` for any number of lines. UPDATE=1 writes what came out
// instead, and keeps lines that still fit.
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { runCommandLine } from "../../cli/command-line.ts";
import type { Io } from "../../cli/io.ts";

export interface Archive {
  readonly about: string;
  readonly files: readonly { readonly name: string; readonly text: string }[];
}

export function readArchive(text: string): Archive {
  const parts = text.split(/^-- (.+) --\n/m);
  const files = [];
  for (let at = 1; at < parts.length; at += 2) files.push({ name: parts[at] as string, text: parts[at + 1] as string });
  return { about: (parts[0] as string).trim(), files };
}

export const writeArchive = ({ about, files }: Archive): string =>
  `${about}\n${files.map(({ name, text }) => `-- ${name} --\n${text}`).join("")}`;

interface Command {
  readonly line: string;
  readonly expected: readonly string[];
  readonly code: number;
}

export function readScript(text: string): Command[] {
  const commands: { line: string; expected: string[]; code: number }[] = [];
  for (const line of text.split("\n")) {
    if (line.startsWith("$ ")) commands.push({ line: line.slice(2), expected: [], code: 0 });
    else if (/^\? \d+$/.test(line)) (commands.at(-1) as { code: number }).code = Number(line.slice(2));
    else commands.at(-1)?.expected.push(line);
  }
  for (const { expected } of commands) while (expected.at(-1) === "") expected.pop();
  return commands;
}

export interface Ran {
  readonly line: string;
  readonly lines: readonly string[];
  readonly code: number;
}

/** Words of a command line: spaces part them, quotes keep them together, `*.yaml` is every such file of the folder. */
export function wordsOf(line: string, folder: string): string[] {
  const words: string[] = [];
  for (const match of line.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S+)/g)) {
    const [, double, single, plain] = match;
    if (plain?.startsWith("*."))
      words.push(
        ...readdirSync(folder)
          .filter((name) => name.endsWith(plain.slice(1)))
          .sort(),
      );
    else words.push(plain ?? single ?? (double as string).replace(/\\(.)/g, "$1"));
  }
  return words;
}

/** Runs one command in process. Answers come first, problems after, as on a terminal where both are captured. */
export async function runLine(
  line: string,
  folder: string,
  env: Record<string, string> = {},
  now: () => number = () => Date.UTC(2026, 0, 1),
): Promise<Ran> {
  const [before, input] = line.split(/ < (?=\S+$)/) as [string, string | undefined];
  const [program, ...args] = wordsOf(before, folder);
  if (program !== "writ") throw new Error(`a script runs writ, not ${program}`);
  let out = "";
  let err = "";
  const io: Io = {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    stdin: async () => (input === undefined ? new Uint8Array() : readFileSync(join(folder, input))),
    env,
    cwd: folder,
    outIsTerminal: false,
    errIsTerminal: false,
    now,
    stop: new AbortController().signal,
  };
  const code = await runCommandLine(args, io);
  const lines = (out + err).replaceAll(folder, "FOLDER").split("\n");
  while (lines.at(-1) === "") lines.pop();
  return { line, lines, code };
}

/** An empty folder with the files of an archive; `remove` takes it away. */
export function unpack(files: Archive["files"]): { readonly folder: string; readonly remove: () => void } {
  const folder = mkdtempSync(join(tmpdir(), "writ-script-"));
  for (const { name, text } of files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    // A key file that others may read is refused.
    writeFileSync(join(folder, name), text, { mode: name.endsWith(".key") ? 0o600 : 0o666 });
  }
  return { folder, remove: () => rmSync(folder, { recursive: true, force: true }) };
}

/** Whether lines fit, with `[..]` and `[...]`. */
export function fits(expected: readonly string[], actual: readonly string[]): boolean {
  const [first, ...rest] = expected;
  if (first === undefined) return actual.length === 0;
  if (first === "[...]") return actual.some((_, at) => fits(rest, actual.slice(at))) || fits(rest, []);
  const [line, ...others] = actual;
  return line !== undefined && lineFits(first, line) && fits(rest, others);
}

const lineFits = (expected: string, actual: string): boolean =>
  new RegExp(
    `^${expected
      .split("[..]")
      .map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"))
      .join(".*")}$`,
    "u",
  ).test(actual);

/** The script with what came out, keeping expected lines that fit. */
export function scriptOf(commands: readonly Command[], ran: readonly Ran[]): string {
  return commands
    .map((command, at) => {
      const { lines, code } = ran[at] as Ran;
      const shown = fits(command.expected, lines) ? command.expected : lines;
      return [`$ ${command.line}`, ...shown, ...(code === 0 ? [] : [`? ${code}`]), ""].join("\n");
    })
    .join("\n");
}
