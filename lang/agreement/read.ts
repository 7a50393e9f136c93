// The raw tree of an agreement to its AST. One table of keys; everything else follows from it.
import type { Agreement, MapNode, Scalar } from "../ast.ts";
import { actions, limits, obligations, powers, regions } from "./norms.ts";
import { type Reader, type Reading, readSection, wrongShape } from "./reading.ts";
import { accounts, assets, derive, facts, parties, terms } from "./state.ts";
import { tests } from "./tests.ts";
import { exprOrLiteral, scalar, scalars, word } from "./values.ts";

const holidays: Reader<Scalar | readonly Scalar[]> = (reading, node, key) =>
  node.kind === "scalar" ? node : scalars("the name of a calendar, or a list of dates")(reading, node, key);

/** A small section with its place. */
export const calendarSection = { keys: { week: scalar("days, such as `Mon-Fri`"), holidays } } as const;
export const roundingSection = {
  keys: {
    money: word("floor", "ceiling", "toward-zero", "away", "half-up", "half-even", "half-down"),
    days: scalar("`down` or `up`"),
    months: word("down", "up"),
  },
} as const;
export const runsSection = {
  keys: { from: exprOrLiteral, for: exprOrLiteral, until: exprOrLiteral },
  oneOf: [["for", "until"]],
} as const;

export const agreementSection = {
  keys: {
    agreement: scalar("the name of the agreement"),
    version: scalar("a version such as 1.0.0"),
    title: scalar("a text"),
    about: scalar("a text"),
    clock: word("time", "ticks"),
    zone: scalar("a zone such as Europe/Rome"),
    calendar: ((reading, node) => ({
      ...readSection(reading, node, calendarSection, "`calendar`"),
      span: node.span,
    })) as Reader<NonNullable<Agreement["calendar"]>>,
    rounding: ((reading, node) => ({
      ...readSection(reading, node, roundingSection, "`rounding`"),
      span: node.span,
    })) as Reader<NonNullable<Agreement["rounding"]>>,
    assets,
    rail: scalar("the name of a role, or `test`"),
    runs: ((reading, node) => ({ ...readSection(reading, node, runsSection, "`runs`"), span: node.span })) as Reader<
      NonNullable<Agreement["runs"]>
    >,
    catch_up: scalar("a number"),
    parties,
    terms,
    facts,
    derive,
    accounts,
    actions,
    obligations,
    powers,
    states: regions,
    limits,
    tests,
  },
  required: ["agreement", "version"],
  missing: {
    agreement: "start with  agreement: <name>  or, for a policy,  policy: <name>",
    version: "add  version: 1.0.0",
  },
  notYet: ["use", "parts", "permissions", "prohibitions", "schedule", "disputes", "changes", "text"],
} as const;

export function readAgreement(reading: Reading, root: MapNode): Agreement | null {
  const first = root.entries[0]?.key;
  if (first === undefined) return wrongShape(reading, root, "an agreement", "agreement: bakery");
  const place = { ...first.span };
  const values = readSection(reading, root, agreementSection, "an agreement", place);
  if (values.agreement === null) return null;
  return {
    kind: "agreement",
    span: root.span,
    root,
    name: values.agreement,
    version: values.version,
    title: values.title,
    about: values.about,
    clock: values.clock,
    zone: values.zone,
    calendar: values.calendar,
    rounding: values.rounding,
    assets: values.assets ?? [],
    rail: values.rail,
    runs: values.runs,
    catchUp: values.catch_up,
    parties: values.parties ?? [],
    terms: values.terms ?? [],
    facts: values.facts ?? [],
    derive: values.derive ?? [],
    accounts: values.accounts ?? [],
    actions: values.actions ?? [],
    obligations: values.obligations ?? [],
    powers: values.powers ?? [],
    regions: values.states ?? [],
    limits: values.limits ?? [],
    tests: values.tests ?? [],
  };
}
