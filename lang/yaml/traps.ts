// What YAML reads otherwise than its author meant. Each trap is named with the corrected line, and the stretch of text that
// caused it is set aside so that reading can go on: `Patch` says what to read there instead.
import type { CST, YAMLParseError } from "yaml";
import * as codes from "../codes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import { DIAGNOSTICS_KEPT_MAX, LINE_UNITS_READ_MAX, SHOWN_TEXT_UNITS_MAX } from "../limits.ts";
import { lineIndex, type Source, type Span } from "../source.ts";

/** Instead of source text [start, end) read `as`, of the same length. `text`: what the scalar at `start` then stands for. */
export interface Patch {
  readonly start: number;
  readonly end: number;
  readonly as: string;
  readonly text: string | null;
}

export interface Trap {
  readonly diagnostic: Diagnostic;
  readonly patches: readonly Patch[];
}

const blank = (start: number, end: number): Patch => ({ start, end, as: " ".repeat(end - start), text: null });

/** Reads a stretch as one plain scalar. */
const asScalar = (source: Source, start: number, end: number): Patch => ({
  start,
  end,
  as: "x".repeat(end - start),
  text: source.text.slice(start, end),
});

/** A text as a YAML scalar in quotes. */
export const quoted = (text: string): string =>
  text.includes("'") && !/["\\]/.test(text) ? `"${text}"` : `'${text.replace(/'/g, "''")}'`;

/** The key and value on one line of a block, with offsets in the source; null when the line is no `key: value`. Of a very
 *  long line only its beginning. */
export function lineOf(source: Source, offset: number) {
  const index = lineIndex(source);
  const { line } = index.position(offset);
  const start = index.startOf(line);
  const text = source.text.slice(start, Math.min(index.endOf(line), start + LINE_UNITS_READ_MAX));
  const found =
    /^(\s*(?:-\s+)*)((?:"(?:[^"\\]|\\.)*"|'[^']*'|[^\s#"'{[][^:#]*?|[^\s#"'{[](?:[^:]|:(?!\s))*?)\s*):(?:[ \t]+|$)/.exec(
      text,
    );
  if (found === null) return { line, start, end: start + text.length, text, value: null };
  const from = found[0].length;
  const to = from + withoutComment(text.slice(from)).trimEnd().length;
  const value = { start: start + from, end: start + to, text: text.slice(from, to) };
  return { line, start, end: start + text.length, text, value };
}

/** A value up to its comment. ` #` inside balanced quotes is kept: people mean it to be. */
function withoutComment(text: string): string {
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    if (quote !== "") quote = unit === quote ? "" : quote;
    else if ((unit === '"' || unit === "'") && text.includes(unit, at + 1)) quote = unit;
    else if (unit === "#" && (at === 0 || /\s/.test(text[at - 1]!))) return text.slice(0, at);
  }
  return text;
}

/** The author's line with a stretch of it in quotes. */
export function quotedLine(source: Source, start: number, end: number): string {
  const index = lineIndex(source);
  const { line } = index.position(start);
  const before = source.text.slice(Math.max(index.startOf(line), start - SHOWN_TEXT_UNITS_MAX), start);
  // Inside braces only the entry is shown.
  const lead = /[{[]/.test(before) ? before.slice(before.search(/[^{[,]*$/)) : before;
  return `write  ${`${lead.trim().replace(/^- /, "")} ${quoted(source.text.slice(start, end))}`.trim()}`;
}

const quoteHelp = (source: Source, start: number, end: number) => ({ help: quotedLine(source, start, end) });

/** End of a value that starts at `start`: of its line in a block, before the next `,` or closing bracket in a flow. */
function valueEnd(source: Source, start: number, flow: boolean): number {
  const index = lineIndex(source);
  const { line } = index.position(start);
  const rest = withoutComment(source.text.slice(start, Math.min(index.endOf(line), start + LINE_UNITS_READ_MAX)));
  if (!flow) return start + rest.trimEnd().length;
  let depth = 0;
  for (let at = 0; at < rest.length; at++) {
    if ("([{".includes(rest[at]!)) depth++;
    else if (")]}".includes(rest[at]!) && --depth < 0) return start + rest.slice(0, at).trimEnd().length;
    else if (rest[at] === "," && depth === 0) return start + rest.slice(0, at).trimEnd().length;
  }
  return start + rest.trimEnd().length;
}

// ── Traps that are good YAML ──────────────────────────────────────────────────────────────────────────────────────────

type Token = CST.Token | CST.SourceToken;

/** Tags, anchors, aliases, explicit keys, directives and unclosed quotes, wherever they stand in the token tree. */
export function tokenTraps(source: Source, documents: readonly CST.Token[]): Trap[] {
  const traps: Trap[] = [];
  const at = (start: number, length: number): Span => ({ source, start, end: start + length });
  // Tokens come in order of place, so it is enough to know how far the text was set aside.
  let covered = 0;
  const aliases = new Map<number, Patch[]>();
  const add = (diagnostic: Diagnostic, ...patches: Patch[]): void => {
    traps.push({ diagnostic, patches });
    for (const patch of patches) covered = Math.max(covered, patch.end);
  };
  const look = (token: Token, flow: boolean): void => {
    if (token.offset < covered || traps.length >= DIAGNOSTICS_KEPT_MAX) return;
    const text = "source" in token ? token.source : "";
    const span = at(token.offset, text.length);
    if (token.type === "tag") {
      const end = valueEnd(source, token.offset, flow);
      const full = source.text.slice(token.offset, end);
      // `!!str x` is meant as a tag; `!late` is meant as a negation.
      if (/^!(?:!|<|$)/.test(text))
        add(
          codes.yamlTag(span, { tag: text }, { help: "remove the tag: the key says the type" }),
          blank(span.start, span.end),
        );
      else if (full.trim() === "!") add(codes.yamlTag(span, { tag: text }), blank(span.start, span.end));
      else
        add(
          codes.yamlTag(span, { tag: text }, quoteHelp(source, token.offset, end)),
          asScalar(source, token.offset, end),
        );
    } else if (token.type === "anchor") {
      if (text.startsWith("&&")) {
        const end = valueEnd(source, token.offset, flow);
        add(
          codes.yamlAnchor(span, { anchor: text }, quoteHelp(source, token.offset, end)),
          asScalar(source, token.offset, end),
        );
      } else add(codes.yamlAnchor(span, { anchor: text }), blank(span.start, span.end));
    } else if (token.type === "alias") {
      const end = Math.max(valueEnd(source, token.offset, flow), span.end);
      const patch = asScalar(source, token.offset, end);
      const { line } = lineIndex(source).position(token.offset);
      // One message a line: a list of aliases is one mistake.
      const earlier = aliases.get(line);
      if (earlier === undefined) {
        aliases.set(line, [patch]);
        const patches = aliases.get(line)!;
        traps.push({
          diagnostic: codes.yamlAlias(span, { alias: text }, quoteHelp(source, token.offset, end)),
          patches,
        });
      } else earlier.push(patch);
      covered = Math.max(covered, patch.end);
    } else if (token.type === "explicit-key-ind") add(codes.yamlComplexKey(span));
    else if (token.type === "directive")
      add(codes.yamlDirective(span, { directive: text }), blank(span.start, span.end));
    else if (token.type === "double-quoted-scalar" || token.type === "single-quoted-scalar") {
      if (text.length > 1 && closes(text)) return;
      const line = lineIndex(source);
      const lineEnd = line.endOf(line.position(token.offset).line);
      add(codes.yamlUnclosedQuote(at(token.offset, 1), { quote: text[0]! }), asScalar(source, token.offset, lineEnd));
    }
  };
  const walk = (token: Token, flow: boolean): void => {
    look(token, flow);
    if ("start" in token && Array.isArray(token.start)) for (const each of token.start) look(each, flow);
    const inner = flow || token.type === "flow-collection";
    if (token.type === "document" && token.value) walk(token.value, false);
    if ("end" in token && Array.isArray(token.end)) for (const each of token.end) look(each, flow);
    if ("items" in token)
      for (const item of token.items) {
        for (const each of item.start) look(each, inner);
        if (item.key) walk(item.key, inner);
        for (const each of item.sep ?? []) look(each, inner);
        if (item.value) walk(item.value, inner);
      }
  };
  for (const document of documents) walk(document, false);
  return traps;
}

/** Whether a quoted scalar ends with its own quote: an even number of backslashes or a single quote stands before it. */
function closes(text: string): boolean {
  if (text.at(-1) !== text[0]) return false;
  // The stretch of quotes or backslashes before the last quote says whether it is one of them itself.
  const marker = text[0] === "'" ? "'" : "\\";
  let before = 0;
  while (before < text.length - 2 && text[text.length - 2 - before] === marker) before++;
  return before % 2 === 0;
}

// ── Traps that are no YAML ────────────────────────────────────────────────────────────────────────────────────────────

/** All tabs that indent, reported at the first that ends behind `start`. */
export function tabTrap(source: Source, start: number): Trap {
  const tabs = [...source.text.matchAll(/^[ ]*\t[ \t]*/gm)].map((found) => {
    const end = found.index + found[0].length;
    return { start: found.index, end, as: found[0].replace(/\t/g, " "), text: null };
  });
  const first = tabs.find((patch) => patch.end > start) ?? { start, end: start + 1 };
  // Not spread into arguments: there may be more of them than a call takes.
  const diagnostic = codes.yamlTab({ source, start: first.start, end: first.end }, { count: tabs.length });
  return { diagnostic, patches: tabs };
}

/** What an error of the YAML reader is to the author. */
export function errorTrap(source: Source, error: YAMLParseError): Trap {
  const start = Math.min(error.pos[0], source.text.length);
  const line = lineOf(source, start);
  const { value } = line;
  const lineSpan: Span = { source, start: line.start + /^\s*/.exec(line.text)![0].length, end: line.end };
  const trap = (diagnostic: Diagnostic, ...patches: Patch[]): Trap => ({ diagnostic, patches });
  const whole = value === null ? null : { source, start: value.start, end: value.end };

  if (error.code === "TAB_AS_INDENT") return tabTrap(source, start);
  if (whole !== null && value !== null && value.text !== "" && start >= value.start - 1 && start <= value.end) {
    const quoting = quoteHelp(source, value.start, value.end);
    const patch = asScalar(source, value.start, value.end);
    const opening = value.text[0]!;
    // A comparison without left side stays one in quotes.
    if (/^>=?\s/.test(value.text)) {
      const help = { help: `put a value on its left, for example \`x ${value.text}\`` };
      return trap(codes.yamlBlockByAccident(whole, { sign: opening }, help), patch);
    }
    if (opening === ">" || opening === "|")
      return trap(codes.yamlBlockByAccident(whole, { sign: opening }, quoting), patch);
    if ((opening === '"' || opening === "'") && error.code === "UNEXPECTED_TOKEN")
      return trap(codes.yamlTextAfterQuote(whole, quoting), patch);
    if (opening === "{" || opening === "[") {
      const close = closingOf(value.text);
      const rest = close === null ? "" : value.text.slice(close + 1).trim();
      if (rest !== "") return trap(codes.yamlTextAfterBracket(whole, { bracket: value.text[close!]! }, quoting), patch);
      if (close !== null) {
        const inner = entryAround(source, value, start);
        const span = { source, start: inner.start, end: inner.end };
        return trap(
          codes.yamlBracketInside(span, quoteHelp(source, inner.start, inner.end)),
          asScalar(source, inner.start, inner.end),
        );
      }
    }
    if ("@`%".includes(opening)) return trap(codes.yamlReservedStart(whole, { sign: opening }, quoting), patch);
    if (opening === "," || opening === "]" || opening === "}")
      return trap(codes.yamlReservedStart(whole, { sign: opening }, quoting), patch);
    if (/^-\s/.test(value.text)) return trap(codes.yamlListOnKeyLine(whole), patch);
    if (error.code === "BLOCK_AS_IMPLICIT_KEY" && /:(?:\s|$)/.test(value.text))
      return trap(codes.yamlColonInValue(whole, quoting), patch);
    if (error.code === "BLOCK_AS_IMPLICIT_KEY" || error.code === "MULTILINE_IMPLICIT_KEY") {
      // `a: x` with a deeper `b: y` under it.
      const next = lineOf(source, Math.min(line.end + 1, source.text.length));
      const deeper = { source, start: next.start + /^\s*/.exec(next.text)![0].length, end: next.end };
      const indent = lineSpan.start - line.start;
      const patches: Patch[] = [];
      if (deeper.start - next.start > indent) patches.push(blank(next.start, next.end));
      return trap(codes.yamlIndent(deeper, { labels: [{ span: whole, text: "this value is complete" }] }), ...patches);
    }
  }
  if (
    /^(?:Flow (?:map|sequence) in block|Missing .*(?:\]|\})|Expected flow)/.test(error.message) ||
    /end with a [\]}]/.test(error.message)
  ) {
    const opening = unclosedBefore(source.text, start);
    if (opening !== null) {
      const open = lineIndex(source).position(opening).line;
      const end = lineIndex(source).endOf(open);
      const span = { source, start: opening, end: opening + 1 };
      const bracket = source.text[opening]!;
      const closing = bracket === "{" ? "}" : "]";
      return trap(codes.yamlUnclosedBracket(span, { bracket, closing }), asScalar(source, opening, end));
    }
  }
  if (error.code === "MULTILINE_IMPLICIT_KEY" || (error.code === "MISSING_CHAR" && value === null)) {
    const glued = /^(\s*(?:- )*)([A-Za-z_][\w ]*):(\S.*)$/.exec(line.text);
    if (glued !== null) {
      const colon = line.start + glued[1]!.length + glued[2]!.length;
      const help = { help: `write  ${glued[2]}: ${glued[3]}` };
      const patch: Patch = {
        start: colon + 1,
        end: line.end,
        as: ` ${"x".repeat(Math.max(0, line.end - colon - 2))}`,
        text: glued[3]!,
      };
      return trap(codes.yamlMissingSpace({ source, start: colon, end: colon + 1 }, help), patch);
    }
    if (line.value === null) return trap(codes.yamlNoColon(lineSpan), blank(line.start, line.end));
  }
  if (error.code === "BAD_INDENT") return trap(codes.yamlIndent(lineSpan));
  const why = error.message.replace(/^[A-Z]/, (letter) => letter.toLowerCase()).replace(/\s+/g, " ");
  return trap(codes.yamlSyntax({ source, start, end: Math.max(start, Math.min(error.pos[1], line.end)) }, { why }));
}

/** The value within braces that holds an offset; the whole when it is a comprehension or none can be told. */
function entryAround(source: Source, value: { start: number; end: number; text: string }, offset: number) {
  if (/^\[\s*for\s/.test(value.text)) return value;
  const before = source.text.slice(value.start, offset);
  const start = value.start + before.length - /(?:^|[,{[]\s*|:\s+)((?:[^,{[:]|:(?!\s))*)$/.exec(before)![1]!.length;
  const end = valueEnd(source, start, true);
  return start > value.start && end > offset && end <= value.end ? { start, end } : value;
}

/** Offset of the bracket that closes the one a text starts with, or null. Quotes are skipped. */
function closingOf(text: string): number | null {
  let depth = 0;
  let quote = "";
  for (let at = 0; at < text.length; at++) {
    const unit = text[at]!;
    if (quote !== "") quote = unit === quote ? "" : quote;
    else if (unit === '"' || unit === "'") quote = unit;
    else if ("{[".includes(unit)) depth++;
    else if ("}]".includes(unit) && --depth === 0) return at;
  }
  return null;
}

/** The last opening bracket before `end` that nothing closes up to there. Looks back a bounded way. */
function unclosedBefore(text: string, end: number): number | null {
  let depth = 0;
  for (let at = end - 1; at >= Math.max(0, end - 65_536); at--) {
    if ("}]".includes(text[at]!)) depth++;
    else if ("{[".includes(text[at]!) && depth-- === 0) return at;
  }
  return null;
}
