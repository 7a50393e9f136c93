// What the document became: its bytecode line by line, and the most that each rule or event can cost.
import { el, note, thousands } from "../dom.ts";
import type { Context, Panel } from "./panel.ts";

export const codePanel = ({ worker, goTo }: Context): Panel => ({
  async show(text, place) {
    const reply = await worker.ask("code", { text });
    if (reply === null) return;
    if ("problem" in reply) return place.replaceChildren(note(reply.problem));
    const { text: code, bytes, moduleId, costs } = reply.answer;
    place.replaceChildren(
      el("p", {}, `module ${moduleId.slice(0, 16)}…, ${thousands(bytes)} bytes`),
      el(
        "table",
        {},
        el("tr", {}, el("th", {}, "worst fuel"), el("th", {}, "of")),
        ...costs.map(({ name, fuel, line }) => {
          const named = line === null ? el("td", {}, name) : el("td", {}, el("button", { class: "place" }, name));
          if (line !== null) named.addEventListener("click", () => goTo({ line, column: 1 }));
          return el("tr", {}, el("td", { class: "number" }, thousands(fuel)), named);
        }),
      ),
      el("pre", { class: "code" }, code),
    );
  },
});
