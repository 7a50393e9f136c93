// `writ cage init`: what it writes is a policy that passes its tests; what it learns allows what was recorded.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, expect, it } from "vitest";
import { CageGate } from "../../../cage/gate.ts";
import { STARTER, WATCH } from "../../../cage/learn/starter.ts";
import type { Facts } from "../../../cage/point.ts";
import { CageLedger, keyPathOf } from "../../../cage/records/ledger.ts";
import { keyFromSeed, writeKeyFile } from "../../../court-node/keys.ts";
import { Store, storeOf } from "../../../policy/node.ts";
import { completed, FACTS, intended, KINDS, loaded, NOW } from "../../unit/cage/gate/kit.ts";
import { runLine } from "../script.ts";

const folder = mkdtempSync(join(tmpdir(), "writ-cage-init-"));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const run = async (line: string): Promise<string> => (await runLine(line, folder)).lines.join("\n");

it("a first policy, and one to watch with", { timeout: 60_000 }, async () => {
  expect(await run("writ cage init")).toContain("wrote  cage.yaml");
  expect(await run("writ cage init watch.yaml --watch")).toContain("writ cage init cage.yaml --from-log .writ/cage");
  expect(readFileSync(join(folder, "cage.yaml"), "utf8")).toBe(STARTER);
  expect(readFileSync(join(folder, "watch.yaml"), "utf8")).toBe(WATCH);
  for (const file of ["cage.yaml", "watch.yaml"]) {
    expect(await run(`writ test ${file}`)).not.toMatch(/fail|error|warning/);
    expect((await runLine(`writ check ${file}`, folder)).code).toBe(0);
  }
  expect(await run("writ cage init")).toContain("is there already");
  expect(await run("writ cage init x.yaml --watch --from-log y")).toContain("write two different policies");
  expect(await run("writ cage init x.yaml --from-log none")).toContain("there is no folder `none`");
});

it("what a ledger has seen", { timeout: 60_000 }, async () => {
  const at = join(folder, ".writ/cage");
  const key = keyFromSeed(new Uint8Array(32).fill(7));
  const ledger = await CageLedger.open({ folder: at, key, origin: "cage.example/test" });
  writeKeyFile(keyPathOf(at), key);
  let now = NOW;
  const options = { ledger, store: new Store(storeOf(at)), kinds: KINDS, now: () => now++ };
  const gate = await CageGate.start(
    options,
    loaded("policy: watch\non: http.request\nrules:\n  - allow: all\n    match: {direction: egress}\n"),
  );
  const exchange = async (id: string, facts: Partial<Facts>, ended = "answered"): Promise<void> => {
    const all: Facts = { ...FACTS, query: null, exchange: id, ...facts };
    const intent = await intended(gate, gate.ask("request", all), all);
    await completed(gate, intent, { ended, status: 200, durationMs: 7, response: { status: 200, size: 30_000 } });
  };
  await exchange("a", { path: "/v1/users/17" });
  await exchange("b", { path: "/v1/users/18", query: "full=1" });
  await exchange("c", { path: "/v1/orders", method: "POST" });
  await exchange("d", { path: "/v1/down" }, "unreachable");
  await ledger.close();

  expect(await run("writ cage init learned.yaml --from-log .writ/cage")).toContain("2 rules from 3 exchanges");
  const text = readFileSync(join(folder, "learned.yaml"), "utf8");
  expect(text).toContain('matches: "^/v1/users/[0-9]{1,20}$"');
  expect(text).toContain('query: {keys: {only: ["full"]}}');
  expect(text).toContain("max: 32 KiB");
  expect(text).not.toContain("/v1/down");
  expect((await runLine("writ test learned.yaml", folder)).code).toBe(0);
  expect((await runLine("writ check learned.yaml", folder)).code).toBe(0);
  // Of what was recorded only the exchange that was never answered is lost.
  const replayed = await run("writ cage replay --policy learned.yaml");
  expect(replayed).toContain("1 of 4 decisions change: 1 lost, 0 gained");
  expect(replayed).toContain("all → default  record 7");
});
