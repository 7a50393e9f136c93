// Places of the debug map are written as differences. Sums past the safe integers were rounded: such a file was accepted and
// written back as another one, so one module had two files.
import { expect, it } from "vitest";
import { decodeModule, encodeModule, type Module } from "../../vm/index.ts";
import { samplePolicy } from "../unit/vm/samples.ts";

const fileOf = (line: readonly [number, number, number, number]): Uint8Array => {
  const base: Module = samplePolicy();
  const made = encodeModule({ ...base, debug: { sources: [], functions: [[line]] } });
  if ("error" in made) throw new Error(made.error.message);
  return made.bytes;
};

it("a place beyond the safe integers is refused", () => {
  // pc 1, source 0, start 5, length 1: the last bytes of the file, each one byte long.
  const sound = fileOf([1, 0, 5, 6]);
  expect(decodeModule(sound)).toHaveProperty("module");
  const most = [0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x0f];
  expect([...sound.slice(-6)]).toEqual([1, 1, 1, 0, 5, 1]);
  // The section is longer by the seven more bytes of the number.
  const hostile = Uint8Array.from([...sound.slice(0, -8), 7 + 7, ...sound.slice(-7, -2), ...most, 1]);
  expect(decodeModule(hostile)).toMatchObject({ error: { code: "vm/bad-encoding", message: "a number is too large" } });
});
