// YAML text to the raw tree. The package `yaml` does the reading; this file bounds it, names its traps, and goes on past them.
import { Composer, type CST, type Document, Lexer, type ParsedNode, Parser, type YAMLParseError } from "yaml";
import type { MapNode, Node } from "../ast.ts";
import * as codes from "../codes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import {
  DIAGNOSTICS_KEPT_MAX,
  REPAIR_ROUNDS_MAX,
  REPAIR_UNITS_MAX,
  STRAY_TOKENS_MAX,
  YAML_DEPTH_MAX,
} from "../limits.ts";
import { lineIndex, type Source } from "../source.ts";
import { readPlainYaml } from "./plain.ts";
import { errorTrap, type Patch, type Trap, tabTrap, tokenTraps } from "./traps.ts";
import { buildTree } from "./tree.ts";

export interface YamlRead {
  /** The document, as far as it could be read; null when nothing could be. */
  readonly root: MapNode | null;
  /** Offsets of scalars that were set aside by a trap: their text is a guess. */
  readonly guessed: ReadonlySet<number>;
  readonly diagnostics: readonly Diagnostic[];
}

/** The raw tree of a source. Anchors, aliases, tags, directives and several documents are refused, so a tree is never larger
 *  than its text. Never throws. */
export function readYaml(source: Source): YamlRead {
  const root = readPlainYaml(source);
  return root === null ? readFullYaml(source) : { root, guessed: new Set(), diagnostics: [] };
}

/** The same by way of the package alone. */
export function readFullYaml(source: Source): YamlRead {
  const diagnostics: Diagnostic[] = [];
  const patches = new Map<number, Patch>();
  const guessed = new Set<number>();
  const none = (): YamlRead => ({ root: null, guessed, diagnostics: diagnostics.slice(0, DIAGNOSTICS_KEPT_MAX) });
  const rounds = Math.min(REPAIR_ROUNDS_MAX, 1 + Math.floor(REPAIR_UNITS_MAX / (source.text.length + 1)));
  // The YAML reader makes an error of each line, which is slow; a line that starts with a tab never is right.
  const tab = /^\t[ \t]*[^\s]/m.exec(source.text);
  if (tab !== null) apply(tabTrap(source, tab.index));
  for (let round = 1; ; round++) {
    const parsed = parse(patched(source.text, patches));
    const { tokens, documents, deep } = parsed;
    const document = documents[0];
    const traps = tokenTraps(source, tokens);
    const errors = (document?.errors ?? []) as YAMLParseError[];
    const lines = lineIndex(source);
    const mended = new Set<number>();
    const mend = (trap: Trap): void => {
      for (const { start } of trap.patches) mended.add(lines.position(start).line);
    };
    for (const trap of traps) mend(trap);
    for (const error of errors) {
      if (traps.length >= DIAGNOSTICS_KEPT_MAX) break;
      // What follows a broken collection is only noise: it is read again once the break is set aside.
      if (error.message.includes("in YAML stream") && traps.some((trap) => trap.patches.length > 0)) break;
      // The quote that opens it was named already.
      if (/^Missing closing/.test(error.message)) continue;
      // One line often gives several errors; the first that is set aside explains the rest, or leaves it to the next round.
      if (mended.has(lines.position(error.pos[0]).line)) continue;
      const trap = errorTrap(source, error);
      mend(trap);
      traps.push(trap);
    }
    const isFresh = (trap: Trap): boolean => trap.patches.some((patch) => !patches.has(patch.start));
    if (deep !== null) {
      // Each `a: b: c` counts as a level inside the one before; mended they may not be deep at all.
      const inner = traps.filter((trap) => trap.diagnostic.code === "lang/yaml-colon-in-value" && isFresh(trap));
      for (const trap of inner) apply(trap);
      if (inner.length > 0 && round < rounds) continue;
      const span = { source, start: deep, end: Math.min(deep + 1, source.text.length) };
      diagnostics.push(codes.sourceTooDeep(span, { max: YAML_DEPTH_MAX }));
      return none();
    }
    const fresh = traps.filter(isFresh);
    if (fresh.length > 0 && round < rounds) {
      for (const trap of fresh) apply(trap);
      continue;
    }
    for (const each of distinct(traps.map((trap) => trap.diagnostic))) diagnostics.push(each);
    const second = documents[1];
    if (second !== undefined) {
      const start = second.range[0];
      diagnostics.push(codes.yamlSeveralDocuments({ source, start, end: Math.min(start + 3, source.text.length) }));
    }
    const contents = document?.contents as ParsedNode | null | undefined;
    if (contents === null || contents === undefined) {
      if (diagnostics.length === 0) diagnostics.push(codes.emptySource({ source, start: 0, end: 0 }));
      return none();
    }
    const tree = buildTree(source, contents, patches, diagnostics);
    return {
      root: asRoot(tree, diagnostics),
      guessed,
      diagnostics: explained(diagnostics).slice(0, DIAGNOSTICS_KEPT_MAX),
    };
  }

  function apply(trap: Trap): void {
    diagnostics.push(trap.diagnostic);
    for (const patch of trap.patches) {
      patches.set(patch.start, patch);
      if (patch.text !== null) guessed.add(patch.start);
    }
  }
}

/** Without the words of the YAML reader about a line that has a message of ours. */
function explained(diagnostics: readonly Diagnostic[]): readonly Diagnostic[] {
  if (!diagnostics.some((each) => each.code === "lang/yaml-syntax")) return diagnostics;
  const lineOf = ({ span }: Diagnostic): number => lineIndex(span.source).position(span.start).line;
  const ours = new Set(diagnostics.filter((each) => each.code !== "lang/yaml-syntax").map(lineOf));
  return diagnostics.filter((each) => each.code !== "lang/yaml-syntax" || !ours.has(lineOf(each)));
}

function asRoot(tree: Node, diagnostics: Diagnostic[]): MapNode | null {
  if (tree.kind === "map") return tree;
  if (diagnostics.length === 0)
    diagnostics.push(codes.notADocument({ ...tree.span, end: Math.min(tree.span.end, tree.span.start + 40) }));
  return null;
}

interface Parsed {
  readonly tokens: readonly CST.Token[];
  readonly documents: readonly Document.Parsed[];
  /** Offset where the text is nested too deep; it was read up to there. */
  readonly deep: number | null;
}

/** Tokens and documents of a text. Reading tokens needs no recursion, composing does: so depth is bounded before. */
function parse(text: string): Parsed {
  const parser = new Parser();
  const tokens: CST.Token[] = [];
  let offset = 0;
  let stray = 0;
  let deep: number | null = null;
  for (const lexeme of new Lexer().lex(text)) {
    for (const token of parser.next(lexeme))
      if (token.type !== "error" || ++stray <= STRAY_TOKENS_MAX) tokens.push(token);
    // Lexemes of one control character stand for nothing in the text.
    if (!/^[\x02\x18\x1f]$/.test(lexeme)) offset += lexeme.length;
    // The document itself and the node at hand are on the stack, too.
    if (parser.stack.length > YAML_DEPTH_MAX + 2) {
      deep = Math.min(offset, text.length);
      break;
    }
  }
  for (const token of parser.end()) tokens.push(token);
  const options = {
    schema: "failsafe",
    uniqueKeys: false,
    merge: false,
    logLevel: "silent",
    prettyErrors: false,
  } as const;
  const documents = withoutTraces(() => [...new Composer(options).compose(tokens, true, text.length)]);
  return { tokens, documents: documents as Document.Parsed[], deep };
}

/** The reader makes an exception of each mistake, up to one for each character; the host records a stack trace in each,
 *  which takes ten times as long as the reading. */
function withoutTraces<T>(run: () => T): T {
  const host = Error as { stackTraceLimit?: number };
  const limit = host.stackTraceLimit;
  try {
    host.stackTraceLimit = 0;
    return run();
  } finally {
    if (limit !== undefined) host.stackTraceLimit = limit;
  }
}

function patched(text: string, patches: ReadonlyMap<number, Patch>): string {
  const sorted = [...patches.values()].sort((a, b) => a.start - b.start);
  let out = "";
  let at = 0;
  for (const patch of sorted) {
    if (patch.start < at) continue;
    out += text.slice(at, patch.start) + patch.as;
    at = patch.end;
  }
  return out + text.slice(at);
}

/** Without a second complaint about the same line from the YAML reader itself. */
function distinct(diagnostics: readonly Diagnostic[]): Diagnostic[] {
  const seen = new Set<string>();
  return diagnostics.filter((each) => {
    const key = each.code === "lang/yaml-syntax" ? each.code : `${each.code} ${each.span.start}`;
    return !seen.has(key) && seen.add(key);
  });
}
