// The package as a stranger gets it: packed, installed in an empty folder, and used through `npx writ` and its exports.
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it } from "vitest";

const root = join(import.meta.dirname, "..", "..");
const folder = mkdtempSync(join(tmpdir(), "writ-pack-"));
const home = join(folder, "home");

function run(command: string, args: readonly string[], cwd: string): { status: number | null; out: string } {
  const done = spawnSync(command, args, {
    cwd,
    encoding: "utf8",
    env: { ...process.env, NO_COLOR: "1", npm_config_loglevel: "error" },
  });
  return { status: done.status, out: `${done.stdout}${done.stderr}` };
}

beforeAll(() => {
  mkdirSync(home);
  const packed = run("npm", ["pack", "--pack-destination", folder], root);
  expect(packed.status, packed.out).toBe(0);
  const file = readdirSync(folder).find((name) => name.endsWith(".tgz"));
  writeFileSync(join(home, "package.json"), '{"name":"stranger","private":true,"type":"module"}');
  const installed = run(
    "npm",
    ["install", "--no-audit", "--no-fund", "--prefer-offline", "--omit=dev", join(folder, String(file))],
    home,
  );
  expect(installed.status, installed.out).toBe(0);
}, 240_000);
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What `npx writ` starts. */
const writ = (...args: string[]) => run(join(home, "node_modules", ".bin", "writ"), args, home);

it("npx writ works: version, init, check, test, build", { timeout: 120_000 }, () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { version: string };
  const npx = (...args: string[]) => run("npx", ["--no-install", "writ", ...args], home);
  expect(npx("--version").out.trim()).toBe(version);
  expect(npx("init", "first").status).toBe(0);
  expect(writ("--version").out.trim()).toBe(version);
  expect(writ("check", "first/agreement.yaml")).toMatchObject({ status: 0 });
  expect(writ("test", "first/agreement.yaml").out).toContain("2 passed");
  expect(writ("build", "first/agreement.yaml").status).toBe(0);
  expect(writ("disasm", "first/agreement.writ").status).toBe(0);
});

it("CUE works with nothing but Node: no Go, no network", { timeout: 240_000 }, () => {
  writeFileSync(
    join(home, "a.cue"),
    'import "writ.dev/std"\nstd.#Agreement & {\nagreement: "a", version: "1.0.0", parties: ann: "Ann"\nactions: ask: who: "ann"\n}\n',
  );
  writeFileSync(
    join(home, "p.cue"),
    'import "writ.dev/std"\nstd.#Policy & {\npolicy: "p", on: {a: int}\nrules: [{allow: "small", id: "small", when: "a < 5"}]\ntests: t: {input: a: 3, expect: {decision: "allow", by: ["small"]}}\n}\n',
  );
  writeFileSync(
    join(home, "filled.yaml"),
    "agreement: archive\nversion: 1.0.0\nuse:\n  template: storage\n  with: {keeper: Nina, owner: The choir, goods: scores, fee: 120.00 EUR, deposit: 200.00 EUR, lost: 5000.00 EUR, zone: Europe/Rome}\n",
  );
  // Neither Go nor anything else can be started by its name, and whoever opens a connection ends the process.
  const alone = join(folder, "alone");
  mkdirSync(alone);
  writeFileSync(
    join(alone, "no-net.mjs"),
    'import net from "node:net";\nimport dns from "node:dns";\nconst no = () => { process.stderr.write("network"); process.exit(99); };\nnet.Socket.prototype.connect = no;\ndns.lookup = no;\n',
  );
  const only = (...args: string[]) => {
    const main = join(home, "node_modules", "writ", "dist", "cli", "main.js");
    const done = spawnSync(process.execPath, ["--import", join(alone, "no-net.mjs"), main, ...args], {
      cwd: home,
      encoding: "utf8",
      env: { PATH: alone, NO_COLOR: "1" },
    });
    return { status: done.status, out: `${done.stdout}${done.stderr}` };
  };
  expect(only("check", "a.cue", "p.cue", "filled.yaml")).toEqual({
    status: 0,
    out: expect.stringMatching(/^ok {2}a\.cue .*\nok {2}p\.cue .*\nok {2}filled\.yaml .*\n$/),
  });
  expect(only("test", "p.cue").out).toContain("1 passed");
  expect(only("fmt", "p.cue").out).toContain('policy: "p"');
  expect(only("convert", "a.cue").out).toContain("agreement: a\n");
});

it("schemas for editors are there", { timeout: 120_000 }, () => {
  const file = join(home, "node_modules", "writ", "docs", "schema", "agreement.schema.json");
  expect(writ("schema", "agreement").out).toBe(readFileSync(file, "utf8"));
});

it("the story runs from the installed package", { timeout: 120_000 }, () => {
  const { status, out } = writ("story", "--once");
  expect(status, out).toBe(0);
  expect(out.trimEnd().split("\n").at(-1)).toMatch(/^proof verified: [0-9a-f]{64}$/);
});

it("every export can be imported, and its types are there", { timeout: 120_000 }, () => {
  const { exports } = JSON.parse(readFileSync(join(home, "node_modules", "writ", "package.json"), "utf8")) as {
    exports: Record<string, string | { types: string; default: string }>;
  };
  const names = Object.entries(exports).filter(([, to]) => typeof to !== "string");
  expect(names.length).toBeGreaterThan(7);
  const script = `${names.map(([name], at) => `import * as m${at} from "writ${name.slice(1)}";`).join("\n")}
    for (const [at, module] of [${names.map((_, at) => `m${at}`).join(", ")}].entries())
      if (Object.keys(module).length === 0) throw new Error("export " + at + " is empty");
    console.log("imported");`;
  writeFileSync(join(home, "exports.mjs"), script);
  expect(run("node", ["exports.mjs"], home).out.trim()).toBe("imported");
  for (const [, to] of names) readFileSync(join(home, "node_modules", "writ", (to as { types: string }).types));
});

it("holds what it should, and nothing else", () => {
  const packed = join(home, "node_modules", "writ");
  expect(readdirSync(packed).sort()).toEqual([
    "ARCHITECTURE.md",
    "LICENSE",
    "README.md",
    "SECURITY.md",
    "dist",
    "docs",
    "examples",
    "package.json",
  ]);
  expect(readdirSync(join(packed, "dist")).sort()).not.toContain("bench");
  const tests = readdirSync(packed, { recursive: true }).filter((name) => String(name).endsWith(".test.ts"));
  expect(tests).toEqual([]);
});
