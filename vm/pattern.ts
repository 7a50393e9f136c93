// From RE2 syntax to a program of our matcher (`regex.ts`). The parser and compiler are re2js; what may depend on the version
// of its Unicode tables is refused by name, so that a pattern means the same for ever: `\p` classes, and case folding
// of anything but ASCII.
import { RE2JS } from "re2js";
import { PATTERN_INSTRUCTIONS_MAX, PATTERN_LENGTH_MAX, PATTERN_RANGES_MAX } from "./limits.ts";
import type { Pattern } from "./module.ts";
import { encodeProgram, type RegexInstruction } from "./regex.ts";

/** The instruction kinds of the front end's program. */
const FRONT = {
  alt: 1,
  altMatch: 2,
  capture: 3,
  emptyWidth: 4,
  fail: 5,
  match: 6,
  nop: 7,
  rune: 8,
  rune1: 9,
  runeAny: 10,
  runeAnyNotNewline: 11,
} as const;
interface FrontInstruction {
  readonly op: number;
  readonly out: number;
  readonly arg: number;
  readonly runes: ArrayLike<number> | readonly ArrayLike<number>[];
}
const FOLD_CASE = 1;

/** The program of a pattern, or why it has none. Never throws. */
export function compilePattern(source: string): { readonly pattern: Pattern } | { readonly reason: string } {
  if (source.length > PATTERN_LENGTH_MAX) return { reason: `a pattern has at most ${PATTERN_LENGTH_MAX} characters` };
  const refused = refusedSyntax(source);
  if (refused !== null) return { reason: refused };
  let front: { readonly inst: readonly FrontInstruction[]; readonly start: number };
  try {
    front = (RE2JS.compile(source) as unknown as { re2(): { prog: typeof front } }).re2().prog;
  } catch (error) {
    return { reason: error instanceof Error ? error.message.replace(/^error parsing regexp: /, "") : "not a pattern" };
  }
  const instructions = translate(front.inst, front.start);
  if (instructions === null) return { reason: "case folding is for ASCII letters only" };
  if (instructions.length > PATTERN_INSTRUCTIONS_MAX)
    return { reason: `the pattern needs more than ${PATTERN_INSTRUCTIONS_MAX} instructions` };
  let ranges = 0;
  for (const instruction of instructions) if (instruction.op === "range") ranges += instruction.ranges.length / 2;
  if (ranges > PATTERN_RANGES_MAX)
    return { reason: `the pattern needs more than ${PATTERN_RANGES_MAX} character ranges` };
  return { pattern: { source, program: encodeProgram(instructions) } };
}

/** What the Unicode tables would decide. Read from the text, escape by escape. */
function refusedSyntax(source: string): string | null {
  let folds = false;
  for (let i = 0; i < source.length; i++) {
    if (source[i] === "\\") {
      const next = source[++i];
      if (next === "p" || next === "P")
        return "`\\p` classes depend on the version of Unicode: list the ranges you mean";
    } else if (source.startsWith("(?", i) && /^\(\?[a-zA-Z]*i/.test(source.slice(i, i + 12))) folds = true;
  }
  if (folds && /[^\x00-\x7f]|\\x[{89a-fA-F]|\\[2-7]\d\d/.test(source))
    return "`(?i)` folds ASCII letters only: write both cases of the others";
  return null;
}

/** Code points that RE2 treats as the same letter: the two cases, and for k and s one sign each beyond ASCII. */
function folded(code: number): number[] | null {
  if (code > 0x7f) return null;
  const letter = String.fromCharCode(code);
  if (!/[A-Za-z]/.test(letter)) return [code];
  const both = [letter.toUpperCase().charCodeAt(0), letter.toLowerCase().charCodeAt(0)];
  if (both[1] === 0x6b) both.push(0x212a);
  if (both[1] === 0x73) both.push(0x17f);
  return both;
}

/** Lays the front end's graph out so that a range or assertion is followed by its successor. Null: folding beyond ASCII. */
function translate(front: readonly FrontInstruction[], start: number): RegexInstruction[] | null {
  const out: RegexInstruction[] = [];
  const placed = new Map<number, number>();
  const holes: { at: number; x: number; y: number | null }[] = [];
  const work = [start];
  while (work.length > 0) {
    let at = work.pop()!;
    let begun = false; // something was placed that goes on into `at`
    // Follow one chain until it meets something placed, a split or an end.
    for (;;) {
      const instruction = front[at]!;
      if (placed.has(at)) {
        if (begun) out.push({ op: "jump", x: placed.get(at)! });
        break;
      }
      if (instruction.op === FRONT.nop || instruction.op === FRONT.capture) {
        // A cycle of empty instructions cannot happen: the front end breaks empty loops with a split.
        at = instruction.out;
        continue;
      }
      placed.set(at, out.length);
      begun = true;
      if (instruction.op === FRONT.match || instruction.op === FRONT.fail) {
        out.push({ op: instruction.op === FRONT.match ? "match" : "fail" });
        break;
      }
      if (instruction.op === FRONT.alt || instruction.op === FRONT.altMatch) {
        holes.push({ at: out.length, x: instruction.out, y: instruction.arg });
        out.push({ op: "fail" });
        work.push(instruction.arg, instruction.out);
        break;
      }
      if (instruction.op === FRONT.emptyWidth) out.push({ op: "assert", kinds: instruction.arg });
      else {
        const ranges = rangesOf(instruction);
        if (ranges === null) return null;
        out.push(ranges.length === 0 ? { op: "fail" } : { op: "range", ranges });
      }
      at = instruction.out;
    }
  }
  const resolve = (at: number): number => {
    let to = at;
    while (front[to]!.op === FRONT.nop || front[to]!.op === FRONT.capture) to = front[to]!.out;
    return placed.get(to)!;
  };
  for (const hole of holes) out[hole.at] = { op: "split", x: resolve(hole.x), y: resolve(hole.y!) };
  return out;
}

/** Ascending ranges that do not touch, or null when folding leaves ASCII. */
function rangesOf(instruction: FrontInstruction): number[] | null {
  if (instruction.op === FRONT.runeAny) return [0, 0x10ffff];
  if (instruction.op === FRONT.runeAnyNotNewline) return [0, 9, 11, 0x10ffff];
  const first = instruction.runes[0];
  const runes = Array.from(
    (typeof first === "number" || first === undefined ? instruction.runes : first) as ArrayLike<number>,
  );
  const pairs: [number, number][] = [];
  if (runes.length === 1) {
    const codes = (instruction.arg & FOLD_CASE) !== 0 ? folded(runes[0]!) : [runes[0]!];
    if (codes === null) return null;
    for (const code of codes) pairs.push([code, code]);
  } else for (let i = 0; i < runes.length; i += 2) pairs.push([runes[i]!, runes[i + 1]!]);
  pairs.sort((a, b) => a[0] - b[0]);
  const merged: [number, number][] = [];
  for (const [lo, hi] of pairs) {
    const last = merged.at(-1);
    if (last !== undefined && lo <= last[1] + 1) last[1] = Math.max(last[1], hi);
    else merged.push([lo, hi]);
  }
  return merged.flat();
}
