// Paths of the input by their names and types.
import type { Step } from "../../vm/policy/table.ts";
import type { Type } from "../../vm/type.ts";
import { strip } from "../2-check/types.ts";

/** What stands at a path of the input. `required`: every input has it. */
export function alongPath(
  input: Type,
  path: readonly Step[],
): { readonly names: readonly string[]; readonly type: Type; readonly required: boolean } {
  let type = strip(input);
  const names: string[] = [];
  let required = true;
  for (const step of path) {
    const field = typeof step === "number" && type.kind === "record" ? type.fields[step] : undefined;
    names.push(field?.name ?? String(step));
    if (field === undefined || field.optional || field.type.kind === "optional") required = false;
    type = strip(field?.type ?? (type.kind === "map" ? type.of : { kind: "any" }));
  }
  return { names, type, required };
}
