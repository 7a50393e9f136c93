// Every wanted difference from CUE that docs/cue.md lists, asked of both.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { accepted } from "../oracle/compare.ts";
import { oracle } from "../oracle/native-host.ts";
import { ours } from "../oracle/ours.ts";

const engine = oracle();
afterAll(() => engine.close());

const page = readFileSync(new URL("../../docs/cue.md", import.meta.url), "utf8");
/** Cells of the rows that have this many. */
const rows = (count: number): readonly (readonly string[])[] =>
  page
    .split("\n")
    .filter((line) => /^\| \d+ \|/.test(line))
    .map((line) => line.split(/(?<!\\)\|/).map((cell) => cell.trim().replaceAll("\\|", "|")))
    .filter((cells) => cells.length === count + 2)
    .map((cells) => cells.slice(1, -1));

const code = (cell: string): string => cell.replace(/^`|`$/g, "");
/** Paths in backticks behind `refuses`. */
const places = (cell: string): readonly string[] => [...cell.matchAll(/`([^`]*)`/g)].map((match) => match[1]!).sort();
const distinct = (paths: readonly (readonly string[])[]): readonly string[] =>
  [...new Set(paths.map((path) => path.join(".")))].sort();

describe("constraints", () => {
  const differences = rows(6);
  it("are nine, in order", () => {
    expect(differences.map(([number]) => number)).toEqual(["1", "2", "3", "4", "5", "6", "7", "8", "9"]);
  });
  it.each(differences)("%s: %s on %s", async (_, constraint, data, theirs, here) => {
    // Top-level fields stand on lines of their own.
    const fields = code(constraint!).replace(/, (?=#?\w+[!?]?: )(?![^{]*\})/g, "\n");
    const imports = fields.includes("list.") ? 'import "list"\n' : "";
    const json = code(data!).replace(/\[0\]\*(\d+)/, (_all, times) => JSON.stringify(Array(Number(times)).fill(0)));
    const pack = { files: [{ name: "a.cue", text: `${imports}${fields}\n` }] };
    const verdict = (await engine.run({ op: "vet", ...pack, data: { name: "d.json", text: json } })).value!;
    expect(verdict.accepted).toBe(theirs === "accepts");
    if (!verdict.accepted)
      expect(distinct(verdict.problems.map(({ path }) => path.slice(0, 1)))).toEqual(places(theirs!));
    const lowered = (await engine.run({ op: "lower", ...pack })).value!;
    const made = ours(lowered);
    if (here === "not compiled") return expect("refusals" in made).toBe(true);
    if ("refusals" in made) throw new Error(JSON.stringify(made.refusals));
    const mine = made.verdict(json);
    expect(mine.accepted).toBe(here === "accepts");
    if (places(here!).length > 0) expect(distinct(mine.found.map(({ path }) => path))).toEqual(places(here!));
    // It is a difference.
    expect([mine.accepted, places(here!)]).not.toEqual([accepted(verdict), places(theirs!)]);
  });
});
