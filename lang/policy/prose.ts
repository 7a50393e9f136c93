// Text with slots: `{expression}` anywhere, `{{` and `}}` for a brace. A slot ends at the first `}` outside its own texts and braces.

import { type Reader, type Reading, report, wrongShape } from "../agreement/reading.ts";
import { exprIn } from "../agreement/values.ts";
import type { Expr, Prose } from "../ast.ts";
import * as codes from "../codes.ts";
import { type MappedText, sliceOf, spanIn } from "../expr/mapped.ts";
import { scalarText } from "../yaml/scalar.ts";

export const prose: Reader<Prose> = (reading, node) =>
  node.kind === "scalar"
    ? { parts: partsOf(reading, scalarText(node)), span: node.span }
    : wrongShape(reading, node, "a text, with slots such as `{shelf.label}`");

function partsOf(reading: Reading, text: MappedText): (string | Expr)[] {
  const parts: (string | Expr)[] = [];
  let plain = "";
  for (let at = 0; at < text.text.length; at++) {
    const unit = text.text[at]!;
    if ((unit === "{" || unit === "}") && text.text[at + 1] === unit) {
      plain += unit;
      at++;
      continue;
    }
    if (unit !== "{") {
      plain += unit;
      continue;
    }
    const end = endOfSlot(text.text, at + 1);
    if (end < 0) {
      report(reading, codes.openSlot(spanIn(text, at, text.text.length), {}));
      return [...parts, plain];
    }
    parts.push(plain, exprIn(reading, sliceOf(text, at + 1, end)));
    plain = "";
    at = end;
  }
  return [...parts, plain];
}

function endOfSlot(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    const unit = text[at];
    if (unit === '"') {
      for (at++; at < text.length && text[at] !== '"'; at++) if (text[at] === "\\") at++;
    } else if (unit === "{") depth++;
    else if (unit === "}" && depth-- === 0) return at;
  }
  return -1;
}
