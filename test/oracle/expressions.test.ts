// Expressions: what our parser accepts CUE reads as the same tree, and where CUE has a value it is the same. EXPR_SEED chooses others.
import { readFileSync } from "node:fs";
import { afterAll, describe, expect, it } from "vitest";
import { compile } from "../../compiler/index.ts";
import { type Clause, type Expr, lineIndex, parseExprText } from "../../lang/index.ts";
import { BUILTINS } from "../../stdlib/index.ts";
import { createAgreement, createMachine, mapOf } from "../../vm/index.ts";
import { readJson, writeJson } from "../../vm/json.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import { type Random, randomFrom } from "../sim/random.ts";
import { oracle } from "./native-host.ts";

const engine = oracle();
afterAll(() => engine.close());
const seed = Number(process.env["EXPR_SEED"] ?? 1);

/** The tree in parentheses, as the engine writes CUE's. */
function tree(expr: Expr): string {
  const all = (head: string, parts: readonly Expr[]): string => `(${[head, ...parts.map(tree)].join(" ")})`;
  switch (expr.kind) {
    case "number":
      return expr.raw;
    case "text":
      return JSON.stringify(expr.value);
    case "bool":
      return String(expr.value);
    case "null":
      return "null";
    case "name":
      return expr.name;
    case "select":
      return `(select ${tree(expr.of)} ${expr.name})`;
    case "index":
      return all("index", [expr.of, expr.at]);
    case "call":
      return `(${["call", expr.callee, ...expr.args.map(tree)].join(" ")})`;
    case "unary":
      return all(expr.op, [expr.of]);
    case "binary":
      return all(expr.op, [expr.left, expr.right]);
    case "interpolation":
      return all(
        "text",
        expr.parts.filter((part): part is Expr => typeof part !== "string"),
      );
    case "list":
      return all("list", expr.items);
    case "struct":
      return `(${["struct", ...expr.fields.map(({ name, value }) => `(${name.text} ${tree(value)})`)].join(" ")})`;
    case "comprehension": {
      const body = expr.body.kind === "struct" ? tree(expr.body) : `(struct ${tree(expr.body)})`;
      return `(list (comprehension ${expr.clauses.map(clause).join(" ")} ${body}))`;
    }
    default:
      throw new Error(expr.kind);
  }
}
function clause(each: Clause): string {
  switch (each.kind) {
    case "for":
      return `(for ${each.key === null ? "" : `${each.key.name} `}${each.value.name} ${tree(each.source)})`;
    case "if":
      return `(if ${tree(each.condition)})`;
    case "let":
      return `(let ${each.name.name} ${tree(each.value)})`;
  }
}

/** Any text that the grammar may give, spaces at random. */
function anything(r: Random, depth: number): string {
  const inner = (): string => anything(r, depth - 1);
  const space = (): string => r.pick(["", " ", "  "]);
  if (depth <= 0 || r.chance(20))
    return r.pick([
      "a",
      "b",
      "ab",
      "1",
      "0",
      "2.50",
      "1_000",
      "1e3",
      "64Ki",
      '"x"',
      '"\\u00e9\\n"',
      "true",
      "null",
      '#"a\\b"#',
    ]);
  switch (r.below(14)) {
    case 0:
    case 1:
    case 2:
    case 3:
      return `${inner()}${space()}${r.pick(["+", "-", "*", "/", "&&", "||"])}${space()}${inner()}`;
    case 4:
      return `(${inner()}) ${r.pick(["==", "!=", "<", "<=", ">", ">="])} (${inner()})`;
    case 5:
      return `a ${r.pick(["=~", "!~"])} "x"`;
    case 6:
      return `${r.pick(["-", "!", "+"])}(${inner()})`;
    case 7:
      return `${r.pick(["-", "!"])}a`;
    case 8:
      return `${r.pick(["f", "len", "a"])}(${inner()}, ${inner()})`;
    case 9:
      return `a.${r.pick(["b", "if", "for"])}[${inner()}]`;
    case 10:
      return `[${inner()}, ${inner()}]`;
    case 11:
      return `{a: ${inner()}, "b c": ${inner()}}`.replace('"b c"', "bc");
    case 12:
      return `"p\\(${r.pick(["a", "a + b", "f(a)"])} q"`;
    default:
      return `[for ${r.pick(["x", "k, x"])} in ${r.pick(["a", "a.b", "[1, 2]"])} ${r.chance(50) ? `if ${r.pick(["a", "x > 1"])} ` : ""}${r.chance(30) ? "let y = x + 1 " : ""}${inBraces(inner())}]`;
  }
}

/** The body of a comprehension: a struct is one already. */
const inBraces = (body: string): string => (body.startsWith("{") ? body : `{${body}}`);

describe("the tree", () => {
  it(`is CUE's (seed ${seed})`, async () => {
    const r = randomFrom(seed);
    const seen = { same: 0, refused: 0 };
    for (let i = 0; i < 1_500; i++) {
      const text = anything(r, 1 + r.below(4));
      const { value, diagnostics } = parseExprText(text);
      if (diagnostics.length > 0) {
        seen.refused++;
        continue;
      }
      const theirs = await engine.run({ op: "syntax", text: { name: "a.cue", text } });
      expect(
        theirs.diagnostics.map(({ message }) => message),
        text,
      ).toEqual([]);
      expect(tree(value), text).toBe(theirs.value);
      seen.same++;
    }
    expect(seen.same).toBeGreaterThan(1_000);
  }, 120_000);
});

// Expressions that have a value in both: every operand of the kind its operator takes, no divisor zero.
function number(r: Random, depth: number): string {
  if (depth <= 0 || r.chance(25)) return r.pick(["0", "1", "2", "7", "-3", "10", "2.5", "0.1", "-1.25", "1000000"]);
  const a = number(r, depth - 1);
  const b = number(r, depth - 1);
  switch (r.below(6)) {
    case 0:
      return `(${a} + ${b})`;
    case 1:
      return `${a} - (${b})`;
    case 2:
      return `(${a}) * (${b})`;
    case 3:
      return `${r.pick(["div", "mod", "quo", "rem"])}(${int(r, depth - 1)}, ${r.pick(["2", "-3", "7"])})`;
    case 4:
      return `-(${a})`;
    default:
      return `len(${text(r, depth - 1)})`;
  }
}
function int(r: Random, depth: number): string {
  if (depth <= 0 || r.chance(30)) return r.pick(["0", "1", "2", "7", "-3", "10", "12345678901234567890"]);
  return `(${int(r, depth - 1)} ${r.pick(["+", "-", "*"])} ${r.pick(["2", "3", "-5"])})`;
}
function text(r: Random, depth: number): string {
  if (depth <= 0 || r.chance(40)) return r.pick(['"a"', '"ab"', '""', '"é"', '"b\\n"', '"z"']);
  return r.chance(50) ? `"x\\(${int(r, depth - 1)})y\\(${r.pick(['"q"', "3"])})"` : `"\\(${r.pick(['"a"', '"é"'])})-"`;
}
function bool(r: Random, depth: number): string {
  if (depth <= 0) return r.pick(["true", "false"]);
  switch (r.below(7)) {
    case 0:
      return `(${number(r, depth - 1)}) ${r.pick(["==", "!=", "<", "<=", ">", ">="])} (${number(r, depth - 1)})`;
    case 1:
      return `${text(r, depth - 1)} ${r.pick(["==", "!=", "<", "<=", ">", ">="])} ${text(r, depth - 1)}`;
    case 2:
      return `(${bool(r, depth - 1)}) && (${bool(r, depth - 1)})`;
    case 3:
      return `(${bool(r, depth - 1)}) || (${bool(r, depth - 1)})`;
    case 4:
      return `!(${bool(r, depth - 1)})`;
    case 5:
      return `${text(r, depth - 1)} ${r.pick(["=~", "!~"])} ${r.pick(['"^a"', '"b$"', '"[a-z]+"'])}`;
    default:
      return r.pick(["true", "false"]);
  }
}

/** The line of the first derived value in the document below. */
const FIRST_LINE = 7;

/** Values of expressions, as derived values of an agreement; undefined for those that do not compile. */
function valuesOf(expressions: readonly string[]): readonly (Value | undefined)[] {
  const document = (kept: readonly string[]): string =>
    `agreement: expressions
version: 1.0.0
zone: Europe/Rome
rounding: {money: half-up, days: floor, months: down}
parties: {ann: Ann, ben: Ben}
derive:
${kept.map((each, i) => `  e${i}: ${JSON.stringify(each)}`).join("\n")}
actions:
  act: {who: ann}
obligations:
  duty: {who: ann, must: act, by: 2030-01-01, else: nothing}
`;
  const compiled = (kept: readonly string[]) => compile({ name: "e.yaml", text: document(kept) });
  // Those that the language does not take are left out, by the lines of their mistakes.
  const wrong = new Set(
    compiled(expressions)
      .diagnostics.filter(({ severity }) => severity === "error")
      .map(({ span }) => lineIndex(span.source).position(span.start).line - FIRST_LINE),
  );
  const kept = expressions.filter((_, at) => !wrong.has(at));
  const made = compiled(kept);
  if (made.value === null) throw new Error(made.diagnostics.map(({ message }) => message).join("\n"));
  const machine = createMachine(made.value.module, BUILTINS);
  if ("error" in machine) throw new Error(machine.error.message);
  const fuel = Math.max(...["init", "query"].map((entry) => machine.machine.worstFuel(entry)!));
  const driver = createAgreement(machine.machine, 64, fuel);
  const begun = driver.init([["did:key:ann", "did:key:ben"], mapOf([])!, 0]);
  if ("fault" in begun || begun.value.state === null) throw new Error(JSON.stringify(begun));
  const seen = driver.query(begun.value.state, 0);
  if ("fault" in seen) throw new Error(JSON.stringify(seen.fault));
  const view = made.value.module.types[made.value.module.entries.find((each) => each.name === "query")!.result]!;
  if (view.kind !== "record") throw new Error("no record");
  const values = (seen.value as readonly Value[])[
    view.fields.findIndex(({ name }) => name === "derived")
  ] as readonly Value[];
  return expressions.map((each) => {
    const at = kept.indexOf(each);
    return at < 0 ? undefined : values[at];
  });
}

/** JSON by value: `1.50` is `1.5`, an int stays one. */
const canonical = (json: string): string => {
  const read = readJson(json);
  return "problem" in read ? json : writeJson(read.value)!;
};

describe("the value", () => {
  it(`is CUE's (seed ${seed})`, async () => {
    const r = randomFrom(seed);
    const expressions = [
      ...new Set(Array.from({ length: 300 }, () => r.pick([number, bool, text])(r, 1 + r.below(4)))),
    ];
    const mine = valuesOf(expressions);
    const source = expressions.map((each, i) => `e${i}: ${each}`).join("\n");
    const theirs = await engine.run({ op: "export", files: [{ name: "a.cue", text: `${source}\n` }] });
    expect(theirs.diagnostics.map(({ message }) => message)).toEqual([]);
    // Taken apart with digits kept.
    const all = readJson(theirs.value!);
    if ("problem" in all) throw new Error(all.problem.message);
    const whole = all.value as unknown as { readonly keys: readonly string[]; readonly values: readonly Value[] };
    const seen = { same: 0, errors: 0, refused: 0 };
    expressions.forEach((each, i) => {
      const value = mine[i];
      if (value === undefined || value instanceof ErrorValue) {
        seen[value === undefined ? "refused" : "errors"]++;
        return;
      }
      const expected = whole.values[whole.keys.indexOf(`e${i}`)];
      expect(canonical(writeJson(value)!), each).toBe(canonical(writeJson(expected)!));
      seen.same++;
    });
    expect(seen.same).toBeGreaterThan(150);
  }, 120_000);
});

describe("wanted differences", () => {
  const page = readFileSync(new URL("../../docs/cue.md", import.meta.url), "utf8");
  const rows = page
    .split("\n")
    .filter((line) => /^\| 1[0-2] \|/.test(line))
    .map((line) =>
      line.split(/(?<!\\)\|/).map((cell) =>
        cell
          .trim()
          .replaceAll("\\|", "|")
          .replace(/^`(.*)`$/, "$1"),
      ),
    );
  it("are three", () => expect(rows.length).toBe(3));
  it.each(rows.map((cells) => [cells[2]!, cells[3]!, cells[4]!]))("%s", async (expression, theirs, here) => {
    const made = await engine.run({ op: "export", files: [{ name: "a.cue", text: `e: ${expression}\n` }] });
    expect(made.value === null ? "error" : made.value).toBe(theirs === "error" ? "error" : `{"e":${theirs}}`);
    const [value] = valuesOf([expression]);
    expect(value instanceof ErrorValue ? "error" : writeJson(value!)).toBe(here);
  });
});
