// A policy asked: the answer, every rule with what it read, and the smallest change that gives the other answer.
import { el, note, thousands } from "../dom.ts";
import type { Checked, Decided, PolicyForm, RuleShown } from "../messages.ts";
import type { Context } from "./panel.ts";

const MARKS = { true: "✓", false: "✗", error: "!" } as const;

export class DecidePanel {
  readonly #context: Context;
  readonly #choice = el("select", { "aria-label": "an input of a test" }) as HTMLSelectElement;
  readonly #input = el("textarea", {
    rows: "12",
    spellcheck: "false",
    "aria-label": "input as JSON",
  }) as HTMLTextAreaElement;
  readonly #data = el("textarea", {
    rows: "6",
    spellcheck: "false",
    "aria-label": "data as JSON",
  }) as HTMLTextAreaElement;
  readonly #dataField = el("label", {}, "data documents by name, as JSON", this.#data);
  readonly #answer = el("div", { "aria-live": "polite" });
  readonly #form = el(
    "div",
    {},
    el("label", {}, "input of ", this.#choice),
    el("label", {}, "input, as JSON", this.#input),
    this.#dataField,
    this.#answer,
  );
  #given: PolicyForm["inputs"] = [];
  #text = "";

  constructor(context: Context) {
    this.#context = context;
    this.#choice.addEventListener("change", () => this.#fill(Number(this.#choice.value)));
    for (const field of [this.#input, this.#data]) field.addEventListener("input", () => void this.#ask());
  }

  async show(text: string, { kind, policy }: Checked, place: HTMLElement): Promise<void> {
    if (kind !== "policy")
      return place.replaceChildren(note("Only a policy decides. The tests of an agreement show what it does."));
    if (policy === null) return place.replaceChildren(note("The policy has errors: see Problems."));
    if (!place.contains(this.#form)) place.replaceChildren(this.#form);
    this.#text = text;
    const same = JSON.stringify(this.#given) === JSON.stringify(policy.inputs);
    this.#given = policy.inputs;
    this.#dataField.hidden = policy.data.length === 0;
    if (!same || this.#input.value === "") {
      this.#choice.replaceChildren(
        ...policy.inputs.map(({ name }, at) => el("option", { value: String(at) }, name)),
        ...(policy.inputs.length === 0 ? [el("option", {}, "no test: write an input below")] : []),
      );
      this.#fill(0);
    } else await this.#ask();
  }

  #fill(at: number): void {
    const { input, data } = this.#given[at] ?? { input: "{}", data: "{}" };
    this.#input.value = input;
    this.#data.value = data;
    void this.#ask();
  }

  async #ask(): Promise<void> {
    const reply = await this.#context.worker.ask("decide", {
      text: this.#text,
      input: this.#input.value,
      data: this.#dataField.hidden ? "" : this.#data.value,
    });
    if (reply === null) return;
    if ("problem" in reply) return this.#answer.replaceChildren(el("p", { class: "bad" }, reply.problem));
    this.#answer.replaceChildren(...this.#shown(reply.answer));
  }

  #shown({ decision, fuel, toCaller, toOperator, obligations, errors, rules, other }: Decided): HTMLElement[] {
    const good = decision === "allow";
    const lines = [
      ...toCaller.map((text) => `to the caller: ${text}`),
      ...toOperator.map((text) => `to the operator: ${text}`),
      ...obligations.map((text) => `must ${text}`),
      ...errors.map((text) => `error in ${text}`),
    ];
    const change =
      other.changes === null
        ? `no change of this input that was tried gives it (${thousands(other.tried)} tried)`
        : other.changes.join(", ");
    return [
      el("p", { class: `decision ${good ? "good" : "bad"}` }, decision, el("small", {}, ` ${thousands(fuel)} fuel`)),
      el("ul", {}, ...lines.map((line) => el("li", {}, line))),
      el("p", { class: "other" }, el("strong", {}, `why not ${other.wanted}: `), change),
      ...rules.map((rule) => this.#rule(rule)),
    ];
  }

  #rule({ title, effect, line, state, determines, shadow, parts }: RuleShown): HTMLElement {
    const place = el("button", { class: "place", title: "show it in the editor" }, `line ${line}`);
    place.addEventListener("click", () => this.#context.goTo({ line, column: 1 }));
    return el(
      "article",
      { class: `rule ${state}${determines ? " determines" : ""}` },
      el(
        "header",
        {},
        `${MARKS[state]} ${effect} `,
        el("strong", {}, title),
        " ",
        place,
        determines ? " decides" : "",
        shadow ? " shadow" : "",
      ),
      ...parts.map((part) =>
        el(
          "p",
          { class: `part ${part.state}` },
          `${MARKS[part.state]} ${part.text}`,
          el("small", {}, ` ${part.error ?? part.reads}`),
        ),
      ),
    );
  }
}
