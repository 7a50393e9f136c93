// The tests of the document, and which rules they reached.
import { el, note, thousands } from "../dom.ts";
import type { Tested, TestRow } from "../messages.ts";
import type { Context, Panel } from "./panel.ts";
import { oneProblem } from "./problems.ts";

export const testsPanel = ({ worker, goTo }: Context): Panel => ({
  async show(text, place) {
    const reply = await worker.ask("test", { text });
    if (reply === null) return;
    if ("problem" in reply) return place.replaceChildren(note(reply.problem));
    const { rows, coverage } = reply.answer;
    if (rows.length === 0) return place.replaceChildren(note("There are no tests: write them under `tests:`."));
    const failed = rows.filter(({ ok }) => !ok).length;
    place.replaceChildren(
      el("p", { class: failed === 0 ? "good" : "bad" }, `${rows.length - failed} passed, ${failed} failed`),
      ...rows.map((row) => oneTest(row, goTo)),
      coverage.length === 0 ? "" : coverageTable(coverage),
    );
  },
});

function oneTest({ name, ok, fuel, steps, problems }: TestRow, goTo: Context["goTo"]): HTMLElement {
  const details = el(
    "details",
    ok ? { class: "test" } : { class: "test", open: "" },
    el(
      "summary",
      {},
      el("span", { class: ok ? "good" : "bad" }, ok ? "✓" : "✗"),
      ` ${name} `,
      el("small", {}, `${thousands(fuel)} fuel`),
    ),
    ...problems.map((problem) => oneProblem(problem, goTo)),
  );
  if (steps.length > 0) details.append(el("ol", {}, ...steps.map((step) => el("li", {}, step))));
  return details;
}

const coverageTable = (coverage: Tested["coverage"]): HTMLElement =>
  el(
    "table",
    {},
    el("tr", {}, ...["rule", "matched", "held", "erred"].map((head) => el("th", {}, head))),
    ...coverage.map(({ rule, matched, passed, erred }) =>
      el(
        "tr",
        passed === 0 ? { class: "unreached", title: "no test makes this rule hold" } : {},
        el("td", {}, rule),
        ...[matched, passed, erred].map((count) => el("td", { class: "number" }, String(count))),
      ),
    ),
  );
