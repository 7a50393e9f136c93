// A cage that is told to does not start beside an application that has another way out. The ways are really tried: as a user of the system, in
// its own network and in none.
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import type { RequiredConfinement } from "../../cage/confine/required.ts";
import { CONFINE_OUTCOME_AGE_MS } from "../../cage/limits.ts";
import { UsageError } from "../../cli/exit.ts";
import { openCageLedger } from "../../scripts/cage-kill-test.ts";
import { afterwards, closeAll, get, raw, upstream } from "./fakes.ts";
import { NEAR, type Whole, wholeCage } from "./whole.ts";

afterEach(closeAll);

function place(): string {
  const folder = mkdtempSync(join(tmpdir(), "writ-required-"));
  afterwards(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

const started = (confinement: RequiredConfinement, ledger: string): Promise<Whole> =>
  wholeCage(NEAR, { confinement, ledger });
const refused = async (confinement: RequiredConfinement, ledger: string): Promise<string> => {
  const error: unknown = await started(confinement, ledger).then(
    () => null,
    (thrown: unknown) => thrown,
  );
  expect(error).toBeInstanceOf(UsageError);
  return (error as UsageError).message;
};
async function confineRecords(folder: string) {
  const ledger = await openCageLedger(folder);
  try {
    return [...ledger.entries()].flatMap(({ record }) => (record.kind === "confine" ? [record.body] : []));
  } finally {
    await ledger.close();
  }
}

const root = process.getuid?.() === 0;
if (!root) process.stderr.write("the ways of another user: not tried, only root can become one\n");

describe.runIf(root)("the ways are tried at the start", () => {
  const tried = { kind: "tried", user: "64123", v4: "127.0.0.1", v6: "::1", wayTimeoutMs: 500 } as const;

  it("one is open: the cage does not start, says which, and has written it down", async () => {
    const folder = place();
    expect(await refused(tried, folder)).toMatch(/^64123 has ways past the cage: .*loopback-v4/);
    expect(await confineRecords(folder)).toMatchObject([
      { user: "64123", uid: 64123, confined: false, required: true, open: expect.arrayContaining(["loopback-v4"]) },
    ]);
  });
  it("none is open: it starts, with the record of it", async () => {
    const folder = place();
    const launcher = ["unshare", "--user", "--net", "--mount", "sh", "-c", 'mount -t tmpfs none /run; exec "$@"', "sh"];
    const cage = await started({ ...tried, launcher: ["unshare", "--user", "--net", "--"] }, folder).catch(
      // Where the machine runs services on sockets of the system, those are hidden, too.
      () => started({ ...tried, launcher }, folder),
    );
    const up = await upstream();
    expect((await raw(cage.port, get(`${up.url}/`))).status).toBe(200);
    expect(cage.records().findLast(({ kind }) => kind === "confine")).toMatchObject({
      body: { confined: true, open: [] },
    });
  });
  it("they cannot be tried: it does not start", async () => {
    expect(await refused({ ...tried, launcher: ["/nonexistent"] }, place())).toMatch(/is not known: /);
  });
});

describe("what root has found before", () => {
  const outcome = (more: object = {}) => ({
    at: new Date().toISOString(),
    user: "shop",
    uid: 1001,
    open: [] as string[],
    ways: [
      { id: "tcp-443-v4", what: "https", to: "1.1.1.1:443", verdict: "closed", confined: "EPERM", free: "connected" },
    ],
    cage: false,
    ...more,
  });
  const written = (content: unknown, mode = 0o600): RequiredConfinement => {
    const path = join(place(), "confine.json");
    writeFileSync(path, typeof content === "string" ? content : JSON.stringify(content));
    chmodSync(path, mode);
    return { kind: "file", path };
  };
  it("no way is open: it starts", async () => {
    const cage = await started(written(outcome(), 0o644), place());
    expect(cage.records().find(({ kind }) => kind === "confine")).toMatchObject({
      body: { user: "shop", confined: true, ways: [{ id: "tcp-443-v4", verdict: "closed" }] },
    });
  });
  it.each<[string, unknown, number, RegExp]>([
    [
      "a way is open",
      outcome({
        open: ["udp-53-v4"],
        ways: [{ id: "udp-53-v4", to: "1.1.1.1:53", verdict: "open", confined: "sent", free: "sent" }],
      }),
      0o600,
      /^shop has ways past the cage: udp-53-v4/,
    ],
    [
      "it is old",
      outcome({ at: new Date(Date.now() - CONFINE_OUTCOME_AGE_MS - 1_000).toISOString() }),
      0o600,
      /not made in the last/,
    ],
    ["others can write it", outcome(), 0o666, /can be written by others/],
    ["it says two things", outcome({ open: ["udp-53-v4"] }), 0o600, /is no outcome of a check/],
    ["it tried nothing", outcome({ ways: [] }), 0o600, /is no outcome of a check/],
    ["it is something else", "[]", 0o600, /is no outcome of a check/],
  ])("%s: it does not start", async (_, content, mode, why) => {
    expect(await refused(written(content, mode), place())).toMatch(why);
  });
  it("it is not there: it does not start", async () => {
    expect(await refused({ kind: "file", path: "/nonexistent/confine.json" }, place())).toMatch(/cannot be read/);
  });
});
