// The last step of build-cue.sh: compresses the engine and writes what is committed, or compares with it (`--check`).
import { createHash } from "node:crypto";
import { copyFileSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { brotliCompressSync, constants } from "node:zlib";

const [work, execJs, goRelease, data, option] = process.argv.slice(2);
const sha256 = (bytes) => createHash("sha256").update(bytes).digest("hex");
const wasm = readFileSync(join(work, "cue.wasm"));
const cue = /^\tcuelang\.org\/go (v\S+)|^require cuelang\.org\/go (v\S+)/m.exec(
  readFileSync(join(work, "go.mod"), "utf8"),
);
/** What the engine is built from, so that a changed source without a new build is noticed where there is no Go. */
const sources = createHash("sha256");
for (const name of readdirSync(work)
  .filter((name) => /\.go$|^go\.(?:mod|sum)$/.test(name))
  .sort())
  sources.update(`${name}\n`).update(readFileSync(join(work, name)));
const about = {
  cue: cue[1] ?? cue[2],
  go: goRelease,
  sourcesSha256: sources.digest("hex"),
  wasmBytes: wasm.length,
  wasmSha256: sha256(wasm),
  execSha256: sha256(readFileSync(execJs)),
};

if (option === "--check") {
  const { fileSha256, ...committed } = JSON.parse(readFileSync(join(data, "cue.json"), "utf8"));
  const same = JSON.stringify(committed) === JSON.stringify(about);
  const intact = sha256(readFileSync(join(data, "cue.wasm.br"))) === fileSha256;
  console.log(
    same && intact
      ? "identical"
      : `differs\ncommitted ${JSON.stringify(committed)}\nrebuilt   ${JSON.stringify(about)}`,
  );
  process.exitCode = same && intact ? 0 : 1;
} else {
  // The compressed bytes may differ between releases of Node; what is checked after a rebuild is what comes out of them.
  const packed = brotliCompressSync(wasm, {
    params: {
      [constants.BROTLI_PARAM_QUALITY]: 11,
      [constants.BROTLI_PARAM_LGWIN]: 24,
      [constants.BROTLI_PARAM_SIZE_HINT]: wasm.length,
    },
  });
  mkdirSync(data, { recursive: true });
  writeFileSync(join(data, "cue.wasm.br"), packed);
  writeFileSync(join(data, "cue.json"), `${JSON.stringify({ ...about, fileSha256: sha256(packed) }, null, 2)}\n`);
  copyFileSync(execJs, join(data, "wasm_exec.js"));
  copyFileSync(join(work, "LICENSES.txt"), join(data, "LICENSES.txt"));
  console.log(`cue.wasm ${wasm.length} bytes, ${packed.length} compressed`);
}
