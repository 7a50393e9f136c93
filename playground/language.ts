// How a document looks: YAML with the words of the language. Colours only; what a word means is the compiler's to say.
import type { languages } from "./monaco.ts";

export const LANGUAGE = "writ";

export const configuration: languages.LanguageConfiguration = {
  comments: { lineComment: "#" },
  brackets: [
    ["{", "}"],
    ["[", "]"],
    ["(", ")"],
  ],
  autoClosingPairs: [
    { open: "{", close: "}" },
    { open: "[", close: "]" },
    { open: "(", close: ")" },
    { open: '"', close: '"', notIn: ["string", "comment"] },
    { open: "'", close: "'", notIn: ["string", "comment"] },
  ],
  folding: { offSide: true },
  indentationRules: { increaseIndentPattern: /^\s*.*:\s*$/, decreaseIndentPattern: /^\s+\}$/ },
  onEnterRules: [],
};

export const tokens: languages.IMonarchLanguage = {
  words: [
    "all",
    "allow",
    "any",
    "by",
    "deny",
    "each",
    "else",
    "false",
    "for",
    "from",
    "in",
    "is",
    "null",
    "of",
    "otherwise",
    "pay",
    "release",
    "require",
    "then",
    "to",
    "true",
    "unless",
    "when",
    "where",
    "within",
  ],
  units: /(?:calendar |business )?(?:day|week|month|year|hour|minute|second|millisecond)s?\b/,
  tokenizer: {
    root: [
      [/#.*$/, "comment"],
      [/^(\s*(?:-\s+)*)([^\s#"'[\]{},&*!|>%@`-][^#:"']*?)(\s*:)(?=\s|$)/, ["white", "type", "delimiter"]],
      [/([\p{L}_$][\p{L}\p{M}\p{Nd}_$ ]*?)(\s*:)(?=\s)/u, ["type", "delimiter"]],
      [/"/, "string", "@double"],
      [/'/, "string", "@single"],
      { include: "@values" },
    ],
    values: [
      [/\d{4}-\d\d-\d\d(?:T[\d:.]+(?:Z|[+-]\d\d:\d\d))?/, "number.date"],
      [/[+-]?\d[\d_]*(?:\.\d+)?%?/, "number"],
      [/@units/, "keyword.unit"],
      [/\b[A-Z]{3}\b/, "keyword.currency"],
      [/[\p{L}_$][\p{L}\p{M}\p{Nd}_$]*(?=\()/u, "function"],
      [/[\p{L}_$][\p{L}\p{M}\p{Nd}_$]*/u, { cases: { "@words": "keyword", "@default": "identifier" } }],
      [/[<>=!]=?|[-+*/?]/, "operator"],
      [/[{}[\](),]/, "delimiter.bracket"],
      [/\s+/, "white"],
    ],
    double: [
      [/[^\\"]+/, "string"],
      [/\\./, "string.escape"],
      [/"/, "string", "@pop"],
    ],
    single: [
      [/[^']+/, "string"],
      [/''/, "string.escape"],
      [/'/, "string", "@pop"],
    ],
  },
};
