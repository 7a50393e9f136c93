// Every verb with its one-line summary, in the order a new user meets them. A command's own file is loaded only when it
// is asked for, so that `writ --help` and `writ fmt` do not wait for a server.
import type { Command } from "commander";
import type { ExitCode } from "./exit.ts";
import type { Io } from "./io.ts";

/** Work of a command, started once its arguments are read. */
export type Job = (io: Io) => Promise<ExitCode>;

export interface CommandModule {
  /** Declares arguments and options; each action hands its job to `run`. */
  readonly configure: (command: Command, run: (job: Job) => void) => void;
}

export interface Verb {
  readonly name: string;
  readonly summary: string;
  readonly group: "Write" | "Decide" | "Look inside" | "Run a court node" | "Run a cage" | "Prove";
  readonly load: () => Promise<CommandModule>;
}

export const VERBS: readonly Verb[] = [
  {
    name: "init",
    group: "Write",
    summary: "write a first agreement with tests",
    load: () => import("./commands/init.ts"),
  },
  {
    name: "check",
    group: "Write",
    summary: "read agreements and say what is wrong with them",
    load: () => import("./commands/check.ts"),
  },
  {
    name: "fmt",
    group: "Write",
    summary: "print agreements in the one canonical layout",
    load: () => import("./commands/fmt.ts"),
  },
  {
    name: "convert",
    group: "Write",
    summary: "turn YAML into CUE, or CUE into YAML",
    load: () => import("./commands/convert.ts"),
  },
  {
    name: "schema",
    group: "Write",
    summary: "JSON Schemas for editors",
    load: () => import("./commands/schema.ts"),
  },
  {
    name: "playground",
    group: "Write",
    summary: "an editor in the browser that runs the compiler",
    load: () => import("./commands/playground.ts"),
  },
  {
    name: "test",
    group: "Write",
    summary: "run the tests that stand in agreements",
    load: () => import("./commands/test.ts"),
  },
  {
    name: "run",
    group: "Write",
    summary: "play steps through an agreement on this machine",
    load: () => import("./commands/run.ts"),
  },
  {
    name: "build",
    group: "Write",
    summary: "compile an agreement to a module file",
    load: () => import("./commands/build.ts"),
  },
  {
    name: "decide",
    group: "Decide",
    summary: "ask a policy: once, for many lines, or as a server",
    load: () => import("./commands/decide.ts"),
  },
  {
    name: "bundle",
    group: "Decide",
    summary: "make and verify signed policy bundles",
    load: () => import("./commands/bundle.ts"),
  },
  {
    name: "diff",
    group: "Decide",
    summary: "what a change of a policy gives and takes",
    load: () => import("./commands/diff.ts"),
  },
  {
    name: "explain",
    group: "Look inside",
    summary: "run one step or decision again and say which rule said what",
    load: () => import("./commands/explain.ts"),
  },
  {
    name: "disasm",
    group: "Look inside",
    summary: "show a module's bytecode as text",
    load: () => import("./commands/disasm.ts"),
  },
  {
    name: "keys",
    group: "Run a court node",
    summary: "make and show signing keys",
    load: () => import("./commands/keys.ts"),
  },
  {
    name: "serve",
    group: "Run a court node",
    summary: "start a court node on a folder",
    load: () => import("./commands/serve.ts"),
  },
  {
    name: "deploy",
    group: "Run a court node",
    summary: "send an agreement's module to a court node",
    load: () => import("./commands/deploy.ts"),
  },
  {
    name: "act",
    group: "Run a court node",
    summary: "offer, sign, act, pay, use a power: signed and sent",
    load: () => import("./commands/act.ts"),
  },
  {
    name: "cage",
    group: "Run a cage",
    summary: "enforce a policy on HTTP traffic, and read its records",
    load: () => import("./commands/cage/index.ts"),
  },
  {
    name: "receipt",
    group: "Prove",
    summary: "fetch, show and verify a receipt",
    load: () => import("./commands/receipt.ts"),
  },
  {
    name: "ledger",
    group: "Prove",
    summary: "check every entry of a ledger folder",
    load: () => import("./commands/ledger.ts"),
  },
  {
    name: "log",
    group: "Prove",
    summary: "check decision logs, and name their head",
    load: () => import("./commands/log.ts"),
  },
  {
    name: "replay",
    group: "Prove",
    summary: "run a whole ledger or decision log again and compare",
    load: () => import("./commands/replay.ts"),
  },
  {
    name: "story",
    group: "Prove",
    summary: "play the late-delivery story on a real court node",
    load: () => import("./commands/story.ts"),
  },
];
