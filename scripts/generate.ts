// Writes everything that derives from a table or a page: a `codes.ts` for each folder of docs/errors/, the index of
// all codes, docs/bytecode.md, docs/stdlib.md and the texts of lang/cue/std/. `--check` writes nothing and exits 1 when a file is stale.
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { stdlibReference } from "../stdlib/reference.ts";
import { bytecodeReference } from "../vm/reference.ts";
import { readPages, renderCodes, renderIndex } from "./error-pages.ts";

/** The repository, found from here upwards: this file also runs from dist/. */
export function findRoot(): string {
  let folder = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(folder, "package.json"))) folder = dirname(folder);
  return folder;
}

/** Every generated file: path from the root, and its text. */
export function generated(root: string): Map<string, string> {
  const files = new Map<string, string>();
  const pages = readPages(join(root, "docs", "errors"));
  for (const [folder, ofFolder] of pages) files.set(`${folder}/codes.ts`, renderCodes(folder, ofFolder));
  files.set("docs/errors/README.md", renderIndex(pages));
  files.set("lang/cue/std-sources.ts", stdSources(join(root, "lang", "cue", "std")));
  files.set("docs/bytecode.md", bytecodeReference());
  files.set("docs/stdlib.md", stdlibReference());
  return files;
}

/** The standard library for documents in CUE as texts of a module, so that it needs no file when it runs. */
function stdSources(folder: string): string {
  const names = readdirSync(folder, { recursive: true, encoding: "utf8" })
    .map((name) => name.replaceAll("\\", "/"))
    .filter((name) => name.endsWith(".cue"))
    .sort();
  const entries = names.map((name) => {
    const text = readFileSync(join(folder, name), "utf8").replace(/[`\\]|\$\{/g, "\\$&");
    return `  "${name}": \`${text}\`,\n`;
  });
  return `// Written by \`npm run generate\` from lang/cue/std/.\nexport const stdSources: Readonly<Record<string, string>> = {\n${entries.join("")}};\n`;
}

function main(): number {
  const root = findRoot();
  const check = process.argv.includes("--check");
  let stale = 0;
  for (const [path, text] of generated(root)) {
    const full = join(root, path);
    if (existsSync(full) && readFileSync(full, "utf8") === text) continue;
    stale++;
    console.log(check ? `stale: ${path}` : `wrote ${path}`);
    if (!check) writeFileSync(full, text);
  }
  if (check && stale > 0) console.log("run: npm run generate");
  return check && stale > 0 ? 1 : 0;
}

if (process.argv[1] !== undefined && /[\\/]generate\.[jt]s$/.test(process.argv[1])) process.exitCode = main();
