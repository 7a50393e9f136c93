// What is proved of a rule table before a decision: every number names something, functions take what they are given, atoms
// follow the type of the input, names and ids are in order.

import { Decimal } from "../decimal.ts";
import { type ModuleError, moduleError } from "../errors.ts";
import type { Module } from "../module.ts";
import { compareText } from "../order.ts";
import type { Type } from "../type.ts";
import type { Value } from "../value.ts";
import { ATOM_VALUES_MAX, ATOMS_MAX, DECLARATIONS_MAX, PATH_STEPS_MAX, RULES_MAX } from "./limits.ts";
import { type Atom, type Given, type PolicyTable, READS_DERIVED, type Reading, type Step } from "./table.ts";

/** The first thing wrong with the table of a policy, or null. */
export function verifyTable(module: Module): ModuleError | null {
  const { policy } = module;
  if (module.kind === "agreement")
    return policy === undefined ? null : moduleError("vm/bad-table", "an agreement has no rules");
  // Functions alone can be run by the machine; who decides with them asks for the table.
  if (policy === undefined) return null;
  const reason = new Proof(module, policy).problem();
  return reason === null ? null : moduleError("vm/bad-table", reason);
}

class Proof {
  readonly #module: Module;
  readonly #table: PolicyTable;
  constructor(module: Module, table: PolicyTable) {
    this.#module = module;
    this.#table = table;
  }

  problem(): string | null {
    const table = this.#table;
    const { types } = this.#module;
    const input = types[table.input];
    if (input === undefined || (input.kind !== "record" && input.kind !== "any"))
      return "the type of the input is none";
    const lists = { data: table.data, obligations: table.obligations, advice: table.advice };
    for (const [what, list] of Object.entries(lists)) {
      if (list.length > DECLARATIONS_MAX) return `more than ${DECLARATIONS_MAX} ${what}`;
      if (list.some(({ type }) => types[type] === undefined)) return `a type of ${what} is none`;
    }
    for (const list of [table.obligations, table.advice])
      if (!ascending(list.map(({ name }) => name))) return "obligations are not in order";
    if (table.relations.length > DECLARATIONS_MAX || table.derived.length > DECLARATIONS_MAX)
      return `more than ${DECLARATIONS_MAX} declarations`;
    for (const { name, document, path } of table.relations)
      if (table.data[document] === undefined || path.length > PATH_STEPS_MAX)
        return `relation \`${name}\` is of no document`;
    for (const [index, derived] of table.derived.entries()) {
      const wrong = this.#reading(derived, READS_DERIVED + index);
      if (wrong !== null) return `derived value ${index}: ${wrong}`;
    }
    if (table.rules.length > RULES_MAX) return `more than ${RULES_MAX} rules`;
    if (!ascending(table.rules.map(({ id }) => id))) return "rules are not in order of their ids";
    for (const rule of table.rules) {
      const wrong = this.#rule(rule, input);
      if (wrong !== null) return `rule \`${rule.id}\`: ${wrong}`;
    }
    return null;
  }

  #rule(rule: PolicyTable["rules"][number], input: Type): string | null {
    const all = READS_DERIVED + this.#table.derived.length;
    if ((rule.told !== null) !== rule.each) return "texts of combinations go with `each`";
    if (rule.each && rule.truth === null) return "a rule over elements has no function";
    if (rule.each && (rule.message !== null || rule.because !== null))
      return "a text of its own beside those of combinations";
    if (rule.effect === "table" && rule.truth === null) return "a table has no function";
    if (rule.effect === "deny" && rule.obligations.length > 0) return "a denial has obligations";
    const wrong =
      this.#reading(rule.truth, all) ??
      this.#reading(rule.message, all) ??
      this.#reading(rule.because, all) ??
      this.#reading(rule.told, all) ??
      this.#given(rule.obligations, this.#table.obligations, all) ??
      this.#given(rule.advice, this.#table.advice, all);
    if (wrong !== null) return wrong;
    if (rule.atoms.length > ATOMS_MAX) return `more than ${ATOMS_MAX} atoms`;
    for (let index = 0; index < rule.atoms.length; index++) {
      const problem = atomProblem(rule.atoms[index]!, input);
      if (problem !== null) return `atom ${index}: ${problem}`;
    }
    return null;
  }

  #given(given: readonly Given[], declared: PolicyTable["obligations"], below: number): string | null {
    for (const { name, args } of given) {
      if (declared[name] === undefined) return "an obligation is none";
      const wrong = this.#reading(args, below);
      if (wrong !== null) return wrong;
    }
    return null;
  }

  #reading(reading: Reading | null, below: number): string | null {
    if (reading === null) return null;
    const { function: index, reads } = reading;
    const fn = this.#module.functions[index];
    if (fn === undefined) return `function ${index} is none`;
    if (fn.params !== reads.length) return `function ${index} takes ${fn.params} values and is given ${reads.length}`;
    if (reads.some((env, at) => env >= below || (at > 0 && env <= reads[at - 1]!)))
      return `function ${index} reads what is not there, or not in order`;
    return null;
  }
}

const ascending = (names: readonly string[]): boolean =>
  names.every((name, at) => at === 0 || compareText(names[at - 1]!, name) < 0);

const isScalar = (value: Value): boolean =>
  typeof value === "object"
    ? value === null || value instanceof Decimal || value instanceof Uint8Array
    : value !== undefined;

const isNetwork = (value: Value): boolean => {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [ip, prefix] = value as readonly Value[];
  return (
    ip instanceof Uint8Array &&
    (ip.length === 4 || ip.length === 16) &&
    typeof prefix === "number" &&
    prefix >= 0 &&
    prefix <= 8 * ip.length
  );
};

function atomProblem({ path, test }: Atom, input: Type): string | null {
  if (path.length > PATH_STEPS_MAX) return `more than ${PATH_STEPS_MAX} steps`;
  let type: Type | null = input;
  for (const step of path) {
    type = type === null ? null : stepInto(type, step);
    if (type === null) return "its path leads nowhere";
  }
  switch (test.kind) {
    case "present":
      return null;
    case "range":
      return isScalar(test.min) && isScalar(test.max) ? null : "a bound is no scalar";
    case "inside":
      if (test.networks.length > ATOM_VALUES_MAX) return `more than ${ATOM_VALUES_MAX} networks`;
      return test.networks.every(isNetwork) ? null : "a network is none";
    default:
      if (test.values.length > ATOM_VALUES_MAX) return `more than ${ATOM_VALUES_MAX} values`;
      return test.values.every(isScalar) ? null : "a value is no scalar";
  }
}

function stepInto(type: Type, step: Step): Type | null {
  const inner = type.kind === "optional" ? type.of : type;
  if (inner.kind === "any") return inner;
  if (inner.kind === "map") return typeof step === "string" ? inner.of : null;
  return inner.kind === "record" && typeof step === "number" ? (inner.fields[step]?.type ?? null) : null;
}
