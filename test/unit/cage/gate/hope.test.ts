// What is denied before a name is resolved would have been denied with any address: whatever rules there are.
import { describe, expect, it } from "vitest";
import type { Facts } from "../../../../cage/point.ts";
import { gateOn } from "./kit.ts";

const POLICY = `policy: hopes
on: http.request
values: {nights: [a.example, b.example]}
given: port != 25
rules:
  - allow: by name and address
    id: both
    match: {at: connect, host: a.example, dialled: {class: global}, sni: a.example}
  - allow: by address alone
    id: address
    match: {at: connect, port: 8443, dialled: {ip: 10.1.0.0/16}}
  - allow: computed
    id: computed
    match: {host: {under: night.example}}
    when: get(dialled.class, "none") == "global"
  - for: {host: {ends_with: .for.example}}
    rules:
      - allow: inside a group
        id: group
        match: {method: GET}
        unless: port == 81
  - allow: only tried
    id: tried
    shadow: true
    match: {host: shadow.example}
  - deny: never
    id: never
    match: {host: b.night.example}
`;
/** What a table decides is not looked into: with one, everything may be allowed. */
const WITH_TABLE = `${POLICY}  - table: listed
    id: listed
    mode: ordered
    rules:
      - deny: not this port
        match: {host: t.example, port: 444}
      - allow: else
        match: {host: t.example}
`;
const ADDRESSES = [
  undefined,
  { ip: "93.184.216.34", class: "global" },
  { ip: "10.1.2.3", class: "private" },
  { ip: "127.0.0.1", class: "loopback" },
];
const HOSTS = [
  "a.example",
  "b.example",
  "x.night.example",
  "b.night.example",
  "x.for.example",
  "shadow.example",
  "t.example",
  "z.test",
];

const facts = (point: "connect" | "request", host: string, port: number): Facts => ({
  exchange: "x",
  direction: "egress",
  visibility: point === "connect" ? "connect" : "full",
  scheme: "https",
  host,
  port,
  ...(point === "connect" ? {} : { method: "GET", path: "/", fields: [] }),
});

describe("before a name is resolved", () => {
  it.each([
    ["rules", POLICY, 20],
    ["a table, too", WITH_TABLE, 0],
  ])("no is only said to what no address makes allowed: %s", async (_, policy, least) => {
    const { gate } = await gateOn(policy);
    const said = { allowed: 0, hopeless: 0 };
    for (const point of ["connect", "request"] as const)
      for (const host of HOSTS)
        for (const port of [25, 81, 443, 444, 8443]) {
          const known = facts(point, host, port);
          const may = gate.mayAllow(point, known);
          if (!may) said.hopeless++;
          for (const dialled of ADDRESSES)
            for (const sni of point === "connect" ? [undefined, host] : [undefined]) {
              const whole = { ...known, ...(dialled && { dialled }), ...(sni && { sni }) };
              if (!gate.ask(point, whole).allowed) continue;
              said.allowed++;
              expect(may, JSON.stringify(whole)).toBe(true);
            }
        }
    expect(said.allowed).toBeGreaterThan(20);
    expect(said.hopeless).toBeGreaterThanOrEqual(least);
  });

  it.each([
    ["connect", "z.test", 443, false],
    ["connect", "z.test", 8443, true],
    ["connect", "a.example", 443, true],
    ["request", "x.night.example", 443, true],
    ["connect", "shadow.example", 443, false],
  ] as const)("%s %s:%i: %s", async (point, host, port, may) => {
    const { gate } = await gateOn(POLICY);
    expect(gate.mayAllow(point, facts(point, host, port))).toBe(may);
  });
});
