import { describe, expect, it } from "vitest";
import { isWrittenValue } from "../../../lang/index.ts";

describe("isWrittenValue", () => {
  it.each([
    "5",
    "-5",
    "+5.25",
    "1_000",
    "10.5%",
    "10.5 %",
    "5.00 USD",
    "4,000.00 GBP",
    "2 days",
    "10 business days",
    "1 year 6 months",
    "4 GiB",
    "0 B",
    "2026-01",
    "2026-01-31",
    "2026-01-31T10:00:00Z",
    "2026-01-31 10:00+02:00",
    "18:00",
    "18:00:30",
    "10.0.0.1",
    "10.0.0.0/8",
  ])("%s stands alone", (text) => {
    expect(isWrittenValue(text)).toBe(true);
  });
  it.each([
    "",
    "x",
    "5 * x",
    "10 - 3",
    "2 * level",
    "5 and x",
    "5 div x",
    "5 in x",
    "true",
    "null",
    "price",
    "-x",
    "(5)",
    "- 5",
    '"5"',
    "5 USD + 3 USD",
    "5.",
    "2026-01-31 - 1",
  ])("%s is an expression", (text) => {
    expect(isWrittenValue(text)).toBe(false);
  });
});
