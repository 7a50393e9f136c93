// Rules that read what their point does not show. At `connect` there is no method yet, and in a tunnel there never will be one: a rule
// that asks for it there never holds, which in a deny is a hole. Each finding is certain.
import type { Diagnostic } from "../../../lang/diagnostic.ts";
import type { Span } from "../../../lang/source.ts";
import type { Atom } from "../../../vm/policy/table.ts";
import { partsOfExpr } from "../../3-lower/nodes.ts";
import { obligationLate, unseenAtPoint, unseenInTunnel } from "../../codes.ts";
import type { TExpr } from "../../model.ts";
import { nameOf } from "../explain/readings.ts";
import type { PolicyProgram, RuleDecl } from "../model.ts";
import { alongPath } from "../paths.ts";
import { type Points, PUBLISHED, type Published } from "../published.ts";
import { memberOf } from "./arguments.ts";
import { allImplied } from "./atoms.ts";

export function lintPoints(program: PolicyProgram): Diagnostic[] {
  const published = program.on === null ? undefined : PUBLISHED.get(program.on);
  if (published === undefined || published.points === null) return [];
  const { points } = published;
  const tunnels = program.rules.filter((rule) => isTunnel(rule, program, points));
  return program.rules.flatMap((rule): Diagnostic[] => {
    const unseen = unseenOf(rule, program, points);
    if (unseen !== null) return [unseen];
    return [...lateObligations(rule, program, published), ...besideTunnels(rule, program, points, tunnels)];
  });
}

/** What must be there for a rule to hold: a path of the input, or of each of several branches something. */
type Need = { readonly path: string; readonly span: Span } | { readonly branches: readonly (readonly Need[])[] };

/** Of the pattern. Conditions of `when` err where something is absent, so they hide nothing. */
const needsOf = (rule: RuleDecl, program: PolicyProgram): Need[] => [
  ...rule.atoms.map(({ atom, span }) => ({ path: pathOf(atom, program), span })),
  ...(rule.truth === null ? [] : needsOfTruth(rule.truth, program)),
];

function needsOfTruth(truth: TExpr, program: PolicyProgram): readonly Need[] {
  if (truth.kind === "and") return truth.args.flatMap((arg) => needsOfTruth(arg, program));
  if (truth.kind === "or") return [{ branches: truth.args.map((arg) => needsOfTruth(arg, program)) }];
  // What a pattern asks is false, not an error, where the value is absent.
  return truth.kind === "op" && truth.op === "is_true" ? needsOfValue(truth.args[0]!, program) : [];
}

const LENIENT = new Set(["present", "known", "is_true", "is_error"]);

/** What an expression cannot do without. */
function needsOfValue(expr: TExpr, program: PolicyProgram): readonly Need[] {
  const name = nameOf(expr, program, new Map());
  if (expr.kind === "field" || expr.kind === "any_field") return name === null ? [] : [{ path: name, span: expr.span }];
  if (expr.kind === "read" && expr.place.kind === "derived")
    return needsOfValue(program.derived[expr.place.index]!.is, program);
  if (expr.kind === "match" || expr.kind === "call" || (expr.kind === "op" && !LENIENT.has(expr.op)))
    return partsOfExpr(expr).flatMap((part) => needsOfValue(part, program));
  return [];
}

/** The first part that a point does not show; null: it shows enough. */
function missingAt(needs: readonly Need[], point: string, points: Points): { path: string; span: Span } | null {
  for (const need of needs) {
    if ("path" in need) {
      if (!isShown(need.path, point, points)) return need;
      continue;
    }
    const each = need.branches.map((branch) => missingAt(branch, point, points));
    if (each.length > 0 && !each.includes(null)) return each[0]!;
  }
  return null;
}

const pathOf = (atom: Atom, { input }: PolicyProgram): string => alongPath(input, atom.path).names.join(".");

const isShown = (path: string, point: string, { shows }: Points): boolean =>
  shows.get(point)!.some((shown) => shown === path || path.startsWith(`${shown}.`) || shown.startsWith(`${path}.`));

/** The points a rule is for, and where it says so; null: it says nothing of points. */
function pointsOf(
  rule: RuleDecl,
  program: PolicyProgram,
  { field, shows }: Points,
): { readonly names: readonly string[]; readonly span: Span } | null {
  const own = rule.atoms.filter(({ atom }) => pathOf(atom, program) === field);
  if (own.length === 0) return null;
  const named = own.map(({ atom }) => (atom.test.kind === "in" ? atom.test.values : []));
  return {
    names: [...shows.keys()].filter((each) => named.every((values) => values.includes(each))),
    span: own[0]!.span,
  };
}

/** None of the points it is for shows all that it reads. */
function unseenOf(rule: RuleDecl, program: PolicyProgram, points: Points): Diagnostic | null {
  const own = pointsOf(rule, program, points);
  if (own === null || own.names.length === 0) return null;
  const needs = needsOf(rule, program);
  const missing = own.names.map((point) => missingAt(needs, point, points));
  if (missing.includes(null)) return null;
  const { path, span } = missing[0]!;
  const where = [...points.shows.keys()].filter((point) => isShown(path, point, points));
  return unseenAtPoint(
    span,
    { name: rule.title, path, point: own.names.join(", ") },
    {
      labels: [{ span: own.span, text: "the rule is for this point alone" }],
      help: `\`${path}\` is seen at ${where.map((point) => `\`${point}\``).join(", ")}`,
    },
  );
}

/** Every point it is for comes after the last one at which the obligation is carried out. */
function lateObligations(rule: RuleDecl, program: PolicyProgram, { obligations, points }: Published): Diagnostic[] {
  const own = pointsOf(rule, program, points!);
  if (own === null || own.names.length === 0) return [];
  const order = [...points!.shows.keys()];
  const first = Math.min(...own.names.map((name) => order.indexOf(name)));
  return rule.then.flatMap(({ name, args }): Diagnostic[] => {
    const obligation = obligations.find((each) => each.name === program.obligations[name]!.name);
    if (obligation?.points === undefined) return [];
    const last = Math.max(...obligation.points.map((point) => order.indexOf(point)));
    if (first <= last) return [];
    return [
      obligationLate(
        args.span,
        { obligation: obligation.name, point: own.names.join(", ") },
        {
          labels: [{ span: own.span, text: "the rule is for this point alone" }],
          help: `it is carried out at ${obligation.points.map((point) => `\`${point}\``).join(", ")}`,
        },
      ),
    ];
  });
}

/** Allows connections as tunnels, in which nobody sees requests: every allow that holds at `connect`, but for what is intercepted. */
function isTunnel(rule: RuleDecl, program: PolicyProgram, points: Points): boolean {
  if (rule.effect !== "allow" || rule.shadow || isInward(rule, program)) return false;
  const own = pointsOf(rule, program, points);
  if (own !== null && !own.names.includes("connect")) return false;
  if (missingAt(needsOf(rule, program), "connect", points) !== null) return false;
  const modes = rule.then.map(({ name, args }) =>
    program.obligations[name]!.name === "route" ? textOf(args, "tls") : "tunnel",
  );
  return !modes.some((mode) => mode === "intercept" || mode === "originate" || mode === null);
}

/** For callers from outside alone: they have no tunnels. */
const isInward = (rule: RuleDecl, program: PolicyProgram): boolean =>
  rule.atoms.some(
    ({ atom }) =>
      pathOf(atom, program) === "direction" && atom.test.kind === "in" && !atom.test.values.includes("egress"),
  );

/** A member that is written out; undefined when it is left out, null when it is computed. */
function textOf(args: TExpr, member: string): string | null | undefined {
  const value = memberOf(args, member);
  if (value?.kind !== "const") return null;
  return typeof value.value === "string" ? value.value : undefined;
}

/** It is about hosts that another rule lets through in a tunnel: of what goes through there it says nothing. */
function besideTunnels(
  rule: RuleDecl,
  program: PolicyProgram,
  points: Points,
  tunnels: readonly RuleDecl[],
): Diagnostic[] {
  const hidden = missingAt(needsOf(rule, program), "connect", points);
  if (hidden === null || isInward(rule, program)) return [];
  const about = (each: RuleDecl): Atom[] =>
    each.atoms.map(({ atom }) => atom).filter((atom) => ["host", "port"].includes(pathOf(atom, program)));
  const own = about(rule).filter((atom) => pathOf(atom, program) === "host");
  if (own.length === 0) return [];
  const tunnel = tunnels.find((each) => {
    // What allows everything of a host hides nothing from another allow.
    if (rule.effect === "allow" && pointsOf(each, program, points) === null) return false;
    const hosts = about(each).filter((atom) => pathOf(atom, program) === "host");
    return hosts.length > 0 && allImplied(own, hosts);
  });
  if (tunnel === undefined) return [];
  return [
    unseenInTunnel(
      hidden.span,
      { name: rule.title, path: hidden.path, tunnel: tunnel.title },
      { labels: [{ span: tunnel.span, text: "this lets the host through unseen" }] },
    ),
  ];
}
