import { describe, expect, it } from "vitest";
import { type Diagnostic, renderDiagnostic, renderDiagnostics } from "../../../lang/index.ts";

const at = (text: string, from: string, more: Partial<Diagnostic> = {}): Diagnostic => {
  const start = text.indexOf(from);
  const span = { source: { name: "a.yaml", text }, start, end: start + from.length };
  return { code: "lang/unknown-key", severity: "error", message: "unknown key", span, labels: [], ...more };
};

describe("renderDiagnostic", () => {
  it("draws the line, the caret and the help", () => {
    expect(renderDiagnostic(at("x: 1\nwhom: ann\n", "whom", { help: "did you mean `who`?\nor `to`?" }))).toBe(
      [
        "a.yaml:2:1  error[lang/unknown-key]  unknown key",
        "  2 | whom: ann",
        "    | ^^^^",
        "  did you mean `who`?",
        "  or `to`?",
        "",
      ].join("\n"),
    );
  });
  it("draws every place that contributed, each source by name", () => {
    const here = at("a: 1\nb: 2\n", "b");
    const there = { span: at("c: 3\n", "3").span, text: "set here" };
    const other = { ...there, span: { ...there.span, source: { name: "b.yaml", text: "c: 3\n" } } };
    const own = { span: here.span, text: "this one" };
    const first = { span: at("a: 1\nb: 2\n", "a").span, text: "the first" };
    const labels = [own, { ...first, span: { ...first.span, source: here.span.source } }, other];
    expect(renderDiagnostic({ ...here, labels })).toBe(
      [
        "a.yaml:2:1  error[lang/unknown-key]  unknown key",
        "  2 | b: 2",
        "    | ^ this one",
        "  1 | a: 1",
        "    | - the first",
        "  b.yaml:1:4",
        "  1 | c: 3",
        "    |    - set here",
        "",
      ].join("\n"),
    );
  });
  it.each([
    ["a tab is four columns wide", "\twhom: x", "whom", "    whom: x", "    ^^^^"],
    ["a tab in the middle goes to the next stop", "ab\twhom", "whom", "ab  whom", "    ^^^^"],
    ["wide characters take two columns", "名前: whom", "whom", "名前: whom", "      ^^^^"],
    ["marks take none", "e\u0301: whom", "whom", "e\u0301: whom", "   ^^^^"],
    ["control characters cannot draw", "\u001b[2J whom", "whom", "\\u001b[2J whom", "          ^^^^"],
    ["no mark turns the line around", "a\u202eb whom", "whom", "a\\u202eb whom", "         ^^^^"],
    ["no tag hides", "\u{e0041}whom", "whom", "\\u{e0041}whom", "         ^^^^"],
    ["what joins emoji stays", "\u{1f468}\u200d\u{1f33e} whom", "whom", "\u{1f468}\u200d\u{1f33e} whom", "     ^^^^"],
  ])("%s", (_, text, from, line, caret) => {
    const drawn = renderDiagnostic(at(text, from)).split("\n");
    expect(drawn[1]).toBe(`  1 | ${line}`);
    expect(drawn[2]).toBe(`    | ${caret}`);
  });
  it("cuts long lines around the caret", () => {
    const text = `${"a".repeat(500_000)}HERE${"b".repeat(500_000)}`;
    const [, line, caret] = renderDiagnostic(at(text, "HERE")).split("\n");
    expect(line!.length).toBeLessThan(130);
    expect(line!.slice(caret!.indexOf("^"), caret!.indexOf("^") + 4)).toBe("HERE");
    expect(line).toMatch(/…a+HEREb+…$/);
  });
  it("draws a span over several lines on its first", () => {
    expect(renderDiagnostic(at("ab\ncd\n", "b\nc")).split("\n")[2]).toBe("    |  ^");
  });
  it("paints for a terminal only when asked to", () => {
    expect(renderDiagnostic(at("x", "x"), { colour: true })).toContain("\u001b[1;31m");
    expect(renderDiagnostic(at("x", "x"))).not.toContain("\u001b");
  });
});

describe("renderDiagnostics", () => {
  it("sorts by place, drops twins, and counts what is not drawn", () => {
    const text = "abcdef";
    const all = ["f", "b", "a", "b"].map((letter) => at(text, letter));
    const warning = at(text, "c", { severity: "warning" });
    const drawn = renderDiagnostics([...all, warning], { drawnMax: 2 });
    expect(drawn.match(/^a\.yaml:1:\d/gm)).toEqual(["a.yaml:1:1", "a.yaml:1:2"]);
    expect(drawn).toMatch(/… and 2 more: 1 error, 1 warning\n$/);
  });
  it("draws nothing for nothing", () => {
    expect(renderDiagnostics([])).toBe("");
  });
});
