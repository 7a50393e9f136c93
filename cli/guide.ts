// What `writ` says without arguments: the way a first agreement goes, and nothing else.
import type { Io } from "./io.ts";
import { paintFor } from "./terminal.ts";

export function guide(io: Io): string {
  const paint = paintFor(io);
  const line = (command: string, what: string): string => `  ${paint.accent(command.padEnd(34))}${paint.dim(what)}\n`;
  return [
    `${paint.strong("Writ")}: agreements as programs that prove every step.\n\n`,
    "A first agreement\n",
    line("writ init my-agreement", "write agreement.yaml with two tests"),
    line("writ check agreement.yaml", "say what is wrong with it"),
    line("writ test agreement.yaml", "run its tests"),
    line("writ build agreement.yaml", "compile it to a module file"),
    "\nSee the whole way\n",
    line("writ story", "three parties, a court node, a late delivery, a proof"),
    "\n",
    `${paint.dim("writ --help lists all commands; writ <command> --help shows one with examples.")}\n`,
  ].join("");
}
