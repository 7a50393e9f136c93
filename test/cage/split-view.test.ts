// One cage, two histories: what somebody who kept a checkpoint, a receipt or nothing but two notes finds out by `writ ledger`.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";
import { encodeRecord } from "../../cage/records/encode.ts";
import { CageLedger } from "../../cage/records/ledger.ts";
import { keyFromSeed, writeKeyFile } from "../../court-node/keys.ts";
import { lockPathOf } from "../../ledger/index.ts";
import { runLine } from "../cli/script.ts";
import { ATTACKS } from "./attacks.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-split-"));
const at = (name: string): string => join(folder, name);
const KEY = keyFromSeed(new Uint8Array(32).fill(9));
let vkey = "";

/** What a cage would write: `tag` tells the histories apart. */
async function write(name: string, tag: string, count: number): Promise<void> {
  const ledger = await CageLedger.open({ folder: at(name), key: KEY, origin: "cage.example/split" });
  vkey = ledger.verifierKey;
  const body = { word: "malformed", tag };
  await Promise.all(
    Array.from({ length: count }, (_, i) =>
      ledger.append(encodeRecord({ kind: "refusal", at: 1_800_000_000_000 + i, body })),
    ),
  );
  await ledger.close();
}
function copy(from: string, to: string): void {
  cpSync(at(from), at(to), { recursive: true });
  cpSync(lockPathOf(at(from)), lockPathOf(at(to)));
}
const run = async (line: string) => {
  const { lines, code } = await runLine(line, folder);
  return { text: lines.join("\n"), code };
};
const keep = async (name: string, as: string, more = ""): Promise<void> => {
  const { text, code } = await run(`writ ledger checkpoint ${name} --key cage.vkey${more}`);
  expect(code, text).toBe(0);
  writeFileSync(at(as), `${text}\n`);
};

beforeAll(async () => {
  await write("shown", "both", 300);
  writeFileSync(at("cage.vkey"), vkey);
  writeKeyFile(at("cage.key"), KEY);
  await keep("shown", "early.note");
  copy("shown", "hidden");
  await write("shown", "shown", 10);
  await write("hidden", "hidden", 10);
  await keep("shown", "shown.note");
  await keep("hidden", "hidden.note");
  await write("hidden", "hidden", 7);
  await keep("hidden", "longer.note");
});
afterAll(() => rmSync(folder, { recursive: true }));

it("A21: two parties who were shown different histories find out by their notes alone", async () => {
  const { text, code } = await run(
    "writ ledger verify --checkpoint shown.note --checkpoint hidden.note --key cage.vkey",
  );
  expect(code).toBe(1);
  expect(text).toMatch(
    /^fork {2}cage\.example\/split has signed two histories: its first 310 entries are not the same/,
  );
  for (const note of ["shown.note", "hidden.note"]) expect(text).toContain(readFileSync(at(note), "utf8").trim());
  expect((await run("writ ledger verify --checkpoint shown.note --checkpoint shown.note --key cage.vkey")).text).toBe(
    "ok  2 checkpoints of one history",
  );
});

it("A21: an auditor who kept a checkpoint of one history finds the ledger of the other out", async () => {
  const found = await run(
    "writ ledger verify hidden --checkpoint early.note --checkpoint shown.note --key cage.vkey --json",
  );
  expect(found.code).toBe(1);
  const { ok, mismatches } = JSON.parse(found.text);
  expect([ok, mismatches.map(({ name, code }: Record<string, string>) => [name, code])]).toEqual([
    false,
    [["shown.note", "fork"]],
  ]);
  const [{ notes, growth, root }] = mismatches;
  expect(notes).toEqual([
    { name: "shown.note", note: readFileSync(at("shown.note"), "utf8") },
    { name: "hidden", note: readFileSync(at("longer.note"), "utf8") },
  ]);
  // The proof of growth shows to anybody which root the longer one has in place of the kept one.
  const [origin, size] = notes[0].note.split("\n");
  expect(readFileSync(at("hidden.note"), "utf8").split("\n").slice(0, 3)).toEqual([origin, size, root]);
  writeFileSync(at("evidence"), growth);
  const proves = await run("writ ledger verify --checkpoint hidden.note --checkpoint evidence --key cage.vkey");
  expect(proves.text).toBe("ok  2 checkpoints of one history");
  const shows = await run("writ ledger verify --checkpoint shown.note --checkpoint evidence --key cage.vkey");
  expect([shows.code, shows.text.split("  ")[0]]).toEqual([1, "misproven"]);

  // A receipt somebody was given holds a checkpoint, too.
  await run("writ cage records prove 305 --ledger shown --key cage.key --out receipt");
  const byReceipt = await run("writ ledger verify hidden --checkpoint receipt.proof --key cage.vkey");
  expect([byReceipt.code, byReceipt.text]).toEqual([1, expect.stringContaining("fork  cage.example/split")]);
});

it("what only grew is proved to have grown, without the entries", async () => {
  const grown = await run("writ ledger verify hidden --checkpoint early.note --checkpoint hidden.note --key cage.vkey");
  expect([grown.code, grown.text.split("\n").slice(1)]).toEqual([
    0,
    [
      "ok  early.note: the ledger grew from this checkpoint of 300",
      "ok  hidden.note: the ledger grew from this checkpoint of 310",
    ],
  ]);
  const unknown = await run("writ ledger verify --checkpoint early.note --checkpoint longer.note --key cage.vkey");
  expect([unknown.code, unknown.text.split("  ")[0]]).toEqual([1, "unproven"]);
  await keep("hidden", "growth", " --since early.note");
  const known = await run("writ ledger verify --checkpoint growth --checkpoint early.note --key cage.vkey");
  expect([known.code, known.text]).toEqual([0, "ok  2 checkpoints of one history"]);
  expect((await run("writ ledger checkpoint hidden --since shown.note --key cage.vkey")).code).toBe(1);
});

it("a ledger that was cut, an old copy, and a note of nobody are told apart", async () => {
  copy("shown", "old");
  const shorter = await run("writ ledger verify old --checkpoint longer.note --key cage.vkey");
  expect([shorter.code, shorter.text]).toEqual([
    1,
    expect.stringContaining("shorter  old has 310 entries, and a checkpoint of 317"),
  ]);
  // Put back under a lock that knows better.
  cpSync(lockPathOf(at("hidden")), lockPathOf(at("old")));
  const locked = await run("writ ledger verify old --key cage.vkey");
  expect([locked.code, locked.text]).toEqual([1, expect.stringContaining("── the lock beside the folder")]);
  const text = readFileSync(at("shown.note"), "utf8");
  writeFileSync(at("forged.note"), text.replace("\n310\n", "\n311\n"));
  const forged = await run("writ ledger verify shown --checkpoint forged.note --key cage.vkey");
  expect([forged.code, forged.text]).toEqual([
    1,
    expect.stringContaining("bad-signature  forged.note: the signature of"),
  ]);
  expect((await run("writ ledger verify --checkpoint shown.note --key cage.vkey")).code).toBe(2);
  expect((await run("writ ledger verify shown")).text).toMatch(/holds no node\.key|name the key/);
  // A copy has no lock beside it, and an auditor may have a key file.
  cpSync(at("shown"), at("copied"), { recursive: true });
  expect((await run("writ ledger verify copied --key cage.key")).code).toBe(0);
  writeKeyFile(at("other.key"), keyFromSeed(new Uint8Array(32).fill(8)));
  const other = await run("writ ledger verify shown --key other.key");
  expect([other.code, other.text]).toEqual([
    2,
    expect.stringMatching(/^error: ledger\/other-key: .*by another key.*\nName the key/),
  ]);
});

it("the checkpoint of a cage that runs is the newest", async () => {
  const ledger = await CageLedger.open({ folder: at("running"), key: KEY, origin: "cage.example/split" });
  try {
    for (let i = 0; i < 3; i++)
      await ledger.append(encodeRecord({ kind: "refusal", at: 1_800_000_000_000, body: { word: "malformed" } }));
    // Signed, and most likely not moved into the store yet.
    writeFileSync(at("running.note"), ledger.log.note);
    await keep("running", "seen.note");
    expect(readFileSync(at("seen.note"), "utf8")).toBe(ledger.log.note);
    expect((await run("writ ledger verify running --checkpoint running.note --key cage.vkey")).code).toBe(0);
  } finally {
    await ledger.close();
  }
});

it("the table of attacks names this", () => {
  expect(ATTACKS.find(({ id }) => id === "A21")!.tests).toContain("test/cage/split-view.test.ts");
});
