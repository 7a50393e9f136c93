// Patterns as programs: the matcher that decides, in linear time and with counted steps. A program is a list of
// instructions made from RE2 syntax when a document is compiled (`pattern.ts`) and carried in the module as bytes:
//
//   count of instructions, then each as unsigned LEB128 numbers
//     0 match
//     1 range   n lo₁ hi₁ … loₙ hiₙ   one code point in one of the ranges (ascending, not touching), then the next instruction
//     2 split   x y                   both x and y
//     3 jump    x
//     4 assert  kinds                 empty text at this place, all bits of `kinds` hold, then the next instruction
//     5 fail
//
// The search is Pike's: a set of threads, each an instruction; all threads advance together over the code points of the
// text. The set holds an instruction at most once, so the work is at most instructions × (code points + 1) steps.
// One step is one thread looked at; the machine charges fuel for the steps really made.
import { PATTERN_INSTRUCTIONS_MAX, PATTERN_RANGES_MAX } from "./limits.ts";

export const ASSERT = {
  beginLine: 1,
  endLine: 2,
  beginText: 4,
  endText: 8,
  wordBoundary: 16,
  noWordBoundary: 32,
} as const;
const ASSERT_ALL = 63;
const CODE_POINT_MAX = 0x10ffff;

export type RegexInstruction =
  | { readonly op: "match" }
  | { readonly op: "range"; readonly ranges: readonly number[] }
  | { readonly op: "split"; readonly x: number; readonly y: number }
  | { readonly op: "jump"; readonly x: number }
  | { readonly op: "assert"; readonly kinds: number }
  | { readonly op: "fail" };

/** A decoded program, laid out for the loop: `op[pc]`, its operands `x[pc]`, `y[pc]`, and the ranges of all in one array. */
export interface RegexProgram {
  readonly length: number;
  readonly op: Uint8Array;
  readonly x: Int32Array;
  readonly y: Int32Array;
  readonly ranges: Int32Array;
}

const OPS = ["match", "range", "split", "jump", "assert", "fail"] as const;

/** The bytes of a program, as drawn above. */
export function encodeProgram(instructions: readonly RegexInstruction[]): Uint8Array {
  const out: number[] = [];
  const put = (value: number): void => {
    let rest = value;
    while (rest >= 0x80) {
      out.push((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    out.push(rest);
  };
  put(instructions.length);
  for (const instruction of instructions) {
    put(OPS.indexOf(instruction.op));
    if (instruction.op === "range") {
      put(instruction.ranges.length / 2);
      for (const bound of instruction.ranges) put(bound);
    } else if (instruction.op === "split") {
      put(instruction.x);
      put(instruction.y);
    } else if (instruction.op === "jump") put(instruction.x);
    else if (instruction.op === "assert") put(instruction.kinds);
  }
  return Uint8Array.from(out);
}

/** Reads and proves a program: known instructions, targets inside, ranges ascending, no byte too many, shortest numbers.
 *  Gives a reason in words when it is not one. */
export function decodeProgram(bytes: Uint8Array): { readonly program: RegexProgram } | { readonly reason: string } {
  let at = 0;
  let bad: string | null = null;
  const take = (): number => {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = bytes[at++];
      if (byte === undefined) {
        bad ??= "the program ends in the middle of a number";
        return 0;
      }
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) bad ??= "a number is not written in its shortest form";
        return value;
      }
    }
    bad ??= "a number is too large";
    return 0;
  };
  const length = take();
  if (length === 0 || length > PATTERN_INSTRUCTIONS_MAX)
    return { reason: `a program has 1 to ${PATTERN_INSTRUCTIONS_MAX} instructions` };
  const op = new Uint8Array(length);
  const x = new Int32Array(length);
  const y = new Int32Array(length);
  const ranges: number[] = [];
  const target = (pc: number): number => {
    const to = take();
    if (to >= length) bad ??= `instruction ${pc} goes to ${to}, outside the program`;
    return to;
  };
  for (let pc = 0; pc < length && bad === null; pc++) {
    op[pc] = take();
    switch (op[pc]) {
      case 0:
      case 5:
        break;
      case 1: {
        const count = take();
        if (count === 0 || ranges.length / 2 + count > PATTERN_RANGES_MAX) {
          bad ??= `instruction ${pc} has no ranges or too many`;
          break;
        }
        x[pc] = ranges.length;
        let last = -2;
        for (let i = 0; i < count && bad === null; i++) {
          const lo = take();
          const hi = take();
          if (lo <= last + 1 || hi < lo || hi > CODE_POINT_MAX) bad ??= `instruction ${pc} has ranges out of order`;
          ranges.push(lo, hi);
          last = hi;
        }
        y[pc] = ranges.length;
        if (pc + 1 >= length) bad ??= `instruction ${pc} runs past the end`;
        break;
      }
      case 2:
        x[pc] = target(pc);
        y[pc] = target(pc);
        break;
      case 3:
        x[pc] = target(pc);
        break;
      case 4:
        x[pc] = take();
        if (x[pc]! === 0 || x[pc]! > ASSERT_ALL) bad ??= `instruction ${pc} asserts nothing known`;
        if (pc + 1 >= length) bad ??= `instruction ${pc} runs past the end`;
        break;
      default:
        bad ??= `instruction ${pc} has the unknown number ${op[pc]}`;
    }
  }
  if (bad === null && at !== bytes.length) bad = "bytes follow the program";
  return bad === null ? { program: { length, op, x, y, ranges: Int32Array.from(ranges) } } : { reason: bad };
}

/** Steps of the worst search of a program of `length` instructions over a text of `textBytes` UTF-8 bytes: each place,
 *  the end included, looks at each instruction at most once. */
export const worstSteps = (length: number, textBytes: number): number => length * (textBytes + 1);

const isWord = (code: number): boolean =>
  (code >= 48 && code <= 57) || (code >= 65 && code <= 90) || code === 95 || (code >= 97 && code <= 122);

/** The assertions that hold between `before` and `after`; -1 is the edge of the text. */
function holding(before: number, after: number): number {
  let kinds = 0;
  if (before === -1) kinds |= ASSERT.beginText | ASSERT.beginLine;
  else if (before === 10) kinds |= ASSERT.beginLine;
  if (after === -1) kinds |= ASSERT.endText | ASSERT.endLine;
  else if (after === 10) kinds |= ASSERT.endLine;
  return kinds | (isWord(before) === isWord(after) ? ASSERT.noWordBoundary : ASSERT.wordBoundary);
}

function inRanges(ranges: Int32Array, from: number, to: number, code: number): boolean {
  if (to - from === 2) return code >= ranges[from]! && code <= ranges[from + 1]!;
  let lo = from >> 1;
  let hi = (to >> 1) - 1;
  while (lo <= hi) {
    const middle = (lo + hi) >> 1;
    if (code < ranges[2 * middle]!) hi = middle - 1;
    else if (code > ranges[2 * middle + 1]!) lo = middle + 1;
    else return true;
  }
  return false;
}

// Scratch of the search, grown as needed: marks say at which place (by a counter that never repeats) an instruction was seen.
let marks = new Float64Array(64);
let current = new Int32Array(64);
let following = new Int32Array(64);
let stack = new Int32Array(130);
let place = 0;

/** Is the pattern found anywhere in the text? `steps` is the work done, never more than `worstSteps`. Stops with
 *  `found: null` as soon as the steps would pass `stepsMax`. */
export function search(
  program: RegexProgram,
  text: string,
  stepsMax: number,
): { readonly found: boolean | null; readonly steps: number } {
  const { op, x, y, ranges, length } = program;
  if (marks.length < length) {
    marks = new Float64Array(length);
    current = new Int32Array(length);
    following = new Int32Array(length);
    stack = new Int32Array(2 * length + 2);
  }
  let steps = 0;
  let threads = 0;
  let before = -1;
  let at = 0;
  place++;
  // A program that begins with `^` or `\A` can start at the first place only; with no thread left it can never match.
  const anchored = op[0] === 4 && (x[0]! & ASSERT.beginText) !== 0;
  for (;;) {
    const after = at < text.length ? text.codePointAt(at)! : -1;
    let kinds = -1; // computed when the first assertion asks
    // Close the set: the threads that came here, then a new one from the start, through splits, jumps and assertions.
    let next = 0;
    const starts = at === 0 || !anchored ? 1 : 0;
    if (threads + starts === 0) return { found: false, steps };
    for (let i = 0; i < threads + starts; i++) {
      let top = 0;
      stack[top++] = i < threads ? current[i]! : 0;
      while (top > 0) {
        const pc = stack[--top]!;
        if (marks[pc] === place) continue;
        marks[pc] = place;
        if (++steps > stepsMax) return { found: null, steps: stepsMax };
        switch (op[pc]) {
          case 0:
            return { found: true, steps };
          case 1:
            following[next++] = pc;
            break;
          case 2:
            stack[top++] = y[pc]!;
            stack[top++] = x[pc]!;
            break;
          case 3:
            stack[top++] = x[pc]!;
            break;
          case 4:
            if (kinds < 0) kinds = holding(before, after);
            if ((kinds & x[pc]!) === x[pc]!) stack[top++] = pc + 1;
            break;
        }
      }
    }
    if (after === -1) return { found: false, steps };
    place++;
    threads = 0;
    for (let i = 0; i < next; i++) {
      const pc = following[i]!;
      if (inRanges(ranges, x[pc]!, y[pc]!, after)) current[threads++] = pc + 1;
    }
    before = after;
    at += after > 0xffff ? 2 : 1;
  }
}
