// `npm run bench -- NAME [--json]`: runs bench/<name> and prints a row for each figure. Exit code 1 when a goal does not hold.
import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { fileURLToPath } from "node:url";
import type { Row } from "./row.ts";

const HELPERS = new Set(["main", "measure", "row", "late-delivery-hand"]);
const here = dirname(fileURLToPath(import.meta.url));
const names = readdirSync(here)
  .filter((file) => /^[a-z-]+\.[jt]s$/.test(file) && !file.endsWith(".d.ts"))
  .map((file) => file.replace(/\.[jt]s$/, ""))
  .filter((name) => !HELPERS.has(name))
  .sort();

const words = process.argv.slice(2);
const asked = words.filter((word) => !word.startsWith("-"));
const json = words.includes("--json");

/** `12,345`, `1.234`, `0.0123`: four digits that count. */
function figure(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  const text = Math.abs(value) >= 1000 ? value.toFixed(0) : value.toPrecision(4);
  const [whole = "", rest] = text.split(".");
  return whole.replace(/\B(?=(\d{3})+$)/g, ",") + (rest === undefined ? "" : `.${rest}`);
}

function table(rows: readonly Row[]): string {
  const cells = rows.map((row) => [
    row.row,
    figure(row.value),
    row.unit,
    row.ratio === null ? "" : `${row.ratio.toFixed(2)}×`,
    row.against ?? "",
    row.goal ?? "",
    row.holds === null ? "" : row.holds ? "holds" : "MISSED",
  ]);
  const all = [["", "value", "unit", "ratio", "against", "goal", ""], ...cells];
  const widths = all[0]?.map((_, column) => Math.max(...all.map((row) => [...(row[column] as string)].length))) ?? [];
  return all
    .map((row) =>
      row
        .map((cell, column) => {
          const gap = " ".repeat((widths[column] as number) - [...cell].length);
          return column === 1 || column === 3 ? gap + cell : cell + gap;
        })
        .join("  ")
        .trimEnd(),
    )
    .join("\n");
}

async function main(): Promise<number> {
  if (asked.length === 0 || asked.some((name) => !names.includes(name))) {
    console.error(`usage: npm run bench -- NAME [--json]\nnames: ${names.join(", ")}`);
    return 2;
  }
  let missed = 0;
  const all: Row[] = [];
  for (const name of asked) {
    const { run } = (await import(
      new URL(`./${name}${import.meta.url.endsWith(".ts") ? ".ts" : ".js"}`, import.meta.url).href
    )) as {
      run: () => Promise<Row[]>;
    };
    const rows = await run();
    missed += rows.filter((row) => row.holds === false).length;
    all.push(...rows);
    if (!json) console.log(`${name}\n${table(rows)}\n`);
  }
  if (json) for (const row of all) console.log(JSON.stringify(row));
  else if (missed > 0) console.log(`${missed} goal${missed === 1 ? "" : "s"} missed`);
  return missed > 0 ? 1 : 0;
}

process.exitCode = await main();
