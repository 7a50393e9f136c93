// Marks that turn the direction of text, tags and characters without width reached the reader of a message: a name could
// pass for another one, a text reorder the line it is quoted in.
import { describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { runScenarios } from "../../compiler/scenario/index.ts";
import { readDocument, renderDiagnostics } from "../../lang/index.ts";

const HIDDEN =
  /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u00ad\u061c\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb\u{e0000}-\u{e007f}]/u;
const CHARACTERS: readonly (readonly [name: string, written: string])[] = [
  ["an escape sequence", "\\e[2J"],
  ["a window title", "\\x1b]0;x\\x07"],
  ["an 8-bit escape", "\\x9b31m"],
  ["NUL", "\\0"],
  ["backspaces", "\\b\\b\\b"],
  ["a carriage return", "\\r"],
  ["right-to-left override", "\u202e"],
  ["right-to-left override, escaped", "\\u202e"],
  ["an isolate", "\u2066"],
  ["an Arabic letter mark", "\u061c"],
  ["a space without width", "\u200b"],
  ["a word joiner", "\u2060"],
  ["a tag", "\u{e0041}"],
  ["a byte order mark", "x\ufeff"],
  ["a line separator", "\\L"],
  ["a soft hyphen", "\u00ad"],
];
const head = "agreement: x\nversion: 1.0.0\nzone: UTC\n";

describe.each(CHARACTERS)("%s", (_, c) => {
  it.each([
    ["names and keys", `${head}title: "${c}"\nparties: {a: "${c}", b: {name: "${c}", "${c}": 3}}\n"${c}": 1\n`],
    [
      "values and expressions",
      `${head}parties: {a: A, b: B}\nterms: {"t${c}": 1, u: "${c}"}\nfacts: {f: "${c}"}\nderive: {d: '"${c}" + 1', e: "x${c} + 1"}\nactions: {"${c}": {who: "${c}", then: {f: "${c}"}}}\nobligations: {o: {who: "${c}", to: b, must: "${c}", within: "${c}", else: "${c}"}}\n`,
    ],
    [
      "tests",
      `${head}parties: {a: A, b: B}\nfacts: {f: 0}\nactions: {act: {who: a, with: {t: text}}}\ntests:\n  "t${c}":\n    - given: {at: 2026-01-01}\n    - 2026-01-02: {a: act, t: "${c}"}\n    - expect: {f: "${c}", "${c}": 1}\n    - refused: "${c}"\n`,
    ],
    [
      "refusals that quote what was sent",
      `${head}parties: {a: A, b: B}\nfacts: {f: "${c}"}\nactions: {act: {who: a, with: {t: text}, needs: {n: t != f}, then: {f: t}}}\ntests:\n  "t":\n    - given: {at: 2026-01-01}\n    - 2026-01-02: {a: act, t: "${c}"}\n    - expect: {f: "q"}\n`,
    ],
  ])("in %s", (_, text) => {
    const { program, value, diagnostics } = compile({ name: `a${c}.yaml`, text });
    const { value: document } = readDocument(text, "a.yaml");
    const played =
      program === null || value === null || document?.kind !== "agreement"
        ? []
        : runScenarios({ document, program, module: value.module }).diagnostics;
    const all = [...diagnostics, ...played];
    expect(all.length).toBeGreaterThan(0);
    expect(HIDDEN.exec(renderDiagnostics(all, { drawnMax: 1_000 }))?.[0]).toBeUndefined();
    for (const { message } of all) expect(HIDDEN.exec(message)?.[0], message).toBeUndefined();
  });
});
