// docs/policies-reference.md names every key, operator and published input of the code, and no other. UPDATE=1 writes the published inputs.
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { operatorsOf } from "../../compiler/policy/patterns.ts";
import { PUBLISHED } from "../../compiler/policy/published.ts";
import { moduleSection, policySection } from "../../lang/policy/read.ts";
import { groupSection, ruleSection, tableSection } from "../../lang/policy/rules.ts";
import { expectSection, testSection } from "../../lang/policy/tests.ts";
import type { Type } from "../../vm/index.ts";

const path = join(import.meta.dirname, "../../docs/policies-reference.md");
const page = readFileSync(path, "utf8");
const section = (title: string): string => page.split(`\n## ${title}\n`)[1]!.split("\n## ")[0]!;
/** First words of the rows of a table, the n-th of the text. */
const rows = (text: string, table = 0): string[] =>
  text
    .split(/\n\n/)
    .map((block) => block.trim())
    .filter((block) => block.startsWith("|"))
    [table]!.split("\n")
    .slice(2)
    .map((row) => /^\| `([^`]+)`/.exec(row)?.[1] ?? "");
const keysOf = ({ keys }: { readonly keys: object }): string[] => Object.keys(keys);

describe("keys", () => {
  it("of a policy", () => expect(rows(section("Top level")).sort()).toEqual(keysOf(policySection).sort()));
  it("of a rule", () => expect(rows(section("Rules")).sort()).toEqual(keysOf(ruleSection).sort()));
  it("of a test", () => expect(rows(section("Tests")).sort()).toEqual(keysOf(testSection).sort()));
  it("of an expectation", () => expect(rows(section("Tests"), 1).sort()).toEqual(keysOf(expectSection).sort()));
  it("of modules, groups and tables stand in the prose", () => {
    for (const key of keysOf(moduleSection)) expect(section("Top level")).toContain(`\`${key}\``);
    for (const each of [groupSection, tableSection])
      for (const key of keysOf(each)) expect(section("Rules")).toMatch(new RegExp(`\`${key}[\`:]`));
  });
});

describe("operators", () => {
  const any: Type = { kind: "any" };
  const own = (text: string): string[] => [...text.matchAll(/`([a-z_]+)`/g)].map((match) => match[1]!);
  const lines = section("Operators")
    .split("\n")
    .filter((line) => line.startsWith("| ") && !line.startsWith("| Type"))
    .map((line) => line.split("|").map((cell) => cell.trim()));
  const every = own(lines[0]![2]!);
  const of = (kind: string): string[] => own(lines.find((cells) => own(cells[1]!).includes(kind))![2]!);
  it.each<readonly [string, Type, readonly string[]]>([
    ["text", { kind: "text" }, of("text")],
    ["int", { kind: "int" }, of("int")],
    ["instant", { kind: "instant" }, of("instant")],
    ["clock", { kind: "clock" }, of("clock")],
    ["ip", { kind: "ip" }, of("ip")],
    ["cidr", { kind: "cidr" }, of("cidr")],
    ["host", { kind: "host" }, ["under", ...of("text")]],
    ["list", { kind: "list", of: any, most: 9 }, of("list")],
    ["map", { kind: "map", of: any, most: 9 }, of("map")],
    ["any", any, [...of("text"), ...of("int"), ...of("list")]],
  ])("of %s", (_, type, named) =>
    expect([...operatorsOf(type)].sort()).toEqual([...new Set([...every, ...named])].sort()),
  );
});

describe("published inputs", () => {
  const text = [...PUBLISHED]
    .map(([name, { input, obligations, advice, points }]) => {
      const given = (what: string, list: typeof obligations): string[] =>
        list.length === 0
          ? []
          : [
              `${what}:`,
              ...list.map(
                (each) =>
                  `  ${each.name}: ${written(each.type)}${each.points === undefined ? "" : `   # ${each.points.join(", ")}`}`,
              ),
            ];
      const shown =
        points === null ? [] : ["points:", ...[...points.shows].map(([at, paths]) => `  ${at}: [${paths.join(", ")}]`)];
      const fields = input.kind === "record" ? input.fields : [];
      const on = [
        "on:",
        ...fields.map((field) => `  ${field.name}${field.optional ? "?" : ""}: ${written(field.type)}`),
      ];
      return `### ${name}\n\n\`\`\`\n${[...on, ...given("obligations", obligations), ...given("advice", advice), ...shown].join("\n")}\n\`\`\`\n`;
    })
    .join("\n");
  it("are those of the code", () => {
    const head = page.slice(0, page.indexOf("### ") < 0 ? page.length : page.indexOf("### "));
    if (process.env["UPDATE"] === "1") writeFileSync(path, head + text);
    else expect(page.slice(head.length)).toBe(text);
  });
});

/** A type as an author writes it. */
function written(type: Type): string {
  switch (type.kind) {
    case "record":
      return `{${type.fields.map((field) => `${field.name}${field.optional ? "?" : ""}: ${written(field.type)}`).join(", ")}${type.open ? ", ..." : ""}}`;
    case "enum":
      return `[${type.values.join(", ")}]`;
    case "list":
      return `list(${written(type.of)}) up to ${type.most}`;
    case "map":
      return `map(${written(type.of)})`;
    case "optional":
      return `${written(type.of)}?`;
    default:
      return type.kind;
  }
}
