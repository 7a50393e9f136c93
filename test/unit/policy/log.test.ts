// Decision logs: one chain over files, crashes and restarts; every change is found.
import {
  appendFileSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { nativeSha256 } from "../../../ledger/index.ts";
import { openPolicy, type Plain, PolicyError } from "../../../policy/index.ts";
import { Chain, DecisionLog, headText, linesOf, readHead, Store, storeOf } from "../../../policy/node.ts";
import { plainValue } from "../../../policy/plain.ts";
import { type Line, readLine } from "../../../policy/record.ts";
import { built, FOLDER_DATA, FOLDERS, NOTES } from "./kit.ts";

let folder: string;
let path: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "writ-log-"));
  path = join(folder, "decisions.jsonl");
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const notes = openPolicy(built(NOTES).bytes);
const AT = "2026-03-01T09:00:00.000Z";
const ask = (user: string): Plain => ({ user, act: "read", note: { owner: "ada", shared: user.length % 2 === 0 } });

function append(log: DecisionLog, user: string): void {
  const input = plainValue(ask(user));
  log.keep(notes.parts);
  log.append({ kind: "decide", at: AT, answer: notes.machine.decide(input), input: { value: input } });
}

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof PolicyError) return `${error.code.replace("policy/", "")}: ${error.message}`;
    throw error;
  }
  return "fine";
};

/** Reads files as one chain; what follows the last newline is given back. */
function verify(...files: string[]): { readonly lines: Line[]; readonly chain: Chain; readonly torn: number } {
  const chain = new Chain(nativeSha256);
  const lines: Line[] = [];
  let torn = 0;
  for (const file of files) {
    const read = linesOf(file);
    for (;;) {
      const next = read.next();
      if (next.done === true) {
        torn = next.value;
        break;
      }
      lines.push(chain.next(next.value.text, next.value.number));
    }
  }
  return { lines, chain, torn };
}

describe("a decision log", () => {
  it("is canonical lines, each with the hash of the one before", () => {
    const log = DecisionLog.open(path);
    for (const user of ["ada", "bo", "eve"]) append(log, user);
    const { head } = log;
    log.close();
    const { lines, chain, torn } = verify(path);
    expect(lines.map(({ kind, seq }) => `${kind} ${seq}`)).toEqual(["log 0", "decide 1", "decide 2", "decide 3"]);
    expect(chain.head).toEqual(head);
    expect(chain.starts).toEqual({ seq: 0, prev: "0".repeat(64) });
    expect(torn).toBe(0);
    expect(readHead(headText(head))).toEqual(head);
    expect(readHead("1:2")).toBeNull();
    expect(existsSync(`${path}.lock`)).toBe(false);
  });

  it("the same decisions give the same bytes", () => {
    const second = join(folder, "second.jsonl");
    for (const file of [path, second]) {
      const log = DecisionLog.open(file);
      for (const user of ["ada", "bo"]) append(log, user);
      log.close();
    }
    expect(readFileSync(second, "utf8")).toBe(readFileSync(path, "utf8"));
  });

  it("goes on after a restart", () => {
    for (const user of ["ada", "bo", "eve"]) {
      const log = DecisionLog.open(path);
      append(log, user);
      log.close();
    }
    expect(verify(path).lines.map(({ seq }) => seq)).toEqual([0, 1, 2, 3]);
  });

  it("takes away a line that a crash cut, wherever it was cut", () => {
    const log = DecisionLog.open(path);
    for (const user of ["ada", "bo"]) append(log, user);
    log.close();
    const whole = readFileSync(path);
    const last = whole.lastIndexOf(0x0a, whole.length - 2) + 1;
    for (let size = last; size < whole.length; size += 3) {
      writeFileSync(path, whole.subarray(0, size));
      expect(verify(path).torn).toBe(size - last);
      const again = DecisionLog.open(path);
      expect(again.recovered).toBe(size - last);
      append(again, "bo");
      again.close();
      expect(readFileSync(path).equals(whole)).toBe(true);
    }
    // Cut within the very first line: the log begins anew.
    writeFileSync(path, whole.subarray(0, 20));
    const begun = DecisionLog.open(path);
    expect(begun.recovered).toBe(20);
    begun.close();
    expect(verify(path).lines).toHaveLength(1);
  });

  it("finds every changed, removed, moved and added line, and a changed byte anywhere", () => {
    const log = DecisionLog.open(path);
    for (const user of ["ada", "bo", "eve", "dan"]) append(log, user);
    log.close();
    const text = readFileSync(path, "utf8");
    const lines = text.trimEnd().split("\n");
    const found = (changed: readonly string[]): string => {
      writeFileSync(path, `${changed.join("\n")}\n`);
      return codeOf(() => verify(path));
    };
    expect(found(lines)).toBe("fine");
    expect(found(lines.with(2, lines[2]!.replace('"bo"', '"ada"')))).toBe(
      "log-broken: line 4 does not follow the line before it: its `prev` is not the hash of the line before it",
    );
    expect(found(lines.toSpliced(2, 1))).toContain("line 3 does not follow the line before it: its `seq` is 3, not 2");
    expect(found(lines.toSpliced(2, 2, lines[3]!, lines[2]!))).toContain("log-broken: line 3");
    expect(found(lines.toSpliced(2, 0, lines[2]!))).toContain("log-broken: line 4");
    expect(found(lines.slice(1))).toContain("log-broken: line 1");
    expect(found(lines.with(0, '{"format":2,"kind":"log","prev":"","seq":0}'))).toContain("log-malformed: line 1");
    // What the end of a chain cannot show is shown by a head that was kept.
    expect(found(lines.slice(0, -1))).toBe("fine");
    for (let at = 0; at < text.length - lines.at(-1)!.length - 1; at += 5) {
      writeFileSync(path, text.slice(0, at) + (text[at] === "0" ? "1" : "0") + text.slice(at + 1));
      expect(
        codeOf(() => verify(path)),
        `byte ${at}`,
      ).toMatch(/^log-(?:broken|malformed)/);
    }
  });

  it("is one chain over rotated files, restarts in between too", () => {
    const log = DecisionLog.open(path);
    append(log, "ada");
    renameSync(path, `${path}.1`);
    log.reopen();
    append(log, "bo");
    renameSync(path, `${path}.2`);
    log.reopen();
    log.close();
    const again = DecisionLog.open(path);
    again.reopen();
    append(again, "eve");
    again.close();
    const files = [`${path}.1`, `${path}.2`, path];
    expect(verify(...files).lines.map(({ kind }) => kind)).toEqual(["log", "decide", "log", "decide", "log", "decide"]);
    expect(verify(path).chain.starts?.seq).toBe(4);
    expect(codeOf(() => verify(`${path}.1`, path))).toContain("log-broken: line 1");
    expect(codeOf(() => verify(`${path}.2`, `${path}.1`))).toContain("log-broken");
  });

  it("two writers do not meet, and a dead one does not block", () => {
    const log = DecisionLog.open(path);
    expect(codeOf(() => DecisionLog.open(path))).toContain(`(process ${process.pid})`);
    log.close();
    // Left by a process that is gone; by one that had our own id; by one that was killed before it wrote its id.
    for (const left of ["4194304999", String(process.pid), ""]) {
      writeFileSync(`${path}.lock`, left);
      DecisionLog.open(path).close();
    }
    writeFileSync(`${path}.lock`, "1");
    expect(codeOf(() => DecisionLog.open(path))).toContain("log-in-use");
    expect(readdirSync(folder).filter((name) => /\.lock\./.test(name))).toEqual([]);
  });

  it("stops when somebody else changes the file", () => {
    const log = DecisionLog.open(path);
    append(log, "ada");
    appendFileSync(path, "more\n");
    expect(codeOf(() => append(log, "bo"))).toContain("log-changed");
    truncateSync(path, 10);
    expect(codeOf(() => append(log, "bo"))).toContain("log-changed");
    log.close();
  });

  it("refuses to go on behind what is no log", () => {
    writeFileSync(path, "hello\n");
    expect(codeOf(() => DecisionLog.open(path))).toContain("log-malformed");
    expect(existsSync(`${path}.lock`)).toBe(false);
    expect(codeOf(() => DecisionLog.open(join(folder, "no", "such", "folder.jsonl")))).toContain("log-unwritable");
    expect(readFileSync(path, "utf8")).toBe("hello\n");
  });

  it("keeps digests alone when asked to", () => {
    const log = DecisionLog.open(path, { inputs: "digest" });
    append(log, "ada");
    log.close();
    const [, line] = verify(path).lines;
    expect(line).toMatchObject({ kind: "decide", input: undefined });
    expect(readFileSync(path, "utf8")).not.toContain("ada");
  });

  it("writes no secret down, and says which places it left out", () => {
    const door = openPolicy(
      built(`policy: door
on: {pin: text, user: {name: text, token?: text}, more?: any}
secrets: [pin, user.token, more.key]
rules:
  - allow: the pin
    match: {pin: "4711"}
`).bytes,
    );
    const log = DecisionLog.open(path);
    const record = (input: Plain): void => {
      const value = plainValue(input);
      log.append({ kind: "decide", at: AT, answer: door.machine.decide(value), input: { value } });
    };
    expect(() => record({ pin: "4711", user: { name: "Ada" } })).toThrow("kept before its answers");
    log.keep(door.parts);
    record({ pin: "4711", user: { name: "Ada", token: "hush" }, more: { key: "hush", open: 1 } });
    record({ pin: "4711", user: { name: "Bo" }, more: ["hush"] });
    // What does not fit may hold a secret anywhere on the way.
    record({ pin: { is: "hush" }, user: "hush" });
    record("hush");
    log.close();
    const text = readFileSync(path, "utf8");
    expect(text).not.toContain("hush");
    expect(text).not.toContain("4711");
    const inputs = text
      .split("\n")
      .slice(1, 5)
      .map((line) => (JSON.parse(line) as { input: unknown }).input);
    expect(inputs).toEqual([
      { pin: "•••", user: { name: "Ada", token: "•••" }, more: { key: "•••", open: 1 } },
      { pin: "•••", user: { name: "Bo" }, more: "•••" },
      { pin: "•••", user: "•••" },
      "•••",
    ]);
    const [, line] = verify(path).lines;
    expect(line).toMatchObject({ masked: ["pin", "user.token", "more.key"] });
  });

  it("lines of up to a megabyte are read back when a log is opened", () => {
    const long = "x".repeat(200_000);
    const log = DecisionLog.open(path);
    append(log, "ada");
    for (let i = 0; i < 2; i++) append(log, long);
    log.close();
    const again = DecisionLog.open(path);
    append(again, "bo");
    again.close();
    expect(verify(path).lines).toHaveLength(5);
  });
});

describe("lines", () => {
  const place = `"prev":"${"a".repeat(64)}","seq":3`;
  it.each([
    ["{}", "`seq` is no count"],
    ["[]", "no object"],
    ["x", "no JSON"],
    [`{"kind": "log",${place}}`, "canonical"],
    [`{"kind":"x",${place}}`, "`kind` is not known"],
    [`{"format":1,"kind":"log","more":1,${place}}`, "a field is not known"],
    [`{"format":2,"kind":"log",${place}}`, "format"],
    [`{"answer":{},"at":"today","kind":"decide",${place}}`, "`at` is no instant"],
    [`{"answer":{},"at":"${AT}","kind":"decide","masked":7,${place}}`, "`masked` is no list of paths"],
    [`{"answer":1,"at":"${AT}","kind":"decide",${place}}`, "`answer` is missing"],
    [`{"answer":{},"at":"${AT}","kind":"decide",${place},"who":1}`, "a field is not known"],
    [`{"kind":"log","prev":"a","seq":3}`, "`prev` is no hash"],
    [`{"kind":"log","prev":"${"a".repeat(64)}","seq":1.5}`, "`seq` is no count"],
  ])("%s is none", (text, reason) => {
    expect(readLine(text)).toEqual({ reason: expect.stringContaining(reason) as string });
  });
});

describe("the store beside a log", () => {
  it("gives back modules and documents by their ids, and nothing else", () => {
    const { bytes, moduleId } = built(FOLDERS);
    const folders = openPolicy(bytes, { data: FOLDER_DATA });
    const store = new Store(storeOf(path));
    store.keep(folders.parts);
    store.keep(folders.parts);
    const { module, data } = folders.decide({ user: "ada", act: "view", folder: "plans" });
    expect(module).toBe(Buffer.from(moduleId).toString("hex"));
    expect(store.module(module).module.name).toBe("folders");
    for (const id of Object.values(data)) expect(store.document(id)).toBeDefined();
    expect(codeOf(() => store.module("0".repeat(64)))).toContain("no-such-module");
    expect(codeOf(() => store.document("../secret"))).toContain("no-such-data");
    writeFileSync(join(storeOf(path), `${data["groups"]}.json`), "{}");
    expect(codeOf(() => store.document(data["groups"]!))).toContain("altered-file");
    const other = built(NOTES);
    writeFileSync(join(storeOf(path), `${module}.writ`), other.bytes);
    expect(codeOf(() => store.module(module))).toContain("altered-file");
  });
});
