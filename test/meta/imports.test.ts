// Who imports whom, as a golden: a new edge is one line of diff. `UPDATE=1` rewrites it.
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, normalize } from "node:path";
import { expect, it } from "vitest";
import { importsOf, root, sourcesIn } from "./code.ts";

const FOLDERS = [
  "core",
  "lang",
  "vm",
  "stdlib",
  "compiler",
  "ledger",
  "court-node",
  "policy",
  "cage",
  "cli",
  "playground",
];
const golden = join(root, "test/meta/imports.txt");

/** Holds texts of CUE, which have imports of their own. */
const TEXTS_OF_CUE = "lang/cue/std-sources.ts";

/** `from -> to`: a folder to a folder, a module of the host or a package. */
function graph(): string {
  const edges = new Set<string>();
  for (const folder of FOLDERS) {
    if (!existsSync(join(root, folder))) continue;
    for (const { path, text } of sourcesIn(folder).filter((source) => source.path !== TEXTS_OF_CUE))
      for (const from of importsOf(text)) {
        const to = from.startsWith(".") ? normalize(join(dirname(path), from)).split(/[\\/]/)[0]! : packageOf(from);
        if (to !== folder) edges.add(`${folder} -> ${to}`);
      }
  }
  const rank = (edge: string): number => FOLDERS.indexOf(edge.split(" ")[0]!);
  return `${[...edges].sort((a, b) => rank(a) - rank(b) || (a < b ? -1 : 1)).join("\n")}\n`;
}

const packageOf = (from: string): string =>
  from.startsWith("node:")
    ? from
    : from
        .split("/")
        .slice(0, from.startsWith("@") ? 2 : 1)
        .join("/");

it("the import graph is the one agreed", () => {
  const found = graph();
  if (process.env["UPDATE"] === "1") writeFileSync(golden, found);
  expect(found, "a new edge is explained in ARCHITECTURE.md; UPDATE=1 rewrites the golden").toBe(
    readFileSync(golden, "utf8"),
  );
});

it("the centre imports only what lies below it", () => {
  const below: Readonly<Record<string, readonly string[]>> = {
    core: [],
    lang: ["core"],
    vm: ["core"],
    stdlib: ["lang", "vm", "core"],
    compiler: ["lang", "stdlib", "vm", "core"],
    ledger: ["core"],
  };
  const wrong = graph()
    .split("\n")
    .map((edge) => edge.split(" -> ") as [string, string])
    .filter(([from, to]) => below[from] !== undefined && FOLDERS.includes(to) && !below[from].includes(to));
  expect(wrong).toEqual([]);
});
