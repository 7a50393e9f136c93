// The offline verifier runs where there is no Node: its whole graph of imports is read, and may hold our own pure files and the
// two packages of curves and hashes, nothing else.
import { readFileSync } from "node:fs";
import { dirname, relative, resolve } from "node:path";
import { expect, it } from "vitest";

const root = resolve(import.meta.dirname, "../../..");
/** Files and packages a file imports, itself included, by reading their import lines. */
function reached(file: string, found: Set<string> = new Set()): Set<string> {
  const name = relative(root, file);
  if (found.has(name)) return found;
  found.add(name);
  for (const [, target = ""] of readFileSync(file, "utf8").matchAll(/^(?:import|export)\s[^;]*?from "([^"]+)";/gms)) {
    if (target.startsWith(".")) reached(resolve(dirname(file), target), found);
    else found.add(target);
  }
  return found;
}

it("ledger/verify.ts reaches no `node:` module", () => {
  const names = [...reached(resolve(root, "ledger/verify.ts"))].sort();
  const packages = names.filter((name) => !name.endsWith(".ts"));
  expect(packages).toEqual(["@noble/curves/ed25519.js", "@noble/hashes/sha2.js", "hash-wasm"]);
  for (const name of names.filter((each) => each.endsWith(".ts"))) expect(name).toMatch(/^(core|ledger)\//);
  expect(names).toContain("ledger/merkle.ts");
  expect(names.some((name) => /storage|lock|node\.ts|log\.ts/.test(name))).toBe(false);
});

it("the reading finds what it looks for: ledger/node.ts reaches Node's modules and the store", () => {
  const names = [...reached(resolve(root, "ledger/node.ts"))];
  expect(names).toContain("node:crypto");
  expect(names).toContain("lmdb");
});
