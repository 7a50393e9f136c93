// The types of values: what a module declares for its inputs, state and answers, and what the compiler checks with.
// A type is data, so that a module can carry it and a host can convert JSON by it (`conform.ts`).

/** Units of a calendar duration. They never compare or mix with each other or with exact durations. */
export type PeriodUnit = "days" | "months" | "business days";

/** Types without parts. `quotient` (a value that came through `/`), `zone` and `calendar` exist only inside expressions. */
export type SimpleKind =
  | "bool"
  | "text"
  | "bytes"
  | "null"
  | "int"
  | "decimal"
  | "percent"
  | "quotient"
  | "instant"
  | "date"
  | "month"
  | "clock"
  | "duration"
  | "size"
  | "ip"
  | "cidr"
  | "host"
  | "path"
  | "did"
  | "party"
  | "evidence"
  | "zone"
  | "calendar"
  | "any";

export interface Field {
  readonly name: string;
  readonly type: Type;
  /** The field may be left out of the JSON form; the value is then unknown (`undefined`). */
  readonly optional: boolean;
}

export type Type =
  | { readonly kind: SimpleKind }
  /** An amount of one asset: an ISO 4217 code such as `USD`, or an asset the document declares. */
  | { readonly kind: "money"; readonly asset: string }
  | { readonly kind: "period"; readonly unit: PeriodUnit }
  /** `most`: the longest list allowed. */
  | { readonly kind: "list"; readonly of: Type; readonly most: number }
  /** Text keys. `most`: the largest number of keys. */
  | { readonly kind: "map"; readonly of: Type; readonly most: number }
  /** `open`: JSON may carry further fields; they cannot be read. */
  | { readonly kind: "record"; readonly fields: readonly Field[]; readonly open: boolean }
  | { readonly kind: "enum"; readonly values: readonly string[] }
  | { readonly kind: "union"; readonly of: readonly Type[] }
  /** `T?`: the value may be unknown. Never nested. */
  | { readonly kind: "optional"; readonly of: Type };
