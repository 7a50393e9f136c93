// A receipt's bundle as something to look into: its source compiled again, its state and event handed to the machine. What
// the bundle says is compared, never believed.

import { compile } from "../compiler/index.ts";
import {
  fieldsOf,
  type Game,
  type Happened,
  openGame,
  readView,
  type Shown,
  type Words,
  wordsOf,
} from "../compiler/scenario/index.ts";
import { hex } from "../core/index.ts";
import { type Bundle, decodeBundle } from "../court-node/bundle.ts";
import { decodeEnvelope } from "../court-node/protocol/action.ts";
import { decodeReceipt, type Receipt, stateRoot } from "../court-node/protocol/receipt.ts";
import { eventOf, tickEvent } from "../court-node/step.ts";
import { packageIn } from "../lang/cue/package.ts";
import { readDocument } from "../lang/index.ts";
import { decodeModule, decodeValue, EVENT, type EventParts, eventRecord, type Value } from "../vm/index.ts";
import { readCue } from "./cue.ts";
import { UsageError } from "./exit.ts";
import { readInput } from "./files.ts";
import type { Io } from "./io.ts";
import { clean } from "./terminal.ts";

export interface BundleFile {
  readonly bundle: Bundle;
  readonly receipt: Receipt;
}

/** A sentence when the file is no bundle. */
export async function readBundle(io: Io, file: string): Promise<BundleFile> {
  const read = decodeBundle(await readInput(io, file));
  if ("reason" in read) throw new UsageError(`${clean(file)} is no receipt bundle: ${read.reason}`);
  const receipt = decodeReceipt(read.bundle.receipt);
  if ("reason" in receipt) throw new UsageError(`${clean(file)} holds no receipt: ${receipt.reason}`);
  return { bundle: read.bundle, receipt: receipt.receipt };
}

export interface Reopened {
  readonly game: Game;
  readonly words: Words;
  readonly run: Happened;
  /** `seller deliver`, `timer delivery`. */
  readonly text: string;
}

/** Null when running it again does not give the receipt: said on standard error. */
export async function gameOfBundle(io: Io, file: string): Promise<Reopened | null> {
  const { bundle, receipt } = await readBundle(io, file);
  if (receipt.entry !== "step" || bundle.pre === null)
    throw new UsageError(
      `receipt ${receipt.seq} is a${receipt.kind === "offer" ? "n offer" : " deployment"}: no rule was asked`,
    );
  const reopened = await lookInto({ bundle, receipt }, file);
  if (reopened === null)
    io.err("the step does not give the state its receipt names: the bundle is not what happened\n");
  return reopened;
}

/** Runs the step of a bundle again; null when it ends in another state than the receipt names. `file`: for messages. */
export async function lookInto({ bundle, receipt }: BundleFile, file: string): Promise<Reopened | null> {
  const { game, words } = await reopen(bundle, file);
  const state = decodeValue(bundle.pre ?? new Uint8Array());
  if ("problem" in state) throw new UsageError(`${clean(file)} holds no state: ${state.problem.message}`);
  const event = eventFor(bundle, receipt, file);
  const ran = game.driver.step(state.value, eventRecord(event));
  if ("fault" in ran) throw new UsageError(`the step ends badly: ${ran.fault.code}`);
  const root = stateRoot(ran.value.state)?.root;
  if (root === undefined || receipt.post === null || hex(root) !== hex(receipt.post)) return null;
  const step = ran.value;
  const text = step.kind === "timer" ? `timer ${step.name}` : `${authorOf(game, state.value, event)}${wordOf(event)}`;
  return { game, words, run: { event, before: state.value, step }, text };
}

const wordOf = (event: EventParts): string => (event.name === "" || event.kind === "sign" ? event.kind : event.name);

/** Role of the author, with a space behind it. */
function authorOf(game: Game, state: Value, event: EventParts): string {
  if (event.by === "") return "";
  const view = readView(game, state, event.at);
  const parties = "fault" in view ? new Map<string, Shown>() : fieldsOf(fieldsOf(view.whole).get("parties"));
  return `${[...parties].find(([, party]) => fieldsOf(party).get("did")?.value === event.by)?.[0] ?? "stranger"} `;
}

/** Games by module id: a court's receipts are mostly of few modules. */
const games = new Map<string, { game: Game; words: Words }>();

/** The module of a bundle with the words of its source. */
export async function reopen(bundle: Bundle, file: string): Promise<{ game: Game; words: Words }> {
  const decoded = decodeModule(bundle.module);
  if ("error" in decoded) throw new UsageError(`${clean(file)} holds no module: ${decoded.error.message}`);
  const known = games.get(hex(decoded.fileId));
  if (known !== undefined) return known;
  const [source] = decoded.module.debug.sources;
  if (source === undefined) throw new UsageError("the module of this receipt came without its source");
  const pack = packageIn(decoded.module.debug.sources);
  const document = (pack === null ? readDocument(source.text, source.name) : await readCue(pack)).value;
  const made = document?.kind === "agreement" ? compile(document) : null;
  if (document?.kind !== "agreement" || made?.program == null || made.value === null)
    throw new UsageError("the source in the module does not compile with this version of writ");
  if (hex(made.value.moduleId) !== hex(decoded.moduleId))
    throw new UsageError("the source in the module is not the source of its rules");
  const opened = openGame(made.program, decoded.module);
  if ("reason" in opened) throw new UsageError(`the module is refused: ${opened.reason}`);
  const reopened = { game: opened.game, words: wordsOf(made.program, document) };
  games.set(hex(decoded.fileId), reopened);
  return reopened;
}

function eventFor(bundle: Bundle, receipt: Receipt, file: string): EventParts {
  if (bundle.action === null) return partsOf(tickEvent(receipt.stamp).record);
  const action = decodeEnvelope(bundle.action);
  if ("problem" in action) throw new UsageError(`${clean(file)} holds no signed action: ${action.problem.reason}`);
  const event = eventOf(action.value, receipt.stamp);
  if ("reason" in event) throw new UsageError(`the action of ${clean(file)} is no event: ${event.reason}`);
  return partsOf(event.record);
}

function partsOf(record: Value): EventParts {
  const fields = record as readonly Value[];
  return {
    kind: fields[EVENT.kind] as EventParts["kind"],
    name: fields[EVENT.name] as string,
    by: fields[EVENT.by] as string,
    at: fields[EVENT.at] as number,
    value: fields[EVENT.value] as EventParts["value"],
    inputs: fields[EVENT.inputs],
    for: fields[EVENT.for] as string | null,
  };
}
