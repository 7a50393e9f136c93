// Decisions of a log run again: by the module that made them, to the same bytes; or by another policy, to see what it changes.
import { type CheckAnswer, type Decision, type Json, MapValue, type Tier, type Value, writeJson } from "../vm/index.ts";
import { FLIP_GROUPS_MAX, FLIP_LINES_SHOWN, REPLAY_POLICIES_MAX } from "./limits.ts";
import { type OpenedPolicy, openParts, type PolicyParts } from "./open.ts";
import { jsonValue, member } from "./plain.ts";
import type { AnswerLine } from "./record.ts";

/** Where modules and documents are found by their ids. Both throw PolicyError for what is not there. */
export interface Artifacts {
  module(id: string): Omit<PolicyParts, "documents">;
  document(id: string): Value;
}

/** What an answer says in short, whatever was asked: without violations a check allows. */
export interface Verdict {
  readonly decision: "allow" | "deny";
  /** Rules that decided, each once, ascending; `default` when none did, `input` when the input did not fit. */
  readonly rules: readonly string[];
}

/** A line whose answer comes out otherwise. */
export interface Difference {
  readonly seq: number;
  readonly recorded: Verdict & { readonly text: string };
  readonly now: Verdict & { readonly text: string };
}

export class Replayer {
  readonly #artifacts: Artifacts;
  readonly #tier: Tier | undefined;
  readonly #opened = new Map<string, OpenedPolicy>();
  /** Lines run again, lines that do not hold the whole input, and fuel of what was run. */
  ran = 0;
  skipped = 0;
  fuel = 0;

  constructor(artifacts: Artifacts, tier?: Tier) {
    this.#artifacts = artifacts;
    this.#tier = tier;
  }

  /** Runs the decision of a line again. Null: the same bytes, or nothing to run. Throws PolicyError when module or data are not there. */
  again(line: AnswerLine): Difference | null {
    if (!isWhole(line)) {
      this.skipped++;
      return null;
    }
    const text = answerOf(this.#policyOf(line.answer), line);
    this.ran++;
    this.fuel += text.fuel;
    const recorded = writeJson(line.answer) ?? "";
    if (recorded === text.text) return null;
    return {
      seq: line.seq,
      recorded: { ...verdictOf(line.answer), text: recorded },
      now: { ...verdictOf(text.value), text: text.text },
    };
  }

  #policyOf(answer: Value): OpenedPolicy {
    const key = writeJson([member(answer, "module"), member(answer, "data")]) ?? "";
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const documents = new Map<string, Value>();
    for (const [name, id] of digestsOf(answer)) documents.set(name, this.#artifacts.document(id));
    const opened = openParts({ ...this.#artifacts.module(textOf(member(answer, "module"))), documents }, this.#tier);
    if (this.#opened.size >= REPLAY_POLICIES_MAX) this.#opened.clear();
    this.#opened.set(key, opened);
    return opened;
  }
}

// ── Another policy ────────────────────────────────────────────────────────────────────────────────────────────────────

/** Decisions that change in the same way. */
export interface Flip {
  /** `gained`: deny became allow. `lost`: allow became deny. `changed`: the same decision with other obligations or violations. */
  readonly direction: "gained" | "lost" | "changed";
  /** Rules that decided before, and that decide now. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly count: number;
  /** The first lines. */
  readonly lines: readonly number[];
}

export interface Comparison {
  readonly ran: number;
  readonly skipped: number;
  readonly same: number;
  readonly gained: number;
  readonly lost: number;
  readonly changed: number;
  /** Largest groups first. */
  readonly flips: readonly Flip[];
}

export class Comparer {
  readonly #artifacts: Artifacts;
  readonly #next: Omit<PolicyParts, "documents">;
  readonly #given: ReadonlyMap<string, Value>;
  readonly #tier: Tier | undefined;
  readonly #opened = new Map<string, OpenedPolicy>();
  readonly #groups = new Map<
    string,
    {
      direction: Flip["direction"];
      before: readonly string[];
      after: readonly string[];
      count: number;
      lines: number[];
    }
  >();
  #ran = 0;
  #skipped = 0;
  readonly #counts = { same: 0, gained: 0, lost: 0, changed: 0 };

  /** `given`: documents of the new policy. One that is not given is that of the line. */
  constructor(
    artifacts: Artifacts,
    next: Omit<PolicyParts, "documents">,
    given: ReadonlyMap<string, Value>,
    tier?: Tier,
  ) {
    this.#artifacts = artifacts;
    this.#next = next;
    this.#given = given;
    this.#tier = tier;
  }

  compare(line: AnswerLine): void {
    if (!isWhole(line)) {
      this.#skipped++;
      return;
    }
    this.#ran++;
    const now = answerOf(this.#policyFor(line.answer), line);
    const [before, after] = [verdictOf(line.answer), verdictOf(now.value)];
    const direction =
      before.decision !== after.decision
        ? after.decision === "allow"
          ? "gained"
          : "lost"
        : burdenOf(line.answer) === burdenOf(now.value)
          ? "same"
          : "changed";
    this.#counts[direction]++;
    if (direction === "same") return;
    const key = JSON.stringify([direction, before.rules, after.rules]);
    const group = this.#groups.get(key);
    if (group === undefined) {
      if (this.#groups.size < FLIP_GROUPS_MAX)
        this.#groups.set(key, { direction, before: before.rules, after: after.rules, count: 1, lines: [line.seq] });
      return;
    }
    group.count++;
    if (group.lines.length < FLIP_LINES_SHOWN) group.lines.push(line.seq);
  }

  get result(): Comparison {
    const order = { lost: 0, gained: 1, changed: 2 } as const;
    const flips = [...this.#groups.entries()]
      .sort(([a, x], [b, y]) => order[x.direction] - order[y.direction] || y.count - x.count || (a < b ? -1 : 1))
      .map(([, group]) => group);
    return { ran: this.#ran, skipped: this.#skipped, ...this.#counts, flips };
  }

  #policyFor(answer: Value): OpenedPolicy {
    const declared = (this.#next.module.policy?.data ?? []).map(({ name }) => name);
    const recorded = new Map(digestsOf(answer));
    const missing = declared.filter((name) => !this.#given.has(name) && recorded.has(name));
    const key = JSON.stringify(missing.map((name) => [name, recorded.get(name)]));
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const documents = new Map(this.#given);
    for (const name of missing) documents.set(name, this.#artifacts.document(recorded.get(name) as string));
    const opened = openParts({ ...this.#next, documents }, this.#tier);
    if (this.#opened.size >= REPLAY_POLICIES_MAX) this.#opened.clear();
    this.#opened.set(key, opened);
    return opened;
  }
}

/** Whether a line holds the whole input: no digest alone, no mask. */
const isWhole = ({ input, masked }: AnswerLine): boolean => input !== undefined && masked.length === 0;

// ── Answers ───────────────────────────────────────────────────────────────────────────────────────────────────────────

function answerOf(
  policy: OpenedPolicy,
  { kind, input }: AnswerLine,
): { readonly text: string; readonly value: Value; readonly fuel: number } {
  const answer: Decision | CheckAnswer = kind === "check" ? policy.machine.check(input) : policy.machine.decide(input);
  const value = jsonValue(answer as unknown as Json);
  return { text: writeJson(value) ?? "", value, fuel: answer.fuel };
}

const textOf = (value: Value): string => (typeof value === "string" ? value : "");
const listOf = (value: Value): readonly Value[] => (Array.isArray(value) ? value : []);

function digestsOf(answer: Value): readonly (readonly [string, string])[] {
  const data = member(answer, "data");
  return data instanceof MapValue ? data.keys.map((name, i) => [name, textOf(data.values[i])] as const) : [];
}

/** In short; of a line that holds anything, since logs come from outside. */
export function verdictOf(answer: Value): Verdict {
  const violations = member(answer, "violations");
  const isCheck = violations !== undefined;
  const decision = isCheck ? (listOf(violations).length === 0 ? "allow" : "deny") : textOf(member(answer, "decision"));
  const named = listOf(isCheck ? violations : member(answer, "determining")).map((each) =>
    textOf(member(each, "rule")),
  );
  const misfit = listOf(member(answer, "errors")).some((each) => member(each, "rule") === "input");
  const rules = [...new Set(named)].sort();
  return {
    decision: decision === "allow" ? "allow" : "deny",
    rules: rules.length > 0 ? rules : [misfit ? "input" : "default"],
  };
}

/** What an answer asks of its reader beside yes or no: obligations, or violations with their places. */
function burdenOf(answer: Value): string {
  const violations = member(answer, "violations");
  const parts =
    violations === undefined
      ? listOf(member(answer, "obligations")).map((each) => [member(each, "name"), member(each, "args")])
      : listOf(violations).map((each) => [member(each, "rule"), member(each, "at")]);
  return writeJson(parts) ?? "";
}
