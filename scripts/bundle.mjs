// Puts the command line into few files: `dist/cli/main.js` begins in `dist/bundle/`, where each command is one file and what commands share
// are others. Node takes a millisecond of processor time for every file it imports, and a command imports hundreds: half of the time of a
// short command went there. Packages stay outside, but for `yaml`, which is seventy files more. Everything else in `dist/`, what the package
// exports and what workers begin with, is as the compiler made it.
import { copyFileSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, isAbsolute, join, relative } from "node:path";
import { rolldown } from "rolldown";

/** The parser library is one file already, with its licences beside it. */
const PARSER = "lang/expr/chevrotain.js";
const START = "cli/main.js";

/** `dist`: a folder with the compiled sources. */
export async function bundleCommandLine(dist) {
  const main = join(dist, START);
  const folder = join(dist, "bundle");
  const fromBundle = (file) => relative(folder, file).split("\\").join("/");
  const yaml = dirname(createRequire(import.meta.url).resolve("yaml/package.json"));
  // Its form for browsers is of modules, and the same code.
  const yamlStart = join(yaml, "browser", "dist", "index.js");
  const placed = {
    name: "placed",
    resolveId(id, importer) {
      if (importer === undefined) return null;
      if (id === "yaml") return yamlStart;
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
  await bundle.write({ dir: folder, format: "esm", entryFileNames: "[name].js", chunkFileNames: "[name]-[hash].js" });
  await bundle.close();
  copyFileSync(join(yaml, "LICENSE"), join(folder, "yaml.LICENSE.txt"));
  const [firstLine] = readFileSync(main, "utf8").split("\n", 1);
  rmSync(main);
  writeFileSync(main, `${firstLine}\nimport "../bundle/main.js";\n`);
}
