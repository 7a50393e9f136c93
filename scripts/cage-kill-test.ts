// Kills a cage with SIGKILL at random while requests go through it, again and again, on one ledger. Afterwards every request that reached the
// upstream must have its intent in the ledger, every answer the record it named, and every intent its completion, as what was under way is
// closed as lost at the next start.
//
//   node dist/scripts/cage-kill-test.js [--kills 100] [--seed 1] [--durable]
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { CageLedger, goesOn, keyPathOf, leafOf } from "../cage/records/ledger.ts";
import { readKeyFile } from "../court-node/index.ts";
import { lockPathOf, nativeSha256, scrub } from "../ledger/index.ts";
import { builtMain, endProcess, startCageProcess } from "./cage-process.ts";
import { random } from "./random.ts";
import { RawClient } from "./raw-client.ts";

const CLIENTS = 16;
/** Ms of life of a cage after it listens. */
const LIFE_MS = { least: 20, most: 300 };
/** One life in so many does not wait for a request to reach the upstream. */
const LIVES_WITHOUT = 4;
/** Ms of waiting for it, at most. */
const FIRST_MS = 5_000;

export interface CageKillReport {
  readonly kills: number;
  /** Requests that the upstream saw. */
  readonly reached: number;
  readonly answered: number;
  readonly records: number;
  /** Exchanges that were under way at a kill. */
  readonly lost: number;
  readonly failures: readonly string[];
}

export interface CageKillOptions {
  readonly kills: number;
  readonly seed: number;
  readonly durable?: boolean;
  /** Built `cli/main.js`. */
  readonly main?: string;
  readonly progress?: (kills: number, reached: number) => void;
}

export async function cageKillTest({
  kills,
  seed,
  durable = false,
  main = builtMain(),
  progress,
}: CageKillOptions): Promise<CageKillReport> {
  const home = mkdtempSync(join(tmpdir(), "writ-cage-kill-"));
  const next = random(seed);
  /** Paths that reached the upstream, and records that answers named. */
  const reached = new Set<string>();
  const receipts = new Set<string>();
  const failures: string[] = [];
  const upstream = createServer((request, response) => {
    reached.add(request.url as string);
    response.end("ok");
  });
  await new Promise<void>((ready) => upstream.listen(0, "127.0.0.1", ready));
  const host = `127.0.0.1:${(upstream.address() as AddressInfo).port}`;
  let folder = "";
  try {
    for (let round = 0; round < kills; round++) {
      const cage = await startCageProcess({ home, durable, main, rules: 0 });
      folder = cage.folder;
      let alive = true;
      const before = reached.size;
      const clients = Array.from({ length: CLIENTS }, async (_, at) => {
        const client = new RawClient(cage.port);
        for (let count = 0; alive; count++) {
          try {
            const answer = await client.ask(
              `GET http://${host}/${round}/${at}/${count} HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
            );
            if (answer.status !== 200 || answer.receipt === null)
              failures.push(`round ${round}: an answer ${answer.status} with the record ${answer.receipt}`);
            else receipts.add(answer.receipt);
          } catch (error) {
            // A dead cage answers nothing.
            if (alive) failures.push(`round ${round}: ${(error as Error).message}`);
            break;
          }
        }
        client.close();
      });
      // A busy machine may take long for the first request: most lives begin with it.
      if (round % LIVES_WITHOUT !== 0) await firstOf(() => reached.size > before);
      await new Promise((wait) => setTimeout(wait, LIFE_MS.least + next() * (LIFE_MS.most - LIFE_MS.least)));
      alive = false;
      await endProcess(cage.process, "SIGKILL");
      await Promise.all(clients);
      progress?.(round + 1, reached.size);
    }
    // One more start closes what was under way; it ends in good order.
    const last = await startCageProcess({ home, durable, main, rules: 0 });
    await endProcess(last.process, "SIGTERM");
    const found = await look(folder, reached, receipts);
    return {
      kills,
      reached: reached.size,
      answered: receipts.size,
      ...found,
      failures: [...failures, ...found.failures],
    };
  } finally {
    upstream.closeAllConnections();
    await new Promise((closed) => upstream.close(closed));
    rmSync(home, { recursive: true, force: true });
  }
}

/** Waits until something is so, but not for ever. */
async function firstOf(isSo: () => boolean): Promise<void> {
  const end = performance.now() + FIRST_MS;
  while (!isSo() && performance.now() < end) await new Promise((next) => setTimeout(next, 1));
}

async function look(
  folder: string,
  reached: ReadonlySet<string>,
  receipts: ReadonlySet<string>,
): Promise<{ readonly records: number; readonly lost: number; readonly failures: string[] }> {
  const ledger = await openCageLedger(folder);
  const failures: string[] = [];
  const paths = new Set<string>();
  const leaves = new Set<string>();
  const open = new Map<number, string>();
  let lost = 0;
  try {
    const { problem } = scrub(ledger.log, nativeSha256);
    if (problem !== null) failures.push(`the ledger: ${problem.message}`);
    for (const { index, bytes, record } of ledger.entries()) {
      leaves.add(leafOf(bytes));
      if (record.kind === "intent") {
        paths.add(String(record.decided.at(-1)?.input["path"]));
        if (goesOn(record)) open.set(index, record.exchange);
      } else if (record.kind === "completion") {
        if (!open.delete(record.intent))
          failures.push(`record ${index} completes ${record.intent}, which is not under way`);
        if (record.ended === "lost") lost++;
      }
    }
    for (const path of reached) if (!paths.has(path)) failures.push(`${path} reached the upstream and has no intent`);
    for (const leaf of receipts)
      if (!leaves.has(leaf)) failures.push(`an answer named the record ${leaf}, which is not there`);
    for (const [index, exchange] of open) failures.push(`intent ${index} of ${exchange} has no completion`);
    return { records: ledger.size, lost, failures };
  } finally {
    await ledger.close();
  }
}

/** The ledger of a cage that has ended. */
export const openCageLedger = (folder: string): Promise<CageLedger> =>
  CageLedger.read({
    folder,
    key: readKeyFile(keyPathOf(folder)),
    origin: "localhost/cage",
    lockPath: lockPathOf(folder),
  });

async function main(): Promise<void> {
  for (const signal of ["SIGINT", "SIGTERM"] as const) process.once(signal, () => process.exit(130));
  const argument = (name: string, fallback: number): number => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? fallback : Number(process.argv[at + 1]);
  };
  const report = await cageKillTest({
    kills: argument("kills", 100),
    seed: argument("seed", 1),
    durable: process.argv.includes("--durable"),
    progress: (done, reached) => {
      if (done % 10 === 0) process.stderr.write(`${done} kills, ${reached} requests reached the upstream\n`);
    },
  });
  process.stdout.write(`${JSON.stringify({ ...report, failures: report.failures.slice(0, 20) })}\n`);
  process.exitCode = report.failures.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
