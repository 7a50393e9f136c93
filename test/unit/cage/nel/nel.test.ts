// Network error logging: what a browser makes of our field, what we make of its reports, and what reports cannot do.
import type { AddressInfo } from "node:net";
import fc from "fast-check";
import { request } from "undici";
import { describe, expect, it } from "vitest";
import {
  REPORT_BODY_BYTES_MAX,
  REPORTS_MAX,
  REPORTS_PER_MINUTE,
  REPORTS_PER_MINUTE_OF_ONE,
} from "../../../../cage/limits.ts";
import {
  Collector,
  collectorServer,
  nelFields,
  observing,
  readNelPolicy,
  readReports,
  Seen,
} from "../../../../cage/nel/index.ts";
import type { Facts, Gate, PlainRecord, Point, Recorded } from "../../../../cage/point.ts";
import { recorded } from "../../../../cage/recorded.ts";
import { NOW } from "../obligations/kit.ts";

describe("the field NEL, as a browser reads it", () => {
  const read = (policy: object): unknown => readNelPolicy(JSON.stringify(policy));
  const whole = { report_to: "a", max_age: 60 };
  it("what we write is what is read", () => {
    const fields = nelFields(
      { group: "net", maxAge: 86_400, success: "0.01", failure: "0.125", subdomains: true },
      "https://c.example/r",
    );
    expect(readNelPolicy(fields[0]![1])).toEqual({
      group: "net",
      maxAge: 86_400,
      success: 0.01,
      failure: 0.125,
      subdomains: true,
    });
    expect(JSON.parse(fields[1]![1])).toMatchObject({ group: "net", endpoints: [{ url: "https://c.example/r" }] });
    const gone = nelFields(
      { group: "net", maxAge: 0, success: "0.0", failure: "1.0", subdomains: false },
      "https://c.example/r",
    );
    expect(readNelPolicy(gone[0]![1])).toBe("removed");
  });
  it("what is left out has its default", () =>
    expect(read(whole)).toEqual({ group: "a", maxAge: 60, success: 0, failure: 1, subdomains: false }));
  it("the first of several counts, also when it is none", () => {
    expect(readNelPolicy(`${JSON.stringify(whole)}, ${JSON.stringify({ ...whole, report_to: "b" })}`)).toMatchObject({
      group: "a",
    });
    expect(readNelPolicy(`{}, ${JSON.stringify(whole)}`)).toBeNull();
  });
  it("an age of 0 takes the policy back, with or without a group", () => {
    expect(read({ max_age: 0 })).toBe("removed");
    expect(read({ max_age: 0, report_to: 7 })).toBe("removed");
  });
  it("only `true` includes subdomains", () =>
    expect(read({ ...whole, include_subdomains: "true" })).toMatchObject({ subdomains: false }));
  it.each([
    ["no JSON", "{"],
    ["nothing", ""],
    ["no object", "7"],
    ["a list in the list", "[]"],
    ["no age", JSON.stringify({ report_to: "a" })],
    ["an age that is text", JSON.stringify({ ...whole, max_age: "60" })],
    ["an age below 0", JSON.stringify({ ...whole, max_age: -1 })],
    ["no group", JSON.stringify({ max_age: 60 })],
    ["a group that is a number", JSON.stringify({ ...whole, report_to: 1 })],
    ["a share above 1", JSON.stringify({ ...whole, success_fraction: 1.1 })],
    ["a share below 0", JSON.stringify({ ...whole, failure_fraction: -0.1 })],
    ["a share that is text", JSON.stringify({ ...whole, failure_fraction: "1" })],
  ])("%s is ignored", (_, field) => expect(readNelPolicy(field)).toBeNull());
});

const body = (more: object = {}): object => ({
  sampling_fraction: 1,
  referrer: "https://www.example/?secret=1",
  server_ip: "192.0.2.1",
  protocol: "h2",
  method: "GET",
  status_code: 0,
  elapsed_time: 143,
  phase: "application",
  type: "http.response.invalid",
  ...more,
});
const report = (more: object = {}, own: object = {}): object => ({
  age: 10,
  type: "network-error",
  url: "https://shop.example/cart?x=1",
  body: body(more),
  ...own,
});
const upload = (...reports: readonly unknown[]): Uint8Array => new Uint8Array(Buffer.from(JSON.stringify(reports)));

describe("reports", () => {
  it("are read, without the referrer", () => {
    const read = readReports(upload(report()))!;
    expect(read.dropped).toEqual([]);
    expect(read.reports).toEqual([
      {
        scheme: "https",
        host: "shop.example",
        port: 443,
        path: "/cart",
        query: "x=1",
        phase: "application",
        type: "http.response.invalid",
        ageMs: 10,
        elapsedMs: 143,
        serverIp: "192.0.2.1",
        protocol: "h2",
        method: "GET",
        status: null,
      },
    ]);
    expect(JSON.stringify(read)).not.toContain("secret");
  });
  it("of what failed before a request, path and method are not kept", () => {
    const [one] = readReports(
      upload(report({ phase: "connection", type: "tls.cert.name_invalid", status_code: 200 })),
    )!.reports;
    expect(one).toMatchObject({ path: null, query: null, method: null, status: null, host: "shop.example" });
  });
  it.each([
    ["another type of report", report({}, { type: "csp-violation" }), "other-type"],
    ["no object", 7, "other-type"],
    ["an age below 0", report({}, { age: -1 }), "bad-age"],
    ["an age of a year", report({}, { age: 31_536_000_000 }), "bad-age"],
    ["a URL of another scheme", report({}, { url: "ftp://a/" }), "bad-url"],
    ["a URL with a fragment", report({}, { url: "https://a.example/#x" }), "bad-url"],
    ["a URL with a user", report({}, { url: "https://u@a.example/" }), "bad-url"],
    ["no body", report({}, { body: null }), "bad-body"],
    ["an unknown phase", report({ phase: "tcp" }), "bad-phase"],
    ["a phase that is not that of its type", report({ phase: "application", type: "dns.unreachable" }), "bad-phase"],
    ["ok in another phase", report({ phase: "dns", type: "ok" }), "bad-phase"],
    ["a type in capitals", report({ type: "HTTP.error" }), "bad-type"],
    ["a type that is long", report({ type: "x".repeat(65) }), "bad-type"],
    ["an address that is none", report({ server_ip: "1.2.3" }), "bad-member"],
    ["a share above 1", report({ sampling_fraction: 2 }), "bad-member"],
    ["a status that is none", report({ status_code: 600 }), "bad-member"],
    ["a time below 0", report({ elapsed_time: -1 }), "bad-member"],
    ["a method that is none", report({ method: "get x" }), "bad-member"],
  ])("%s is dropped by its word, and the others are read", (_, bad, word) => {
    const read = readReports(upload(bad, report()))!;
    expect([read.dropped, read.reports.length]).toEqual([[word], 1]);
  });
  it("custom types and absent members are taken", () => {
    const read = readReports(
      upload(report({ type: "abandoned" }), report({ type: "quic.failed" }), {
        age: 0,
        type: "network-error",
        url: "https://a.example/",
        body: { phase: "dns", type: "dns.unreachable" },
      }),
    )!;
    expect(read.reports.map(({ type }) => type)).toEqual(["abandoned", "quic.failed", "dns.unreachable"]);
  });
  it("no list, no UTF-8, and too many are no upload", () => {
    for (const text of ["{}", "", "[", "7"]) expect(readReports(new Uint8Array(Buffer.from(text)))).toBeNull();
    expect(readReports(Uint8Array.of(0x5b, 0xff, 0x5d))).toBeNull();
    expect(readReports(upload(...Array<unknown>(REPORTS_MAX).fill(report())))?.reports).toHaveLength(REPORTS_MAX);
    expect(readReports(upload(...Array<unknown>(REPORTS_MAX + 1).fill(report())))).toBeNull();
  });
  it("property: nothing that is sent throws, and what is read is bounded", () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.jsonValue(),
            fc.record({ age: fc.nat(), type: fc.constant("network-error"), url: fc.webUrl(), body: fc.jsonValue() }),
          ),
        ),
        (list) => {
          const read = readReports(upload(...list))!;
          expect(read.reports.length + read.dropped.length).toBe(list.length);
        },
      ),
      { numRuns: 100 },
    );
  });
});

/** A gate that takes all reports, and remembers what it was told. */
function fake({ asks = true, allowed = true } = {}) {
  const asked: { point: Point; facts: Facts }[] = [];
  const noted: { kind: string; body: PlainRecord }[] = [];
  const gate = {
    asks: () => asks,
    ask: (point: Point, facts: Facts) => {
      asked.push({ point, facts });
      return { allowed } as never;
    },
    note: async (kind: string, noteBody: PlainRecord) => {
      noted.push({ kind, body: noteBody });
      return { index: 0, leaf: "aa" };
    },
    intent: (_: unknown, __: unknown, done: Recorded) => done(null, { index: 1, leaf: "bb" }),
    complete: (_: unknown, __: unknown, done: Recorded) => done(null, { index: 2, leaf: "cc" }),
  };
  return { gate: gate as unknown as Gate, asked, noted };
}
const OURS = ["192.0.2.1", "2001:db8::1"];
function collector(of: ReturnType<typeof fake>, seen = new Seen(), at = NOW) {
  let count = 0;
  let now = at;
  const made = new Collector({ gate: of.gate, seen, addresses: OURS, now: () => now, nextId: () => `r${++count}` });
  return {
    take: (reports: readonly unknown[], from = "198.51.100.7") => made.take(upload(...reports), from),
    made,
    later: (ms: number) => (now += ms),
  };
}

describe("the collector", () => {
  it("asks the policy at `report`, with what the report says and whether it was seen", async () => {
    const of = fake();
    const { take } = collector(of);
    expect(await take([report()])).toEqual({ status: 204, outcomes: ["taken"] });
    expect(of.asked).toEqual([
      {
        point: "report",
        facts: {
          exchange: "r1",
          direction: "ingress",
          visibility: "full",
          scheme: "https",
          host: "shop.example",
          port: 443,
          method: "GET",
          path: "/cart",
          query: "x=1",
          caller: { address: "198.51.100.7" },
          report: {
            type: "http.response.invalid",
            phase: "application",
            server_ip: "192.0.2.1",
            protocol: "h2",
            age: "10 ms",
            elapsed: "143 ms",
            matched: false,
          },
        },
      },
    ]);
  });
  it("a policy that is silent, or denies, takes none, and flags none", async () => {
    for (const how of [{ asks: false }, { allowed: false }]) {
      const of = fake(how);
      expect(await collector(of).take([report({ phase: "connection", type: "tls.failed" })])).toEqual({
        status: 204,
        outcomes: ["denied"],
      });
      expect(of.noted).toEqual([]);
    }
  });

  const changed = (server_ip: string) =>
    report({ phase: "dns", type: "dns.address_changed", server_ip, elapsed_time: 0 });
  const SEEN = { at: NOW - 100, host: "shop.example", port: 443, method: "GET", path: "/cart", record: "bb" };
  it.each([
    ["another address answers for us", changed("203.0.113.9"), [], true],
    ["an address that is not said", changed(""), [], true],
    ["one of ours, which is how a failure of one of several is told", changed("192.0.2.1"), [], false],
    ["one of ours in another spelling", changed("2001:DB8:0:0:0:0:0:1"), [], false],
    ["another address, though we were asked then", changed("203.0.113.9"), [SEEN], true],
    ["a certificate that does not fit", report({ phase: "connection", type: "tls.cert.authority_invalid" }), [], true],
    [
      "the same, and we were asked then",
      report({ phase: "connection", type: "tls.cert.authority_invalid" }),
      [SEEN],
      false,
    ],
    [
      "the same at another host",
      report({ phase: "connection", type: "tls.failed" }),
      [{ ...SEEN, host: "other.example" }],
      true,
    ],
    [
      "the same an hour before",
      report({ phase: "connection", type: "tls.failed" }),
      [{ ...SEEN, at: NOW - 3_600_000 }],
      true,
    ],
    ["a time-out", report({ phase: "connection", type: "tcp.timed_out" }), [], false],
    ["an answer that is odd", report(), [], false],
  ])("%s", async (_, one, exchanges, flagged) => {
    const of = fake();
    const seen = new Seen();
    for (const each of exchanges) seen.add(each);
    const taken = await collector(of, seen).take([one]);
    expect(taken.outcomes).toEqual([flagged ? "anomaly" : "taken"]);
    expect(of.noted.map(({ kind, body: noted }) => [kind, noted["word"], noted["host"], noted["matched"]])).toEqual(
      flagged ? [["anomaly", "nel-man-in-the-middle", "shop.example", false]] : [],
    );
    expect(JSON.stringify(of.noted)).not.toContain("secret");
  });

  it("a ledger that is down is no reason to fail", async () => {
    const of = fake();
    const down = { ...of.gate, note: () => Promise.reject(new Error("down")) } as unknown as Gate;
    const { take } = collector({ ...of, gate: down });
    expect(await take([changed("203.0.113.9")])).toEqual({ status: 204, outcomes: ["anomaly"] });
  });

  it("an address, and everybody together, may only send so many", async () => {
    const { take, later } = collector(fake());
    const statuses = async (from: string, times: number) => {
      const out = new Set<number>();
      for (let at = 0; at < times; at++) out.add((await take([], from)).status);
      return [...out];
    };
    expect(await statuses("198.51.100.1", REPORTS_PER_MINUTE_OF_ONE)).toEqual([204]);
    expect(await statuses("198.51.100.1", 1)).toEqual([429]);
    expect(await statuses("2001:db8:1:1::1", REPORTS_PER_MINUTE_OF_ONE)).toEqual([204]);
    expect(await statuses("2001:db8:1:1:ffff::2", 1)).toEqual([429]);
    for (let at = 2; at < REPORTS_PER_MINUTE / REPORTS_PER_MINUTE_OF_ONE; at++)
      await statuses(`203.0.113.${at}`, REPORTS_PER_MINUTE_OF_ONE);
    expect(await statuses("203.0.113.200", 1)).toEqual([429]);
    later(60_000);
    expect(await statuses("198.51.100.1", 1)).toEqual([204]);
  });
});

describe("what was seen", () => {
  const at = (ms: number, more: object = {}) => ({
    at: NOW + ms,
    host: "shop.example",
    port: 443,
    method: "GET",
    path: "/cart",
    record: `r${ms}`,
    ...more,
  });
  const of = (more: object, own: object = {}) => readReports(upload(report(more, own)))!.reports[0]!;
  it("is the latest exchange of the time, host, method and path", () => {
    const seen = new Seen();
    for (const each of [
      at(-200),
      at(-100),
      at(-50, { path: "/else" }),
      at(-40, { method: "POST" }),
      at(-30, { port: 8443 }),
    ])
      seen.add(each);
    expect(seen.match(of({}), NOW, new Set())?.record).toBe("r-100");
    expect(seen.match(of({ server_ip: "203.0.113.9" }), NOW, new Set(OURS))).toBeNull();
    expect(seen.match(of({}), NOW + 60_000, new Set())).toBeNull();
    expect(seen.match(of({ phase: "connection", type: "tcp.reset" }), NOW, new Set())?.record).toBe("r-40");
  });
  it("is bounded: the oldest goes first", () => {
    const seen = new Seen(3);
    for (let each = 0; each < 10; each++) seen.add(at(-1_000 + each, { host: `h${each}.example` }));
    expect([6, 7, 8, 9].map((each) => seen.knows(`h${each}.example`))).toEqual([false, true, true, true]);
  });
  it("comes from the intents of callers from outside", async () => {
    const seen = new Seen();
    const gate = observing(fake().gate, seen, () => NOW);
    const facts = {
      exchange: "x",
      visibility: "full",
      scheme: "https",
      host: "shop.example",
      port: 443,
      method: "GET",
      path: "/cart",
    } as const;
    await recorded((done) => gate.intent([], { ...facts, direction: "egress" }, done));
    expect(seen.knows("shop.example")).toBe(false);
    const told = await recorded((done) => gate.intent([], { ...facts, direction: "ingress" }, done));
    expect(told).toEqual({ index: 1, leaf: "bb" });
    expect(seen.match(of({}), NOW, new Set())?.record).toBe("bb");
  });
  it("leaves what the gate says otherwise: a name that no rule lets out is told to no resolver", () => {
    const facts = { exchange: "x", visibility: "full", scheme: "https", host: "a.example", port: 443 } as const;
    const asked = { ...facts, direction: "egress" } as const;
    const over = (mayAllow?: Gate["mayAllow"]) =>
      observing({ ...fake().gate, ...(mayAllow === undefined ? {} : { mayAllow }) }, new Seen(), () => NOW);
    expect(over(() => false).mayAllow?.("request", asked)).toBe(false);
    expect(over().mayAllow?.("request", asked)).toBe(true);
  });
});

it("over HTTP: browsers ask first, and what is no upload is refused", async () => {
  const { made } = collector(fake());
  const server = collectorServer(made);
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/reports`;
    const send = async (
      method: "POST" | "OPTIONS" | "GET",
      text?: string | Uint8Array,
      type = "application/reports+json",
    ) => {
      const answered = await request(url, {
        method,
        headers: text === undefined ? {} : { "content-type": type },
        ...(text === undefined ? {} : { body: text }),
      });
      await answered.body.dump();
      return answered;
    };
    const asked = await send("OPTIONS");
    expect([
      asked.statusCode,
      asked.headers["access-control-allow-origin"],
      asked.headers["access-control-allow-headers"],
    ]).toEqual([204, "*", "content-type"]);
    expect((await send("POST", upload(report()))).statusCode).toBe(204);
    expect((await send("POST", "{}")).statusCode).toBe(400);
    expect((await send("POST", "[]", "application/json")).statusCode).toBe(415);
    expect((await send("POST", "x".repeat(REPORT_BODY_BYTES_MAX + 1))).statusCode).toBe(413);
    expect((await send("GET")).statusCode).toBe(405);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
