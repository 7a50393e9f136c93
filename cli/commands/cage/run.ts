// `writ cage --policy p.yaml`: a cage, until ctrl-c or SIGTERM.
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import type { Command } from "commander";
import { CageError } from "../../../cage/errors.ts";
import type { IngressTlsFiles } from "../../../cage/tls/index.ts";
import { LedgerError } from "../../../ledger/errors.ts";
import { PolicyError } from "../../../policy/index.ts";
import { type LoadedFrom, watchFiles } from "../../../policy/node.ts";
import { readCageFile } from "../../cage/file.ts";
import { type Flags, layFlags, withSettings } from "../../cage/flags.ts";
import { type OpenCage, openCage } from "../../cage/open.ts";
import { prepare } from "../../cage/prepared.ts";
import { LIMIT_NAMES, type Written } from "../../cage/settings.ts";
import { EXIT, type ExitCode, UsageError, worldError } from "../../exit.ts";
import type { Io } from "../../io.ts";
import { loadPolicyFile } from "../../policy.ts";
import { clean, paintFor } from "../../terminal.ts";
import type { Job } from "../../verbs.ts";
import { stopped } from "../serve.ts";

export function configureRun(command: Command, run: (job: Job) => void): void {
  withSettings(command.option("--config <file>", "settings from a file of YAML: its keys are the flags below"))
    .addHelpText(
      "after",
      `
Examples:
  writ cage --policy egress.yaml
  http_proxy=http://127.0.0.1:7440 curl http://api.example/orders
  writ cage --policy in.yaml --ingress 127.0.0.1:8000 --upstream orders=http://127.0.0.1:9000
  writ cage --policy in.yaml --ingress https://0.0.0.0:8443 --certificate shop.pem --certificate-key shop-key.pem
  writ cage --bundle shop.bundle --trust did:key:z6Mk... --egress shop@unix:/run/writ/shop.sock
  writ cage --config cage.yaml --limit idle=10s --log-level debug

A place is 127.0.0.1:7440, a port, [::1]:7440 or unix:/run/cage.sock; shop@ before it says who calls there.
Bounds of --limit: ${Object.keys(LIMIT_NAMES).join(", ")}; times as 10s, sizes as 1MiB.

SIGHUP reads policy and certificates again; what does not load leaves the old ones in place. SIGTERM and ctrl-c take nothing new, wait
for what is under way, and stop. curl http://127.0.0.1:7442/healthz and /metrics are for operators.
Exit code: 0 stopped in order, 2 it could not be started.`,
    )
    .action((flags: Flags) => run((io) => cageSentences(() => runCage(io, flags))));
}

async function runCage(io: Io, flags: Flags): Promise<ExitCode> {
  const written = layFlags(flags, fileOf(io, flags["config"] as string | undefined));
  const prepared = prepare(io, written);
  let sources: readonly string[] = [];
  const policy = written.texts.get("policy");
  const bundle = written.texts.get("bundle");
  const data = [...(written.names.get("data") ?? [])].map(([name, file]) => `${name}=${file}`);
  const seen = written.texts.get("seen");
  if (policy === undefined && bundle === undefined)
    throw new UsageError("a cage needs a policy", "name one with --policy, or a bundle with --bundle and --trust");
  const load = async (): Promise<LoadedFrom> => {
    const loaded = await loadPolicyFile(io, {
      file: policy,
      data,
      tier: "auto",
      trust: written.lists.get("trust") ?? [],
      ...(bundle === undefined ? {} : { bundle }),
      ...(seen === undefined ? {} : { seen }),
    });
    if (loaded === null) throw new UsageError("the policy has errors");
    sources = loaded.files;
    return loaded;
  };
  let open: OpenCage | null = null;
  // From the start: a signal without a listener would end the process.
  const hangUp = (): void => void open?.reload();
  process.on("SIGHUP", hangUp);
  const broken = new AbortController();
  try {
    open = await openCage({
      prepared,
      load,
      now: io.now,
      out: io.out,
      // What was not recorded is not done; a cage that cannot record has nothing to do.
      onFatal: () => broken.abort(),
    });
    const files = (): string[] =>
      [policy ?? (bundle as string), ...sources, ...data.map((each) => each.slice(each.indexOf("=") + 1))].map((each) =>
        resolve(io.cwd, each),
      );
    const secured = prepared.tls === null ? [] : filesOf(prepared.tls);
    const watch = prepared.watch ? watchFiles(() => [...files(), ...secured], hangUp) : null;
    say(io, open);
    await stopped(AbortSignal.any([io.stop, broken.signal]));
    watch?.stop();
    await open.close();
    return broken.signal.aborted ? EXIT.trouble : EXIT.ok;
  } finally {
    process.off("SIGHUP", hangUp);
  }
}

const filesOf = ({ certificates, clients, revoked = [] }: IngressTlsFiles): readonly string[] => [
  ...certificates.flatMap(({ chain, key }) => (key === null ? [chain] : [chain, key])),
  ...(clients === null ? [] : [clients]),
  ...revoked,
];

function say(io: Io, { cage, gate, ledger, people, reports }: OpenCage): void {
  const paint = paintFor(io);
  const line = (name: string, text: string): void => io.out(`${name.padEnd(8)}${text}\n`);
  line(paint.good("cage"), ` ${clean(gate.policyName)}  ${gate.module}`.trimStart());
  for (const url of cage.egress) line("egress", url);
  for (const url of cage.ingress) line("ingress", url);
  if (cage.admin !== null) line("admin", cage.admin);
  if (people !== null) line("people", people);
  if (reports !== null) line("reports", reports);
  line("key", ledger.verifierKey);
}

function fileOf(io: Io, name: string | undefined): Written | null {
  if (name === undefined) return null;
  try {
    return readCageFile(name, readFileSync(resolve(io.cwd, name), "utf8"));
  } catch (error) {
    throw worldError(`read ${clean(name)}`, error);
  }
}

/** Errors of cage, ledger, policy and authority are sentences with one thing to do. */
async function cageSentences<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof CageError || error instanceof PolicyError || error instanceof LedgerError)
      throw new UsageError(`${error.code}: ${error.message}`, error.help === "" ? null : error.help);
    const { syscall, path } = error as NodeJS.ErrnoException;
    if (typeof syscall === "string")
      throw worldError(syscall === "listen" || path === undefined ? "start the cage" : `open ${clean(path)}`, error);
    throw error;
  }
}
