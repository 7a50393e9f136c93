// Seeded mutations of real agreements: whatever stands in a document, checking gives diagnostics or a program, never an
// exception. A failure prints its seed and path; give them to `fc.assert` to see it again.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { checkDocument, compile } from "../../compiler/index.ts";
import { readDocument } from "../../lang/index.ts";

/** FUZZ=20 runs each property twenty times as often. */
const FUZZ = Number(process.env["FUZZ"] ?? 1);

const root = join(import.meta.dirname, "../..");
const examples = readdirSync(join(root, "examples"), { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".yaml"))
  .sort()
  .map((file) => readFileSync(join(root, "examples", file), "utf8").split(/^tests:/m)[0]!);
const pages = readdirSync(join(root, "docs/errors/compiler"))
  .sort()
  .flatMap((file) => {
    const example = /```yaml\n([\s\S]*?)```/.exec(readFileSync(join(root, "docs/errors/compiler", file), "utf8"));
    return example === null ? [] : [example[1]!];
  });
const sources = [...examples, ...pages];

/** Words, numbers, texts, line starts and single marks: what edits work on. */
const tokens = (text: string): string[] =>
  text.match(/\n *|[\p{L}_][\p{L}\p{Nd}_]*|\d[\d.,:TZ+-]*|"[^"\n]*"|'[^'\n]*'|[^\S\n]+|./gu) ?? [];
const pool = [...new Set(sources.flatMap(tokens))].filter((token) => token.trim() !== "").sort();

interface Edit {
  readonly kind: "drop" | "copy" | "put" | "swap";
  readonly at: number;
  readonly with: number;
}
const edit: fc.Arbitrary<Edit> = fc.record({
  kind: fc.constantFrom("drop" as const, "copy" as const, "put" as const, "swap" as const),
  at: fc.nat(1_000_000),
  with: fc.nat(1_000_000),
});

function mutate(text: string, edits: readonly Edit[]): string {
  const list = tokens(text);
  for (const each of edits) {
    const at = each.at % Math.max(1, list.length);
    const other = each.with % Math.max(1, list.length);
    if (each.kind === "drop") list.splice(at, 1);
    else if (each.kind === "copy") list.splice(at, 0, list[other]!);
    else if (each.kind === "put") list[at] = pool[each.with % pool.length]!;
    else [list[at], list[other]] = [list[other]!, list[at]!];
  }
  return list.join("");
}

/** Reads and checks; also partial documents, since an editor checks while its author types. */
function outcome(text: string) {
  const { value } = readDocument(text, "mutated.yaml");
  if (value?.kind !== "agreement") return null;
  const { value: program, diagnostics } = checkDocument(value);
  return { program, codes: diagnostics.map((each) => `${each.severity} ${each.code} ${each.span.start}`) };
}

describe("checking mutated agreements", () => {
  it("never throws, and says the same twice", () => {
    fc.assert(
      fc.property(fc.nat(sources.length - 1), fc.array(edit, { minLength: 1, maxLength: 4 }), (index, edits) => {
        const text = mutate(sources[index]!, edits);
        expect(outcome(text)?.codes).toEqual(outcome(text)?.codes);
      }),
      { numRuns: 1_500 * FUZZ },
    );
  }, 120_000);

  it("gives a program exactly when nothing is an error", () => {
    fc.assert(
      fc.property(fc.nat(sources.length - 1), fc.array(edit, { maxLength: 2 }), (index, edits) => {
        const found = outcome(mutate(sources[index]!, edits));
        if (found !== null) expect(found.program === null).toBe(found.codes.some((each) => each.startsWith("error")));
      }),
      { numRuns: 700 * FUZZ },
    );
  }, 120_000);

  it("compiles whatever checks", () => {
    fc.assert(
      fc.property(fc.nat(sources.length - 1), fc.array(edit, { maxLength: 2 }), (index, edits) => {
        const text = mutate(sources[index]!, edits);
        const { program, policy, value, diagnostics } = compile({ name: "mutated.yaml", text });
        expect(value === null).toBe(diagnostics.some((each) => each.severity === "error"));
        if (value !== null) expect(program ?? policy).not.toBeNull();
      }),
      { numRuns: 300 * FUZZ },
    );
  }, 120_000);
});
