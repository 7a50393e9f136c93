// Pages, constructors and uses of error codes agree, and generated files are in step.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { readDocument } from "../../lang/index.ts";
import { constructorName, readPage, readPages, renderCodes } from "../../scripts/error-pages.ts";
import { findRoot, generated } from "../../scripts/generate.ts";

const root = findRoot();
const pages = readPages(join(root, "docs", "errors"));
const all = [...pages.values()].flat();

const sourcesOf = (folder: string): string =>
  readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && file !== "codes.ts")
    .map((file) => readFileSync(join(root, folder, file), "utf8"))
    .join("\n");

describe("generated files", () => {
  it("are in step with what they derive from", () => {
    const files = generated(root);
    expect(files.size).toBeGreaterThan(1);
    for (const [path, text] of files)
      expect(readFileSync(join(root, path), "utf8") === text, `run npm run generate: ${path}`).toBe(true);
  });
});

describe.each([...pages])("codes of %s", (folder, ofFolder) => {
  const code = sourcesOf(folder);
  it.each(ofFolder.map((page) => page.word))("%s is used", (word) => {
    expect(
      new RegExp(`\\b${constructorName(word)}\\(`).test(code),
      `${constructorName(word)}( stands nowhere in ${folder}/`,
    ).toBe(true);
  });
});

describe("pages", () => {
  it.each(all.map((page) => [`${page.folder}/${page.word}`, page] as const))("%s reads well", (_, page) => {
    expect(page.message).not.toMatch(/\.$|^[A-Z][a-z]/);
  });
  const checked = all.filter((page) => page.folder === "lang" && /```yaml\n/.test(page.sections.get("Example")!));
  it.each(checked.map((page) => [page.word, page] as const))("the example of lang/%s gives the code", (word, page) => {
    const example = /```yaml\n([\s\S]*?)```/.exec(page.sections.get("Example")!)![1]!;
    expect(readDocument(example, "example.yaml").diagnostics.map(({ code }) => code)).toContain(`lang/${word}`);
  });
});

describe("readPage", () => {
  const page = (front: string, rest = "# lang/x\n## Why\na\n## Example\nb\n## Fix\nc\n"): string =>
    `---\n${front}\n---\n${rest}`;
  it("makes a constructor of a page", () => {
    const read = readPage(
      "lang",
      "bad-x",
      page(
        "message: a `{x}` b\nseverity: warning\nhelp: do {y}",
        "# lang/bad-x\n## Why\na\n## Example\nb\n## Fix\nc\n",
      ),
    );
    const text = renderCodes("lang", [read]);
    expect(text).toContain(
      "export const badX = (span: Span, params: { x: Shown; y: Shown }, more?: More): Diagnostic =>",
    );
    expect(text).toContain(
      'diagnostic("lang/bad-x", "warning", `a \\`$' +
        "{show(params.x)}\\` b`, span, more, `do $" +
        "{show(params.y)}`);",
    );
  });
  it.each([
    ["no front matter", "# lang/x\n"],
    ["an unknown severity", page("message: a\nseverity: fatal")],
    ["no message", page("severity: error")],
    ["an unknown key", page("message: a\nseverity: error\nhint: b")],
    ["another heading", page("message: a\nseverity: error", "# lang/y\n")],
    ["no example", page("message: a\nseverity: error", "# lang/x\n## Why\na\n## Fix\nc\n")],
  ])("refuses a page with %s", (_, text) => {
    expect(() => readPage("lang", "x", text)).toThrow("docs/errors/lang/x.md");
  });
});
