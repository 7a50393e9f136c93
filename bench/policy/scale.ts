// Policies of many rules, shaped like those of an egress proxy: each allows a method on a path of a host, every tenth denies large bodies to a
// host. As a rule table of ours, and as texts for peers.
import cedar from "@cedar-policy/cedar-wasm/nodejs";
import { Environment } from "@marcbachmann/cel-js";
import { newEnforcer, newModelFromString } from "casbin";
import { compile } from "../../compiler/index.ts";
import type { Module } from "../../vm/module.ts";
import type { Atom, RuleRow } from "../../vm/policy/table.ts";
import type { Peer } from "./peers.ts";
import { fresh, type Input } from "./workloads.ts";

interface Rule {
  readonly id: string;
  readonly deny: boolean;
  readonly host: string;
  readonly method: string;
  readonly path: string;
  readonly body: number;
}

const METHODS = ["GET", "POST", "PUT", "DELETE"];

/** Four rules and more for each host. */
export function rulesOf(count: number): readonly Rule[] {
  return Array.from({ length: count }, (_, i) => ({
    id: `rule-${String(i).padStart(6, "0")}`,
    deny: i % 10 === 9,
    host: `h${i >> 2}.example.com`,
    method: METHODS[i % 4]!,
    path: `/v${i % 3}/r${i % 37}`,
    body: 1_000 * (1 + (i % 50)),
  }));
}

/** 64 requests about rules all over the policy; a third is about none. */
export function inputsOf(rules: readonly Rule[]): readonly Input[] {
  const inputs = Array.from({ length: 64 }, (_, i) => {
    const rule = rules[(i * 7_919) % rules.length]!;
    return {
      method: rule.method,
      host: i % 3 === 2 ? `other${i}.example.com` : rule.host,
      path: `${rule.path}/item/${i}`,
      port: 443,
      body: (i * 977) % 60_000,
      hour: i % 24,
    };
  });
  return fresh(inputs);
}

const HEAD = "policy: scale\non: {method: text, host: text, path: text, port: int, body: int, hour: int}\nrules:\n";
const [METHOD, HOST, PATH, BODY] = [0, 1, 2, 4];

/** The policy as an author writes it. */
export const textOf = (rules: readonly Rule[]): string =>
  HEAD +
  rules
    .map(({ id, deny, host, method, path, body }) =>
      deny
        ? `  - deny: ${id}\n    match: {host: ${host}, body: {above: ${body}}}\n`
        : `  - allow: ${id}\n    match: {host: ${host}, method: ${method}, path: {starts_with: ${path}}}\n`,
    )
    .join("");

/** Its module, with the rows put in place of compiling them: of any number of rules. */
export function moduleOf(rules: readonly Rule[]): Module {
  const made = compile({ name: "scale.yaml", text: textOf(rulesOf(1)) });
  if (made.value === null) throw new Error("the policy does not compile");
  const { module } = made.value;
  const first = module.policy!.rules[0]!;
  const text = (slot: number, value: string): Atom => ({ path: [slot], test: { kind: "in", values: [value] } });
  const rows = rules.map(({ id, deny, host, method, path, body }): RuleRow => {
    const atoms: readonly Atom[] = deny
      ? [
          text(HOST!, host),
          { path: [BODY!], test: { kind: "range", min: body, minOpen: true, max: null, maxOpen: false } },
        ]
      : [text(HOST!, host), text(METHOD!, method), { path: [PATH!], test: { kind: "starts_with", values: [path] } }];
    return { ...first, id, title: id, effect: deny ? "deny" : "allow", atoms };
  });
  return { ...module, policy: { ...module.policy!, rules: rows }, debug: { sources: [], functions: [] } };
}

/** The engines that are nearest to ours and those that keep rules as rows, on the same rules. */
export async function scalePeers(rules: readonly Rule[], inputs: readonly Input[]): Promise<readonly Peer[]> {
  const allows = rules
    .filter(({ deny }) => !deny)
    .map(({ host, method, path }) => `(host == "${host}" && method == "${method}" && path.startsWith("${path}"))`);
  const denies = rules.filter(({ deny }) => deny).map(({ host, body }) => `(host == "${host}" && body > ${body})`);
  const env = new Environment({ unlistedVariablesAreDyn: true, limits: { maxAstNodes: 1e6, maxDepth: 1e5 } });
  const expression = `(${balanced(allows)})${denies.length === 0 ? "" : ` && !(${balanced(denies)})`}`;
  const run = env.parse(expression);
  const bigints = inputs.map((input) =>
    Object.fromEntries(Object.entries(input).map(([k, v]) => [k, typeof v === "number" ? BigInt(v) : v])),
  );
  const staticPolicies = rules
    .map(({ deny, host, method, path, body }) =>
      deny
        ? `forbid (principal, action, resource) when { context.host == "${host}" && context.body > ${body} };`
        : `permit (principal, action, resource) when { context.host == "${host}" && context.method == "${method}" && context.path like "${path}*" };`,
    )
    .join("\n");
  const read = cedar.preparsePolicySet(`scale-${rules.length}`, { staticPolicies });
  if (read.type !== "success") throw new Error(JSON.stringify(read));
  const calls = inputs.map((input) => ({
    principal: { type: "Caller", id: "caller" },
    action: { type: "Action", id: "ask" },
    resource: { type: "Thing", id: "thing" },
    context: { ...input },
    entities: [],
    preparsedPolicySetId: `scale-${rules.length}`,
  }));
  const enforcer = await newEnforcer(
    newModelFromString(
      "[request_definition]\nr = sub\n[policy_definition]\np = host, method, path, body, eft\n[policy_effect]\n" +
        "e = some(where (p.eft == allow)) && !some(where (p.eft == deny))\n[matchers]\n" +
        "m = r.sub.host == p.host && (p.eft == 'deny' ? above(r.sub.body, p.body) : r.sub.method == p.method && begins(r.sub.path, p.path))\n",
    ),
  );
  await enforcer.addFunction("begins", (text: string, start: string) => text.startsWith(start));
  await enforcer.addFunction("above", (number: number, bound: string) => number > Number(bound));
  for (const { deny, host, method, path, body } of rules)
    await enforcer.addPolicy(host, method, path, String(body), deny ? "deny" : "allow");
  return [
    { name: "CEL, @marcbachmann/cel-js", engine: true, ask: (i) => run(bigints[i]!) as unknown as boolean },
    {
      name: "Cedar, @cedar-policy/cedar-wasm",
      engine: true,
      ask: (i) => {
        const answer = cedar.statefulIsAuthorized(calls[i]!);
        return answer.type === "success" && answer.response.decision === "allow";
      },
    },
    { name: "casbin", engine: true, ask: (i) => enforcer.enforceSync(inputs[i]!) },
  ];
}

/** An `||` over all, as a balanced tree: parsers recurse. */
function balanced(terms: readonly string[]): string {
  if (terms.length <= 1) return terms[0] ?? "false";
  const middle = terms.length >> 1;
  return `(${balanced(terms.slice(0, middle))} || ${balanced(terms.slice(middle))})`;
}

/** By hand, as one would for many rules: by host first. */
export function byHandOf(
  rules: readonly Rule[],
): (input: Input) => { readonly decision: "allow" | "deny"; readonly by: readonly string[] } {
  const hosts = new Map<string, Rule[]>();
  for (const rule of rules) hosts.set(rule.host, [...(hosts.get(rule.host) ?? []), rule]);
  return (input) => {
    const allows: string[] = [];
    const denies: string[] = [];
    for (const { id, deny, method, path, body } of hosts.get(input["host"] as string) ?? [])
      if (deny) {
        if ((input["body"] as number) > body) denies.push(id);
      } else if (input["method"] === method && (input["path"] as string).startsWith(path)) allows.push(id);
    return denies.length > 0
      ? { decision: "deny", by: denies }
      : { decision: allows.length > 0 ? "allow" : "deny", by: allows };
  };
}
