// Findings about the points of a published input: what a rule reads and cannot see, and obligations that come too late.
import { describe, expect, it } from "vitest";
import { compile } from "../../../compiler/index.ts";
import { PUBLISHED } from "../../../compiler/policy/published.ts";
import { pathOfType } from "./points.ts";

const found = (rules: string): string[] =>
  compile({ name: "a.yaml", text: `policy: a\non: http.request\nrules:\n${rules}` }).diagnostics.map(
    ({ code, severity, message }) => `${severity} ${code.replace("compiler/", "")}: ${message}`,
  );
const matching = (match: string): string[] => found(`  - allow: it\n    match: {${match}}\n`);

describe("what a point does not show", () => {
  it.each([
    ["at: connect, method: GET", "method"],
    ["at: connect, path: {under: /x}", "path"],
    ["at: connect, path: {matches: '^/x'}", "path"],
    ["at: connect, any: [{method: GET}, {path: {matches: '^/x'}}]", "method"],
    ["at: request, json: {amount: {min: 5}}", "json.amount"],
    ["at: request, body: {digest: aa}", "body.digest"],
    ["at: request, response: {status: 200}", "response.status"],
    ["at: [connect, request], status: 200", "status"],
    ["at: report, body: {size: 0 B}", "body.size"],
    ["at: body, report: {type: dns.address_changed}", "report.type"],
  ])("%s", (match, path) => {
    const [one, ...more] = matching(match);
    expect(one).toMatch(new RegExp(`^warning unseen-at-point: \`it\` reads \`${path}\`, which cannot be seen at `));
    expect(more).toEqual([]);
  });

  it.each([
    ["at: connect, host: a.example, sni: a.example, dialled: {class: global}"],
    ["at: request, method: GET, path: {under: /x}, body: {size: {max: 1 KiB}}"],
    ["at: [connect, request], method: GET"],
    ["at: connect, any: [{method: GET}, {host: a.example}]"],
    ["at: connect, method: {not: GET}"],
    ["method: GET, json: {amount: 5}, response: {status: 200}"],
    ["at: report, report: {type: dns.address_changed, matched: false}"],
  ])("says nothing of %s", (match) => expect(matching(match)).toEqual([]));

  it("says where it is seen, and reads through derived names", () => {
    const { diagnostics } = compile({
      name: "a.yaml",
      text: "policy: a\non: http.request\nderive: {verb: lower(method)}\nrules:\n  - deny: it\n    match: {at: connect, verb: get}\n  - allow: all\n    match: {host: a.example}\n",
    });
    expect(diagnostics.map(({ code, help }) => [code, help])).toEqual([
      ["compiler/unseen-at-point", "`method` is seen at `request`, `body`, `response`, `report`"],
    ]);
  });
});

describe("what a rule gives under the wrong key", () => {
  it.each([
    ["then: {label: {team: pay}}", "it is advice: write it under `advise`"],
    ["advise: {redact: {fields: [cookie]}}", "it is an obligation: write it under `then`"],
  ])("%s", (given, help) => {
    const { diagnostics } = compile({
      name: "a.yaml",
      text: `policy: a\non: http.request\nrules:\n  - allow: it\n    match: {host: a.example}\n    ${given}\n`,
    });
    expect(diagnostics.map((each) => [each.code, each.help])).toEqual([["compiler/unknown-obligation", help]]);
  });
});

describe("beside a tunnel", () => {
  const TUNNEL = `  - allow: git
    match: {at: connect, host: [git.example, objects.example]}
    then: {route: {to: tunnel, tls: tunnel}}
`;
  it.each([
    ["  - deny: pushes\n    match: {host: git.example, method: POST}\n", "pushes"],
    ["  - deny: pushes\n    shadow: true\n    match: {host: git.example, path: {matches: push}}\n", "pushes"],
    ["  - allow: reads\n    match: {at: request, host: git.example, method: GET}\n", "reads"],
  ])("a rule about requests to its hosts is named: %s", (rule, name) => {
    const path = rule.includes("matches") ? "path" : "method";
    expect(found(TUNNEL + rule)).toEqual([
      `warning unseen-in-tunnel: \`${name}\` reads \`${path}\`, which cannot be seen in the tunnel that \`git\` allows`,
    ]);
  });
  it.each([
    ["  - deny: other\n    match: {host: api.example, method: POST}\n"],
    ["  - deny: wider\n    match: {host: {under: example}, method: POST}\n"],
    ["  - deny: posts\n    match: {method: POST}\n"],
    ["  - deny: by name\n    match: {host: git.example, sni: {not: git.example}}\n"],
  ])("says nothing of %s", (rule) => expect(found(TUNNEL + rule)).toEqual([]));
  it("an allow that says nothing of points lets tunnels through, too", () => {
    const all = "  - allow: all of git\n    match: {host: git.example}\n";
    const deny = "  - deny: pushes\n    match: {host: git.example, method: POST}\n";
    expect(found(all + deny)).toEqual([
      "warning unseen-in-tunnel: `pushes` reads `method`, which cannot be seen in the tunnel that `all of git` allows",
    ]);
    const at = (more: string): string => all.replace("host: git.example", `host: git.example, ${more}`);
    expect(found(at("at: request") + deny)).toEqual([]);
    expect(found(at("direction: ingress") + deny)).toEqual([]);
    expect(found(at("path: {under: /x}") + deny)).toEqual([]);
    expect(found(all + deny.replace("host:", "direction: ingress, host:"))).toEqual([]);
    expect(
      found(`${all}  - require: a receipt\n    match: {host: git.example, method: POST}\n    then: {receipt: full}\n`),
    ).toHaveLength(1);
  });
  it("says nothing where the tunnel is a shadow, or no tunnel", () => {
    const rule = "  - deny: pushes\n    match: {host: git.example, method: POST}\n";
    expect(found(TUNNEL.replace("    match", "    shadow: true\n    match") + rule)).toEqual([]);
    expect(found(TUNNEL.replace("tls: tunnel", "tls: intercept") + rule)).toEqual([]);
  });
});

describe("obligations that come too late", () => {
  it("are named", () => {
    expect(found("  - allow: it\n    match: {at: response}\n    then: {sign: {key: cage}, nel: {group: a}}\n")).toEqual(
      ["warning obligation-late: `sign` cannot be carried out at response"],
    );
  });
  it.each([
    ["at: connect", "sign: {key: cage}"],
    ["at: [request, response]", "sign: {key: cage}"],
    ["host: a.example", "sign: {key: cage}"],
    ["at: response", "verify_response: {digest: required}"],
  ])("%s may give %s", (match, then) =>
    expect(found(`  - allow: it\n    match: {${match}}\n    then: {${then}}\n`)).toEqual([]),
  );
});

it("every path that a point shows is one of the input, and every field is shown somewhere", () => {
  for (const { input, points, obligations } of PUBLISHED.values()) {
    if (points === null || input.kind !== "record") continue;
    const shown = [...points.shows.values()].flat();
    for (const path of shown) expect(pathOfType(input, path), path).toBe(true);
    for (const { name } of input.fields) expect(shown.map((path) => path.split(".")[0])).toContain(name);
    for (const each of obligations)
      for (const point of each.points ?? []) expect([...points.shows.keys()]).toContain(point);
  }
});
