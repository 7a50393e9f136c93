// Many requests through one cage: its memory and its open files must stay as they are, and afterwards every request has its two
// records, every hash of the ledger fits the signed root, and records have proofs that hold.
//
//   node dist/scripts/cage-soak.js [--requests 500000] [--durable]
import { readdirSync, readFileSync, rmSync } from "node:fs";
import { mkdtemp } from "node:fs/promises";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { fileURLToPath } from "node:url";
import { goesOn } from "../cage/records/ledger.ts";
import { nativeSha256, nativeVerifyEd25519, parseVerifierKey, scrub, verifyProof } from "../ledger/index.ts";
import { openCageLedger } from "./cage-kill-test.ts";
import { builtMain, endProcess, startCageProcess } from "./cage-process.ts";
import { RawClient } from "./raw-client.ts";

const CLIENTS = 32;
/** Every so many requests a connection is closed and another opened. */
const PER_CONNECTION = 1_000;
/** Proofs that are made and checked; every hash is checked anyway. */
const PROOFS = 1_000;
/** Memory and files are looked at as often. */
const LOOKS = 20;

export interface SoakReport {
  readonly requests: number;
  readonly perSecond: number;
  /** MiB of memory of the cage's own, at each look. */
  readonly memory: readonly number[];
  /** Open files of the cage, before and after, without requests under way. */
  readonly files: readonly [before: number, after: number];
  readonly records: number;
  readonly failures: readonly string[];
}

export interface SoakOptions {
  readonly requests: number;
  readonly durable?: boolean;
  /** Built `cli/main.js`. */
  readonly main?: string;
  readonly progress?: (done: number, memory: number) => void;
}

export async function cageSoak({
  requests,
  durable = false,
  main = builtMain(),
  progress,
}: SoakOptions): Promise<SoakReport> {
  const home = await mkdtemp(join(tmpdir(), "writ-cage-soak-"));
  const failures: string[] = [];
  const upstream = createServer((_, response) => response.end("ok"));
  await new Promise<void>((ready) => upstream.listen(0, "127.0.0.1", ready));
  const host = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  try {
    const cage = await startCageProcess({ home, durable, main });
    const pid = cage.process.pid as number;
    // The first requests open what stays open.
    const warm = await ask({ port: cage.port, host, from: 0, to: Math.min(requests, 200) });
    failures.push(...warm);
    const before = openFiles(pid);
    const memory: number[] = [];
    const start = performance.now();
    let done = 0;
    let claimed = 200;
    const share = Math.min(PER_CONNECTION, Math.ceil(requests / CLIENTS / 2));
    const clients = Array.from({ length: CLIENTS }, async () => {
      while (claimed < requests) {
        const from = claimed;
        const to = Math.min(requests, from + share);
        claimed = to;
        failures.push(...(await ask({ port: cage.port, host, from, to })));
        done += to - from;
        if (memory.length < Math.floor((done * LOOKS) / requests)) {
          memory.push(residentMiB(pid));
          progress?.(done, memory.at(-1) as number);
        }
      }
    });
    await Promise.all(clients);
    const seconds = (performance.now() - start) / 1_000;
    memory.push(residentMiB(pid));
    const after = await settled(pid, before);
    await endProcess(cage.process, "SIGTERM");
    failures.push(...flat(memory, requests));
    if (after > before)
      failures.push(`${after - before} files are open that were not: ${before} before, ${after} after`);
    const { records, failures: wrong } = await look(cage.folder, requests);
    return {
      requests,
      perSecond: requests / seconds,
      memory,
      files: [before, after],
      records,
      failures: [...failures, ...wrong],
    };
  } finally {
    upstream.closeAllConnections();
    await new Promise((closed) => upstream.close(closed));
    rmSync(home, { recursive: true, force: true });
  }
}

/** Requests one after the other over one connection. */
async function ask({
  port,
  host,
  from,
  to,
}: {
  readonly port: number;
  readonly host: string;
  readonly from: number;
  readonly to: number;
}): Promise<string[]> {
  const client = new RawClient(port);
  try {
    for (let at = from; at < to; at++) {
      const { status, receipt } = await client.ask(`GET http://${host}/${at} HTTP/1.1\r\nHost: ${host}\r\n\r\n`);
      if (status !== 200 || receipt === null) return [`request ${at} was answered ${status}`];
    }
    return [];
  } catch (error) {
    return [`requests ${from} to ${to}: ${(error as Error).message}`];
  } finally {
    client.close();
  }
}

/** Its own memory: pages of the ledger's file are the system's, who takes them back. */
const residentMiB = (pid: number): number =>
  Number(/^RssAnon:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1]) / 1_024;

const openFiles = (pid: number): number => readdirSync(`/proc/${pid}/fd`).length;

/** Connections that were just closed take a moment. */
async function settled(pid: number, expected: number): Promise<number> {
  let open = openFiles(pid);
  for (let tries = 0; tries < 50 && open > expected; tries++) {
    await new Promise((wait) => setTimeout(wait, 100));
    open = openFiles(pid);
  }
  return open;
}

/** The last quarter may not need more than the half before it: the first quarter is warming up. Short runs never get warm. */
function flat(memory: readonly number[], requests: number): string[] {
  if (requests < 20_000) return [];
  const quarter = Math.floor(memory.length / 4);
  const most = (part: readonly number[]): number => Math.max(...part);
  const middle = most(memory.slice(quarter, -quarter));
  const end = most(memory.slice(-quarter));
  return end > middle * 1.15 + 8
    ? [`memory grows: ${middle.toFixed(0)} MiB in the middle, ${end.toFixed(0)} at the end`]
    : [];
}

async function look(
  folder: string,
  requests: number,
): Promise<{ readonly records: number; readonly failures: string[] }> {
  const ledger = await openCageLedger(folder);
  const failures: string[] = [];
  try {
    const key = parseVerifierKey(ledger.verifierKey);
    if (key === undefined) return { records: ledger.size, failures: ["the key of the ledger is none"] };
    const { problem } = scrub(ledger.log, nativeSha256);
    if (problem !== null) failures.push(`the ledger: ${problem.message}`);
    const seen = new Set<string>();
    const open = new Set<number>();
    let completed = 0;
    for (const { index, record } of ledger.entries()) {
      if (record.kind === "intent" && goesOn(record)) {
        seen.add(String(record.decided.at(-1)?.input["path"]));
        open.add(index);
      } else if (record.kind === "completion") {
        if (!open.delete(record.intent)) failures.push(`record ${index} completes what is not under way`);
        if (record.ended === "answered") completed++;
      }
    }
    for (let at = 0; at < requests; at++) if (!seen.has(`/${at}`)) failures.push(`request ${at} has no intent`);
    if (completed !== requests || open.size > 0)
      failures.push(`${completed} of ${requests} exchanges are answered, ${open.size} are under way`);
    for (let count = 0; count < PROOFS; count++) {
      const index = Math.floor((count * ledger.size) / PROOFS);
      if (!verifyProof(ledger.log.entry(index), ledger.log.proof(index), [key], nativeVerifyEd25519).ok)
        failures.push(`the proof of record ${index} does not hold`);
    }
    return { records: ledger.size, failures };
  } finally {
    await ledger.close();
  }
}

async function main(): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const at = process.argv.indexOf("--requests");
  const report = await cageSoak({
    requests: at < 0 ? 500_000 : Number(process.argv[at + 1]),
    durable: process.argv.includes("--durable"),
    progress: (done, memory) => process.stderr.write(`${done} requests, ${memory.toFixed(0)} MiB\n`),
  });
  process.stdout.write(`${JSON.stringify({ ...report, failures: report.failures.slice(0, 20) })}\n`);
  process.exitCode = report.failures.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
