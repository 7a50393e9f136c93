// The gate: what is written down, what is not, what a ledger that cannot be written does, and how one policy follows another.
import { describe, expect, it } from "vitest";
import { CageGate } from "../../../../cage/gate.ts";
import type { Decision, Facts, Outcome } from "../../../../cage/point.ts";
import type { CageRecord, CompletionRecord, IntentRecord, ReloadRecord } from "../../../../cage/records/record.ts";
import { isNote } from "../../../../cage/records/record.ts";
import { LedgerError, MemoryStorage, parseVerifierKey, verifyProof } from "../../../../ledger/index.ts";
import { PolicyError } from "../../../../policy/index.ts";
import {
  completed,
  FACTS,
  gateOn,
  intended,
  KINDS,
  ledgerOn,
  loaded,
  type Made,
  NOW,
  OUTGOING,
  opened,
} from "./kit.ts";

const DONE: Outcome = { ended: "answered", status: 200, durationMs: 7 };
const recordsOf = ({ ledger }: Pick<Made, "ledger">): CageRecord[] => [...ledger.entries()].map(({ record }) => record);
const textOf = ({ ledger }: Pick<Made, "ledger">): string =>
  [...ledger.entries()].map(({ bytes }) => Buffer.from(bytes).toString("latin1")).join("\n");

async function exchanged(made: Made, facts: Facts, more: Partial<Outcome> = {}): Promise<Decision> {
  const decision = made.gate.ask("request", facts);
  const intent = await intended(made.gate, decision, facts);
  if (decision.allowed) await completed(made.gate, intent, { ...DONE, ...more });
  return decision;
}

describe("records of an exchange", () => {
  it("hold what was asked and answered, and what is needed to ask again", async () => {
    const made = await gateOn(OUTGOING);
    await exchanged(
      made,
      { ...FACTS, method: "POST", dropped: ["x-real-ip"], met: [{ name: "rate_limit", found: { left: 49 } }] },
      { bytesOut: 5 },
    );
    const [reload, intent, completion, ...more] = recordsOf(made) as [ReloadRecord, IntentRecord, CompletionRecord];
    expect(more).toEqual([]);
    expect(reload).toMatchObject({
      kind: "reload",
      before: null,
      after: made.gate.module,
      name: "outgoing",
      bundle: null,
    });
    expect(made.kept).toEqual(["outgoing"]);
    expect(intent).toMatchObject({
      at: NOW,
      exchange: "ex-1",
      dropped: ["x-real-ip"],
      addresses: [{ ip: "192.0.2.7", class: "global" }],
    });
    expect(intent.met).toEqual([{ name: "rate_limit", found: { left: 49 } }]);
    const [decided] = intent.decided;
    expect(decided).toMatchObject({ point: "request", allowed: true, module: made.gate.module });
    expect(decided!.input).toMatchObject({ at: "request", now: NOW, host: "api.example", method: "POST" });
    expect(decided!.answer).toMatchObject({ decision: "allow", determining: [{ rule: "api", at: [] }] });
    expect(completion).toMatchObject({ intent: 1, ended: "answered", status: 200, durationMs: 7, bytesOut: 5 });
  });

  it("hold no secret: those of the policy, and fields that let somebody in", async () => {
    const made = await gateOn(OUTGOING);
    await exchanged(made, FACTS);
    const [, intent] = recordsOf(made) as [ReloadRecord, IntentRecord];
    expect([...intent.decided[0]!.masked].sort()).toEqual(["fields.authorization", "fields.x-token", "query.key"]);
    expect(intent.decided[0]!.input["query"]).toEqual({ a: "1", key: "•••" });
    for (const secret of ["s3cret", "t0ken", "hidden"]) expect(textOf(made)).not.toContain(secret);
  });

  it("hold digests of bodies; `receipt: full` adds the head and the body without what is redacted", async () => {
    const made = await gateOn(OUTGOING);
    const upload: Facts = { ...FACTS, host: "files.example", method: "PUT", path: "/x" };
    const json = '{"card": {"number": "4111 1111"}, "note": "hello"}';
    const kept = async (facts: Facts): Promise<[IntentRecord, CompletionRecord | undefined]> => {
      const size = made.ledger.size;
      const decided = [made.gate.ask("request", facts), made.gate.ask("body", { ...facts, json })];
      const intent = await intended(made.gate, decided, {
        ...facts,
        sent: [
          ["cookie", "id=s3cret"],
          ["accept", "a"],
        ],
      });
      await completed(made.gate, intent, {
        ...DONE,
        response: {
          status: 200,
          fields: [
            ["set-cookie", "s3cret"],
            ["etag", "e"],
          ],
          size: 5,
          digest: "ab".repeat(32),
        },
      });
      return recordsOf(made).slice(size) as [IntentRecord, CompletionRecord];
    };
    const [intent, completion] = await kept(upload);
    expect(intent.decided.map(({ point }) => point)).toEqual(["request", "body"]);
    expect(intent.decided[1]!.json).toBe('{"card":{"number":"•••"},"note":"hello"}');
    expect(intent.decided[1]!.masked).toContain("json.card.number");
    expect(intent.sent).toEqual([
      ["cookie", "•••"],
      ["accept", "a"],
    ]);
    expect(completion!.response).toMatchObject({
      size: 5,
      fields: [
        ["set-cookie", "•••"],
        ["etag", "e"],
      ],
    });

    const [digest, digestDone] = await kept({ ...FACTS, method: "POST" });
    expect(digest.decided[1]!.json).toBeNull();
    expect(digest.decided[1]!.jsonDigest).toMatch(/^[0-9a-f]{64}$/);
    expect(digest.decided[1]!.masked).toContain("json");
    expect(digest.sent).toBeNull();
    expect(digestDone!.response).toMatchObject({ size: 5, fields: null });
    for (const secret of ["4111", "s3cret"]) expect(textOf(made)).not.toContain(secret);
  });

  it("a denial is one record, and no exchange is under way", async () => {
    const made = await gateOn(OUTGOING);
    await exchanged(made, { ...FACTS, host: "other.example" });
    expect(made.gate.underWay).toBe(0);
    expect((recordsOf(made)[1] as IntentRecord).decided[0]).toMatchObject({ allowed: false, reason: "denied" });
  });

  it("a head as large as a head can be fits", async () => {
    const made = await gateOn(OUTGOING);
    const facts: Facts = {
      ...FACTS,
      host: "files.example",
      method: "PUT",
      query: Array.from({ length: 200 }, (_, i) => `parameter${i}=${"value".repeat(5)}`).join("&"),
      fields: Array.from({ length: 100 }, (_, i) => [`x-${i}`, "v".repeat(180)] as const),
    };
    const decided = [
      made.gate.ask("request", facts),
      made.gate.ask("body", { ...facts, json: `{"a": "${"b".repeat(60_000)}"}` }),
    ];
    expect(decided.map(({ reason }) => reason)).toEqual(["allowed", "input"]);
    await intended(made.gate, decided, { ...facts, sent: facts.fields! });
    const [, intent] = recordsOf(made) as [ReloadRecord, IntentRecord];
    expect(intent.sent).toBeNull();
    expect(intent.decided[1]!.masked).toEqual(expect.arrayContaining(["fields", "query", "json"]));
  });

  it("notes are records of their own, and every record has a proof", async () => {
    const made = await gateOn(OUTGOING);
    const id = await made.gate.note("refusal", { word: "two-hosts", address: "127.0.0.1" });
    await made.gate.note("confine", { tried: ["tcp"], open: 0 });
    expect(
      recordsOf(made)
        .filter(isNote)
        .map(({ kind }) => kind),
    ).toEqual(["refusal", "confine"]);
    const { bytes } = made.ledger.entry(id.index);
    const trusted = parseVerifierKey(made.ledger.verifierKey);
    if (trusted === undefined) throw new Error("no key");
    expect(verifyProof(bytes, made.ledger.log.proof(id.index), [trusted])).toMatchObject({ ok: true, index: id.index });
    expect(made.ledger.find(id.leaf).index).toBe(id.index);
  });
});

describe("a ledger that cannot be written", () => {
  it("denies by name, allows nothing that is not written, and goes on when it can", async () => {
    let now = NOW;
    const made = await gateOn(OUTGOING, { now: () => now });
    const decision = made.gate.ask("request", FACTS);
    made.storage.readOnly = "no byte is free";
    await expect(intended(made.gate, decision, FACTS)).rejects.toBeInstanceOf(LedgerError);
    expect(made.gate.ask("request", FACTS)).toMatchObject({ allowed: false, reason: "ledger-down", answer: null });
    expect(made.gate.down?.code).toBe("ledger/no-space");
    now += 2_000;
    expect(made.gate.ask("request", FACTS).reason).toBe("ledger-down");
    made.storage.readOnly = null;
    expect(made.gate.ask("request", FACTS).reason).toBe("ledger-down");
    now += 2_000;
    expect(made.gate.ask("request", FACTS).allowed).toBe(true);
    await exchanged(made, FACTS);
    expect(made.gate.down).toBeNull();
  });

  it("says so when the process has to end, and stays down", async () => {
    const fatal: string[] = [];
    let now = NOW;
    const made = await gateOn(OUTGOING, { now: () => now, onFatal: ({ code }) => void fatal.push(code) });
    made.storage.failNext = new LedgerError("ledger/flush-failed", "the disk is gone");
    await expect(intended(made.gate, made.gate.ask("request", FACTS), FACTS)).rejects.toThrow("the disk is gone");
    now += 60_000;
    expect(made.gate.ask("request", FACTS).reason).toBe("ledger-down");
    expect(fatal).toEqual(["ledger/flush-failed"]);
  });

  it("one record that is too large says nothing of the next", async () => {
    const made = await gateOn(OUTGOING);
    await expect(made.gate.note("anomaly", { text: "a".repeat(70_000) })).rejects.toThrow("at most");
    await expect(made.gate.note("anomaly", { text: "\ud800" })).rejects.toBeInstanceOf(LedgerError);
    expect(made.gate.ask("request", FACTS).allowed).toBe(true);
  });
});

describe("after a crash", () => {
  it("exchanges that were under way are closed as lost, once", async () => {
    const first = await gateOn(OUTGOING);
    for (let i = 0; i < 5; i++) await exchanged(first, { ...FACTS, exchange: `done-${i}` });
    const open = { ...FACTS, exchange: "open" };
    await intended(first.gate, first.gate.ask("request", open), open);
    const ledger = await ledgerOn(first.storage);
    expect(ledger.lost.map(({ record }) => record.exchange)).toEqual(["open"]);
    const gate = await CageGate.start(
      { ledger, kinds: KINDS, now: () => NOW, store: { keep: () => undefined } },
      loaded(OUTGOING),
    );
    expect(gate.underWay).toBe(0);
    const lost = [...ledger.entries()]
      .map(({ record }) => record)
      .filter(({ kind }) => kind === "completion")
      .at(-1);
    expect(lost).toMatchObject({ ended: "lost", status: null, intent: 11 });
    expect((await ledgerOn(first.storage)).lost).toEqual([]);
  });

  it("looks only at what may be open, however long the ledger is", async () => {
    const made = await gateOn(OUTGOING);
    const kept = { ...FACTS, exchange: "kept-open" };
    // At once, since a completion waits a little for others.
    const many = (count: number): Promise<unknown> =>
      Promise.all(Array.from({ length: count }, (_, i) => exchanged(made, { ...FACTS, exchange: String(i) })));
    for (let i = 0; i < 7; i++) await many(100);
    await intended(made.gate, made.gate.ask("request", kept), kept);
    for (let i = 0; i < 4; i++) await many(100);
    expect(Number(made.ledger.meta("settled"))).toBeGreaterThan(900);
    const ledger = await ledgerOn(made.storage);
    expect(ledger.lost.map(({ record }) => record.exchange)).toEqual(["kept-open"]);
  });
});

describe("a reload", () => {
  const OTHER = OUTGOING.replace("api.example", "other.example");

  it("takes the place of the policy in use, and is a record", async () => {
    const made = await gateOn(OUTGOING);
    const before = made.gate.module;
    await made.gate.reload(loaded(OTHER));
    expect(made.gate.ask("request", FACTS).allowed).toBe(false);
    expect(recordsOf(made).at(-1)).toMatchObject({ kind: "reload", before, after: opened(OTHER).moduleId });
  });

  it("leaves the policy in use where the new one may not stand, or cannot be written down", async () => {
    const made = await gateOn(OUTGOING);
    await expect(
      made.gate.reload(loaded("policy: p\non: {a: text}\nrules:\n  - allow: x\n    match: {a: b}\n")),
    ).rejects.toMatchObject({ code: "cage/not-http" });
    made.storage.readOnly = "full";
    await expect(made.gate.reload(loaded(OTHER))).rejects.toBeInstanceOf(LedgerError);
    made.storage.readOnly = null;
    expect(made.gate.ask("request", FACTS).allowed).toBe(true);
    expect(recordsOf(made).length).toBe(1);
  });

  it("refuses an older version, also after a new start", async () => {
    const bundle = (version: number) => ({ name: "outgoing", version, id: String(version).repeat(64) });
    const storage = new MemoryStorage();
    const made = await gateOn(OUTGOING, { storage });
    await made.gate.reload({ ...loaded(OTHER), bundle: bundle(3), signedBy: ["did:key:z6MkA"] });
    expect(recordsOf(made).at(-1)).toMatchObject({ bundle: { version: 3, signedBy: ["did:key:z6MkA"] } });
    await expect(
      made.gate.reload({ ...loaded(OUTGOING), bundle: bundle(2), signedBy: ["did:key:z6MkA"] }),
    ).rejects.toBeInstanceOf(PolicyError);
    expect(made.gate.bundle?.version).toBe(3);
    const options = { ledger: await ledgerOn(storage), kinds: KINDS, now: () => NOW, store: { keep: () => undefined } };
    await expect(
      CageGate.start(options, { ...loaded(OUTGOING), bundle: bundle(1), signedBy: ["a"] }),
    ).rejects.toMatchObject({ code: "policy/bundle-rolled-back" });
  });

  it("masks with the secrets of the policy that decided", async () => {
    const made = await gateOn(OUTGOING);
    const decision = made.gate.ask("request", FACTS);
    await made.gate.reload(loaded(OTHER.replace("secrets: [fields.x-token, query.key]\n", "")));
    await intended(made.gate, decision, FACTS);
    expect(textOf(made)).not.toContain("t0ken");
  });
});
