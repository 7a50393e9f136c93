// `writ story`: the demonstration. A court node on an embedded ledger, three parties, a late delivery, and a proof that is
// checked without the court.
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import type { Command } from "commander";
import { hex } from "../../core/index.ts";
import { decodeBundle, verifyBundle } from "../../court-node/bundle.ts";
import { receiptId } from "../../court-node/protocol/index.ts";
import { type Serving, serve } from "../../court-node/serve.ts";
import { lockPathOf, nativeVerifyEd25519, parseVerifierKey, type VerifierKey } from "../../ledger/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { compileFile, draw } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { packageRoot } from "../package-root.ts";
import { StoryClock } from "../story/clock.ts";
import { playStory, STORY_START, type Told } from "../story/play.ts";
import { clean, paintFor, thousands } from "../terminal.ts";
import type { Job } from "../verbs.ts";
import { version } from "../version.ts";
import { sentences, stopped } from "./serve.ts";

interface Options {
  readonly once?: boolean;
  readonly port?: string;
}

const DEFAULT_PORT = 8080;

export function configure(command: Command, run: (job: Job) => void): void {
  command
    .option("--once", "end when the story is told; the ledger lives in a temporary folder")
    .option("--port <port>", `port of the court node (default: ${DEFAULT_PORT}, or any free one)`)
    .addHelpText(
      "after",
      `
Examples:
  writ story             tell it, then keep serving: look around with a browser and with writ
  writ story --once      tell it and end

Without --once the ledger is .writ/story in this folder, made anew each time.`,
    )
    .action((options: Options) => run((io) => story(io, options)));
}

async function story(io: Io, options: Options): Promise<ExitCode> {
  const file = join(packageRoot(), "examples", "late-delivery", "agreement.yaml");
  const compiled = await compileFile(io, file);
  if (compiled.value === null) {
    draw(io, compiled.diagnostics, "err");
    return EXIT.no;
  }
  const once = options.once === true;
  const folder = once ? mkdtempSync(join(tmpdir(), "writ-story-")) : join(io.cwd, ".writ", "story");
  if (!once) forget(folder);
  const clock = new StoryClock(STORY_START);
  const serving = await start(join(folder, "ledger"), clock, options);
  try {
    const told = await playStory({
      io,
      serving,
      clock,
      file: "examples/late-delivery/agreement.yaml",
      module: compiled.value,
    });
    const proved = await prove(io, serving, told, once ? null : shown(io, join(folder, "ledger")));
    if (!once && proved) {
      clock.run();
      const paint = paintFor(io);
      io.out(`\nThe court keeps serving at ${paint.accent(`${serving.url}/`)}  ${paint.dim("(ctrl-c ends it)")}\n\n`);
      const late = told.receipts.find(
        ({ receipt }) => receipt.event[1] === "deliver" && receipt.outcome.kind === "accepted",
      );
      io.out(`  writ receipt get ${late?.seq} --court ${serving.url} -o late.bundle\n  writ explain late.bundle\n`);
      await stopped(io.stop);
    }
    return proved ? EXIT.ok : EXIT.no;
  } finally {
    clock.stop();
    await serving.close();
    if (once) rmSync(folder, { recursive: true, force: true });
  }
}

/** The folder is the story's own: what an earlier telling left is removed. */
function forget(folder: string): void {
  if (existsSync(folder)) rmSync(folder, { recursive: true, force: true });
  rmSync(lockPathOf(folder), { force: true });
}

async function start(ledger: string, clock: StoryClock, options: Options): Promise<Serving> {
  const common = { ledger, clock, origin: "localhost/story", logLevel: "silent", version: version() };
  const asked = options.port;
  if (asked !== undefined && !/^\d{1,5}$/.test(asked)) throw new UsageError(`there is no port ${clean(asked)}`);
  return sentences(async () => {
    if (asked !== undefined) return serve({ ...common, port: Number(asked) });
    if (options.once) return serve({ ...common, port: 0 });
    try {
      return await serve({ ...common, port: DEFAULT_PORT });
    } catch (error) {
      if ((error as { code?: string }).code !== "court/port-in-use") throw error;
      return serve({ ...common, port: 0 });
    }
  });
}

const shown = (io: Io, file: string): string => {
  const short = relative(io.cwd, file);
  return short.startsWith("..") ? file : short;
};

/** Checks the last receipt from its bundle and the log's public key alone. */
async function prove(io: Io, serving: Serving, told: Told, kept: string | null): Promise<boolean> {
  const last = told.receipts.at(-1);
  if (last === undefined) return false;
  const read = decodeBundle(await told.client.bundle(last.seq));
  const key = parseVerifierKey(serving.node.verifierKey);
  if ("reason" in read || key === undefined || key === null) return false;
  const verdict = verifyBundle(read.bundle, {
    keys: [key as VerifierKey],
    builtins: BUILTINS,
    verify: nativeVerifyEd25519,
  });
  const paint = paintFor(io);
  io.out(`\n${paint.strong("The proof")}\n\n`);
  if (!verdict.ok) {
    io.out(`   ${paint.bad(verdict.code)}: ${clean(verdict.message)}\n`);
    return false;
  }
  const lines = [
    `receipt ${last.seq} is entry ${verdict.index} of a log of ${thousands(verdict.treeSize)}, under a signed checkpoint`,
    `the log's key  ${serving.node.verifierKey}`,
    "module, state and signed action were run again here: the same receipt, byte for byte",
    ...(kept === null ? [] : [`the ledger is in ${kept}`]),
  ];
  for (const line of lines) io.out(`   ${clean(line)}\n`);
  io.out(`\nproof verified: ${hex(receiptId(read.bundle.receipt))}\n`);
  return true;
}
