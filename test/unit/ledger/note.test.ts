// Signed notes, checkpoints and proof files: the published example, and every way they can be damaged.
import { generateKeyPairSync, sign } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { utf8 } from "../../../core/index.ts";
import {
  Log,
  MemoryLock,
  MemoryStorage,
  nativeSha256,
  nativeVerifyEd25519,
  noteSigner,
  parseNote,
  parseProof,
  parseVerifierKey,
  printCheckpoint,
  printProof,
  printVerifierKey,
  signNote,
  verifyCheckpoint,
  verifyNote,
  verifyProof,
} from "../../../ledger/index.ts";

const example = JSON.parse(readFileSync(new URL("../../vectors/signed-note/example.json", import.meta.url), "utf8"));
const signerOf = (name: string) => noteSigner(name, generateKeyPairSync("ed25519").privateKey);
const open = async (name = "court.example/test") => {
  const signer = signerOf(name);
  const log = await Log.open({ storage: new MemoryStorage(), lock: new MemoryLock(), signer, sha256: nativeSha256 });
  return { log, signer };
};

describe("the example of the specification", () => {
  const key = parseVerifierKey(example.vkey);
  const note = parseNote(example.note);
  it.each([
    ["pure", undefined],
    ["native", nativeVerifyEd25519],
  ])("verifies (%s)", (_, verify) => {
    if (key === undefined || "reason" in note) throw new Error("not read");
    expect(printVerifierKey(key)).toBe(example.vkey);
    expect(verifyNote(note, [key], verify)).toMatchObject({ ok: true });
  });
  it.each([
    ["pure", undefined],
    ["native", nativeVerifyEd25519],
  ])("a changed letter does not (%s)", (_, verify) => {
    const changed = parseNote(example.note.replace("example message", "example massage"));
    if (key === undefined || "reason" in changed) throw new Error("not read");
    expect(verifyNote(changed, [key], verify)).toMatchObject({ ok: false, code: "bad-signature" });
  });
  it("an unknown key is no verdict", () => {
    if ("reason" in note) throw new Error("not read");
    expect(verifyNote(note, [signerOf("example.com/foo").key])).toMatchObject({ ok: false, code: "unknown-key" });
  });
  it.each([
    "",
    "example.com/foo",
    example.vkey.replace("530d903a", "530d903b"),
    example.vkey.slice(0, -2),
    `${example.vkey}A`,
    example.vkey.replace("foo", "f oo"),
  ])("%s is no key", (text) => expect(parseVerifierKey(text)).toBeUndefined());
});

describe("notes", () => {
  it("carry several signatures and pass over unknown ones", () => {
    const [a, b, c] = [signerOf("a.example"), signerOf("b.example"), signerOf("c.example")] as const;
    const note = parseNote(signNote("one\ntwo\n", [a, b, c]));
    if ("reason" in note) throw new Error(note.reason);
    expect(verifyNote(note, [a.key, c.key])).toEqual({ ok: true, by: [a.key, c.key] });
  });
  it.each([
    ["", "empty line"],
    ["text\n", "empty line"],
    ["text\n\n", "missing"],
    ["text\n\nx\n", "signature line"],
    ["text\n\n\u2014 a b\n", "signature line"],
    ["te\u0001xt\n\n\u2014 a AAAAAAAA\n", "control"],
    ["text\n\n\u2014 a AAAAAAAA", "missing"],
    [`t\n\n${"\u2014 a AAAAAAAA\n".repeat(65)}`, "at most"],
    ["x".repeat(200_000), "at most"],
  ])("%j is none", (text, word) => {
    const parsed = parseNote(text);
    expect("reason" in parsed ? parsed.reason : "").toContain(word);
  });
});

describe("proof files", () => {
  it("every cut, every changed character and every wrong entry is refused by name", async () => {
    const { log, signer } = await open();
    await log.commit(
      Array.from({ length: 11 }, (_, i) => utf8(`receipt ${i}`)),
      [],
    );
    const proof = log.proof(6);
    const entry = utf8("receipt 6");
    expect(verifyProof(entry, proof, [signer.key])).toMatchObject({ ok: true, index: 6, pathLength: 4 });
    expect(verifyProof(utf8("receipt 7"), proof, [signer.key])).toMatchObject({ ok: false, code: "bad-proof" });
    expect(verifyProof(entry, proof, [signerOf("court.example/test").key])).toMatchObject({
      ok: false,
      code: "unknown-key",
    });
    expect(verifyProof(entry, proof, [])).toMatchObject({ ok: false, code: "unknown-key" });
    for (let cut = 0; cut < proof.length; cut++)
      expect(verifyProof(entry, proof.slice(0, cut), [signer.key], nativeVerifyEd25519).ok).toBe(false);
    for (let at = 0; at < proof.length; at++) {
      for (const change of ["A", "z", "\n", " ", "=", "\u2014"]) {
        if (proof[at] === change) continue;
        expect([
          at,
          change,
          verifyProof(entry, proof.slice(0, at) + change + proof.slice(at + 1), [signer.key], nativeVerifyEd25519).ok,
        ]).toEqual([at, change, false]);
      }
    }
  });
  it("a proof against one checkpoint with another's signature is refused", async () => {
    const { log, signer } = await open();
    await log.commit([utf8("a"), utf8("b")], []);
    const early = log.note;
    await log.commit([utf8("c")], []);
    const file = parseProof(log.proof(0));
    if ("reason" in file) throw new Error(file.reason);
    expect(verifyProof(utf8("a"), printProof({ ...file, checkpoint: early }), [signer.key])).toMatchObject({
      ok: false,
      code: "bad-proof",
    });
    expect(verifyProof(utf8("a"), printProof({ ...file, extra: utf8("note") }), [signer.key]).ok).toBe(true);
  });
  it("a checkpoint of another origin or with another text is refused", () => {
    const signer = signerOf("court.example/a");
    const root = new Uint8Array(32);
    const other = signNote(printCheckpoint({ origin: "court.example/b", size: 1, root }), [signer]);
    expect(verifyCheckpoint(other, [signer.key])).toMatchObject({ ok: false, code: "wrong-origin" });
    for (const text of [
      "court.example/a\n01\nAAAA\n",
      "court.example/a\n1\nAAAA\n",
      `court.example/a\n1\n${"A".repeat(43)}=\nextension\n`,
    ]) {
      expect(verifyCheckpoint(signNote(text, [signer]), [signer.key])).toMatchObject({
        ok: false,
        code: "not-a-checkpoint",
      });
    }
    expect(verifyCheckpoint("nothing", [signer.key])).toMatchObject({ ok: false, code: "malformed" });
  });
});

describe("a signer", () => {
  it("makes the bytes of OpenSSL, whichever library signs", () => {
    for (let size = 0; size < 300; size += 23) {
      const { privateKey } = generateKeyPairSync("ed25519");
      const text = new Uint8Array(size).fill(size);
      expect(Buffer.from(noteSigner("a", privateKey).sign(text)).equals(sign(null, text, privateKey))).toBe(true);
    }
  });
});
