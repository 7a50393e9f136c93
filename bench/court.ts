// How many signed actions can a court take in a second, each durable and proved before it is answered? And what does a
// receipt cost, and how fast does a ledger replay? The court runs as it does in `writ serve`, on LMDB in a folder; the
// signing of the workload is done before the clock starts.
import { verify } from "node:crypto";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { performance } from "node:perf_hooks";
import { compile } from "../compiler/index.ts";
import { encode, hex } from "../core/index.ts";
import {
  type Action,
  actionId,
  type CourtNode,
  createServer,
  createVerifier,
  decodeEnvelope,
  decodeReceipt,
  encodeEnvelope,
  encodeReceipt,
  type Key,
  keyOfDid,
  newKey,
  openNode,
  type Receipt,
  type Reply,
  receiptId,
  replayLedger,
  type SignedAction,
  signAction,
  signTogether,
  stateRoot,
} from "../court-node/index.ts";
import { decodeAgreement, SPACE } from "../court-node/records.ts";
import { nativeVerifyEd25519, parseVerifierKey, publicKeyObject } from "../ledger/index.ts";
import { verifyProof } from "../ledger/verify.ts";
import { decodeValue, type Value } from "../vm/index.ts";
import { nsPerCall } from "./measure.ts";
import type { Row } from "./row.ts";

/** A deposit with a bound, so that a step checks inputs, rules and a limit, and keeps a state. */
const SOURCE = `
agreement: metered-supply
version: 1.0.0
parties:
  supplier: Nora
  customer: Emil
terms:
  most: 1000000
facts:
  level: 0
  reports: 0
actions:
  report:
    who: supplier
    with: {reading: {type: int, min: 0, max: 1000000}}
    needs: {within_bounds: reading <= most}
    then: {level: reading, reports: reports + 1}
`;
const ORIGIN = "bench.court/main";
const AGREEMENTS = 256;
const ACTIONS = 40_000;
/** Actions under way at a time: enough to fill the groups. */
const IN_FLIGHT = 1_200;
const BATCH = 500;
/** Actions that one signature is for, where an author signs them together. */
const TOGETHER = 16;
/** Signatures checked to know what one costs. */
const CHECKED = 4_000;
/** Machines differ by more than versions of a court do. The goal of 10,000 a second was set on one whose two cores check 18,500 signatures with
 *  OpenSSL in a second and do nothing else (108 µs each): so it asks for this part of what the machine at hand checks. */
const PART_OF_CHECKS = 0.54;

const row = (name: string, value: number, unit: string, goal: string | null, holds: boolean | null): Row => ({
  bench: "court",
  row: name,
  value,
  unit,
  ratio: null,
  against: null,
  goal,
  holds,
});

function mustBe(reply: Reply): Extract<Reply, { kind: "done" }> {
  if (reply.kind === "problem" || reply.status !== "accepted")
    throw new Error(
      `not accepted: ${JSON.stringify(reply, (_, value) => (typeof value === "bigint" ? String(value) : value))}`,
    );
  return reply;
}

let nonces = 0;
function unsigned(key: Key, fields: Partial<Action>): Action {
  const nonce = new Uint8Array(16);
  new DataView(nonce.buffer).setUint32(0, ++nonces);
  return {
    origin: ORIGIN,
    kind: "act",
    agreement: null,
    name: "",
    inputs: "null",
    value: null,
    for: null,
    author: key.did,
    nonce,
    deadline: Date.now() + 3_600_000,
    ...fields,
  };
}
const actionOf = (key: Key, fields: Partial<Action>): Promise<SignedAction> => signAction(unsigned(key, fields), key);

async function perform(node: CourtNode, signed: SignedAction, file: Uint8Array | null = null): Promise<Reply> {
  const refused = await node.admission.admit(signed);
  return refused === null
    ? node.engine.propose({ kind: "action", action: signed, file })
    : { kind: "problem", problem: refused };
}

interface Prepared {
  /** Each action signed by itself. */
  readonly alone: readonly Uint8Array[];
  /** Others, of which an author signed TOGETHER with each signature. */
  readonly together: readonly Uint8Array[];
}

/** Agreements signed and active, and envelopes ready to be sent. */
async function prepare(node: CourtNode, count: number, countTogether: number): Promise<Prepared> {
  const made = compile({ name: "bench.yaml", text: SOURCE });
  if (made.value === null) throw new Error(made.diagnostics.map(({ message }) => message).join("\n"));
  const name = hex(made.value.moduleId);
  const keys = Array.from({ length: AGREEMENTS }, newKey);
  const customer = newKey();
  mustBe(await perform(node, await actionOf(customer, { kind: "deploy", name }), made.value.bytes));
  const agreements = await Promise.all(
    keys.map(async (key) => {
      const inputs = JSON.stringify({ roles: { supplier: key.did, customer: customer.did }, terms: {} });
      const { receipts } = mustBe(await perform(node, await actionOf(customer, { kind: "offer", name, inputs })));
      const decoded = decodeReceipt(receipts[0]?.bytes as Uint8Array) as { readonly receipt: Receipt };
      const agreement = hex(decoded.receipt.agreement as Uint8Array);
      for (const signer of [key, customer])
        mustBe(await perform(node, await actionOf(signer, { kind: "sign", agreement })));
      return agreement;
    }),
  );
  const reportOf = (i: number): Action => {
    const at = i % AGREEMENTS;
    const key = keys[at] as Key;
    return unsigned(key, { agreement: agreements[at] as string, name: "report", inputs: `{"reading": ${i}}` });
  };
  const alone: Uint8Array[] = [];
  for (let i = 0; i < count; i++)
    alone.push(encodeEnvelope(await signAction(reportOf(i), keys[i % AGREEMENTS] as Key)));
  const together: Uint8Array[] = [];
  for (let from = 0; from < countTogether; from += AGREEMENTS * TOGETHER) {
    // In turns, as readings of many meters come in.
    const parts = await Promise.all(
      keys.map((key, at) =>
        signTogether(
          Array.from({ length: TOGETHER }, (_, i) => reportOf(from + i * AGREEMENTS + at)),
          key,
        ),
      ),
    );
    for (let i = 0; i < TOGETHER; i++) for (const part of parts) together.push(encodeEnvelope(part[i] as SignedAction));
  }
  return { alone, together: together.slice(0, countTogether) };
}

/** Actions a second through reading, checking and the engine. */
async function direct(node: CourtNode, envelopes: readonly Uint8Array[]): Promise<number> {
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: IN_FLIGHT }, async () => {
      while (next < envelopes.length) {
        const read = decodeEnvelope(envelopes[next++] as Uint8Array);
        if ("problem" in read) throw new Error(read.problem.reason);
        mustBe(await perform(node, read.value));
      }
    }),
  );
  return (envelopes.length / (performance.now() - started)) * 1000;
}

/** Actions a second through the batch address of a server on a real port, the client in this process too. */
async function overHttp(node: CourtNode, envelopes: readonly Uint8Array[]): Promise<number> {
  const server = createServer({ node, version: "bench" });
  const url = await server.listen({ host: "127.0.0.1", port: 0 });
  const bodies: Uint8Array[] = [];
  for (let i = 0; i < envelopes.length; i += BATCH) bodies.push(encode(envelopes.slice(i, i + BATCH)));
  let next = 0;
  const started = performance.now();
  await Promise.all(
    Array.from({ length: 8 }, async () => {
      while (next < bodies.length) {
        const response = await fetch(`${url}/actions/batch`, {
          method: "POST",
          headers: { "content-type": "application/cbor" },
          body: bodies[next++] as Uint8Array<ArrayBuffer>,
        });
        const { answers } = (await response.json()) as { readonly answers: readonly { readonly status?: string }[] };
        if (!answers.every(({ status }) => status === "accepted")) throw new Error("a batched action was not accepted");
      }
    }),
  );
  const perSecond = (envelopes.length / (performance.now() - started)) * 1000;
  await server.close();
  return perSecond;
}

/** CPU of checking one signature as a court does, in a thread and with the library that is there; the messages to the thread and
 *  back are part of it. */
async function checking(envelopes: readonly Uint8Array[]): Promise<{ readonly us: number; readonly library: string }> {
  const asked = envelopes.map((envelope) => {
    const read = decodeEnvelope(envelope);
    if ("problem" in read) throw new Error(read.problem.reason);
    return { ...read.value, key: keyOfDid(read.value.action.author) as Uint8Array };
  });
  const verifier = createVerifier(1);
  const all = async (): Promise<number> => {
    const before = process.cpuUsage();
    const verdicts = await Promise.all(
      asked.map(({ signature, bytes, key }) => verifier.verify(signature, bytes, key)),
    );
    const { user, system } = process.cpuUsage(before);
    if (!verdicts.every(Boolean)) throw new Error("a signature does not fit");
    return (user + system) / asked.length;
  };
  await all();
  const us = await all();
  const { library } = verifier;
  await verifier.close();
  return { us, library };
}

/** Signatures that a core checks in a second with OpenSSL, and nothing else. */
function checksPerSecond(envelopes: readonly Uint8Array[]): number {
  const asked = envelopes.map((envelope) => {
    const read = decodeEnvelope(envelope);
    if ("problem" in read) throw new Error(read.problem.reason);
    const { signature, bytes, action } = read.value;
    return { signature, bytes, key: publicKeyObject(keyOfDid(action.author) as Uint8Array) };
  });
  const started = performance.now();
  for (const { signature, bytes, key } of asked)
    if (!verify(null, bytes, key, signature)) throw new Error("a signature does not fit");
  return (asked.length / (performance.now() - started)) * 1000;
}

export async function run(): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), "writ-bench-"));
  const fatal = (error: Error): never => {
    throw error;
  };
  const node = await openNode({ folder, create: true, thread: true, origin: ORIGIN, key: newKey(), onFatal: fatal });
  try {
    const { alone: envelopes, together } = await prepare(node, 2 * ACTIONS, ACTIONS);
    const warm = envelopes.slice(0, ACTIONS / 2);
    await direct(node, warm);
    const checksBefore = checksPerSecond(envelopes.slice(0, CHECKED));
    const cpu = process.cpuUsage();
    const started = performance.now();
    const perSecond = await direct(node, envelopes.slice(ACTIONS / 2, (ACTIONS * 3) / 2));
    const used = process.cpuUsage(cpu);
    const wallMs = performance.now() - started;
    const cpuUs = (used.user + used.system) / ACTIONS;
    const checksOfTwo = checksBefore + checksPerSecond(envelopes.slice(0, CHECKED));
    const cpuBefore = process.cpuUsage();
    const perSecondTogether = await direct(node, together);
    const usedTogether = process.cpuUsage(cpuBefore);
    const http = await overHttp(node, envelopes.slice((ACTIONS * 3) / 2));

    const bytes = node.log.entry(node.log.size - 1);
    const { receipt } = decodeReceipt(bytes) as { readonly receipt: Receipt };
    const record = node.storage.get(SPACE.agreement, hex(receipt.agreement as Uint8Array)) as Uint8Array;
    const state = decodeValue(decodeAgreement(record).state) as { readonly value: Value };
    const receiptNs = nsPerCall(() => receiptId(encodeReceipt(receipt) as Uint8Array));
    const rootNs = nsPerCall(() => stateRoot(state.value));
    const envelopeNs = nsPerCall(() => decodeEnvelope(envelopes[0] as Uint8Array));
    const checked = await checking(envelopes.slice(0, CHECKED));
    const idNs = nsPerCall(() => actionId(envelopes[0] as Uint8Array));
    const proof = node.log.proof(receipt.seq);
    const key = parseVerifierKey(node.verifierKey);
    if (key === undefined) throw new Error("no verifier key");
    const nativeNs = nsPerCall(() => verifyProof(bytes, proof, [key], nativeVerifyEd25519));
    const pureNs = nsPerCall(() => verifyProof(bytes, proof, [key]));

    const from = performance.now();
    const report = replayLedger({ log: node.log, storage: node.storage, builtins: node.builtins });
    const replayed = (report.receipts / (performance.now() - from)) * 1000;
    if (report.difference !== null) throw new Error(report.difference.message);

    return [
      row("signed durable actions, each signed, in process", perSecond, "actions/s", "≥ 10,000", perSecond >= 10_000),
      {
        ...row("  two cores that only check signatures, OpenSSL", checksOfTwo, "checks/s", null, null),
        ratio: perSecond / checksOfTwo,
        against: "actions to checks",
        goal: `≥ ${PART_OF_CHECKS}×`,
        holds: perSecond / checksOfTwo >= PART_OF_CHECKS,
      },
      row("  cores used", (used.user + used.system) / 1000 / wallMs, "cores", null, null),
      row("  CPU of an action, all threads", cpuUs, "µs", null, null),
      {
        ...row(`  of it checking the signature, ${checked.library}`, checked.us, "µs", null, null),
        ratio: checked.us / cpuUs,
        against: "CPU of an action",
      },
      row("  so two whole cores would take", 2e6 / cpuUs, "actions/s", null, null),
      row(
        `signed durable actions, ${TOGETHER} signed together, in process`,
        perSecondTogether,
        "actions/s",
        "≥ 10,000",
        perSecondTogether >= 10_000,
      ),
      row(
        "  CPU of an action signed with others, all threads",
        (usedTogether.user + usedTogether.system) / ACTIONS,
        "µs",
        null,
        null,
      ),
      row(`signed durable actions, HTTP in batches of ${BATCH}, client included`, http, "actions/s", null, null),
      row("receipt: encode and id", receiptNs / 1e6, "ms", "< 0.2 ms", receiptNs / 1e6 < 0.2),
      row("state: encode and root", rootNs / 1e6, "ms", null, null),
      row("envelope: read and id", envelopeNs / 1e6, "ms", null, null),
      row("  of it the id", idNs / 1e6, "ms", null, null),
      row("proof: verify, native Ed25519", nativeNs / 1e6, "ms", "< 2 ms", nativeNs / 1e6 < 2),
      row("proof: verify, as a browser does", pureNs / 1e6, "ms", null, null),
      row("replay", replayed, "receipts/s", null, null),
    ];
  } finally {
    await node.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
