// Arguments of obligations as answers hold them: JSON, with durations and percents as text. Their types were checked by the
// compiler; modules may be hostile, so everything is looked at again.
import { parseLiteral } from "../../vm/index.ts";
import type { PlainValue } from "../point.ts";
import { type Unmet, unmet } from "./obligation.ts";

/** Thrown inside a check, and caught by `reading`. */
class Misread extends Error {
  readonly unmet: Unmet;
  constructor(unmet: Unmet) {
    super(unmet.problem);
    this.unmet = unmet;
  }
}

export function misread(problem: string, help: string): never {
  throw new Misread(unmet(problem, help));
}

/** Runs a check whose steps may say why they cannot go on. */
export function reading<Args extends object>(read: () => Args): Args | Unmet {
  try {
    return read();
  } catch (error) {
    if (error instanceof Misread) return error.unmet;
    throw error;
  }
}

export class Arguments {
  readonly #record: Readonly<Record<string, PlainValue | undefined>>;

  constructor(args: PlainValue, known: readonly string[]) {
    if (typeof args !== "object" || args === null || Array.isArray(args))
      misread("its arguments are no record", `give ${known.map((name) => `\`${name}\``).join(", ")}`);
    this.#record = args as Readonly<Record<string, PlainValue | undefined>>;
    for (const name of Object.keys(this.#record))
      if (!known.includes(name))
        misread(`\`${name}\` is not known here`, `known are ${known.map((each) => `\`${each}\``).join(", ")}`);
  }

  has(name: string): boolean {
    return this.#record[name] !== undefined && this.#record[name] !== null;
  }

  text(name: string): string | null {
    const value = this.#record[name];
    if (value === undefined || value === null) return null;
    return typeof value === "string" ? value : misread(`\`${name}\` is no text`, "write a text");
  }

  required(name: string): string {
    return this.text(name) ?? misread(`\`${name}\` is missing`, `add  ${name}: …`);
  }

  word<W extends string>(name: string, words: readonly W[]): W | null {
    const value = this.text(name);
    if (value === null) return null;
    const found = words.find((word) => word === value);
    return found ?? misread(`\`${name}\` is \`${value.slice(0, 40)}\``, `write one of ${words.join(", ")}`);
  }

  texts(name: string): readonly string[] | null {
    const value = this.#record[name];
    if (value === undefined || value === null) return null;
    if (!Array.isArray(value) || !value.every((each) => typeof each === "string"))
      return misread(`\`${name}\` is no list of texts`, "write a list");
    return value as readonly string[];
  }

  /** By key, seconds since 1970, rounded down: a part of a second counts as begun. */
  instants(name: string): ReadonlyMap<string, number> {
    const value = this.#record[name];
    if (value === undefined || value === null) return new Map();
    if (typeof value !== "object" || Array.isArray(value))
      return misread(`\`${name}\` is no map of instants`, "write names and instants");
    return new Map(
      Object.entries(value).map(([key, text]) => {
        const parsed = typeof text === "string" ? parseLiteral(text, { kind: "instant" }) : null;
        if (parsed === null || !("value" in parsed) || typeof parsed.value !== "number")
          return misread(`\`${name}\` has no instant at \`${key.slice(0, 60)}\``, "write such as 2026-03-01T12:00:00Z");
        return [key, Math.floor(parsed.value / 1_000)] as const;
      }),
    );
  }

  flag(name: string): boolean | null {
    const value = this.#record[name];
    if (value === undefined || value === null) return null;
    return typeof value === "boolean"
      ? value
      : misread(`\`${name}\` is neither true nor false`, "write `true` or `false`");
  }

  count(name: string, { min, max }: { readonly min: number; readonly max: number }): number | null {
    const value = this.#record[name];
    if (value === undefined || value === null) return null;
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < min || value > max)
      return misread(`\`${name}\` is out of bounds`, `write a whole number from ${min} to ${max}`);
    return value;
  }

  /** Whole milliseconds. */
  millis(name: string, { min, max }: { readonly min: number; readonly max: number }): number | null {
    const text = this.text(name);
    if (text === null) return null;
    const parsed = parseLiteral(text, { kind: "duration" });
    const millis = "value" in parsed && typeof parsed.value === "number" ? parsed.value : Number.NaN;
    if (!(millis >= min && millis <= max))
      return misread(`\`${name}\` is out of bounds`, `write a duration from ${min} ms to ${max} ms`);
    return millis;
  }

  /** Whole seconds, rounded down. */
  seconds(name: string, { min, max }: { readonly min: number; readonly max: number }): number | null {
    const millis = this.millis(name, { min: min * 1_000, max: max * 1_000 });
    return millis === null ? null : Math.floor(millis / 1_000);
  }
}
