// Kills a court with SIGKILL at random while actions are being submitted, again and again, on one ledger. Afterwards no
// acknowledged action may be lost, unanswered ones sent again are taken exactly once, and every root replays.
//
//   node dist/scripts/kill-test.js [--kills 200] [--seed 1]
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../compiler/index.ts";
import { hex } from "../core/index.ts";
import {
  type CourtClient,
  createClient,
  decodeReceipt,
  keyFromSeed,
  newKey,
  openForReading,
  ProblemError,
  pureVerify,
  readKeyFile,
  replayLedger,
  type SignedAction,
  writeKeyFile,
} from "../court-node/index.ts";
import type { Log } from "../ledger/index.ts";
import { BUILTINS } from "../stdlib/index.ts";
import { random } from "./random.ts";

const SOURCE = `
agreement: counted
version: 1.0.0
parties: {a: Anna, b: Bert}
facts: {sum: 0, count: 0}
actions:
  add: {who: a, with: {n: {type: int, min: 0, max: 1000000}}, then: {sum: sum + n, count: count + 1}}
`;
const AGREEMENTS = 4;
const LOOPS = 12;
/** Ms of life of a court after its first answer. */
const LIFE_MS = { least: 20, most: 400 };

export interface KillReport {
  readonly kills: number;
  readonly acknowledged: number;
  /** Actions without an answer at a kill that were sent again: had been taken, or are taken now. */
  readonly resent: number;
  readonly takenBefore: number;
  readonly receipts: number;
  /** What went wrong; empty when nothing did. */
  readonly failures: readonly string[];
}

export interface KillOptions {
  readonly kills: number;
  readonly seed: number;
  /** Built `court-node/main.js`. */
  readonly main: string;
  readonly progress?: (kills: number, acknowledged: number) => void;
}

async function startCourt(
  main: string,
  folder: string,
): Promise<{ readonly process: ChildProcess; readonly url: string }> {
  const child = spawn(
    process.execPath,
    [
      main,
      "--ledger",
      join(folder, "ledger"),
      "--key",
      join(folder, "node.key"),
      "--port",
      "0",
      "--log-level",
      "error",
    ],
    { stdio: ["ignore", "pipe", "pipe"] },
  );
  let said = "";
  const url = await new Promise<string>((ready, fail) => {
    const hear = (data: Buffer): void => {
      said += data.toString();
      const match = / at (http:\S+)/.exec(said);
      if (match?.[1] !== undefined) ready(match[1]);
    };
    child.stdout?.on("data", hear);
    child.stderr?.on("data", hear);
    child.once("exit", (code) => fail(new Error(`the court ended with ${code} before it listened: ${said}`)));
  });
  return { process: child, url };
}

const kill = (child: ChildProcess): Promise<void> =>
  new Promise((gone) => {
    child.once("exit", () => gone());
    child.kill("SIGKILL");
  });

export async function killTest({ kills, seed, main, progress }: KillOptions): Promise<KillReport> {
  const folder = mkdtempSync(join(tmpdir(), "writ-kill-"));
  const next = random(seed);
  const failures: string[] = [];
  /** Id of each acknowledged receipt, by index. */
  const acknowledged = new Map<number, string>();
  /** Actions sent and not answered. */
  let open = new Set<SignedAction>();
  let [resent, takenBefore] = [0, 0];
  const key = newKey();
  const other = keyFromSeed(new Uint8Array(32).fill(1));
  writeKeyFile(join(folder, "node.key"), newKey());
  try {
    let agreements: readonly string[] = [];
    for (let round = 0; round <= kills; round++) {
      const court = await startCourt(main, folder);
      const client = createClient({ url: court.url });
      if (round === 0) agreements = await prepare(client, key, other);
      await checkKept(client, acknowledged, round === kills ? acknowledged.size : 50, failures);
      const again = [...open];
      open = new Set();
      for (const signed of again) {
        const { repeated } = await take(client, signed, acknowledged, failures);
        resent++;
        if (repeated) takenBefore++;
      }
      if (round === kills) {
        await kill(court.process);
        break;
      }
      let alive = true;
      const loops = Array.from({ length: LOOPS }, async (_, loop) => {
        while (alive) {
          const agreement = agreements[loop % AGREEMENTS] as string;
          const signed = await client.prepare("act", {
            agreement,
            name: "add",
            inputs: { n: loop },
            signer: key,
            deadlineMs: 3_600_000,
          });
          if (!alive) return;
          open.add(signed);
          try {
            await take(client, signed, acknowledged, failures);
            open.delete(signed);
          } catch (error) {
            // A dead court answers nothing; any word of a living one is a failure.
            if (error instanceof ProblemError && alive) failures.push(`round ${round}: ${error.message}`);
            return;
          }
        }
      });
      await new Promise((wait) => setTimeout(wait, LIFE_MS.least + next() * (LIFE_MS.most - LIFE_MS.least)));
      alive = false;
      await kill(court.process);
      await Promise.all(loops);
      progress?.(round + 1, acknowledged.size);
    }
    const reading = await openForReading({
      folder: join(folder, "ledger"),
      origin: "localhost/court",
      key: readKeyFile(join(folder, "node.key")),
    });
    const report = replayLedger({ ...reading, builtins: BUILTINS, verify: pureVerify });
    for (const name of repeatedActions(reading.log)) failures.push(`action ${name} was taken twice`);
    await reading.log.close();
    if (report.difference !== null)
      failures.push(
        `replay: receipt ${report.difference.seq}, ${report.difference.field}: ${report.difference.message}`,
      );
    return { kills, acknowledged: acknowledged.size, resent, takenBefore, receipts: report.receipts, failures };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Ids of actions with more than one receipt of their own. */
function repeatedActions(log: Log): readonly string[] {
  const seen = new Set<string>();
  const twice: string[] = [];
  for (let seq = 0; seq < log.size; seq++) {
    const decoded = decodeReceipt(log.entry(seq));
    if ("reason" in decoded || decoded.receipt.cause === null || decoded.receipt.kind === "timer") continue;
    const name = hex(decoded.receipt.cause.action);
    if (seen.has(name)) twice.push(name);
    seen.add(name);
  }
  return twice;
}

async function prepare(
  client: CourtClient,
  a: ReturnType<typeof newKey>,
  b: ReturnType<typeof newKey>,
): Promise<readonly string[]> {
  const { value, diagnostics } = compile({ name: "counted.yaml", text: SOURCE });
  if (value === null) throw new Error(diagnostics.map(({ message }) => message).join("\n"));
  const moduleId = hex(value.moduleId);
  await client.deploy({ file: value.bytes, moduleId, signer: a });
  const agreements: string[] = [];
  for (let i = 0; i < AGREEMENTS; i++) {
    const { agreement } = await client.offer({ moduleId, roles: { a: a.did, b: b.did }, terms: {}, signer: a });
    for (const signer of [a, b]) await client.sign({ agreement, signer });
    agreements.push(agreement);
  }
  return agreements;
}

/** Sends an action and notes the receipt it is acknowledged with; a receipt may be acknowledged twice, but never differently. */
async function take(
  client: CourtClient,
  signed: SignedAction,
  acknowledged: Map<number, string>,
  failures: string[],
): Promise<{ readonly repeated: boolean }> {
  const { status, receipts, repeated } = await client.submit(signed);
  if (status !== "accepted") failures.push(`an action was ${status}`);
  for (const { seq, id, receipt } of receipts) {
    const known = acknowledged.get(seq);
    if (known !== undefined && known !== id) failures.push(`receipt ${seq} was acknowledged as ${known} and as ${id}`);
    if (receipt.cause === null || hex(receipt.cause.action) !== hex(signed.id))
      failures.push(`receipt ${seq} is not of the action it answers`);
    acknowledged.set(seq, id);
  }
  return { repeated };
}

/** The newest acknowledged receipts are there as they were acknowledged. */
async function checkKept(
  client: CourtClient,
  acknowledged: ReadonlyMap<number, string>,
  most: number,
  failures: string[],
): Promise<void> {
  for (const seq of [...acknowledged.keys()].sort((a, b) => b - a).slice(0, most)) {
    try {
      const { id } = await client.receipt(seq);
      if (id !== acknowledged.get(seq)) failures.push(`receipt ${seq} came back as another`);
    } catch (error) {
      failures.push(`receipt ${seq} was acknowledged and is gone: ${(error as Error).message}`);
    }
  }
}

async function main(): Promise<void> {
  const argument = (name: string, fallback: number): number => {
    const at = process.argv.indexOf(`--${name}`);
    return at < 0 ? fallback : Number(process.argv[at + 1]);
  };
  const seed = argument("seed", 1);
  const court = join(dirname(dirname(fileURLToPath(import.meta.url))), "court-node", "main.js");
  const report = await killTest({
    kills: argument("kills", 200),
    seed,
    main: court,
    progress: (done, acknowledged) => {
      if (done % 10 === 0) process.stderr.write(`${done} kills, ${acknowledged} actions acknowledged\n`);
    },
  });
  process.stdout.write(`${JSON.stringify({ seed, ...report })}\n`);
  process.exitCode = report.failures.length === 0 ? 0 : 1;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await main();
