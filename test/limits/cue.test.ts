// Each bound of the CUE engine, at it and one past it. A host that must not be reached shows that the bound is checked before.
import { expect, it } from "vitest";
import { type CueHost, type CueJob, createCueEngine } from "../../lang/cue/index.ts";
import * as limits from "../../lang/cue/limits.ts";

const reached: CueHost = {
  compile: () => Promise.reject(new Error("reached")),
  spawn: () => {
    throw new Error("not reached");
  },
};
/** `lang/cue-unavailable` when the job came through to the host. */
const code = async (job: CueJob): Promise<string | undefined> => {
  const engine = createCueEngine({ host: reached });
  const { diagnostics } = await engine.run(job);
  await engine.close();
  return diagnostics[0]?.code;
};
const through = "lang/cue-unavailable";
const files = (text: string, count = 1) => Array.from({ length: count }, (_, i) => ({ name: `${i}.cue`, text }));
const text = (bytes: number): string => `"${"y".repeat(bytes - 2)}"`;

it.each<[what: string, past: string, job: (extra: number) => CueJob]>([
  ["files", "lang/cue-too-large", (extra) => ({ op: "export", files: files("1", limits.CUE_FILES_MAX + extra) })],
  [
    "bytes of a file",
    "lang/cue-too-large",
    (extra) => ({ op: "export", files: files(text(limits.CUE_FILES_BYTES_MAX + extra)) }),
  ],
  [
    "bytes of all files",
    "lang/cue-too-large",
    (extra) => ({
      op: "export",
      files: [...files(text(limits.CUE_FILES_BYTES_MAX - 100 + extra)), { name: "b.cue", text: text(100) }],
    }),
  ],
  [
    "bytes that are two of a character",
    "lang/cue-too-large",
    (extra) => ({
      op: "export",
      files: files(`"${"é".repeat(limits.CUE_FILES_BYTES_MAX / 2 - 1)}"${" ".repeat(extra)}`),
    }),
  ],
  [
    "bytes of a text to format",
    "lang/cue-too-large",
    (extra) => ({ op: "format", text: { name: "a.cue", text: text(limits.CUE_FILES_BYTES_MAX + extra) } }),
  ],
  [
    "bytes of data",
    "lang/cue-too-large",
    (extra) => ({
      op: "vet",
      files: files("_"),
      data: { name: "d.json", text: text(limits.CUE_DATA_BYTES_MAX + extra) },
    }),
  ],
  [
    "tags",
    "lang/cue-too-large",
    (extra) => ({
      op: "export",
      files: files("1"),
      tags: Array.from({ length: limits.CUE_TAGS_MAX + extra }, (_, i) => `t${i}`),
    }),
  ],
  [
    "characters of a path",
    "lang/cue-too-large",
    (extra) => ({ op: "export", files: files("1"), path: "a".repeat(limits.CUE_NAME_UNITS_MAX + extra) }),
  ],
  [
    "brackets",
    "lang/cue-too-deep",
    (extra) => ({
      op: "export",
      files: files(`${"[".repeat(limits.CUE_NESTING_MAX + extra)}${"]".repeat(limits.CUE_NESTING_MAX + extra)}`),
    }),
  ],
  [
    "names in a chain",
    "lang/cue-too-deep",
    (extra) => ({ op: "export", files: files(`${"a: ".repeat(limits.CUE_LEVELS_MAX + extra)}1`) }),
  ],
  [
    "signs",
    "lang/cue-too-deep",
    (extra) => ({ op: "export", files: files(`${"-".repeat(limits.CUE_LEVELS_MAX + extra)}1`) }),
  ],
  [
    "operators over lines",
    "lang/cue-too-deep",
    (extra) => ({
      op: "format",
      text: { name: "a.cue", text: `a: ${"1 |\n".repeat(limits.CUE_LEVELS_MAX - 1 + extra)}1` },
    }),
  ],
])("%s", async (_, past, job) => {
  expect(await code(job(0))).toBe(through);
  expect(await code(job(1))).toBe(past);
});
