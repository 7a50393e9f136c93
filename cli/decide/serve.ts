// `writ decide --serve`: a policy server, until ctrl-c.
import { resolve } from "node:path";
import { fromUtf8 } from "../../core/index.ts";
import { DEFAULT_POLICY_PORT, type LoadedFrom, type PolicyServing, servePolicy } from "../../policy/node.ts";
import { type DecideOptions, openLog } from "../commands/decide.ts";
import { stopped } from "../commands/serve.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { readInput } from "../files.ts";
import type { Io } from "../io.ts";
import { loadPolicyFile } from "../policy.ts";
import { portOf } from "../port.ts";
import { clean, paintFor } from "../terminal.ts";
import { version } from "../version.ts";

export async function servePolicyFile(io: Io, file: string | undefined, options: DecideOptions): Promise<ExitCode> {
  for (const name of ["input", "lines", "check", "at"] as const)
    if (options[name] !== undefined) throw new UsageError(`--${name} and --serve do not go together`);
  const { bundle, data = [], seen } = options;
  if (file === "-" || bundle === "-" || data.some((each) => each.endsWith("=-")))
    throw new UsageError("standard input can be read once, a server reads its policy again");
  // Templates, modules and imports of CUE lie beside the file that was named.
  let sources: readonly string[] = [];
  const load = async (): Promise<LoadedFrom> => {
    let said = "";
    const err = (text: string): void => {
      said += text;
      io.err(text);
    };
    const loaded = await loadPolicyFile({ ...io, err, errIsTerminal: false }, { ...options, file });
    // Health shows the first line of what was said: where the first error is, and what.
    if (loaded === null) throw new UsageError(said.split("\n")[0] ?? "");
    sources = loaded.files;
    return loaded;
  };
  const files = (): string[] =>
    [file ?? (bundle as string), ...sources, ...data.map((each) => each.slice(each.indexOf("=") + 1))].map((each) =>
      resolve(io.cwd, each),
    );
  const tokens = options.tokens === undefined ? null : await readTokens(io, options.tokens);
  const log = openLog(io, options);
  let serving: PolicyServing | null = null;
  // From the start: a signal without a listener would end the process.
  const hangUp = (): void => void serving?.reload();
  process.on("SIGHUP", hangUp);
  try {
    serving = await servePolicy({
      load,
      ...(options.watch ? { files } : {}),
      log,
      map: options.map ?? [],
      obligations: options.obligations === "all" ? "all" : namesOf(options.obligations),
      tokens,
      port: portOf(options.port, DEFAULT_POLICY_PORT),
      ...(options.host === undefined ? {} : { host: options.host }),
      ...(options.publicUrl === undefined ? {} : { publicUrl: options.publicUrl }),
      logLevel: options.logLevel,
      now: io.now,
      version: version(),
    });
  } catch (error) {
    process.off("SIGHUP", hangUp);
    log?.close();
    throw error;
  }
  const { policy, bundle: from } = serving.running;
  const paint = paintFor(io);
  io.out(`${paint.good("policy")}  ${clean(policy.name)}${from === null ? "" : `, version ${from.version}`}\n`);
  io.out(`module  ${policy.moduleId}\n`);
  if (seen !== undefined) io.out(`seen    ${clean(seen)}\n`);
  if (log !== null) io.out(`log     ${clean(options.log as string)}\n`);
  io.out(`url     ${serving.url}\n`);
  await stopped(io.stop);
  process.off("SIGHUP", hangUp);
  await serving.close();
  return EXIT.ok;
}

const namesOf = (text: string | undefined): readonly string[] =>
  (text ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => name !== "");

async function readTokens(io: Io, file: string): Promise<readonly string[]> {
  const tokens = (fromUtf8(await readInput(io, file)) ?? "").split("\n").map((line) => line.trim());
  const found = tokens.filter((token) => token !== "");
  if (found.length === 0) throw new UsageError(`${clean(file)} has no token`, "write one token a line");
  const odd = found.find((token) => !/^[\x21-\x7e]+$/.test(token));
  if (odd !== undefined) throw new UsageError(`${clean(file)} has a token with spaces or other signs than ASCII`);
  return found;
}
