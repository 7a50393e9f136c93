// Whether a type from outside is well formed: bounds, no name twice, no nested `T?`.
import { BOUND_MAX, NAME_BYTES_MAX, TYPE_DEPTH_MAX, TYPE_PARTS_MAX } from "./limits.ts";
import type { Type } from "./type.ts";

/** What is wrong with a type, for people; null when nothing is. */
export function typeProblem(type: Type, depth = 1): string | null {
  if (depth > TYPE_DEPTH_MAX) return `nests deeper than ${TYPE_DEPTH_MAX}`;
  switch (type.kind) {
    case "money":
      return nameProblem(type.asset);
    case "list":
    case "map":
      if (!Number.isSafeInteger(type.most) || type.most < 0 || type.most > BOUND_MAX)
        return `may hold ${type.most} items, at most ${BOUND_MAX}`;
      return typeProblem(type.of, depth + 1);
    case "record": {
      const problem = namesProblem(type.fields.map((field) => field.name));
      return (
        problem ??
        firstProblem(
          type.fields.map((field) => field.type),
          depth,
        )
      );
    }
    case "enum":
      if (type.values.length === 0) return "is an enum without values";
      return namesProblem(type.values);
    case "union":
      if (type.of.length < 2) return "is a union of fewer than two types";
      if (type.of.length > TYPE_PARTS_MAX) return "has too many parts";
      return firstProblem(type.of, depth);
    case "optional":
      if (type.of.kind === "optional") return "is optional twice";
      return typeProblem(type.of, depth + 1);
    default:
      return null;
  }
}

function firstProblem(types: readonly Type[], depth: number): string | null {
  for (const type of types) {
    const problem = typeProblem(type, depth + 1);
    if (problem !== null) return problem;
  }
  return null;
}

function nameProblem(name: string): string | null {
  return name === "" || name.length > NAME_BYTES_MAX ? "has a name that is empty or too long" : null;
}

function namesProblem(names: readonly string[]): string | null {
  if (names.length > TYPE_PARTS_MAX) return "has too many parts";
  if (new Set(names).size !== names.length) return "names a part twice";
  for (const name of names) {
    const problem = nameProblem(name);
    if (problem !== null) return problem;
  }
  return null;
}
