// What the commands about policies share: opening one with its data, and its errors as sentences.
import { resolve } from "node:path";
import type { Command } from "commander";
import { jsonOf } from "../compiler/index.ts";
import { fromUtf8 } from "../core/index.ts";
import { hasErrors, readYaml } from "../lang/index.ts";
import { acceptBundle, type OpenedPolicy, openParts, PolicyError, readBundle, readModule } from "../policy/index.ts";
import { acceptAndRecord, type LoadedFrom, readSeen, seenOf } from "../policy/node.ts";
import { readJson, type Tier, type Type, type Value } from "../vm/index.ts";
import type { CueOptions } from "./cue.ts";
import { draw } from "./document.ts";
import { UsageError, worldError } from "./exit.ts";
import { readInput } from "./files.ts";
import type { Io } from "./io.ts";
import { type ModuleFile, readModuleFile } from "./module-file.ts";
import { clean } from "./terminal.ts";

export interface DataOptions {
  /** `name=file`, each. */
  readonly data?: readonly string[];
}

/** An option that may be repeated. */
export const repeated = (text: string, all: string[] | undefined): string[] => [...(all ?? []), text];

export const withData = (command: Command): Command =>
  command.option("-d, --data <name=file>", "a data document of the policy, JSON or YAML; may be repeated", repeated);

export interface TrustOptions {
  readonly bundle?: string;
  readonly trust?: readonly string[];
  readonly seen?: string;
}

export const withTrust = (command: Command): Command =>
  command
    .option("--trust <did>", "a key that may sign bundles, as `writ keys show` prints it; may be repeated", repeated)
    .option("--seen <file>", "where the newest accepted bundle is kept");

/** Runs work whose PolicyErrors are sentences. */
export async function policySentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof PolicyError)
      throw new UsageError(`${error.code}: ${error.message}`, error.help === "" ? null : error.help);
    if (typeof (error as NodeJS.ErrnoException).syscall === "string") throw worldError("go on", error);
    throw error;
  }
}

export interface PolicySource extends DataOptions, CueOptions, TrustOptions {
  /** A source or a module file; not with a bundle. */
  readonly file: string | undefined;
  readonly tier: Tier;
}

/** The policy of a file or a bundle with its data. Null when the source has errors, which were drawn. Throws PolicyError. */
export async function openPolicyFile(io: Io, source: PolicySource): Promise<OpenedPolicy | null> {
  const loaded = await loadPolicyFile(io, source);
  loaded?.accept?.();
  return loaded?.policy ?? null;
}

/** The same for a server, which accepts a bundle last of all and looks at the `files` for changes. */
export async function loadPolicyFile(
  io: Io,
  source: PolicySource,
): Promise<(LoadedFrom & { readonly files: readonly string[] }) | null> {
  const { file, bundle, tier } = source;
  if ((file === undefined) === (bundle === undefined))
    throw new UsageError("name a policy, or a bundle with --bundle", "writ decide --help shows how");
  if (bundle !== undefined) return { ...(await loadBundle(io, bundle, source)), files: [bundle] };
  const module = await readModuleFile(io, file as string, source);
  if (module === null) return null;
  const documents = await readDocuments(io, source.data ?? [], module);
  const { files, ...made } = module;
  return { policy: openParts({ ...made, documents }, tier), bundle: null, files };
}

async function loadBundle(
  io: Io,
  file: string,
  { trust = [], seen, data = [], tier }: PolicySource,
): Promise<LoadedFrom> {
  if (trust.length === 0)
    throw new UsageError("a bundle needs --trust: who may sign it", "writ keys show <file> prints the did of a key");
  const read = readBundle(await readInput(io, file), trust);
  const module = readModule(read.module);
  const documents = new Map([...read.documents, ...(await readDocuments(io, data, module))]);
  const record = resolve(io.cwd, seen ?? seenOf(file));
  // Said before it is opened, too: an older bundle is refused as such, whatever else is wrong with it.
  acceptBundle(read, readSeen(record));
  // Recorded only once it opens: a broken bundle must not lock out its mended successor.
  return {
    policy: openParts({ ...module, documents }, tier),
    bundle: { name: read.name, version: read.version, id: read.id },
    signedBy: read.signedBy,
    accept: () => acceptAndRecord(record, read),
  };
}

/** Data documents by name, read by the types of the policy. */
export async function readDocuments(
  io: Io,
  given: readonly string[],
  { module }: Pick<ModuleFile, "module">,
): Promise<ReadonlyMap<string, Value>> {
  const out = new Map<string, Value>();
  for (const each of given) {
    const split = each.indexOf("=");
    if (split <= 0) throw new UsageError(`\`${clean(each)}\` is no document`, "write --data name=file");
    const [name, file] = [each.slice(0, split), each.slice(split + 1)];
    const declared = module.policy?.data.find((document) => document.name === name);
    out.set(name, await readValue(io, file, declared === undefined ? ANY : module.types[declared.type]!));
  }
  return out;
}

const ANY: Type = { kind: "any" };

/** A value of JSON from a file: JSON, or YAML by its ending, whose scalars are read as the type says. */
export async function readValue(io: Io, file: string, type: Type): Promise<Value> {
  const bytes = await readInput(io, file);
  const shown = file === "-" ? "standard input" : clean(file);
  const text = fromUtf8(bytes);
  if (text === undefined) throw new UsageError(`${shown} is not UTF-8`);
  if (/\.ya?ml$/i.test(file)) {
    const { root, diagnostics } = readYaml({ name: file, text });
    if (hasErrors(diagnostics)) draw(io, diagnostics, "err");
    if (root === null || hasErrors(diagnostics)) throw new UsageError(`${shown} cannot be read`);
    return jsonOf(root, type);
  }
  const read = readJson(text);
  if ("value" in read) return read.value;
  const before = text.slice(0, read.problem.offset).split("\n");
  throw new UsageError(
    `${shown} is no JSON: ${read.problem.message}, at line ${before.length}, column ${(before.at(-1) as string).length + 1}`,
  );
}
