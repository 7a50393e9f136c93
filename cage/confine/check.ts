// Tries the ways past the cage as the application's user, and again without confinement: a way that is shut for both proves
// nothing about the confinement, and the table says so.
import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type Server, type Socket } from "node:net";
import { CONFINE_WAY_TIMEOUT_MS, PROBE_OUTPUT_BYTES_MAX, PROBE_TIMEOUT_MS } from "../limits.ts";
import { type CagePlace, SYSTEM_SOCKETS } from "./profiles.ts";
import { CAGE_WAY, type Way, waysOf } from "./ways.ts";

export interface CheckOptions {
  readonly user: string;
  readonly cage: CagePlace;
  readonly v4: string;
  readonly v6: string;
  /** A process of the application: the check goes into its network, its mounts and its control group. */
  readonly pid?: number;
  /** Words put before the program that tries the ways: a launcher the application is started by. */
  readonly launcher?: readonly string[];
  readonly wayTimeoutMs?: number;
}

/** `unproven`: shut, but just as shut without confinement. `untried`: could not be tried here. */
export type Verdict = "open" | "closed" | "unproven" | "untried";

export interface WayOutcome {
  readonly id: string;
  readonly what: string;
  readonly to: string;
  readonly verdict: Verdict;
  /** What came of it as the user: `connected`, `refused`, `sent`, or the error. */
  readonly confined: string;
  /** The same without confinement. */
  readonly free: string;
}

export interface CheckOutcome {
  readonly user: string;
  readonly uid: number;
  readonly ways: readonly WayOutcome[];
  /** Ids of the ways past the cage that are open. */
  readonly open: readonly string[];
  /** Whether the application reaches the cage. */
  readonly cage: boolean;
}

/** The check could not be made: a sentence for people. */
export class ConfineError extends Error {
  override readonly name = "ConfineError";
}

export async function checkConfinement(options: CheckOptions): Promise<CheckOutcome> {
  const word = randomBytes(16).toString("hex");
  const v4 = await greeter("127.0.0.1", word);
  const v6 = await greeter("::1", word);
  try {
    const ways = waysOf({
      v4: options.v4,
      v6: options.v6,
      loopback: { v4: v4?.port ?? null, v6: v6?.port ?? null },
      sockets: SYSTEM_SOCKETS.filter((path) => existsSync(path)),
      cage: options.cage,
    });
    const ms = options.wayTimeoutMs ?? CONFINE_WAY_TIMEOUT_MS;
    const [confined, free] = await Promise.all([probe(commandOf(options), ways, ms), probe([], ways, ms)]);
    if (confined.uid === 0) throw new ConfineError("the ways were tried as root; name the application's user");
    return outcomeOf(options.user, ways, word, confined, free);
  } finally {
    await Promise.all([v4?.close(), v6?.close()]);
  }
}

interface Tried {
  readonly uid: number;
  readonly results: ReadonlyMap<string, { readonly result: string; readonly said: string }>;
}

function outcomeOf(user: string, ways: readonly Way[], word: string, confined: Tried, free: Tried): CheckOutcome {
  const outcomes = ways.map((way): WayOutcome => {
    const as = resultOf(way, confined, word);
    const without = resultOf(way, free, word);
    return { id: way.id, what: way.what, to: place(way), verdict: verdictOf(as, without), confined: as, free: without };
  });
  return {
    user,
    uid: confined.uid,
    ways: outcomes.filter(({ id }) => id !== CAGE_WAY),
    open: outcomes.filter(({ id, verdict }) => id !== CAGE_WAY && verdict === "open").map(({ id }) => id),
    cage: outcomes.some(({ id, confined }) => id === CAGE_WAY && confined === "connected"),
  };
}

/** A listener of the check is reached only when it said its word: in another network, another may listen on the port, or none. */
function resultOf(way: Way, tried: Tried, word: string): string {
  const found = tried.results.get(way.id);
  if (found === undefined) return "untried";
  if (way.by !== "greeted") return found.result;
  if (found.result === "connected") return found.said === `${word}\n` ? "connected" : "another-network";
  return found.result === "refused" ? "another-network" : found.result;
}

const REACHED = new Set(["connected", "refused", "sent"]);
/** Only this machine says these. */
const FORBIDDEN = new Set(["EPERM", "EACCES", "EAFNOSUPPORT", "another-network"]);
const MISSING = new Set(["no-perl", "untried", "EPROTONOSUPPORT", "error"]);

function verdictOf(confined: string, free: string): Verdict {
  if (REACHED.has(confined)) return "open";
  if (FORBIDDEN.has(confined)) return REACHED.has(free) || !FORBIDDEN.has(free) ? "closed" : "unproven";
  if (REACHED.has(free)) return "closed";
  return MISSING.has(confined) ? "untried" : "unproven";
}

const place = ({ to, port }: Way): string => (port === 0 ? to : to.includes(":") ? `[${to}]:${port}` : `${to}:${port}`);

/** The words before the program: into the process's control group, network and mounts, then down to the user. */
function commandOf({ user, pid, launcher = [] }: CheckOptions): readonly string[] {
  const words: string[] = [];
  if (pid !== undefined) {
    const group = groupOf(pid);
    if (group !== null) words.push("/bin/sh", "-c", 'echo $$ > "$0" || exit 98; exec "$@"', group);
    words.push("nsenter", "--target", String(pid), "--net", "--mount", "--");
  }
  const { uid, gid, known } = idsOf(user);
  if (process.getuid?.() !== uid || process.geteuid?.() !== uid) {
    if (process.getuid?.() !== 0) throw new ConfineError(`only root or ${user} can try the ways of ${user}`);
    words.push("setpriv", `--reuid=${uid}`, `--regid=${gid}`, known ? "--init-groups" : "--clear-groups", "--");
  }
  return [...words, ...launcher];
}

/** Ids of a user, by name or number; a number need not be known to the system. */
function idsOf(user: string): { readonly uid: number; readonly gid: number; readonly known: boolean } {
  const rows = readFileSync("/etc/passwd", "utf8")
    .split("\n")
    .map((row) => row.split(":"));
  const row = rows.find((each) => each[0] === user || each[2] === user);
  if (row !== undefined) return { uid: Number(row[2]), gid: Number(row[3]), known: true };
  if (!/^\d+$/.test(user)) throw new ConfineError(`there is no user ${user} in /etc/passwd; a number is taken, too`);
  return { uid: Number(user), gid: Number(user), known: false };
}

/** The file that takes processes into the control group of another, of the unified hierarchy; null where there is none. */
function groupOf(pid: number): string | null {
  let text: string;
  try {
    text = readFileSync(`/proc/${pid}/cgroup`, "utf8");
  } catch {
    throw new ConfineError(`there is no process ${pid}`);
  }
  const path = /^0::(\/.*)$/m.exec(text)?.[1];
  if (path === undefined) return null;
  return (
    ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map((root) => `${root}${path}/cgroup.procs`).find(existsSync) ?? null
  );
}

const PROBE = readFileSync(new URL("./probe.js", import.meta.url), "utf8");

function probe(command: readonly string[], ways: readonly Way[], ms: number): Promise<Tried> {
  const words = [...command, process.execPath, "-e", PROBE, JSON.stringify({ ways, ms })];
  return new Promise((done, fail) => {
    const child = spawn(words[0]!, words.slice(1), {
      stdio: ["ignore", "pipe", "pipe"],
      cwd: "/",
      // Nothing of this process's surroundings: options of Node would run in the check.
      env: { PATH: "/usr/sbin:/usr/bin:/sbin:/bin" },
      timeout: PROBE_TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    let [out, err] = ["", ""];
    child.stdout.on("data", (data) => {
      if (out.length < PROBE_OUTPUT_BYTES_MAX) out += data;
    });
    child.stderr.on("data", (data) => {
      if (err.length < PROBE_OUTPUT_BYTES_MAX) err += data;
    });
    child.once("error", (error) => fail(new ConfineError(`the ways could not be tried: ${error.message}`)));
    child.once("close", () => {
      try {
        const { uid, results } = JSON.parse(out) as {
          uid: number;
          results: { id: string; result: string; said: string }[];
        };
        done({ uid, results: new Map(results.map((each) => [each.id, each])) });
      } catch {
        fail(
          new ConfineError(
            `the ways could not be tried: ${err.trim().split("\n").at(-1) || "the program said nothing"}`,
          ),
        );
      }
    });
  });
}

interface Greeter {
  readonly port: number;
  readonly close: () => Promise<void>;
}

/** Says a word to whoever connects; null where the address is not there. */
function greeter(host: string, word: string): Promise<Greeter | null> {
  return new Promise((done) => {
    const open = new Set<Socket>();
    const server: Server = createServer((socket) => {
      open.add(socket);
      socket.on("error", () => socket.destroy());
      socket.on("close", () => open.delete(socket));
      socket.end(`${word}\n`);
    });
    server.once("error", () => done(null));
    server.listen(0, host, () =>
      done({
        port: (server.address() as { port: number }).port,
        close: () =>
          new Promise((closed) => {
            for (const socket of open) socket.destroy();
            server.close(() => closed());
          }),
      }),
    );
  });
}
