// Decisions of records made again: by the module that made them, to the same bytes; or by another policy, to see what would change. The
// ledger and the store beside it are all that is needed.
import { equalBytes } from "../../core/index.ts";
import type { PolicyParts } from "../../policy/open.ts";
import { type OpenedPolicy, openParts } from "../../policy/open.ts";
import { jsonValue, plainValue } from "../../policy/plain.ts";
import type { AnswerLine } from "../../policy/record.ts";
import { type Artifacts, Comparer, type Comparison } from "../../policy/replay.ts";
import { type Json, type MapValue, mapOf, readJson, type Tier, type Value } from "../../vm/index.ts";
import { answerTo } from "../decide/decide.ts";
import { POLICIES_KEPT_MAX } from "../limits.ts";
import type { Answer } from "../point.ts";
import { answerBytes } from "./encode.ts";
import type { CageRecord, KeptDecision } from "./record.ts";

/** The decisions a record holds. */
export const decisionsOf = (record: CageRecord): readonly KeptDecision[] =>
  record.kind === "intent" || record.kind === "completion" ? record.decided : [];

/** A decision that comes out otherwise. */
export interface Otherwise {
  readonly recorded: Answer;
  readonly now: Answer | null;
}

export class RecordReplayer {
  readonly #artifacts: Artifacts;
  readonly #tier: Tier | undefined;
  readonly #opened = new Map<string, OpenedPolicy>();
  /** Made again to the same bytes; of those, with masked values; not asked for in the first place; not to be made again, as what is masked
   *  counted. */
  same = 0;
  sameMasked = 0;
  unasked = 0;
  unknown = 0;
  fuel = 0;

  constructor(artifacts: Artifacts, tier?: Tier) {
    this.#artifacts = artifacts;
    this.#tier = tier;
  }

  /** Null when it comes out the same, or cannot be known. Throws PolicyError when module or data are not in the store. */
  again(decision: KeptDecision): Otherwise | null {
    const { answer: recorded, input, json, masked } = decision;
    if (recorded === null) {
      this.unasked++;
      return null;
    }
    const now = answerTo(input, json ?? undefined, { policy: this.policyOf(decision) });
    this.fuel += now?.fuel ?? 0;
    if (now !== null && equalBytes(answerBytes(now), answerBytes(recorded))) {
      this.same++;
      if (masked.length > 0) this.sameMasked++;
      return null;
    }
    if (masked.length > 0) {
      this.unknown++;
      return null;
    }
    return { recorded, now };
  }

  policyOf({ module, data }: Pick<KeptDecision, "module" | "data">): OpenedPolicy {
    const key = JSON.stringify([module, Object.entries(data).sort()]);
    const known = this.#opened.get(key);
    if (known !== undefined) return known;
    const opened = openParts({ ...this.#artifacts.module(module), documents: this.documents(data) }, this.#tier);
    if (this.#opened.size >= POLICIES_KEPT_MAX) this.#opened.clear();
    this.#opened.set(key, opened);
    return opened;
  }

  documents(data: KeptDecision["data"]): ReadonlyMap<string, Value> {
    return new Map(Object.entries(data).map(([name, id]) => [name, this.#artifacts.document(id)] as const));
  }
}

/** The input of a decision as a value of JSON, with the body where it was kept. */
export function inputValue({ input, json }: Pick<KeptDecision, "input" | "json">): Value {
  const value = plainValue(input) as MapValue;
  if (json === null) return value;
  const read = readJson(json);
  if ("problem" in read) return value;
  return mapOf([...value.keys.map((name, i) => [name, value.values[i]] as const), ["json", read.value]]) ?? value;
}

/** What another policy would have said of the same questions. */
export class RecordComparer {
  readonly #comparer: Comparer;
  /** Decided on values with masks in them: a rule on a secret may say something else. */
  masked = 0;
  /** Questions that are not whole: of a body only the digest is there. */
  unknown = 0;

  /** `given`: documents of the new policy. One that is not given is that of the decision. */
  constructor(
    artifacts: Artifacts,
    next: Omit<PolicyParts, "documents">,
    given: ReadonlyMap<string, Value>,
    tier?: Tier,
  ) {
    this.#comparer = new Comparer(artifacts, next, given, tier);
  }

  compare(index: number, decision: KeptDecision): void {
    const { answer, masked, module, data } = decision;
    if (answer === null) return;
    if (masked.includes("json") || masked.includes("fields")) {
      this.unknown++;
      return;
    }
    if (masked.length > 0) this.masked++;
    const line: AnswerLine = {
      kind: "decide",
      seq: index,
      prev: "",
      at: "",
      input: inputValue(decision),
      masked: [],
      answer: jsonValue({ ...answer, module, data } as unknown as Json),
      request: null,
    };
    this.#comparer.compare(line);
  }

  get result(): Comparison {
    return this.#comparer.result;
  }
}
