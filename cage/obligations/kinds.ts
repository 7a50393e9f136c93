// What the gate needs to know of obligations: to take an answer, and to load a policy. A policy that this cage cannot obey is not loaded,
// as far as that can be known before anything is asked.
import type { OpenedPolicy } from "../../policy/index.ts";
import { ErrorValue } from "../../vm/index.ts";
import { errorText } from "../../vm/policy/answer.ts";
import type { ObligationKind, ObligationKinds, ObligationName, PlainValue, Point } from "../point.ts";
import type { Configuration } from "./configuration.ts";
import { isKnown, Reader } from "./due.ts";
import { isUnmet, type Obligation, POINTS, type Unmet, unmet, unmetText } from "./obligation.ts";
import { OBLIGATIONS } from "./table.ts";

/** All of them. Also a report may be recorded in full. */
export function kindsOf(configuration: Configuration): ObligationKinds {
  const reader = new Reader(configuration);
  const kinds = Object.values(OBLIGATIONS).map(
    ({ name, several, points, again }: Known): ObligationKind => ({
      name,
      again,
      points: new Set<Point>(name === "receipt" ? [...points, "report"] : points),
      several,
      refuses: (args) => {
        const { args: read } = reader.read(name, args);
        return isUnmet(read) ? unmetText(read) : null;
      },
    }),
  );
  return new Map(kinds.map((kind) => [kind.name, kind]));
}

type Known = Pick<Obligation<never>, "name" | "several" | "points" | "again">;

export interface UnmetRule extends Unmet {
  readonly rule: string;
  readonly obligation: string;
}

/** Rules whose obligations this cage cannot meet, whatever is asked. */
export function unmetRules({ machine, parts }: OpenedPolicy, configuration: Configuration): readonly UnmetRule[] {
  const reader = new Reader(configuration);
  const type = parts.module.types[machine.table.input];
  const at = type?.kind === "record" ? type.fields.findIndex(({ name }) => name === "at") : -1;
  const found: UnmetRule[] = [];
  for (const { rule, name, args } of machine.fixed()) {
    if (!isKnown(name)) continue;
    const read =
      args instanceof ErrorValue
        ? unmet(errorText(args), "write other arguments")
        : reader.read(name, args as PlainValue).args;
    if (isUnmet(read)) found.push({ rule, obligation: name, problem: read.problem, help: read.help });
  }
  for (const { id, atoms, obligations } of machine.table.rules) {
    const own = atoms.find(({ path }) => path.length === 1 && path[0] === at)?.test;
    if (own?.kind !== "in") continue;
    const first = Math.min(...POINTS.flatMap((point, i) => (own.values.includes(point) ? [i] : [])));
    if (first === Number.POSITIVE_INFINITY) continue;
    for (const { name: index } of obligations) {
      const { name } = machine.table.obligations[index]!;
      if (isKnown(name) && lastOf(name) < first)
        found.push({
          rule: id,
          obligation: name,
          problem: `it cannot be carried out at \`${POINTS[first]}\` any more`,
          help: "give it in a rule for an earlier point",
        });
    }
  }
  return found;
}

const lastOf = (name: ObligationName): number =>
  Math.max(...OBLIGATIONS[name].points.map((point) => POINTS.indexOf(point)));
