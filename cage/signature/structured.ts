// Structured fields as signatures use them. What a verifier reads has one spelling, but for optional spaces: the library takes the
// last of two equal labels or parameters, base64 without padding and `1.0` for `1`, and two readers could then differ.
// Source: RFC 9651.
import {
  type Dictionary,
  isInnerList,
  parseDictionary,
  parseItem,
  parseList,
  serializeDictionary,
  serializeItem,
  serializeList,
} from "structured-headers";
import { SIGNATURE_FIELD_BYTES_MAX } from "../limits.ts";
import { fail } from "./problems.ts";

/** Members of a dictionary in its one spelling. `at` names the field. */
export function readDictionary(text: string, at: string): Dictionary {
  if (text.length > SIGNATURE_FIELD_BYTES_MAX) fail("field-too-large", at);
  const members = parsed(() => parseDictionary(text), at);
  if (withoutSpaces(text) !== withoutSpaces(serializeDictionary(members))) fail("other-spelling", at);
  return members;
}

/** Bytes as a structured field has them. */
export const bytesText = (bytes: Uint8Array): string => `:${Buffer.from(bytes).toString("base64")}:`;

export type StructuredType = "item" | "list" | "dictionary";

/** The strict serialisation of a structured field, for `;sf`. */
export function strictText(text: string, type: StructuredType, at: string): string {
  // The library keeps numbers as numbers, and `1.0` would come out as `1`.
  if (/\d\.0+(?!\d)/.test(withoutStrings(text))) fail("other-spelling", at, "a decimal without fraction");
  return parsed(() => {
    if (type === "item") return serializeItem(parseItem(text));
    return type === "list" ? serializeList(parseList(text)) : serializeDictionary(parseDictionary(text));
  }, at);
}

/** One member of a dictionary, serialised, for `;key`; null when it is not there. */
export function memberText(text: string, key: string, at: string): string | null {
  if (/\d\.0+(?!\d)/.test(withoutStrings(text))) fail("other-spelling", at, "a decimal without fraction");
  const member = parsed(() => parseDictionary(text), at).get(key);
  if (member === undefined) return null;
  return isInnerList(member) ? serializeList([member]) : serializeItem(member);
}

/** The library throws errors of several classes; each says that the text is none. */
function parsed<T>(read: () => T, at: string): T {
  try {
    return read();
  } catch (error) {
    return fail("malformed", at, error instanceof Error ? error.message.toLowerCase() : undefined);
  }
}

const withoutStrings = (text: string): string => text.replace(/"(?:[^"\\]|\\.)*"/g, '""');

/** Without the spaces that a writer may choose; those inside strings stay. */
function withoutSpaces(text: string): string {
  return text
    .trim()
    .split(/("(?:[^"\\]|\\.)*")/)
    .map((part, at) =>
      at % 2 === 1
        ? part
        : part
            .replace(/[ \t]*,[ \t]*/g, ",")
            .replace(/; +/g, ";")
            .replace(/ +/g, " ")
            .replace(/\( /g, "(")
            .replace(/ \)/g, ")"),
    )
    .join("");
}
