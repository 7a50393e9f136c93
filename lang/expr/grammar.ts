// The grammar of expressions, a subset of CUE's:
//
//   expression = operand { binary operand }                precedence is settled in fold.ts
//   operand    = { "!" | "-" | "+" } primary { "." name | "[" expression "]" | "(" arguments ")" }
//   arguments  = [ expression { "," expression } [ "," ] ]
//   primary    = number | text | true | false | null | name | "(" expression ")" | list | struct
//   list       = "[" ( clauses body | [ expression { "," expression } [ "," ] ] ) "]"
//   clauses    = for { for | if | let }                    for = "for" [ name "," ] name "in" expression
//   struct     = "{" [ field { "," field } [ "," ] ] "}"   field = ( name | text ) ":" expression
//   body       = "{" expression "}" | struct
//
// One function for each, which reads on from the token it stands at; the first token that does not fit ends the reading. It was a grammar of
// a parser library before: that took most of the time a command needs to start.
// Source: The CUE Language Specification, "Expressions" and "Comprehensions".
import type { Binding, Clause, Expr, Scalar } from "../ast.ts";
import type { Span } from "../source.ts";
import { join } from "../source.ts";
import type { Token, TokenType } from "./tokens.ts";
import * as t from "./tokens.ts";

/** What the grammar needs from outside: places, literals, and the trees of operators. */
export interface Build {
  span(token: Token): Span;
  quoted(token: Token): Expr;
  number(token: Token): Expr;
  fold(operands: Expr[], operators: Token[]): Expr;
  call(of: Expr, args: Expr[], span: Span): Expr;
  key(token: Token): Scalar;
}

type Field = { readonly name: Scalar; readonly value: Expr };

/** The token that does not fit, and what stands there in a right expression: parse.ts makes the sentence. */
export interface Unfit {
  readonly at: Token;
  readonly expected: string;
}

/** The tree of all tokens. `end`: offset behind the last. */
export function parseTokens(tokens: readonly Token[], end: number, build: Build): { readonly tree: Expr } | Unfit {
  const grammar = new Grammar(tokens, { tokenType: t.End, image: "", startOffset: end }, build);
  try {
    return { tree: grammar.whole() };
  } catch (thrown) {
    if (thrown instanceof Stop) return thrown;
    throw thrown;
  }
}

class Stop implements Unfit {
  readonly at: Token;
  readonly expected: string;
  constructor(at: Token, expected: string) {
    this.at = at;
    this.expected = expected;
  }
}

/** Tokens that an operand starts with. */
const starts: ReadonlySet<TokenType> = new Set([
  t.Not,
  t.Minus,
  t.Plus,
  t.Name,
  t.NumberLike,
  t.Quoted,
  t.True,
  t.False,
  t.Null,
  t.Broken,
  t.OpenRound,
  t.OpenSquare,
  t.OpenCurly,
]);

const isKey = (type: TokenType): boolean => type === t.Name || type === t.Quoted;

class Grammar {
  readonly #tokens: readonly Token[];
  readonly #end: Token;
  readonly #build: Build;
  #at = 0;

  constructor(tokens: readonly Token[], end: Token, build: Build) {
    this.#tokens = tokens;
    this.#end = end;
    this.#build = build;
  }

  /** The token some places ahead. */
  #ahead(places = 0): Token {
    return this.#tokens[this.#at + places] ?? this.#end;
  }

  #is(type: TokenType, places = 0): boolean {
    return this.#ahead(places).tokenType === type;
  }

  #starts(places = 0): boolean {
    return starts.has(this.#ahead(places).tokenType);
  }

  #next(): Token {
    const token = this.#ahead();
    this.#at++;
    return token;
  }

  #take(type: TokenType, expected: string): Token {
    if (!this.#is(type)) throw this.#stop(expected);
    return this.#next();
  }

  /** The same of an operator or bracket. */
  #sign(type: TokenType): Token {
    return this.#take(type, `\`${type.sign}\``);
  }

  #stop(expected: string): Stop {
    return new Stop(this.#ahead(), expected);
  }

  whole(): Expr {
    const tree = this.#expression();
    if (!this.#is(t.End)) throw this.#stop("an operator or the end");
    return tree;
  }

  #expression(): Expr {
    const operands = [this.#operand()];
    const operators: Token[] = [];
    while (this.#ahead().tokenType.binary) {
      operators.push(this.#next());
      operands.push(this.#operand());
    }
    return this.#build.fold(operands, operators);
  }

  #operand(): Expr {
    const prefixes: Token[] = [];
    while (this.#ahead().tokenType.prefix) prefixes.push(this.#next());
    let value = this.#primary();
    for (;;) {
      const of = value;
      if (this.#is(t.Dot)) {
        this.#next();
        if (!isKey(this.#ahead().tokenType)) throw this.#stop("a value");
        const name = this.#next();
        const nameSpan = this.#build.span(name);
        value = { kind: "select", of, name: this.#build.key(name).text, nameSpan, span: join(of.span, nameSpan) };
      } else if (this.#is(t.OpenSquare)) {
        this.#next();
        const at = this.#expression();
        value = { kind: "index", of, at, span: join(of.span, this.#build.span(this.#sign(t.CloseSquare))) };
      } else if (this.#is(t.OpenRound)) {
        this.#next();
        const args = this.#items();
        value = this.#build.call(of, args, join(of.span, this.#build.span(this.#sign(t.CloseRound))));
      } else break;
    }
    for (const prefix of prefixes.reverse()) {
      const op = prefix.tokenType.sign as "!" | "-" | "+";
      value = { kind: "unary", op, of: value, span: join(this.#build.span(prefix), value.span) };
    }
    return value;
  }

  /** Expressions with commas between them, and one behind them where there are any. */
  #items(): Expr[] {
    if (!this.#starts()) return [];
    const items = [this.#expression()];
    while (this.#is(t.Comma) && this.#starts(1)) {
      this.#next();
      items.push(this.#expression());
    }
    if (this.#is(t.Comma)) this.#next();
    return items;
  }

  #primary(): Expr {
    const token = this.#ahead();
    switch (token.tokenType) {
      case t.OpenRound: {
        this.#next();
        const inner = this.#expression();
        const close = this.#sign(t.CloseRound);
        // The brackets belong to the place of what they hold; the tree itself says how things group.
        return { ...inner, span: join(this.#build.span(token), this.#build.span(close)) };
      }
      case t.OpenSquare:
        return this.#list();
      case t.OpenCurly:
        return this.#struct();
    }
    const span = this.#build.span(token);
    const leaf = this.#leaf(token, span);
    if (leaf === null) throw this.#stop("a value");
    this.#next();
    return leaf;
  }

  #leaf(token: Token, span: Span): Expr | null {
    switch (token.tokenType) {
      case t.Name:
        return { kind: "name", name: token.image, span };
      case t.NumberLike:
        return this.#build.number(token);
      case t.Quoted:
        return this.#build.quoted(token);
      case t.True:
        return { kind: "bool", value: true, span };
      case t.False:
        return { kind: "bool", value: false, span };
      case t.Null:
        return { kind: "null", span };
      case t.Broken:
        return { kind: "broken", span };
      default:
        return null;
    }
  }

  #list(): Expr {
    const open = this.#next();
    const clauses: Clause[] = [];
    while (this.#is(t.For) || this.#is(t.If) || this.#is(t.Let)) clauses.push(this.#clause());
    const items = clauses.length > 0 ? [this.#body()] : this.#items();
    const span = join(this.#build.span(open), this.#build.span(this.#sign(t.CloseSquare)));
    return clauses.length > 0
      ? { kind: "comprehension", clauses, body: items[0]!, span }
      : { kind: "list", items, span };
  }

  #clause(): Clause {
    const word = this.#next();
    const from = this.#build.span(word);
    if (word.tokenType === t.If) {
      const condition = this.#expression();
      return { kind: "if", condition, span: join(from, condition.span) };
    }
    const first = this.#binding();
    if (word.tokenType === t.Let) {
      this.#sign(t.Assign);
      const value = this.#expression();
      return { kind: "let", name: first, value, span: join(from, value.span) };
    }
    let second: Binding | null = null;
    if (this.#is(t.Comma)) {
      this.#next();
      second = this.#binding();
    }
    this.#take(t.In, "`in`");
    const source = this.#expression();
    return {
      kind: "for",
      key: second === null ? null : first,
      value: second ?? first,
      source,
      span: join(from, source.span),
    };
  }

  #binding(): Binding {
    const name = this.#take(t.Name, "a name");
    return { name: name.image, span: this.#build.span(name) };
  }

  #body(): Expr {
    if (!this.#is(t.OpenCurly)) throw this.#stop("`{` and a value");
    if (this.#is(t.CloseCurly, 1) || (isKey(this.#ahead(1).tokenType) && this.#is(t.Colon, 2))) return this.#struct();
    if (!this.#starts(1)) throw this.#stop("`{` and a value");
    this.#next();
    const value = this.#expression();
    this.#sign(t.CloseCurly);
    return value;
  }

  #struct(): Expr {
    const open = this.#next();
    const fields: Field[] = [];
    if (isKey(this.#ahead().tokenType)) {
      fields.push(this.#field());
      while (this.#is(t.Comma) && isKey(this.#ahead(1).tokenType)) {
        this.#next();
        fields.push(this.#field());
      }
    }
    if (fields.length > 0 && this.#is(t.Comma)) this.#next();
    const close = this.#sign(t.CloseCurly);
    return { kind: "struct", fields, span: join(this.#build.span(open), this.#build.span(close)) };
  }

  #field(): Field {
    const name = this.#next();
    this.#sign(t.Colon);
    const value = this.#expression();
    return { name: this.#build.key(name), value };
  }
}
