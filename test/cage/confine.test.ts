// The profiles hold: in a network of its own, with listeners at every address a check tries, the user who runs the application
// reaches them all before the profile is loaded and none after it, while the cage answers. Needs root, namespaces, nftables,
// and for one part a systemd; where the machine has none of it, the test fails and says which.
import { execFileSync, spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { CheckOutcome } from "../../cage/confine/check.ts";
import { isUserName, profiles, readPlace } from "../../cage/confine/profiles.ts";
import { confineBody } from "../../cage/confine/record.ts";
import { leafOf } from "../../cage/records/ledger.ts";
import { openCageLedger } from "../../scripts/cage-kill-test.ts";

const UID = "64123";
const TCP = { kind: "tcp", ip: "127.0.0.1", port: 7440 } as const;
const UNIX = { kind: "unix", path: "/run/writ-test/cage.sock" } as const;

/** What the kernel and the machine let a test do. Each is a small trial. */
const can = {
  root: process.getuid?.() === 0,
  namespaces: spawnSync("unshare", ["--net", "--mount", "true"]).status === 0,
  nftables: spawnSync("unshare", ["--net", "nft", "add table inet trial"]).status === 0,
  systemd: existsSync("/usr/lib/systemd/systemd"),
};
/** Nothing is left out in silence: what is missing is said, and where it could be had it is a failure. */
it("the machine gives a test what confinement is made of", () => {
  const missing = Object.entries(can).filter(([, there]) => !there);
  const told = missing.map(([what]) => `not tested, this machine does not give it: ${what}`);
  for (const line of told)
    process.stderr.write(`confinement: ${line}
`);
  if (can.root) expect(told, "`sh scripts/system-packages.sh` installs what can be installed").toEqual([]);
});

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), "writ-confine-"));
  execFileSync("chmod", ["755", folder]);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** Addresses of the outside, on the loopback of a network nobody else is in. */
const NETWORK = `
set -e
ip link set lo up
ip addr add 198.51.100.7/32 dev lo
ip addr add 169.254.169.254/32 dev lo
ip -6 addr add 2001:db8::7/128 dev lo nodad
ip -6 addr add fd00:ec2::254/128 dev lo nodad
`;

/** Listens wherever a check looks. */
const OUTSIDE = `
const net = require("node:net"), dgram = require("node:dgram");
const ports = [443, 53, 80, 7440];
let waiting = ports.length + 4;
const ready = () => { if (--waiting === 0) require("node:fs").writeFileSync(process.argv[1], "") };
for (const port of ports) net.createServer((socket) => { socket.on("error", () => {}); socket.end() }).listen({ port, host: "::" }, ready);
for (const port of [443, 53]) for (const [kind, host] of [["udp4", "198.51.100.7"], ["udp6", "2001:db8::7"]]) {
  const socket = dgram.createSocket(kind);
  socket.on("message", (data, from) => socket.send(data, from.port, from.address));
  socket.bind(port, host, ready);
}
setTimeout(() => process.exit(), 60000);
`;

const CHECK = `
import { checkConfinement } from ${JSON.stringify(new URL("../../dist/cage/confine/check.js", import.meta.url).href)};
const outcome = await checkConfinement({ v4: "198.51.100.7", v6: "2001:db8::7", wayTimeoutMs: 1500, ...JSON.parse(process.argv[1]) });
process.stdout.write(JSON.stringify(outcome) + "\\n");
`;

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;

/** Runs lines of a shell in a network of their own, listeners beside it; `$CHECK` tries the ways. */
function inNetwork(lines: string, options: object): CheckOutcome[] {
  const script = join(folder, "scenario.sh");
  const ready = join(folder, "ready");
  rmSync(ready, { force: true });
  const check = `${quoted(process.execPath)} --input-type=module -e ${quoted(CHECK)} -- ${quoted(JSON.stringify({ user: UID, cage: TCP, ...options }))}`;
  writeFileSync(
    script,
    `${NETWORK}
${quoted(process.execPath)} -e ${quoted(OUTSIDE)} ${quoted(ready)} &
outside=$!
trap 'kill $outside' EXIT
for i in $(seq 100); do test -e ${quoted(ready)} && break; sleep 0.05; done
check() { ${check}; }
${lines}
`,
  );
  const run = spawnSync("unshare", ["--net", "--mount", "--kill-child", "--fork", "sh", script], {
    encoding: "utf8",
    timeout: 60_000,
    killSignal: "SIGKILL",
  });
  expect(run.status, run.stderr).toBe(0);
  return run.stdout
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line) as CheckOutcome);
}

const profile = (file: string, cage: Parameters<typeof profiles>[0]["cage"] = TCP): string => {
  const path = join(folder, file);
  const found = profiles({ user: UID, cage }).find((each) => each.file === file)!;
  writeFileSync(path, found.text, { mode: found.mode });
  return path;
};

const verdicts = ({ ways }: CheckOutcome): Record<string, string> =>
  Object.fromEntries(ways.filter(({ id }) => !id.startsWith("socket-")).map(({ id, verdict }) => [id, verdict]));
const REMOTE = [
  "tcp-443-v4",
  "tcp-443-v6",
  "udp-443-v4",
  "udp-443-v6",
  "udp-53-v4",
  "udp-53-v6",
  "tcp-53-v4",
  "tcp-80-v4",
  "metadata-v4",
  "metadata-v6",
];
const LOCAL = ["loopback-v4", "loopback-v6"];
const all = (ids: readonly string[], verdict: string) => Object.fromEntries(ids.map((id) => [id, verdict]));

describe.runIf(can.root && can.namespaces && can.nftables)("nftables", { timeout: 60_000 }, () => {
  it("closes every way and keeps the cage", () => {
    const [before, after] = inNetwork(`check\nnft -f ${profile("writ-cage.nft")}\ncheck`, {});
    expect(before!.uid).toBe(Number(UID));
    expect(verdicts(before!)).toMatchObject({ ...all([...REMOTE, ...LOCAL], "open"), "mptcp-443-v4": "open" });
    expect(verdicts(after!)).toMatchObject({ ...all([...REMOTE, ...LOCAL], "closed"), "mptcp-443-v4": "closed" });
    expect(after).toMatchObject({ cage: true });
    expect(after!.open.filter((id) => !id.startsWith("socket-"))).toEqual([]);
    // Each was reached without confinement, so each proves something.
    expect(after!.ways.filter(({ id }) => REMOTE.includes(id)).map(({ free }) => free)).toEqual(
      REMOTE.map(() => "connected"),
    );
    expect(confineBody(before!)).toMatchObject({ confined: false, uid: Number(UID) });
  });

  it("loads twice, and again with another port", () => {
    const other = join(folder, "other.nft");
    writeFileSync(other, profiles({ user: UID, cage: { ...TCP, port: 7441 } })[1]!.text);
    const [after] = inNetwork(
      `nft -f ${profile("writ-cage.nft")}\nnft -f ${profile("writ-cage.nft")}\nnft -f ${other}\ncheck`,
      {},
    );
    expect(after).toMatchObject({ cage: false });
    expect(verdicts(after!)).toMatchObject(all([...REMOTE, ...LOCAL], "closed"));
  });

  it("a cage on a unix socket leaves the user no network at all", () => {
    const [after] = inNetwork(`nft -f ${profile("writ-cage.nft", UNIX)}\ncheck`, {});
    expect(after).toMatchObject({ cage: false });
    expect(verdicts(after!)).toMatchObject(all([...REMOTE, ...LOCAL], "closed"));
  });

  it("as the command does it, with its record", async () => {
    const main = fileURLToPath(new URL("../../dist/cli/main.js", import.meta.url));
    const ledger = join(folder, "ledger");
    const [closed] = inNetwork(
      `nft -f ${profile("writ-cage.nft")}
${quoted(process.execPath)} ${quoted(main)} cage confine --check --user ${UID} --v4 198.51.100.7 --v6 2001:db8::7 --json --ledger ${ledger} || test $? = 1`,
      {},
    ) as unknown as [CheckOutcome & { record: { index: number; leaf: string } }];
    expect(verdicts(closed)).toMatchObject(all([...REMOTE, ...LOCAL], "closed"));
    const kept = await openCageLedger(ledger);
    try {
      const { record, bytes } = kept.entry(closed.record.index);
      expect(leafOf(bytes)).toBe(closed.record.leaf);
      expect(record).toMatchObject({ kind: "confine", body: { uid: Number(UID), cage: true, open: closed.open } });
    } finally {
      await kept.close();
    }
  });

  it("one forgotten port is found", () => {
    const [after] = inNetwork(
      `nft -f ${profile("writ-cage.nft")}\nnft insert rule inet writ_cage confined udp dport 443 accept\ncheck`,
      {},
    );
    expect(after!.open.filter((id) => !id.startsWith("socket-"))).toEqual(["udp-443-v4", "udp-443-v6"]);
  });
});

describe.runIf(can.root && can.namespaces)("an own network", { timeout: 60_000 }, () => {
  it("as PrivateNetwork gives it: nothing is reached", () => {
    const [after] = inNetwork(
      "unshare --net --mount sh -c 'ip link set lo up; exec sleep 20' & inner=$!\nsleep 0.3\ncheck\nkill $inner",
      { launcher: ["unshare", "--user", "--net"] },
    );
    expect(verdicts(after!)).toMatchObject(all([...REMOTE, ...LOCAL], "closed"));
    expect(after!.cage).toBe(false);
  });

  it("a process says where the application is", () => {
    const check = { pid: "PID" };
    const [after] = inNetwork(
      `unshare --net sleep 20 & inner=$!\nsleep 0.3\ncheck() { ${quoted(process.execPath)} --input-type=module -e ${quoted(CHECK)} -- "$(printf '%s' ${quoted(JSON.stringify({ user: UID, cage: TCP, ...check }))} | sed "s/\\"PID\\"/$inner/")"; }\ncheck\nkill $inner`,
      {},
    );
    expect(verdicts(after!)).toMatchObject(all([...REMOTE, ...LOCAL], "closed"));
  });
});

/** Boots a systemd of its own with one service under the drop-in, and checks from where that service is. */
function underSystemd(cage: Parameters<typeof profiles>[0]["cage"]): CheckOutcome {
  const out = join(folder, "systemd.json");
  rmSync(out, { force: true });
  const dropIn = profiles({ user: "nobody", cage })[0]!.text.replace(/^(?:After|Wants)=.*\n/gm, "");
  const units = {
    "app.service": `[Unit]\nDefaultDependencies=no\n[Service]\nExecStart=/bin/sleep 60\n`,
    "app.service.d/writ-cage.conf": dropIn,
    "check.service": `[Unit]
DefaultDependencies=no
Requires=app.service
After=app.service
SuccessAction=exit-force
FailureAction=exit-force
[Service]
Type=oneshot
ExecStart=/bin/sh ${folder}/check-unit.sh
`,
  };
  const write = Object.entries(units)
    .map(
      ([name, text]) =>
        `mkdir -p $(dirname /run/systemd/system/${name})\nprintf %s ${quoted(text)} > /run/systemd/system/${name}`,
    )
    .join("\n");
  const options = { user: "nobody", cage, pid: "PID" };
  writeFileSync(
    join(folder, "check-unit.sh"),
    `PATH=/usr/sbin:/usr/bin:/sbin:/bin
pid=$(systemctl show --property MainPID --value app.service)
${quoted(process.execPath)} --input-type=module -e ${quoted(CHECK)} -- "$(printf '%s' ${quoted(JSON.stringify(options))} | sed "s/\\"PID\\"/$pid/")" > ${out} 2> ${out}.err
`,
  );
  const ready = join(folder, "ready-systemd");
  writeFileSync(
    join(folder, "boot.sh"),
    `${NETWORK}
mount --make-rprivate /
mount -t tmpfs tmpfs /sys/fs/cgroup
mount -t cgroup2 cgroup2 /sys/fs/cgroup
mount -t tmpfs tmpfs /run
mkdir -p ${cage.kind === "unix" ? cage.path.replace(/\/[^/]*$/, "") : "/run/none"}
${quoted(process.execPath)} -e ${quoted(OUTSIDE)} ${quoted(ready)} > /dev/null &
${
  cage.kind === "unix"
    ? `${quoted(process.execPath)} -e 'require("net").createServer((s) => s.end()).listen("${cage.path}", () => require("fs").chmodSync("${cage.path}", 0o666)); setTimeout(process.exit, 60000)' > /dev/null &`
    : ""
}
for i in $(seq 100); do test -e ${quoted(ready)} && break; sleep 0.05; done
${write}
export container=writ-test
exec /usr/lib/systemd/systemd --system --unit=check.service --log-target=null --show-status=no
`,
  );
  const run = spawnSync(
    "unshare",
    [
      "--kill-child",
      "--fork",
      "--pid",
      "--mount",
      "--mount-proc",
      "--net",
      "--ipc",
      "--uts",
      "--cgroup",
      "sh",
      join(folder, "boot.sh"),
    ],
    { encoding: "utf8", timeout: 60_000, killSignal: "SIGKILL" },
  );
  const said = `${run.stderr}${existsSync(`${out}.err`) ? readFileSync(`${out}.err`, "utf8") : ""}`;
  expect(existsSync(out), said).toBe(true);
  const text = readFileSync(out, "utf8");
  expect(text, said).not.toBe("");
  return JSON.parse(text) as CheckOutcome;
}

describe.runIf(can.root && can.namespaces && can.systemd)("systemd", { timeout: 60_000 }, () => {
  it("IPAddressDeny closes all but the address of the cage, ports of it are for nftables", () => {
    const after = underSystemd(TCP);
    expect(verdicts(after)).toMatchObject({ ...all(REMOTE, "closed"), "loopback-v4": "open", "loopback-v6": "closed" });
    expect(after.cage).toBe(true);
  });
  it("PrivateNetwork leaves the socket of the cage alone", () => {
    const after = underSystemd(UNIX);
    expect(verdicts(after)).toMatchObject(all([...REMOTE, ...LOCAL], "closed"));
    expect(after.open).toEqual([]);
    expect(after.cage).toBe(true);
  });
});

describe.runIf(can.root && can.namespaces)("Landlock", { timeout: 60_000 }, () => {
  const abi = Number(spawnSync("perl", ["-e", "print syscall(444, 0, 0, 1)"], { encoding: "utf8" }).stdout);

  it("closes TCP, and the check finds what it leaves open", () => {
    const launcher = ["setpriv", "--no-new-privs", "--", profile("writ-landlock")];
    if (abi < 4) {
      // Here the launcher must not start anything.
      const run = spawnSync(launcher[0]!, [...launcher.slice(1), "true"], { encoding: "utf8" });
      expect(run.status).not.toBe(0);
      expect(run.stderr).toContain("no Landlock for TCP");
      return;
    }
    const [after] = inNetwork("check", { launcher });
    const tcp = REMOTE.filter((id) => !id.startsWith("udp"));
    expect(verdicts(after!)).toMatchObject({
      ...all([...tcp, ...LOCAL], "closed"),
      ...all(
        REMOTE.filter((id) => id.startsWith("udp")),
        "open",
      ),
    });
    expect(after!.cage).toBe(true);
  });

  it("runs nothing without its rules", () => {
    const run = spawnSync("setpriv", ["--reuid", UID, "--clear-groups", profile("writ-landlock"), "echo", "ran"], {
      encoding: "utf8",
    });
    expect(run.stdout).toBe("");
    expect(run.stderr).toMatch(/the rules do not hold|no Landlock/);
    expect(run.status).not.toBe(0);
  });
});

it.each([
  ["127.0.0.1:7440", { kind: "tcp", ip: "127.0.0.1", port: 7440 }],
  ["[::1]:7440", { kind: "tcp", ip: "::1", port: 7440 }],
  ["unix:/run/writ/cage.sock", { kind: "unix", path: "/run/writ/cage.sock" }],
  ["10.0.0.1:7440", null],
  ["127.0.0.1:0", null],
  ["127.0.0.1:70000", null],
  ["127.0.0.1", null],
  ["localhost:7440", null],
  ["unix:cage.sock", null],
  ["unix:/run/../etc", null],
  ["unix:/run/a b", null],
])("the place %s", (text, place) => expect(readPlace(text)).toEqual(place));

it.each([
  ["app", true],
  ["64123", true],
  ["root", false],
  ["0", false],
  ["00", false],
  ["a b", false],
  ["a\nmeta skuid root accept", false],
  ["A", false],
  ["", false],
])("the user %j", (user, good) => expect(isUserName(user)).toBe(good));
