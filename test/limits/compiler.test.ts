// Bounds of compiling, at them and one past: each document is answered by name and in bounded time of the processor.
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { DECLARATIONS_MAX, ERRORS_MAX, SUGGESTIONS_MAX } from "../../compiler/limits.ts";

const head = "agreement: large\nversion: 1.0.0\nzone: UTC\nrounding: {money: half-up}\n";
const parties = "parties: {seller: Dan, buyer: Ann}\n";
const many = (count: number, line: (at: number) => string): string =>
  Array.from({ length: count }, (_, at) => line(at)).join("");

function outcome(text: string) {
  const before = process.cpuUsage();
  const { value, diagnostics } = compile({ name: "large.yaml", text });
  const { user, system } = process.cpuUsage(before);
  return {
    value,
    diagnostics,
    codes: new Set(diagnostics.map((each) => each.code)),
    cpuSeconds: (user + system) / 1e6,
  };
}

const sections: readonly (readonly [name: string, document: (count: number) => string])[] = [
  ["parties", (count) => `${head}parties:\n${many(count, (at) => `  p${at}: Dan\n`)}`],
  ["terms", (count) => `${head}${parties}terms:\n${many(count, (at) => `  t${at}: ${at}\n`)}`],
  ["facts", (count) => `${head}${parties}facts:\n${many(count, (at) => `  f${at}: int?\n`)}`],
  ["derive", (count) => `${head}${parties}facts: {f: 0}\nderive:\n${many(count, (at) => `  d${at}: f + ${at}\n`)}`],
  ["actions", (count) => `${head}${parties}actions:\n${many(count, (at) => `  a${at}: {who: seller}\n`)}`],
  ["powers", (count) => `${head}${parties}powers:\n${many(count, (at) => `  p${at}: {who: buyer, may: end}\n`)}`],
  ["limits", (count) => `${head}${parties}facts: {f: 0}\nlimits:\n${many(count, (at) => `  l${at}: f < ${at + 1}\n`)}`],
];

describe("declarations", () => {
  it.each(sections)("%s: as many as the bound, and no more", (_, document) => {
    expect(outcome(document(DECLARATIONS_MAX)).codes).not.toContain("compiler/too-many");
    const past = outcome(document(DECLARATIONS_MAX + 1));
    expect(past.value).toBeNull();
    expect([...past.codes]).toEqual(["compiler/too-many"]);
  });

  it.each([
    [
      "derived values that read each other",
      `facts: {f: 0}\nderive:\n${many(30_000, (at) => `  d${at}: ${at === 0 ? "f" : `d${at - 1}`} + 1\n`)}`,
    ],
    [
      "obligations",
      `actions: {a: {who: seller}}\nobligations:\n${many(30_000, (at) => `  o${at}: {who: seller, to: buyer, must: a, within: ${at + 1} days, else: nothing}\n`)}`,
    ],
  ])(
    "30,000 %s are refused by their number alone",
    (_, rest) => {
      const { codes, cpuSeconds } = outcome(`${head}${parties}${rest}`);
      expect([...codes]).toEqual(["compiler/too-many"]);
      expect(cpuSeconds).toBeLessThan(10);
      // The bound is on processor time; the wait may be longer on a busy machine.
    },
    120_000,
  );
});

describe("mistakes", () => {
  const unknown = (count: number): string =>
    `${head}${parties}terms:\n${many(1_000, (at) => `  ${"abcdefgh".repeat(6)}${at}: 1\n`)}derive:\n${many(count / 20, (at) => `  d${at}: ${many(20, (n) => `${"abcdefgx".repeat(6)}${at}_${n} + `)}1\n`)}`;
  it("are counted up to the bound", () => {
    const { diagnostics, cpuSeconds } = outcome(unknown(20_000));
    expect(diagnostics.filter((each) => each.severity === "error").length).toBe(ERRORS_MAX);
    expect(cpuSeconds).toBeLessThan(10);
  });
  it("have suggestions up to the bound", () => {
    const text = `${head}${parties}terms:\n${many(10, (at) => `  fee_${at}: 1\n`)}derive:\n${many(400, (at) => `  d${at}: fee_${at % 10}x\n`)}`;
    const { diagnostics } = outcome(text);
    expect(diagnostics.filter((each) => each.help?.includes("did you mean")).length).toBe(SUGGESTIONS_MAX);
  });
});
