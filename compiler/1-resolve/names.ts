// The one set of names of a document. Invariant: a name means one declaration everywhere, or the document has an error.
import type { Agreement, Scalar } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import type { Span } from "../../lang/source.ts";
import { nearest } from "../../lang/suggest.ts";
import { nameClash, reservedName } from "../codes.ts";
import { SUGGESTIONS_MAX } from "../limits.ts";

export type NameKind =
  | "party"
  | "term"
  | "fact"
  | "derived"
  | "account"
  | "action"
  | "obligation"
  | "power"
  | "region"
  | "state";

export interface Declared {
  readonly kind: NameKind;
  readonly name: string;
  /** Index into the list of the Program (derived values and norms: in their order there). States: within the region. */
  readonly index: number;
  /** Of a state: its region; else 0. */
  readonly region: number;
  readonly span: Span;
}

/** A kind as messages say it. */
export const kindWords: Readonly<Record<NameKind, string>> = {
  party: "a party",
  term: "a term",
  fact: "a fact",
  derived: "a derived value",
  account: "an account",
  action: "an action",
  obligation: "an obligation",
  power: "a power",
  region: "a set of states",
  state: "a state",
};

/** Words with a meaning in every expression, and the keywords of the expression grammar. */
export const RESERVED: ReadonlySet<string> = new Set(
  "now caller period cause state outcome active ended all rest old anyone giver true false null for in if let nothing end refuse".split(
    " ",
  ),
);

export class Names {
  readonly #all: ReadonlyMap<string, Declared>;
  #suggestions = SUGGESTIONS_MAX;

  constructor(all: ReadonlyMap<string, Declared>) {
    this.#all = all;
  }

  get(name: string): Declared | undefined {
    return this.#all.get(name);
  }

  /** The nearest declared name, of the given kinds if any are given. After SUGGESTIONS_MAX of them: none. */
  suggest(name: string, kinds: readonly NameKind[] = [], further: Iterable<string> = []): string | null {
    if (--this.#suggestions < 0) return null;
    const candidates = [...this.#all.values()].filter((each) => kinds.length === 0 || kinds.includes(each.kind));
    return nearest(name, [...candidates.map((each) => each.name), ...further]);
  }

  all(kind: NameKind): Declared[] {
    return [...this.#all.values()].filter((each) => each.kind === kind);
  }
}

/** Every declaration of the document with its index in the document. The first of two with one name is kept. */
export function collectNames(document: Agreement, report: (diagnostic: Diagnostic) => void): Map<string, Declared> {
  const names = new Map<string, Declared>();
  const declare = (kind: NameKind, name: Scalar, index: number, region = 0): void => {
    const text = name.text;
    if (RESERVED.has(text)) report(reservedName(name.span, { name: text, kind: kindWords[kind] }));
    const first = names.get(text);
    if (first !== undefined)
      return report(
        nameClash(
          name.span,
          { name: text, first: kindWords[first.kind], second: kindWords[kind] },
          {
            labels: [
              { span: first.span, text: `${kindWords[first.kind]} here` },
              { span: name.span, text: `${kindWords[kind]} here` },
            ],
          },
        ),
      );
    names.set(text, { kind, name: text, index, region, span: name.span });
  };
  const section = (kind: NameKind, list: readonly { readonly name: Scalar }[]): void => {
    for (const [index, each] of list.entries()) declare(kind, each.name, index);
  };
  section("party", document.parties);
  section("term", document.terms);
  section("fact", document.facts);
  section("derived", document.derive);
  section("account", document.accounts);
  section("action", document.actions);
  section("obligation", document.obligations);
  section("power", document.powers);
  for (const [index, region] of document.regions.entries()) {
    if (region.name !== "")
      declare("region", { kind: "scalar", text: region.name, quoted: false, span: region.span }, index);
    for (const [at, state] of region.states.entries()) declare("state", state.name, at, index);
  }
  return names;
}
