// The scanner that finds how deep CUE would go, the places of its answers, and the bound written into a module.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { tooDeep } from "../../../lang/cue/depth.ts";
import { spansOf, unitsOf } from "../../../lang/cue/places.ts";
import { boundMemory } from "../../../lang/cue/wasm-memory.ts";

describe("tooDeep", () => {
  const bounds = { nestingMax: 3, levelsMax: 10 };
  it.each([
    ["brackets", "[[[[1]]]]", "nesting"],
    ["brackets of all kinds", "{a: ([{b: 1}])}", "nesting"],
    ["interpolations", '"\\("\\("\\("\\(1)")")")"', "nesting"],
    ["interpolations of raw texts", '#"\\#(#"\\#([[1]])"#)"#', "nesting"],
    ["names", "a: b: c: d: e: f: g: h: i: j: k: 1", "levels"],
    ["names over lines", "a:\nb:\nc:\nd:\ne:\nf:\ng:\nh:\ni:\nj:\nk: 1", "levels"],
    ["selectors", "a.b.c.d.e.f.g.h.i.j.k.l", "levels"],
    ["operators in brackets", "[1+1+1+1, (1+1+1+1+1+1+1+1+1+1)]", "levels"],
    ["behind a text", '"{" + [[[[1]]]]', "nesting"],
    ["behind a comment", "// [[\n[[[[1]]]]", "nesting"],
  ])("sees %s", (_, text, what) => {
    expect(tooDeep(text, bounds)?.what).toBe(what);
  });
  it.each([
    ["brackets in texts", '"[[[[[[[["'],
    ["brackets in raw texts", '#"[[[["[[[["#'],
    ["brackets in long texts", '"""\n\t[[[[" [[[["\n\t"""'],
    ["brackets in bytes", "'[[[[[['"],
    ["brackets behind an escape", '"\\"[[[[[[[[[["'],
    ["brackets in comments", "a: 1 // [[[[[[[["],
    ["one after another", "[[[1]]], [[[1]]]\n[[[1]]]"],
    ["fields on lines", "a: 1\n".repeat(50)],
    ["fields with commas", "a: 1, ".repeat(50)],
    ["definitions", "#a: 1\n#b: #a\n".repeat(20)],
    ["too many closed", "]]]]]]]]"],
    ["nothing", ""],
    ["a text that never ends", '"[[[[['],
  ])("leaves %s", (_, text) => {
    expect(tooDeep(text, bounds)).toBeNull();
  });
  it("says where", () => {
    expect(tooDeep("x: [[[[1]]]]", bounds)).toEqual({ at: 6, what: "nesting" });
  });
  it("never counts less than the depth of JSON", () => {
    const depth = (value: unknown): number =>
      typeof value !== "object" || value === null ? 0 : 1 + Math.max(0, ...Object.values(value).map(depth));
    fc.assert(
      fc.property(fc.json({ maxDepth: 6 }), (text) => {
        const deep = depth(JSON.parse(text));
        expect(tooDeep(text, { nestingMax: deep, levelsMax: 1_000_000 })).toBeNull();
        if (deep > 0) expect(tooDeep(text, { nestingMax: deep - 1, levelsMax: 1_000_000 })?.what).toBe("nesting");
      }),
    );
  });
  it("ends on any text", () => {
    const piece = fc.constantFrom(
      '"',
      "'",
      '"""',
      "#",
      "\\",
      "\\(",
      "(",
      ")",
      "[",
      "]",
      "{",
      "}",
      "\n",
      "a",
      ",",
      "//",
      "+",
      "é",
    );
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 60 }), (pieces) => {
        const found = tooDeep(pieces.join(""), { nestingMax: 5, levelsMax: 20 });
        if (found !== null) expect(found.at).toBeLessThan(pieces.join("").length);
      }),
    );
  });
});

describe("places", () => {
  it("are UTF-16 offsets of bytes", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 30 }), (text) => {
        const at = unitsOf(text);
        let unit = 0;
        for (const character of text) {
          const bytes = new TextEncoder().encode(text.slice(0, unit)).length;
          expect(at(bytes)).toBe(unit);
          unit += character.length;
        }
        expect(at(new TextEncoder().encode(text).length + 5)).toBe(text.length);
      }),
    );
  });
  it("leave out other files and what was said already", () => {
    const source = { name: "a.cue", text: 'name: "x y" & 12' };
    const spans = spansOf(new Map([["a.cue", source]]));
    const place = (offset: number, end = offset, file = "a.cue") => ({ file, offset, end });
    expect(
      spans([place(6), place(6), place(14), place(0, 4), place(0, 0, "tool/exec"), place(400)]).map(({ start, end }) =>
        source.text.slice(start, end),
      ),
    ).toEqual(['"x y"', "12", "name", ""]);
  });
});

describe("boundMemory", () => {
  // \0asm, version 1, a type section of no types, a memory section, a custom section behind it.
  const module = (memory: number[]): Uint8Array =>
    new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 1, 0, 5, memory.length, ...memory, 0, 2, 1, 0x78]);
  const grown = async (bytes: Uint8Array<ArrayBuffer>): Promise<number[]> => {
    // The same module with its memory exported as `m`.
    const withExport = new Uint8Array([...bytes.subarray(0, bytes.length - 4), 7, 5, 1, 1, 0x6d, 2, 0]);
    const { instance } = await WebAssembly.instantiate(withExport);
    const memory = instance.exports["m"] as WebAssembly.Memory;
    const pages = [memory.buffer.byteLength / 65_536];
    for (const by of [1, 1, 1])
      try {
        memory.grow(by);
        pages.push(memory.buffer.byteLength / 65_536);
      } catch {
        pages.push(-1);
      }
    return pages;
  };
  it.each([
    ["a memory without bound", [1, 0, 2], 3 * 65_536, [2, 3, -1, -1]],
    ["a memory with a bound", [1, 1, 2, 0x80, 0x02], 4 * 65_536, [2, 3, 4, -1]],
    ["a bound below its start", [1, 0, 2], 65_536, [2, -1, -1, -1]],
  ])("holds %s", async (_, memory, bytesMax, pages) => {
    expect(await grown(boundMemory(module(memory), bytesMax)!)).toEqual(pages);
  });
  it.each([
    ["nothing", new Uint8Array()],
    ["another file", new Uint8Array([0x1b, 0, 0, 0, 0, 0, 0, 0])],
    ["no memory", new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 1, 0])],
    ["a cut section", new Uint8Array([0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5])],
    ["two memories", module([2, 0, 1, 0, 1])],
  ])("refuses %s", (_, bytes) => {
    expect(boundMemory(bytes, 65_536)).toBeNull();
  });
});
