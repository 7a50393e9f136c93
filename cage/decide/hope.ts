// Whether a policy could still allow something of which a part is not known yet. It is asked before a name is resolved: a resolver that is
// asked has told its servers the name, and a caller can put what it likes into a name.
import { plainValue } from "../../policy/plain.ts";
import { holds } from "../../vm/policy/atoms.ts";
import type { PlainRecord } from "../point.ts";
import type { Admitted } from "./admit.ts";

/** False: no rule that allows can hold, whatever the unknown fields of the input are. True says nothing. */
export function mayAllow(
  input: PlainRecord,
  { policy }: Pick<Admitted, "policy">,
  unknown: ReadonlySet<string>,
): boolean {
  const { machine, parts } = policy;
  const read = machine.read(plainValue(input as never));
  if ("misfit" in read) return true;
  const type = parts.module.types[machine.table.input];
  const open = new Set(
    type?.kind === "record" ? type.fields.flatMap(({ name }, slot) => (unknown.has(name) ? [slot] : [])) : [],
  );
  // Atoms are all needed; what else a rule asks is taken to hold.
  return machine.table.rules.some(
    ({ effect, shadow, atoms }) =>
      !shadow &&
      (effect === "allow" || effect === "table") &&
      atoms.every((atom) => (typeof atom.path[0] === "number" && open.has(atom.path[0])) || holds(read.value, atom)),
  );
}
