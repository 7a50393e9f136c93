// Types in the language's own words, for messages, and an example of how a value of each is written.
import type { Type } from "./type.ts";

const ARTICLE: Readonly<Record<string, string>> = {
  bool: "true or false",
  text: "a text",
  bytes: "bytes in base64",
  null: "null",
  int: "a whole number",
  decimal: "a number",
  percent: "a percentage",
  quotient: "a quotient",
  instant: "an instant",
  date: "a date",
  month: "a month",
  clock: "a time of day",
  duration: "an exact duration",
  size: "a size",
  ip: "an IP address",
  cidr: "a network",
  host: "a host",
  path: "a path",
  did: "a did",
  party: "a party",
  evidence: "evidence",
  zone: "a zone",
  calendar: "a calendar",
  any: "any value",
};

const EXAMPLE: Readonly<Record<string, string>> = {
  bool: "true",
  text: "hello",
  bytes: "aGVsbG8=",
  null: "null",
  int: "12",
  decimal: "1.5",
  percent: "10.5%",
  quotient: "0.25",
  instant: "2026-01-31T12:00:00Z",
  date: "2026-01-31",
  month: "2026-01",
  clock: "18:00",
  duration: "36 h",
  size: "64 KiB",
  ip: "192.0.2.1",
  cidr: "10.0.0.0/8",
  host: "api.example.com",
  path: "/v1/charges",
  did: "did:key:z6Mk…",
  party: "seller",
};

/** A type as a phrase: `an amount of USD`, `a list of dates`. One line, bounded. */
export function describeType(type: Type): string {
  switch (type.kind) {
    case "money":
      return `an amount of ${type.asset}`;
    case "period":
      return `a number of ${type.unit}`;
    case "list":
      return `a list, each item ${describeType(type.of)}`;
    case "map":
      return `a map, each value ${describeType(type.of)}`;
    case "record":
      return "a record";
    case "enum":
      return type.values.length <= 8
        ? `one of ${type.values.map((value) => `\`${value}\``).join(", ")}`
        : "one of its values";
    case "union":
      return type.of.length <= 4 ? type.of.map(describeType).join(" or ") : "one of several types";
    case "optional":
      return `${describeType(type.of)} or nothing`;
    default:
      return ARTICLE[type.kind]!;
  }
}

/** How a value of the type is written, undefined for types that are not written as one text. */
export function exampleOf(type: Type): string | undefined {
  switch (type.kind) {
    case "money":
      return `200.00 ${type.asset}`;
    case "period":
      return type.unit === "business days" ? "10 business days" : `2 ${type.unit}`;
    case "enum":
      return type.values[0];
    case "optional":
      return exampleOf(type.of);
    case "union":
      return type.of.map(exampleOf).find((example) => example !== undefined);
    default:
      return EXAMPLE[type.kind];
  }
}
