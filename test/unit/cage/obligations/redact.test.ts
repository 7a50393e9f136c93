// Redaction: the values go, everything else stays byte for byte; what cannot be looked into does not leave.
import { createHash } from "node:crypto";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { pointerSteps, replaceAt } from "../../../../cage/obligations/json-pointer.ts";
import { type RedactArgs, redact, redacted } from "../../../../cage/obligations/redact.ts";
import type { PlainValue } from "../../../../cage/point.ts";
import { configuration } from "./kit.ts";

const args = (given: PlainValue): RedactArgs => redact.check(given, configuration()) as RedactArgs;
const bytes = (text: string): Uint8Array => new Uint8Array(Buffer.from(text));
const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");

describe("pointers", () => {
  const replaced = (text: string, ...pointers: string[]): string | null => {
    const made = replaceAt(
      text,
      pointers.map((each) => pointerSteps(each)!),
      "•",
    );
    return "text" in made ? made.text : null;
  };
  it.each([
    ['{"card":{"number":"4111","cvc":7},"n":1.00}', ["/card/number"], '{"card":{"number":"•","cvc":7},"n":1.00}'],
    ['{"a":[1,{"b":2},3]}', ["/a/1/b"], '{"a":[1,{"b":"•"},3]}'],
    ['{"a":[1,2,3]}', ["/a/2"], '{"a":[1,2,"•"]}'],
    ['{"a":[1,2,3]}', ["/a/3", "/a/-", "/a/01", "/b"], '{"a":[1,2,3]}'],
    ['{"a/b":1,"c~d":2}', ["/a~1b", "/c~0d"], '{"a/b":"•","c~d":"•"}'],
    ['{"\\u0063ard":"x"}', ["/card"], '{"\\u0063ard":"•"}'],
    ['{ "a" : { "b" : [ true , null ] } , "c" : "}" }', ["/a/b"], '{ "a" : { "b" : "•" } , "c" : "}" }'],
    ['{"a":{"b":1}}', ["/a", "/a/b"], '{"a":"•"}'],
    ['{"a":{"b":1}}', ["/a/b", "/a"], '{"a":"•"}'],
    ['{"a":1}', ["/a", "/a"], '{"a":"•"}'],
    ['{"":{"":5}}', ["//"], '{"":{"":"•"}}'],
    ['{"a":"\\"/\\\\","b":2}', ["/b"], '{"a":"\\"/\\\\","b":"•"}'],
    ['[{"x":-1e5},{"x":2}]', ["/0/x", "/1/x"], '[{"x":"•"},{"x":"•"}]'],
    ['{"a":null}', ["/a"], '{"a":"•"}'],
    ["7", ["/a"], "7"],
  ])("%s at %j", (text, pointers, out) => expect(replaced(text, ...pointers)).toBe(out));
  it.each(['{"a":1,"a":2}', '{"a":1', "", "{'a':1}", '\ufeff{"a":1}', '{"a":1}x'])("%j is not read", (text) =>
    expect(replaced(text, "/a")).toBeNull(),
  );

  it("property: what is read afterwards is what was there, with the values replaced", () => {
    const places = (value: unknown, at: string): string[] =>
      typeof value !== "object" || value === null
        ? []
        : Object.entries(value).flatMap(([key, inner]) => {
            const here = `${at}/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
            return [here, ...places(inner, here)];
          });
    const set = (value: unknown, steps: readonly string[]): void => {
      let of = value as Record<string, unknown>;
      for (const step of steps.slice(0, -1)) of = of[step] as Record<string, unknown>;
      of[steps.at(-1)!] = "•";
    };
    const json = fc.jsonValue({ maxDepth: 4 }).filter((value) => !JSON.stringify(value).includes("__proto__"));
    fc.assert(
      fc.property(json, fc.nat(), fc.constantFrom(0, 2), (value, seed, space) => {
        const text = JSON.stringify(value, null, space);
        const all = places(value, "");
        if (all.length === 0 || "problem" in replaceAt(text, [], "")) return;
        const pointer = all[seed % all.length]!;
        const steps = pointerSteps(pointer)!;
        const made = replaceAt(text, [steps], "•");
        const wanted = JSON.parse(text) as unknown;
        set(wanted, steps);
        expect("text" in made && JSON.parse(made.text)).toEqual(wanted);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a message", () => {
  const body = '{"card":{"number":"4111111111111111"},"amount":12.50}';
  const fields = [
    ["content-type", "application/json"],
    ["x-token", "secret"],
    ["content-digest", "sha-256=:x:"],
    ["signature", "sig1=:x:"],
  ] as const;

  it("loses fields and values; stale digests and signatures go, and the record has both digests", () => {
    const made = redacted([args({ fields: ["x-token"], json: ["/card/number", "/none"] })], fields, bytes(body));
    const after = '{"card":{"number":"[redacted]"},"amount":12.50}';
    expect(made).toEqual({
      fields: [
        ["content-type", "application/json"],
        ["x-token", "[redacted]"],
      ],
      content: bytes(after),
      met: {
        name: "redact",
        found: { fields: ["x-token"], json: ["/card/number"], before: sha256(body), after: sha256(after) },
      },
    });
  });
  it("stays as it is where nothing of it is there", () => {
    const content = bytes('{"amount":1}');
    expect(redacted([args({ fields: ["x-other"], json: ["/card"] })], fields, content)).toEqual({
      fields,
      content,
      met: null,
    });
  });
  it("several redactions come together, each with its own text", () => {
    const made = redacted([args({ json: ["/a"], with: "-" }), args({ json: ["/b"] })], [], bytes('{"a":1,"b":2}'));
    expect("content" in made && Buffer.from(made.content).toString()).toBe('{"a":"-","b":"[redacted]"}');
  });
  it.each([
    ["a coding", [["content-encoding", "gzip"]], body, "the body has a content coding, so nobody looked into it"],
    ["other bytes", [], "\xff", "the body is no UTF-8"],
    ["no JSON", [], "card=4111", "the body is no JSON with one reading"],
    ["a key twice", [], '{"card":1,"card":2}', "the body is no JSON with one reading"],
  ] as const)("does not leave with %s", (_, head, text, why) => {
    const made = redacted([args({ json: ["/card"] })], head, new Uint8Array(Buffer.from(text, "latin1")));
    expect(made).toMatchObject({
      reason: "cannot-oblige",
      status: 403,
      detail: expect.stringContaining(`redact: ${why}`),
    });
    expect(JSON.stringify(made)).not.toContain("4111");
  });
  it("an empty body, or fields alone, ask for no JSON", () => {
    expect(redacted([args({ json: ["/card"] })], [], new Uint8Array(0))).toMatchObject({ met: null });
    const made = redacted([args({ fields: ["cookie"] })], [["cookie", "a=b"]], bytes("no json"));
    expect(made).toMatchObject({
      fields: [["cookie", "[redacted]"]],
      met: { found: { fields: ["cookie"], json: [] } },
    });
  });
});
