// Decisions run again: to the same bytes in every tier, and by another policy to what it changes.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hex } from "../../../core/index.ts";
import { type OpenedPolicy, openPolicy, type Plain } from "../../../policy/index.ts";
import { type Artifacts, Comparer, Replayer } from "../../../policy/node.ts";
import { plainValue } from "../../../policy/plain.ts";
import { type AnswerLine, readLine, writeAnswerLine } from "../../../policy/record.ts";
import { readJson, type Value, writeJson } from "../../../vm/index.ts";
import { built, DESK, FOLDER_DATA, FOLDERS, NOTES, NOTES_OPEN, PARCELS } from "./kit.ts";

const place = { seq: 5, prev: "a".repeat(64) };
const AT = "2026-03-01T09:00:00.000Z";

/** What is written and read again, as a log does. */
function lineOf(policy: OpenedPolicy, kind: "decide" | "check", input: Value, seq = 5): AnswerLine {
  const answer = kind === "check" ? policy.machine.check(input) : policy.machine.decide(input);
  const text = writeAnswerLine({ kind, at: AT, answer, input: { value: input } }, { ...place, seq });
  const read = readLine(text ?? "");
  if ("reason" in read || read.line.kind === "log") throw new Error(JSON.stringify(read));
  return read.line;
}

const artifactsOf = (...policies: OpenedPolicy[]): Artifacts => ({
  module: (id) => {
    const found = policies.find(({ parts }) => hex(parts.moduleId) === id);
    if (found === undefined) throw new Error(`no module ${id}`);
    return found.parts;
  },
  document: (id) => {
    for (const policy of policies) {
      const digests = policy.machine.decide(null).data;
      for (const [name, digest] of Object.entries(digests)) if (digest === id) return policy.parts.documents.get(name)!;
    }
    throw new Error(`no document ${id}`);
  },
});

const folders = openPolicy(built(FOLDERS).bytes, { data: FOLDER_DATA });
const notes = openPolicy(built(NOTES).bytes);
const parcels = openPolicy(built(PARCELS).bytes);

describe("run again", () => {
  it.each(["interpreter", "code", "auto"] as const)("gives the same bytes in tier %s, whatever was asked", (tier) => {
    const replayer = new Replayer(artifactsOf(folders, notes, parcels), tier);
    const inputs: readonly (readonly [OpenedPolicy, Plain])[] = [
      [folders, { user: "ada", act: "edit", folder: "plans" }],
      [folders, { user: "eve", act: "view", folder: "nowhere" }],
      [folders, { user: 7 }],
      [notes, { user: "bo", act: "write", note: { owner: "bo", locked: true } }],
      [
        parcels,
        {
          items: [
            { name: "a", weight: 20.5 },
            { name: "b", weight: 1e-20 },
            { name: "c", weight: 10n ** 30n },
          ],
        },
      ],
      [parcels, null],
    ];
    for (const [policy, input] of inputs)
      for (const kind of ["decide", "check"] as const)
        expect(replayer.again(lineOf(policy, kind, plainValue(input)))).toBeNull();
    expect(replayer).toMatchObject({ ran: 12, skipped: 0 });
    expect(replayer.fuel).toBeGreaterThan(0);
  });

  it("any value of JSON survives its line: numbers keep their digits, the digest stays", () => {
    const open = openPolicy(
      built("policy: open\non: {any: any}\ndefault: allow\nrules:\n  - deny: never\n    when: false\n").bytes,
    );
    const replayer = new Replayer(artifactsOf(open));
    const number = fc
      .tuple(fc.bigInt({ min: -(10n ** 33n), max: 10n ** 33n }), fc.integer({ min: -40, max: 40 }))
      .map(([digits, exponent]) => `${digits}e${exponent}`);
    const text = fc.string({ unit: "binary" }).map((each) => JSON.stringify(each));
    const json = fc.letrec<{ value: string }>((tie) => ({
      value: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom("null", "true", "1", "1.0", "-0.50", "1e3", "0.000"),
        number,
        text,
        fc.array(tie("value"), { maxLength: 4 }).map((items) => `[${items.join(",")}]`),
        fc
          .uniqueArray(fc.tuple(text, tie("value")), { maxLength: 4, selector: ([key]) => key })
          .map((entries) => `{${entries.map(([key, value]) => `${key}: ${value}`).join(",")}}`),
      ),
    })).value;
    fc.assert(
      fc.property(json, (any) => {
        const read = readJson(`{"any":${any}}`);
        if ("problem" in read) return;
        expect(replayer.again(lineOf(open, "decide", read.value))).toBeNull();
      }),
      { numRuns: 1_000, seed: 14 },
    );
    expect(replayer.ran).toBeGreaterThan(500);
  });

  it("shows what a line says and what comes out, where they differ", () => {
    const line = lineOf(notes, "decide", plainValue({ user: "bo", act: "read", note: { owner: "ada", shared: true } }));
    const forged = readJson((writeJson(line.answer) as string).replace('"allow"', '"deny"'));
    if ("problem" in forged) throw new Error(forged.problem.message);
    const found = new Replayer(artifactsOf(notes)).again({ ...line, answer: forged.value });
    expect(found).toMatchObject({
      seq: 5,
      recorded: { decision: "deny", rules: ["shared"] },
      now: { decision: "allow", rules: ["shared"] },
    });
  });

  it("a line without its input is counted, not run", () => {
    const replayer = new Replayer(artifactsOf(notes));
    expect(replayer.again({ ...lineOf(notes, "decide", null), input: undefined })).toBeNull();
    expect(replayer.again({ ...lineOf(notes, "decide", null), masked: ["user"] })).toBeNull();
    expect(replayer).toMatchObject({ ran: 0, skipped: 2 });
  });
});

describe("another policy", () => {
  const ask = (user: string, act: string, owner: string, more: object = {}): Value =>
    plainValue({ user, act, note: { owner, ...more } });

  it("flips are grouped by the rules before and after", () => {
    const next = openPolicy(built(NOTES_OPEN).bytes);
    const comparer = new Comparer(artifactsOf(notes), next.parts, new Map());
    const inputs = [
      ask("ada", "read", "ada"),
      ask("ada", "write", "ada", { locked: true }),
      ask("bo", "write", "bo", { locked: true }),
      ask("bo", "write", "ada", { shared: true }),
      ask("eve", "write", "ada"),
      plainValue({ user: 7 }),
    ];
    for (const [at, input] of inputs.entries()) comparer.compare(lineOf(notes, "decide", input, at + 1));
    expect(comparer.result).toEqual({
      ran: 6,
      skipped: 0,
      same: 3,
      gained: 3,
      lost: 0,
      changed: 0,
      flips: [
        { direction: "gained", before: ["locked"], after: ["owner"], count: 2, lines: [2, 3] },
        { direction: "gained", before: ["default"], after: ["commons"], count: 1, lines: [4] },
      ],
    });
    const back = new Comparer(artifactsOf(next), notes.parts, new Map());
    for (const [at, input] of inputs.entries()) back.compare(lineOf(next, "decide", input, at + 1));
    expect(back.result).toMatchObject({ lost: 3, gained: 0, flips: [{ direction: "lost", count: 2 }, { count: 1 }] });
  });

  it("sees obligations and violations that change", () => {
    const desk = openPolicy(built(DESK).bytes);
    const wider = openPolicy(built(DESK.replace("[card]", "[card, phone]")).bytes);
    const comparer = new Comparer(artifactsOf(desk), wider.parts, new Map());
    comparer.compare(lineOf(desk, "decide", plainValue({ role: "clerk", file: "a" })));
    comparer.compare(lineOf(desk, "decide", plainValue({ role: "head", file: "a" })));
    expect(comparer.result).toMatchObject({
      same: 1,
      changed: 1,
      flips: [{ direction: "changed", before: ["clerks"] }],
    });
    const stricter = openPolicy(built(PARCELS.replace("above: 20", "above: 10")).bytes);
    const checks = new Comparer(artifactsOf(parcels), stricter.parts, new Map());
    checks.compare(lineOf(parcels, "check", plainValue({ items: [{ name: "a", weight: 15 }] })));
    checks.compare(
      lineOf(
        parcels,
        "check",
        plainValue({
          items: [
            { name: "a", weight: 15 },
            { name: "b", weight: 30 },
          ],
        }),
      ),
    );
    expect(checks.result).toMatchObject({
      lost: 1,
      changed: 1,
      flips: [
        { direction: "lost", before: ["default"], after: ["heavy"] },
        { direction: "changed", before: ["heavy"], after: ["heavy"] },
      ],
    });
  });

  it("reads the documents of the line, or those that are given", () => {
    const line = lineOf(folders, "decide", plainValue({ user: "bo", act: "edit", folder: "plans" }));
    const same = new Comparer(artifactsOf(folders), folders.parts, new Map());
    same.compare(line);
    expect(same.result).toMatchObject({ same: 1 });
    const groups = plainValue({ ...FOLDER_DATA.groups, bo: { parents: ["leads"] } });
    const promoted = new Comparer(artifactsOf(folders), folders.parts, new Map([["groups", groups]]));
    promoted.compare(line);
    expect(promoted.result.flips).toEqual([
      { direction: "gained", before: ["default"], after: ["editors"], count: 1, lines: [5] },
    ]);
  });
});
