// Puts the command line into few files: `dist/cli/main.js` begins in `dist/bundle/`, where each command is one file and what commands share
// are others. Node takes a millisecond of processor time for every file it imports, and a command imports hundreds: half of the time of a
// short command went there. Packages stay outside, but for those that every command loads: `yaml` is seventy files, and of a package in the older
// form of modules Node reads the whole text once more to find its names. Everything else in `dist/`, what the package exports and what workers
// begin with, is as the compiler made it.
import { copyFileSync, existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, relative } from "node:path";
import { rolldown } from "rolldown";

/** The parser library is one file already, with its licences beside it. */
const PARSER = "lang/expr/chevrotain.js";
const START = "cli/main.js";

/** Packages that are put in, and the file of each that has its code as modules where there is one. */
const INSIDE = {
  yaml: "browser/dist/index.js",
  commander: "index.js",
  "hash-wasm": "dist/index.esm.js",
  re2js: "build/index.js",
};

const folderOf = (name) =>
  createRequire(import.meta.url)
    .resolve.paths(name)
    .map((folder) => join(folder, name))
    .find((folder) => existsSync(folder));

/** `dist`: a folder with the compiled sources. */
export async function bundleCommandLine(dist) {
  const main = join(dist, START);
  const folder = join(dist, "bundle");
  const fromBundle = (file) => relative(folder, file).split("\\").join("/");
  const inside = new Map(Object.entries(INSIDE).map(([name, start]) => [name, join(folderOf(name), start)]));
  const placed = {
    name: "placed",
    resolveId(id, importer) {
      if (importer === undefined) return null;
      if (inside.has(id)) return inside.get(id);
      if (!id.startsWith(".") && !isAbsolute(id)) return { id, external: true };
      const file = isAbsolute(id) ? id : join(dirname(importer), id);
      return file === join(dist, PARSER) ? { id: fromBundle(file), external: true } : null;
    },
    // A file that looks for others beside it finds them where it was compiled to.
    transform: (code, id) =>
      code.includes("import.meta.url")
        ? code.replaceAll("import.meta.url", `new URL("${fromBundle(id)}", import.meta.url).href`)
        : null,
  };
  const bundle = await rolldown({ cwd: dist, input: { main }, platform: "node", plugins: [placed], logLevel: "warn" });
  await bundle.write({
    dir: folder,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    // Less to read: no comments, and no character beyond ASCII, for which the host would hold a file in two bytes a character.
    comments: false,
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: false, asciiOnly: true } },
  });
  await bundle.close();
  for (const name of inside.keys()) copyFileSync(join(folderOf(name), "LICENSE"), join(folder, `${name}.LICENSE.txt`));
  const [firstLine] = readFileSync(main, "utf8").split("\n", 1);
  rmSync(main);
  writeFileSync(main, `${firstLine}\nimport "../bundle/main.js";\n`);
}
