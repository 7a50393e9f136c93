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
// Source: The CUE Language Specification, "Expressions" and "Comprehensions".

import type { Binding, Clause, Expr, Scalar } from "../ast.ts";
import type { Span } from "../source.ts";
import { join } from "../source.ts";
import { EmbeddedActionsParser, type IParserErrorMessageProvider, type IToken } from "./chevrotain.ts";
import * as t from "./tokens.ts";

/** What the grammar needs from outside: places, literals, and the trees of operators. */
export interface Build {
  span(token: IToken): Span;
  quoted(token: IToken): Expr;
  number(token: IToken): Expr;
  fold(operands: Expr[], operators: IToken[]): Expr;
  call(of: Expr, args: Expr[], span: Span): Expr;
  key(token: IToken): Scalar;
}

type Field = { readonly name: Scalar; readonly value: Expr };

/** Says only what was expected; parse.ts makes the sentence. */
const expected: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected: type }) =>
    typeof type.PATTERN === "string"
      ? `\`${type.PATTERN}\``
      : type === t.In
        ? "`in`"
        : type === t.Name
          ? "a name"
          : "a value",
  buildNotAllInputParsedMessage: () => "an operator or the end",
  buildNoViableAltMessage: ({ ruleName }) =>
    ruleName === "body" ? "`{` and a value" : ruleName === "field" ? "a key" : "a value",
  buildEarlyExitMessage: () => "`for`",
};

export class Grammar extends EmbeddedActionsParser {
  /** Set before each parse. */
  build!: Build;

  /** `checked`: the library looks for mistakes in the grammar itself, which is what it is: a test asks for it. */
  constructor(checked: boolean) {
    super([...t.vocabulary], {
      maxLookahead: 3,
      recoveryEnabled: false,
      errorMessageProvider: expected,
      skipValidations: !checked,
    });
    this.performSelfAnalysis();
  }

  readonly expression = this.RULE("expression", (): Expr => {
    const operands = [this.SUBRULE(this.operand)];
    const operators: IToken[] = [];
    this.MANY(() => {
      operators.push(this.CONSUME(t.Binary));
      operands.push(this.SUBRULE2(this.operand));
    });
    return this.ACTION(() => this.build.fold(operands, operators));
  });

  readonly operand = this.RULE("operand", (): Expr => {
    const prefixes: IToken[] = [];
    this.MANY(() => {
      prefixes.push(this.CONSUME(t.Prefix));
    });
    let value = this.SUBRULE(this.primary);
    this.MANY2(() => {
      value = this.OR([
        {
          ALT: () => {
            this.CONSUME(t.Dot);
            const of = value;
            const name = this.OR2([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.Quoted) }]);
            return this.ACTION((): Expr => {
              const nameSpan = this.build.span(name);
              return { kind: "select", of, name: this.build.key(name).text, nameSpan, span: join(of.span, nameSpan) };
            });
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.OpenSquare);
            const of = value;
            const at = this.SUBRULE(this.expression);
            const close = this.CONSUME(t.CloseSquare);
            return this.ACTION((): Expr => ({ kind: "index", of, at, span: join(of.span, this.build.span(close)) }));
          },
        },
        {
          ALT: () => {
            this.CONSUME(t.OpenRound);
            const of = value;
            const args: Expr[] = [];
            this.OPTION(() => {
              args.push(this.SUBRULE2(this.expression));
              this.MANY3({
                GATE: () => this.LA(2).tokenType !== t.CloseRound,
                DEF: () => {
                  this.CONSUME(t.Comma);
                  args.push(this.SUBRULE3(this.expression));
                },
              });
              this.OPTION2(() => this.CONSUME2(t.Comma));
            });
            const close = this.CONSUME(t.CloseRound);
            return this.ACTION(() => this.build.call(of, args, join(of.span, this.build.span(close))));
          },
        },
      ]);
    });
    return this.ACTION(() => {
      for (const prefix of prefixes.reverse()) {
        const op = prefix.tokenType.PATTERN as "!" | "-" | "+";
        value = { kind: "unary", op, of: value, span: join(this.build.span(prefix), value.span) };
      }
      return value;
    });
  });

  readonly primary = this.RULE(
    "primary",
    (): Expr =>
      this.OR<Expr>([
        { ALT: () => this.leaf(this.CONSUME(t.Name), (token, span) => ({ kind: "name", name: token.image, span })) },
        { ALT: () => this.leaf(this.CONSUME(t.NumberLike), (token) => this.build.number(token)) },
        { ALT: () => this.leaf(this.CONSUME(t.Quoted), (token) => this.build.quoted(token)) },
        { ALT: () => this.leaf(this.CONSUME(t.True), (_, span) => ({ kind: "bool", value: true, span })) },
        { ALT: () => this.leaf(this.CONSUME(t.False), (_, span) => ({ kind: "bool", value: false, span })) },
        { ALT: () => this.leaf(this.CONSUME(t.Null), (_, span) => ({ kind: "null", span })) },
        { ALT: () => this.leaf(this.CONSUME(t.Broken), (_, span) => ({ kind: "broken", span })) },
        {
          ALT: () => {
            const open = this.CONSUME(t.OpenRound);
            const inner = this.SUBRULE(this.expression);
            const close = this.CONSUME(t.CloseRound);
            // The brackets belong to the place of what they hold; the tree itself says how things group.
            return this.ACTION((): Expr => ({ ...inner, span: join(this.build.span(open), this.build.span(close)) }));
          },
        },
        { ALT: () => this.SUBRULE(this.list) },
        { ALT: () => this.SUBRULE(this.struct) },
      ]),
  );

  readonly list = this.RULE("list", (): Expr => {
    const open = this.CONSUME(t.OpenSquare);
    const clauses: Clause[] = [];
    const items: Expr[] = [];
    this.OR([
      {
        ALT: () => {
          this.AT_LEAST_ONE(() => {
            clauses.push(this.SUBRULE(this.clause));
          });
          items.push(this.SUBRULE(this.body));
        },
      },
      {
        ALT: () => {
          this.OPTION(() => {
            items.push(this.SUBRULE(this.expression));
            this.MANY({
              // A comma before the closing bracket ends the list.
              GATE: () => this.LA(2).tokenType !== t.CloseSquare,
              DEF: () => {
                this.CONSUME(t.Comma);
                items.push(this.SUBRULE2(this.expression));
              },
            });
            this.OPTION2(() => this.CONSUME2(t.Comma));
          });
        },
      },
    ]);
    const close = this.CONSUME(t.CloseSquare);
    return this.ACTION((): Expr => {
      const span = join(this.build.span(open), this.build.span(close));
      return clauses.length > 0
        ? { kind: "comprehension", clauses, body: items[0]!, span }
        : { kind: "list", items, span };
    });
  });

  readonly clause = this.RULE(
    "clause",
    (): Clause =>
      this.OR<Clause>([
        {
          ALT: () => {
            const word = this.CONSUME(t.For);
            const names = [this.CONSUME(t.Name)];
            this.OPTION(() => {
              this.CONSUME(t.Comma);
              names.push(this.CONSUME2(t.Name));
            });
            this.CONSUME(t.In);
            const source = this.SUBRULE(this.expression);
            return this.ACTION((): Clause => {
              const [first, second] = names.map((name) => this.binding(name));
              const key = second === undefined ? null : first!;
              return {
                kind: "for",
                key,
                value: second ?? first!,
                source,
                span: join(this.build.span(word), source.span),
              };
            });
          },
        },
        {
          ALT: () => {
            const word = this.CONSUME(t.If);
            const condition = this.SUBRULE2(this.expression);
            return this.ACTION(
              (): Clause => ({ kind: "if", condition, span: join(this.build.span(word), condition.span) }),
            );
          },
        },
        {
          ALT: () => {
            const word = this.CONSUME(t.Let);
            const name = this.CONSUME3(t.Name);
            this.CONSUME(t.Assign);
            const value = this.SUBRULE3(this.expression);
            return this.ACTION(
              (): Clause => ({
                kind: "let",
                name: this.binding(name),
                value,
                span: join(this.build.span(word), value.span),
              }),
            );
          },
        },
      ]),
  );

  readonly body = this.RULE(
    "body",
    (): Expr =>
      this.OR([
        {
          GATE: () => this.LA(3).tokenType === t.Colon || this.LA(2).tokenType === t.CloseCurly,
          ALT: () => this.SUBRULE(this.struct),
        },
        {
          ALT: () => {
            this.CONSUME(t.OpenCurly);
            const value = this.SUBRULE(this.expression);
            this.CONSUME(t.CloseCurly);
            return value;
          },
        },
      ]),
  );

  readonly struct = this.RULE("struct", (): Expr => {
    const open = this.CONSUME(t.OpenCurly);
    const fields: Field[] = [];
    this.OPTION(() => {
      fields.push(this.SUBRULE(this.field));
      this.MANY({
        GATE: () => this.LA(2).tokenType !== t.CloseCurly,
        DEF: () => {
          this.CONSUME(t.Comma);
          fields.push(this.SUBRULE2(this.field));
        },
      });
      this.OPTION2(() => this.CONSUME2(t.Comma));
    });
    const close = this.CONSUME(t.CloseCurly);
    return this.ACTION(
      (): Expr => ({ kind: "struct", fields, span: join(this.build.span(open), this.build.span(close)) }),
    );
  });

  readonly field = this.RULE("field", (): Field => {
    const name = this.OR([{ ALT: () => this.CONSUME(t.Name) }, { ALT: () => this.CONSUME(t.Quoted) }]);
    this.CONSUME(t.Colon);
    const value = this.SUBRULE(this.expression);
    return this.ACTION((): Field => ({ name: this.build.key(name), value }));
  });

  private leaf(token: IToken, make: (token: IToken, span: Span) => Expr): Expr {
    return this.ACTION(() => make(token, this.build.span(token)));
  }

  private binding(token: IToken): Binding {
    return { name: token.image, span: this.build.span(token) };
  }
}
