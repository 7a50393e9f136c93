import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  base64,
  compareBytes,
  fromBase64,
  fromHex,
  fromUtf8,
  hex,
  isWellFormed,
  readVarint,
  utf8,
  utf8Length,
  varint,
} from "../../../core/index.ts";

describe("bytes", () => {
  it("hex and base64 invert and agree with Node", () => {
    fc.assert(
      fc.property(fc.uint8Array(), (bytes) => {
        expect(hex(bytes)).toBe(Buffer.from(bytes).toString("hex"));
        expect(fromHex(hex(bytes))).toEqual(bytes);
        expect(base64(bytes)).toBe(Buffer.from(bytes).toString("base64"));
        expect(fromBase64(base64(bytes))).toEqual(bytes);
      }),
    );
  });
  it.each(["a", "ag", "0 "])("%s is not hex", (text) => expect(fromHex(text)).toBeUndefined());
  it.each(["A", "AA=A", "AB==", "AAB=", "A===", "AA\n="])("%s is not canonical base64", (text) =>
    expect(fromBase64(text)).toBeUndefined(),
  );
  it("order is Node's", () => {
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (a, b) => {
        expect(Math.sign(compareBytes(a, b))).toBe(Buffer.compare(a, b));
      }),
    );
  });
  it("lengths of UTF-8 are counted without encoding", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) => {
        expect(utf8Length(text)).toBe(utf8(text).length);
      }),
    );
    expect(isWellFormed("a\ud800")).toBe(false);
    expect(isWellFormed("\udc00")).toBe(false);
    expect(isWellFormed("😀")).toBe(true);
    expect(fromUtf8(Uint8Array.of(0xc0, 0x80))).toBeUndefined();
  });
  it("varints invert in their shortest form only", () => {
    fc.assert(
      fc.property(fc.maxSafeNat(), (n) => {
        expect(readVarint(varint(n), 0)).toEqual({ value: n, next: varint(n).length });
      }),
    );
    expect(readVarint(Uint8Array.of(0x80, 0x00), 0)).toBeUndefined();
    expect(readVarint(Uint8Array.of(0x80), 0)).toBeUndefined();
    expect(readVarint(new Uint8Array(9).fill(0xff), 0)).toBeUndefined();
  });
});
