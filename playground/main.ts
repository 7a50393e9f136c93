// The page: one document in the editor, and the panels that say what it means.
import { byId, el, note } from "./dom.ts";
import { EXAMPLES } from "./examples.ts";
import { configuration, LANGUAGE, tokens } from "./language.ts";
import { QUIET_MS } from "./limits.ts";
import type { Checked, Place, Problem, Suggestion } from "./messages.ts";
import * as monaco from "./monaco.ts";
import { codePanel } from "./panels/code.ts";
import { DecidePanel } from "./panels/decide.ts";
import type { Context } from "./panels/panel.ts";
import { problemList } from "./panels/problems.ts";
import { testsPanel } from "./panels/tests.ts";
import { fragmentOf, textOfFragment } from "./share.ts";
import { WorkerClient } from "./worker-client.ts";

const worker = new WorkerClient(() => new Worker(new URL("./worker.ts", import.meta.url), { type: "module" }));

// ── The editor ────────────────────────────────────────────────────────────────────────────────────────────────────────

monaco.languages.register({ id: LANGUAGE });
monaco.languages.setLanguageConfiguration(LANGUAGE, configuration);
monaco.languages.setMonarchTokensProvider(LANGUAGE, tokens);
const dark = matchMedia("(prefers-color-scheme: dark)");
const themeOf = (): string => (dark.matches ? "vs-dark" : "vs");
dark.addEventListener("change", () => monaco.editor.setTheme(themeOf()));
const editor = monaco.editor.create(byId("editor"), {
  language: LANGUAGE,
  theme: themeOf(),
  automaticLayout: true,
  minimap: { enabled: false },
  tabSize: 2,
  insertSpaces: true,
  scrollBeyondLastLine: false,
  fixedOverflowWidgets: true,
  // A letter that looks like another one is a way to deceive who signs.
  unicodeHighlight: { ambiguousCharacters: true, invisibleCharacters: true },
  ariaLabel: "the document",
});
const model = editor.getModel();
if (model === null) throw new Error("the editor has no document");

const KINDS: Readonly<Record<Suggestion["kind"], monaco.languages.CompletionItemKind>> = {
  key: monaco.languages.CompletionItemKind.Property,
  value: monaco.languages.CompletionItemKind.EnumMember,
  function: monaco.languages.CompletionItemKind.Function,
};

monaco.languages.registerCompletionItemProvider(LANGUAGE, {
  triggerCharacters: [" ", "(", "\n"],
  async provideCompletionItems(of, { lineNumber: line, column }) {
    const reply = await worker.ask("complete", { text: of.getValue(), line, column });
    if (reply === null || "problem" in reply) return { suggestions: [] };
    const word = of.getWordUntilPosition({ lineNumber: line, column });
    const range = new monaco.Range(line, word.startColumn, line, word.endColumn);
    const suggestions = reply.answer.map(({ label, kind, detail, doc, insert }, at) => ({
      label,
      kind: KINDS[kind],
      detail,
      documentation: { value: doc },
      insertText: insert,
      range,
      sortText: String(at).padStart(5, "0"),
    }));
    return { suggestions };
  },
});
monaco.languages.registerHoverProvider(LANGUAGE, {
  async provideHover(of, { lineNumber: line, column }) {
    const reply = await worker.ask("hover", { text: of.getValue(), line, column });
    if (reply === null || "problem" in reply || reply.answer === null) return null;
    const { from, to, markdown } = reply.answer;
    return { range: new monaco.Range(from.line, from.column, to.line, to.column), contents: [{ value: markdown }] };
  },
});
monaco.languages.registerDocumentFormattingEditProvider(LANGUAGE, {
  async provideDocumentFormattingEdits(of) {
    const reply = await worker.ask("format", { text: of.getValue() });
    if (reply === null) return [];
    if ("problem" in reply) {
      say(reply.problem);
      return [];
    }
    return [{ range: of.getFullModelRange(), text: reply.answer.text }];
  },
});

const goTo = ({ line, column }: Place): void => {
  const at = { lineNumber: line, column };
  editor.setPosition(at);
  editor.revealPositionInCenterIfOutsideViewport(at);
  editor.focus();
};

function mark(problems: readonly Problem[]): void {
  const markers = problems.map(({ severity, code, message, help, from, to }) => ({
    severity: severity === "error" ? monaco.MarkerSeverity.Error : monaco.MarkerSeverity.Warning,
    code,
    message: help === null ? message : `${message}\n${help}`,
    startLineNumber: from.line,
    startColumn: from.column,
    endLineNumber: to.line,
    // A place of no width would not be seen.
    endColumn: to.line === from.line ? Math.max(to.column, from.column + 1) : to.column,
  }));
  monaco.editor.setModelMarkers(model as monaco.editor.ITextModel, LANGUAGE, markers);
}

// ── The panels ────────────────────────────────────────────────────────────────────────────────────────────────────────

const context: Context = { worker, goTo };
const decide = new DecidePanel(context);
const PANELS = { tests: testsPanel(context), code: codePanel(context) } as const;
type Tab = "problems" | "tests" | "decide" | "code";
const tabs = [...document.querySelectorAll<HTMLButtonElement>("[data-tab]")];
const panel = byId("panel");
let tab: Tab = "problems";
let checked: Checked | null = null;

function choose(next: Tab): void {
  tab = next;
  for (const each of tabs) each.setAttribute("aria-selected", String(each.dataset["tab"] === next));
  panel.replaceChildren(note("…"));
  void showPanel();
}
for (const each of tabs) each.addEventListener("click", () => choose(each.dataset["tab"] as Tab));

async function showPanel(): Promise<void> {
  if (checked === null) return;
  const text = editor.getValue();
  if (tab === "problems") panel.replaceChildren(problemList(checked.problems, goTo));
  else if (tab === "decide") await decide.show(text, checked, panel);
  else await PANELS[tab].show(text, panel);
}

async function look(): Promise<void> {
  const reply = await worker.ask("check", { text: editor.getValue() });
  if (reply === null) return;
  if ("problem" in reply) {
    checked = null;
    mark([]);
    panel.replaceChildren(note(reply.problem));
    byId("status").textContent = reply.problem;
    return;
  }
  const { answer } = reply;
  checked = answer;
  mark(answer.problems);
  const errors = answer.problems.filter(({ severity }) => severity === "error").length;
  const warnings = answer.problems.length - errors;
  const said = answer.kind === null ? "no document yet" : `${answer.kind} ${answer.title}`.trim();
  byId("status").textContent =
    `${said}: ${errors} ${errors === 1 ? "error" : "errors"}, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
  await showPanel();
}

// ── The bar ───────────────────────────────────────────────────────────────────────────────────────────────────────────

const KEPT = "writ.playground.text";
let fileName = "document.yaml";

function say(text: string): void {
  byId("said").textContent = text;
}

/** What was in the editor can be had back by undoing. */
function show(text: string, name: string): void {
  fileName = name;
  editor.pushUndoStop();
  editor.executeEdits("open", [{ range: (model as monaco.editor.ITextModel).getFullModelRange(), text }]);
  editor.pushUndoStop();
  goTo({ line: 1, column: 1 });
}

const choice = byId<HTMLSelectElement>("example");
choice.append(
  el("option", { value: "" }, "Examples"),
  ...EXAMPLES.map(({ about }, at) => el("option", { value: String(at) }, about)),
);
choice.addEventListener("change", () => {
  const example = EXAMPLES[Number(choice.value)];
  if (choice.value !== "" && example !== undefined) show(example.text, example.name);
  choice.value = "";
});
const file = byId<HTMLInputElement>("file");
byId("open").addEventListener("click", () => file.click());
file.addEventListener("change", async () => {
  const [chosen] = file.files ?? [];
  if (chosen !== undefined) show(await chosen.text(), chosen.name);
  file.value = "";
});
byId("format").addEventListener("click", () => void editor.getAction("editor.action.formatDocument")?.run());
byId("download").addEventListener("click", () => {
  const address = URL.createObjectURL(new Blob([editor.getValue()], { type: "application/yaml" }));
  el("a", { href: address, download: fileName }).click();
  URL.revokeObjectURL(address);
});
byId("share").addEventListener("click", async () => {
  const fragment = await fragmentOf(editor.getValue());
  if (fragment === null) return say("too long for an address: use Download");
  history.replaceState(null, "", fragment);
  const copied = await navigator.clipboard?.writeText(location.href).then(
    () => true,
    () => false,
  );
  say(copied === true ? "the address was copied" : "the address is in the address bar");
});

let timer: ReturnType<typeof setTimeout> | undefined;
editor.onDidChangeModelContent(() => {
  clearTimeout(timer);
  timer = setTimeout(() => {
    say("");
    try {
      localStorage.setItem(KEPT, editor.getValue());
    } catch {
      // Full, or forbidden: the text is in the page all the same.
    }
    void look();
  }, QUIET_MS);
});

/** Where the first text comes from: the address, the file that the server was started with, the last time, an example. */
async function first(): Promise<{ readonly text: string; readonly name: string }> {
  const shared = await textOfFragment(location.hash);
  if (shared !== null) return { text: shared, name: fileName };
  if (location.hash.startsWith("#text=")) say("the text in the address is not whole");
  const given = await fetch("./document.json").catch(() => null);
  if (given?.ok === true && given.headers.get("content-type")?.startsWith("application/json")) {
    const document = (await given.json()) as { text: string; name: string } | null;
    if (document !== null) return document;
  }
  const kept = localStorage.getItem(KEPT);
  return kept === null || kept === ""
    ? (EXAMPLES[0] as { text: string; name: string })
    : { text: kept, name: fileName };
}

const begun = await first();
fileName = begun.name;
editor.setValue(begun.text);
choose("problems");
await look();
