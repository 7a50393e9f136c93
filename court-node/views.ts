// What a reader sees: agreements by their module's own query, receipts as bytes and as a view. Reads only what is stored.
import { base64, fromHex, hex } from "../core/index.ts";
import { readState } from "./agreement-cache.ts";
import type { LoadedModule } from "./modules.ts";
import type { CourtNode } from "./node.ts";
import { type ProblemCode, ProblemError, problem } from "./protocol/problem.ts";
import { decodeReceipt, type Receipt, receiptId, receiptToJson } from "./protocol/receipt.ts";
import { assetDigits, type Json, type ShowValue, showByModule, showPlain, showTyped } from "./protocol/show.ts";
import { type Agreement, decodeAgreement, decodeSeq, SPACE } from "./records.ts";
import { stepSeqs } from "./steps.ts";

const no = (code: ProblemCode, detail: string): never => {
  throw new ProblemError(problem(code, detail));
};

export interface Page {
  readonly most: number;
}

// ── Modules ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const moduleOf = ({ modules, storage }: CourtNode, id: string): LoadedModule | undefined =>
  modules.get(id, (wanted) => storage.get(SPACE.module, wanted));

export function listModules(node: CourtNode, { after, most }: Page & { readonly after: string }): Json {
  const found = node.storage.range(SPACE.deployed, { from: `${after}\u0000`, most });
  return { modules: found.map(({ key, value }) => moduleJson(node, key, decodeSeq(value))) };
}

function moduleJson(node: CourtNode, id: string, seq: number): Json {
  const module = moduleOf(node, id);
  const title = module?.module.manifest["title"];
  return {
    id,
    seq,
    name: module?.module.name ?? null,
    version: module?.module.version ?? null,
    title: typeof title === "string" ? title : null,
  };
}

export const moduleFile = (node: CourtNode, id: string): Uint8Array =>
  node.storage.get(SPACE.module, id) ?? no("unknown-module", `there is no module ${id}`);

/** The module's manifest: parties, terms, actions, obligations, as data. */
export function moduleManifest(node: CourtNode, id: string): Json {
  const module = moduleOf(node, id) ?? no("unknown-module", `there is no module ${id}`);
  const { name, version, language, fuelSchedule, manifest } = module.module;
  return { id, name, version, language, fuelSchedule, manifest: manifest as Json };
}

// ── Agreements ────────────────────────────────────────────────────────────────────────────────────────────────────────

const recordOf = (node: CourtNode, id: string): Agreement =>
  decodeAgreement(node.storage.get(SPACE.agreement, id) ?? no("unknown-agreement", `there is no agreement ${id}`));

function agreementJson(
  id: string,
  record: Agreement,
  module: LoadedModule | undefined,
): { readonly [key: string]: Json } {
  const roles = module?.roles ?? [];
  return {
    id,
    module: hex(record.module),
    name: module?.module.name ?? null,
    roles: Object.fromEntries(record.dids.map((did, i) => [roles[i] ?? String(i), did])),
    steps: record.steps,
    lastSeq: record.lastSeq,
    root: hex(record.root),
    due: record.due === null ? null : { at: record.due.at, edge: record.due.edge, name: record.due.name },
    halted: record.halted,
    offeredAt: record.offeredAt,
  };
}

/** Agreements by id, after one; newest ones are found through the receipts. */
export function listAgreements(node: CourtNode, { after, most }: Page & { readonly after: string }): Json {
  const found = node.storage.range(SPACE.agreement, { from: `${after}\u0000`, most });
  return {
    agreements: found.map(({ key, value }) => {
      const record = decodeAgreement(value);
      return agreementJson(key, record, moduleOf(node, hex(record.module)));
    }),
  };
}

/** An agreement as its module tells it now. */
export function agreementView(node: CourtNode, id: string): { readonly [key: string]: Json } {
  const record = recordOf(node, id);
  const module = moduleOf(node, hex(record.module));
  const state = readState(record.state);
  const at = node.clock.now();
  return {
    ...agreementJson(id, record, module),
    at,
    view: module === undefined || state === undefined ? null : queryView(module, state.value, at),
  };
}

function queryView(
  module: LoadedModule,
  state: Parameters<LoadedModule["machine"]["run"]>[1][number],
  at: number,
): Json {
  const result = module.machine.run("query", [state, at], { fuel: module.fuel.query });
  if ("fault" in result) return { fault: result.fault.code };
  const entry = module.module.entries.find(({ name }) => name === "query");
  const type = entry === undefined ? undefined : module.module.types[entry.result];
  return type === undefined ? showPlain(result.value, "") : showTyped(result.value, type, assetDigits(module.module));
}

/** Receipts of an agreement, from a step on. */
export function agreementReceipts(node: CourtNode, id: string, { from, most }: Page & { readonly from: number }): Json {
  const found = stepSeqs(node.storage, id, recordOf(node, id), { from, most });
  // A group that the writing thread has stored is read here a moment before its checkpoint is published: it is not there yet.
  const published = found.filter((seq) => seq < node.log.size);
  return { receipts: published.map((seq) => receiptAnswer(node, node.log.entry(seq))) };
}

// ── Receipts ──────────────────────────────────────────────────────────────────────────────────────────────────────────

const shows = new WeakMap<LoadedModule, ShowValue>();
function showFor(node: CourtNode, receipt: Receipt): ShowValue {
  const module = moduleOf(node, hex(receipt.module));
  if (module === undefined) return showPlain;
  const show = shows.get(module) ?? showByModule(module.module);
  shows.set(module, show);
  return show;
}

/** A receipt as it is answered: index, id, the bytes, and a view by the module's types. */
export function receiptAnswer(
  node: CourtNode,
  bytes: Uint8Array,
): { readonly seq: number; readonly id: string; readonly cbor: string; readonly view: Json } {
  const decoded = decodeReceipt(bytes);
  if ("reason" in decoded) return no("internal", `a stored receipt cannot be read: ${decoded.reason}`);
  const { receipt } = decoded;
  return {
    seq: receipt.seq,
    id: hex(receiptId(bytes)),
    cbor: base64(bytes),
    view: receiptToJson(receipt, showFor(node, receipt)),
  };
}

export const receiptBytes = (node: CourtNode, seq: number): Uint8Array =>
  seq < node.log.size
    ? node.log.entry(seq)
    : no("unknown-receipt", `there is no receipt ${seq} in a log of ${node.log.size}`);

/** Receipts of the whole log, from an index on. */
export function listReceipts(node: CourtNode, { from, most }: Page & { readonly from: number }): Json {
  const count = Math.max(0, Math.min(most, node.log.size - from));
  return {
    size: node.log.size,
    receipts: Array.from({ length: count }, (_, i) => receiptAnswer(node, node.log.entry(from + i))),
  };
}

/** A receipt as an event of the stream: enough to know whether to look. */
export function eventJson(bytes: Uint8Array): Json {
  const decoded = decodeReceipt(bytes);
  if ("reason" in decoded) return no("internal", `a stored receipt cannot be read: ${decoded.reason}`);
  const { receipt } = decoded;
  const { outcome } = receipt;
  return {
    seq: receipt.seq,
    id: hex(receiptId(bytes)),
    agreement: receipt.agreement === null ? null : hex(receipt.agreement),
    module: hex(receipt.module),
    kind: receipt.kind,
    event: { kind: receipt.event[0], name: receipt.event[1] },
    caller: receipt.caller,
    stamp: receipt.stamp,
    now: receipt.now,
    outcome: outcome.kind,
    reason: outcome.kind === "refused" ? outcome.refusal.kind : outcome.kind === "fault" ? outcome.code : null,
    moves: receipt.moves.length,
  };
}

/** An id of 32 bytes in hex, lower case. */
export const isId = (text: string): boolean =>
  text.length === 64 && fromHex(text) !== undefined && text === text.toLowerCase();
