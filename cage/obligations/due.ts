// What the answers of one exchange oblige to, read and put together: each obligation once, whatever the number of points that gave it. A
// pure function of the decisions.

import { ARGUMENTS_KEPT_MAX } from "../limits.ts";
import type { Decision, ObligationName, PlainValue, Point } from "../point.ts";
import type { Configuration } from "./configuration.ts";
import { cannotOblige, type Denial, isUnmet, type Obligation, POINTS, type Unmet, unmetText } from "./obligation.ts";
import { type ArgsOf, OBLIGATIONS } from "./table.ts";

interface Read {
  readonly key: string;
  readonly args: object | Unmet;
}

/** Reads arguments, and remembers what it read: few different ones come again and again. */
export class Reader {
  readonly #configuration: Configuration;
  readonly #read = new Map<string, object | Unmet>();
  /** By the arguments themselves: a policy gives the same object each time where a rule writes the same. */
  readonly #objects = new WeakMap<object, Map<ObligationName, Read>>();
  readonly #words = new Map<PlainValue, Map<ObligationName, Read>>();

  constructor(configuration: Configuration) {
    this.#configuration = configuration;
  }

  read(name: ObligationName, args: PlainValue): Read {
    const same = this.#sameAs(args);
    let read = same.get(name);
    if (read === undefined) {
      read = this.#find(name, args);
      same.set(name, read);
    }
    return read;
  }

  #sameAs(args: PlainValue): Map<ObligationName, Read> {
    const isObject = typeof args === "object" && args !== null;
    let same = isObject ? this.#objects.get(args) : this.#words.get(args);
    if (same !== undefined) return same;
    same = new Map();
    if (this.#words.size >= ARGUMENTS_KEPT_MAX) this.#words.clear();
    if (isObject) this.#objects.set(args, same);
    else this.#words.set(args, same);
    return same;
  }

  #find(name: ObligationName, args: PlainValue): Read {
    const key = `${name} ${JSON.stringify(args)}`;
    let read = this.#read.get(key);
    if (read === undefined) {
      read = OBLIGATIONS[name].check(args, this.#configuration);
      // Forgetting costs reading again, nothing else.
      if (this.#read.size >= ARGUMENTS_KEPT_MAX) this.#read.clear();
      this.#read.set(key, read);
    }
    return { key, args: read };
  }
}

export interface Due {
  readonly all: <N extends ObligationName>(name: N) => readonly ArgsOf<N>[];
  /** Why what is asked for cannot be met. */
  readonly denial: Denial | null;
}

export function dueOf(decisions: readonly Decision[], reader: Reader): Due {
  const found = new Map<string, { readonly name: ObligationName; readonly args: object }>();
  let denial: Denial | null = null;
  const deny = (name: string, why: string): void => {
    denial ??= cannotOblige(name, why);
  };
  for (const { obligations, point } of decisions)
    for (const { name, args: given } of obligations) {
      if (!isKnown(name)) {
        deny(name, "it is not known here");
        continue;
      }
      const read = reader.read(name, given);
      const args = isUnmet(read.args) ? read.args : meantAt(name, read.args, point);
      const key = args === read.args ? read.key : `${read.key} ${point}`;
      if (found.has(key)) continue;
      if (isUnmet(args)) deny(name, unmetText(args));
      else if (isLate(name, point))
        deny(name, `it cannot be carried out at \`${point}\` any more: give it in a rule for an earlier point`);
      else {
        if (!OBLIGATIONS[name].several && [...found.values()].some((each) => each.name === name))
          deny(name, "rules give it with arguments that differ");
        found.set(key, { name, args });
      }
    }
  const all = <N extends ObligationName>(name: N): readonly ArgsOf<N>[] =>
    [...found.values()].filter((each) => each.name === name).map(({ args }) => args as ArgsOf<N>);
  return { all, denial };
}

const meantAt = (name: ObligationName, args: object, point: Point): object =>
  (OBLIGATIONS[name] as Obligation<object>).at?.(args, point) ?? args;

export const isKnown = (name: string): name is ObligationName => Object.hasOwn(OBLIGATIONS, name);

/** Given after the last point at which it is carried out. */
const isLate = (name: ObligationName, point: Point): boolean =>
  !OBLIGATIONS[name].points.some((each) => POINTS.indexOf(each) >= POINTS.indexOf(point));
