// What is wrong, and what to do.
import { el, note } from "../dom.ts";
import { PROBLEMS_SHOWN_MAX } from "../limits.ts";
import type { Place, Problem } from "../messages.ts";

export function problemList(problems: readonly Problem[], goTo: (place: Place) => void): HTMLElement {
  if (problems.length === 0) return note("Nothing is wrong with this document.");
  const shown = problems.slice(0, PROBLEMS_SHOWN_MAX).map((problem) => oneProblem(problem, goTo));
  const left = problems.length - shown.length;
  return el("div", {}, ...shown, left === 0 ? null : note(`and ${left} more`));
}

export function oneProblem(
  { severity, code, message, help, from, labels }: Problem,
  goTo: (place: Place) => void,
): HTMLElement {
  const place = (at: Place): HTMLElement => {
    const button = el("button", { class: "place", title: "show it in the editor" }, `${at.line}:${at.column}`);
    button.addEventListener("click", () => goTo(at));
    return button;
  };
  return el(
    "article",
    { class: `problem ${severity}` },
    el(
      "header",
      {},
      el("span", { class: "mark" }, severity),
      " ",
      el("span", { class: "code" }, code),
      " ",
      place(from),
    ),
    el("p", {}, message),
    ...labels.map((label) => el("p", { class: "label" }, place(label.from), ` ${label.text}`)),
    help === null ? null : el("pre", { class: "help" }, help),
  );
}
