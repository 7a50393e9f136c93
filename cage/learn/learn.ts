// The least policy that allows what was seen: hosts, methods, shapes of paths, names in queries, sizes of answers, classes of addresses. Pure;
// the same observations in any order, and any number of times, give the same bytes.
import { LEARNED_ANSWER_BYTES_MIN, LEARNED_RULES_MAX } from "../limits.ts";
import type { Observation } from "./observations.ts";
import { isLiteral, type Segment, shapeOf, shapePattern, shapeSample, shapeTitle } from "./shapes.ts";
import { addPath, emptyNode, joinWords, type Node, shapesOf } from "./tree.ts";

/** What is known of one method at one shape. */
interface Known {
  readonly query: ReadonlySet<string>;
  readonly answerBytes: number;
  readonly classes: ReadonlySet<string>;
  readonly routes: ReadonlySet<string>;
}
type Methods = ReadonlyMap<string, Known>;

/** A place is one origin from one side. */
interface Place extends Pick<Observation, "kind" | "direction" | "scheme" | "host" | "port"> {
  readonly tree: Node<Methods>;
}

export interface Learned {
  /** YAML. */
  readonly text: string;
  readonly rules: number;
}

/** The policy, or why there is none: in one line, with what to do. */
export function learn(
  observations: Iterable<Observation>,
  name = "learned",
): Learned | { readonly problem: string; readonly help: string } {
  const places = new Map<string, Place>();
  for (const each of observations) {
    const { kind, direction, scheme, host, port } = each;
    const key = JSON.stringify([kind, direction, host, port, scheme]);
    const place = places.get(key) ?? { kind, direction, scheme, host, port, tree: emptyNode<Methods>() };
    places.set(key, place);
    const shape = kind === "tunnel" ? [] : shapeOf(each.path);
    addPath(place.tree, shape, new Map([[each.method, knownOf(each)]]), joinMethods);
  }
  const rules = [...places].sort(([a], [b]) => (a < b ? -1 : 1)).flatMap(([, place]) => rulesOf(place));
  if (rules.length === 0)
    return {
      problem: "nothing was seen that went through",
      help: "let the application do its work under `writ cage init --watch` first",
    };
  if (rules.length > LEARNED_RULES_MAX)
    return {
      problem: `${rules.length} rules would be needed`,
      help: "write rules by hand for hosts whose paths are names",
    };
  return { text: written(name, rules), rules: rules.length };
}

const knownOf = ({ query, answerBytes, class: of, route }: Observation): Known => ({
  query: new Set(query),
  answerBytes: answerBytes ?? 0,
  classes: new Set(of === null || of === "global" ? [] : [of]),
  routes: new Set(route === null ? [] : [JSON.stringify([route.to, route.tls])]),
});

const union = (a: ReadonlySet<string>, b: ReadonlySet<string>): ReadonlySet<string> => new Set([...a, ...b]);

const joinMethods = (a: Methods, b: Methods): Methods => {
  const out = new Map(a);
  for (const [method, known] of b) {
    const before = out.get(method);
    out.set(method, before === undefined ? known : joinKnown(before, known));
  }
  return out;
};

const joinKnown = (a: Known, b: Known): Known => ({
  query: union(a.query, b.query),
  answerBytes: Math.max(a.answerBytes, b.answerBytes),
  classes: union(a.classes, b.classes),
  routes: union(a.routes, b.routes),
});

// ── Rules ─────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface LearnedRule {
  readonly place: Place;
  readonly methods: readonly string[];
  readonly shapes: readonly (readonly Segment[])[];
  readonly query: readonly string[];
  readonly answerBytes: number;
  readonly classes: readonly string[];
  readonly route: readonly [to: string, tls: string | null] | null;
}

function rulesOf(place: Place): LearnedRule[] {
  joinWords(place.tree, joinMethods);
  const rules = shapesOf(place.tree).flatMap(({ shape, value }) => ofShape(place, shape, value));
  return alikeTogether(rules);
}

/** Methods of which the same is known stand together. */
function ofShape(place: Place, shape: readonly Segment[], methods: Methods): LearnedRule[] {
  const groups = new Map<string, LearnedRule & { readonly methods: string[] }>();
  for (const [method, { query, answerBytes, classes, routes }] of [...methods].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const rule: LearnedRule = {
      place,
      methods: [],
      shapes: [shape],
      query: [...query].sort(),
      answerBytes: roundUp(answerBytes),
      classes: [...classes].sort(),
      // Two routes of one request are for the author to choose between: the first by its text stands here.
      route: routes.size === 0 ? null : (JSON.parse([...routes].sort()[0]!) as [string, string | null]),
    };
    const key = JSON.stringify([rule.query, rule.answerBytes, rule.classes, rule.route]);
    const group = groups.get(key) ?? { ...rule, methods: [] };
    group.methods.push(method);
    groups.set(key, group);
  }
  return [...groups.values()];
}

/** Paths without ids, of which the same is known, are one rule. */
function alikeTogether(rules: readonly LearnedRule[]): LearnedRule[] {
  const out: LearnedRule[] = [];
  const literal = new Map<string, (readonly Segment[])[]>();
  for (const rule of rules) {
    if (rule.place.kind === "tunnel" || !isLiteral(rule.shapes[0]!)) {
      out.push(rule);
      continue;
    }
    const key = JSON.stringify([rule.methods, rule.query, rule.answerBytes, rule.classes, rule.route]);
    const before = literal.get(key);
    if (before !== undefined) {
      before.push(rule.shapes[0]!);
      continue;
    }
    const shapes = [rule.shapes[0]!];
    literal.set(key, shapes);
    out.push({ ...rule, shapes });
  }
  return out;
}

/** To a power of two: answers differ by some bytes each time. */
function roundUp(bytes: number): number {
  let bound = LEARNED_ANSWER_BYTES_MIN;
  while (bound < bytes) bound *= 2;
  return bound;
}

// ── Text ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

const q = (text: string): string => JSON.stringify(text);
const list = (texts: readonly string[]): string => `[${texts.map(q).join(", ")}]`;
const oneOf = (texts: readonly string[]): string => (texts.length === 1 ? q(texts[0]!) : list(texts));

function written(name: string, rules: readonly LearnedRule[]): string {
  const ids = idsOf(rules);
  const head = [
    `policy: ${name}`,
    "about: Learned from traffic that was seen. Read it, take out what should not be there, and give the rules names.",
    "on: http.request",
    "rules:",
  ];
  const tests = [
    "tests:",
    ...rules.flatMap((rule, at) => testOf(rule, ids[at]!)),
    "  a host that was never seen:",
    `    input: {at: request, now: ${NOW}, direction: egress, scheme: https, host: never-seen.invalid, port: 443, method: GET, path: /, query: {}}`,
    "    expect: deny",
  ];
  return `${[...head, ...rules.flatMap((rule, at) => ruleOf(rule, ids[at]!)), ...tests].join("\n")}\n`;
}

const NOW = "2026-01-01T00:00:00Z";

/** Host and number, so that a rule keeps its id as long as those before it stay. */
function idsOf(rules: readonly LearnedRule[]): string[] {
  const counts = new Map<string, number>();
  return rules.map(({ place: { host, port, direction, kind } }) => {
    const slug = `${direction === "ingress" ? "in-" : ""}${kind === "tunnel" ? "tunnel-" : ""}${host.replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "")}-${port}`;
    const count = (counts.get(slug) ?? 0) + 1;
    counts.set(slug, count);
    return `${slug}-${count}`;
  });
}

function ruleOf({ place, methods, shapes, query, answerBytes, classes, route }: LearnedRule, id: string): string[] {
  const { kind, direction, scheme, host, port } = place;
  const at = [`      direction: ${direction}`, `      host: ${q(host)}`, `      port: ${port}`];
  const obligations = [
    ...(classes.length === 0 ? [] : [`      reach: {classes: ${list(classes)}}`]),
    ...(kind === "tunnel" && route?.[1] !== "intercept"
      ? ["      route: {to: tunnel, tls: tunnel}"]
      : route === null
        ? []
        : [`      route: {to: ${q(route[0])}${route[1] === null ? "" : `, tls: ${route[1]}`}}`]),
  ];
  const then = obligations.length === 0 ? [] : ["    then:", ...obligations];
  if (kind === "tunnel")
    return [
      `  - allow: ${q(`a tunnel to ${host}`)}`,
      `    id: ${id}`,
      "    match:",
      "      at: connect",
      ...at,
      ...then,
    ];
  const [first] = shapes as readonly [readonly Segment[]];
  const paths = isLiteral(first) ? oneOf(shapes.map(shapeTitle)) : `{matches: ${q(shapePattern(first))}}`;
  const more = shapes.length === 1 ? "" : ` and ${shapes.length - 1} more`;
  return [
    `  - allow: ${q(`${methods.join(", ")} ${host}${shapeTitle(first)}${more}`)}`,
    `    id: ${id}`,
    "    match:",
    ...at,
    `      scheme: ${scheme}`,
    `      method: ${oneOf(methods)}`,
    `      path: ${paths}`,
    query.length === 0 ? "      query: {count: 0}" : `      query: {keys: {only: ${list(query)}}}`,
    `      response?: {size?: {max: ${answerBytes / 1_024} KiB}}`,
    ...then,
  ];
}

function testOf({ place, methods, shapes }: LearnedRule, id: string): string[] {
  const { kind, direction, scheme, host, port } = place;
  const input =
    kind === "tunnel"
      ? `at: connect, now: ${NOW}, direction: ${direction}, scheme: ${scheme}, host: ${q(host)}, port: ${port}`
      : `at: request, now: ${NOW}, direction: ${direction}, scheme: ${scheme}, host: ${q(host)}, port: ${port}, method: ${methods[0]!}, path: ${q(shapeSample(shapes[0]!))}, query: {}`;
  return [`  ${id}:`, `    input: {${input}}`, "    expect: allow"];
}
