// What the commands that talk to a court share: its address, its answers as lines, its problems as sentences.

import type { Command } from "commander";
import { showLocal, type Words } from "../compiler/scenario/index.ts";
import { hex } from "../core/index.ts";
import { decodeBundle } from "../court-node/bundle.ts";
import {
  type ActionAnswer,
  type CourtClient,
  createClient,
  ProblemError,
  type Receipt,
  type ReceiptAnswer,
} from "../court-node/protocol/index.ts";
import { lookInto, reopen } from "./bundle.ts";
import { EXIT, type ExitCode, UsageError, worldError } from "./exit.ts";
import type { Io } from "./io.ts";
import { clean, type Paint, padEnd, paintFor, thousands } from "./terminal.ts";
import { runLines, shownRun } from "./transcript.ts";

export const DEFAULT_COURT = "http://127.0.0.1:8080";

export interface CourtOptions {
  readonly court?: string;
  readonly json?: boolean;
}

/** The options every command that talks to a court has. */
export const withCourt = (command: Command): Command =>
  command
    .option("--court <url>", `address of the court node (default: WRIT_COURT, or ${DEFAULT_COURT})`)
    .option("--json", "print one JSON value");

export function clientFor(io: Io, options: CourtOptions): CourtClient {
  const url = options.court ?? io.env["WRIT_COURT"] ?? DEFAULT_COURT;
  if (!/^https?:\/\/[^\s]+$/.test(url))
    throw new UsageError(`\`${clean(url)}\` is no address of a court`, "such as http://127.0.0.1:8080");
  return createClient({ url, now: io.now });
}

/** Runs work that asks a court. A problem of the court is an answer: no when the request was at fault, trouble when the
 *  court is. A court that cannot be reached is a sentence. */
export async function asking(
  io: Io,
  client: CourtClient,
  options: CourtOptions,
  work: () => Promise<ExitCode>,
): Promise<ExitCode> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof ProblemError) {
      const { problem } = error;
      if (options.json) io.out(`${JSON.stringify({ ok: false, problem })}\n`);
      else {
        io.err(
          `${paintFor(io, "err").bad(problem.code)}: ${clean(problem.detail === "" ? problem.title : problem.detail)}\n`,
        );
        io.err(`${clean(problem.help ?? "")}\n`);
      }
      return problem.status >= 500 ? EXIT.trouble : EXIT.no;
    }
    // What `fetch` throws when there is no answer.
    if (!(error instanceof TypeError && error.cause !== undefined)) throw error;
    throw worldError(`reach the court at ${client.url}`, error);
  }
}

/** Prints an answer: every receipt on the way. The exit code is no when the action was refused or faulted. */
export async function showAnswer(
  io: Io,
  client: CourtClient,
  answer: ActionAnswer,
  options: CourtOptions,
): Promise<ExitCode> {
  const code = answer.status === "accepted" ? EXIT.ok : EXIT.no;
  if (options.json) {
    io.out(
      `${JSON.stringify({
        ok: answer.status === "accepted",
        status: answer.status,
        repeated: answer.repeated,
        receipts: answer.receipts.map(({ seq, id, view }) => ({ seq, id, view })),
      })}\n`,
    );
    return code;
  }
  for (const receipt of answer.receipts) io.out(`${(await receiptLines(client, receipt, paintFor(io))).join("\n")}\n`);
  return code;
}

/** A receipt for people. A step is run again here from its bundle: what is shown was not taken on trust. */
export async function receiptLines(
  client: CourtClient,
  { seq, id, bytes, receipt }: ReceiptAnswer,
  paint: Paint,
): Promise<string[]> {
  const head = `${" ".repeat(18)}${paint.dim(`receipt ${seq}  ${id}`)}`;
  const read = decodeBundle(await client.bundle(seq));
  if ("reason" in read) return [plainLine(receipt, paint, null), head];
  const bundle = { ...read.bundle, receipt: bytes };
  const looked = receipt.entry === "step" ? await lookInto({ bundle, receipt }, `receipt ${seq}`) : null;
  if (looked === null) return [plainLine(receipt, paint, (await reopen(bundle, `receipt ${seq}`)).words), head];
  const { game, words, run, text } = looked;
  return [...runLines(shownRun(game, words, run.before, run.step, text, run.event.name), words, paint, true), head];
}

/** Deployments and offers, and steps that cannot be run again here. Without words the time is UTC, and says so. */
export function plainLine(receipt: Receipt, paint: Paint, words: Words | null): string {
  const utc = new Date(receipt.now).toISOString().slice(0, 16).replace("T", " ");
  const time = words === null ? `${utc}Z` : showLocal(receipt.now, words.clock).slice(0, 16);
  const word = receipt.outcome.kind === "accepted" ? paint.good("accepted") : paint.bad(receipt.outcome.kind);
  const what = receipt.event.filter((part) => part !== "").join(" ");
  const about =
    receipt.agreement === null
      ? `module ${hex(receipt.module).slice(0, 16)}…`
      : `agreement ${hex(receipt.agreement).slice(0, 16)}…`;
  return `${paint.dim(time)}  ${padEnd(paint.strong(clean(what)), 30)} ${padEnd(word, 9)} ${paint.dim(`${thousands(receipt.fuel)} fuel`)}  ${paint.dim(about)}`;
}

/** Pages of agreements looked through for a name or the first digits of an id. */
const PAGES_MAX = 100;

/** Id of an agreement: as given, or the only one whose id begins so or whose name it is. */
export async function agreementFor(client: CourtClient, text: string): Promise<string> {
  const asked = text.toLowerCase();
  if (/^[0-9a-f]{64}$/.test(asked)) return asked;
  const isPrefix = /^[0-9a-f]{6,63}$/.test(asked);
  const found: string[] = [];
  let after: string | undefined;
  for (let page = 0; page < PAGES_MAX; page++) {
    const { agreements } = (await client.agreements(after)) as unknown as {
      readonly agreements: readonly { readonly id: string; readonly name: string | null }[];
    };
    found.push(
      ...agreements.filter(({ id, name }) => name === text || (isPrefix && id.startsWith(asked))).map(({ id }) => id),
    );
    after = agreements.at(-1)?.id;
    if (after === undefined) break;
  }
  const [only, ...others] = found;
  if (only === undefined) throw new UsageError(`the court at ${client.url} has no agreement \`${clean(text)}\``);
  if (others.length > 0)
    throw new UsageError(
      `the court has ${found.length} agreements \`${clean(text)}\`; name one by its id`,
      found.slice(0, 5).join("\n"),
    );
  return only;
}
