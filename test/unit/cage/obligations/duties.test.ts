// The obligations of one exchange, with real policies and real keys.
import { createHash, generateKeyPairSync } from "node:crypto";
import { describe, expect, it } from "vitest";
import type { Head } from "../../../../cage/message/head.ts";
import type { Configuration } from "../../../../cage/obligations/configuration.ts";
import { type Duties, dutiesOf, type Outgoing, withTunnels } from "../../../../cage/obligations/index.ts";
import type { Facts, Point, Recorded } from "../../../../cage/point.ts";
import {
  bodyOf,
  digestField,
  keySet,
  MemoryNonces,
  type MessageSigner,
  messageOf,
  messageSigner,
  signMessage,
  verifyMessage,
} from "../../../../cage/signature/index.ts";
import {
  cageKey,
  configuration,
  decisionOf,
  factsOf,
  gateOf,
  headOf,
  NOW,
  partnerKey,
  policyOf,
  SECOND,
  strangerKey,
} from "./kit.ts";

interface Asked {
  readonly head: Head;
  readonly facts?: Partial<Facts>;
  readonly points?: readonly Point[];
  readonly more?: Partial<Configuration>;
}

/** The duties of a request that the policy allows. */
function exchange(rules: string, { head, facts: given = {}, points = ["request"], more = {} }: Asked) {
  const policy = policyOf(rules);
  const gate = gateOf(policy);
  const facts = factsOf(head, given);
  const decisions = points.map((point) => decisionOf(policy, point, facts));
  for (const each of decisions) expect(each.allowed).toBe(true);
  const of = dutiesOf({ configuration: configuration(more), gate, now: () => NOW });
  const duties = of(decisions, facts);
  return {
    duties: duties as Duties,
    gate,
    facts,
    /** At the answer: the same exchange with one more decision. */
    later: (status: number): Duties | null => {
      const at = { ...facts, response: { status } };
      return of([...decisions, decisionOf(policy, "response", at)], at);
    },
  };
}

const post = (text: string, fields: readonly string[] = []): { head: Head; body: Buffer } => {
  const body = Buffer.from(text);
  const all = ["content-type", "application/json", "content-length", String(body.length), ...fields];
  return { head: headOf("https://api.example/v1/charges?dry=1", { method: "POST", fields: all }), body };
};

async function signedBy(
  signer: MessageSigner,
  { head, body }: { head: Head; body: Buffer },
  {
    cover = ["@method", "@target-uri"],
    nonce = "n-1",
    created = SECOND,
    tag,
  }: { cover?: string[]; nonce?: string; created?: number; tag?: string } = {},
): Promise<Head> {
  const digest = body.length === 0 ? [] : ([["content-digest", digestField(body)]] as const);
  const fields = [...head.fields, ...digest];
  const all = body.length === 0 ? cover : [...cover, "content-digest"];
  const made = await signMessage(messageOf({ ...head, fields }), {
    signer,
    cover: all,
    label: "sig1",
    created,
    nonce,
    ...(tag === undefined ? {} : { tag }),
  });
  return { ...head, fields: [...fields, ["signature-input", made["signature-input"]], ["signature", made.signature]] };
}

const denied = (done: Awaited<ReturnType<Duties["request"]>>): readonly [string, number, string] => {
  if (!("denial" in done)) throw new Error("it was let through");
  return [done.denial.reason, done.denial.status, done.denial.detail];
};
const passed = (done: Awaited<ReturnType<Duties["request"]>>): Outgoing => {
  if (!("outgoing" in done)) throw new Error(`${done.denial.reason}: ${done.denial.detail}`);
  return done.outgoing;
};

it("nothing to do is null: no body is held, nobody waits", () => {
  const { duties } = exchange(
    "  - allow: all\n    match: {host: api.example}\n    then: {receipt: full, route: {to: 'https://api.example'}}\n",
    { head: headOf("https://api.example/") },
  );
  expect(duties).toBeNull();
});

describe("require_signature", () => {
  const RULES = `  - allow: partners
    match: {host: api.example}
    then: {require_signature: {from: ["${partnerKey.keyId}"]}}
`;
  it("lets through what a partner signed, and asks the policy again with the verdict", async () => {
    const { head, body } = post('{"a":1}');
    const signed = await signedBy(partnerKey, { head, body });
    const { duties, gate } = exchange(RULES, { head: signed });
    expect([duties.holdsRequest, duties.holdsResponse]).toEqual([true, false]);
    const done = await duties.request({ head: signed, body });
    expect(passed(done)).toEqual({ head: signed, body });
    expect(gate.asked).toMatchObject([
      { point: "request", facts: { signature: { verified: true, key: partnerKey.keyId } } },
    ]);
    expect(done.asked?.facts.signature?.verified).toBe(true);
    expect(done.met).toMatchObject([
      { name: "require_signature", found: { key: partnerKey.keyId, nonce: "n-1", label: "sig1" } },
    ]);
  });

  it.each<[string, (at: { head: Head; body: Buffer }) => Promise<Head>, string]>([
    ["no signature", async ({ head }) => head, "no-signature"],
    ["a stranger's", (at) => signedBy(strangerKey, at), "unknown-key"],
    ["an old one", (at) => signedBy(partnerKey, at, { created: SECOND - 400 }), "expired"],
    ["one of the future", (at) => signedBy(partnerKey, at, { created: SECOND + 60 }), "not-yet"],
    ["one that covers too little", (at) => signedBy(partnerKey, at, { cover: ["@method"] }), "not-covered"],
    ["one for another body", (at) => signedBy(partnerKey, { ...at, body: Buffer.from("{}") }), "wrong-digest"],
    [
      "one for another target",
      async (at) => {
        const signed = await signedBy(partnerKey, { ...at, head: { ...at.head, path: "/v1/refunds" } });
        return { ...signed, path: at.head.path };
      },
      "wrong-signature",
    ],
  ])("%s is denied by its word, and the record has it", async (_, make, word) => {
    const at = post('{"a":1}');
    const head = await make(at);
    const { duties, gate } = exchange(RULES, { head });
    const done = await duties.request({ head, body: at.body });
    expect(denied(done).slice(0, 2)).toEqual([word, 401]);
    expect(gate.asked.at(-1)?.facts.signature).toEqual({ verified: false, failure: word });
    expect(done.asked?.facts.signature?.failure).toBe(word);
  });

  it("a nonce lets through once", async () => {
    const at = post("{}");
    const head = await signedBy(partnerKey, at);
    const nonces = new MemoryNonces();
    const run = async () => exchange(RULES, { head, more: { nonces } }).duties.request({ head, body: at.body });
    passed(await run());
    expect(denied(await run())[0]).toBe("replayed");
  });

  it("two rules may look at one signature", async () => {
    const rules = `${RULES}  - require: more cover
    match: {method: POST}
    then: {require_signature: {from: ["${partnerKey.keyId}"], cover: ["@method", "@query"]}}
`;
    const at = post("{}");
    const good = await signedBy(partnerKey, at, { cover: ["@method", "@target-uri", "@query"] });
    passed(await exchange(rules, { head: good }).duties.request({ head: good, body: at.body }));
    const bad = await signedBy(partnerKey, at);
    expect(denied(await exchange(rules, { head: bad }).duties.request({ head: bad, body: at.body }))[0]).toBe(
      "not-covered",
    );
  });

  it("rules that read the verdict decide on the second ask: obligations, and denials", async () => {
    const rules = `${RULES}  - require: partners are counted
    match: {signature: {verified: true}}
    then: {rate_limit: {rate: 1/h, key: [signature.key]}}
  - deny: not by the tag
    match: {signature: {tag: test}}
`;
    const at = post("{}");
    const more = configuration();
    const first = await signedBy(partnerKey, at);
    const done = await exchange(rules, { head: first, more }).duties.request({ head: first, body: at.body });
    passed(done);
    expect(done.met.map(({ name }) => name)).toEqual(["require_signature", "rate_limit"]);
    const second = await signedBy(partnerKey, at, { nonce: "n-2" });
    expect(
      denied(await exchange(rules, { head: second, more }).duties.request({ head: second, body: at.body }))[0],
    ).toBe("rate-limited");
    const tagged = await signedBy(partnerKey, at, { nonce: "n-3", tag: "test" });
    expect(
      denied(await exchange(rules, { head: tagged, more }).duties.request({ head: tagged, body: at.body })).slice(0, 2),
    ).toEqual(["denied", 403]);
  });

  it("asks at each point that was asked before", async () => {
    const at = post("{}");
    const head = await signedBy(partnerKey, at);
    const { duties, gate } = exchange(RULES, { head, points: ["request", "body"] });
    passed(await duties.request({ head, body: at.body }));
    expect(gate.asked.map(({ point }) => point)).toEqual(["request", "body"]);
  });

  it("through a forward proxy the whole URL is the target that was signed", async () => {
    const head = headOf("https://api.example/v1?x=1");
    const target = "https://api.example/v1?x=1";
    const made = await signMessage(messageOf(head, target), {
      signer: partnerKey,
      cover: ["@method", "@target-uri", "@request-target"],
      label: "sig1",
      created: SECOND,
      nonce: "n",
    });
    const signed: Head = {
      ...head,
      fields: [...head.fields, ["signature-input", made["signature-input"]], ["signature", made.signature]],
    };
    passed(await exchange(RULES, { head: signed }).duties.request({ head: signed, body: null }));
    expect(
      denied(
        await exchange(RULES, { head: signed, facts: { direction: "ingress" } }).duties.request({
          head: signed,
          body: null,
        }),
      )[0],
    ).toBe("wrong-signature");
  });
});

describe("redact and sign", () => {
  const RULES = `  - allow: charges
    match: {host: api.example}
    then:
      redact: {json: [/card/number], fields: [x-trace]}
      sign: {key: cage, cover: ["@method", "@target-uri"], tag: out}
`;
  it("what is signed is what is sent: after redaction, with its own digest", async () => {
    const { head, body } = post('{"card":{"number":"4111"}}', [
      "x-trace",
      "t",
      "content-digest",
      `sha-256=:${Buffer.alloc(32).toString("base64")}:`,
    ]);
    const { duties } = exchange(RULES, { head });
    const done = await duties.request({ head, body });
    const sent = passed(done);
    expect(sent.body!.toString()).toBe('{"card":{"number":"[redacted]"}}');
    expect(sent.head.body).toEqual({ kind: "length", bytes: sent.body!.length });
    expect(sent.head.fields).toContainEqual(["x-trace", "[redacted]"]);
    const profile = {
      keys: keySet({ dids: [cageKey.keyId] }),
      cover: ["@method", "@target-uri", "content-digest"],
      nonces: new MemoryNonces(),
      tag: "out",
    };
    const verdict = await verifyMessage({
      message: messageOf(sent.head),
      body: bodyOf(sent.body!),
      profile,
      now: SECOND,
    });
    expect(verdict).toMatchObject({ verified: { label: "cage", keyId: cageKey.keyId, expires: SECOND + 300 } });
    expect(done.met.map(({ name }) => name)).toEqual(["redact", "sign"]);
    expect(done.met[0]!.found["before"]).toBe(createHash("sha256").update(body).digest("hex"));
  });
  it("a digest that is wrong is not signed", async () => {
    const { head, body } = post("{}", ["content-digest", `sha-256=:${Buffer.alloc(32).toString("base64")}:`]);
    const { duties } = exchange(RULES.replace(/^ +redact.*\n/m, ""), { head });
    expect(denied(await duties.request({ head, body }))).toEqual([
      "cannot-oblige",
      403,
      "sign: content-digest sha-256: the digest is not that of the body",
    ]);
  });
  it("a request without a body needs no digest, and is not held for one", async () => {
    const head = headOf("https://api.example/v1");
    const sent = passed(await exchange(RULES, { head }).duties.request({ head, body: null }));
    expect(sent.body).toBeNull();
    expect(sent.head.fields.map(([name]) => name)).toEqual(["signature-input", "signature"]);
  });
  it("a label that is taken denies", async () => {
    const { head, body } = post("{}", ["signature-input", 'cage=("@method");created=1', "signature", "cage=:AA==:"]);
    expect(denied(await exchange(RULES, { head }).duties.request({ head, body }))[2]).toContain("signature-input cage");
  });
});

describe("verify_response", () => {
  const rules = (args: string): string => `  - allow: all
    match: {host: api.example, at: request}
    then: {verify_response: {${args}}}
`;
  const body = Buffer.from('{"ok":true}');
  const answer = (fields: readonly (readonly [string, string])[]) => ({ status: 200, fields, body });
  const ask = async (args: string) => {
    const head = headOf("https://api.example/v1", { method: "GET" });
    const { duties } = exchange(rules(args), { head });
    passed(await duties.request({ head, body: null }));
    return duties;
  };

  it("a digest that fits is handed on; one that does not is a 502, with both digests in the record", async () => {
    const duties = await ask("digest: required");
    expect(duties.holdsResponse).toBe(true);
    const good = answer([["content-digest", digestField(body)]]);
    expect(await duties.response(good)).toEqual({
      met: [{ name: "verify_response", found: { verified: true } }],
      incoming: good,
    });
    const said = digestField(Buffer.from("other"));
    expect(await duties.response(answer([["content-digest", said]]))).toEqual({
      met: [
        {
          name: "verify_response",
          found: {
            verified: false,
            problem: "wrong-digest",
            at: "content-digest sha-256",
            said: [said],
            came: createHash("sha256").update(body).digest("hex"),
          },
        },
      ],
      denial: {
        reason: "response-tampered",
        status: 502,
        detail: "wrong-digest at content-digest sha-256",
        fields: [],
        more: {},
      },
    });
    expect(await duties.response(answer([]))).toMatchObject({
      denial: { reason: "response-tampered", detail: "no-digest at content-digest" },
    });
  });
  it("`if-present` asks for none; what is there must fit; `record` hands it on all the same", async () => {
    const lax = await ask("digest: if-present");
    expect("incoming" in (await lax.response(answer([])))).toBe(true);
    expect("denial" in (await lax.response(answer([["repr-digest", digestField(Buffer.from("x"))]])))).toBe(true);
    const record = await ask("digest: required, on_mismatch: record");
    expect(await record.response(answer([]))).toMatchObject({
      incoming: { status: 200 },
      met: [{ found: { verified: false, problem: "no-digest" } }],
    });
  });
  it("a signature is bound to the request it answers", async () => {
    const duties = await ask(`from: ["${partnerKey.keyId}"], cover: ["@status", '"@target-uri";req']`);
    const sign = async (path: string, status = 200) => {
      const fields = [["content-digest", digestField(body)]] as const;
      const request = messageOf(headOf(`https://api.example${path}`));
      const made = await signMessage(
        { kind: "response", status, fields, request },
        {
          signer: partnerKey,
          cover: ["@status", '"@target-uri";req', "content-digest"],
          label: "sig1",
          created: SECOND,
        },
      );
      return answer([...fields, ["signature-input", made["signature-input"]], ["signature", made.signature]]);
    };
    expect(await duties.response(await sign("/v1"))).toMatchObject({
      met: [{ found: { verified: true, key: partnerKey.keyId } }],
    });
    expect(await duties.response(await sign("/v2"))).toMatchObject({
      denial: { reason: "response-tampered", detail: expect.stringMatching(/^wrong-signature/) },
    });
    expect(await duties.response({ ...(await sign("/v1")), status: 201 })).toMatchObject({
      denial: { reason: "response-tampered" },
    });
  });
  describe("by several", () => {
    const labelled = async (signers: readonly (readonly [label: string, MessageSigner])[], status = 200) => {
      const fields: (readonly [string, string])[] = [["content-digest", digestField(body)]];
      const made = await Promise.all(
        signers.map(([label, signer]) =>
          signMessage(
            { kind: "response", status, fields, request: messageOf(headOf("https://api.example/v1")) },
            { signer, cover: ["@status", "content-digest"], label, created: SECOND },
          ),
        ),
      );
      for (const each of made) fields.push(["signature-input", each["signature-input"]], ["signature", each.signature]);
      return answer(fields);
    };
    const from = [partnerKey, strangerKey, cageKey].map(({ keyId }) => `"${keyId}"`).join(", ");
    const two = `from: [${from}], quorum: 2`;

    it("as many as are asked for, each by a key of its own", async () => {
      const duties = await ask(two);
      expect(
        await duties.response(
          await labelled([
            ["a", partnerKey],
            ["b", strangerKey],
          ]),
        ),
      ).toMatchObject({
        met: [{ found: { verified: true, keys: [partnerKey.keyId, strangerKey.keyId] } }],
        incoming: { status: 200 },
      });
    });
    it.each<[string, readonly (readonly [string, MessageSigner])[], RegExp]>([
      ["one of them is down", [["a", partnerKey]], /^too-few-signers/],
      [
        "one signs twice",
        [
          ["a", partnerKey],
          ["b", partnerKey],
        ],
        /^too-few-signers/,
      ],
      [
        "the second is nobody that was named",
        [
          ["a", partnerKey],
          ["b", messageSigner(generateKeyPairSync("ed25519").privateKey)],
        ],
        /^too-few-signers/,
      ],
      ["none has signed", [], /^no-signature/],
    ])("%s: the answer is not handed on", async (_, signers, detail) => {
      const duties = await ask(two);
      expect(await duties.response(await labelled(signers))).toMatchObject({
        denial: { reason: "response-tampered", status: 502, detail: expect.stringMatching(detail) },
        met: [{ found: { verified: false } }],
      });
    });
    it("one of them has signed another answer", async () => {
      const duties = await ask(two);
      const good = await labelled([
        ["a", partnerKey],
        ["b", strangerKey],
      ]);
      const other = await labelled([["b", strangerKey]], 201);
      const fields = [...good.fields.slice(0, 3), ...other.fields.slice(1)];
      expect(await duties.response(answer(fields))).toMatchObject({
        met: [
          { found: { problem: "too-few-signers", detail: expect.stringContaining("1 of 2 signed: wrong-signature") } },
        ],
      });
    });
    it("a key that was revoked counts no more, and a rule may hand the answer on all the same", async () => {
      const revoked = `revoked: {"${strangerKey.keyId}": "2026-01-01T00:00:00Z"}`;
      const both = await labelled([
        ["a", partnerKey],
        ["b", strangerKey],
      ]);
      expect(await (await ask(`${two}, ${revoked}`)).response(both)).toMatchObject({
        met: [{ found: { detail: expect.stringContaining("revoked-key") } }],
        denial: { reason: "response-tampered" },
      });
      expect(await (await ask(`${two}, ${revoked}, on_mismatch: record`)).response(both)).toMatchObject({
        met: [{ found: { verified: false, problem: "too-few-signers" } }],
        incoming: { status: 200 },
      });
    });
  });
  it("given by a rule for answers only, it is met there, bound to what was sent", async () => {
    const head = headOf("https://api.example/v1");
    const more = `  - allow: out\n    match: {at: request, host: api.example}\n    then: {sign: {key: cage}}\n  - allow: in\n    match: {at: response, host: api.example, status: 200}\n    then: {verify_response: {from: ["${partnerKey.keyId}"], cover: ["@status", '"signature";req;key="cage"']}}\n`;
    const { duties, later } = exchange(more, { head });
    const sent = passed(await duties.request({ head, body: null }));
    const after = later(200)!;
    expect(after.holdsResponse).toBe(true);
    const fields = [["content-digest", digestField(body)]] as const;
    const request = messageOf(sent.head);
    const made = await signMessage(
      { kind: "response", status: 200, fields, request },
      {
        signer: partnerKey,
        cover: ["@status", '"signature";req;key="cage"', "content-digest"],
        label: "sig1",
        created: SECOND,
      },
    );
    const done = await after.response(
      answer([...fields, ["signature-input", made["signature-input"]], ["signature", made.signature]]),
    );
    expect(done).toMatchObject({ met: [{ found: { verified: true } }] });
  });
});

describe("when an obligation comes", () => {
  it("a rule for every point is carried out once, and not missed at the answer", async () => {
    const head = headOf("https://api.example/v1");
    const { duties, later } = exchange(
      "  - allow: all\n    match: {host: api.example}\n    then: {sign: {key: cage}}\n",
      { head, points: ["request", "body"] },
    );
    const sent = passed(await duties.request({ head, body: null }));
    expect(sent.head.fields.filter(([name]) => name === "signature")).toHaveLength(1);
    expect(await later(200)!.response({ status: 200, fields: [], body: null })).toMatchObject({
      incoming: { status: 200 },
    });
  });
  it("one that comes too late denies", async () => {
    const head = headOf("https://api.example/v1");
    const { later } = exchange(
      "  - allow: out\n    match: {at: request}\n  - allow: in\n    match: {at: response}\n    then: {sign: {key: cage}}\n",
      { head },
    );
    expect(await later(200)!.response({ status: 200, fields: [], body: null })).toMatchObject({
      denial: { reason: "cannot-oblige", status: 502 },
    });
  });
  it("two that exclude each other deny", async () => {
    const head = headOf("https://api.example/v1");
    const rules =
      "  - allow: a\n    match: {host: api.example}\n    then: {nel: {group: a}}\n  - require: b\n    match: {method: GET}\n    then: {nel: {group: b}}\n";
    expect(denied(await exchange(rules, { head }).duties.request({ head, body: null }))[2]).toBe(
      "nel: rules give it with arguments that differ",
    );
  });
  it("arguments that are computed are checked when they are given", async () => {
    const head = headOf("https://api.example/v1");
    const rules = "  - allow: a\n    match: {host: api.example}\n    then: {sign: {key: {expr: host}}}\n";
    expect(denied(await exchange(rules, { head }).duties.request({ head, body: null }))[2]).toContain(
      "the cage has no key `api.example`",
    );
  });
  it("what fails inside denies", async () => {
    const head = headOf("https://api.example/v1");
    const random = (): never => {
      throw new Error("no entropy");
    };
    const rules = "  - allow: a\n    match: {host: api.example}\n    then: {sign: {key: cage}}\n";
    expect(denied(await exchange(rules, { head, more: { random } }).duties.request({ head, body: null }))).toEqual([
      "cannot-oblige",
      403,
      "cage: no entropy",
    ]);
  });
});

describe("tunnels", () => {
  const rules = (then: string): string =>
    `  - allow: t\n    match: {at: connect, host: git.example}\n    then: {${then}}\n`;
  const connect = (then: string) => {
    const gate = withTunnels(gateOf(policyOf(rules(then))), { configuration: configuration(), now: () => NOW });
    const facts: Facts = {
      exchange: "x",
      direction: "egress",
      visibility: "connect",
      scheme: "https",
      host: "git.example",
      port: 443,
    };
    return (exchange = "x") => gate.ask("connect", { ...facts, exchange });
  };
  it.each([
    ["sign: {key: cage}", "sign: nothing of a tunnel is seen"],
    [`require_signature: {from: ["${partnerKey.keyId}"]}`, "require_signature: nothing of a tunnel is seen"],
    ["redact: {fields: [cookie]}, route: {to: tunnel, tls: tunnel}", "redact: nothing of a tunnel is seen"],
    ["verify_response: {digest: required}", "verify_response: nothing of a tunnel is seen"],
  ])("%s denies one", (then, detail) =>
    expect(connect(then)()).toMatchObject({ allowed: false, reason: "cannot-oblige", detail }),
  );
  it("an interception asks again for each request", () => {
    expect(connect("sign: {key: cage}, route: {to: 'https://git.example', tls: intercept}")()).toMatchObject({
      allowed: true,
    });
  });
  it("and what was counted goes into the record", () => {
    const noted: (Facts["met"] | null)[] = [];
    const below = {
      ...gateOf(policyOf(rules("rate_limit: {rate: 1/min}, route: {to: tunnel}"))),
      intent: (_: unknown, { met }: Facts, done: Recorded) => {
        noted.push(met ?? null);
        done(null, { index: 0, leaf: "" });
      },
    };
    const gate = withTunnels(below, { configuration: configuration(), now: () => NOW });
    const facts = {
      direction: "egress",
      visibility: "connect",
      scheme: "https",
      host: "git.example",
      port: 443,
    } as const;
    for (const exchange of ["a", "b", "b"]) {
      const at: Facts = { ...facts, exchange };
      gate.intent(gate.ask("connect", at), at, () => undefined);
    }
    gate.intent([], { ...facts, exchange: "c" }, () => undefined);
    expect(noted.map((met) => met?.map(({ name, found }) => [name, found["passed"]]) ?? null)).toEqual([
      [["rate_limit", true]],
      [["rate_limit", false]],
      [["rate_limit", false]],
      null,
    ]);
  });
  it("are counted, each once however often it is asked about", () => {
    const ask = connect("rate_limit: {rate: 2/min}, receipt: full, route: {to: tunnel}");
    const of = (exchange: string) => [ask(exchange), ask(exchange)].map(({ allowed, reason }) => [allowed, reason]);
    const [yes, no] = [
      [true, "allowed"],
      [false, "rate-limited"],
    ];
    expect([of("a"), of("b"), of("c"), of("a")]).toEqual([
      [yes, yes],
      [yes, yes],
      [no, no],
      [yes, yes],
    ]);
  });
});

describe("nel", () => {
  it("is said on the answer, in place of what the upstream says", async () => {
    const head = headOf("https://api.example/v1");
    const rules =
      "  - allow: a\n    match: {host: api.example}\n    then: {nel: {group: net, max_age: 24 h, success: 1%, failure: 12.5%, subdomains: true}}\n";
    const { duties } = exchange(rules, { head });
    expect([duties.holdsRequest, duties.holdsResponse]).toEqual([false, false]);
    const done = await duties.response({
      status: 200,
      fields: [
        ["nel", "x"],
        ["a", "b"],
      ],
      body: null,
    });
    expect("incoming" in done && done.incoming.fields).toEqual([
      ["a", "b"],
      [
        "nel",
        '{"report_to":"net","max_age":86400,"success_fraction":0.01,"failure_fraction":0.125,"include_subdomains":true}',
      ],
      [
        "report-to",
        '{"group":"net","max_age":86400,"endpoints":[{"url":"https://cage.example/reports"}],"include_subdomains":true}',
      ],
      ["reporting-endpoints", 'net="https://cage.example/reports"'],
    ]);
  });
});
