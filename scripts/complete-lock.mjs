// Completes package-lock.json: run it after `npm install` changed the lock file. A registry mirror that does not carry the
// packages of every platform makes npm leave them out of the lock file, and `npm ci` then refuses it everywhere. Each missing optional
// package of a locked package is added with its exact version and, read from its name, the platforms it is for.
// `--check` writes nothing and exits 1 when something is missing.
import { readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const path = join(dirname(dirname(fileURLToPath(import.meta.url))), "package-lock.json");
const lock = JSON.parse(readFileSync(path, "utf8"));
const systems = ["aix", "android", "darwin", "freebsd", "linux", "netbsd", "openbsd", "openharmony", "sunos", "win32"];
const processors = ["arm64", "arm", "ia32", "loong64", "mips64el", "ppc64", "riscv64", "s390x", "wasm32", "x64"];
const missing = [];

for (const [place, entry] of Object.entries(lock.packages))
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const nested = `${place === "" ? "" : `${place}/`}node_modules/${name}`;
    if (lock.packages[nested] !== undefined || lock.packages[`node_modules/${name}`] !== undefined) continue;
    const words = name.split(/[/-]/);
    const system = systems.find((each) => words.includes(each));
    const processor = processors.find((each) => words.includes(each));
    if (!/^\d+\.\d+\.\d+$/.test(version) || system === undefined || processor === undefined) {
      throw new Error(`the platforms of ${name}@${version} cannot be read from its name`);
    }
    const libc =
      system !== "linux"
        ? {}
        : words.includes("musl")
          ? { libc: ["musl"] }
          : words.includes("gnu")
            ? { libc: ["glibc"] }
            : {};
    missing.push([
      `node_modules/${name}`,
      {
        version,
        cpu: [processor],
        ...(entry.dev ? { dev: true } : {}),
        ...libc,
        license: entry.license,
        optional: true,
        os: [system],
      },
    ]);
  }

if (missing.length > 0 && process.argv.includes("--check")) {
  console.error(`package-lock.json lacks ${missing.map(([name]) => name.slice("node_modules/".length)).join(", ")}`);
  console.error("run node scripts/complete-lock.mjs");
  process.exit(1);
}
lock.packages = Object.fromEntries([...Object.entries(lock.packages), ...missing].sort(([a], [b]) => (a < b ? -1 : 1)));
if (missing.length > 0) writeFileSync(path, `${JSON.stringify(lock, null, 2)}\n`);
console.log(`${missing.length} added`);
