// The sources as the meta tests see them: files of a folder, and code without its comments and texts.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../", import.meta.url));

export interface SourceText {
  /** From the root, with `/`. */
  readonly path: string;
  readonly text: string;
}

/** The TypeScript files of a folder, sorted by path. */
export function sourcesIn(folder: string): SourceText[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })
    .map((file) => `${folder}/${file.replaceAll("\\", "/")}`)
    .filter((path) => path.endsWith(".ts"))
    .sort()
    .map((path) => ({ path, text: readFileSync(join(root, path), "utf8") }));
}

/** After these a `/` begins a regex, not a division. */
const BEFORE_REGEX = /(?:^|[(,=:[!&|?{};+\-*%<>~^]|=>|\breturn|\bcase|\btypeof|\bin|\bof)\s*$/;

/** The code with comments, texts and regexes blanked, line for line; what stands inside `${}` stays. */
export function codeOf(text: string): string {
  let out = "";
  let at = 0;
  const blank = (to: number): void => {
    out += text.slice(at, to).replace(/[^\n]/g, " ");
    at = to;
  };
  const endOf = (pattern: RegExp): number => {
    pattern.lastIndex = at;
    return pattern.exec(text) === null ? text.length : pattern.lastIndex;
  };
  /** Code up to the end of the text, or of the `${}` it stands in. */
  const code = (nested: boolean): void => {
    let depth = 0;
    while (at < text.length) {
      const unit = text[at]!;
      if (text.startsWith("//", at)) blank(endOf(/[^\n]*/y));
      else if (text.startsWith("/*", at)) blank(endOf(/\/\*[\s\S]*?\*\//y));
      else if (unit === '"' || unit === "'")
        blank(endOf(unit === '"' ? /"(?:[^"\\\n]|\\[\s\S])*"/y : /'(?:[^'\\\n]|\\[\s\S])*'/y));
      else if (unit === "`") template();
      else if (unit === "/" && BEFORE_REGEX.test(out.slice(-200)))
        blank(endOf(/\/(?:[^/\\[\n]|\\.|\[(?:[^\]\\\n]|\\.)*\])+\/[a-z]*/y));
      else {
        if (unit === "{") depth++;
        if (unit === "}" && --depth < 0 && nested) return;
        out += unit;
        at++;
      }
    }
  };
  const template = (): void => {
    blank(at + 1);
    while (at < text.length) {
      if (text.startsWith("${", at)) {
        blank(at + 2);
        code(true);
        blank(at + 1);
      } else if (text[at] === "\\") blank(Math.min(at + 2, text.length));
      else if (text[at] === "`") return blank(at + 1);
      else blank(at + 1);
    }
  };
  code(false);
  return out;
}

/** What a file imports or exports from, in order of the text; types, too. */
export function importsOf(text: string): string[] {
  const found = text.matchAll(
    /^(?:import|export)\b[^"';]*?\bfrom\s+"([^"]+)"|^import\s+"([^"]+)"|\bimport\("([^"]+)"\)/gm,
  );
  return [...found].map((match) => (match[1] ?? match[2] ?? match[3])!);
}
