import { describe, expect, it } from "vitest";
import { Grammar } from "../../../lang/expr/grammar.ts";
import { decodeNumber, decodeQuoted } from "../../../lang/expr/literals.ts";
import { lexerOf } from "../../../lang/expr/tokens.ts";
import { type Expr, parseExprText, printExpr } from "../../../lang/index.ts";
import { brief } from "./support.ts";

/** The tree with brackets everywhere, to see how things group. */
function grouped(expr: Expr): string {
  switch (expr.kind) {
    case "binary":
      return `(${grouped(expr.left)} ${expr.op} ${grouped(expr.right)})`;
    case "unary":
      return `(${expr.op}${grouped(expr.of)})`;
    case "select":
      return `${grouped(expr.of)}.${expr.name}`;
    case "index":
      return `${grouped(expr.of)}[${grouped(expr.at)}]`;
    case "call":
      return `${expr.callee}(${expr.args.map(grouped).join(", ")})`;
    default:
      return printExpr(expr);
  }
}

describe("the grammar and its tokens", () => {
  it("have no mistake that the parser library knows of", () => {
    expect(() => new Grammar(true)).not.toThrow();
    expect(lexerOf(true).lexerDefinitionErrors).toEqual([]);
  });
});

describe("precedence, as in CUE", () => {
  it.each([
    ["a || b && c == d + e * f", "(a || (b && (c == (d + (e * f)))))"],
    ["a * b + c == d && e || f", "(((((a * b) + c) == d) && e) || f)"],
    ["a - b - c", "((a - b) - c)"],
    ["a / b * c", "((a / b) * c)"],
    ["-a.b * !c[0]", "((-a.b) * (!c[0]))"],
    ["--a", "(-(-a))"],
    ["(a || b) && c", "((a || b) && c)"],
    ["a.b(c)[d].e", "a.b(c)[d].e"],
    ["a =~ b && c !~ d", "((a =~ b) && (c !~ d))"],
    ["(a < b) == (c < d)", "((a < b) == (c < d))"],
    ["a<-b", "(a < (-b))"],
    ["a.if + b.for", "(a.if + b.for)"],
  ])("%s", (text, expected) => {
    const { value, diagnostics } = parseExprText(text);
    expect(diagnostics).toEqual([]);
    expect(grouped(value)).toBe(expected);
  });
});

describe("canonical text", () => {
  it.each([
    ["a&&(b||c)", "a && (b || c)"],
    ["(a&&b)||c", "a && b || c"],
    ["a-(b-c)", "a - (b - c)"],
    ["(a==b)==c", "(a == b) == c"],
    ["-(a+b)", "-(a + b)"],
    ["-(-a)", "--a"],
    ["(a).b", "a.b"],
    ["f( a ,b, )", "f(a, b)"],
    ["[1,2,]", "[1, 2]"],
    ['{a:1,"b c":2,}', '{a: 1, "b c": 2}'],
    ["[for k,v in xs if v>0 let y=v*2 {y}]", "[for k, v in xs if v > 0 let y = v * 2 {y}]"],
    ["[for x in xs {a:x}]", "[for x in xs {a: x}]"],
    ["[for x in xs {{a:x}}]", "[for x in xs {a: x}]"],
    ["[for x in xs {}]", "[for x in xs {}]"],
    ['"a\\(b+ c)d"', '"a\\(b + c)d"'],
    ['#"a\\n\\#(b)"#', '"a\\\\n\\(b)"'],
    ["'\\x00a\\377'", "'\\x00a\\xff'"],
    ['"\\u00e9\\t\\/"', '"é\\t/"'],
    ['"\\ud83d\\ude00"', '"😀"'],
    ["1_000 + 64Ki + 0x1F + .5", "1_000 + 64Ki + 0x1F + .5"],
    ['a."b c".d', 'a."b c".d'],
    ["größe > 1", "größe > 1"],
  ])("%s", (text, expected) => {
    const { value, diagnostics } = parseExprText(text);
    expect(diagnostics).toEqual([]);
    expect(printExpr(value)).toBe(expected);
  });
});

describe("places", () => {
  it("covers each part exactly, brackets included", () => {
    const { value } = parseExprText("(a + bb) * f(ccc).dd");
    const under = ({ span }: Expr) => span.source.text.slice(span.start, span.end);
    expect(value.kind).toBe("binary");
    if (value.kind !== "binary") return;
    expect(under(value)).toBe("(a + bb) * f(ccc).dd");
    expect(under(value.left)).toBe("(a + bb)");
    expect(under(value.right)).toBe("f(ccc).dd");
    expect(value.opSpan.start).toBe(9);
  });
  it("points into interpolations", () => {
    expect(brief(parseExprText('"a \\(b = "c")"').diagnostics)).toEqual(["single-equals at ="]);
    expect(brief(parseExprText('"a \\("b \\(c = d)")"').diagnostics)).toEqual(["single-equals at ="]);
  });
});

describe("decodeNumber", () => {
  it.each([
    ["0", "0"],
    ["1_000", "1000"],
    ["0x1F", "31"],
    ["0b101", "5"],
    ["0o17", "15"],
    ["1.50", "1.50"],
    [".5", "0.5"],
    ["5.", "5.0"],
    ["1e3", "1000.0"],
    ["1.25e1", "12.5"],
    ["1.5e-3", "0.0015"],
    ["12e-1", "1.2"],
    ["0e5", "0.0"],
    ["64Ki", "65536"],
    ["1.5K", "1500"],
    ["2P", "2000000000000000"],
    ["0.5Ki", "512"],
  ])("%s is %s", (written, text) => {
    expect(decodeNumber(written)).toEqual({ ok: true, text });
  });
  it.each([
    "01",
    "1__0",
    "1_",
    "_1",
    "0x",
    "0b2",
    "1.0001K",
    "1e401",
    "1e-401",
    "1e99999999999999999999",
    "1.2.3",
    "1K2",
    "e5",
  ])("%s is refused", (written) => {
    expect(decodeNumber(written).ok).toBe(false);
  });
});

describe("decodeQuoted", () => {
  it.each([
    ['"\\a\\b\\f\\n\\r\\t\\v\\\\\\"\\/"', '\x07\b\f\n\r\t\v\\"/'],
    ['"\\U0001F600"', "😀"],
    ['##"a\\n"#b\\##n"##', 'a\\n"#b\n'],
  ])("%s", (text, value) => {
    expect(decodeQuoted(text)).toMatchObject({ parts: [{ kind: "text", value }], mistakes: [] });
  });
  it.each(['"\\q"', '"\\ud800"', '"\\udc00"', '"\\U00110000"', '"\\x41"', "'\\777'", '"\\u12"'])(
    "%s is refused",
    (text) => {
      expect(decodeQuoted(text).mistakes.length).toBe(1);
    },
  );
});
