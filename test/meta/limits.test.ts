// A bound that nothing looks at is no bound: every one of each limits.ts is used outside it, and says why it is what it is.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { codeOf, root, sourcesIn } from "./code.ts";

const FOLDERS = [
  "core",
  "lang",
  "vm",
  "stdlib",
  "compiler",
  "ledger",
  "court-node",
  "policy",
  "cage",
  "cli",
  "playground",
];
const sources = FOLDERS.filter((folder) => existsSync(join(root, folder)))
  .flatMap(sourcesIn)
  .map((each) => ({ ...each, code: codeOf(each.text) }));
const limits = sources.filter(({ path }) => /(?:^|\/)limits\.ts$/.test(path));

describe.each(limits.map((each) => [each.path, each] as const))("%s", (path, { text, code: ownCode }) => {
  const names = [...text.matchAll(/^export const ([A-Z][A-Z0-9_]*)\b/gm)].map((match) => match[1]!);
  const code = sources
    .filter((each) => each.path !== path)
    .map((each) => each.code.replace(/^(?:import|export)\b[^;=(]*?\bfrom\b/gm, ""));

  it("declares bounds", () => {
    expect(names.length).toBeGreaterThan(0);
  });
  it.each(names)("%s is used", (name) => {
    const word = new RegExp(`\\b${name}\\b`);
    const own = ownCode.replace(new RegExp(`^export const ${name}\\b`, "m"), "");
    expect(
      [...code, own].some((each) => word.test(each)),
      `${name} stands nowhere but in its declaration`,
    ).toBe(true);
  });
  it.each(names)("%s says its unit and reason", (name) => {
    const before = text.slice(0, text.indexOf(`export const ${name}`)).trimEnd();
    expect(before.endsWith("*/") || /export const \w+ = [^\n]+$/.test(before), `${name} has no comment`).toBe(true);
  });
});
