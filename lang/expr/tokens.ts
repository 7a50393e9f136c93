// Tokens of expressions. Beside those of the grammar there are tokens for what people write by mistake: repair.ts names
// each mistake and turns it into what was meant, so that the grammar stays clean and reading goes on.
import { createToken, Lexer, type TokenType } from "./chevrotain.ts";
import { scanQuoted } from "./literals.ts";

const all: TokenType[] = [];
const token = (name: string, pattern: RegExp | string, categories: TokenType[] = []): TokenType => {
  const type = createToken({ name, pattern, categories });
  all.push(type);
  return type;
};

/** Every operator between two operands. `+` and `-` are prefixes, too. */
export const Binary = createToken({ name: "Binary", pattern: Lexer.NA });
export const Prefix = createToken({ name: "Prefix", pattern: Lexer.NA });
const binary = [Binary];

createSpace();
function createSpace(): void {
  all.push(createToken({ name: "Space", pattern: /[ \t\r\n]+/, group: Lexer.SKIPPED, line_breaks: true }));
}

// Quoted texts hold interpolations that hold quoted texts, so a function finds their end.
const quoted = (text: string, offset: number): RegExpExecArray | null => {
  const end = scanQuoted(text, offset);
  return end === null ? null : ([text.slice(offset, end)] as unknown as RegExpExecArray);
};
const unquoted = (text: string, offset: number): RegExpExecArray | null =>
  /^#*["']/.test(text.slice(offset, offset + 16)) ? ([text.slice(offset)] as unknown as RegExpExecArray) : null;
export const Quoted = createToken({
  name: "Quoted",
  pattern: quoted,
  start_chars_hint: ['"', "'", "#"],
  line_breaks: false,
});
export const Unclosed = createToken({
  name: "Unclosed",
  pattern: unquoted,
  start_chars_hint: ['"', "'", "#"],
  line_breaks: true,
});
all.push(Quoted, Unclosed);
export const SmartQuoted = token(
  "SmartQuoted",
  /[\u201c\u201d\u201e\u201f][^\u201c\u201d\u201e\u201f"]*[\u201c\u201d\u201e\u201f"]?|[\u2018\u2019\u201a\u201b][^\u2018\u2019\u201a\u201b']*[\u2018\u2019\u201a\u201b']?/,
);

export const Comment = token("Comment", /\/\/[^\n]*|\/\*/);

// Written values: each is a call on its text inside an expression.
export const WrittenInstant = token(
  "WrittenInstant",
  /\d{4}-\d{2}-\d{2}(?:[T ]\d{2}:\d{2}(?::\d{2}(?:\.\d+)?)?(?:Z|[+-]\d{2}:?\d{2})?)?(?![\w])/,
);
export const WrittenMonth = token("WrittenMonth", /(?:19|20|21)\d{2}-(?:0[1-9]|1[0-2])(?![\w])/);
export const WrittenClock = token("WrittenClock", /\d{1,2}:\d{2}(?::\d{2})?(?![\w])/);
export const WrittenAddress = token("WrittenAddress", /\d+\.\d+\.\d+\.\d+(?:\/\d+)?(?![\w])/);
/** Anything that starts as a number, good or bad: literals.ts judges it. */
export const NumberLike = token(
  "NumberLike",
  /0[xX][0-9A-Za-z_]*|\d[\d_]*(?:\.\d[\d_]*)?[eE][+-]?\d\w*|\.?\d\w*(?:\.\w+)*/,
);

export const UnknownOperator = token("UnknownOperator", /===|!==|<>|=<|=>|->|\*\*|\?\?|[\^~@`\\]/);
export const Assignment = token("Assignment", /:=|[+\-*/]=(?!=)/);
export const And = token("And", "&&", binary);
export const Or = token("Or", "||", binary);
export const Equal = token("Equal", "==", binary);
export const NotEqual = token("NotEqual", "!=", binary);
export const Matches = token("Matches", "=~", binary);
export const MatchesNot = token("MatchesNot", "!~", binary);
export const AtMost = token("AtMost", "<=", binary);
export const AtLeast = token("AtLeast", ">=", binary);
export const Less = token("Less", "<", binary);
export const Greater = token("Greater", ">", binary);
export const Plus = token("Plus", "+", [Binary, Prefix]);
export const Minus = token("Minus", "-", [Binary, Prefix]);
export const Times = token("Times", "*", binary);
export const Divide = token("Divide", "/", binary);
export const Not = token("Not", "!", [Prefix]);
export const ForeignOperator = token(
  "ForeignOperator",
  /[\u2260\u2264\u2265\u00d7\u00f7\u2212\u2013\u2014\u2227\u2228\u00ac\u22c5\u00b7\uff1d\uff1c\uff1e\uff0b\uff08\uff09\uff0c]/,
);
export const SingleAnd = token("SingleAnd", "&");
export const SingleOr = token("SingleOr", "|");
export const Assign = token("Assign", "=");
export const Question = token("Question", "?");
export const Semicolon = token("Semicolon", ";");
export const Percent = token("Percent", "%");

export const OpenRound = token("OpenRound", "(");
export const CloseRound = token("CloseRound", ")");
export const OpenSquare = token("OpenSquare", "[");
export const CloseSquare = token("CloseSquare", "]");
export const OpenCurly = token("OpenCurly", "{");
export const CloseCurly = token("CloseCurly", "}");
export const Comma = token("Comma", ",");
export const Dot = token("Dot", ".");
export const Colon = token("Colon", ":");

/** Letters of any script, digits, `_` and `$`; the ranges left out hold punctuation and operators. */
const first =
  "A-Za-z_$\\u00aa\\u00b5\\u00ba\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u1fff\\u2c00-\\u2dff\\u3040-\\ud7ff\\uf900-\\ufdff\\ufe70-\\ufefe";
export const Name = token("Name", new RegExp(`[${first}][0-9${first}]*`));

// Words and stand-ins are told apart by repair.ts: the lexer does not know where a word stands.
const made = (name: string): TokenType => {
  const type = createToken({ name, pattern: Lexer.NA });
  all.push(type);
  return type;
};
export const True = made("True");
export const False = made("False");
export const Null = made("Null");
export const For = made("For");
export const In = made("In");
export const If = made("If");
export const Let = made("Let");
/** Stands for an operand that is missing or was not understood; a diagnostic was reported. */
export const Broken = made("Broken");

export const vocabulary: readonly TokenType[] = [Binary, Prefix, ...all];

/** `checked`: the library looks for mistakes in the tokens themselves, which are what they are: a test asks for it. */
export const lexerOf = (checked: boolean): Lexer =>
  new Lexer([Binary, Prefix, ...all], {
    positionTracking: "onlyOffset",
    ensureOptimizations: true,
    skipValidations: !checked,
  });
