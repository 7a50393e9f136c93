// Module files: there and back, ids, and the name of each way to be wrong.
import { describe, expect, it } from "vitest";
import { decodeModule, encodeModule } from "../../../vm/codec.ts";
import { FILE_BYTES_MAX } from "../../../vm/limits.ts";
import type { Module } from "../../../vm/module.ts";
import { assemble, machineOf } from "./asm.ts";
import { BUILTINS, sampleAgreement, samplePolicy } from "./samples.ts";

const bytesOf = (module: Module) => {
  const made = encodeModule(module);
  if ("error" in made) throw new Error(made.error.message);
  return made;
};
const codeOf = (bytes: Uint8Array): string => {
  const read = decodeModule(bytes);
  return "error" in read ? read.error.code : "fine";
};
/** Where the payload of each section starts, and the section's own start. */
function sections(bytes: Uint8Array): { start: number; payload: number; end: number }[] {
  const out: { start: number; payload: number; end: number }[] = [];
  let at = 5;
  while (at < bytes.length) {
    const start = at++;
    let length = 0;
    let shift = 0;
    for (;;) {
      const byte = bytes[at++]!;
      length += (byte & 0x7f) << shift;
      shift += 7;
      if (byte < 0x80) break;
    }
    out.push({ start, payload: at, end: at + length });
    at += length;
  }
  return out;
}
const splice = (bytes: Uint8Array, at: number, remove: number, ...insert: number[]): Uint8Array =>
  Uint8Array.from([...bytes.subarray(0, at), ...insert, ...bytes.subarray(at + remove)]);

describe("module files", () => {
  it.each([
    ["policy", samplePolicy()],
    ["agreement", sampleAgreement()],
    ["smallest", assemble([{ name: "f", params: 1, code: [["ret", 0]] }])],
  ])("come back as they were: %s", (_, module) => {
    const { bytes, moduleId, fileId } = bytesOf(module);
    const read = decodeModule(bytes);
    if ("error" in read) throw new Error(read.error.message);
    expect(read.module).toEqual(module);
    expect(read.moduleId).toEqual(moduleId);
    expect(read.fileId).toEqual(fileId);
    expect(bytesOf(read.module).bytes).toEqual(bytes);
    machineOf(read.module, BUILTINS);
  });

  it("have an id of the meaning that the debug map does not touch", () => {
    const module = samplePolicy();
    const other = { ...module, debug: { sources: [], functions: [] } };
    expect(bytesOf(other).moduleId).toEqual(bytesOf(module).moduleId);
    expect(bytesOf(other).fileId).not.toEqual(bytesOf(module).fileId);
    expect(bytesOf({ ...module, name: "another" }).moduleId).not.toEqual(bytesOf(module).moduleId);
  });

  it("refuse every truncation, and anything behind the end", () => {
    for (const module of [samplePolicy(), sampleAgreement()]) {
      const { bytes } = bytesOf(module);
      for (let length = 0; length < bytes.length; length++) {
        const read = decodeModule(bytes.subarray(0, length));
        expect("error" in read, `length ${length}`).toBe(true);
      }
      expect(codeOf(splice(bytes, bytes.length, 0, 0))).toBe("vm/trailing-bytes");
    }
  });

  it("name what is wrong, with its offset", () => {
    const { bytes } = bytesOf(samplePolicy());
    const parts = sections(bytes);
    expect(parts.length).toBe(9); // a policy has a section of its own
    expect(codeOf(new Uint8Array(0))).toBe("vm/not-a-module");
    expect(codeOf(splice(bytes, 0, 1, 0x77))).toBe("vm/not-a-module");
    expect(codeOf(splice(bytes, 4, 1, 2))).toBe("vm/unknown-version");
    expect(codeOf(splice(bytes, 4, 1, 0x81, 0x00))).toBe("vm/not-canonical");
    expect(codeOf(splice(bytes, parts[1]!.start, 1, 9))).toBe("vm/bad-section");
    // The first two sections in the other order.
    const swapped = Uint8Array.from([
      ...bytes.subarray(0, 5),
      ...bytes.subarray(parts[1]!.start, parts[1]!.end),
      ...bytes.subarray(parts[0]!.start, parts[0]!.end),
      ...bytes.subarray(parts[1]!.end),
    ]);
    expect(codeOf(swapped)).toBe("vm/bad-section");
    // A section one byte longer than its parts.
    const header = parts[0]!;
    expect(codeOf(splice(splice(bytes, header.end, 0, 0), header.start + 1, 1, header.end - header.payload + 1))).toBe(
      "vm/bad-section",
    );
    expect(codeOf(splice(bytes, header.payload + 2, 1, 7))).toBe("vm/bad-encoding"); // kind
    expect(codeOf(splice(bytes, header.payload + 4, 1, 0xff))).toBe("vm/bad-encoding"); // name is not UTF-8
    expect(codeOf(splice(bytes, parts[1]!.payload + 1, 1, 31))).toBe("vm/bad-encoding"); // type kind
    expect(codeOf(splice(bytes, parts[2]!.payload, 1, 0xa0))).toBe("vm/bad-constant");
    expect(codeOf(splice(bytes, parts[6]!.payload, 1, 0x80))).toBe("vm/bad-encoding"); // manifest is a list
    const oversize = decodeModule(new Uint8Array(FILE_BYTES_MAX + 1));
    expect(oversize).toMatchObject({ error: { code: "vm/oversize", offset: 0 } });
    expect(decodeModule(splice(bytes, parts[1]!.payload + 1, 1, 31))).toMatchObject({
      error: { offset: parts[1]!.payload + 1 },
    });
  });

  it("refuse counts that promise more than the file holds", () => {
    const { bytes } = bytesOf(samplePolicy());
    const types = sections(bytes)[1]!;
    expect(codeOf(splice(bytes, types.payload, 1, 0x7f))).toMatch(/vm\/(truncated|bad-encoding)/);
  });

  it("refuse to be written when a constant has no bytes", () => {
    const module = assemble([
      {
        name: "f",
        params: 1,
        code: [
          ["const", 0, "\ud800"],
          ["ret", 0],
        ],
      },
    ]);
    expect(encodeModule(module)).toMatchObject({ error: { code: "vm/bad-constant" } });
    expect(encodeModule({ ...assemble([]), manifest: { half: 0.5 } })).toMatchObject({
      error: { code: "vm/bad-encoding" },
    });
  });
});
