// Helpers of the checker's tests: documents in short, and typed expressions as text.
import { compile } from "../../../compiler/index.ts";
import type { Condition, Deadline, Place, Program, TExpr } from "../../../compiler/model.ts";
import type { Diagnostic } from "../../../lang/diagnostic.ts";
import { textOf } from "../../../lang/index.ts";
import { builtinById } from "../../../stdlib/index.ts";
import { printLiteral } from "../../../vm/literal.ts";
import type { Type } from "../../../vm/type.ts";
import { ErrorValue } from "../../../vm/value.ts";

export interface Checked {
  readonly program: Program | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Reads and checks a document. */
export const check = (text: string): Checked => compile({ name: "test.yaml", text });

/** Code and marked text of each diagnostic: `compiler/unknown-name lendr`. */
export const found = ({ diagnostics }: Checked): string[] =>
  diagnostics.map((each) => `${each.code.replace("compiler/", "")} ${textOf(each.span)}`);

/** The program of a document without errors. */
export function programOf(text: string): Program {
  const { program, diagnostics } = check(text);
  if (program === null) throw new Error(diagnostics.map((each) => `${each.code}: ${each.message}`).join("\n"));
  return program;
}

/** A type in one word or two. */
export function typeText(type: Type): string {
  switch (type.kind) {
    case "optional":
      return `${typeText(type.of)}?`;
    case "money":
      return type.asset;
    case "period":
      return type.unit;
    case "list":
    case "map":
      return `${type.kind}(${typeText(type.of)}) up to ${type.most}`;
    case "enum":
      return type.values.join("|");
    case "record":
      return `{${type.fields.map((field) => `${field.name}: ${typeText(field.type)}`).join(", ")}}`;
    default:
      return type.kind;
  }
}

/** A typed expression in prefix form: `(add rate (div fee 3))`. Implicit arguments are left out of calls when constant. */
export function exprText(program: Program, expr: TExpr): string {
  const show = (each: TExpr): string => exprText(program, each);
  const list = (head: string, args: readonly TExpr[]): string => `(${[head, ...args.map(show)].join(" ")})`;
  switch (expr.kind) {
    case "const":
      return constText(expr);
    case "read":
      return placeText(program, expr.place);
    case "op":
      return list(expr.op, expr.args);
    case "and":
    case "or":
    case "known_first":
      return list(expr.kind, expr.args);
    case "call":
      return list(builtinById(expr.builtin)!.name, expr.args);
    case "choose":
      return `(choose ${expr.rows.map((row) => `${show(row.when)} → ${show(row.give)}`).join(", ")} else ${show(expr.else)})`;
    case "get_or":
      return list("get_or", [expr.of, expr.else]);
    case "list":
      return `[${expr.items.map(show).join(" ")}]`;
    case "record":
      return `{${expr.fields.map(show).join(" ")}}`;
    case "field":
      return `${show(expr.of)}.${expr.slot}`;
    case "any_field":
      return `${show(expr.of)}.${expr.name}`;
    case "constraint":
      return list("constraint", [expr.of]);
    case "match":
      return `(match ${show(expr.text)} /${expr.pattern}/)`;
    case "norm":
    case "norm_amount":
      return `(${expr.ask} ${program.norms[expr.norm]!.name})`;
    case "norm_due":
      return `(due ${program.norms[expr.norm]!.name})`;
    case "power":
      return `(${expr.ask} ${program.powers[expr.power]!.name})`;
    case "comprehension":
    case "aggregate": {
      const { loop } = expr;
      const clauses = loop.clauses.map((clause) =>
        clause.kind === "if"
          ? ` if ${show(clause.condition)}`
          : clause.kind === "let"
            ? ` let $${clause.local} = ${show(clause.value)}`
            : ` for $${clause.loop.item} in ${show(clause.loop.source)}`,
      );
      const index = loop.index === null ? "" : `$${loop.index}, `;
      const text = `for ${index}$${loop.item} in ${show(loop.source)}${clauses.join("")} {${show(loop.body)}}`;
      return expr.kind === "comprehension" ? `[${text}]` : `(${expr.over} ${text})`;
    }
  }
}

function constText(expr: Extract<TExpr, { kind: "const" }>): string {
  const { type, value } = expr;
  if (value === undefined) return "unknown";
  if (value instanceof ErrorValue) return `error ${value.code}`;
  if (type.kind === "zone" || type.kind === "calendar") return type.kind;
  if (type.kind === "text" || type.kind === "enum") return JSON.stringify(value);
  return printLiteral(value, type) ?? JSON.stringify(value);
}

function placeText(program: Program, place: Place): string {
  switch (place.kind) {
    case "term":
      return program.terms[place.index]!.name;
    case "fact":
      return program.facts[place.index]!.name;
    case "derived":
      return program.derived[place.index]!.name;
    case "input":
      return `input ${place.index}`;
    case "local":
      return `$${place.index}`;
    case "balance":
      return `held ${program.accounts[place.account]!.name}`;
    case "state":
    case "entered":
      return `${place.kind} ${place.region}`;
    case "instance":
    case "cause":
      return `${place.kind}.${place.field}`;
    default:
      return place.kind;
  }
}

export const deadlineText = (program: Program, deadline: Deadline | null): string =>
  deadline === null ? "none" : `${deadline.edge} ${exprText(program, deadline.at)}`;

export const wakesText = (program: Program, condition: Condition): string[] =>
  condition.wakes.map((wake) => exprText(program, wake));
