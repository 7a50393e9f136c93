// `writ deploy`: the module of an agreement to a court node.
import type { Command } from "commander";
import { hex } from "../../core/index.ts";
import { asking, type CourtOptions, clientFor, showAnswer, withCourt } from "../court.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { EXIT, type ExitCode } from "../exit.ts";
import type { Io } from "../io.ts";
import { readModuleFile } from "../module-file.ts";
import type { Job } from "../verbs.ts";
import { readKey } from "./keys.ts";

interface Options extends CourtOptions, CueOptions {
  readonly key: string;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withCourt(
    withCue(command)
      .argument("<file>", "an agreement, a folder of CUE, or a module (.writ)")
      .requiredOption("--key <file>", "key that signs the deployment"),
  )
    .addHelpText(
      "after",
      `
Examples:
  writ deploy agreement.yaml --key seller.key
  writ deploy agreement.writ --key seller.key --court http://court.example:8080

Deploying the same module again gives the first receipt. Exit code: 0 deployed, 1 refused or errors, 2 no court.`,
    )
    .action((file: string, options: Options) => run((io) => deploy(io, file, options)));
}

async function deploy(io: Io, file: string, options: Options): Promise<ExitCode> {
  const signer = readKey(io, options.key);
  const read = await readModuleFile(io, file, options);
  if (read === null) return EXIT.no;
  const client = clientFor(io, options);
  return asking(io, client, options, async () => {
    const moduleId = hex(read.moduleId);
    const answer = await client.deploy({ file: read.bytes, moduleId, signer });
    const code = await showAnswer(io, client, answer, options);
    if (!options.json) io.out(`module ${moduleId}\n`);
    return code;
  });
}
