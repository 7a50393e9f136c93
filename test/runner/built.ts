// Tests import the sources. Where `dist/` is their build, as always under `npm test`, each source is taken from there, and Node loads it as it
// is: it is what is shipped, it does not have to be transformed for every run, and calls between modules cost less than the
// ones of the transformed form, a fifth of the processor time of tests that run programs. While files are watched, and on a
// tree that was changed since its build, the sources themselves are run.
import { existsSync } from "node:fs";
import { dirname, join, relative, resolve } from "node:path";
import type { Plugin } from "vitest/config";
import { isBuilt, root } from "../../scripts/built.mjs";

export function fromTheBuild(): Plugin {
  let built = false;
  return {
    name: "writ:from-the-build",
    enforce: "pre",
    config: () => ({ test: { server: { deps: { external: [/\/dist\/(?!bundle\/|playground\/)/] } } } }),
    configureVitest({ vitest }) {
      built = !vitest.config.watch && isBuilt();
    },
    resolveId(id, importer) {
      if (!built || !id.endsWith(".ts")) return null;
      const source = id.startsWith(".") && importer !== undefined ? resolve(dirname(importer), id) : id;
      const target = join(root, "dist", relative(root, source).replace(/ts$/, "js"));
      return existsSync(target) && existsSync(source) ? { id: target, external: true } : null;
    },
  };
}
