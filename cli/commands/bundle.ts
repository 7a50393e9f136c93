// `writ bundle`: a policy with its data as one signed file.
import { basename, dirname, join, resolve } from "node:path";
import type { Command } from "commander";
import { readKeyFile } from "../../court-node/keys.ts";
import { noteSigner } from "../../ledger/index.ts";
import { type Bundle, buildBundle, openParts, PolicyError, readBundle, readModule } from "../../policy/index.ts";
import { acceptAndRecord } from "../../policy/node.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { printJson } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { readInput, writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { readModuleFile } from "../module-file.ts";
import { type DataOptions, policySentences, readDocuments, withData, withTrust } from "../policy.ts";
import { clean, paintFor, thousands } from "../terminal.ts";
import type { Job } from "../verbs.ts";
import { sentences } from "./serve.ts";

interface BuildOptions extends CueOptions, DataOptions {
  readonly key: readonly string[];
  readonly revision?: string;
  readonly after?: string;
  readonly out?: string;
  readonly json?: boolean;
}
interface VerifyOptions {
  readonly trust?: readonly string[];
  readonly seen?: string;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  command.addHelpText(
    "after",
    `
Examples:
  writ keys new release.key
  writ bundle build notes.yaml --revision 1 --key release.key
  writ bundle build notes.yaml --after notes.bundle --key release.key
  writ bundle verify notes.bundle --trust did:key:z6Mk... --seen notes.seen

A bundle holds the module, the data documents, a name and a version, signed. The same source, version and key give the
same bytes. Whoever verifies names the keys to trust; with --seen an older version is refused for good.`,
  );
  withData(withCue(command.command("build").description("make a signed bundle of a policy")))
    .argument("<policy>", "a source, a folder of CUE, or a built module")
    .requiredOption("--key <file>", "a key file of who signs; may be repeated", (file: string, all?: string[]) => [
      ...(all ?? []),
      file,
    ])
    .option("--revision <n>", "version of the bundle: 1, and higher each time")
    .option("--after <bundle>", "take the version behind that of this bundle")
    .option("-o, --out <file>", "where to write it (default: beside the source, ending in .bundle)")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ bundle build notes.yaml --revision 7 --key release.key
  writ bundle build folders.yaml --data groups=groups.json --data folders=folders.json --after folders.bundle --key release.key

Exit code: 0 written, 1 the policy has errors, 2 it could not be read, opened or written.`,
    )
    .action((file: string, options: BuildOptions) => run((io) => policySentences(() => build(io, file, options))));
  withTrust(command.command("verify").description("check a bundle: form, content, signature, and that it opens"))
    .argument("<bundle>", "a bundle; `-` reads standard input")
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ bundle verify notes.bundle --trust did:key:z6Mk...
  writ bundle verify notes.bundle --trust did:key:z6Mk... --seen notes.seen

With --seen the version must not be below the newest one accepted before, and is kept there as the newest.
Exit code: 0 it may be used, 1 it is refused, with a code that says why, 2 it could not be read.`,
    )
    .action((file: string, options: VerifyOptions) => run((io) => verify(io, file, options)));
}

async function build(io: Io, file: string, options: BuildOptions): Promise<ExitCode> {
  const module = await readModuleFile(io, file, options);
  if (module === null) return EXIT.no;
  const keys = await sentences(async () => options.key.map((each) => readKeyFile(resolve(io.cwd, each))));
  const version = await versionOf(
    io,
    options,
    keys.map(({ did }) => did),
  );
  const bytes = buildBundle(
    { module, documents: await readDocuments(io, options.data ?? [], module), version },
    keys.map(({ did, privateKey }) => noteSigner(did, privateKey)),
  );
  const out = options.out ?? defaultName(file, module.module.name);
  writeWhole(io, out, bytes);
  const bundle = readBundle(
    bytes,
    keys.map(({ did }) => did),
  );
  if (options.json) printJson(io, { ok: true, file: out, bytes: bytes.length, ...described(bundle) });
  else {
    const paint = paintFor(io);
    io.out(`${paint.good("built")}   ${clean(out)}  ${paint.dim(`${thousands(bytes.length)} bytes`)}\n`);
    show(io, bundle);
  }
  return EXIT.ok;
}

async function versionOf(io: Io, { revision, after }: BuildOptions, trust: readonly string[]): Promise<number> {
  if ((revision === undefined) === (after === undefined))
    throw new UsageError("say the version with --revision, or the bundle before with --after");
  if (after !== undefined) return readBundle(await readInput(io, after), trust).version + 1;
  const version = Number(revision);
  if (!/^[1-9][0-9]{0,15}$/.test(revision as string) || !Number.isSafeInteger(version))
    throw new UsageError(`\`${clean(revision as string)}\` is no version; the first is 1`);
  return version;
}

async function verify(io: Io, file: string, { trust = [], seen, json }: VerifyOptions): Promise<ExitCode> {
  if (trust.length === 0)
    throw new UsageError("name with --trust who may sign", "writ keys show <file> prints the did of a key");
  const bytes = await readInput(io, file);
  try {
    const bundle = readBundle(bytes, trust);
    openParts({ ...readModule(bundle.module), documents: bundle.documents });
    if (seen !== undefined) acceptAndRecord(resolve(io.cwd, seen), bundle);
    if (json) printJson(io, { ok: true, ...described(bundle) });
    else {
      io.out(`${paintFor(io).good("ok")}      ${clean(file)}\n`);
      show(io, bundle);
    }
    return EXIT.ok;
  } catch (error) {
    if (!(error instanceof PolicyError)) throw error;
    const { code, message, help } = error;
    if (json) printJson(io, { ok: false, code, message, help });
    else io.out(`${paintFor(io).bad("no")}  ${code}: ${clean(message)}\n${help === "" ? "" : `${help}\n`}`);
    return EXIT.no;
  }
}

const described = ({ name, version, id, signedBy, documents }: Bundle): object => ({
  name,
  version,
  id,
  signedBy,
  documents: [...documents.keys()],
});

function show(io: Io, { name, version, id, signedBy, documents }: Bundle): void {
  const names = [...documents.keys()];
  io.out(`policy  ${clean(name)}, version ${version}\n`);
  io.out(`id      ${id}\n`);
  for (const did of signedBy) io.out(`signed  ${clean(did)}\n`);
  if (names.length > 0) io.out(`data    ${names.map(clean).join(", ")}\n`);
}

const defaultName = (file: string, name: string): string =>
  file === "-" || !/\.\w+$/.test(basename(file))
    ? join(file === "-" ? "" : file, `${name}.bundle`)
    : join(dirname(file), `${basename(file).replace(/\.\w+$/, "")}.bundle`);
