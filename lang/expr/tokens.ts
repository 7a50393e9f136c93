// Tokens of expressions. Beside those of the grammar there are tokens for what people write by mistake: repair.ts names
// each mistake and turns it into what was meant, so that the grammar stays clean and reading goes on.
import { scanQuoted } from "./literals.ts";

/** What a token is. `+` and `-` are operators between two operands and prefixes of one. */
export interface TokenType {
  readonly name: string;
  /** The text of an operator or bracket; null where there are many. */
  readonly sign: string | null;
  readonly binary: boolean;
  readonly prefix: boolean;
}

export interface Token {
  readonly tokenType: TokenType;
  readonly image: string;
  /** UTF-16 units from the start of the expression. */
  readonly startOffset: number;
}

/** Where a token of a kind ends that starts at an offset, or -1. */
type Finder = (text: string, offset: number) => number;

interface Lexed {
  readonly type: TokenType;
  /** Whether such a token may start with a character. */
  readonly starts: (first: string) => boolean;
  readonly end: Finder;
}

/** In the order they are tried. */
const all: Lexed[] = [];

const typeOf = (name: string, sign: string | null, operator: readonly ("binary" | "prefix")[] = []): TokenType => ({
  name,
  sign,
  binary: operator.includes("binary"),
  prefix: operator.includes("prefix"),
});

const found = (name: string, starts: Lexed["starts"], end: Finder): TokenType => {
  const type = typeOf(name, null);
  all.push({ type, starts, end });
  return type;
};

/** `first`: what its first character is like. */
const pattern = (name: string, first: RegExp, whole: RegExp): TokenType => {
  const sticky = new RegExp(whole.source, "y");
  return found(
    name,
    (character) => first.test(character),
    (text, offset) => {
      sticky.lastIndex = offset;
      return sticky.test(text) ? sticky.lastIndex : -1;
    },
  );
};

const sign = (name: string, text: string, operator: readonly ("binary" | "prefix")[] = []): TokenType => {
  const type = typeOf(name, text, operator);
  all.push({
    type,
    starts: (character) => character === text[0],
    end: (whole, offset) => (whole.startsWith(text, offset) ? offset + text.length : -1),
  });
  return type;
};
const binary = ["binary"] as const;
const both = ["binary", "prefix"] as const;

const Space = pattern("Space", /[ \t\r\n]/, /[ \t\r\n]+/);

// Quoted texts hold interpolations that hold quoted texts, so a function finds their end.
const quote = (character: string): boolean => character === '"' || character === "'" || character === "#";
export const Quoted = found("Quoted", quote, (text, offset) => scanQuoted(text, offset) ?? -1);
export const Unclosed = found("Unclosed", quote, (text, offset) =>
  /^#*["']/.test(text.slice(offset, offset + 16)) ? text.length : -1,
);
export const SmartQuoted = pattern(
  "SmartQuoted",
  /[\u201c-\u201f\u2018-\u201b]/,
  /[\u201c\u201d\u201e\u201f][^\u201c\u201d\u201e\u201f"]*[\u201c\u201d\u201e\u201f"]?|[\u2018\u2019\u201a\u201b][^\u2018\u2019\u201a\u201b']*[\u2018\u2019\u201a\u201b']?/,
);

export const Comment = pattern("Comment", /\//, /\/\/[^\n]*|\/\*/);

// Written values: each is a call on its text inside an expression.
export const WrittenInstant = pattern(
  "WrittenInstant",
  /\d/,
  /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w])/,
);
export const WrittenMonth = pattern("WrittenMonth", /\d/, /(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])(?![\w])/);
export const WrittenClock = pattern("WrittenClock", /\d/, /\d{1,2}:\d{2}(?::\d{2})?(?![\w])/);
export const WrittenAddress = pattern("WrittenAddress", /\d/, /\d+\.\d+\.\d+\.\d+(?:\/\d+)?(?![\w])/);
/** Anything that starts as a number, good or bad: literals.ts judges it. */
export const NumberLike = pattern(
  "NumberLike",
  /[\d.]/,
  /0[xX][0-9A-Za-z_]*|\d[\d_]*(?:\.\d[\d_]*)?[eE][+-]?\d\w*|\.?\d\w*(?:\.\w+)*/,
);

export const UnknownOperator = pattern(
  "UnknownOperator",
  /[=!<\->*?^~@`\\]/,
  /===|!==|<>|=<|=>|->|\*\*|\?\?|[\^~@`\\]/,
);
export const Assignment = pattern("Assignment", /[:+\-*/]/, /:=|[+\-*/]=(?!=)/);
export const And = sign("And", "&&", binary);
export const Or = sign("Or", "||", binary);
export const Equal = sign("Equal", "==", binary);
export const NotEqual = sign("NotEqual", "!=", binary);
export const Matches = sign("Matches", "=~", binary);
export const MatchesNot = sign("MatchesNot", "!~", binary);
export const AtMost = sign("AtMost", "<=", binary);
export const AtLeast = sign("AtLeast", ">=", binary);
export const Less = sign("Less", "<", binary);
export const Greater = sign("Greater", ">", binary);
export const Plus = sign("Plus", "+", both);
export const Minus = sign("Minus", "-", both);
export const Times = sign("Times", "*", binary);
export const Divide = sign("Divide", "/", binary);
export const Not = sign("Not", "!", ["prefix"]);
export const ForeignOperator = pattern(
  "ForeignOperator",
  /[^\0-\x7f]/,
  /[\u2260\u2264\u2265\u00d7\u00f7\u2212\u2013\u2014\u2227\u2228\u00ac\u22c5\u00b7\uff1d\uff1c\uff1e\uff0b\uff08\uff09\uff0c]/,
);
export const SingleAnd = sign("SingleAnd", "&");
export const SingleOr = sign("SingleOr", "|");
export const Assign = sign("Assign", "=");
export const Question = sign("Question", "?");
export const Semicolon = sign("Semicolon", ";");
export const Percent = sign("Percent", "%");

export const OpenRound = sign("OpenRound", "(");
export const CloseRound = sign("CloseRound", ")");
export const OpenSquare = sign("OpenSquare", "[");
export const CloseSquare = sign("CloseSquare", "]");
export const OpenCurly = sign("OpenCurly", "{");
export const CloseCurly = sign("CloseCurly", "}");
export const Comma = sign("Comma", ",");
export const Dot = sign("Dot", ".");
export const Colon = sign("Colon", ":");

/** Letters of any script, digits, `_` and `$`; the ranges left out hold punctuation and operators. */
const first =
  "A-Za-z_$\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u1fff\\u2c00-\\u2dff\\u3040-\\ud7ff\\uf900-\\ufdff\\ufe70-\\ufefe";
const letter = new RegExp(`[${first}]`);
export const Name = pattern("Name", letter, new RegExp(`[${first}][0-9${first}]*`));

// Words and stand-ins are told apart by repair.ts: the lexer does not know where a word stands.
const made = (name: string): TokenType => typeOf(name, null);
export const True = made("True");
export const False = made("False");
export const Null = made("Null");
export const For = made("For");
export const In = made("In");
export const If = made("If");
export const Let = made("Let");
/** Stands for an operand that is missing or was not understood; a diagnostic was reported. */
export const Broken = made("Broken");
/** Behind the last token. */
export const End = made("End");

/** Those that may start with each ASCII character, in the order they are tried; the last entry is of all other characters. */
const candidates: readonly (readonly Lexed[])[] = Array.from({ length: 129 }, (_, unit) =>
  unit < 128 ? all.filter(({ starts }) => starts(String.fromCharCode(unit))) : all,
);

/** Units of a text that start no token. */
export interface Gap {
  readonly offset: number;
  readonly length: number;
}

/** The tokens of a text, without spaces. */
export function tokensOf(text: string): { readonly tokens: Token[]; readonly gaps: Gap[] } {
  const tokens: Token[] = [];
  const gaps: Gap[] = [];
  let gap = -1;
  let offset = 0;
  next: while (offset < text.length) {
    for (const { type, end } of candidates[Math.min(128, text.charCodeAt(offset))]!) {
      const to = end(text, offset);
      if (to < 0) continue;
      if (gap >= 0) gaps.push({ offset: gap, length: offset - gap });
      gap = -1;
      if (type !== Space) tokens.push({ tokenType: type, image: text.slice(offset, to), startOffset: offset });
      offset = to;
      continue next;
    }
    if (gap < 0) gap = offset;
    offset++;
  }
  if (gap >= 0) gaps.push({ offset: gap, length: offset - gap });
  return { tokens, gaps };
}
