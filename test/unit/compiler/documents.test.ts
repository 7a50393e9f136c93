// Declarations: which documents are refused where, how money lands, what is checked of inputs, and the ranks of norms.
import { describe, expect, it } from "vitest";
import { check, exprText, found, programOf, typeText } from "./checking.ts";

const HEAD = `agreement: words
version: 1.0.0
zone: Europe/Berlin
calendar: {week: Mon-Fri, holidays: target2}
rounding: {money: half-up, days: up, months: down}
parties: {ann: Ann, ben: Ben, cy: Cy}
`;

/** The document, then code and marked text of each diagnostic. */
const DOCUMENTS: readonly (readonly [text: string, ...found: string[]])[] = [
  ["terms: {a: 5.00 EUR, a2: a}", "unused-term a", "unused-term a2"],
  ["terms: {a: money}\nlimits: {x: a > 0}", "which-money money"],
  ["terms: {a: money(EUR), b: {type: int, min: 1, max: 5, value: 7}}\nlimits: {x: 'a > 0 && b > 1'}", "bad-literal 7"],
  ["facts: {a: int}", "missing-key a"],
  ["facts: {a: 0, b: a}", "wrong-name a"],
  ["terms: {t: 3}\nfacts: {a: t, b: {type: decimal, start: t}}"],
  ["facts: {a: {type: int, start: 1.5}}", "bad-literal 1.5"],
  ["facts: {a: ann}", "wrong-name ann"],
  ["facts: {a: {type: party, start: ann}, b: {type: party, start: dan}}", "bad-literal dan"],
  ["facts: {a: {type: [x, y], start: z}}", "bad-literal z"],
  ["facts: {a: {type: {p: int, q?: text}, start: {p: 1}}}"],
  ["facts: {a: {type: {p: int}, start: {p: 1, r: 2}}}", "type-mismatch {p: 1, r: 2}"],
  ["facts: {a: {type: list(int) up to 2, start: [1, 2, 3]}}", "type-mismatch [1, 2, 3]"],
  ["facts: {a: {type: money, start: 0}}", "which-money money"],
  ["facts: {a: {type: money(EUR), start: 0}}"],
  ["facts: {a: {type: int, start: 3, min: 0, max: 5}}"],
  ["parties2: {a: b}", "lang/unknown-key parties2"],
  ["accounts: {jar: {returns_to: ann}}", "which-money jar"],
  ["accounts: {jar: {asset: EUR, returns_to: giver}}", "missing-key giver"],
  ["accounts: {jar: {asset: EUR, from: ann, returns_to: ann}}", "missing-key ann"],
  ["accounts: {jar: {asset: EUR, to_begin: 5.00 EUR, returns_to: ann}}", "missing-key 5.00 EUR"],
  ["accounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 USD, returns_to: ann}}", "bad-literal 5.00 USD"],
  ["accounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann, leaves: [dan]}}", "unknown-name dan"],
  [
    "assets: {points: {digits: 0}}\nterms: {p: 5 points, q: 5.5 points}\nlimits: {x: p > 0}",
    "too-many-digits 5.5 points",
  ],
  ["assets: {EUR: {digits: 0}}", "unknown-asset EUR"],
  ["derive: {a: 'a + 1'}", "derived-cycle a"],
  ["derive: {a: b, b: c, c: a}", "derived-cycle a"],
  ["derive: {a: {bands: 5, '< 3': 1, '< 3 EUR': 2, else: 3}}", "bad-literal 3 EUR"],
  ["derive: {a: {bands: 5, '< 3': 1, else: 3.00 EUR}}", "type-mismatch 3.00 EUR"],
  ["facts: {l: 1.5}\nderive: {a: {bands: l, '< 3': 1, '>= 3': 2, '== 1': 5, else: 3}}", "unreachable-row '== 1'"],
  ["facts: {l: 50%}\nderive: {a: {bands: l, '< 3%': 1%, '< 9%': 2%, else: 0}, b: {bands: l, like: a}}"],
  ["derive: {b: {bands: 3, like: zz}}", "unknown-name zz"],
  [
    "facts: {s: false}\nderive: {b: {first: [{when: s, give: 3}, {when: 3, give: 3}], else: x}}",
    "type-mismatch 3",
    "unknown-name x",
  ],
  ["actions: {g: {who: dan}}", "unknown-name dan"],
  [
    "actions: {g: {who: [ann, ben], with: {a: int, b: {type: text, most: 5, matches: 'x'}}, needs: [a > 3, 'b == \"x\"']}}",
  ],
  ["actions: {g: {who: ann, with: {a: {type: int, min: x}}}}", "unknown-name x"],
  ["actions: {g: {who: ann, with: {ann: int}}}", "shadowed-name ann"],
  ["actions: {g: {who: ann, with: {caller: int}}}", "reserved-name caller"],
  ["actions: {g: {who: ann, with: {a: {type: int, matches: 'x', most: 3}}}}", "misplaced-key 3", "misplaced-key 'x'"],
  ["actions: {g: {who: ann, with: {a: {type: bool, min: 3}}}}", "misplaced-key 3"],
  ["actions: {g: {who: ann, needs: 3}}", "type-mismatch 3"],
  ["actions: {g: {who: ann, by: 2026-01-31, before: 2026-01-31}}", "lang/keys-clash before"],
  ["actions: {g: {who: ann, opens: 3 days}}", "wrong-deadline 3 days"],
  ["actions: {g: {who: ann, into: jar}}\naccounts: {jar: {asset: EUR, returns_to: ann}}", "misplaced-key jar"],
  ["actions: {g: {who: ann, pays: 3, into: jar}}\naccounts: {jar: {asset: EUR, returns_to: ann}}", "type-mismatch 3"],
  ["actions: {g: {who: ann, pays: 3.00 EUR}}", "unbalanced-payment 3.00 EUR"],
  [
    "actions: {g: {who: ann, pays: 3.00 USD, into: jar}, h: {who: ann, moves: release all from jar}}\naccounts: {jar: {asset: EUR, returns_to: ann}}",
    "wrong-asset 3.00 USD",
  ],
  [
    "actions: {g: {who: ann, moves: hold all in jar}, h: {who: ann, moves: release all from jar}}\naccounts: {jar: {asset: EUR, returns_to: ann}}",
    "missing-key hold all in jar",
  ],
  [
    "actions: {g: {who: ann, moves: pay 3.00 EUR to jar}, h: {who: ann, moves: release all from jar}}\naccounts: {jar: {asset: EUR, returns_to: ann}}",
    "misplaced-key jar",
  ],
  [
    "actions: {g: {who: ann, moves: [{hold: 3.00 EUR, from: ben, into: jar}]}, h: {who: ann, moves: release all from jar}}\naccounts: {jar: {asset: EUR, returns_to: ann}}",
    "no-payer ben",
  ],
  [
    "actions: {h: {who: [ann, cy], moves: [{pay: all, from: jar, to: caller}]}}\naccounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann, leaves: [ann, ben]}}",
    "forbidden-move caller",
  ],
  [
    "actions: {h: {who: ann, moves: [{split: all, from: jar, to: {ann: 50%, ben: rest}, remainder: ann}]}}\naccounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann}}",
    "misplaced-key ann",
  ],
  [
    "actions: {h: {who: ann, moves: [{split: all, from: jar, to: {ann: 5.00 EUR, ben: rest}, remainder: ben}]}}\naccounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann}}",
    "bad-literal 5.00 EUR",
  ],
  [
    "actions: {h: {who: ann, moves: [{move: all, from: jar, to: pot}]}, i: {who: ann, moves: release all from pot}}\naccounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann}, pot: {asset: USD, returns_to: ann}}",
    "wrong-asset pot",
  ],
  ["facts: {l: 1}\nactions: {h: {who: ann, then: {l: 2, m: 3}, to: open}}", "unknown-name m", "unknown-name open"],
  [
    "facts: {l: 1}\nactions: {h: {who: ann, cases: [{when: l > 1, then: {l: 2}}]}}",
    "lang/missing-key [{when: l > 1, then: {l: 2}}]",
  ],
  ["actions: {h: {who: ann, tell: [{to: dan, what: caller}]}}", "unknown-name dan"],
  ["actions: {h: {who: ann}}\nstates: {a: {on: {h: b}}, b: {}}", "no-start {a: {on: {h: b}}, b: {}}"],
  [
    "actions: {h: {who: ann}}\nstates: {a: {initial: true, on: {h: c}, after: {3 days: b, 2026-05-01: b, 5: b}}, b: {when: {'now > 3': a}}}",
    "unknown-name c",
    "wrong-deadline 5",
    "bad-operands >",
  ],
  [
    "actions: {h: {who: ann}}\nstates: {a: {initial: true, on: {h: b}}, b: {initial: true}}",
    "no-start {a: {initial: true, on: {h: b}}, b: {initial: true}}",
  ],
  ["actions: {h: {who: ann, in: [zz]}}\nstates: {a: {initial: true}}", "unknown-name zz"],
  ["actions: {h: {who: ann}}\nobligations: {x: {who: ben, must: h, else: nothing}}", "wrong-name h"],
  [
    "actions: {h: {who: ann}}\nobligations: {x: {who: ann, must: h, within: 3 h, else: [y, z]}}",
    "unknown-name y",
    "unknown-name z",
  ],
  ["obligations: {x: {who: ann, to: ben, must: pay, else: nothing}}", "missing-key pay"],
  ["obligations: {x: {who: ann, to: ben, must: pay, amount: 3, within: 3 h, else: nothing}}", "type-mismatch 3"],
  ["obligations: {x: {who: ann, must: pay, amount: 3.00 EUR, within: 3 h, else: nothing}}", "missing-key pay"],
  [
    "accounts: {jar: {asset: USD, from: ann, to_begin: 5.00 USD, returns_to: ann}}\nobligations: {x: {who: ann, to: ben, must: pay, from: jar, amount: 3.00 EUR, within: 3 h, else: nothing}}",
    "wrong-asset jar",
  ],
  [
    "accounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann, leaves: [cy]}}\nobligations: {x: {who: ann, to: ben, must: pay, from: jar, amount: 3.00 EUR, within: 3 h, else: nothing}}",
    "forbidden-move jar",
  ],
  [
    "actions: {h: {who: ann}}\nobligations: {x: {who: ann, must: h, on: h, within: 3 h, else: nothing}}",
    "missing-key h",
  ],
  [
    "actions: {h: {who: ann}}\nobligations: {x: {who: ann, must: h, again: true, within: 3 h, else: nothing}}",
    "misplaced-key x",
  ],
  [
    "actions: {h: {who: ann}}\nobligations: {x: {who: ann, must: h, open_at_most: 0, within: 3 h, else: nothing}}",
    "bad-number 0",
  ],
  ["obligations: {x: {who: ann, holds: 'held(jar) > 3', else: nothing}}", "unknown-name jar"],
  ["powers: {p: {who: ann, may: declare_missed}}", "missing-key declare_missed"],
  [
    "powers: {p: {who: ann, may: end, of: x}}\nobligations: {x: {who: ann, to: ben, must: pay, amount: 3.00 EUR, else: nothing}}",
    "misplaced-key x",
  ],
  [
    "powers: {p: {who: ann, may: end, when: '3 > 2'}, q: {who: ann, may: end, unless: '3 > 2'}}",
    "constant-condition 3 > 2",
    "unusable-power 3 > 2",
  ],
  ["facts: {l: int?}\nlimits: {a: 'l > 3', b: '!known(l) || l > 3'}", "may-be-unknown l > 3"],
  ["terms: {a: 3}\nlimits: {x: a > 5, y: a > 2}", "limit-broken a > 5"],
  ["runs: {until: 3 days}", "wrong-deadline 3 days"],
  ["rail: ann", "bad-setting ann"],
  [
    "facts: {a: {type: percent, start: 0}, b: {type: decimal, start: 98%}}\nderive: {r: {bands: 'a / 3', '< 98%': 3%, else: 0%}}",
  ],
  [
    "facts: {a: {type: list(int) up to 2, start: []}}\nactions: {g: {who: ann, with: {n: int}, then: {a: 'concat(a, [n])'}}}",
  ],
  [
    "facts: {a: int?, b: 0}\nactions: {g: {who: ann, needs: known(a), then: {b: a}}, h: {who: ann, then: {b: a}}}",
    "may-be-unknown a",
  ],
  [
    "facts: {w: {type: party, start: ann}}\nactions: {h: {who: ann, moves: pay all from jar to w}}\naccounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann, leaves: [ann, ben]}}",
    "forbidden-move w",
  ],
  [
    "facts: {w: {type: party, start: ann}}\nactions: {h: {who: ann, moves: pay all from jar to w}}\naccounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann, leaves: [ann, ben, cy]}}",
  ],
  [
    "actions: {h: {who: anyone, moves: [{pay: all, from: jar, to: caller}]}}\naccounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann, leaves: [ann, ben, cy]}}",
    "forbidden-move caller",
  ],
  ["facts: {d: today}\nactions: {h: {who: ann, then: {d: today}}}", "unknown-name today"],
  [
    "actions: {pay_in: {who: ann, moves: hold 1.00 EUR in jar}, out: {who: ann, moves: release all from jar}}\naccounts: {jar: {asset: EUR, returns_to: ann}}\nlimits: {few: 'held(jar) <= money(\"5.00 EUR\")', many: 'held(jar) >= 0'}",
  ],
  [
    "states: {a: {initial: true, after: {3 days: b}}, b: {enter: {moves: release all from jar}, ends: expired}}\naccounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann}}\nlimits: {few: 'held(jar) <= money(\"5.00 EUR\")', many: 'held(jar) >= 0', cut_it: {must: 'held(jar) >= 0', cut: owed}, place: {must: 'state == \"a\"', cut: waive}}",
    "limit-needs-cut many",
    "limit-needs-cut place",
  ],
];

describe("documents", () => {
  it.each(DOCUMENTS)("%s", (text, ...expected) => {
    expect(found(check(`${HEAD}${text}\n`))).toEqual(expected);
  });
});

const SMALL = `agreement: words
version: 1.0.0
rounding: {money: half-up}
parties: {ann: Ann, ben: Ben}
`;

// Agreements.md rule 8: rounded where it lands, unless it has the digits of its asset by the way it was made.
const LANDING: readonly (readonly [value: string, landed: string])[] = [
  ["fee", "fee"],
  ["0", "0.00 EUR"],
  ["5.00 EUR", "5.00 EUR"],
  ["much", "input 0"],
  ["fee * 2", "(mul fee 2)"],
  ["n * fee", "(mul n fee)"],
  ["fee * d", '(round_money (mul fee d) 2 "half-up")'],
  ["fee * rate", '(round_money (mul fee rate) 2 "half-up")'],
  ["fee / 2", '(round_money (div fee 2) 2 "half-up")'],
  ["fee + much", "(add fee input 0)"],
  ["min(fee, much)", "(min fee input 0)"],
  ["max(0, fee - much)", "(max 0.00 EUR (sub fee input 0))"],
  ["min(fee * rate, much)", '(round_money (min (mul fee rate) input 0) 2 "half-up")'],
  ["-fee", "(neg fee)"],
  ["exact", "exact"],
  ["rough", '(round_money rough 2 "half-up")'],
  ["held(jar)", "held jar"],
  ["paid(owing)", "(paid owing)"],
  ["choose(storm, fee, much)", "(choose storm → fee else input 0)"],
  ["choose(storm, fee, fee / 3)", '(round_money (choose storm → fee else (div fee 3)) 2 "half-up")'],
  ["known_first(later, fee)", "(known_first later fee)"],
  ["sum([for x in list {x}])", '(round_money (sum for $1 in input 1 {$1}) 2 "half-up")'],
  ["fee * 2.0", "(mul fee 2.0)"],
  ["round(fee / 3, 2)", '(round_money (round (div fee 3) 2 "half-up") 2 "half-up")'],
  ["abs(fee)", "(abs fee)"],
];

describe("landing", () => {
  it.each(LANDING)("%s", (value, landed) => {
    const program = programOf(`${SMALL}terms: {fee: 5.00 EUR, rate: 10%, n: 3, d: 1.5}
facts: {seen: 0.00 EUR, later: money(EUR)?, storm: false}
derive: {exact: fee + seen, rough: fee * rate}
accounts: {jar: {from: ann, to_begin: fee, returns_to: ann}}
actions: {note: {who: ann, with: {much: money, list: list(money) up to 3}, then: {seen: '${value}'}}}
obligations: {owing: {who: ann, to: ben, must: pay, amount: fee, else: nothing}}
`);
    expect(exprText(program, program.actions[0]!.effects.then[0]!.value)).toBe(landed);
  });

  it("needs a mode as soon as something is rounded, and not before", () => {
    const text = (amount: string) =>
      `${SMALL.replace("rounding: {money: half-up}\n", "")}terms: {fee: 5.00 EUR}\nobligations: {x: {who: ann, to: ben, must: pay, amount: ${amount}, else: nothing}}\n`;
    expect(found(check(text("fee * 3")))).toEqual([]);
    expect(found(check(text("fee / 3")))).toEqual(["missing-setting fee / 3"]);
  });
});

const INPUTS: readonly (readonly [type: string, read: string, check: string])[] = [
  ["int", "int", "none"],
  ["{type: int, min: 1, max: n}", "int", "(and (le 1 input 0) (le input 0 n))"],
  ["money", "EUR", '(eq (round input 0 2 "toward-zero") input 0)'],
  ["text", "text", "(le (len input 0) 1024)"],
  ["text?", "text?", "(le (len input 0) 1024)"],
  ["{type: text, most: 5}", "text", "(le (len input 0) 5)"],
  ["{type: text, matches: '^a'}", "text", "(and (match input 0 /^a/) (le (len input 0) 1024))"],
  ["{type: int, of: [1, 2]}", "int", "(or (eq input 0 1) (eq input 0 2))"],
  ["[red, blue]", "red|blue", "none"],
  ["party", "party", "(or (eq input 0 ann) (eq input 0 ben))"],
  ["list(int) up to 3", "list(int) up to 3", "none"],
  ["{type: int, optional: true, min: 0}", "int?", "(le 0 input 0)"],
];

describe("inputs", () => {
  it.each(INPUTS)("%s", (type, read, expected) => {
    const program = programOf(`${SMALL}terms: {fee: 5.00 EUR, n: 3}
actions: {note: {who: ann, with: {x: ${type}}, pays: fee, into: jar, needs: 'n > 2'}}
accounts: {jar: {from: ann, to_begin: fee, returns_to: ann}}
runs: {for: 3 h}
`);
    const [input] = program.actions[0]!.inputs;
    const { check } = input!;
    expect([typeText(input!.type), check === null ? "none" : exprText(program, check)]).toEqual([read, expected]);
  });
});

// Agreements.md section 2, "Rank", and rule 21.
const RANKS: readonly (readonly [obligations: string, ...norms: string[]])[] = [
  [
    "  c: {who: ann, holds: 'l < 3', when: done(b), within: 3 h, else: nothing}\n  b: {who: ann, must: h, when: violated(a), within: 3 h, else: nothing}\n  a: {who: ann, must: h, within: 3 h, else: nothing}\n",
    "0 a once",
    "1 b once",
    "2 c once",
  ],
  [
    "  a: {who: ann, must: h, within: 3 h, else: b}\n  b: {who: ann, must: h, within: 3 h, else: a2}\n  a2: {who: ann, must: h, within: 3 h, else: b}\n",
    "0 a once",
    "0 a2 else",
    "1 b else",
  ],
  [
    "  b: {who: ann, holds: 'held(jar) > 0', else: nothing}\n  a: {who: ann, to: ben, must: pay, amount: 2.00 EUR, from: jar, when: 'l > 0', within: 3 h, else: nothing}\n",
    "0 a once",
    "1 b once",
  ],
  [
    "  b: {who: ann, holds: 'l < 5', else: nothing}\n  a: {who: ann, must: h, within: 3 h, else: {then: {l: 9}}}\n",
    "0 a once",
    "1 b once",
  ],
  ["  a: {who: ann, must: h, when: '!done(a)', again: true, within: 3 h, else: nothing}\n", "0 a once"],
  ["  a: {who: ann, holds: 'l < 5', when: 'violated(a) || l == 1', again: true, else: nothing}\n", "instant-cycle a"],
];

describe("ranks and births", () => {
  it.each(RANKS)("%s", (obligations, ...expected) => {
    const checked = check(`${SMALL}facts: {l: 0}
actions: {h: {who: ann, then: {l: 1}}}
accounts: {jar: {asset: EUR, from: ann, to_begin: 5.00 EUR, returns_to: ann}}
obligations:
${obligations}`);
    const norms = checked.program?.norms.map((norm) => `${norm.rank} ${norm.name} ${norm.birth.kind}`);
    expect(norms ?? found(checked)).toEqual(expected);
  });
});
