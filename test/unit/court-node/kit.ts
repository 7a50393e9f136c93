// A court in memory with a clock that stands still, compiled examples and keys that are always the same.
import { readFileSync } from "node:fs";
import { compile } from "../../../compiler/index.ts";
import { hex } from "../../../core/index.ts";
import { FreshNonces } from "../../../court-node/fresh-nonces.ts";
import {
  type Action,
  type ActionKind,
  AgreementCache,
  type Command,
  checkpointSigner,
  createAdmission,
  createVerifier,
  decodeReceipt,
  EmbeddedEngine,
  FakeClock,
  type Key,
  keyFromSeed,
  Modules,
  type Receipt,
  type Reply,
  type SignedAction,
  type Signer,
  signAction,
} from "../../../court-node/index.ts";
import { Log, MemoryLock, MemoryStorage, nativeSha256, nativeVerifyEd25519 } from "../../../ledger/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";

export const ORIGIN = "court.test/main";
export const keyOf = (name: string): Key => keyFromSeed(nativeSha256(new TextEncoder().encode(name)));
export const [node, seller, buyer, court, stranger] = ["node", "seller", "buyer", "court", "stranger"].map(keyOf) as [
  Key,
  Key,
  Key,
  Key,
  Key,
];

export interface Compiled {
  readonly bytes: Uint8Array;
  readonly moduleId: string;
}
export function compileText(text: string, name = "test.yaml"): Compiled {
  const { value, diagnostics } = compile({ name, text });
  if (value === null) throw new Error(diagnostics.map((each) => `${each.code}: ${each.message}`).join("\n"));
  return { bytes: value.bytes, moduleId: hex(value.moduleId) };
}
const compiled = new Map<string, Compiled>();
export function example(path: string): Compiled {
  const known =
    compiled.get(path) ??
    compileText(readFileSync(new URL(`../../../examples/${path}`, import.meta.url), "utf8"), path);
  compiled.set(path, known);
  return known;
}

export interface Kit {
  readonly engine: EmbeddedEngine;
  readonly log: Log;
  readonly storage: MemoryStorage;
  readonly lock: MemoryLock;
  readonly clock: FakeClock;
  readonly fatal: Error[];
}

export interface KitOptions {
  readonly at?: number;
  readonly storage?: MemoryStorage;
  readonly lock?: MemoryLock;
  readonly admits?: (did: string) => boolean;
}

export const START = Date.parse("2019-01-02T00:00:00Z");

export async function openKit(options: KitOptions = {}): Promise<Kit> {
  const storage = options.storage ?? new MemoryStorage();
  const lock = options.lock ?? new MemoryLock();
  const clock = new FakeClock(options.at ?? START);
  const log = await Log.open({
    storage,
    lock,
    signer: checkpointSigner(ORIGIN, node),
    sha256: nativeSha256,
    verify: nativeVerifyEd25519,
  });
  const fatal: Error[] = [];
  const engine = EmbeddedEngine.open({
    log,
    storage,
    clock,
    memo: { modules: new Modules(BUILTINS), agreements: new AgreementCache(), nonces: new FreshNonces(storage) },
    admits: options.admits ?? (() => true),
    onFatal: (error) => void fatal.push(error),
  });
  return { engine, log, storage, lock, clock, fatal };
}

let nonces = 0;
export function nonce(): Uint8Array {
  const bytes = new Uint8Array(16);
  new DataView(bytes.buffer).setUint32(0, ++nonces);
  return bytes;
}

export interface Sending extends Partial<Omit<Action, "kind" | "inputs" | "author">> {
  readonly inputs?: unknown;
  readonly rail?: Signer;
}
/** An action before it is signed, its deadline an hour after the kit's clock. */
export function unsigned(
  kit: Pick<Kit, "clock">,
  kind: ActionKind,
  signer: Signer,
  { rail: _, inputs, ...fields }: Sending = {},
): Action {
  return {
    origin: ORIGIN,
    kind,
    agreement: null,
    name: "",
    inputs: typeof inputs === "string" ? inputs : JSON.stringify(inputs ?? null),
    value: null,
    for: null,
    author: signer.did,
    nonce: nonce(),
    deadline: kit.clock.now() + 3_600_000,
    ...fields,
  };
}
export const prepare = (
  kit: Pick<Kit, "clock">,
  kind: ActionKind,
  signer: Signer,
  sending: Sending = {},
): Promise<SignedAction> => signAction(unsigned(kit, kind, signer, sending), signer, sending.rail ?? null);

const admission = createAdmission(createVerifier(0));
/** As the server does: signatures first, then the court. */
export async function submit(kit: Kit, action: SignedAction, file: Uint8Array | null = null): Promise<Reply> {
  const refused = await admission.admit(action);
  if (refused !== null) return { kind: "problem", problem: refused };
  const command: Command = { kind: "action", action, file };
  return kit.engine.propose(command);
}
export const send = async (kit: Kit, kind: ActionKind, signer: Signer, sending: Sending = {}): Promise<Reply> =>
  submit(kit, await prepare(kit, kind, signer, sending));

/** Receipts of a reply; throws when it is a problem. */
export function receiptsOf(reply: Reply): readonly Receipt[] {
  if (reply.kind === "problem") throw new Error(`${reply.problem.code}: ${reply.problem.detail}`);
  return reply.receipts.map(({ bytes }) => {
    const decoded = decodeReceipt(bytes);
    if ("reason" in decoded) throw new Error(decoded.reason);
    return decoded.receipt;
  });
}
/** What came of it, in one line: `accepted`, `refused not-the-party`, `problem late-deadline`. */
export function outcomeOf(reply: Reply): string {
  if (reply.kind === "problem") return `problem ${reply.problem.code}`;
  const outcome = receiptsOf(reply).at(-1)?.outcome;
  return outcome?.kind === "refused"
    ? `${reply.status} ${outcome.refusal.kind}${outcome.refusal.name === "" ? "" : ` ${outcome.refusal.name}`}`
    : reply.status;
}

export async function deploy(kit: Kit, module: Compiled, signer: Signer = seller): Promise<Reply> {
  return submit(kit, await prepare(kit, "deploy", signer, { name: module.moduleId }), module.bytes);
}

/** An agreement of an example, offered and signed by all who must. Gives its id. */
export async function offered(
  kit: Kit,
  module: Compiled,
  roles: Readonly<Record<string, Signer>>,
  terms: unknown = {},
): Promise<string> {
  receiptsOf(await deploy(kit, module));
  const dids = Object.fromEntries(Object.entries(roles).map(([role, signer]) => [role, signer.did]));
  const [receipt] = receiptsOf(
    await send(kit, "offer", seller, { name: module.moduleId, inputs: { roles: dids, terms } }),
  );
  return hex(receipt?.agreement as Uint8Array);
}
export async function lateDelivery(kit: Kit): Promise<string> {
  const agreement = await offered(kit, example("late-delivery/agreement.yaml"), { seller, buyer, court });
  for (const signer of [seller, buyer]) receiptsOf(await send(kit, "sign", signer, { agreement }));
  return agreement;
}
