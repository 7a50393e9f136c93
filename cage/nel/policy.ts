// A policy of network error logging as a browser reads it from the field `NEL`. The cage reads what it writes, and what an upstream says, by the
// same rules. Source: W3C Network Error Logging, section 5.2 "process policy headers", steps 5 to 12.

export interface ReadPolicy {
  readonly group: string;
  /** Seconds. */
  readonly maxAge: number;
  readonly success: number;
  readonly failure: number;
  readonly subdomains: boolean;
}

/** The policy; `removed` when the origin takes its policy back; null when a browser ignores the field. */
export function readNelPolicy(field: string): ReadPolicy | "removed" | null {
  let list: unknown;
  try {
    // The field is a list without its brackets.
    list = JSON.parse(`[${field}]`);
  } catch {
    return null;
  }
  const [item] = list as readonly unknown[];
  if (typeof item !== "object" || item === null || Array.isArray(item)) return null;
  const { report_to, max_age, success_fraction, failure_fraction, include_subdomains } = item as Record<
    string,
    unknown
  >;
  if (typeof max_age !== "number" || !Number.isSafeInteger(max_age) || max_age < 0) return null;
  if (max_age === 0) return "removed";
  if (typeof report_to !== "string") return null;
  const [success, failure] = [share(success_fraction, 0), share(failure_fraction, 1)];
  if (success === null || failure === null) return null;
  return { group: report_to, maxAge: max_age, success, failure, subdomains: include_subdomains === true };
}

function share(value: unknown, otherwise: number): number | null {
  if (value === undefined) return otherwise;
  return typeof value === "number" && value >= 0 && value <= 1 ? value : null;
}
