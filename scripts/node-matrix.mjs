// Proves on several Node versions that a source gives the same module, byte for byte, whatever the machine's folder, that a
// policy's decisions give the same log, which every version runs again in both tiers, and that the story ends with its proof. The Node binaries come from npm's `node-<platform>-<arch>` packages.
//
//   node scripts/node-matrix.mjs            after a build; prints a line for each version
//
// Exit code: 0 all the same, 1 something differs, 2 a Node binary could not be had.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The oldest Node we run on, and the newest of each later line at the time of writing. */
const VERSIONS = ["20.19.0", "22.23.3", "24.21.0"];

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const main = join(root, "dist", "cli", "main.js");
const cache = join(root, "node_modules", ".cache", "node-matrix");
const name = `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`;

const fail = (code, text) => {
  console.error(text);
  process.exit(code);
};

/** Path of the binary of a version, installed when it is not there yet. */
function nodeOf(version) {
  const folder = join(cache, version);
  const binary = join(folder, "node_modules", name, "bin", process.platform === "win32" ? "node.exe" : "node");
  if (existsSync(binary)) return binary;
  mkdirSync(folder, { recursive: true });
  const options = ["--no-audit", "--no-fund", "--no-save", "--prefer-offline", "--ignore-scripts"];
  const run = spawnSync("npm", ["install", "--prefix", folder, ...options, `${name}@${version}`], { encoding: "utf8" });
  if (run.status !== 0 || !existsSync(binary))
    fail(2, `Node ${version} could not be had as ${name}@${version}:\n${run.stderr ?? run.error}`);
  return binary;
}

function run(node, args, cwd) {
  const done = spawnSync(node, [main, ...args], { cwd, encoding: "utf8" });
  if (done.status !== 0) fail(1, `writ ${args.join(" ")} failed on ${node}:\n${done.stdout}${done.stderr}`);
  return done.stdout;
}

/** SHA-256 of the module of each example, built in a folder of its own. */
function modulesOn(node, examples) {
  const folder = mkdtempSync(join(tmpdir(), "writ-matrix-"));
  try {
    return examples.map((example) => {
      mkdirSync(join(folder, example));
      cpSync(join(root, "examples", example, "agreement.yaml"), join(folder, example, "agreement.yaml"));
      run(node, ["build", "agreement.yaml"], join(folder, example));
      return createHash("sha256")
        .update(readFileSync(join(folder, example, "agreement.writ")))
        .digest("hex");
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

const policy = join(root, "examples", "policies", "lending");
const logs = mkdtempSync(join(tmpdir(), "writ-matrix-logs-"));
process.on("exit", () => rmSync(logs, { recursive: true, force: true }));

/** A decision log of the example's questions, made on a version; its bytes do not depend on when and where. */
function decisionsOn(node, version) {
  const folder = join(logs, version);
  cpSync(policy, folder, { recursive: true });
  const data = ["--data", "members=members.yaml", "--data", "units=units.yaml"];
  const log = ["--lines", "--input", "asked.jsonl", "--log", "decisions.jsonl", "--at", "2026-03-01T10:00:00Z"];
  const done = spawnSync(node, [main, "decide", "policy.yaml", ...data, ...log], { cwd: folder, encoding: "utf8" });
  // 1: some of them are denied.
  if (done.status !== 1) fail(1, `writ decide failed on Node ${version}:\n${done.stdout}${done.stderr}`);
  return readFileSync(join(folder, "decisions.jsonl"), "utf8");
}

/** Runs the log of each version so far again. */
function replayOn(node, versions) {
  for (const version of versions)
    for (const tier of ["interpreter", "code"]) {
      const said = run(node, ["replay", "--log", "decisions.jsonl", "--tier", tier, "--json"], join(logs, version));
      const { ok, ran } = JSON.parse(said);
      if (!ok || ran !== 8) fail(1, `the decisions made on Node ${version} come out otherwise:\n${said}`);
    }
}

if (!existsSync(main)) fail(2, "there is no build: npm run build");
const examples = readdirSync(join(root, "examples")).filter((each) =>
  existsSync(join(root, "examples", each, "agreement.yaml")),
);
const decisions = new Map();
const found = VERSIONS.map((version) => {
  const node = nodeOf(version);
  const actual = spawnSync(node, ["--version"], { encoding: "utf8" }).stdout.trim();
  if (actual !== `v${version}`) fail(2, `${node} is ${actual}, not v${version}`);
  const [first, second] = [modulesOn(node, examples), modulesOn(node, examples)];
  if (first.join() !== second.join()) fail(1, `Node ${version}: two folders give different modules`);
  decisions.set(version, decisionsOn(node, version));
  replayOn(node, decisions.keys());
  const last = run(node, ["story", "--once"], root).trimEnd().split("\n").at(-1);
  if (!/^proof verified: [0-9a-f]{64}$/.test(last)) fail(1, `Node ${version}: the story ends with \`${last}\``);
  console.log(
    `Node ${version}: ${examples.map((example, at) => `${example} ${first[at].slice(0, 16)}`).join("  ")}  story proved`,
  );
  return first.join();
});
if (new Set(found).size !== 1) fail(1, "the versions give different modules");
if (new Set(decisions.values()).size !== 1) fail(1, "the versions give different decisions");
console.log("8 decisions, the same log on every version, run again in both tiers");
console.log(`${examples.length} modules, the same bytes on Node ${VERSIONS.join(", ")}`);
