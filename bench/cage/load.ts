// The load: wrk on the core of the upstream, and what it measured.
import { type ChildProcess, spawn } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { cpuSeconds } from "./machine.ts";
import type { Peer } from "./peers.ts";

export interface Measured {
  readonly requests: number;
  readonly perSecond: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Microseconds of processor time of the proxy for a request. */
  readonly cpuUs: number;
}

export interface LoadOptions {
  readonly folder: string;
  readonly upstream: number;
  readonly connections: number;
  readonly seconds: number;
  /** The place that is asked, where it is not that of the upstream on this machine: `https://localhost:8443`. */
  readonly origin?: string;
  /** The proxy is asked by TLS. */
  readonly tls?: boolean;
  /** Each request opens a connection. */
  readonly fresh?: boolean;
}

/** Requests over kept connections for a while. Throws when one of them was not answered by 200. */
export async function load(
  peer: Peer,
  {
    folder,
    upstream,
    connections,
    seconds,
    origin = `http://127.0.0.1:${upstream}`,
    tls = false,
    fresh = false,
  }: LoadOptions,
): Promise<Measured> {
  const script = join(folder, "load.lua");
  const path = peer.form === "absolute" ? `${origin}/item` : "/item";
  const close = fresh ? 'wrk.headers["Connection"] = "close"\n' : "";
  writeFileSync(script, `wrk.path = "${path}"\nwrk.headers["Host"] = "${new URL(origin).host}"\n${close}`);
  const before = cpuSeconds(peer.process);
  const text = await output(
    spawn(
      "taskset",
      [
        "--cpu-list",
        "1",
        "wrk",
        "-t1",
        `-c${connections}`,
        `-d${seconds}s`,
        "--latency",
        "--timeout",
        "30s",
        "-s",
        script,
        // A name, for the server of TLS to hear it.
        tls ? `https://localhost:${peer.port}/` : `http://127.0.0.1:${peer.port}/`,
      ],
      { stdio: ["ignore", "pipe", "pipe"] },
    ),
  );
  const cpu = cpuSeconds(peer.process) - before;
  const requests = Number(/(\d+) requests in/.exec(text)?.[1]);
  if (!(requests > 0) || /Non-2xx|Socket errors/.test(text)) throw new Error(`${peer.name} did not answer: ${text}`);
  return {
    requests,
    perSecond: Number(/Requests\/sec:\s+([\d.]+)/.exec(text)?.[1]),
    p50: milliseconds(/\s50%\s+(\S+)/.exec(text)?.[1]),
    p99: milliseconds(/\s99%\s+(\S+)/.exec(text)?.[1]),
    cpuUs: (cpu * 1e6) / requests,
  };
}

/** A program that compiles itself while it runs is measured when it has done so. */
export async function warmUp(peer: Peer, options: Omit<LoadOptions, "seconds">, most = WARM_TRIES): Promise<void> {
  for (let tries = 0, requests = 0; tries < most && requests < WARM_REQUESTS; tries++)
    requests += (await load(peer, { ...options, seconds: 1 })).requests;
}
const WARM_REQUESTS = 20_000;
const WARM_TRIES = 10;

function milliseconds(text: string | undefined): number {
  const parts = /^([\d.]+)(us|ms|s)$/.exec(text ?? "");
  if (parts === null) throw new Error(`wrk gave no time: ${text}`);
  return Number(parts[1]) * { us: 0.001, ms: 1, s: 1_000 }[parts[2] as "us" | "ms" | "s"];
}

function output(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    let text = "";
    for (const stream of [child.stdout, child.stderr])
      stream?.on("data", (data) => {
        text += data;
      });
    child.once("error", fail);
    child.once("close", (code) => (code === 0 ? done(text) : fail(new Error(`wrk ended with ${code}: ${text}`))));
  });
}
