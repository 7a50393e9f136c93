// The tests of all rules on one text, as statements: what the text is, how it begins and how it ends, each looked at once, however many rules
// ask. A rule is a bit; `h` collects the bits of the rules whose test holds. Before a text is compared, its length or one character tells most
// others apart, for comparing is a call for the host.
import type { AtomTest } from "./table.ts";

/** Texts that a field is compared with, each with the bits of the rules that ask for it. */
export class TextTests {
  readonly #equal = new Map<string, number>();
  readonly #starts = new Map<string, number>();
  readonly #ends = new Map<string, number>();
  /** Bits of the rules that have a test here. */
  rules = 0;

  /** The test of a rule; false when it is none on texts, or the rule has one here already. */
  add(bit: number, test: AtomTest): boolean {
    if ((this.rules & bit) !== 0) return false;
    const into =
      test.kind === "in"
        ? this.#equal
        : test.kind === "starts_with"
          ? this.#starts
          : test.kind === "ends_with"
            ? this.#ends
            : null;
    if (into === null || !("values" in test) || !test.values.every((value) => typeof value === "string")) return false;
    for (const value of test.values as readonly string[]) into.set(value, (into.get(value) ?? 0) | bit);
    this.rules |= bit;
    return true;
  }

  /** Statements over the variable of a text, with the candidates so far in `key`. `all`: nothing was taken away yet. */
  text(variable: string, all: boolean): string {
    const write = new Writer(variable, all ? null : this.rules);
    return [write.equal([...this.#equal]), write.begins([...this.#starts]), write.ends([...this.#ends])].join("");
  }
}

/** A text and the bits of its rules. */
type Tested = readonly [text: string, bits: number];

/** A text of up to so many units is compared about as fast as one of its units is looked at. Where a field is compared with several such texts
 *  it mostly is one of them, as the action or the method of a request: then the look is in vain. */
const SHORT = 8;
const SEVERAL = 3;

const q = (text: string): string => JSON.stringify(text);

class Writer {
  readonly #v: string;
  /** Bits that may not be candidates any more, at least one of which is; null: all are. */
  readonly #rules: number | null;

  constructor(variable: string, rules: number | null) {
    this.#v = variable;
    this.#rules = rules;
  }

  equal(tested: readonly Tested[]): string {
    if (tested.length === 0) return "";
    if (tested.length === 1) return this.#is(tested[0]!);
    const lengths = grouped(tested, ([text]) => text.length);
    const several = tested.length >= SEVERAL;
    const cases = [...lengths].map(([length, group]) => {
      const [first] = group;
      const known = group.length === 1 && length <= SHORT && several;
      return `case ${length}: ${known ? this.#is(first!) : this.#sameLength(group, length)} break;`;
    });
    return `switch (${this.#v}.length) { ${cases.join("\n")} }\n`;
  }

  /** Texts of one length, at least one. */
  #sameLength(tested: readonly Tested[], length: number): string {
    if (length === 0) return this.#is(tested[0]!);
    const [first] = tested;
    if (tested.length === 1) {
      const at = length >> 1;
      return `if (${this.#v}.charCodeAt(${at}) === ${first![0].charCodeAt(at)}) ${this.#is(first!)}`;
    }
    const at = tellingPlace(tested, length, (text, place) => text.charCodeAt(place));
    const cases = [...grouped(tested, ([text]) => text.charCodeAt(at))].map(
      ([unit, group]) =>
        `case ${unit}: ${group.length === 1 ? this.#is(group[0]!) : this.#sameLength(group, length)} break;`,
    );
    return `switch (${this.#v}.charCodeAt(${at})) { ${cases.join("\n")} }`;
  }

  begins(tested: readonly Tested[]): string {
    const shortest = Math.min(...tested.map(([text]) => text.length));
    const each = ([text, bits]: Tested): string => this.#holds(`${this.#v}.startsWith(${q(text)})`, bits);
    if (tested.length === 0 || shortest === 0) return tested.map(each).join("");
    const at = tellingPlace(tested, shortest, (text, place) => text.charCodeAt(place));
    const cases = [...grouped(tested, ([text]) => text.charCodeAt(at))].map(
      ([unit, group]) => `case ${unit}: ${group.map(each).join("")} break;`,
    );
    return `if (${this.#v}.length > ${at}) switch (${this.#v}.charCodeAt(${at})) { ${cases.join("\n")} }\n`;
  }

  ends(tested: readonly Tested[]): string {
    const shortest = Math.min(...tested.map(([text]) => text.length));
    const each = ([text, bits]: Tested): string => this.#holds(`${this.#v}.endsWith(${q(text)})`, bits);
    if (tested.length === 0 || shortest === 0) return tested.map(each).join("");
    const last = (text: string, place: number): number => text.charCodeAt(text.length - 1 - place);
    const at = tellingPlace(tested, shortest, last);
    const cases = [...grouped(tested, ([text]) => last(text, at))].map(([unit, group]) => {
      const tests = group.map(([text, bits]) => {
        const first = `${this.#v}.length >= ${text.length} && ${this.#v}.charCodeAt(${this.#v}.length - ${text.length}) === ${text.charCodeAt(0)}`;
        return this.#holds(`${first} && ${this.#v}.endsWith(${q(text)})`, bits);
      });
      return `case ${unit}: ${tests.join("")} break;`;
    });
    const unit = `${this.#v}.charCodeAt(${this.#v}.length - ${at + 1})`;
    return `if (${this.#v}.length > ${at}) switch (${unit}) { ${cases.join("\n")} }\n`;
  }

  #is([text, bits]: Tested): string {
    return this.#holds(`${this.#v} === ${q(text)}`, bits);
  }

  /** Compares only where one of the rules may still be a candidate. */
  #holds(test: string, bits: number): string {
    const asked = this.#rules === null || bits === this.#rules ? "" : `(key & ${bits}) !== 0 && `;
    return `if (${asked}${test}) h |= ${bits};\n`;
  }
}

function grouped<K>(tested: readonly Tested[], by: (tested: Tested) => K): Map<K, Tested[]> {
  const groups = new Map<K, Tested[]>();
  for (const each of tested) {
    const key = by(each);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [each]);
    else group.push(each);
  }
  return groups;
}

/** The place below `count` whose unit tells most of the texts apart; of several the last one, for beginnings and ends are often alike. */
function tellingPlace(tested: readonly Tested[], count: number, unit: (text: string, place: number) => number): number {
  let best = 0;
  let most = 0;
  for (let place = 0; place < count; place++) {
    const units = new Set(tested.map(([text]) => unit(text, place))).size;
    if (units < most) continue;
    best = place;
    most = units;
  }
  return best;
}
