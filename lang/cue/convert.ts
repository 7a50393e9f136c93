// One spelling to the other. The meaning stays: what is written here, read again, is the same document. Comments stay where the
// other spelling has a place for them.
import type { Node } from "../ast.ts";
import * as codes from "../codes.ts";
import { hasErrors, type Outcome } from "../diagnostic.ts";
import { formatSource } from "../print.ts";
import { readForPrinting } from "../read.ts";
import { lineIndex, type Source } from "../source.ts";
import { layoutOf } from "../yaml/comments.ts";
import { type Remarks, writeYaml } from "../yaml/write.ts";
import type { CueEngine } from "./engine.ts";
import { printCue } from "./print.ts";
import { type CueDocumentPackage, readCueTree } from "./read.ts";

/** A YAML source as CUE, laid out by `cue fmt`; null when it has errors. */
export async function yamlToCue(
  engine: CueEngine,
  input: Uint8Array | string,
  name: string,
): Promise<Outcome<string | null>> {
  const { root, reading, document, unfilled, diagnostics } = readForPrinting(input, name);
  if (unfilled !== null) return { value: null, diagnostics: [...diagnostics, codes.templateUnfilled(unfilled.span)] };
  if (root === null || reading === null || document === null || hasErrors(diagnostics))
    return { value: null, diagnostics };
  const text = printCue(root, { layout: layoutOf(root), expressions: reading.expressions });
  const { value, diagnostics: found } = await engine.run({ op: "format", text: { name: `${name}.cue`, text } });
  return { value, diagnostics: [...diagnostics, ...found] };
}

/** A package as YAML, as CUE has evaluated it; null when it has errors. */
export async function cueToYaml(engine: CueEngine, pack: CueDocumentPackage): Promise<Outcome<string | null>> {
  const { value, root, main, diagnostics } = await readCueTree(engine, pack);
  if (value === null || root === null || hasErrors(diagnostics)) return { value: null, diagnostics };
  const text = writeYaml(root, { remarks: (key) => remarksOf(key.span, main), onOneLine });
  const { value: laid } = formatSource(text, "converted.yaml");
  return { value: headOf(main) + (laid ?? text), diagnostics };
}

/** The comments at the head of the first file, apart from its first field. */
function headOf([first]: readonly Source[]): string {
  const lines = /^(?:\/\/[^\n]*\n)+(?=\n)/.exec(first?.text ?? "")?.[0] ?? "";
  return lines === "" ? "" : `${lines.replace(/^\/\//gm, "#")}\n`;
}

/** Whether a struct or list of CUE stands on one line. */
const onOneLine = ({ span: { source, start, end } }: Node): boolean =>
  /[[{]/.test(source.text[start] ?? "") && !source.text.slice(start, end).includes("\n");

/** Comments above a key and behind its line, in the files of the package. */
function remarksOf({ source, start }: { source: Source; start: number }, main: readonly Source[]): Remarks {
  if (!main.includes(source)) return { above: [], behind: null, blankAbove: false };
  const index = lineIndex(source);
  const { line, column } = index.position(start);
  const text = index.lineText(line);
  // Several fields on a line share its comments: they go to the first.
  if (text.slice(0, column - 1).trim() !== "") return { above: [], behind: null, blankAbove: false };
  const above: string[] = [];
  for (let at = line - 1; at >= 1; at--) {
    const comment = /^\s*\/\/(.*)$/.exec(index.lineText(at));
    if (comment === null) break;
    above.unshift(comment[1]!);
  }
  const blankAbove = index.lineText(line - above.length - 1).trim() === "";
  if (above.length > 0 && isHead(source, line - above.length)) above.length = 0;
  // Texts hold slashes: only what comes behind the last quote or bracket is a comment.
  const behind = /^(?:[^"/]|"(?:[^"\\]|\\.)*"|\/(?!\/))*\/\/(.*)$/.exec(text)?.[1] ?? null;
  return { above, behind, blankAbove };
}

const isHead = (source: Source, line: number): boolean =>
  line === 1 && /^(?:\/\/[^\n]*\n)+\n/.test(source.text) && source.text.startsWith("//");
