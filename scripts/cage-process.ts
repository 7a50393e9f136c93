// A whole cage as a process of its own, as `writ cage` starts it, for the programs here and for the benchmark; and the lines of its ledger.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** As docs/cage.md says for a cage under load: most of what a request makes is garbage at its end, and in 16 MiB it is copied too often. */
export const NODE_FLAGS: readonly string[] = ["--max-semi-space-size=64"];

/** Upstreams of a test are on this machine: the rule says so. Other rules are there to be passed by. */
const policy = (rules: number): string => `policy: trial
on: http.request
rules:
  - allow: what the trial asks
    id: trial
    match: {host: 127.0.0.1, at: request}
    then: {reach: {classes: [loopback]}, receipt: digest}
  - allow: tunnels that the trial opens
    id: tunnels
    match: {host: localhost, at: connect, port: {min: 1024}}
    then: {reach: {classes: [loopback]}, receipt: digest}
${Array.from(
  { length: rules },
  (_, at) => `  - allow: service ${at}
    id: service-${at}
    match: {host: service-${at}.example, method: [GET, POST], path: {under: /v${at % 7}}}
`,
).join("")}`;

export interface CageProcess {
  readonly process: ChildProcess;
  readonly port: number;
  /** Of the ledger. */
  readonly folder: string;
}

export interface CageProcessOptions {
  /** Holds policy and ledger. */
  readonly home: string;
  readonly durable?: boolean;
  /** Rules beside the one that allows. */
  readonly rules?: number;
  /** Words before the program: a core it stays on. */
  readonly before?: readonly string[];
  /** Built `cli/main.js`. */
  readonly main?: string;
  readonly more?: readonly string[];
  /** The text of a policy of one's own. */
  readonly text?: string;
}

export const builtMain = (): string => join(dirname(dirname(fileURLToPath(import.meta.url))), "cli", "main.js");

export async function startCageProcess({
  home,
  durable = false,
  rules = 64,
  before = [],
  main = builtMain(),
  more = [],
  text = policy(rules),
}: CageProcessOptions): Promise<CageProcess> {
  mkdirSync(home, { recursive: true });
  const file = join(home, "policy.yaml");
  const folder = join(home, "ledger");
  writeFileSync(file, text);
  const words = [
    ...before,
    process.execPath,
    ...NODE_FLAGS,
    main,
    "cage",
    "--policy",
    file,
    "--ledger",
    folder,
    "--egress",
    "127.0.0.1:0",
    "--admin",
    "off",
    "--log-level",
    "error",
    ...(durable ? ["--durable"] : []),
    ...more,
  ];
  const child = spawn(words[0] as string, words.slice(1), { stdio: ["ignore", "pipe", "pipe"] });
  // None is left behind when this program ends early.
  const end = (): void => void child.kill("SIGKILL");
  process.once("exit", end);
  child.once("exit", () => process.off("exit", end));
  let said = "";
  const port = await new Promise<number>((ready, fail) => {
    const hear = (data: Buffer): void => {
      said += data.toString();
      const found = /http:\/\/127\.0\.0\.1:(\d+)/.exec(said);
      if (found !== null) ready(Number(found[1]));
    };
    child.stdout.on("data", hear);
    child.stderr.on("data", hear);
    child.once("exit", (code) => fail(new Error(`the cage ended with ${code} before it listened: ${said}`)));
  });
  return { process: child, port, folder };
}

export function endProcess(child: ChildProcess, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((gone) => {
    child.once("exit", () => gone());
    child.kill(signal);
  });
}
