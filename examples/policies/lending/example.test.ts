// The lending desk in a program: the policy is opened once and asked, its answers are kept in a log and run again, and a change of the
// policy is tried on them.
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "writ/compiler";
import { nativeSha256 } from "writ/ledger";
import { openPolicy, type PolicyModule, readModule } from "writ/policy";
import { Chain, Comparer, DecisionLog, linesOf, logged, Replayer, Store, storeOf } from "writ/policy/node";

const source = readFileSync(join(import.meta.dirname, "policy.yaml"), "utf8");
const data = {
  members: {
    c1: { name: "Ada", grade: 3, status: "active", unit: "desk" },
    c3: { name: "Eve", grade: 4, status: "barred", unit: "desk" },
  },
  units: { desk: { parents: ["floor"] }, floor: { parents: ["operations"] } },
};
function moduleOf(text: string): PolicyModule {
  const { value, diagnostics } = compile({ name: "policy.yaml", text });
  if (value === null) throw new Error(JSON.stringify(diagnostics.map((each) => each.message)));
  return value;
}
const at = "2026-03-01T09:00:00Z";
const book = { kind: "book", weight: 1.5 };

describe("the lending desk", () => {
  const policy = openPolicy(moduleOf(source), { data });

  it("decides, with what goes with it", () => {
    const answer = policy.decide({ card: "c1", act: "lend", items: [book, book], at });
    expect(answer).toMatchObject({
      decision: "allow",
      determining: [{ rule: "borrow", at: [] }],
      obligations: [{ name: "hold", args: { minutes: 4 }, rules: ["borrow"] }],
    });
    expect(policy.check({ card: "c1", act: "view", items: [book, { kind: "map", weight: 9 }], at }).violations).toEqual(
      [{ rule: "heavy-things", at: ["items[1]"], message: "item 1 weighs 9.0" }],
    );
  });

  it("keeps its answers, runs them again, and shows what a change would do", () => {
    const folder = mkdtempSync(join(tmpdir(), "writ-lending-"));
    afterAll(() => rmSync(folder, { recursive: true, force: true }));
    const path = join(folder, "decisions.jsonl");
    const log = DecisionLog.open(path);
    const desk = logged(policy, log, () => Date.UTC(2026, 2, 1, 9));
    expect(desk.decide({ card: "c1", act: "lend", items: [book], at }).decision).toBe("allow");
    expect(desk.decide({ card: "c3", act: "view", items: [], at }).decision).toBe("deny");
    expect(desk.decideText(`{"card": "c1", "act": "view", "items": [], "at": "${at}"}`).decision).toBe("allow");
    const { head } = log;
    log.close();

    const store = new Store(storeOf(path));
    const replayer = new Replayer(store);
    const stricter = readModule(moduleOf(source.replace("me.grade >= 2", "me.grade >= 4")));
    const comparer = new Comparer(store, stricter, new Map());
    const chain = new Chain(nativeSha256);
    for (const { text, number } of linesOf(path)) {
      const line = chain.next(text, number);
      if (line.kind === "log") continue;
      expect(replayer.again(line)).toBeNull();
      comparer.compare(line);
    }
    expect(chain.head).toEqual(head);
    expect(replayer).toMatchObject({ ran: 3, skipped: 0 });
    expect(comparer.result.flips).toEqual([
      { direction: "lost", before: ["borrow"], after: ["default"], count: 1, lines: [1] },
    ]);
  });
});
