// Constraints and data for them, from a seed. Data are mostly what the constraint asks for, then changed at one place or two: what
// lies at the edge of a constraint is what readers of it disagree about.
import { type Random, randomFrom } from "../sim/random.ts";

/** JSON with the text of numbers kept. */
export type Data = null | boolean | string | Num | readonly Data[] | ReadonlyMap<string, Data>;
export class Num {
  readonly text: string;
  constructor(text: string) {
    this.text = text;
  }
}

export interface Pair {
  readonly data: Data;
  /** Places that were changed in data that should hold. */
  readonly changes: number;
}
export interface Case {
  readonly seed: number;
  readonly source: string;
  readonly path: string;
  readonly pairs: readonly Pair[];
}

/** A constraint as text, and data that should satisfy it. */
interface Made {
  readonly text: string;
  readonly sample: () => Data;
}

export function writeData(data: Data): string {
  if (data instanceof Num) return data.text;
  if (Array.isArray(data)) return `[${data.map(writeData).join(",")}]`;
  if (data instanceof Map)
    return `{${[...data].map(([name, value]) => `${JSON.stringify(name)}:${writeData(value as Data)}`).join(",")}}`;
  return JSON.stringify(data);
}

const NAMES = ["a", "b", "c", "min", "max", "ax"] as const;
const TEXTS = ["", "a", "b", "ab", "abc", "z", "é", "10", "ba"] as const;
const NUMBERS = ["0", "1", "2", "3", "-1", "10", "1.5", "1.0", "2.0", "1e2", "0.1", "9007199254740993"] as const;

export function caseOf(seed: number, count: number): Case {
  const maker = new Maker(randomFrom(seed));
  const { source, root } = maker.document();
  const pairs: Pair[] = [];
  const r = maker.random;
  for (let i = 0; i < count; i++) {
    const changes = r.pick([0, 0, 1, 1, 1, 1, 2, 3]);
    let data = root.sample();
    for (let k = 0; k < changes; k++) data = maker.changed(data);
    pairs.push({ data, changes });
  }
  return { seed, source, path: maker.path, pairs };
}

class Maker {
  readonly random: Random;
  path = "";
  readonly #imports = new Set<string>();
  readonly #definitions: { readonly name: string; text: string; made: Made }[] = [];
  /** Names of scalar fields of the structs around, that a bound may refer to. */
  #scopes: string[][] = [];

  constructor(random: Random) {
    this.random = random;
  }

  document(): { readonly source: string; readonly root: Made } {
    const r = this.random;
    const count = r.below(3);
    for (let i = 0; i < count; i++) this.#define(i);
    const root = this.#struct(3, false);
    const body = root.text.replace(/^\{|\}$/g, "");
    const definitions = this.#definitions.map(({ name, text }) => `${name}: ${text}`);
    const imports = [...this.#imports].sort().map((name) => `import "${name}"`);
    this.path = r.chance(30) ? "#Root" : "";
    const whole = this.path === "" ? body : `#Root: {${body}}`;
    return { source: [...imports, ...definitions, whole, ""].join("\n"), root };
  }

  #define(index: number): void {
    const r = this.random;
    const name = `#D${index}`;
    if (r.chance(25)) {
      this.#definitions.push({ name, ...this.#recursive(name) });
      return;
    }
    const made = r.chance(70) ? this.#struct(2, false) : this.#value(2);
    this.#definitions.push({ name, text: made.text, made });
  }

  #recursive(name: string): { readonly text: string; readonly made: Made } {
    const r = this.random;
    const leaf = this.#scalar();
    const node = (levels: number): Data => {
      switch (shape) {
        case 0:
          return new Map<string, Data>([
            ["v", leaf.sample()],
            ...(levels > 0 && r.chance(70) ? ([["next", node(levels - 1)]] as const) : []),
          ]);
        case 1:
          return levels === 0 || r.chance(30)
            ? new Map<string, Data>([
                ["t", "leaf"],
                ["v", leaf.sample()],
              ])
            : new Map<string, Data>([
                ["t", "node"],
                ["of", Array.from({ length: r.below(3) }, () => node(levels - 1))],
              ]);
        case 2:
          return levels === 0 || r.chance(30)
            ? leaf.sample()
            : r.chance(50)
              ? Array.from({ length: r.below(3) }, () => node(levels - 1))
              : new Map<string, Data>(NAMES.slice(0, r.below(3)).map((each) => [each, node(levels - 1)]));
        default:
          return new Map<string, Data>([
            ["v", leaf.sample()],
            [
              "of",
              new Map<string, Data>(
                NAMES.slice(0, levels === 0 ? 0 : r.below(3)).map((each) => [each, node(levels - 1)]),
              ),
            ],
          ]);
      }
    };
    const shape = r.below(4);
    const text = [
      `{v!: ${leaf.text}, next?: ${name}}`,
      `{t!: "leaf", v!: ${leaf.text}} | {t!: "node", of!: [...${name}]}`,
      `(${leaf.text}) | [...${name}] | {[string]: ${name}}`,
      `{v!: ${leaf.text}, of?: {[=~"^[a-z]"]: ${name}}}`,
    ][shape]!;
    return { text, made: { text: name, sample: () => node(3) } };
  }

  /** Any constraint. */
  #value(depth: number): Made {
    const r = this.random;
    if (depth <= 0 || r.chance(45)) return this.#scalar();
    switch (r.below(12)) {
      case 0:
      case 1:
      case 2:
        return this.#struct(depth - 1, true);
      case 3:
      case 4:
        return this.#list(depth - 1);
      case 5:
        return this.#union(depth - 1);
      case 6:
        return this.#alternatives(depth - 1);
      case 7:
        return this.#matches(depth - 1);
      case 8: {
        const base = this.#struct(depth - 1, true);
        const other = this.#struct(depth - 1, true);
        return {
          text: `${base.text} & ${other.text}`,
          sample: () => new Map([...(base.sample() as Map<string, Data>), ...(other.sample() as Map<string, Data>)]),
        };
      }
      default: {
        const definition = this.#definitions.length === 0 ? null : r.pick(this.#definitions);
        if (definition === null) return this.#scalar();
        return { text: definition.name, sample: () => definition.made.sample() };
      }
    }
  }

  #scalar(): Made {
    const r = this.random;
    const int = (low: number, high: number): Data => new Num(String(low + r.below(high - low + 1)));
    const named = this.#scopes.flat();
    switch (r.below(20)) {
      case 0:
        return { text: "int", sample: () => int(-3, 12) };
      case 1:
        return { text: "string", sample: () => r.pick(TEXTS) };
      case 2:
        return { text: "bool", sample: () => r.chance(50) };
      case 3:
        return { text: "number", sample: () => new Num(r.pick(NUMBERS)) };
      case 4:
        return { text: "float", sample: () => new Num(r.pick(["1.5", "1.0", "1e2", "0.1"])) };
      case 5:
        return { text: "null", sample: () => null };
      case 6:
        return { text: "_", sample: () => r.pick<Data>([null, true, "a", new Num("1"), []]) };
      case 7: {
        const low = r.below(4);
        const high = low + r.below(6);
        return { text: `int & >=${low} & <=${high}`, sample: () => int(low, high) };
      }
      case 8: {
        const bound = r.pick(NUMBERS);
        const op = r.pick([">", ">=", "<", "<=", "!="]);
        return { text: `${op}${bound}`, sample: () => new Num(r.pick(NUMBERS)) };
      }
      case 9: {
        const bound = JSON.stringify(r.pick(TEXTS));
        return { text: `${r.pick([">", ">=", "<", "<=", "!="])}${bound}`, sample: () => r.pick(TEXTS) };
      }
      case 10: {
        const [pattern, samples] = r.pick([
          ["^a", ["a", "ab", "ax"]],
          ["b$", ["b", "ab"]],
          ["^[a-z]{1,2}$", ["a", "zz"]],
          ["(?i)^A", ["a", "AB"]],
          ["^(a|b)+$", ["abab"]],
          ["\\\\d+", ["10", "x9"]],
        ] as const);
        return r.chance(75)
          ? { text: `=~"${pattern}"`, sample: () => r.pick(samples) }
          : { text: `!~"${pattern}"`, sample: () => r.pick(TEXTS) };
      }
      case 11:
      case 12: {
        const values = [...new Set(Array.from({ length: 2 + r.below(3) }, () => r.pick(TEXTS)))];
        return { text: values.map((each) => JSON.stringify(each)).join(" | "), sample: () => r.pick(values) };
      }
      case 13: {
        const values = [...new Set(Array.from({ length: 1 + r.below(3) }, () => r.pick(NUMBERS)))];
        return { text: values.join(" | "), sample: () => new Num(r.pick(values)) };
      }
      case 14: {
        this.#imports.add("strings");
        const most = r.below(4);
        return { text: `strings.MaxRunes(${most})`, sample: () => "éab".slice(0, most) };
      }
      case 15: {
        this.#imports.add("strings");
        return { text: 'strings.MinRunes(1) & !="z"', sample: () => r.pick(["a", "é"]) };
      }
      case 16: {
        const text = r.pick(["!=null", "int | string", "*1 | int", "string | null", "bool | >3", '(int & >3) | "a"']);
        return { text, sample: () => r.pick<Data>([new Num("4"), "a", true, null]) };
      }
      case 17: {
        const value = r.pick(["true", "false", "null", '"a"', "1", "1.5"]);
        return { text: value, sample: () => literal(value) };
      }
      default: {
        if (named.length === 0) return { text: "int", sample: () => int(0, 9) };
        const name = r.pick(named);
        const text = r.pick([
          `>=${name}`,
          `<=${name}`,
          `>${name}`,
          `!=${name}`,
          `int & >=${name}`,
          name,
          `>=${name} & <=12`,
        ]);
        return { text, sample: () => int(2, 9) };
      }
    }
  }

  #struct(depth: number, marks: boolean): Made {
    const r = this.random;
    const scalars: string[] = [];
    this.#scopes.push(scalars);
    const fields: { readonly name: string; readonly mark: string; readonly made: Made }[] = [];
    const names = [...new Set(Array.from({ length: 1 + r.below(4) }, () => r.pick(NAMES)))];
    for (const name of names) {
      const mark = r.pick(["!", "!", "!", "?", "?", "?", ""]);
      const made = r.chance(25) && (name === "min" || name === "a") ? this.#number() : this.#value(depth);
      fields.push({ name, mark, made });
      if (/^(int|number|string|>|<)/.test(made.text)) scalars.push(name);
    }
    const parts = fields.map(({ name, mark, made }) => `${name}${mark}: ${made.text}`);
    let further: (() => [string, Data]) | null = null;
    const closing = r.below(10);
    if (closing < 2) {
      const [label, name] = r.pick([
        ["string", "q"],
        ['=~"^x"', "x1"],
        ['!="b"', "q"],
        ['=~"^a"', "ay"],
      ] as const);
      const value = this.#value(depth - 1);
      parts.push(`[${label}]: ${value.text}`);
      further = () => [name, value.sample()];
    } else if (closing === 2) parts.push("...");
    this.#scopes.pop();
    const inner = `{${parts.join(", ")}}`;
    const closed = marks && r.chance(15);
    return {
      text: closed ? `close(${inner})` : inner,
      sample: () => {
        const out = new Map<string, Data>();
        for (const { name, mark, made } of fields) if (mark !== "?" || r.chance(60)) out.set(name, made.sample());
        if (further !== null && r.chance(50)) out.set(...further());
        return out;
      },
    };
  }

  #number(): Made {
    const low = this.random.below(3);
    return { text: `int & >=${low}`, sample: () => new Num(String(low + this.random.below(4))) };
  }

  #list(depth: number): Made {
    const r = this.random;
    const item = this.#value(depth);
    const many = (): Data[] => Array.from({ length: r.below(4) }, () => item.sample());
    switch (r.below(6)) {
      case 0:
        return { text: `[${item.text}, ${item.text}]`, sample: () => [item.sample(), item.sample()] };
      case 1: {
        const first = this.#scalar();
        return { text: `[${first.text}, ...${paren(item.text)}]`, sample: () => [first.sample(), ...many()] };
      }
      case 2:
        this.#imports.add("list");
        return { text: `list.MaxItems(2) & [...${paren(item.text)}]`, sample: () => many().slice(0, 2) };
      case 3:
        this.#imports.add("list");
        return { text: `list.UniqueItems() & [...${paren(item.text)}]`, sample: () => many().slice(0, 2) };
      case 4:
        this.#imports.add("list");
        return { text: `[...${paren(item.text)}] & list.MinItems(1)`, sample: () => [item.sample(), ...many()] };
      default:
        return { text: `[...${paren(item.text)}]`, sample: many };
    }
  }

  /** Structs told apart by a field. */
  #union(depth: number): Made {
    const r = this.random;
    const members = ["a", "b", "c"].slice(0, 2 + r.below(2)).map((tag) => {
      const made = this.#value(depth);
      const text = `{t!: "${tag}", v${r.pick(["!", "?"])}: ${made.text}}`;
      return {
        text,
        sample: (): Data =>
          new Map<string, Data>([
            ["t", tag],
            ["v", made.sample()],
          ]),
      };
    });
    return { text: members.map(({ text }) => text).join(" | "), sample: () => r.pick(members).sample() };
  }

  #alternatives(depth: number): Made {
    const x = this.#value(depth);
    const y = this.#value(depth);
    return { text: `(${x.text}) | (${y.text})`, sample: () => this.random.pick([x, y]).sample() };
  }

  #matches(depth: number): Made {
    const r = this.random;
    const x = this.#struct(depth, true);
    const y = this.#struct(depth, true);
    const text = r.pick([
      `matchN(1, [${x.text}, ${y.text}])`,
      `matchN(>=1, [${x.text}, ${y.text}])`,
      `matchN(0, [${x.text}])`,
      `matchIf(${x.text}, ${y.text}, _)`,
    ]);
    return { text, sample: () => r.pick([x, y]).sample() };
  }

  /** The same with one place changed. */
  changed(data: Data): Data {
    const r = this.random;
    if (Array.isArray(data) && data.length > 0 && r.chance(75)) {
      const at = r.below(data.length);
      if (r.chance(15)) return data.filter((_, index) => index !== at);
      return data.map((item, index) => (index === at ? this.changed(item) : item));
    }
    if (Array.isArray(data) && r.chance(50)) return [...data, this.#atom()];
    if (data instanceof Map && data.size > 0 && r.chance(80)) {
      const names = [...(data as ReadonlyMap<string, Data>).keys()];
      const name = r.pick(names);
      const copy = new Map<string, Data>(data as ReadonlyMap<string, Data>);
      if (r.chance(20)) copy.delete(name);
      else copy.set(name, this.changed(copy.get(name)!));
      return copy;
    }
    if (data instanceof Map && r.chance(60)) {
      const copy = new Map<string, Data>(data as ReadonlyMap<string, Data>);
      copy.set(r.pick([...NAMES, "x1", "q", "v", "t", "next"]), this.#atom());
      return copy;
    }
    if (data instanceof Num && r.chance(60)) return new Num(r.pick([...NUMBERS, "-5", "20"]));
    return this.#atom();
  }

  #atom(): Data {
    const r = this.random;
    return r.pick<Data>([
      null,
      true,
      false,
      new Num(r.pick(NUMBERS)),
      new Num(r.pick(NUMBERS)),
      r.pick(TEXTS),
      r.pick(TEXTS),
      [],
      [new Num("1")],
      new Map<string, Data>(),
      new Map<string, Data>([["a", new Num("1")]]),
    ]);
  }
}

const paren = (text: string): string => (/[|&]/.test(text) ? `(${text})` : text);

function literal(text: string): Data {
  if (text === "null") return null;
  if (text === "true" || text === "false") return text === "true";
  return text.startsWith('"') ? (JSON.parse(text) as string) : new Num(text);
}
