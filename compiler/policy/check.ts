// Policy to PolicyProgram: types and names, then rules. Checking goes on past every mistake.
import type { Agreement, Assertion, Expr, Policy, Rule, RuleEntry, RuleTableDecl, Scalar } from "../../lang/ast.ts";
import { type Diagnostic, hasErrors, type Outcome } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import { didYouMean } from "../../lang/suggest.ts";
import { BOUND_MAX, FUEL_MAX, JSON_DEPTH_MAX, JSON_LENGTH_MAX, TEXT_BYTES_MAX } from "../../vm/limits.ts";
import { parseLiteral } from "../../vm/literal.ts";
import { BYTES_DEFAULT, DEPTH_DEFAULT, ITEMS_DEFAULT, TEXT_DEFAULT } from "../../vm/policy/limits.ts";
import { READS_INPUT } from "../../vm/policy/table.ts";
import type { Type } from "../../vm/type.ts";
import { isBroken, operation, read } from "../2-check/build.ts";
import { type Checking, contextOf, Enough } from "../2-check/checking.ts";
import { type Scope, scopeOf } from "../2-check/context.ts";
import { convert } from "../2-check/convert.ts";
import { condition, typed } from "../2-check/expression.ts";
import { wholeNumber } from "../2-check/settings.ts";
import { typeOf } from "../2-check/type-expr.ts";
import { BOOL, ERROR, TEXT, words } from "../2-check/types.ts";
import { badNumber, badSetting, nameClash, ruleIdClash, typeMismatch, unknownName, uselessAllow } from "../codes.ts";
import type { TExpr } from "../model.ts";
import { all, type Conjunction, type Place, whole } from "./conjunction.ts";
import { eachOf } from "./each.ts";
import { givenOf, proseOf } from "./given.ts";
import type { AssertionDecl, PolicyProgram, RowDecl, RuleDecl } from "./model.ts";
import { type Modules, namespaceOf } from "./namespaces.ts";
import { Patterns } from "./patterns.ts";
import { PUBLISHED } from "./published.ts";
import { relationOf } from "./relations.ts";
import { checkSecrets } from "./secrets.ts";
import { constantValue } from "./values.ts";
import { type Known, wordsOf } from "./words.ts";

/** `modules`: those it uses, and those they use, by name. */
export function checkPolicy(policy: Policy, modules: Modules = new Map()): Outcome<PolicyProgram | null> {
  const diagnostics: Diagnostic[] = [];
  try {
    const program = check(policy, modules, diagnostics);
    return { value: hasErrors(diagnostics) ? null : program, diagnostics };
  } catch (thrown) {
    if (!(thrown instanceof Enough)) throw thrown;
    return { value: null, diagnostics };
  }
}

function check(policy: Policy, modules: Modules, diagnostics: Diagnostic[]): PolicyProgram {
  const known: Known = {
    input: ERROR,
    data: [],
    names: { module: null, types: new Map(), functions: new Map(), values: [] },
    relations: policy.relations.map(({ name }) => name.text),
    itemsMax: itemsOf(policy),
  };
  const context = contextOf(shellOf(policy), diagnostics, (made) => wordsOf(made, known));
  known.names = namespaceOf(context, policy, modules, (node) => constantValue(context, node));
  const published = policy.on?.kind === "named" ? PUBLISHED.get(policy.on.name) : undefined;
  known.input = published?.input ?? (policy.on === null ? ERROR : typeOf(context, policy.on));
  if (known.input !== ERROR && known.input.kind !== "record" && known.input.kind !== "any") {
    const expected = `a record, \`any\`, or one of ${[...PUBLISHED.keys()].map((name) => `\`${name}\``).join(", ")}`;
    context.report(typeMismatch(policy.on!.span, { what: "`on`", actual: words(known.input), expected }));
    known.input = ERROR;
  }
  known.data = policy.data.map((each) => ({ name: each.name.text, type: typeOf(context, each.type) }));
  refuseClashes(context, policy, known);
  const secrets = checkSecrets(context, policy.secrets, known.input);
  const derived = context.resolved.derived.map((each, index) => ({
    name: each.name.text,
    is: context.derivedAt(index),
    span: each.span,
  }));
  const schema = (own: Policy["obligations"], given: readonly { readonly name: string; readonly type: Type }[]) =>
    [...given, ...own.map((each) => ({ name: each.name.text, type: typeOf(context, each.type) }))].sort((a, b) =>
      a.name < b.name ? -1 : 1,
    );
  const obligations = schema(policy.obligations, published?.obligations ?? []);
  const advice = schema(policy.advice, published?.advice ?? []);
  const given = policy.given.map((each) => condition(context, scopeOf("`given`"), each));
  const checking = new Rules({ context, known, obligations, advice, given, shown: { derived, secrets } });
  const rules = checking.all(policy.rules);
  const assertions = (["never", "always"] as const).flatMap((kind) =>
    policy[kind].flatMap((each, at) => checking.assertion(kind, each, at)),
  );
  checkDefault(context, policy, rules);
  return {
    kind: "policy",
    name: policy.name.text,
    version: policy.version?.text ?? "",
    about: policy.about?.text ?? "",
    on: published === undefined ? null : (policy.on as { readonly name: string }).name,
    input: known.input,
    data: known.data,
    relations: policy.relations.flatMap((each) => relationOf(context, each, known.data) ?? []),
    derived,
    default: policy.default?.text === "allow" ? "allow" : "deny",
    limits: limitsOf(context, policy),
    obligations,
    advice,
    secrets,
    rules,
    assertions,
    span: policy.span,
  };
}

/** What a policy settles at its top, in the shape an agreement has. */
export const shellOf = (
  policy: Pick<Policy, "span" | "root" | "name" | "version" | "about" | "zone" | "derive">,
): Agreement => ({
  kind: "agreement",
  span: policy.span,
  root: policy.root,
  name: policy.name,
  version: policy.version,
  title: null,
  about: policy.about,
  clock: null,
  zone: policy.zone,
  calendar: null,
  rounding: null,
  assets: [],
  rail: null,
  runs: null,
  catchUp: null,
  parties: [],
  terms: [],
  facts: [],
  derive: policy.derive,
  accounts: [],
  actions: [],
  obligations: [],
  powers: [],
  regions: [],
  limits: [],
  tests: [],
});

/** A bare name is one thing: a field of the input, a derived value, or one of the words. */
function refuseClashes(context: Checking, policy: Policy, known: Known): void {
  const fields = new Set(known.input.kind === "record" ? known.input.fields.map(({ name }) => name) : []);
  for (const { name } of policy.derive)
    if (fields.has(name.text))
      context.report(
        nameClash(name.span, { name: name.text, first: "a field of the input", second: "a derived value" }),
      );
}

function checkDefault(context: Checking, policy: Policy, rules: readonly RuleDecl[]): void {
  if (policy.default?.text !== "allow") return;
  if (rules.some(({ effect }) => effect === "deny" || effect === "table")) return;
  context.report(uselessAllow(policy.default.span));
}

const itemsOf = (policy: Policy): number => {
  const written = Number(policy.limits?.items?.text ?? ITEMS_DEFAULT);
  return Number.isSafeInteger(written) && written > 0 ? written : ITEMS_DEFAULT;
};

function limitsOf(context: Checking, policy: Policy): PolicyProgram["limits"] {
  const { limits } = policy;
  const report = context.report;
  const count = (scalar: Scalar | null | undefined, key: string, max: number): number | null =>
    wholeNumber(scalar ?? null, { key, min: 1, max, report });
  const bytes = (scalar: Scalar | null | undefined, key: string, max: number): number | null => {
    if (scalar == null) return null;
    const parsed = parseLiteral(scalar.text, { kind: "size" });
    if ("value" in parsed && typeof parsed.value === "number" && parsed.value > 0 && parsed.value <= max)
      return parsed.value;
    report(
      badNumber(scalar.span, {
        key,
        value: scalar.text,
        expected: `a size of at most ${max} bytes, such as \`256 KiB\``,
      }),
    );
    return null;
  };
  return {
    bytes: bytes(limits?.bytes, "bytes", JSON_LENGTH_MAX) ?? BYTES_DEFAULT,
    depth: count(limits?.depth, "depth", JSON_DEPTH_MAX) ?? DEPTH_DEFAULT,
    items: count(limits?.items, "items", BOUND_MAX) ?? ITEMS_DEFAULT,
    text: bytes(limits?.text, "text", TEXT_BYTES_MAX) ?? TEXT_DEFAULT,
    fuel: count(limits?.fuel, "fuel", FUEL_MAX),
    span: limits?.span ?? policy.name.span,
  };
}

// ── Rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface Around {
  readonly context: Checking;
  readonly known: Known;
  readonly obligations: PolicyProgram["obligations"];
  readonly advice: PolicyProgram["advice"];
  readonly given: readonly TExpr[];
  /** What decides whether a text may show a value. */
  readonly shown: Pick<PolicyProgram, "derived" | "secrets">;
}

class Rules {
  readonly #around: Around;
  readonly #ids = new Map<string, Span>();
  constructor(around: Around) {
    this.#around = around;
  }

  all(entries: readonly RuleEntry[]): RuleDecl[] {
    const rules = this.#entries(entries, []);
    return rules.sort((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  }

  #entries(entries: readonly RuleEntry[], around: readonly Conjunction[]): RuleDecl[] {
    return entries.flatMap((entry): RuleDecl[] => {
      if (entry.kind === "group") {
        const pattern = entry.for === null ? [] : [this.#match(scopeOf("`for`"), entry.for)];
        return this.#entries(entry.rules, [...around, ...pattern]);
      }
      const rule = entry.kind === "rule" ? this.#rule(entry, around) : this.#table(entry, around);
      return rule === null ? [] : [rule];
    });
  }

  #id(entry: Rule | RuleTableDecl): string | null {
    const name = entry.id ?? entry.title;
    const id = entry.id?.text ?? slug(entry.title.text);
    const { context } = this.#around;
    if (entry.id !== null && !/^[a-z0-9][a-z0-9-]*$/.test(id)) {
      context.report(badSetting(entry.id.span, { value: id, expected: "small letters, digits and hyphens" }));
      return null;
    }
    const before = this.#ids.get(id);
    if (before !== undefined) {
      context.report(ruleIdClash(name.span, { id }, { labels: [{ span: before, text: "the other one" }] }));
      return null;
    }
    this.#ids.set(id, name.span);
    return id;
  }

  #match(scope: Scope, pattern: NonNullable<Rule["match"]>): Conjunction {
    const { context, known } = this.#around;
    return new Patterns(context, scope).top(pattern, (name, span) => placeOf(context, scope, known, name, span));
  }

  /** Conditions of an entry: atoms apart, the rest one expression. */
  #condition(
    entry: Rule | RuleTableDecl,
    scope: Scope,
    around: readonly Conjunction[],
    more: readonly TExpr[],
  ): { readonly atoms: RuleDecl["atoms"]; readonly truth: TExpr | null; readonly broke: boolean } {
    const { context } = this.#around;
    const own = entry.match === null ? null : this.#match(scope, entry.match);
    const matched = own === null ? around : around.length === 0 ? [own] : [...around, own];
    const asked = (exprs: readonly Expr[], where: string): TExpr[] =>
      exprs.map((each) => condition(context, { ...scope, where }, each));
    const unless = asked(entry.unless, "`unless`").map((each) =>
      isBroken(each) ? each : operation("not", [each], BOOL, each.span),
    );
    const conditions = [...asked(entry.when, "`when`"), ...unless, ...more];
    // With bindings a pattern may be about them: then nothing of it is an atom's.
    const split = entry.each.length === 0;
    const rest = [...matched.flatMap((each) => (split ? each.rest : [whole(each, entry.span)])), ...conditions];
    return {
      atoms: split ? matched.flatMap((each) => each.atoms) : [],
      truth: rest.length === 0 ? null : all(rest, entry.span),
      broke: rest.some(isBroken),
    };
  }

  #rule(rule: Rule, around: readonly Conjunction[]): RuleDecl | null {
    const { context, obligations, advice, given, shown } = this.#around;
    const where = `rule \`${rule.title.text}\``;
    const id = this.#id(rule);
    const outer = scopeOf(where);
    const { scope, each } = eachOf(context, outer, rule.each);
    const made = this.#condition(rule, scope, around, rule.effect === "allow" ? given : []);
    if (rule.effect === "deny" && rule.then.length > 0)
      context.report(
        badSetting(rule.then[0]!.name.span, { value: "then", expected: "left out: a denial has no obligations" }),
      );
    if (rule.effect === "allow" && rule.onError?.text === "skip")
      context.report(
        badSetting(rule.onError.span, {
          value: "skip",
          expected: "left out: an allow that errs does not allow anyway",
        }),
      );
    const then = givenOf(context, outer, rule.then, { what: "obligation", declared: obligations, others: advice });
    const advise = givenOf(context, outer, rule.advise, { what: "advice", declared: advice, others: obligations });
    const message = proseOf(context, scope, rule.message, shown);
    const because = proseOf(context, scope, rule.because, shown);
    if (id === null || made.broke) return null;
    return {
      id,
      title: rule.title.text,
      effect: rule.effect,
      shadow: rule.shadow,
      skipsErrors: rule.onError?.text === "skip",
      atoms: made.atoms,
      truth: made.truth,
      each,
      rows: null,
      tableEffect: null,
      then,
      advise,
      message,
      because,
      controls: rule.controls.map(({ text }) => text),
      span: rule.span,
    };
  }

  /** A pattern of requests as a rule that is true for them. */
  assertion(kind: AssertionDecl["kind"], { pattern, span }: Assertion, at: number): AssertionDecl[] {
    const matched = this.#match(scopeOf(`\`${kind}\``), pattern);
    if (matched.rest.some(isBroken)) return [];
    const requests: RuleDecl = {
      id: `${kind}-${at}`,
      title: kind,
      effect: "allow",
      shadow: false,
      skipsErrors: false,
      atoms: matched.atoms,
      truth: matched.rest.length === 0 ? null : all(matched.rest, span),
      each: [],
      rows: null,
      tableEffect: null,
      then: [],
      advise: [],
      message: null,
      because: null,
      controls: [],
      span,
    };
    return [{ kind, requests }];
  }

  #table(table: RuleTableDecl, around: readonly Conjunction[]): RuleDecl | null {
    const { context, shown } = this.#around;
    const id = this.#id(table);
    const outer = scopeOf(`table \`${table.title.text}\``);
    const { scope, each } = eachOf(context, outer, table.each);
    const made = this.#condition(table, scope, around, []);
    const effect = table.effect === null ? null : effectOf(context, scope, table.effect);
    const rows = table.effect === null ? table.rules.flatMap((row) => this.#row(row) ?? []) : null;
    const message = proseOf(context, scope, table.message, shown);
    const because = proseOf(context, scope, table.because, shown);
    if (id === null || made.broke || (effect !== null && isBroken(effect))) return null;
    return {
      id,
      title: table.title.text,
      effect: "table",
      shadow: table.shadow,
      skipsErrors: false,
      atoms: made.atoms,
      truth: made.truth,
      each,
      rows,
      tableEffect: effect,
      then: [],
      advise: [],
      message,
      because,
      controls: table.controls.map(({ text }) => text),
      span: table.span,
    };
  }

  #row(row: Rule): RowDecl | null {
    const { context, given } = this.#around;
    if (row.effect === "require" || row.each.length > 0) {
      context.report(
        badSetting(row.title.span, { value: row.effect, expected: "`allow` or `deny` without `each` in a table" }),
      );
      return null;
    }
    const scope = scopeOf(`row \`${row.title.text}\``);
    const made = this.#condition(row, scope, [], row.effect === "allow" ? given : []);
    const conditions = [...this.#atomConditions(row, scope), ...(made.truth === null ? [] : [made.truth])];
    const truth = all(conditions, row.span);
    if (isBroken(truth)) return null;
    const id = row.id?.text ?? slug(row.title.text);
    return { id, effect: row.effect, truth, atoms: made.atoms, onlyAtoms: made.truth === null, span: row.span };
  }

  #atomConditions(row: Rule, scope: Scope): readonly TExpr[] {
    return row.match === null ? [] : this.#match(scope, row.match).atomConditions.map((condition) => condition());
  }
}

/** The place a bare name of a pattern stands for. */
function placeOf(context: Checking, scope: Scope, known: Known, name: string, span: Span): Place | null {
  const fields = known.input.kind === "record" ? known.input.fields : [];
  const slot = fields.findIndex((field) => field.name === name);
  const expr = context.quietly(() => {
    const local = scope.locals.get(name);
    if (local !== undefined) return read(local.type, { kind: "local", index: local.index }, span);
    return context.policy!.named(scope, name, span);
  });
  if (expr === null) {
    const help =
      didYouMean(name, [
        ...context.policy!.candidates(),
        ...context.names.all("derived").map((each) => each.name),
        ...scope.locals.keys(),
      ]) ?? context.policy!.inputHelp();
    context.report(unknownName(span, { kind: "name", name }, { help }));
    return null;
  }
  const direct = expr.kind === "field" || expr.kind === "any_field" ? expr.of : null;
  const fromInput = direct?.kind === "read" && direct.place.kind === "env" && direct.place.index === READS_INPUT;
  if (name === "input") return { expr, path: [] };
  return { expr, path: fromInput ? [expr.kind === "field" ? slot : name] : null };
}

/** "allow" or "deny" as a value. */
const effectOf = (context: Checking, scope: Scope, expr: Expr): TExpr =>
  convert(context, typed(context, { ...scope, where: "`effect`" }, expr), TEXT, "`effect`");

/** The default id of a rule: small letters and digits of its title, joined by hyphens. */
export function slug(title: string): string {
  const words = title.toLowerCase().match(/[a-z0-9]+/g) ?? [];
  return words.length === 0 ? "rule" : words.join("-");
}
