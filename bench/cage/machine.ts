// What the benchmark of the cage needs of the machine: programs, cores, free ports, processor time of processes. Whatever is missing is
// said with the command that installs it.
import { type ChildProcess, execFileSync, spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { availableParallelism } from "node:os";

const PROGRAMS = ["nginx", "haproxy", "squid", "wrk", "taskset", "getconf"] as const;
export type Program = (typeof PROGRAMS)[number];

const PATHS = ["/usr/sbin", "/usr/bin", "/sbin", "/bin", "/usr/local/sbin", "/usr/local/bin"];

/** Throws when a program or a second core is missing. */
export function assertMachine(): void {
  const missing = PROGRAMS.filter(
    (program) => spawnSync("which", [program], { env: { PATH: PATHS.join(":") } }).status !== 0,
  );
  if (missing.length > 0)
    throw new Error(
      `not on this machine: ${missing.join(", ")}. Install them with: sudo sh scripts/system-packages.sh bench`,
    );
  if (availableParallelism() < 2) throw new Error("the proxy and its load need a core each; this machine has one");
}

const running = new Set<ChildProcess>();

/** A program on one core: 0 is the proxy's, 1 that of the load and the upstream. */
export function start(core: 0 | 1, words: readonly string[]): ChildProcess {
  const child = spawn("taskset", ["--cpu-list", String(core), ...words], {
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, PATH: PATHS.join(":") },
  });
  endLater(child);
  return child;
}

/** Ended with the others. */
export function endLater(child: ChildProcess): void {
  if (running.size === 0)
    process.once("exit", () => {
      for (const each of running) each.kill("SIGKILL");
    });
  running.add(child);
  child.once("exit", () => running.delete(child));
}

export async function stopAll(): Promise<void> {
  await Promise.all([...running].map(stop));
}

export function stop(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((gone) => {
    child.once("exit", () => gone());
    child.kill("SIGKILL");
  });
}

/** The first line of standard output that fits. */
export function said(child: ChildProcess, pattern: RegExp): Promise<string> {
  return new Promise((done, fail) => {
    let [out, err] = ["", ""];
    child.stdout?.on("data", (data) => {
      out += data;
      const found = pattern.exec(out);
      if (found !== null) done(found[1] ?? found[0]);
    });
    child.stderr?.on("data", (data) => {
      err += data;
    });
    child.once("exit", (code) => fail(new Error(`${child.spawnargs.join(" ")} ended with ${code}: ${err}`)));
  });
}

/** Seconds of processor time a process has used, all its threads, without its children. */
export function cpuSeconds(child: ChildProcess): number {
  const stat = readFileSync(`/proc/${child.pid}/stat`, "utf8");
  // Behind the name in parentheses, which may hold anything: state is field 3, utime 14, stime 15.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / ticks;
}
const ticks = Number(execFileSync("getconf", ["CLK_TCK"], { encoding: "utf8" }));

/** A port nobody listens on now. */
export function freePort(): Promise<number> {
  return new Promise((done, fail) => {
    const server = createServer();
    server.once("error", fail);
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => done(port));
    });
  });
}
