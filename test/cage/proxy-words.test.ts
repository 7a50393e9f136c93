// docs/cage.md lists the words of the proxy as the table in the code has them. `UPDATE=1` writes the list.
import { readFileSync, writeFileSync } from "node:fs";
import { expect, it } from "vitest";
import { PROXY_WORDS } from "../../cage/proxy/index.ts";

const file = new URL("../../docs/cage.md", import.meta.url);
const MARK =
  "<!-- words of the proxy: made from cage/proxy/words.ts; test/cage/proxy-words.test.ts holds them equal -->\n";

it("the words of docs/cage.md are those of the code", () => {
  const text = readFileSync(file, "utf8");
  const from = text.indexOf(MARK) + MARK.length;
  const to = text.indexOf("\n## ", from);
  const rows = Object.entries(PROXY_WORDS).map(
    ([word, [status, meaning]]) => `| \`${word}\` | ${status} | ${meaning} |`,
  );
  const list = `\n| word | status | what |\n|---|---|---|\n${rows.join("\n")}\n`;
  if (process.env["UPDATE"] === "1") writeFileSync(file, text.slice(0, from) + list + text.slice(to));
  else expect(text.slice(from, to)).toBe(list);
});
