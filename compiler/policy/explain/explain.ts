// Why a policy answered as it did: for each rule what every part of its condition came to, and the values behind it. The answer is made
// again, by the same machine; nothing here decides anything.
import { lineIndex, type Span } from "../../../lang/source.ts";
import { BUILTINS } from "../../../stdlib/table.ts";
import { type Decision, errorText, MASK, plainJson } from "../../../vm/policy/answer.ts";
import { holds, valueAt } from "../../../vm/policy/atoms.ts";
import { loadPolicy, type Policy, shownAs } from "../../../vm/policy/policy.ts";
import type { Tier } from "../../../vm/tier.ts";
import type { Type } from "../../../vm/type.ts";
import { ErrorValue, type Value } from "../../../vm/value.ts";
import type { CompiledAgreement } from "../../4-emit/index.ts";
import type { TExpr } from "../../model.ts";
import type { PolicyProgram, RuleDecl } from "../model.ts";
import { isSecret, maskedValue } from "../secrets.ts";
import { EXPLAINED_COMBINATIONS_MAX, EXPLAINED_RULES_MAX, SHOWN_VALUE_MAX } from "./limits.ts";
import { type AtomPart, type ExprPart, exprPart, localNames, type Part, partsOf } from "./parts.ts";
import { type Probe, perCombination, probeOf } from "./probe.ts";

export type PartState = "true" | "false" | "error";

export interface ExplainedPart {
  /** The author's words. */
  readonly text: string;
  /** 1-based line in the source. */
  readonly line: number;
  readonly state: PartState;
  /** What went wrong, or null. */
  readonly error: string | null;
  /** What it read: values as JSON; `absent`, or `error: …`. */
  readonly reads: readonly { readonly name: string; readonly value: string }[];
}

export interface ExplainedRule {
  readonly rule: string;
  readonly title: string;
  readonly effect: RuleDecl["effect"];
  readonly shadow: boolean;
  readonly line: number;
  /** Paths of the elements of `each`. */
  readonly at: readonly string[];
  readonly state: PartState;
  /** One of those that determined the answer. */
  readonly determines: boolean;
  readonly parts: readonly ExplainedPart[];
}

export interface PolicyExplanation {
  readonly answer: Decision;
  /** Words to the caller, and to the operator. */
  readonly toCaller: readonly string[];
  readonly toOperator: readonly string[];
  /** What determined comes first, then what is true or errs, then by the number of parts that fail. */
  readonly rules: readonly ExplainedRule[];
  /** Rules that are not among them. */
  readonly left: number;
}

export interface ExplainInput {
  readonly program: PolicyProgram;
  readonly compiled: CompiledAgreement;
  readonly data: ReadonlyMap<string, Value>;
  readonly tier?: Tier | undefined;
}

/** Explains decisions of one policy over the same data. */
export class Explainer {
  readonly program: PolicyProgram;
  readonly policy: Policy;
  readonly #data: ReadonlyMap<string, Value>;
  readonly #rules = new Map<RuleDecl, AskedRule>();

  private constructor(program: PolicyProgram, policy: Policy, data: ReadonlyMap<string, Value>) {
    this.program = program;
    this.policy = policy;
    this.#data = data;
  }

  /** The explainer, or why the data is refused. Throws when the compiled module is refused: that is our own mistake. */
  static of(input: ExplainInput): { readonly explainer: Explainer } | { readonly problem: string } {
    const ready = loadPolicy(input.compiled, BUILTINS, input.tier === undefined ? {} : { tier: input.tier });
    if ("error" in ready) throw new Error(`the compiled policy is refused: ${ready.error.message}`);
    const bound = ready.loaded.withData(input.data);
    if ("problem" in bound) {
      const { document, path, reason } = bound.problem;
      return { problem: `data.${document}${path === "" ? "" : `.${path}`} ${reason}` };
    }
    return { explainer: new Explainer(input.program, bound.policy, input.data) };
  }

  explain(input: Value): PolicyExplanation {
    const { program, policy } = this;
    const answer = policy.decide(input);
    const read = policy.read(input);
    if ("misfit" in read) {
      const misfits = answer.errors.map(({ error }) => `the input does not fit: ${error}`);
      return { answer, toCaller: misfits, toOperator: misfits, rules: [], left: program.rules.length };
    }
    const determining = new Set(answer.determining.map(({ rule, at }) => keyOf(rule, at)));
    // A cheap order first: rules are asked for their parts only when they are shown.
    const chosen = program.rules
      .map((rule) => ({ rule, rank: this.#rank(rule, answer, read.value) }))
      .sort((a, b) => a.rank - b.rank)
      .slice(0, EXPLAINED_RULES_MAX);
    const rules = chosen
      .flatMap(({ rule }) => this.rule(rule, read.value, determining))
      .sort((a, b) => place(a) - place(b));
    const texts = answer.determining.map(({ rule }) => policy.texts(input, rule));
    // Of elements the words stand with the violation: they may name the element.
    const told = new Map(
      answer.decision === "deny"
        ? policy.check(input).violations.map(({ rule, at, message }) => [keyOf(rule, at), message])
        : [],
    );
    const words = answer.determining.flatMap(
      ({ rule, at }, i) => (at.length > 0 ? told.get(keyOf(rule, at)) : undefined) ?? texts[i]?.message ?? [],
    );
    const otherwise =
      answer.decision === "deny" && answer.determining.length === 0
        ? [answer.errors.length > 0 ? "an obligation cannot be met" : "nothing allows this"]
        : answer.determining.length === 0
          ? ["nothing denies this"]
          : [];
    return {
      answer,
      toCaller: [...new Set([...words, ...otherwise])],
      toOperator: [...new Set([...texts.flatMap((each) => each?.because ?? []), ...otherwise])],
      rules,
      left: program.rules.length - chosen.length,
    };
  }

  #rank(rule: RuleDecl, answer: Decision, input: Value): number {
    if (answer.determining.some((each) => each.rule === rule.id)) return -2;
    if (answer.errors.some((each) => each.rule === rule.id)) return -1;
    return rule.atoms.filter(({ atom }) => !holds(input, atom)).length;
  }

  /** A rule on a typed input; with `each` one entry for each combination, those that are true or err first, `most` of them. */
  rule(
    rule: RuleDecl,
    input: Value,
    determining: ReadonlySet<string> = new Set(),
    most = EXPLAINED_COMBINATIONS_MAX,
  ): ExplainedRule[] {
    const asked = this.#rules.get(rule) ?? new AskedRule(rule, this.program, this.#data);
    this.#rules.set(rule, asked);
    const entries = asked.on(input).map(({ at, parts }): ExplainedRule => {
      const state: PartState = parts.some((part) => part.state === "false")
        ? "false"
        : parts.some((part) => part.state === "error")
          ? "error"
          : "true";
      const key = keyOf(rule.id, at);
      const determines = determining.has(key) || (rule.each.length === 0 && startsWith(determining, rule.id));
      return {
        rule: rule.id,
        title: rule.title,
        effect: rule.effect,
        shadow: rule.shadow,
        line: lineOf(rule.span),
        at,
        state,
        determines,
        parts,
      };
    });
    return entries.sort((a, b) => place(a) - place(b)).slice(0, most);
  }
}

const keyOf = (rule: string, at: readonly string[]): string => [rule, ...at].join("\u0000");
const startsWith = (keys: ReadonlySet<string>, rule: string): boolean =>
  [...keys].some((key) => key === rule || key.startsWith(`${rule}\u0000`));

const place = ({ determines, state, parts }: ExplainedRule): number =>
  determines
    ? -2
    : state !== "false"
      ? -1
      : parts.filter((part) => part.state === "false").length + (parts.length === 0 ? 100 : 0);

export const lineOf = (span: Span): number => lineIndex(span.source).position(span.start).line;

// ── Asking a rule ─────────────────────────────────────────────────────────────────────────────────────────────────────

interface Said {
  readonly at: readonly string[];
  readonly parts: readonly ExplainedPart[];
}

class AskedRule {
  readonly #rule: RuleDecl;
  readonly #program: PolicyProgram;
  readonly #atoms: readonly AtomPart[];
  readonly #exprs: readonly ExprPart[];
  readonly #probe: Probe | null;

  constructor(rule: RuleDecl, program: PolicyProgram, data: ReadonlyMap<string, Value>) {
    const parts: readonly Part[] = partsOf(rule, program);
    const locals = localNames(rule);
    const rows = (rule.rows ?? []).map(({ id, effect, truth }) => {
      const part = exprPart(truth, program, locals);
      return { ...part, text: `${effect} ${id}` };
    });
    this.#rule = rule;
    this.#program = program;
    this.#atoms = parts.filter((part) => part.kind === "atom");
    this.#exprs = [...parts.filter((part) => part.kind === "expr"), ...rows];
    const questions = this.#exprs.flatMap(({ expr, reads }) => [expr, ...reads.map((each) => each.expr)]);
    const each = rule.each.length > 0;
    this.#probe =
      questions.length === 0 && !each
        ? null
        : probeOf(program, each ? perCombination(rule.each, questions) : questions, data);
  }

  on(input: Value): Said[] {
    const atoms = this.#atoms.map((part): ExplainedPart => {
      const value = valueAt(input, part.atom.path);
      return {
        text: part.text,
        line: lineOf(part.span),
        state: holds(input, part.atom) ? "true" : "false",
        error: null,
        reads: [
          {
            name: part.name,
            value: isSecret(part.name, this.#program.secrets)
              ? MASK
              : value === undefined
                ? "absent"
                : shown(value, part.type),
          },
        ],
      };
    });
    const answers = this.#probe?.ask(input) ?? [];
    if (this.#rule.each.length === 0) return [{ at: [], parts: [...atoms, ...this.#said(answers)] }];
    const paths = this.#rule.each.length;
    return answers.flatMap((list): Said[] => {
      if (!Array.isArray(list)) return [{ at: [], parts: [failed(this.#rule, list)] }];
      return list.map((combination) => {
        const values = combination as readonly Value[];
        return { at: values.slice(0, paths).map(String), parts: this.#said(values.slice(paths)) };
      });
    });
  }

  #said(answers: readonly Value[]): ExplainedPart[] {
    let next = 0;
    const out = this.#exprs.map(({ text, span, reads }): ExplainedPart => {
      const truth = answers[next++];
      const values = reads.map((read) => ({
        name: read.name,
        value: maskedValue(read, shown(answers[next++], read.expr.type), this.#program),
      }));
      return {
        text,
        line: lineOf(span),
        state: truth === true ? "true" : truth === false ? "false" : "error",
        error: truth instanceof ErrorValue ? errorText(truth) : null,
        reads: values,
      };
    });
    // Of the rows of a table the first that is true decides; those after it are not asked.
    const rows = this.#rule.rows?.length ?? 0;
    if (rows === 0) return out;
    const head = out.length - rows;
    const decided = out.findIndex(({ state }, at) => at >= head && state !== "false");
    return decided < 0 ? out : [...out.slice(0, head), out[decided]!];
  }
}

const failed = (rule: RuleDecl, value: Value): ExplainedPart => ({
  text: rule.each.map(({ sources }) => sources.map(({ name }) => name).join(", ")).join("; "),
  line: lineOf(rule.span),
  state: "error",
  error: value instanceof ErrorValue ? errorText(value) : "no list",
  reads: [],
});

/** A value in an explanation. */
export function shown(value: Value, type: TExpr["type"] | Type): string {
  if (value instanceof ErrorValue) return value.code === "absent" ? "absent" : `error: ${errorText(value)}`;
  if (value === undefined) return "unknown";
  const plain = plainJson(shownAs(value, type));
  if (plain instanceof ErrorValue) return plain.code === "absent" ? "absent" : `error: ${errorText(plain)}`;
  const text = JSON.stringify(plain);
  return text.length <= SHOWN_VALUE_MAX ? text : `${text.slice(0, SHOWN_VALUE_MAX - 1)}…`;
}
