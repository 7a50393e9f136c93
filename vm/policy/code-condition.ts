// A condition that only compares fields, as branches: each way through it ends with an outcome and its fuel, and that is all that is left of its
// instructions. Followed from the verified bytecode, so the fuel is the machine's.
import { shapeOf } from "../code/shape.ts";
import type { ModuleFunction } from "../module.ts";
import { OP } from "../operands.ts";
import type { Field } from "../type.ts";
import type { Value } from "../value.ts";
import { CODE_WAYS_MAX } from "./limits.ts";

export interface Way {
  readonly outcome: boolean;
  readonly fuel: number;
}

/** `test`: an expression of the host. `numbers`: variables that must hold numbers of the host, or the decision is left to the general way. */
export type Branches =
  | Way
  | { readonly test: string; readonly numbers: readonly string[]; readonly yes: Branches; readonly no: Branches };

/** What a register holds: a field or a value that is known. */
type Held = { readonly field: number } | { readonly value: Value };

/** The branches of a function of the input; null where it is not of this kind or has too many ways. `variable`: of the field in a slot. */
export function branchesOf(
  { code }: ModuleFunction,
  constants: readonly Value[],
  fields: readonly Field[],
  variable: (slot: number) => string,
): Branches | null {
  const { cost } = shapeOf(code);
  let ways = 0;

  const kindOf = (held: Held): string => {
    if ("value" in held) return typeof held.value;
    const { kind } = fields[held.field]!.type;
    return kind === "int" ? "number" : kind === "bool" ? "boolean" : "string";
  };
  const textOf = (held: Held): string => ("value" in held ? JSON.stringify(held.value) : variable(held.field));
  const numbersIn = (...list: readonly Held[]): readonly string[] =>
    list.flatMap((held) => ("field" in held && kindOf(held) === "number" ? [variable(held.field)] : []));

  function follow(from: number, registers: ReadonlyMap<number, Held>, before: number): Branches | null {
    let fuel = before;
    const held = new Map(registers);
    const known = (register: number): Value => {
      const at = held.get(register);
      return at !== undefined && "value" in at ? at.value : null;
    };
    for (let pc = from; ; pc++) {
      const [op, a = 0, b = 0, c = 0, bound = 0] = code[pc]!;
      fuel += cost[pc]!;
      /** Both ways on from a test whose result a register holds. */
      const either = (test: string, numbers: readonly string[]): Branches | null => {
        if (++ways > CODE_WAYS_MAX) return null;
        const yes = follow(pc + 1, new Map(held).set(a, { value: true }), fuel);
        const no = yes === null ? null : follow(pc + 1, new Map(held).set(a, { value: false }), fuel);
        return yes === null || no === null ? null : joined(test, numbers, yes, no);
      };
      switch (op) {
        case OP.const:
          held.set(a, { value: constants[b]! });
          break;
        case OP.get:
          if (fields[c]!.type.kind === "bool") return either(`${variable(c)} === true`, []);
          held.set(a, { field: c });
          break;
        case OP.move:
          held.set(a, held.get(b)!);
          break;
        case OP.eq:
        case OP.ne: {
          const [x, y] = [held.get(b)!, held.get(c)!];
          if (bound === 0 || kindOf(x) !== kindOf(y)) return null;
          fuel += 1;
          if ("field" in x || "field" in y)
            return either(`${textOf(x)} ${op === OP.eq ? "===" : "!=="} ${textOf(y)}`, numbersIn(x, y));
          held.set(a, { value: (x.value === y.value) === (op === OP.eq) });
          break;
        }
        case OP.lt:
        case OP.le: {
          const [x, y] = [held.get(b)!, held.get(c)!];
          if (kindOf(x) !== "number" || kindOf(y) !== "number") return null;
          return either(`${textOf(x)} ${op === OP.lt ? "<" : "<="} ${textOf(y)}`, numbersIn(x, y));
        }
        case OP.and:
        case OP.or: {
          const [x, y] = [known(b), known(c)];
          if (typeof x !== "boolean" || typeof y !== "boolean") return null;
          held.set(a, { value: op === OP.and ? x && y : x || y });
          break;
        }
        case OP.not: {
          const x = known(b);
          if (typeof x !== "boolean") return null;
          held.set(a, { value: !x });
          break;
        }
        case OP.is_true:
          held.set(a, { value: known(b) === true });
          break;
        case OP.jump:
          pc = a - 1;
          break;
        case OP.jump_if:
          if (known(a) === true) pc = b - 1;
          break;
        case OP.jump_unless:
          if (known(a) !== true) pc = b - 1;
          break;
        case OP.jump_if_false:
          if (known(a) === false) pc = b - 1;
          break;
        case OP.ret: {
          const outcome = known(a);
          return typeof outcome === "boolean" ? { outcome, fuel } : null;
        }
        default:
          return null;
      }
    }
  }
  return follow(0, new Map(), 0);
}

function joined(test: string, numbers: readonly string[], yes: Branches, no: Branches): Branches {
  const [one, other] = [yes, no];
  const same = "fuel" in one && "fuel" in other && one.fuel === other.fuel && one.outcome === other.outcome;
  // Fields of ints must be looked at all the same: other numbers than those of the host are compared by the general way.
  return same && numbers.length === 0 ? yes : { test, numbers, yes, no };
}

/** The ways of branches, each once. */
export function waysOf(branches: Branches): readonly Way[] {
  const ways = new Map<string, Way>();
  const add = (at: Branches): void => {
    if ("fuel" in at) ways.set(`${at.outcome} ${at.fuel}`, at);
    else {
      add(at.yes);
      add(at.no);
    }
  };
  add(branches);
  return [...ways.values()];
}

/** Statements that go the way of an input; `end` gives the statement at the end of a way. */
export function branchText(branches: Branches, leave: string, end: (way: Way) => string): string {
  if ("fuel" in branches) return end(branches);
  const { test, numbers, yes, no } = branches;
  const guard = numbers.map((name) => `typeof ${name} !== "number"`).join(" || ");
  const [first, second] = [branchText(yes, leave, end), branchText(no, leave, end)];
  return `${guard === "" ? "" : `if (${guard}) ${leave}\n`}if (${test}) { ${first} } else { ${second} }`;
}
