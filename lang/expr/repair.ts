// Names what people write by mistake, and turns it into what was meant: `=` into `==`, `and` into `&&`. What comes out has
// balanced brackets and an operand on each side of every operator. Where the meaning is lost, `lost` says so.

import * as codes from "../codes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { IToken, TokenType } from "./chevrotain.ts";
import { decodeNumber } from "./literals.ts";
import { type MappedText, spanIn } from "./mapped.ts";
import * as t from "./tokens.ts";

export interface Repaired {
  readonly tokens: IToken[];
  readonly diagnostics: Diagnostic[];
  /** The tokens no longer say what the author meant: the tree made from them is thrown away. */
  readonly lost: boolean;
}

const comparisons = "compare two values with `==`";
const operatorHelp: Readonly<Record<string, string>> = {
  "&": "write `&&`",
  "|": "write `||`",
  "===": "write `==`",
  "!==": "write `!=`",
  "<>": "write `!=`",
  "=<": "write `<=`",
  "=>": "to compare write `>=`; there are no functions of your own",
  "->": "to reach a field write `.`",
  "**": "multiply the value with itself, or use a table",
  "^": "multiply the value with itself, or use a table",
  "??": "write `default(value, otherwise)`",
  "%": "write `rem(a, b)` for a remainder",
  "~": "to match a pattern write `=~`",
};
const operatorMeant: Readonly<Record<string, TokenType>> = {
  "&": t.And,
  "|": t.Or,
  "===": t.Equal,
  "!==": t.NotEqual,
  "<>": t.NotEqual,
  "=<": t.AtMost,
  "=>": t.AtLeast,
  "~": t.Matches,
};
const foreign: Readonly<Record<string, readonly [string, TokenType]>> = {
  "\u2260": ["!=", t.NotEqual],
  "\u2264": ["<=", t.AtMost],
  "\u2265": [">=", t.AtLeast],
  "\u00d7": ["*", t.Times],
  "\u22c5": ["*", t.Times],
  "\u00b7": ["*", t.Times],
  "\u00f7": ["/", t.Divide],
  "\u2212": ["-", t.Minus],
  "\u2013": ["-", t.Minus],
  "\u2014": ["-", t.Minus],
  "\u2227": ["&&", t.And],
  "\u2228": ["||", t.Or],
  "\u00ac": ["!", t.Not],
  "\uff1d": ["==", t.Equal],
  "\uff1c": ["<", t.Less],
  "\uff1e": [">", t.Greater],
  "\uff0b": ["+", t.Plus],
  "\uff08": ["(", t.OpenRound],
  "\uff09": [")", t.CloseRound],
  "\uff0c": [",", t.Comma],
};
// Maps, not objects: an author's word may be `constructor`.
const wordOperators: ReadonlyMap<string, readonly [string, TokenType]> = new Map([
  ["and", ["&&", t.And]],
  ["or", ["||", t.Or]],
  ["is", ["==", t.Equal]],
  ["equals", ["==", t.Equal]],
]);
const infixCalls: ReadonlyMap<string, string> = new Map([
  ["div", "div(a, b)"],
  ["mod", "mod(a, b)"],
  ["quo", "quo(a, b)"],
  ["rem", "rem(a, b)"],
  ["in", "contains(list, value)"],
  ["contains", "contains(list, value)"],
  ["matches", "text =~ pattern"],
]);
const statements = new Set(["return", "let", "var", "const", "while", "for", "do", "function", "func"]);
const closers: ReadonlyMap<TokenType, readonly [TokenType, string]> = new Map([
  [t.OpenRound, [t.CloseRound, ")"]],
  [t.OpenSquare, [t.CloseSquare, "]"]],
  [t.OpenCurly, [t.CloseCurly, "}"]],
]);
const closing = new Set([t.CloseRound, t.CloseSquare, t.CloseCurly]);
const written = new Set([t.WrittenInstant, t.WrittenMonth, t.WrittenClock, t.WrittenAddress]);

const operandEnds = new Set([t.NumberLike, t.Quoted, t.Name, t.True, t.False, t.Null, t.Broken, ...closing]);
const operandStarts = new Set([
  t.NumberLike,
  t.Quoted,
  t.Unclosed,
  t.SmartQuoted,
  t.Name,
  t.OpenRound,
  t.OpenSquare,
  t.OpenCurly,
  t.Not,
  t.Minus,
  t.Plus,
  ...written,
]);
/** What may stand directly behind an operand without being an operator. */
const keywords: ReadonlyMap<string, TokenType> = new Map([
  ["true", t.True],
  ["false", t.False],
  ["null", t.Null],
]);

const durationUnits =
  /^(?:ms|s|sec|secs|seconds?|min|mins|minutes?|h|hrs?|hours?|d|days?|weeks?|months?|years?|business)$/;
const sizeUnits = /^(?:B|bytes?|[kKMGTP]i?B)$/;

/** The call that stands for a written value: `15 days` is `duration("15 days")`. Null when it is none we know. */
export function writtenCall(text: string): string | null {
  const unit = /^[\d._,]+\s*(%|[A-Za-z]+)(?:\s+[a-z]+)?$/.exec(text)?.[1];
  if (unit === "%") return `percent(${text.slice(0, -1).trim()})`;
  if (unit === undefined) return null;
  if (durationUnits.test(unit)) return `duration("${text}")`;
  if (sizeUnits.test(unit)) return `size("${text}")`;
  return /^[A-Z]{3}$/.test(unit) ? `money("${text}")` : null;
}

/** A character as it can be shown: invisible ones by number. */
export const visible = (text: string): string =>
  /^[\p{Z}\p{C}]/u.test(text) ? `U+${text.codePointAt(0)!.toString(16).toUpperCase().padStart(4, "0")}` : text;

export function repair(text: MappedText, input: readonly IToken[]): Repaired {
  const diagnostics: Diagnostic[] = [];
  const tokens: IToken[] = [];
  let lost = false;
  // Open brackets; `loops`: a `for` stands in it, so `if`, `let` and `in` mean what they mean in CUE.
  const open: { token: IToken; loops: boolean }[] = [];
  const end = (token: IToken): number => token.startOffset + token.image.length;
  const span = (token: IToken, last: IToken = token) => spanIn(text, token.startOffset, end(last));
  const report = (diagnostic: Diagnostic): void => void diagnostics.push(diagnostic);
  const lose = (diagnostic: Diagnostic): void => {
    lost = true;
    report(diagnostic);
  };
  const retag = (token: IToken, type: TokenType): IToken => ({
    ...token,
    tokenType: type,
    tokenTypeIdx: type.tokenTypeIdx!,
  });
  const previous = (): IToken | undefined => tokens.at(-1);
  const afterOperand = (): boolean => operandEnds.has(previous()?.tokenType as TokenType);
  const starts = (token: IToken | undefined): boolean => token !== undefined && operandStarts.has(token.tokenType);
  const broken = (first: IToken, last: IToken = first): IToken => ({
    ...retag(first, t.Broken),
    image: text.text.slice(first.startOffset, end(last)),
  });
  /** An empty stand-in at an offset. */
  const standIn = (type: TokenType, at: number): IToken =>
    ({ image: "", startOffset: at, tokenType: type, tokenTypeIdx: type.tokenTypeIdx! }) as IToken;

  /** Adds a token that is right in itself; looks at what stands before it. */
  const add = (token: IToken): void => {
    const before = previous();
    const type = token.tokenType;
    const binary = t.Binary.categoryMatchesMap![type.tokenTypeIdx!] === true;
    const prefix = t.Prefix.categoryMatchesMap![type.tokenTypeIdx!] === true;
    const beforeOperator =
      before !== undefined &&
      (t.Binary.categoryMatchesMap![before.tokenTypeIdx] === true ||
        t.Prefix.categoryMatchesMap![before.tokenTypeIdx] === true);
    if (binary && !prefix && !afterOperand()) {
      if (!beforeOperator) lose(codes.missingOperand(span(token), { side: "before", operator: token.image }));
      else lose(codes.missingOperand(span(before), { side: "after", operator: before.image }));
      tokens.push(standIn(t.Broken, token.startOffset));
    } else if (beforeOperator && (closing.has(type) || type === t.Comma)) {
      lose(codes.missingOperand(span(before), { side: "after", operator: before.image }));
      tokens.push(standIn(t.Broken, token.startOffset));
    } else if (
      before !== undefined &&
      operandEnds.has(before.tokenType) &&
      (type === t.Name ||
        type === t.NumberLike ||
        type === t.Quoted ||
        type === t.Broken ||
        keywords.has(token.image)) &&
      !open.at(-1)?.loops &&
      token.image !== ""
    ) {
      // Where the meaning is lost already, two words side by side are no news.
      if (!lost) report(codes.missingOperator(span(before, token), { left: before.image, right: token.image }));
      lost = true;
      tokens.push(standIn(t.And, token.startOffset));
    }
    tokens.push(token);
  };

  for (let at = 0; at < input.length; at++) {
    const token = input[at]!;
    const next = input[at + 1];
    const type = token.tokenType;
    const afterDot = previous()?.tokenType === t.Dot;
    const loops = open.at(-1)?.loops === true;

    if (closers.has(type)) {
      open.push({
        token,
        loops: type === t.OpenSquare && next?.image === "for" && input[at + 2]?.tokenType === t.Name,
      });
      // `[for x in xs {x}]`: the brace opens the body, not a second operand.
      tokens.push(token);
    } else if (closing.has(type)) {
      const found = open.findLastIndex((each) => closers.get(each.token.tokenType)![0] === type);
      if (found < 0) {
        report(codes.unopenedBracket(span(token), { bracket: token.image }));
        continue;
      }
      while (open.length > found + 1) closeMissing(token.startOffset);
      add(token);
      open.pop();
    } else if (type === t.NumberLike) at += addNumber(token, at);
    else if (written.has(type)) {
      const name =
        type === t.WrittenMonth
          ? "month"
          : type === t.WrittenClock
            ? "clock"
            : type === t.WrittenAddress
              ? token.image.includes("/")
                ? "cidr"
                : "ip"
              : token.image.length > 10
                ? "instant"
                : "date";
      report(codes.writtenValue(span(token), { text: token.image, call: `${name}("${token.image}")` }));
      add(broken(token));
    } else if (type === t.Name) at += addWord(token, next, afterDot, loops);
    else if (type === t.Assign) {
      const defines = loops && previous()?.tokenType === t.Name && tokens.at(-2)?.tokenType === t.Let;
      if (defines) tokens.push(token);
      else {
        report(codes.singleEquals(span(token)));
        add(retag(token, t.Equal));
      }
    } else if (type === t.Assignment) {
      const name = previous()?.tokenType === t.Name ? previous()!.image : "name";
      const help = `facts change under \`then:\`, for example \`then: {${name}: …}\``;
      lose(codes.assignment(span(token), { operator: token.image }, { help }));
      add(retag(token, t.Equal));
    } else if (type === t.SingleAnd || type === t.SingleOr || type === t.UnknownOperator || type === t.Percent) {
      const meant = operatorMeant[token.image];
      const help = operatorHelp[token.image];
      if (meant === undefined) lost = true;
      if (type === t.UnknownOperator && help === undefined)
        report(codes.unexpectedCharacter(span(token), { character: visible(token.image) }));
      else report(codes.unknownOperator(span(token), { operator: token.image }, { help: help ?? comparisons }));
      if (meant !== undefined) add(retag(token, meant));
      else if (afterOperand()) add(retag(token, t.Times));
    } else if (type === t.ForeignOperator) {
      const [ascii, meant] = foreign[token.image]!;
      report(codes.foreignOperator(span(token), { operator: token.image, ascii }));
      if (closers.has(meant)) open.push({ token: retag(token, meant), loops: false });
      if (meant === t.CloseRound && open.at(-1)?.token.tokenType !== t.OpenRound) continue;
      if (meant === t.CloseRound) open.pop();
      add(retag(token, meant));
    } else if (type === t.SmartQuoted) {
      const inside = token.image.replace(/^.|[\u2018-\u201f"']$/g, "");
      report(codes.smartQuotes(span(token), { straight: `\`"${inside}"\`` }));
      add(broken(token));
    } else if (type === t.Unclosed) {
      const quote = /^#*["']/.exec(token.image)![0];
      lose(codes.unclosedText(span(token), { quote: quote.at(-1)! + quote.slice(0, -1) }));
      add(broken(token));
    } else if (type === t.Question) {
      lose(codes.ternary(span(token)));
      add(retag(token, t.Or));
    } else if (type === t.Colon && lost && open.at(-1)?.token.tokenType !== t.OpenCurly) add(retag(token, t.Or));
    else if (type === t.Semicolon) {
      lose(codes.statement(span(token), { word: ";" }));
      if (next !== undefined) add(retag(token, t.And));
    } else if (type === t.Comment) {
      lose(codes.commentInExpression(span(token)));
      break;
    } else add(token);
  }
  const last = previous();
  const length = text.text.length;
  while (open.length > 0) closeMissing(length);
  if (last !== undefined && previous() === last) checkEnd(last);
  return { tokens, diagnostics, lost };

  /** Closes the innermost bracket, which the author did not. */
  function closeMissing(offset: number): void {
    const { token } = open.at(-1)!;
    const [type, image] = closers.get(token.tokenType)!;
    lose(codes.unclosedBracket(span(token), { bracket: token.image, closing: image }));
    add(standIn(type, offset));
    open.pop();
  }

  function checkEnd(token: IToken): void {
    const operator =
      t.Binary.categoryMatchesMap![token.tokenTypeIdx] === true ||
      t.Prefix.categoryMatchesMap![token.tokenTypeIdx] === true;
    if (!operator) return;
    lose(codes.missingOperand(span(token), { side: "after", operator: token.image }));
    tokens.push(standIn(t.Broken, length));
  }

  /** A number with what belongs to it; gives how many further tokens it took. */
  function addNumber(token: IToken, at: number): number {
    const next = input[at + 1];
    const third = input[at + 2];
    const glued = /^([\d._]*\d)([A-Za-z]+)$/.exec(token.image);
    const value = decodeNumber(token.image);
    if (!value.ok && glued !== null && writtenCall(`${glued[1]} ${glued[2]}`) !== null) {
      report(codes.writtenValue(span(token), { text: token.image, call: writtenCall(`${glued[1]} ${glued[2]}`)! }));
      add(broken(token));
      return 0;
    }
    const percent = next?.tokenType === t.Percent && (next.startOffset === end(token) || !starts(third));
    const business = next?.image === "business" && third?.tokenType === t.Name;
    const unit =
      percent ||
      (next?.tokenType === t.Name &&
        writtenCall(`${token.image} ${next.image}`) !== null &&
        !(third?.tokenType === t.OpenRound));
    if (unit) {
      const last = business ? third : next!;
      const full = text.text.slice(token.startOffset, end(last));
      report(
        codes.writtenValue(span(token, last), {
          text: full,
          call: writtenCall(full.replace(/\s+/g, " ")) ?? `duration("${full}")`,
        }),
      );
      add(broken(token, last));
      return business ? 2 : 1;
    }
    if (!value.ok) {
      const grouped =
        previous()?.tokenType === t.Comma &&
        /^\d{3}(?:\.\d+)?$/.test(token.image) &&
        tokens.at(-2)?.tokenType === t.NumberLike;
      report(
        codes.badNumber(
          span(token),
          { number: token.image, why: value.why },
          grouped ? { help: "a comma parts arguments; group digits with `_`: `1_000.00`" } : {},
        ),
      );
      add(broken(token));
    } else add(token);
    return 0;
  }

  /** A word: a name, a word of the grammar, or an operator in words. Gives how many further tokens it took. */
  function addWord(token: IToken, next: IToken | undefined, afterDot: boolean, loops: boolean): number {
    const word = token.image;
    const lower = word.toLowerCase();
    const keyword = keywords.get(word);
    const wordOperator = wordOperators.get(lower);
    const infixCall = infixCalls.get(word);
    if (!/^[\p{L}_$][\p{L}\p{M}\p{Nd}_$]*$/u.test(word) || word === "_") {
      lose(codes.unexpectedCharacter(span(token), { character: visible(word) }));
      add(broken(token));
      return 0;
    }
    const isKey = next?.tokenType === t.Colon && open.at(-1)?.token.tokenType === t.OpenCurly;
    if (afterDot || isKey) {
      tokens.push(token);
      return 0;
    }
    if (word === "for" && (previous()?.tokenType === t.OpenSquare || loops)) tokens.push(retag(token, t.For));
    else if (loops && (word === "in" || word === "if" || word === "let"))
      tokens.push(retag(token, word === "in" ? t.In : word === "if" ? t.If : t.Let));
    else if (keyword !== undefined) add(retag(token, keyword));
    else if (word === "if") {
      lose(codes.ifExpression(span(token)));
      if (next?.tokenType === t.OpenRound) add(token);
      else if (afterOperand()) add(retag(token, t.And));
    } else if (wordOperator !== undefined && afterOperand()) {
      const [operator, type] = wordOperator;
      const negated = lower === "is" && next?.image === "not";
      if (negated) report(codes.wordOperator(span(token, next), { word: "is not", operator: "!=" }));
      else report(codes.wordOperator(span(token), { word, operator }));
      add(retag(token, negated ? t.NotEqual : type));
      return negated ? 1 : 0;
    } else if (lower === "not" && starts(next)) {
      // `not a == b` means `!(a == b)`, which putting `!` here would not.
      lose(codes.wordOperator(span(token), { word, operator: "!" }));
      if (afterOperand()) tokens.push(standIn(t.And, token.startOffset));
      tokens.push(retag(token, t.Not));
    } else if ((lower === "and" || lower === "or") && next?.tokenType === t.OpenRound) {
      lose(
        codes.wordOperator(
          span(token),
          { word, operator: lower === "and" ? "&&" : "||" },
          { help: `write \`a ${lower === "and" ? "&&" : "||"} b\`` },
        ),
      );
      add(token);
    } else if (infixCall !== undefined && afterOperand()) {
      lose(codes.infixWord(span(token), { word, call: infixCall }));
      add(retag(token, t.Times));
    } else if ((lower === "then" || lower === "else") && lost) add(retag(token, t.And));
    else if (statements.has(word) && starts(next) && next?.tokenType !== t.OpenRound) {
      // The rest is of another language: one message is enough.
      lose(codes.statement(span(token), { word }));
      return input.length;
    } else add(token);
    return 0;
  }
}
