// `nel`: the answer tells browsers to report failures of the network to the collector of this cage.

import { NEL_AGE_SECONDS_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import { type NelPolicy, nelFields } from "../nel/fields.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import type { Obligation } from "./obligation.ts";

export interface NelArgs {
  readonly policy: NelPolicy;
  readonly collector: string;
}

export const nel: Obligation<NelArgs> = {
  name: "nel",
  points: ["request", "body", "response"],
  tunnels: false,
  several: false,
  check: (args, { collector }) =>
    reading(() => {
      const read = new Arguments(args, ["group", "max_age", "success", "failure", "subdomains"]);
      if (collector === null)
        return misread("the cage has no collector of reports", "give its https URL when the cage is started");
      const group = read.text("group") ?? "cage";
      if (!/^[a-z][a-z0-9_.-]{0,63}$/.test(group))
        misread("the group is no name", "write small letters, digits and hyphens");
      const policy = {
        group,
        maxAge: read.seconds("max_age", { min: 0, max: NEL_AGE_SECONDS_MAX }) ?? 86_400,
        success: fractionOf(read.text("success") ?? "0%", "success"),
        failure: fractionOf(read.text("failure") ?? "100%", "failure"),
        subdomains: read.flag("subdomains") ?? false,
      };
      return { policy, collector };
    }),
};

/** `12.5%` as the decimal `0.125`: no binary fraction on the way. */
function fractionOf(text: string, name: string): string {
  const parts = /^(\d{1,3})(?:\.(\d{1,9}))?%$/.exec(text);
  const whole = Number(parts?.[1]);
  if (parts === null || whole > 100 || (whole === 100 && /[1-9]/.test(parts[2] ?? "")))
    return misread(`\`${name}\` is no share`, "write a percent from `0%` to `100%`");
  const digits = `${parts[1]!.padStart(3, "0")}${parts[2] ?? ""}`;
  const fraction = digits.slice(1).replace(/0+$/, "");
  return fraction === "" ? `${digits[0]}.0` : `${digits[0]}.${fraction}`;
}

export const nelOf = ({ policy, collector }: NelArgs): readonly Field[] => nelFields(policy, collector);
