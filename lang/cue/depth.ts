// How deep CUE's parser would go into a text, found without parsing it: brackets in brackets, and operators, colons and dots
// in one element, since `a: b: c`, `- - - 1` and `1 + 1 + 1` nest without brackets. The count is never lower than the depth of
// the tree, and higher only by the extra characters of longer operators. JSON is read the same way.

/** Where a text goes past a bound. */
export interface TooDeep {
  /** UTF-16 offset. */
  readonly at: number;
  readonly what: "nesting" | "levels";
}

interface Frame {
  /** Operators since the last comma, or the line end that stands for one. */
  operators: number;
  /** The string around, when the frame is an interpolation. */
  readonly string: Quote | null;
}

interface Quote {
  readonly quote: string;
  readonly hashes: number;
}

const STRING = /(#*)("""|'''|"|')/y;
const WORD = /[\p{L}\p{N}_#$]+/uy;

/** The first place that goes past a bound; null when none does. Linear in the text. */
export function tooDeep(text: string, bounds: { nestingMax: number; levelsMax: number }): TooDeep | null {
  const frames: Frame[] = [{ operators: 0, string: null }];
  let levels = 0;
  // Whether what came last ends an operand, so that a line end separates.
  let ended = false;
  let at = 0;
  const top = (): Frame => frames[frames.length - 1]!;
  const separate = (): void => {
    levels -= top().operators;
    top().operators = 0;
    ended = false;
  };
  const open = (string: Quote | null): void => {
    frames.push({ operators: 0, string });
    levels++;
    ended = false;
  };
  /** Reads on in a string until it ends or an interpolation opens. */
  const inString = ({ quote, hashes }: Quote): void => {
    const hash = "#".repeat(hashes);
    while (at < text.length) {
      if (text.startsWith(quote + hash, at)) {
        at += quote.length + hashes;
        ended = true;
        return;
      }
      if (text[at] === "\\" && text.startsWith(hash, at + 1)) {
        at += 1 + hashes;
        if (text[at] === "(") {
          at++;
          open({ quote, hashes });
          return;
        }
        at++;
      } else if (text[at] === "\n" && quote.length === 1) {
        // Unclosed; CUE says so.
        ended = true;
        return;
      } else at++;
    }
  };
  while (at < text.length) {
    const character = text[at]!;
    if (character === "\n") {
      if (ended) separate();
      at++;
    } else if (character === " " || character === "\t" || character === "\r") at++;
    else if (character === ",") {
      separate();
      at++;
    } else if (character === "/" && text[at + 1] === "/") {
      const end = text.indexOf("\n", at);
      at = end < 0 ? text.length : end;
    } else if ("([{".includes(character)) {
      at++;
      open(null);
    } else if (")]}".includes(character)) {
      at++;
      const { string } = top();
      separate();
      if (frames.length > 1) {
        frames.pop();
        levels--;
      }
      ended = true;
      if (string !== null) inString(string);
    } else {
      STRING.lastIndex = at;
      const string = STRING.exec(text);
      WORD.lastIndex = at;
      if (string !== null) {
        at = STRING.lastIndex;
        inString({ quote: string[2]!, hashes: string[1]!.length });
      } else if (WORD.test(text)) {
        at = WORD.lastIndex;
        ended = true;
      } else {
        at++;
        top().operators++;
        levels++;
        ended = false;
      }
    }
    if (frames.length - 1 > bounds.nestingMax) return { at: Math.max(0, at - 1), what: "nesting" };
    if (levels > bounds.levelsMax) return { at: Math.max(0, at - 1), what: "levels" };
  }
  return null;
}
