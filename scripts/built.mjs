// What `dist/` is built from, and whether it is the build of what stands there now.
import { existsSync, readdirSync, statSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(fileURLToPath(import.meta.url)));

/** Folders whose files lie in `dist/` one by one, under their own names. */
export const folders = [
  "core",
  "lang",
  "compiler",
  "vm",
  "stdlib",
  "ledger",
  "court-node",
  "policy",
  "cage",
  "cli",
  "bench",
  "scripts",
];

/** All files of a folder and of those in it; none when there is no such folder. */
export const filesIn = (folder) =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) =>
        entry.isDirectory() ? filesIn(join(folder, entry.name)) : [join(folder, entry.name)],
      )
    : [];

/** No source is newer than the last build. */
export function isBuilt() {
  const stamp = join(root, "dist", ".built");
  if (!existsSync(stamp)) return false;
  const built = statSync(stamp).mtimeMs;
  return [
    // scripts/compare-ways.ts takes the random policies from the tests.
    ...[...folders, "playground", "test/fuzz/modules"].flatMap((folder) => filesIn(join(root, folder))),
    ...["package.json", "tsconfig.json", "tsconfig.build.json"].map((file) => join(root, file)),
  ].every((file) => statSync(file).mtimeMs < built);
}
