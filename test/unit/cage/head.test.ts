// The canonical request: what is taken, in which spelling, and what is refused by which word.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { hostField, originForm, type RawHead, readConnect, readHead } from "../../../cage/message/head.ts";
import { REFUSALS } from "../../../cage/message/refusals.ts";

const egress = (target: string, fields: readonly string[] = ["Host", "api.example"], method = "GET"): RawHead => ({
  method,
  target,
  version: "1.1",
  fields,
});
const read = (raw: RawHead) => readHead(raw, { kind: "egress" });
const word = (raw: RawHead): string | null => {
  const head = read(raw);
  return "refused" in head ? head.refused : null;
};

describe("one spelling", () => {
  it("is what is sent", () => {
    const head = read(egress("HTTPS://API.Example:443/a%2ab?q=%c3%a9", ["hOST", "api.example", "Accept", "*/*"]));
    if ("refused" in head) throw new Error(head.detail);
    expect({ ...head, sent: `${hostField(head)} ${originForm(head)}` }).toEqual({
      method: "GET",
      scheme: "https",
      host: "api.example",
      port: 443,
      literal: false,
      path: "/a%2Ab",
      query: "q=%C3%A9",
      fields: [["accept", "*/*"]],
      body: { kind: "none" },
      dropped: [],
      sent: "api.example /a%2Ab?q=%C3%A9",
    });
  });
  it("names another port", () => {
    const head = read(egress("http://api.example:8080/", ["Host", "api.example:8080"]));
    expect("refused" in head ? head.refused : hostField(head)).toBe("api.example:8080");
  });
  it.each([
    ["http://[::1]/", "[::1]", "::1"],
    ["http://[::ffff:10.0.0.1]/", "[::ffff:10.0.0.1]", "10.0.0.1"],
    ["http://10.0.0.1/", "10.0.0.1", "10.0.0.1"],
    ["http://a.example./", "a.example.", "a.example"],
  ])("%s is the host %s", (target, host, canonical) => {
    const head = read(egress(target, ["Host", host]));
    expect("refused" in head ? head.refused : head.host).toBe(canonical);
  });
  it("drops what only the cage may say, and what belongs to this hop", () => {
    const head = read(
      egress("http://api.example/", [
        ...["Host", "api.example", "X-Forwarded-For", "10.0.0.1", "Cage-Decision", "allow", "Forwarded", "for=1"],
        ...["Connection", "x-mine", "X-Mine", "1", "TE", "trailers", "Keep-Alive", "5", "X-Kept", "2"],
      ]),
    );
    if ("refused" in head) throw new Error(head.detail);
    expect(head.fields).toEqual([["x-kept", "2"]]);
    expect(head.dropped).toEqual(["x-forwarded-for", "cage-decision", "forwarded"]);
  });
});

const FIELD_CASES: readonly (readonly [word: keyof typeof REFUSALS, fields: readonly string[]])[] = [
  ["no-host", []],
  ["two-hosts", ["Host", "api.example", "Host", "api.example"]],
  ["host-differs", ["Host", "other.example"]],
  ["host-differs", ["Host", "api.example:81"]],
  ["userinfo", ["Host", "api.example@evil.example"]],
  ["bad-host", ["Host", "api.example/path"]],
  ["bad-host", ["Host", ""]],
  ["field-name", ["Host", "api.example", "X_Forwarded_For", "1"]],
  ["field-name", ["Host", "api.example", "X Y", "1"]],
  ["field-value", ["Host", "api.example", "X", "a\u0000b"]],
  ["field-value", ["Host", "api.example", "X", "a\r\nb"]],
  ["transfer-encoding", ["Host", "api.example", "Transfer-Encoding", "identity, chunked"]],
  ["transfer-encoding", ["Host", "api.example", "Transfer-Encoding", "chunked", "Transfer-Encoding", "chunked"]],
  ["transfer-encoding", ["Host", "api.example", "Transfer-Encoding", "xchunked"]],
  ["transfer-encoding", ["Host", "api.example", "Transfer-Encoding", "chunked, gzip"]],
  ["two-lengths", ["Host", "api.example", "Transfer-Encoding", "chunked", "Content-Length", "1"]],
  ["two-lengths", ["Host", "api.example", "Content-Length", "1", "Content-Length", "1"]],
  ["bad-length", ["Host", "api.example", "Content-Length", "+1"]],
  ["bad-length", ["Host", "api.example", "Content-Length", "1, 1"]],
  ["bad-length", ["Host", "api.example", "Content-Length", "01"]],
  ["connection-names-protected", ["Host", "api.example", "Connection", "close, Authorization"]],
  ["connection-names-protected", ["Host", "api.example", "Connection", "cage-decision"]],
  ["connection-names-protected", ["Host", "api.example", "Connection", "x-forwarded-for"]],
  ["upgrade", ["Host", "api.example", "Connection", "upgrade", "Upgrade", "h2c"]],
  ["upgrade", ["Host", "api.example", "HTTP2-Settings", "AAMAAABkAAQ"]],
  ["expectation", ["Host", "api.example", "Expect", "200-ok"]],
];
const TARGET_CASES: readonly (readonly [word: keyof typeof REFUSALS, target: string])[] = [
  ["bad-target", "/path"],
  ["bad-target", "*"],
  ["bad-target", "ftp://api.example/"],
  ["bad-target", "api.example/"],
  ["fragment", "http://api.example/#x"],
  ["userinfo", "http://me:secret@api.example/"],
  ["userinfo", "http://api.example@evil.example/"],
  ["bad-host", "http:///path"],
  ["bad-host", "http://0x7f.1/"],
  ["bad-host", "http://2130706433/"],
  ["bad-host", "http://127.1/"],
  ["bad-host", "http://0177.0.0.1/"],
  ["bad-host", "http://[10.0.0.1]/"],
  ["bad-host", "http://[fe80::1%25eth0]/"],
  ["bad-host", "http://api.example:0/"],
  ["bad-host", "http://api.example:080/"],
  ["bad-host", "http://api.example:65536/"],
  ["bad-host", "http://ap\u2488.example/"],
  ["bad-host", "http://a..example/"],
  ["dot-segment", "http://api.example/a/../b"],
  ["dot-segment", "http://api.example/a/."],
  ["dot-segment", "http://api.example/%2e%2e/b"],
  ["dot-segment", "http://api.example/a%2Eb"],
  ["empty-segment", "http://api.example//a"],
  ["empty-segment", "http://api.example/a//b"],
  ["encoded-separator", "http://api.example/a%2fb"],
  ["encoded-separator", "http://api.example/a%5cb"],
  ["encoded-separator", "http://api.example/a%00b"],
  ["double-encoding", "http://api.example/a%252fb"],
  ["path-parameter", "http://api.example/a;x=1/b"],
  ["path-bytes", "http://api.example/a\\b"],
  ["path-bytes", "http://api.example/a%4"],
  ["path-bytes", "http://api.example/%61dmin"],
  ["path-bytes", "http://api.example/é"],
  ["path-bytes", "http://api.example/a%0d%0ab"],
  ["bad-query", "http://api.example/?a=%"],
  ["bad-query", "http://api.example/?a=<b>"],
  ["target-too-long", `http://api.example/${"a".repeat(9000)}`],
];

describe("refused by a word", () => {
  it.each(FIELD_CASES)("%s: %j", (expected, fields) => {
    expect(word(egress("http://api.example/", fields))).toBe(expected);
  });
  it.each(TARGET_CASES)("%s: %s", (expected, target) => {
    expect(word(egress(target))).toBe(expected);
  });
  it.each([
    ["bad-version", { ...egress("http://api.example/"), version: "1.0" }],
    ["bad-method", egress("http://api.example/", undefined, "get")],
    ["bad-method", egress("http://api.example/", undefined, "G(T")],
    [
      "too-many-fields",
      egress(
        "http://api.example/",
        Array.from({ length: 202 }, () => "x"),
      ),
    ],
  ] as const)("%s", (expected, raw) => {
    expect(word(raw)).toBe(expected);
  });
  it("ingress takes a path only", () => {
    const ingress = { kind: "ingress", scheme: "http" } as const;
    expect(readHead(egress("http://api.example/"), ingress)).toMatchObject({ refused: "bad-target" });
    expect(readHead(egress("/a"), ingress)).toMatchObject({ host: "api.example", port: 80, path: "/a" });
  });
  it.each([
    ["connect-target", "api.example", undefined],
    ["connect-target", "api.example:", undefined],
    ["connect-target", "/path", undefined],
    ["host-differs", "api.example:443", ["Host", "other.example:443"]],
    ["userinfo", "me@api.example:443", undefined],
    ["two-lengths", "api.example:443", ["Content-Length", "1"]],
  ] as const)("CONNECT %s: %s", (expected, target, fields) => {
    expect(readConnect(egress(target, fields ?? [], "CONNECT"))).toMatchObject({ refused: expected });
  });
  it("CONNECT takes host and port", () => {
    expect(readConnect(egress("API.example:443", ["Host", "api.example:443"], "CONNECT"))).toEqual({
      host: "api.example",
      port: 443,
      literal: false,
    });
  });
});

describe("properties", () => {
  it("what is read is read again as the same", () => {
    fc.assert(
      fc.property(fc.webUrl({ withQueryParameters: true, withFragments: false }), (url) => {
        const { host } = new URL(url);
        const head = read(egress(url, ["Host", host]));
        if ("refused" in head) return;
        const again = read(egress(`${head.scheme}://${hostField(head)}${originForm(head)}`, ["Host", hostField(head)]));
        expect(again).toEqual(head);
        // Two readers agree on where it goes.
        const parsed = new URL(`${head.scheme}://${hostField(head)}${originForm(head)}`);
        expect(parsed.hostname.replace(/^\[|\]$/g, "")).toBe(head.host);
        expect(parsed.pathname).toBe(head.path);
      }),
      { numRuns: 500 },
    );
  });
  it("no bytes make it throw, and what it takes another reader takes alike", () => {
    const bytes = fc.string({ unit: fc.constantFrom(..."ab/.%25cfe?;:@[]\\#\u0000é \t{}|0x1"), maxLength: 40 });
    fc.assert(
      fc.property(bytes, (rest) => {
        const target = `http://api.example/${rest}`;
        const head = read(egress(target));
        if ("refused" in head) {
          expect(REFUSALS[head.refused]).toBeDefined();
          return;
        }
        const parsed = new URL(target);
        expect(parsed.host).toBe("api.example");
        expect(parsed.pathname.toUpperCase()).toBe(head.path.toUpperCase());
      }),
      { numRuns: 3000 },
    );
  });
});
