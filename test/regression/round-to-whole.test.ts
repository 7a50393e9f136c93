// Rounding to no places gave the exponent -0, which has no canonical form: a whole amount (JPY) could not be stored.
import { expect, it } from "vitest";
import { type Decimal, round } from "../../vm/decimal.ts";
import { decodeValue, encodeValue, parseLiteral, printLiteral } from "../../vm/index.ts";

it.each(["2.5", "1234567890123456789012345678901.5"])("%s rounded to a whole number can be encoded", (text) => {
  const parsed = parseLiteral(text, { kind: "decimal" });
  if (!("value" in parsed)) throw new Error(parsed.reason);
  const rounded = round(parsed.value as Decimal, 0, "half-up");
  const encoded = encodeValue(rounded);
  if (!("bytes" in encoded)) throw new Error(JSON.stringify(encoded));
  expect(printLiteral(rounded, { kind: "decimal" })).not.toContain("-");
  expect(decodeValue(encoded.bytes)).toEqual({ value: rounded });
});
