// Seeded properties of lang. A failure prints its seed and path; give them to `fc.assert` to see it again.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Expr } from "../../lang/index.ts";
import { formatSource, parseExprText, printExpr, readDocument, renderDiagnostics } from "../../lang/index.ts";
import { parseArchive } from "../corpus/archive.ts";
import { sourceOf } from "../corpus/stages.ts";
import { meaning } from "../unit/lang/support.ts";

/** FUZZ=20 runs each property twenty times as often. */
const FUZZ = Number(process.env["FUZZ"] ?? 1);
const SEED = Number(process.env["SEED"] ?? 20261128);

const span = { source: { name: "", text: "" }, start: 0, end: 0 };
const name = fc.oneof(
  fc.constantFrom("a", "level", "delivered", "größe", "x1", "do_it", "and", "days", "USD", "then"),
  fc
    .stringMatching(/^[a-z][a-z0-9_]{0,8}$/)
    .filter(
      (word) =>
        !/^(?:true|false|null|for|in|if|let|not|or|is|div|mod|quo|rem|while|return|var|const|do|function|func|equals|contains|matches|else)$/.test(
          word,
        ),
    ),
);
const plainName = name.filter((word) => !/^(?:and|then|days|USD)$/.test(word));
const text = fc.string({ unit: "grapheme", maxLength: 12 }).filter((value) => !/\p{Surrogate}/u.test(value));
const number = fc.constantFrom("0", "7", "1_000", "1.50", ".5", "64Ki", "0x1F", "1e3", "2.5e-2");

/** Any tree, built without the parser. */
const expression: fc.Arbitrary<Expr> = fc.letrec<{ expr: Expr }>((tie) => {
  const inner = tie("expr") as fc.Arbitrary<Expr>;
  const leaf: fc.Arbitrary<Expr>[] = [
    plainName.map((word) => ({ kind: "name", name: word, span })),
    number.map((raw) => parseExprText(raw).value),
    text.map((value) => ({ kind: "text", value, span })),
    fc.uint8Array({ maxLength: 5 }).map((value) => ({ kind: "bytes", value, span })),
    fc.boolean().map((value) => ({ kind: "bool", value, span })),
    fc.constant({ kind: "null", span }),
  ];
  const key = fc.oneof(plainName, text).map((value) => ({ kind: "scalar" as const, text: value, quoted: false, span }));
  const clause = fc.oneof(
    fc.record({ key: fc.option(plainName), value: plainName, source: inner }).map((is) => ({
      kind: "for" as const,
      key: is.key === null ? null : { name: is.key, span },
      value: { name: is.value, span },
      source: is.source,
      span,
    })),
    inner.map((condition) => ({ kind: "if" as const, condition, span })),
    fc
      .tuple(plainName, inner)
      .map(([word, value]) => ({ kind: "let" as const, name: { name: word, span }, value, span })),
  );
  const forClause = clause.filter((each) => each.kind === "for");
  const operator = fc.constantFrom("*", "/", "+", "-", "==", "!=", "<", "<=", ">", ">=", "=~", "!~", "&&", "||");
  const branch: fc.Arbitrary<Expr>[] = [
    fc
      .tuple(inner, operator, inner)
      .map(([left, op, right]) => ({ kind: "binary", op: op as "+", left, right, opSpan: span, span })),
    fc.tuple(fc.constantFrom("!", "-", "+"), inner).map(([op, of]) => ({ kind: "unary", op: op as "!", of, span })),
    fc
      .tuple(inner, fc.oneof(plainName, text))
      .map(([of, word]) => ({ kind: "select", of, name: word, nameSpan: span, span })),
    fc.tuple(inner, inner).map(([of, at]) => ({ kind: "index", of, at, span })),
    fc
      .tuple(plainName, fc.array(inner, { maxLength: 3 }))
      .map(([callee, args]) => ({ kind: "call", callee, calleeSpan: span, args, span })),
    fc.array(inner, { maxLength: 3 }).map((items) => ({ kind: "list", items, span })),
    fc
      .array(fc.record({ name: key, value: inner }), { maxLength: 3 })
      .map((fields) => ({ kind: "struct", fields, span })),
    fc
      .tuple(forClause, fc.array(clause, { maxLength: 2 }), inner)
      .map(([first, rest, body]) => ({ kind: "comprehension", clauses: [first, ...rest], body, span })),
    fc
      .tuple(text, fc.array(fc.tuple(inner, text), { minLength: 1, maxLength: 2 }))
      .map(([head, rest]) => ({ kind: "interpolation", parts: [head, ...rest.flat()], span })),
  ];
  return { expr: fc.oneof({ maxDepth: 4, withCrossShrink: true }, ...leaf, ...branch) };
}).expr;

const corpus = join(import.meta.dirname, "..", "corpus");
const sources = readdirSync(corpus, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".txtar"))
  .sort()
  .map((file) => sourceOf(parseArchive(readFileSync(join(corpus, file), "utf8")).files))
  .filter(({ name: file }) => file.endsWith(".yaml"))
  .map((source) => source.text);
const sound = sources.filter((source) => readDocument(source, "a.yaml").diagnostics.length === 0);

/** A text with stretches left out, doubled, swapped or replaced by what confuses readers. */
const mutation = fc.record({
  source: fc.constantFrom(...sources),
  edits: fc.array(
    fc.record({
      at: fc.nat(10_000),
      length: fc.nat(30),
      put: fc.oneof(
        fc.constantFrom(
          "",
          "\n",
          " ",
          "\t",
          ": ",
          "- ",
          "{",
          "}",
          "[",
          "]",
          '"',
          "'",
          "#",
          " #",
          "&",
          "*",
          "!",
          "|",
          ">",
          "?",
          "%",
          "@",
          ",",
          "\\",
          "\r",
          "---",
          "\u0000",
          "\ud800",
          "(",
          ")",
          "&&",
          "=",
          "\\(",
        ),
        fc.string({ maxLength: 8 }),
      ),
    }),
    { minLength: 1, maxLength: 6 },
  ),
});
const mutated = ({
  source,
  edits,
}: {
  source: string;
  edits: readonly { at: number; length: number; put: string }[];
}): string =>
  edits.reduce((now, { at, length, put }) => {
    const from = now.length === 0 ? 0 : at % now.length;
    return now.slice(0, from) + put + now.slice(from + length);
  }, source);

/** Everything that is read must be drawn and, when it is sound, printed. */
function readAll(input: string | Uint8Array): void {
  const { value, diagnostics, source } = readDocument(input, "a.yaml");
  renderDiagnostics(diagnostics);
  for (const { span: at } of diagnostics) {
    expect(at.start).toBeGreaterThanOrEqual(0);
    expect(at.end).toBeGreaterThanOrEqual(at.start);
    expect(at.end).toBeLessThanOrEqual(at.source.text.length);
  }
  if (diagnostics.length > 0) return;
  expect(value).not.toBeNull();
  const printed = formatSource(source.text, "a.yaml").value!;
  expect(meaning(readDocument(printed, "a.yaml").value)).toEqual(meaning(value));
  expect(formatSource(printed, "a.yaml").value).toBe(printed);
}

describe("expressions", () => {
  it(
    "parsing inverts printing",
    () => {
      fc.assert(
        fc.property(expression, (tree) => {
          const printed = printExpr(tree);
          fc.pre(printed.length < 4_000);
          const { value, diagnostics } = parseExprText(printed);
          expect(diagnostics).toEqual([]);
          expect(printExpr(value)).toBe(printed);
          expect(meaning(value)).toEqual(meaning(tree));
        }),
        { numRuns: 4_000 * FUZZ, seed: SEED },
      );
    },
    30_000 * FUZZ,
  );
  it(
    "never throws, whatever the text",
    () => {
      const pieces = fc.array(
        fc.constantFrom(
          "a",
          "1",
          '"',
          "'",
          "\\(",
          "\\",
          "(",
          ")",
          "[",
          "]",
          "{",
          "}",
          ",",
          ".",
          ":",
          "=",
          "!",
          "<",
          "&",
          "|",
          "+",
          "-",
          "*",
          "/",
          "for ",
          " in ",
          " if ",
          "let ",
          "#",
          "true",
          " ",
          "\n",
          "?",
          "2026-01-31",
          "15 days",
          "%",
          "and ",
          "not ",
          "\u201c",
          "\u2264",
          "$",
          "_",
          "é",
        ),
        { maxLength: 40 },
      );
      fc.assert(
        fc.property(
          fc.oneof(
            fc.string({ maxLength: 60 }),
            pieces.map((each) => each.join("")),
          ),
          (written) => {
            const { value, diagnostics } = parseExprText(written);
            if (diagnostics.length > 0) return;
            expect(printExpr(parseExprText(printExpr(value)).value)).toBe(printExpr(value));
          },
        ),
        { numRuns: 5_000 * FUZZ, seed: SEED },
      );
    },
    30_000 * FUZZ,
  );
});

describe("documents", () => {
  it(
    "never throws on mutations of real ones; what stays sound is printed and read back",
    () => {
      fc.assert(
        fc.property(mutation, (each) => readAll(mutated(each))),
        { numRuns: 1_500 * FUZZ, seed: SEED },
      );
    },
    60_000 * FUZZ,
  );
  it(
    "never throws on bytes",
    () => {
      fc.assert(
        fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => readAll(bytes)),
        { numRuns: 1_000 * FUZZ, seed: SEED },
      );
    },
    30_000 * FUZZ,
  );
  it(
    "never throws on a document cut anywhere",
    () => {
      fc.assert(
        fc.property(fc.constantFrom(...sources), fc.double({ min: 0, max: 1, noNaN: true }), (source, part) =>
          readAll(source.slice(0, Math.floor(source.length * part))),
        ),
        { numRuns: 400 * FUZZ, seed: SEED },
      );
    },
    30_000 * FUZZ,
  );
  it(
    "keeps every comment when printing",
    () => {
      const comment = fc.tuple(fc.nat(1_000), fc.nat(12), fc.boolean(), fc.boolean());
      fc.assert(
        fc.property(fc.constantFrom(...sound), fc.array(comment, { maxLength: 8 }), (source, comments) => {
          const lines = source.split("\n");
          // A comment behind a line, or on one of its own; unless a block of text is near, where it would be text.
          for (const [index, [at, indent, own, blank]] of comments.entries()) {
            const line = at % lines.length;
            if (own) lines.splice(line, 0, ...(blank ? [""] : []), `${" ".repeat(indent)}# note ${index}`);
            else if (lines[line]!.trim() !== "") lines[line] += ` # note ${index}`;
          }
          const text = lines.join("\n");
          const before = readDocument(text, "a.yaml");
          fc.pre(before.diagnostics.length === 0);
          const printed = formatSource(text, "a.yaml").value!;
          const notes = (of: string): string[] => (of.match(/# .*$/gm) ?? []).map((note) => note.trimEnd()).sort();
          expect(notes(printed)).toEqual(notes(text));
          expect(meaning(readDocument(printed, "a.yaml").value)).toEqual(meaning(before.value));
          expect(formatSource(printed, "a.yaml").value).toBe(printed);
        }),
        { numRuns: 400 * FUZZ, seed: SEED },
      );
    },
    60_000 * FUZZ,
  );
});
