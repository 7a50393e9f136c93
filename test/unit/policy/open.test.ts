// The library: what a program calls.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { answerText, decide, openPolicy, type Plain, PolicyError } from "../../../policy/index.ts";
import { built, DESK, FOLDER_DATA, FOLDERS, NOTES, PARCELS } from "./kit.ts";

const codeOf = (work: () => unknown): string => {
  try {
    work();
  } catch (error) {
    if (error instanceof PolicyError) return `${error.code}: ${error.message}`;
    throw error;
  }
  return "nothing was thrown";
};

describe("a policy in a program", () => {
  it("decides once, and as often as asked, to the same bytes in every tier", () => {
    const { bytes } = built(NOTES);
    const input = { user: "bo", act: "read", note: { owner: "ada", shared: true } };
    const once = decide(bytes, input);
    expect(once).toMatchObject({ decision: "allow", determining: [{ rule: "shared", at: [] }] });
    for (const tier of ["interpreter", "code", "auto"] as const) {
      const policy = openPolicy(bytes, { tier });
      expect(policy.name).toBe("notes");
      for (let i = 0; i < 3; i++) expect(answerText(policy.decide(input))).toBe(answerText(once));
    }
  });

  it("takes a compiled value as well as its file", () => {
    const value = built(NOTES);
    const input = { user: "ada", act: "write", note: { owner: "ada", locked: true } };
    expect(decide(value, input)).toEqual(decide(value.bytes, input));
    expect(decide(value, input).decision).toBe("deny");
  });

  it("binds data documents, plain or as JSON", () => {
    const { bytes } = built(FOLDERS);
    const plain = openPolicy(bytes, { data: FOLDER_DATA });
    const json = openPolicy(bytes, {
      data: {
        groups: new TextEncoder().encode(JSON.stringify(FOLDER_DATA.groups)),
        folders: new TextEncoder().encode(` ${JSON.stringify(FOLDER_DATA.folders)}\n`),
      },
    });
    const input = { user: "bo", act: "edit", folder: "plans" };
    expect(plain.decide(input).decision).toBe("deny");
    expect(answerText(plain.decide(input))).toBe(answerText(json.decide(input)));
    expect(plain.decide({ user: "ada", act: "edit", folder: "plans" }).decision).toBe("allow");
  });

  it("gives every violation, and obligations", () => {
    const parcels = openPolicy(built(PARCELS).bytes);
    const { violations } = parcels.check({
      items: [
        { name: "a", weight: 20.5 },
        { name: "b", weight: 1 },
      ],
    });
    expect(violations).toEqual([{ rule: "heavy", at: ["items[0]"], message: "a weighs 20.5" }]);
    expect(decide(built(DESK).bytes, { role: "clerk", file: "x" }).obligations).toEqual([
      { name: "hide", args: { fields: ["card"] }, rules: ["clerks"] },
    ]);
  });

  it("text keeps the tokens that plain numbers lose", () => {
    const parcels = openPolicy(built(PARCELS).bytes);
    const text = (weight: string): string =>
      parcels.decideText(`{"items": [{"name": "a", "weight": ${weight}}]}`).input_digest;
    expect(text("1")).not.toBe(text("1.0"));
    expect(parcels.decide({ items: [{ name: "a", weight: 1.0 }] }).input_digest).toBe(text("1"));
    expect(parcels.decide({ items: [{ name: "a", weight: 0.1 }] }).input_digest).toBe(text("0.1"));
    expect(parcels.checkText('{"items": [{"name": "a", "weight": 20.000000000000000000001}]}').violations).toHaveLength(
      1,
    );
  });

  it("an input of another type is denied, not thrown", () => {
    const answer = decide(built(NOTES).bytes, { user: 7 });
    expect(answer.decision).toBe("deny");
    expect(answer.errors[0]?.rule).toBe("input");
  });

  it.each<readonly [unknown, string]>([
    [Number.NaN, "NaN"],
    [{ a: [Number.POSITIVE_INFINITY] }, "a[0]: Infinity"],
    [{ a: () => 1 }, "a: a function"],
    [Symbol("x"), "a symbol"],
    [{ a: new Date(0) }, "a: an object with a class of its own"],
    [{ a: "\ud800" }, "a: a text has half of a surrogate pair"],
    [{ "\ud800": 1 }, "half of a surrogate pair"],
    [10n ** 40n, "a number of more than 34 digits"],
  ])("refuses %s as an input", (input, reason) => {
    const policy = openPolicy(built(NOTES).bytes);
    expect(codeOf(() => policy.decide(input as Plain))).toContain(reason);
    expect(codeOf(() => policy.decide(input as Plain))).toContain("policy/bad-input");
  });

  it("an object inside itself is refused, not followed", () => {
    const loop: Record<string, Plain> = {};
    loop["a"] = loop as Plain;
    expect(codeOf(() => openPolicy(built(NOTES).bytes).decide(loop))).toContain("deep");
  });

  it("names what cannot be opened", () => {
    const agreement = built(readFileSync(new URL("../../../examples/escrow/agreement.yaml", import.meta.url), "utf8"));
    expect(codeOf(() => openPolicy(agreement.bytes))).toBe("policy/not-a-policy: the module is no policy");
    expect(codeOf(() => openPolicy(new Uint8Array([1, 2, 3])))).toContain(
      "policy/bad-module: the module is refused: vm/",
    );
    expect(codeOf(() => openPolicy(built(NOTES).bytes.slice(0, -1)))).toContain("policy/bad-module");
    const folders = built(FOLDERS).bytes;
    expect(codeOf(() => openPolicy(folders))).toBe("policy/bad-data: data document `groups` is missing");
    expect(codeOf(() => openPolicy(folders, { data: { ...FOLDER_DATA, more: 1 } }))).toContain("`more` is no document");
    expect(codeOf(() => openPolicy(folders, { data: { ...FOLDER_DATA, groups: { ada: {} } } }))).toBe(
      "policy/bad-data: data document `groups` does not fit: ada.parents: is missing",
    );
    expect(codeOf(() => openPolicy(folders, { data: { groups: new Uint8Array([0xff]) } }))).toContain("is not UTF-8");
    expect(codeOf(() => openPolicy(folders, { data: { groups: new TextEncoder().encode("{") } }))).toContain(
      "is no JSON",
    );
  });
});
