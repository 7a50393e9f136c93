// From the words of a command line to an exit code. Nothing here ends the process or throws to its caller.
import { Command, CommanderError } from "commander";
import { EXIT, type ExitCode, UsageError } from "./exit.ts";
import { guide } from "./guide.ts";
import type { Io } from "./io.ts";
import { clean, paintFor } from "./terminal.ts";
import { type Job, VERBS } from "./verbs.ts";
import { version } from "./version.ts";

/** `argv`: the words after the program's name. */
export async function runCommandLine(argv: readonly string[], io: Io): Promise<ExitCode> {
  if (argv.length === 0) {
    io.out(guide(io));
    return EXIT.ok;
  }
  let job: Job | null = null;
  try {
    const program = await programFor(argv, io, (asked) => {
      job = asked;
    });
    await program.parseAsync(argv, { from: "user" });
    return job === null ? EXIT.ok : await (job as Job)(io);
  } catch (error) {
    return report(error, io);
  }
}

async function programFor(argv: readonly string[], io: Io, run: (job: Job) => void): Promise<Command> {
  const program = new Command("writ")
    .description("Writ: agreements as programs that prove every step.")
    .version(version(), "-V, --version", "print the version")
    .helpOption("-h, --help", "print help")
    .helpCommand("help [command]", "print help for a command")
    // What stands behind the name of a command is that command's, also where the one above it has an option of the same name.
    .enablePositionalOptions()
    .showSuggestionAfterError(true)
    .showHelpAfterError("(writ --help lists the commands)");
  settle(program, io);
  const words = argv.filter((word) => !word.startsWith("-"));
  const asked = words[0] === "help" ? words[1] : words[0];
  for (const verb of VERBS) {
    const command = program.command(verb.name).description(verb.summary).helpGroup(`${verb.group}:`);
    settle(command, io);
    if (verb.name !== asked) continue;
    command.showHelpAfterError(`(writ ${verb.name} --help shows how it is used)`);
    (await verb.load()).configure(command, run);
    // Of a command with options and commands of its own, what stands behind the name of one below it is that one's.
    if (command.commands.length > 0 && command.options.length > 0) {
      program.enablePositionalOptions();
      command.enablePositionalOptions();
    }
    settleAll(command, io);
  }
  return program;
}

/** Output to `io`, errors as exceptions. */
function settle(command: Command, io: Io): void {
  command.exitOverride().configureOutput({
    writeOut: io.out,
    writeErr: io.err,
    getOutHelpWidth: () => 100,
    getErrHelpWidth: () => 100,
    outputError: (text, write) => write(text.replace(/^error: /, `${paintFor(io, "err").bad("error")}: `)),
  });
}
/** `writ cage ca`. */
const pathOf = (command: Command): string =>
  command.parent === null ? command.name() : `${pathOf(command.parent)} ${command.name()}`;

function settleAll(command: Command, io: Io): void {
  settle(command, io);
  for (const sub of command.commands) {
    sub.showHelpAfterError(`(${pathOf(sub)} --help shows how it is used)`);
    settleAll(sub, io);
  }
}

/** A person never sees a stack: WRIT_DEBUG=1 shows it to us. */
function report(error: unknown, io: Io): ExitCode {
  const paint = paintFor(io, "err");
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.trouble;
  if (error instanceof UsageError) {
    io.err(`${paint.bad("error")}: ${clean(error.message)}\n`);
    if (error.help !== null) io.err(`${error.help}\n`);
    return EXIT.trouble;
  }
  const message = error instanceof Error ? error.message : String(error);
  io.err(
    `${paint.bad("error")}: ${clean(message)}\nThis is a mistake of writ, not yours. WRIT_DEBUG=1 shows where it happened.\n`,
  );
  if (io.env["WRIT_DEBUG"]) io.err(`${error instanceof Error ? error.stack : ""}\n`);
  return EXIT.trouble;
}
