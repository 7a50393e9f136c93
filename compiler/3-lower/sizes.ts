// Upper bounds that follow from a type: parts of a value, for comparing and reading it, and bytes of its encoding.

import { BOUND_MAX } from "../../vm/limits.ts";
import type { Type } from "../../vm/type.ts";
import { ANY_PARTS_MAX, TEXT_BYTES_ASSUMED } from "./limits.ts";

/** Most parts a value of the type has: itself, its items, keys and fields. At most BOUND_MAX. */
export function partsOf(type: Type): number {
  return Math.min(BOUND_MAX, count(type));
}

function count(type: Type): number {
  switch (type.kind) {
    case "list":
      return 1 + type.most * count(type.of);
    case "map":
      return 1 + type.most * (1 + count(type.of));
    case "record":
      return type.fields.reduce((sum, field) => sum + count(field.type), 1) + (type.open ? ANY_PARTS_MAX : 0);
    case "union":
      return type.of.reduce((sum, member) => sum + count(member), 1);
    case "optional":
      return 1 + count(type.of);
    case "any":
      return ANY_PARTS_MAX;
    case "cidr":
    case "evidence":
      return 4;
    default:
      return 1;
  }
}

/** Most bytes of the canonical encoding of a value of the type; texts count as TEXT_BYTES_ASSUMED. */
export function bytesOf(type: Type): number {
  switch (type.kind) {
    case "list":
      return 5 + type.most * bytesOf(type.of);
    case "map":
      return 5 + type.most * (TEXT_BYTES_ASSUMED + bytesOf(type.of));
    case "record":
      return type.fields.reduce((sum, field) => sum + bytesOf(field.type), 3);
    case "union":
      return Math.max(...type.of.map(bytesOf));
    case "optional":
      return bytesOf(type.of);
    case "enum":
      return 3 + Math.max(0, ...type.values.map((value) => new TextEncoder().encode(value).length));
    case "any":
      return ANY_PARTS_MAX * 16;
    case "bool":
    case "null":
      return 1;
    case "text":
    case "bytes":
    case "host":
    case "path":
    case "did":
    case "party":
    case "evidence":
      return 5 + TEXT_BYTES_ASSUMED;
    case "ip":
    case "cidr":
      return 22;
    default:
      return 28; // a decimal of 34 digits: tag, array, exponent, big number of 15 bytes
  }
}
