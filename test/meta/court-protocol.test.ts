// docs/protocol.md lists every problem the court can answer, as the table in the code has them. `UPDATE=1` writes the list.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PROBLEMS } from "../../court-node/protocol/problem.ts";

const MARK =
  "<!-- problems: made from court-node/protocol/problem.ts; test/meta/court-protocol.test.ts holds them equal -->";

it("the problems of docs/protocol.md are those of the code", () => {
  const file = new URL("../../docs/protocol.md", import.meta.url);
  const text = readFileSync(file, "utf8");
  const rows = Object.entries(PROBLEMS).map(
    ([code, { status, title, help }]) => `| \`${code}\` | ${status} | ${title} | ${help} |`,
  );
  const expected = `${text.slice(0, text.indexOf(MARK))}${MARK}\n\n| code | status | what | what to do |\n|---|---|---|---|\n${rows.join("\n")}\n`;
  if (process.env["UPDATE"] === "1") writeFileSync(file, expected);
  else expect(text).toBe(expected);
});
