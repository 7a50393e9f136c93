// The words of the gate in docs/cage.md are those of the table.
import { readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { GATE_REASONS } from "../../../../cage/decide/reasons.ts";

it("docs/cage.md has every word of the gate, with what it means and what to do", () => {
  const text = readFileSync(new URL("../../../../docs/cage.md", import.meta.url), "utf8");
  const section = text.slice(
    text.indexOf("words of the gate"),
    text.indexOf("\n## ", text.indexOf("words of the gate")),
  );
  const rows = [...section.matchAll(/^\| `([a-z-]+)` \| (.+) \| (.+) \|$/gm)].map(([, ...cells]) => cells);
  expect(rows).toEqual(Object.entries(GATE_REASONS).map(([word, [what, help]]) => [word, what, help]));
});
