// Values of components: the examples of RFC 9421 sections 2.1 and 2.2, and what has no value.
import { describe, expect, it } from "vitest";
import { readHead } from "../../../../cage/message/head.ts";
import { signatureBase } from "../../../../cage/signature/base.ts";
import { componentOf } from "../../../../cage/signature/component.ts";
import { type Message, messageOf, type RequestMessage, SignatureError } from "../../../../cage/signature/index.ts";
import { messageFrom } from "./messages.ts";

function value(message: Message, component: string): string {
  try {
    const [line] = signatureBase(message, [componentOf(component)], new Map(), "test").split("\n");
    return (line as string).slice((line as string).indexOf(": ") + 2);
  } catch (error) {
    if (error instanceof SignatureError) return `! ${error.problem}`;
    throw error;
  }
}

const fields = messageFrom({
  kind: "request",
  method: "GET",
  target: "/",
  headers: [
    ["Host", "www.example.com"],
    ["X-OWS-Header", "   Leading and trailing whitespace.   "],
    ["X-Obs-Fold-Header", "Obsolete\r\n    line folding."],
    ["Cache-Control", "max-age=60"],
    ["Cache-Control", "   must-revalidate"],
    ["Example-Dict", "  a=1,    b=2;x=1;y=2,   c=(a   b   c)  "],
    ["Example-Keys", "  a=1, b=2;x=1;y=2, c=(a   b    c), d"],
    ["Example-Header", "value, with, lots"],
    ["Example-Header", "of, commas"],
    ["X-Empty-Header", ""],
    ["X-Decimal", "1.0"],
    ["Priority", "u=1,i=?1"],
  ],
});
const structured: Message = {
  ...fields,
  structured: { "example-dict": "dictionary", "x-decimal": "item" },
  trailers: [["expires", "Wed, 9 Nov 2022 07:28:00 GMT"]],
};

describe("fields (RFC 9421 section 2.1)", () => {
  it.each([
    ["host", "www.example.com"],
    ["x-ows-header", "Leading and trailing whitespace."],
    ["x-obs-fold-header", "Obsolete line folding."],
    ["cache-control", "max-age=60, must-revalidate"],
    ["example-dict", "a=1,    b=2;x=1;y=2,   c=(a   b   c)"],
    ["x-empty-header", ""],
    ['"example-dict";sf', "a=1, b=2;x=1;y=2, c=(a b c)"],
    ['"priority";sf', "u=1, i"],
    ['"example-keys";key="a"', "1"],
    ['"example-keys";key="d"', "?1"],
    ['"example-keys";key="b"', "2;x=1;y=2"],
    ['"example-keys";key="c"', "(a b c)"],
    ['"example-keys";key="e"', "! missing-component"],
    ['"example-header";bs', ":dmFsdWUsIHdpdGgsIGxvdHM=:, :b2YsIGNvbW1hcw==:"],
    ['"expires";tr', "Wed, 9 Nov 2022 07:28:00 GMT"],
    ["expires", "! missing-component"],
    ['"x-decimal";sf', "! other-spelling"],
    ['"cache-control";sf', "! bad-component"],
    ['"x-ows-header";key="a"', "! malformed"],
    ['"host";key', "! bad-component"],
    ["Host", "! bad-component"],
    ["", "! bad-component"],
    ['"host', "! bad-component"],
  ])("%s", (component, expected) => {
    expect(value(structured, component)).toBe(expected);
  });
});

const request = (target: string, method = "POST"): RequestMessage =>
  messageFrom({ kind: "request", method, target, headers: [["Host", "www.example.com"]] }) as RequestMessage;

describe("derived components (RFC 9421 section 2.2)", () => {
  it.each([
    ["@method", "/path?param=value", "POST"],
    ["@target-uri", "/path?param=value", "https://www.example.com/path?param=value"],
    ["@authority", "/path?param=value", "www.example.com"],
    ["@scheme", "/path?param=value", "https"],
    ["@scheme", "http://www.example.com/path", "http"],
    ["@request-target", "/path?param=value", "/path?param=value"],
    ["@request-target", "https://www.example.com/path?param=value", "https://www.example.com/path?param=value"],
    ["@path", "/path?param=value", "/path"],
    ["@path", "https://www.example.com", "/"],
    ["@query", "/path?param=value&foo=bar&baz=bat%2Dman", "?param=value&foo=bar&baz=bat%2Dman"],
    ["@query", "/path?queryString", "?queryString"],
    ["@query", "/path?", "?"],
    ["@query", "/path", "?"],
    ["@target-uri", "/path?", "https://www.example.com/path?"],
    ['"@query-param";name="baz"', "/path?param=value&foo=bar&baz=batman&qux=", "batman"],
    ['"@query-param";name="qux"', "/path?param=value&foo=bar&baz=batman&qux=", ""],
    ['"@query-param";name="param"', "/path?param=value&foo=bar&baz=batman&qux=", "value"],
    [
      '"@query-param";name="var"',
      "/p?var=this%20is%20a%20big%0Amultiline%20value",
      "this%20is%20a%20big%0Amultiline%20value",
    ],
    ['"@query-param";name="bar"', "/p?bar=with+plus+whitespace", "with%20plus%20whitespace"],
    ['"@query-param";name="fa%C3%A7ade%22%3A%20"', "/p?fa%C3%A7ade%22%3A%20=something", "something"],
    ['"@query-param";name="a"', "/p?a=!'()~*-._", "%21%27%28%29%7E*-._"],
    ['"@query-param";name="a"', "/p?a=%FF", "! component-value"],
    ['"@query-param";name="a"', "/p?a=1&%61=2", "! ambiguous-component"],
    ['"@query-param";name="a"', "/p", "! missing-component"],
    ["@status", "/p", "! bad-component"],
  ])("%s of %s", (component, target, expected) => {
    expect(value(request(target), component)).toBe(expected);
  });
  it("of a response", () => {
    const response: Message = { kind: "response", status: 503, fields: [], request: request("/path?a=1") };
    expect(value(response, "@status")).toBe("503");
    expect(value(response, "@method")).toBe("! bad-component");
    expect(value(response, '"@method";req')).toBe("POST");
    expect(value(response, '"@query-param";name="a";req')).toBe("1");
    expect(value(response, '"host";req')).toBe("www.example.com");
    expect(value(response, '"@status";req')).toBe("! bad-component");
    expect(value({ ...response, request: null }, '"@method";req')).toBe("! missing-component");
  });
  it("of the head the cage has read", () => {
    const head = readHead(
      {
        method: "POST",
        target: "https://API.Example:443/a%2ab?q=%c3%a9",
        version: "1.1",
        fields: ["Host", "api.example", "Content-Length", "5", "X", "1"],
      },
      { kind: "egress" },
    );
    if ("refused" in head) throw new Error(head.detail);
    const message = messageOf(head);
    expect(value(message, "@target-uri")).toBe("https://api.example/a%2Ab?q=%C3%A9");
    expect(["host", "content-length", "x", "@request-target"].map((each) => value(message, each))).toEqual([
      "api.example",
      "5",
      "1",
      "/a%2Ab?q=%C3%A9",
    ]);
  });
});
