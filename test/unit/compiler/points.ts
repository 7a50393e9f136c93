// Helps tests of published points.
import type { Type } from "../../../vm/index.ts";

/** Whether a path of field names lies in a type. */
export function pathOfType(type: Type, path: string): boolean {
  let at: Type | undefined = type;
  for (const name of path.split("."))
    at = at?.kind === "record" ? at.fields.find((each) => each.name === name)?.type : undefined;
  return at !== undefined;
}
