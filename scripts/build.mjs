// Builds `dist/` from the TypeScript sources, only when a source is newer than the last build, so that
// `npm start` and `npm test` begin at once on a tree that is already built. `--force` builds always.
import { spawnSync } from "node:child_process";
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { filesIn, folders, isBuilt, root } from "./built.mjs";
import { bundleCommandLine } from "./bundle.mjs";
import { buildPlayground } from "./playground.mjs";

if (!process.argv.includes("--force") && isBuilt()) process.exit(0);

// Built beside the old one and then put in its place: who runs from dist/ meanwhile finds a whole build, and two builds at
// once do not meet.
const started = new Date();
const fresh = join(root, `dist.${process.pid}.part`);
process.on("exit", () => rmSync(fresh, { recursive: true, force: true }));
const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
const run = spawnSync(process.execPath, [tsc, "-p", join(root, "tsconfig.build.json"), "--outDir", fresh], {
  stdio: "inherit",
  cwd: root,
});
if (run.status !== 0) process.exit(run.status ?? 1);
// Data files and pages that code reads at run time lie beside it in dist/ as they do in the sources.
for (const folder of folders)
  for (const file of filesIn(join(root, folder)))
    if (!/\.(m?ts|mjs|md|go)$|\/go\.(mod|sum)$/.test(file)) {
      const target = join(fresh, file.slice(root.length + 1));
      mkdirSync(dirname(target), { recursive: true });
      cpSync(file, target);
    }
bundleChevrotain();
await bundleCommandLine(fresh);
await buildPlayground(fresh);
const main = join(fresh, "cli", "main.js");
if (existsSync(main)) chmodSync(main, 0o755);
// A source written while the build ran is newer than the build.
writeFileSync(join(fresh, ".built"), "");
utimesSync(join(fresh, ".built"), started, started);
const old = join(root, `dist.${process.pid}.old`);
if (existsSync(join(root, "dist"))) renameSync(join(root, "dist"), old);
renameSync(fresh, join(root, "dist"));
rmSync(old, { recursive: true, force: true });

/** Puts the one-file form of the parser library, which its package brings, in the place of what imports its hundreds of files. */
function bundleChevrotain() {
  const packages = join(root, "node_modules");
  const licences = ["chevrotain/LICENSE.txt", "lodash-es/LICENSE"].map((file) =>
    readFileSync(join(packages, file), "utf8"),
  );
  const bundle = readFileSync(join(packages, "chevrotain", "lib", "chevrotain.min.mjs"), "utf8");
  const target = join(fresh, "lang", "expr", "chevrotain");
  writeFileSync(
    `${target}.js`,
    `// The package chevrotain, as it comes; licences: chevrotain.LICENSES.txt.\n${bundle}`,
  );
  writeFileSync(`${target}.LICENSES.txt`, licences.join("\n\n"));
}
