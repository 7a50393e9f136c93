// The commands on the ledger of a cage, as a script: the ledger is made first, by a gate.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect, it } from "vitest";
import { CageGate } from "../../../cage/gate.ts";
import type { Facts, Outcome } from "../../../cage/point.ts";
import { CageLedger, keyPathOf } from "../../../cage/records/ledger.ts";
import { keyFromSeed, writeKeyFile } from "../../../court-node/keys.ts";
import { Store, storeOf } from "../../../policy/node.ts";
import { completed, FACTS, intended, KINDS, loaded, NOW } from "../../unit/cage/gate/kit.ts";
import { fits, type Ran, readArchive, readScript, runLine, scriptOf, unpack, writeArchive } from "../script.ts";

const path = join(dirname(fileURLToPath(import.meta.url)), "records.txtar");
const DONE: Outcome = { ended: "answered", status: 200, durationMs: 7 };

/** A reload, an exchange, a body that is denied, a host that is denied, a head that was refused, and one exchange under way. */
async function fill(folder: string, policy: string): Promise<void> {
  const key = keyFromSeed(new Uint8Array(32).fill(7));
  const ledger = await CageLedger.open({ folder, key, origin: "cage.example/test" });
  writeKeyFile(keyPathOf(folder), key);
  let now = NOW;
  const store = new Store(storeOf(folder));
  const gate = await CageGate.start({ ledger, store, kinds: KINDS, now: () => now++ }, loaded(policy));
  const exchange = async (id: string, facts: Partial<Facts>, json?: string): Promise<void> => {
    const all: Facts = { ...FACTS, query: null, exchange: id, ...facts };
    const decided = [gate.ask("request", all)];
    if (json !== undefined) decided.push(gate.ask("body", { ...all, json }));
    const intent = await intended(gate, decided, all);
    if (decided.at(-1)?.allowed && id !== "open") await completed(gate, intent, DONE);
  };
  await exchange("first", {});
  await exchange("posted", { method: "POST" }, '{"amount": 12}');
  await exchange("card", { method: "POST" }, '{"card": "4111"}');
  await exchange("elsewhere", { host: "other.example" });
  await exchange("twice", { query: "a=1&a=2" });
  await gate.note("refusal", { word: "two-hosts", address: "127.0.0.1" });
  await exchange("open", {});
  const [one, two, three] = ["11", "22", "33"].map((each) => each.repeat(32));
  await gate.certificates({ served: [one!], clients: [three!] });
  await gate.certificates({ served: [two!, one!], clients: [] });
  const caller = { address: "192.0.2.9" };
  await gate.note("refusal", {
    word: "handshake-failed",
    direction: "ingress",
    caller,
    detail: "unsupported protocol",
  });
  await gate.note("refusal", { word: "too-many-connections", direction: "ingress", count: 40 });
  await ledger.close();
}

it("the records of a cage, by command", { timeout: 120_000 }, async () => {
  const archive = readArchive(readFileSync(path, "utf8"));
  const script = archive.files.find(({ name }) => name === "script");
  const { folder, remove } = unpack(archive.files.filter((file) => file !== script));
  try {
    const policy = archive.files.find(({ name }) => name === "policy.yaml")?.text ?? "";
    await fill(join(folder, ".writ/cage"), policy);
    const commands = readScript(script?.text ?? "");
    const ran: Ran[] = [];
    for (const { line } of commands) ran.push(await runLine(line, folder));
    for (const { line, lines } of ran) expect(lines.join("\n"), line).not.toContain("a mistake of writ");
    if (process.env["UPDATE"] === "1") {
      const files = archive.files.map((file) => (file === script ? { ...file, text: scriptOf(commands, ran) } : file));
      writeFileSync(path, writeArchive({ ...archive, files }));
      return;
    }
    commands.forEach(({ line, expected, code }, at) => {
      const { lines, code: got } = ran[at] as Ran;
      if (!fits(expected, lines)) expect.soft(lines.join("\n"), line).toBe(expected.join("\n"));
      expect.soft(got, `exit code of ${line}`).toBe(code);
    });
  } finally {
    remove();
  }
});
