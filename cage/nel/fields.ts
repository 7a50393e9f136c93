// The fields by which an answer asks browsers to report on the network. `Report-To` is what browsers read for NEL today, `Reporting-Endpoints`
// what the Reporting API has put in its place. Source: W3C Network Error Logging, section 4; Reporting API, section 3.
import type { Field } from "../message/fields.ts";

export interface NelPolicy {
  readonly group: string;
  /** Seconds a browser keeps it; 0 makes it forget. */
  readonly maxAge: number;
  /** Decimals from 0.0 to 1.0: shares of requests that are reported. */
  readonly success: string;
  readonly failure: string;
  readonly subdomains: boolean;
}

/** `collector`: an https URL without quotes. */
export function nelFields(
  { group, maxAge, success, failure, subdomains }: NelPolicy,
  collector: string,
): readonly Field[] {
  const parts = [
    `"report_to":${JSON.stringify(group)}`,
    `"max_age":${maxAge}`,
    `"success_fraction":${success}`,
    `"failure_fraction":${failure}`,
    ...(subdomains ? ['"include_subdomains":true'] : []),
  ];
  const endpoint = {
    group,
    max_age: maxAge,
    endpoints: [{ url: collector }],
    ...(subdomains ? { include_subdomains: true } : {}),
  };
  return [
    ["nel", `{${parts.join(",")}}`],
    ["report-to", JSON.stringify(endpoint)],
    ["reporting-endpoints", `${group}="${collector}"`],
  ];
}
