// Runs every archive of test/corpus/. An archive opens with a sentence saying what it shows, then `-- agreement.yaml --`, then
// the results it cares for, `-- out/diagnostics --` and others: see corpus/stages.ts. UPDATE=1 rewrites them.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseArchive, printArchive } from "./corpus/archive.ts";
import { sourceOf, stages } from "./corpus/stages.ts";

const root = join(import.meta.dirname, "corpus");
const cases = readdirSync(root, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".txtar"))
  .sort();

describe("corpus", () => {
  it.each(cases)("%s", async (file) => {
    const path = join(root, file);
    const archive = parseArchive(readFileSync(path, "utf8"));
    expect(archive.comment.trim(), "an archive opens with a sentence").not.toBe("");
    const outputs = [...archive.files.keys()].filter((name) => name.startsWith("out/"));
    expect(outputs, "an archive asks for something").not.toEqual([]);
    const source = sourceOf(archive.files);
    const files = new Map(archive.files);
    for (const name of outputs) {
      const stage = stages[name];
      expect(stage, `no stage makes ${name}`).toBeDefined();
      const made = await stage!(archive.files, source);
      files.set(name, made === "" || made.endsWith("\n") ? made : `${made}\n`);
    }
    const text = printArchive({ comment: archive.comment, files });
    if (process.env["UPDATE"] === "1") writeFileSync(path, text);
    else for (const name of outputs) expect(archive.files.get(name), name).toBe(files.get(name));
  });
});
