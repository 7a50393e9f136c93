// Moves of assets: maps, or lines of a closed grammar whose amount is an expression.
//
//   hold AMOUNT [from PARTY] in ACCOUNT          pay AMOUNT [from ACCOUNT] to PARTY
//   move AMOUNT from ACCOUNT to ACCOUNT          release AMOUNT from ACCOUNT
//
// `split` names several places and is written as a map.
import type { Amount, Move, Node, Scalar } from "../ast.ts";
import * as codes from "../codes.ts";
import { type MappedText, sliceOf, trimmed } from "../expr/mapped.ts";
import type { Span } from "../source.ts";
import { nearest } from "../suggest.ts";
import { scalarText } from "../yaml/scalar.ts";
import { type Reader, type Reading, readSection, report, wrongShape } from "./reading.ts";
import { exprOrLiteral, exprOrLiteralIn, partOf, scalar } from "./values.ts";

const verbs = ["hold", "pay", "move", "release", "split"] as const;
type Verb = (typeof verbs)[number];

/** One move or a list of them. */
export const moves: Reader<readonly Move[]> = (reading, node) => {
  const items: readonly Node[] = node.kind === "list" ? node.items : [node];
  return items.flatMap((item) => {
    if (item.kind === "scalar") return line(reading, item) ?? [];
    if (item.kind === "map") return map(reading, item) ?? [];
    return wrongShape(reading, item, "a move", "pay amount to seller") ?? [];
  });
};

// ── Maps ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const amount: Reader<Amount> = (reading, node, key) =>
  node.kind === "scalar" && node.text === "all" ? "all" : exprOrLiteral(reading, node, key);
const account = scalar("the name of an account");
const party = scalar("the name of a role");
const place = scalar("a role or an account");

const shares: Reader<(Move & { kind: "split" })["to"]> = (reading, node) => {
  if (node.kind !== "map") return wrongShape(reading, node, "a map of places and shares", "{ann: 50%, ben: rest}");
  return node.entries.flatMap(({ key, value }) => {
    if (value.kind === "scalar" && value.text === "rest") return { place: key, share: "rest" as const };
    const share = exprOrLiteral(reading, value, key);
    return share === null ? [] : { place: key, share };
  });
};

const sections = {
  hold: { keys: { hold: amount, from: party, into: account, in: account }, oneOf: [["into", "in"]] },
  pay: { keys: { pay: amount, from: account, to: place }, required: ["to"] },
  move: {
    keys: { move: amount, from: account, to: account, into: account },
    required: ["from"],
    oneOf: [["to", "into"]],
  },
  release: { keys: { release: amount, from: account }, required: ["from"] },
  split: {
    keys: { split: amount, from: account, to: shares, remainder: place },
    required: ["from", "to", "remainder"],
  },
} as const;

function map(reading: Reading, node: Node & { kind: "map" }): Move | null {
  const { span } = node;
  const verb = verbs.find((each) => node.entries.some(({ key }) => key.text === each));
  if (verb === undefined) {
    const first = node.entries[0]?.key;
    const near = first === undefined ? null : nearest(first.text, verbs);
    if (first === undefined || near === null) return wrongShape(reading, node, "a move", "{pay: amount, to: seller}");
    report(
      reading,
      codes.unknownKey(first.span, { key: first.text, section: "a move" }, { help: `did you mean \`${near}\`?` }),
    );
    return null;
  }
  const title = `a \`${verb}\``;
  const needs = (key: string): null => {
    report(reading, codes.missingKey(span, { section: title, key }, { help: `add  ${key}: …` }));
    return null;
  };
  switch (verb) {
    case "hold": {
      const { hold, from, into, in: inside } = readSection(reading, node, sections.hold, title);
      const target = into ?? inside;
      if (target === null) return needs("into");
      return hold === null ? null : { kind: "hold", amount: hold, from, into: target, span };
    }
    case "pay": {
      const { pay, from, to } = readSection(reading, node, sections.pay, title);
      return pay === null || to === null ? null : { kind: "pay", amount: pay, from, to, span };
    }
    case "move": {
      const { move, from, to, into } = readSection(reading, node, sections.move, title);
      const target = to ?? into;
      if (target === null) return needs("to");
      return move === null || from === null ? null : { kind: "move", amount: move, from, into: target, span };
    }
    case "release": {
      const { release, from } = readSection(reading, node, sections.release, title);
      return release === null || from === null ? null : { kind: "release", amount: release, from, span };
    }
    case "split": {
      const { split, from, to, remainder } = readSection(reading, node, sections.split, title);
      if (split === null || from === null || to === null || remainder === null) return null;
      return { kind: "split", amount: split, from, to, remainder, span };
    }
  }
}

// ── Lines ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Words that end the amount, by verb, and which of them must be there. */
const grammar: Readonly<Record<Exclude<Verb, "split">, { words: readonly string[]; form: string }>> = {
  hold: { words: ["from", "in", "into"], form: "hold AMOUNT in ACCOUNT" },
  pay: { words: ["from", "to"], form: "pay AMOUNT from ACCOUNT to PARTY" },
  move: { words: ["from", "to", "into"], form: "move AMOUNT from ACCOUNT to ACCOUNT" },
  release: { words: ["from"], form: "release AMOUNT from ACCOUNT" },
};

function line(reading: Reading, node: Scalar): Move | null {
  const text = trimmed(scalarText(node));
  const { span } = node;
  const first = /^[A-Za-z]+/.exec(text.text)?.[0] ?? "";
  const refuse = (at: Span, why: string, help: string): null => {
    if (!reading.guessed.has(span.start)) report(reading, codes.badMove(at, { why }, { help }));
    return null;
  };
  const all = Object.values(grammar).map((each) => each.form);
  if (first === "split")
    return refuse(
      span,
      "`split` is written as a map",
      "write {split: all, from: jar, to: {ann: 50%, ben: rest}, remainder: ben}",
    );
  if (!Object.hasOwn(grammar, first)) {
    const near = nearest(first, verbs);
    return refuse(
      span,
      `\`${first || text.text}\` is no way to move money`,
      near === null ? `write ${all.join(", or ")}` : `did you mean \`${near}\`?`,
    );
  }
  const verb = first as keyof typeof grammar;
  const { words, form } = grammar[verb];
  const { amountEnd, places } = phrases(text, first.length, words);
  const amountText = trimmed(sliceOf(text, first.length, amountEnd));
  if (amountText.text === "") return refuse(span, `\`${verb}\` says no amount`, `write ${form}`);
  for (const [word, name] of places)
    if (!/^[\p{L}$][\p{L}\p{M}\p{Nd}_$]*$/u.test(name.text))
      return refuse(name.span, `\`${name.text}\` behind \`${word}\` is not a name`, `write ${form}`);
  const value: Amount = amountText.text === "all" ? "all" : exprOrLiteralIn(reading, amountText);
  const from = places.get("from") ?? null;
  const into = places.get("into") ?? places.get("in") ?? places.get("to") ?? null;
  const missing = (word: string): null => refuse(span, `\`${verb}\` does not say \`${word}\` where`, `write ${form}`);
  switch (verb) {
    case "hold":
      return into === null ? missing("in") : { kind: "hold", amount: value, from, into, span };
    case "pay":
      return into === null ? missing("to") : { kind: "pay", amount: value, from, to: into, span };
    case "move":
      if (from === null) return missing("from");
      return into === null ? missing("to") : { kind: "move", amount: value, from, into, span };
    case "release":
      return from === null ? missing("from") : { kind: "release", amount: value, from, span };
  }
}

/** Splits a line at its words, outside brackets and quotes: where the amount ends, and the name behind each word. */
function phrases(text: MappedText, start: number, words: readonly string[]) {
  const found: { word: string; start: number; end: number }[] = [];
  const pattern = /"(?:[^"\\]|\\.)*"|[([{]|[)\]}]|[\p{L}\p{Nd}_$.]+/gu;
  pattern.lastIndex = start;
  let depth = 0;
  for (let match = pattern.exec(text.text); match !== null; match = pattern.exec(text.text)) {
    const [token] = match;
    if ("([{".includes(token)) depth++;
    else if (")]}".includes(token)) depth--;
    else if (depth === 0 && words.includes(token) && !found.some((each) => each.word === token))
      found.push({ word: token, start: match.index, end: match.index + token.length });
  }
  const places = new Map<string, Scalar>();
  for (const [at, { word, end }] of found.entries())
    places.set(word, partOf(text, end, found[at + 1]?.start ?? text.text.length));
  return { amountEnd: found[0]?.start ?? text.text.length, places };
}
