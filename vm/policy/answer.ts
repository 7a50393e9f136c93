// Answers of a policy, as plain JSON. All lists are in order of rule id, then path, so an answer has one form; `answerText` writes it with
// its keys in order.
import { ErrorValue, MapValue, type Value } from "../value.ts";

export interface Determining {
  readonly rule: string;
  /** Paths of the elements of `each`, or the row of a table. */
  readonly at: readonly string[];
}
export interface RuleError extends Determining {
  readonly error: string;
}
export interface ObligationGiven {
  readonly name: string;
  readonly args: Json;
  /** Rules that give it with these arguments. */
  readonly rules: readonly string[];
}
/** What a shadow rule would have said. */
export interface Shadowed extends Determining {
  readonly effect: "allow" | "deny" | "require";
  readonly error?: string;
}

/** What an answer was made with: ids in hex. */
export interface AnswerHead {
  readonly fuel: number;
  readonly module: string;
  /** Digest of each data document. */
  readonly data: { readonly [name: string]: string };
  readonly input_digest: string;
}

export interface Decision extends AnswerHead {
  readonly decision: "allow" | "deny";
  readonly determining: readonly Determining[];
  readonly obligations: readonly ObligationGiven[];
  readonly advice: readonly ObligationGiven[];
  /** `rule: "input"` when the input does not fit. */
  readonly errors: readonly RuleError[];
  readonly shadow: readonly Shadowed[];
}

export interface Violation extends Determining {
  readonly message: string;
  readonly error?: string;
}
export interface CheckAnswer extends AnswerHead {
  readonly violations: readonly Violation[];
  readonly errors: readonly RuleError[];
}

/** Stands where a secret was, in texts and in logs. */
export const MASK = "•••";

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One line of JSON, keys in order: the same answer is the same text. Source: RFC 8785, for the values that answers hold. */
export function answerText(answer: Decision | CheckAnswer): string {
  return sorted(answer as unknown as Json);
}

function sorted(value: Json): string {
  if (value === null || typeof value !== "object") return JSON.stringify(value);
  if (Array.isArray(value)) return `[${value.map(sorted).join(",")}]`;
  const record = value as { readonly [key: string]: Json };
  const parts = Object.keys(record)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${sorted(record[key] as Json)}`);
  return `{${parts.join(",")}}`;
}

/** An error in an answer: `absent`, or `absent: dialled.class`. */
export const errorText = ({ code, about }: ErrorValue): string => (about === "" ? code : `${code}: ${about}`);

/** A value of JSON as plain JSON. Numbers beyond the safe integers and decimals are texts, so no reader rounds them; an absent
 *  field of a record is left out. Another error inside: that error. */
export function plainJson(value: Value): Json | ErrorValue {
  if (value instanceof ErrorValue) return value;
  if (value === undefined || value === null) return null;
  if (typeof value === "boolean" || typeof value === "string" || typeof value === "number") return value;
  if (typeof value === "bigint") return String(value);
  if (Array.isArray(value)) {
    const items: Json[] = [];
    for (const item of value) {
      const plain = plainJson(item);
      if (plain instanceof ErrorValue) return plain;
      items.push(plain);
    }
    return items;
  }
  if (value instanceof MapValue) {
    const entries: [string, Json][] = [];
    for (const [i, key] of value.keys.entries()) {
      const plain = plainJson(value.values[i]);
      if (plain instanceof ErrorValue) return plain;
      entries.push([key, plain]);
    }
    return Object.fromEntries(entries);
  }
  return String(value);
}
