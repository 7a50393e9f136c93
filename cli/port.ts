// `--port`.
import { UsageError } from "./exit.ts";
import { clean } from "./terminal.ts";

/** The port that was given, or the usual one. */
export function portOf(text: string | undefined, usual: number): number {
  if (text === undefined) return usual;
  const port = /^[0-9]{1,5}$/.test(text) ? Number(text) : 65_536;
  if (port > 65_535) throw new UsageError(`there is no port \`${clean(text)}\``);
  return port;
}
