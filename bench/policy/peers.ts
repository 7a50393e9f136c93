// The peers: each policy made ready as its engine wants it, outside of what is measured, and then asked for yes or no. Their inputs are
// converted beforehand where they want other values than those of JSON.

import { celEnv, parse as parseCel, plan } from "@bufbuild/cel";
import cedar from "@cedar-policy/cedar-wasm/nodejs";
import { Environment } from "@marcbachmann/cel-js";
import { loadPolicy } from "@open-policy-agent/opa-wasm";
import { Ajv } from "ajv";
import { newEnforcer, newModelFromString } from "casbin";
import jsonLogic from "json-logic-js";
import { fileOf, textOf } from "./texts.ts";
import type { Input, Workload } from "./workloads.ts";

export interface Peer {
  readonly name: string;
  /** A policy or expression engine, rather than a checker of shapes. */
  readonly engine: boolean;
  /** Whether input `i` is allowed. */
  readonly ask: (i: number) => boolean;
}

type Make = (workload: Workload) => Promise<Peer>;

const cedarPeer: Make = async ({ name, inputs }) => {
  const read = cedar.preparsePolicySet(name, { staticPolicies: textOf(`${name}.cedar`) });
  if (read.type !== "success") throw new Error(JSON.stringify(read));
  const calls = inputs.map((input) => ({
    principal: { type: "Caller", id: "caller" },
    action: { type: "Action", id: "ask" },
    resource: { type: "Thing", id: "thing" },
    context: { ...input },
    entities: [],
    preparsedPolicySetId: name,
  }));
  return {
    name: "Cedar, @cedar-policy/cedar-wasm",
    engine: true,
    ask: (i) => {
      const answer = cedar.statefulIsAuthorized(calls[i]!);
      if (answer.type !== "success") throw new Error(JSON.stringify(answer));
      return answer.response.decision === "allow";
    },
  };
};

const celJsPeer: Make = async ({ name, inputs }) => {
  const env = new Environment({ unlistedVariablesAreDyn: true });
  const run = env.parse(textOf(`${name}.cel`));
  const bigints = inputs.map(withBigints);
  return { name: "CEL, @marcbachmann/cel-js", engine: true, ask: (i) => run(bigints[i]!) as unknown as boolean };
};

const celEsPeer: Make = async ({ name, inputs }) => {
  const run = plan(celEnv(), parseCel(textOf(`${name}.cel`)));
  const bigints = inputs.map(withBigints);
  return {
    name: "CEL, @bufbuild/cel",
    engine: true,
    ask: (i) => {
      const value = run(bigints[i]!);
      if (typeof value !== "boolean") throw new Error(String(value));
      return value;
    },
  };
};

/** Both take whole numbers as BigInt. */
const withBigints = (input: Input): Record<string, string | bigint> =>
  Object.fromEntries(
    Object.entries(input).map(([key, value]) => [key, typeof value === "number" ? BigInt(value) : value]),
  );

const opaPeer: Make = async ({ name, inputs }) => {
  const policy = await loadPolicy(fileOf(`${name}.wasm`) as unknown as BufferSource);
  policy.setData({});
  return {
    name: "Rego, OPA as WebAssembly",
    engine: true,
    ask: (i) => (policy.evaluate(inputs[i]!) as readonly { readonly result: boolean }[])[0]?.result === true,
  };
};

const MODEL = `
[request_definition]
r = sub
[policy_definition]
p = rule, eft
[policy_effect]
e = some(where (p.eft == allow)) && !some(where (p.eft == deny))
[matchers]
m = eval(p.rule)
`;

const CASBIN: Readonly<Record<Workload["name"], readonly (readonly [string, "allow" | "deny"])[]>> = {
  documents: [
    ["r.sub.role == 'admin'", "allow"],
    ["r.sub.role == 'editor' && (r.sub.action == 'read' || r.sub.action == 'write')", "allow"],
    ["r.sub.user == r.sub.owner && r.sub.action != 'delete'", "allow"],
    ["r.sub.action == 'read' && r.sub.level <= 2", "allow"],
    ["r.sub.state == 'frozen' && (r.sub.action == 'write' || r.sub.action == 'delete')", "deny"],
  ],
  egress: [
    [
      "r.sub.method == 'GET' && (r.sub.host == 'api.example.com' || r.sub.host == 'api2.example.com') && begins(r.sub.path, '/v1/')",
      "allow",
    ],
    [
      "r.sub.method == 'POST' && r.sub.host == 'api.example.com' && begins(r.sub.path, '/v1/charges') && r.sub.body <= 65536",
      "allow",
    ],
    [
      "r.sub.method == 'POST' && r.sub.host == 'api.example.com' && begins(r.sub.path, '/v1/refunds') && r.sub.hour >= 8 && r.sub.hour < 18",
      "allow",
    ],
    ["r.sub.method == 'GET' && ends(r.sub.host, '.git.example.org')", "allow"],
    ["r.sub.method == 'GET' && (r.sub.host == 'registry.example.net' || r.sub.host == 'mirror.example.net')", "allow"],
    ["r.sub.method == 'PUT' && r.sub.host == 'metrics.internal' && r.sub.port == 9091", "allow"],
    [
      "(r.sub.method == 'GET' || r.sub.method == 'POST') && r.sub.host == 'search.example.com' && begins(r.sub.path, '/q')",
      "allow",
    ],
    [
      "(r.sub.method == 'GET' || r.sub.method == 'PUT') && ends(r.sub.host, '.storage.example.com') && r.sub.body <= 10485760",
      "allow",
    ],
    ["r.sub.port == 80", "deny"],
    ["begins(r.sub.path, '/admin')", "deny"],
    ["ends(r.sub.host, '.evil.test') || ends(r.sub.host, '.tracker.test')", "deny"],
    ["(r.sub.method == 'POST' || r.sub.method == 'PUT') && r.sub.hour < 6 && r.sub.body > 1000000", "deny"],
  ],
};

const casbinPeer: Make = async ({ name, inputs }) => {
  const enforcer = await newEnforcer(newModelFromString(MODEL));
  for (const [rule, effect] of CASBIN[name]) await enforcer.addPolicy(rule, effect);
  await enforcer.addFunction("begins", (text: string, start: string) => text.startsWith(start));
  await enforcer.addFunction("ends", (text: string, end: string) => text.endsWith(end));
  return { name: "casbin", engine: true, ask: (i) => enforcer.enforceSync(inputs[i]!) };
};

const field = (name: string) => ({ var: name });
const is = (name: string, value: unknown) => ({ "===": [field(name), value] });
const oneOf = (name: string, values: readonly unknown[]) => ({ in: [field(name), values] });
const LOGIC: Readonly<Record<Workload["name"], object>> = {
  documents: {
    and: [
      { "!": { and: [is("state", "frozen"), oneOf("action", ["write", "delete"])] } },
      {
        or: [
          is("role", "admin"),
          { and: [is("role", "editor"), oneOf("action", ["read", "write"])] },
          { and: [{ "===": [field("user"), field("owner")] }, { "!==": [field("action"), "delete"] }] },
          { and: [is("action", "read"), { "<=": [field("level"), 2] }] },
        ],
      },
    ],
  },
  egress: {
    and: [
      {
        "!": {
          or: [
            is("port", 80),
            { begins: [field("path"), "/admin"] },
            { ends: [field("host"), ".evil.test"] },
            { ends: [field("host"), ".tracker.test"] },
            {
              and: [oneOf("method", ["POST", "PUT"]), { "<": [field("hour"), 6] }, { ">": [field("body"), 1000000] }],
            },
          ],
        },
      },
      {
        or: [
          {
            and: [
              is("method", "GET"),
              oneOf("host", ["api.example.com", "api2.example.com"]),
              { begins: [field("path"), "/v1/"] },
            ],
          },
          {
            and: [
              is("method", "POST"),
              is("host", "api.example.com"),
              { begins: [field("path"), "/v1/charges"] },
              { "<=": [field("body"), 65536] },
            ],
          },
          {
            and: [
              is("method", "POST"),
              is("host", "api.example.com"),
              { begins: [field("path"), "/v1/refunds"] },
              { ">=": [field("hour"), 8] },
              { "<": [field("hour"), 18] },
            ],
          },
          { and: [is("method", "GET"), { ends: [field("host"), ".git.example.org"] }] },
          { and: [is("method", "GET"), oneOf("host", ["registry.example.net", "mirror.example.net"])] },
          { and: [is("method", "PUT"), is("host", "metrics.internal"), is("port", 9091)] },
          {
            and: [
              oneOf("method", ["GET", "POST"]),
              is("host", "search.example.com"),
              { begins: [field("path"), "/q"] },
            ],
          },
          {
            and: [
              oneOf("method", ["GET", "PUT"]),
              { ends: [field("host"), ".storage.example.com"] },
              { "<=": [field("body"), 10485760] },
            ],
          },
        ],
      },
    ],
  },
};

const logicPeer: Make = async ({ name, inputs }) => {
  jsonLogic.add_operation("begins", (text: string, start: string) => text.startsWith(start));
  jsonLogic.add_operation("ends", (text: string, end: string) => text.endsWith(end));
  return { name: "json-logic-js", engine: true, ask: (i) => jsonLogic.apply(LOGIC[name], inputs[i]!) as boolean };
};

const equal = (name: string, value: unknown) => ({ properties: { [name]: { const: value } } });
const among = (name: string, values: readonly unknown[]) => ({ properties: { [name]: { enum: values } } });
const like = (name: string, pattern: string) => ({ properties: { [name]: { pattern } } });
const SCHEMAS: Readonly<Record<Workload["name"], object>> = {
  documents: {
    anyOf: [
      equal("role", "admin"),
      { allOf: [equal("role", "editor"), among("action", ["read", "write"])] },
      { properties: { user: { const: { $data: "1/owner" } }, action: { not: { const: "delete" } } } },
      { allOf: [equal("action", "read"), { properties: { level: { maximum: 2 } } }] },
    ],
    not: { allOf: [equal("state", "frozen"), among("action", ["write", "delete"])] },
  },
  egress: {
    anyOf: [
      {
        allOf: [equal("method", "GET"), among("host", ["api.example.com", "api2.example.com"]), like("path", "^/v1/")],
      },
      {
        allOf: [
          equal("method", "POST"),
          equal("host", "api.example.com"),
          like("path", "^/v1/charges"),
          { properties: { body: { maximum: 65536 } } },
        ],
      },
      {
        allOf: [
          equal("method", "POST"),
          equal("host", "api.example.com"),
          like("path", "^/v1/refunds"),
          { properties: { hour: { minimum: 8, exclusiveMaximum: 18 } } },
        ],
      },
      { allOf: [equal("method", "GET"), like("host", "\\.git\\.example\\.org$")] },
      { allOf: [equal("method", "GET"), among("host", ["registry.example.net", "mirror.example.net"])] },
      { allOf: [equal("method", "PUT"), equal("host", "metrics.internal"), equal("port", 9091)] },
      { allOf: [among("method", ["GET", "POST"]), equal("host", "search.example.com"), like("path", "^/q")] },
      {
        allOf: [
          among("method", ["GET", "PUT"]),
          like("host", "\\.storage\\.example\\.com$"),
          { properties: { body: { maximum: 10485760 } } },
        ],
      },
    ],
    not: {
      anyOf: [
        equal("port", 80),
        like("path", "^/admin"),
        like("host", "\\.(evil|tracker)\\.test$"),
        {
          allOf: [
            among("method", ["POST", "PUT"]),
            { properties: { hour: { exclusiveMaximum: 6 }, body: { exclusiveMinimum: 1000000 } } },
          ],
        },
      ],
    },
  },
};

const schemaPeer: Make = async ({ name, inputs }) => {
  const validate = new Ajv({ $data: true, strict: false }).compile(SCHEMAS[name]);
  return { name: "JSON Schema, ajv", engine: false, ask: (i) => validate(inputs[i]!) };
};

export const PEERS: readonly Make[] = [celJsPeer, celEsPeer, opaPeer, cedarPeer, casbinPeer, logicPeer, schemaPeer];
