// The document of package `yaml` to the raw tree: exact spans, texts as written, duplicate keys refused. Here also the
// traps that are silent in YAML: what a comma or a pair inside braces quietly did to a value.
import {
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Pair,
  type ParsedNode,
  type YAMLMap,
  type Scalar as YamlScalar,
} from "yaml";
import type { Entry, Node, Scalar } from "../ast.ts";
import * as codes from "../codes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Source, Span } from "../source.ts";
import { type Patch, quotedLine } from "./traps.ts";

export function buildTree(
  source: Source,
  root: ParsedNode,
  patches: ReadonlyMap<number, Patch>,
  diagnostics: Diagnostic[],
): Node {
  // Sorted, so that the patch at an offset is found by halving.
  const sorted = [...patches.values()].sort((a, b) => a.start - b.start);
  return node(root);

  /** The last patch that starts before `end`, if it reaches past `start`. */
  function patchIn(start: number, end: number): Patch | null {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]!.start < end) low = middle + 1;
      else high = middle;
    }
    const found = sorted[low - 1];
    return found !== undefined && found.end > start ? found : null;
  }

  function node(of: ParsedNode | null | undefined, at = 0): Node {
    if (of === null || of === undefined) return { kind: "null", span: { source, start: at, end: at } };
    const [start, valueEnd] = of.range;
    if (isScalar(of)) {
      const found = scalar(of);
      const empty = !found.quoted && (found.text === "" || found.text === "null");
      return empty ? { kind: "null", span: found.span } : found;
    }
    const span: Span = { source, start, end: trimmedEnd(start, valueEnd) };
    if (isMap(of)) return { kind: "map", entries: entries(of as YAMLMap.Parsed), span };
    if (isSeq(of))
      return { kind: "list", items: items(of.items as readonly (ParsedNode | Pair)[], of.flow === true), span };
    return { kind: "null", span };
  }

  function scalar(of: YamlScalar): Scalar {
    const [start, valueEnd] = of.range!;
    const patch = sorted.length === 0 ? null : patchIn(start, valueEnd);
    if (patch !== null && patch.text !== null && patch.start <= start)
      return { kind: "scalar", text: patch.text, quoted: false, span: { source, start: patch.start, end: patch.end } };
    const quoted = of.type !== "PLAIN";
    const span: Span = { source, start, end: trimmedEnd(start, valueEnd) };
    // A patch may stand inside a plain scalar: then the author's own text counts.
    const inside = !quoted && patch !== null && patch.text !== null;
    return { kind: "scalar", text: inside ? source.text.slice(start, valueEnd) : String(of.value ?? ""), quoted, span };
  }

  /** Blocks end after their line break; a span ends with what is to be seen. */
  function trimmedEnd(start: number, end: number): number {
    let at = end;
    while (at > start && /[ \t\r\n]/.test(source.text[at - 1]!)) at--;
    return at;
  }

  function entries(map: YAMLMap.Parsed): Entry[] {
    const found: Entry[] = [];
    for (const pair of map.items) {
      const key = pair.key as ParsedNode | null;
      if (key === null || !isScalar(key)) {
        const span = { source, start: key?.range[0] ?? map.range[0], end: key?.range[1] ?? map.range[0] + 1 };
        diagnostics.push(codes.yamlComplexKey(span));
        continue;
      }
      const name = scalar(key);
      // A key without colon and value in braces, or an empty one.
      found.push({ key: name, value: node(pair.value as ParsedNode | null, name.span.end) });
    }
    const whole = map.flow === true ? mended(found) : found;
    return unique(whole);
  }

  /** Entries of braces with values put together again that a comma has cut. */
  function mended(found: readonly Entry[]): Entry[] {
    const out: Entry[] = [];
    for (let at = 0; at < found.length; at++) {
      const { key, value } = found[at]!;
      let last = at;
      if (value.kind === "scalar" && !value.quoted) {
        const number = /^[+-]?\d{1,3}$/.test(value.text);
        while (number && cutNumber(found, last)) last++;
        if (last === at && openBrackets(value.text) > 0) {
          let open = openBrackets(value.text);
          while (open > 0 && last + 1 < found.length && isBare(found[last + 1]!))
            open += openBrackets(found[++last]!.key.text);
          if (open > 0) last = at;
        }
      }
      if (last === at) {
        out.push(found[at]!);
        continue;
      }
      const span: Span = { source, start: value.span.start, end: found[last]!.key.span.end };
      const text = source.text.slice(span.start, span.end);
      const help = quotedLine(source, span.start, span.end);
      diagnostics.push(codes.yamlCommaCut(span, { read: (value as Scalar).text }, { help }));
      out.push({ key, value: { kind: "scalar", text, quoted: false, span } });
      at = last;
    }
    return out;
  }

  /** A key alone, as `b)` after the cut of `f(a, b)`. */
  function isBare(entry: Entry): boolean {
    return entry.value.kind === "null" && entry.value.span.start === entry.value.span.end;
  }

  /** Whether the next entry is the rest of a number such as `1,000.00 USD`: three digits right behind the comma. */
  function cutNumber(found: readonly Entry[], at: number): boolean {
    const next = found[at + 1];
    const here = at >= 0 ? found[at]! : undefined;
    if (next === undefined || here === undefined || !isBare(next) || !/^\d{3}(?!\d)/.test(next.key.text)) return false;
    const end = here.value.kind === "null" ? here.key.span.end : here.value.span.end;
    return source.text.slice(end, next.key.span.start) === ",";
  }

  function unique(found: readonly Entry[]): Entry[] {
    const first = new Map<string, Entry>();
    for (const entry of found) {
      const { key } = entry;
      if (key.text === "<<" && !key.quoted) {
        diagnostics.push(codes.yamlMergeKey(key.span));
        continue;
      }
      const earlier = first.get(key.text);
      if (earlier === undefined) first.set(key.text, entry);
      else
        diagnostics.push(
          codes.duplicateKey(
            key.span,
            { key: key.text },
            { labels: [{ span: earlier.key.span, text: "first written here" }] },
          ),
        );
    }
    return [...first.values()];
  }

  /** Index of the item that ends the number which starts at `at`: `1,000.00 USD` became two items. Without decimals or a unit
   *  behind it, `[100,200]` is two numbers. */
  function numberEnd(found: readonly (ParsedNode | Pair)[], at: number): number {
    const text = (index: number): string => {
      const item = found[index];
      return item !== undefined && isScalar(item) ? source.text.slice(item.range![0], item.range![1]) : "";
    };
    if (!/^[+-]?\d{1,3}$/.test(text(at))) return at;
    for (let next = at + 1; next < found.length; next++) {
      const end = (found[next - 1] as ParsedNode).range[1];
      if (!/^\d{3}(?!\d)/.test(text(next)) || source.text.slice(end, (found[next] as ParsedNode).range[0]) !== ",")
        return at;
      if (!/^\d{3}$/.test(text(next))) return next;
    }
    return at;
  }

  function items(found: readonly (ParsedNode | Pair)[], flow: boolean): Node[] {
    const out: Node[] = [];
    for (let at = 0; at < found.length; at++) {
      const item = found[at]!;
      if (isPair(item)) continue;
      const value = node(item);
      // `[a: b]` is a map of its own; `[fe80::, x]` is one by accident.
      if (flow && isMap(item) && source.text[value.span.start] !== "{") {
        const help = quotedLine(source, value.span.start, value.span.end);
        diagnostics.push(codes.yamlPairInList(value.span, { help }));
        continue;
      }
      const last = flow && value.kind === "scalar" && !value.quoted ? numberEnd(found, at) : at;
      if (last > at) {
        const span: Span = { source, start: value.span.start, end: (found[last] as ParsedNode).range[1] };
        const help = quotedLine(source, span.start, span.end);
        diagnostics.push(codes.yamlCommaCut(span, { read: (value as Scalar).text }, { help }));
        out.push({ kind: "scalar", text: source.text.slice(span.start, span.end), quoted: false, span });
        at = last;
      } else out.push(value);
    }
    return out;
  }
}

/** Opened minus closed round brackets, quotes skipped. */
export function openBrackets(text: string): number {
  let open = 0;
  for (const unit of text.replace(/"(?:[^"\\]|\\.)*"|'[^']*'/g, "")) {
    if (unit === "(" || unit === "[") open++;
    else if (unit === ")" || unit === "]") open--;
  }
  return open;
}
