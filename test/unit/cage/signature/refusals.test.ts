// What the strict profile refuses, by which word. The signer here is written for the test: it signs what our own would not.
import { createHmac, createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import {
  bodyOf,
  didOf,
  digestField,
  keySet,
  MemoryNonces,
  type Profile,
  type RequestMessage,
  SIGNATURE_PROBLEMS,
  type SignatureWord,
  verifyMessage,
} from "../../../../cage/signature/index.ts";

const NOW = 1_700_000_000;
const BODY = Buffer.from('{"amount":5}');
const ed = generateKeyPairSync("ed25519");
const other = generateKeyPairSync("ed25519");
const p256 = generateKeyPairSync("ec", { namedCurve: "P-256" });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const secret = createSecretKey(Buffer.alloc(64, 7));
const ID = didOf(ed.publicKey) as string;
const P256 = didOf(p256.publicKey) as string;
const COVER = '"@method" "@target-uri" "content-digest"';
const PARAMS = `;created=${NOW};keyid="${ID}";nonce="n-1"`;

/** The lines of the base of the request below, written by hand. */
const LINES: Readonly<Record<string, string>> = {
  '"@method"': "POST",
  '"@target-uri"': "https://api.example/orders?a=1&b=2&b=3",
  '"@authority"': "api.example",
  '"content-digest"': digestField(BODY),
  '"content-digest";key="sha-256"': digestField(BODY).slice("sha-256=".length),
  '"x-twice"': "a, b",
  '"x-twice";bs': ":YQ==:, :Yg==:",
  '"@query-param";name="a"': "1",
  '"host"': "api.example",
};

interface Forged {
  /** Inside the parentheses. */
  readonly cover?: string;
  readonly params?: string;
  readonly key?: KeyObject;
  /** Instead of the lines above. */
  readonly lines?: Readonly<Record<string, string>>;
  /** Field lines instead of the signature made. */
  readonly input?: string;
  readonly signature?: string;
  readonly extra?: readonly (readonly [string, string])[];
  readonly without?: readonly string[];
  readonly change?: Partial<RequestMessage>;
  readonly body?: Buffer;
  readonly profile?: Partial<Profile>;
  readonly now?: number;
}

function signed(base: string, key: KeyObject): string {
  const bytes = Buffer.from(base);
  if (key.type === "secret") return createHmac("sha256", key).update(bytes).digest("base64");
  if (key.asymmetricKeyType === "ed25519") return sign(null, bytes, key).toString("base64");
  if (key.asymmetricKeyType === "ec")
    return sign("sha256", bytes, { key, dsaEncoding: "ieee-p1363" }).toString("base64");
  return sign("sha256", bytes, key).toString("base64");
}

function request(forged: Forged): RequestMessage {
  const { cover = COVER, params = PARAMS, key = ed.privateKey, lines = LINES } = forged;
  const inner = `(${cover})${params}`;
  const items = cover.match(/"[^"]*"(?:;[a-z]+(?:="[^"]*")?)*/g) ?? [];
  const base = [...items.map((item) => `${item}: ${lines[item] ?? ""}`), `"@signature-params": ${inner}`].join("\n");
  const input = forged.input ?? `sig1=${inner}`;
  const signature = forged.signature ?? `sig1=:${signed(base, key)}:`;
  const fields: (readonly [string, string])[] = [
    ["host", "api.example"],
    ["content-type", "application/json"],
    ["content-digest", digestField(BODY)],
    ["x-twice", "a"],
    ["x-twice", "b"],
    ["x-latin", "caf\u00e9"],
    ...(input === "" ? [] : [["signature-input", input] as const]),
    ...(signature === "" ? [] : [["signature", signature] as const]),
  ];
  const kept = fields.filter(([name]) => !(forged.without ?? []).includes(name));
  return {
    kind: "request",
    method: "POST",
    scheme: "https",
    authority: "api.example",
    target: "/orders?a=1&b=2&b=3",
    path: "/orders",
    query: "a=1&b=2&b=3",
    fields: [...kept, ...(forged.extra ?? [])],
    ...forged.change,
  };
}

const keys = keySet({
  dids: [ID, P256],
  named: [
    { id: "shared", key: secret },
    { id: "pss", key: rsa.publicKey, algorithm: "rsa-pss-sha512" },
  ],
});
const profileOf = (change: Partial<Profile> = {}): Profile => ({
  keys,
  cover: ["@method", "@target-uri"],
  nonces: new MemoryNonces(),
  ...change,
});

async function word(forged: Forged): Promise<string> {
  const verdict = await verifyMessage({
    message: request(forged),
    body: bodyOf(forged.body ?? BODY),
    profile: profileOf(forged.profile),
    now: forged.now ?? NOW,
  });
  if ("verified" in verdict) return "verified";
  const { problem, at, detail, help } = verdict.problem;
  expect({ at, detail, help }).toEqual({
    at: expect.stringMatching(/\S/),
    detail: expect.stringMatching(/\S/),
    help: SIGNATURE_PROBLEMS[problem][1],
  });
  return problem;
}

const revokedAt = (second: number): Profile["keys"] => keySet({ dids: [ID, P256], revoked: new Map([[ID, second]]) });
const aged = (seconds: number): string => `;created=${NOW - seconds};keyid="${ID}";nonce="n-1"`;
const named = (keyId: string): string => `;created=${NOW};keyid="${keyId}";nonce="n-1"`;
const params = (change: string): string => `;created=${NOW};keyid="${ID}";nonce="n-1"${change}`;
const CASES: readonly (readonly [expected: SignatureWord | "verified", what: string, forged: Forged])[] = [
  ["verified", "a good signature", {}],
  ["verified", "by P-256", { params: `;created=${NOW};keyid="${P256}";nonce="1"`, key: p256.privateKey }],
  ["verified", "by a secret", { params: `;created=${NOW};keyid="shared";nonce="1"`, key: secret }],
  ["verified", "its did with a fragment", { params: `;created=${NOW};keyid="${ID}#${ID.slice(8)}";nonce="1"` }],
  ["verified", "a field of two lines", { cover: `${COVER} "x-twice" "x-twice";bs` }],
  ["verified", "a parameter of the query", { cover: `${COVER} "@query-param";name="a"` }],
  ["verified", "one member of the digest", { cover: '"@method" "@target-uri" "content-digest";key="sha-256"' }],
  [
    "verified",
    "spaces that change nothing",
    { input: `sig1=( ${COVER.replaceAll(" ", "  ")} )${PARAMS.replaceAll(";", "; ")}` },
  ],
  // The fields.
  ["no-signature", "nothing", { input: "", signature: "" }],
  ["lonely-label", "a signature without input", { input: "" }],
  ["lonely-label", "an input without signature", { signature: "" }],
  ["lonely-label", "another label", { signature: "sig2=:AAAA:" }],
  ["malformed", "no dictionary", { input: "sig1=(" }],
  ["malformed", "an unquoted component", { input: `sig1=(@method)${PARAMS}` }],
  ["malformed", "an item instead of a list", { input: 'sig1="@method"' }],
  ["malformed", "a signature that is text", { signature: 'sig1="AAAA"' }],
  ["malformed", "control bytes", { input: `sig1=(\u0000)${PARAMS}` }],
  ["other-spelling", "a label twice", { input: `sig1=("@method")${PARAMS}, sig1=(${COVER})${PARAMS}` }],
  ["other-spelling", "a signature twice", { signature: "sig1=:AAAA:, sig1=:AAAB:" }],
  ["other-spelling", "a parameter twice", { params: params(`;created=${NOW - 1}`) }],
  ["other-spelling", "a leading zero", { params: `;created=0${NOW};keyid="${ID}"` }],
  ["other-spelling", "a decimal", { params: `;created=${NOW}.0;keyid="${ID}"` }],
  ["other-spelling", "base64 without padding", { signature: "sig1=:QQ:" }],
  ["other-spelling", "base64 with bits left over", { signature: "sig1=:QR==:" }],
  ["field-too-large", "a long input", { input: `sig1=("${"a".repeat(8200)}")` }],
  ["field-too-large", "a long signature", { signature: `sig1=:${"A".repeat(8200)}:` }],
  [
    "too-many-signatures",
    "five of them",
    {
      input: [1, 2, 3, 4, 5].map((at) => `s${at}=("@method")`).join(", "),
      signature: [1, 2, 3, 4, 5].map((at) => `s${at}=:AAAA:`).join(", "),
    },
  ],
  ["unknown-label", "not the label of the profile", { profile: { label: "cage" } }],
  [
    "several-signatures",
    "two by known keys",
    { input: `a=(${COVER})${PARAMS}, b=(${COVER})${PARAMS}`, signature: "a=:AAAA:, b=:AAAA:" },
  ],
  [
    "unknown-key",
    "two by unknown keys",
    { input: `a=("@method");keyid="x", b=("@method");keyid="y"`, signature: "a=:AAAA:, b=:AAAA:" },
  ],
  [
    "verified",
    "another hop has signed in its own way",
    {
      extra: [
        ["signature-input", "hop=();critical"],
        ["signature", "hop=:AAAA:"],
      ],
      profile: { label: "sig1" },
    },
  ],
  [
    "empty-coverage",
    "another hop has signed nothing, and no label is asked for",
    {
      extra: [
        ["signature-input", "hop=();critical"],
        ["signature", "hop=:AAAA:"],
      ],
    },
  ],
  [
    "lonely-label",
    "a label of the other hop alone",
    { extra: [["signature-input", "hop=();critical"]], profile: { label: "sig1" } },
  ],
  // What is covered.
  ["empty-coverage", "nothing covered", { cover: "" }],
  ["too-many-components", "65 components", { cover: Array.from({ length: 65 }, (_, at) => `"x-${at}"`).join(" ") }],
  ["duplicate-component", "a component twice", { cover: `${COVER} "@method"` }],
  ["duplicate-component", "in another order of parameters", { cover: `${COVER} "x";tr;sf "x";sf;tr` }],
  ["bad-component", "a derived component nobody knows", { cover: `${COVER} "@signature-params"` }],
  ["bad-component", "a name in capitals", { cover: `${COVER} "Content-Type"` }],
  ["bad-component", "a parameter nobody knows", { cover: `${COVER} "host";foo` }],
  ["bad-component", "bytes and structure at once", { cover: `${COVER} "host";bs;sf` }],
  ["bad-component", "a status of a request", { cover: `${COVER} "@status"` }],
  ["bad-component", "req on a request", { cover: `${COVER} "@method";req` }],
  ["bad-component", "a parameter of the query without its name", { cover: `${COVER} "@query-param"` }],
  ["bad-component", "sf of a field of no known type", { cover: `${COVER} "host";sf` }],
  ["bad-component", "tr of what is derived", { cover: `${COVER} "@method";tr` }],
  ["missing-component", "a field that is not there", { cover: `${COVER} "date"` }],
  ["missing-component", "a trailer that is not there", { cover: `${COVER} "host";tr` }],
  ["missing-component", "a parameter that is not there", { cover: `${COVER} "@query-param";name="c"` }],
  ["missing-component", "a member that is not there", { cover: `${COVER} "content-digest";key="md5"` }],
  ["ambiguous-component", "a parameter that is there twice", { cover: `${COVER} "@query-param";name="b"` }],
  ["component-value", "bytes beyond ASCII", { cover: `${COVER} "x-latin"` }],
  ["base-too-large", "a field of 70 KB", { cover: `${COVER} "x-long"`, extra: [["x-long", "a".repeat(70_000)]] }],
  ["not-covered", "not the target", { cover: '"@method" "content-digest"' }],
  ["not-covered", "the target of another form", { cover: '"@method" "@authority" "content-digest"' }],
  // Parameters.
  ["no-created", "no time", { params: `;keyid="${ID}";nonce="1"` }],
  ["bad-parameter", "a time that is text", { params: `;created="${NOW}";keyid="${ID}";nonce="1"` }],
  ["bad-parameter", "a time before 1970", { params: `;created=-5;keyid="${ID}";nonce="1"` }],
  ["bad-parameter", "a nonce that is a token", { params: `;created=${NOW};keyid="${ID}";nonce=abc` }],
  ["bad-parameter", "a nonce that is too long", { params: `;created=${NOW};keyid="${ID}";nonce="${"n".repeat(97)}"` }],
  ["bad-parameter", "an empty nonce", { params: `;created=${NOW};keyid="${ID}";nonce=""` }],
  ["bad-parameter", "it expires before it is made", { params: params(`;expires=${NOW - 1}`) }],
  ["unknown-parameter", "a parameter nobody knows", { params: params(";critical") }],
  ["expired", "older than allowed", { now: NOW + 331 }],
  ["verified", "as old as allowed", { now: NOW + 330 }],
  ["expired", "behind its own end", { params: params(`;expires=${NOW + 10}`), now: NOW + 41 }],
  ["not-yet", "of the future", { now: NOW - 31 }],
  ["verified", "as far ahead as clocks may differ", { now: NOW - 30 }],
  ["window-too-long", "valid for a day", { params: params(`;expires=${NOW + 86_400}`) }],
  ["wrong-tag", "no tag", { profile: { tag: "orders" } }],
  ["wrong-tag", "another tag", { params: params(';tag="payments"'), profile: { tag: "orders" } }],
  ["no-nonce", "no nonce", { params: `;created=${NOW};keyid="${ID}"` }],
  // Keys.
  ["no-key-id", "no key named", { params: `;created=${NOW};nonce="1"` }],
  [
    "unknown-key",
    "a key that is not in the set",
    { params: `;created=${NOW};keyid="${didOf(other.publicKey)}";nonce="1"`, key: other.privateKey },
  ],
  ["unknown-key", "a fragment of another key", { params: `;created=${NOW};keyid="${ID}#${P256.slice(8)}";nonce="1"` }],
  ["unknown-key", "a did in capitals", { params: `;created=${NOW};keyid="${ID.toUpperCase()}";nonce="1"` }],
  ["unknown-algorithm", "none", { params: params(';alg="none"') }],
  ["unknown-algorithm", "a name of JOSE", { params: params(';alg="EdDSA"') }],
  ["unknown-algorithm", "a name of the host's objects", { params: params(';alg="constructor"') }],
  [
    "algorithm-differs",
    "HMAC by the bytes of a public key",
    {
      params: params(';alg="hmac-sha256"'),
      key: createSecretKey(
        Buffer.from(createPublicKey(ed.privateKey).export({ format: "jwk" }).x as string, "base64url"),
      ),
    },
  ],
  [
    "wrong-signature",
    "HMAC by a public key, without saying so",
    {
      key: createSecretKey(
        Buffer.from(createPublicKey(ed.privateKey).export({ format: "jwk" }).x as string, "base64url"),
      ),
    },
  ],
  [
    "wrong-signature",
    "RSA in the other padding",
    { params: `;created=${NOW};keyid="pss";nonce="1"`, key: rsa.privateKey },
  ],
  [
    "algorithm-differs",
    "RSA in the other padding, named",
    {
      params: `;created=${NOW};keyid="pss";nonce="1";alg="rsa-v1_5-sha256"`,
      key: rsa.privateKey,
    },
  ],
  ["wrong-signature", "by another key under this name", { key: other.privateKey }],
  ["wrong-signature", "no bytes", { signature: "sig1=::" }],
  [
    "wrong-signature",
    "a commitment of small order",
    { signature: `sig1=:${Buffer.concat([Buffer.from([1]), Buffer.alloc(63)]).toString("base64")}:` },
  ],
  ["wrong-signature", "another method", { change: { method: "PUT" } }],
  ["wrong-signature", "another path", { change: { path: "/refunds" } }],
  ["wrong-signature", "another host", { change: { authority: "evil.example" } }],
  ["wrong-signature", "another scheme", { change: { scheme: "http" } }],
  ["wrong-signature", "a query taken away", { change: { query: null } }],
  ["wrong-signature", "a line added to a field", { cover: `${COVER} "x-twice"`, extra: [["x-twice", "c"]] }],
  [
    "wrong-signature",
    "a base without its parameters' order",
    { input: `sig1=(${COVER});keyid="${ID}";created=${NOW};nonce="n-1"` },
  ],
  // Digests.
  ["no-digest", "a body without digest", { cover: '"@method" "@target-uri"', without: ["content-digest"] }],
  ["no-digest", "a digest that is not covered", { cover: '"@method" "@target-uri"' }],
  [
    "no-digest",
    "the empty body of a profile that wants one",
    {
      cover: '"@method" "@target-uri"',
      without: ["content-digest"],
      body: Buffer.alloc(0),
      profile: { digest: "required" },
    },
  ],
  [
    "verified",
    "the empty body without digest",
    { cover: '"@method" "@target-uri"', without: ["content-digest"], body: Buffer.alloc(0) },
  ],
  ["wrong-digest", "another body", { body: Buffer.from('{"amount":500}') }],
  ["wrong-digest", "no body", { body: Buffer.alloc(0) }],
  [
    "wrong-digest",
    "the second digest is wrong",
    { extra: [["content-digest", digestField(Buffer.from("x"), ["sha-512"])]] },
  ],
  [
    "wrong-digest",
    "a digest cut short",
    { without: ["content-digest"], extra: [["content-digest", "sha-256=:AAAA:"]] },
  ],
  ["wrong-digest", "of the representation", { extra: [["repr-digest", digestField(Buffer.from("x"))]] }],
  ["digest-algorithm", "md5 alone", { without: ["content-digest"], extra: [["content-digest", "md5=:AAAA:"]] }],
  [
    "malformed",
    "a digest that is text",
    { without: ["content-digest"], extra: [["content-digest", 'sha-256="AAAA"']] },
  ],
  ["other-spelling", "a digest twice", { extra: [["content-digest", digestField(BODY)]] }],
  ["revoked-key", "a key that was revoked before", { profile: { keys: revokedAt(NOW - 86_400) } }],
  ["revoked-key", "from the first second on", { profile: { keys: revokedAt(NOW) } }],
  ["revoked-key", "and by a `created` that lies before it", { profile: { keys: revokedAt(NOW) }, params: aged(100) }],
  ["revoked-key", "and by one of a clock that is ahead", { profile: { keys: revokedAt(NOW + 10) }, params: aged(-20) }],
  ["verified", "a key that is revoked tomorrow", { profile: { keys: revokedAt(NOW + 86_400) } }],
  ["revoked-key", "by its other name", { profile: { keys: revokedAt(NOW) }, params: named(`${ID}#${ID.slice(8)}`) }],
  ["field-too-large", "a long digest field", { extra: [["content-digest", `x=:${"A".repeat(8200)}:`]] }],
];

describe("the strict profile", () => {
  it.each(CASES)("%s: %s", async (expected, _, forged) => {
    expect(await word(forged)).toBe(expected);
  });
  it("has a case for each word a message can be refused by", () => {
    const elsewhere = ["replayed", "nonces-full", "before-memory", "bad-key", "label-taken", "too-few-signers"];
    const ofClient = ["bad-request", "body-too-large", "body-kind"];
    const seen = new Set<string>(CASES.map(([expected]) => expected));
    const missing = Object.keys(SIGNATURE_PROBLEMS).filter((each) => !seen.has(each));
    expect(missing.sort()).toEqual([...elsewhere, ...ofClient].sort());
  });
  it("a profile asks for something, and knows what it asks for", async () => {
    const input = { message: request({}), body: bodyOf(BODY), now: NOW };
    await expect(verifyMessage({ ...input, profile: profileOf({ cover: [] }) })).rejects.toMatchObject({
      problem: "empty-coverage",
    });
    await expect(verifyMessage({ ...input, profile: profileOf({ cover: ["@host"] }) })).rejects.toMatchObject({
      problem: "bad-component",
    });
  });
});

describe("a message comes once", () => {
  const verify = async (profile: Profile, forged: Forged = {}): Promise<string> => {
    const { now = NOW, body = BODY } = forged;
    const verdict = await verifyMessage({ message: request(forged), body: bodyOf(body), profile, now });
    return "verified" in verdict ? "verified" : verdict.problem.problem;
  };
  it("and not again, until it would be refused for its age", async () => {
    const profile = profileOf();
    expect(await verify(profile)).toBe("verified");
    expect(await verify(profile)).toBe("replayed");
    expect(await verify(profile, { now: NOW + 330 })).toBe("replayed");
    expect(await verify(profile, { now: NOW + 331 })).toBe("expired");
  });
  it("also when it comes twice at the same time", async () => {
    const profile = profileOf();
    const both = await Promise.all([verify(profile), verify(profile)]);
    expect(both.sort()).toEqual(["replayed", "verified"]);
  });
  it("a bad signature spends no nonce", async () => {
    const profile = profileOf();
    expect(await verify(profile, { key: other.privateKey })).toBe("wrong-signature");
    expect(await verify(profile, { body: Buffer.from("x") })).toBe("wrong-digest");
    expect(await verify(profile)).toBe("verified");
  });
  it("of each key for itself", async () => {
    const profile = profileOf();
    expect(await verify(profile)).toBe("verified");
    const forged = { params: `;created=${NOW};keyid="${P256}";nonce="n-1"`, key: p256.privateKey };
    expect(await verify(profile, forged)).toBe("verified");
  });
  it("one name of a key is as good as the other", async () => {
    const profile = profileOf();
    expect(await verify(profile)).toBe("verified");
    expect(await verify(profile, { params: `;created=${NOW};keyid="${ID}#${ID.slice(8)}";nonce="n-1"` })).toBe(
      "replayed",
    );
  });
});

describe("the memory of nonces", () => {
  const use = (nonce: string, change: { keyId?: string; now?: number; created?: number; until?: number } = {}) => ({
    keyId: "a",
    nonce,
    created: 1_000,
    until: 1_100,
    now: 1_000,
    skew: 10,
    ...change,
  });
  it("is full rather than forgetful", () => {
    const nonces = new MemoryNonces({ max: 2 });
    expect([nonces.use(use("1")), nonces.use(use("2")), nonces.use(use("3"))]).toEqual([
      "fresh",
      "fresh",
      "nonces-full",
    ]);
    expect(nonces.use(use("1"))).toBe("replayed");
    expect(nonces.use(use("3", { now: 1_101, until: 1_200 }))).toBe("fresh");
    expect(nonces.size).toBe(1);
  });
  it("keeps room for other keys", () => {
    const nonces = new MemoryNonces({ max: 10, maxPerKey: 1 });
    expect([nonces.use(use("1")), nonces.use(use("2")), nonces.use(use("2", { keyId: "b" }))]).toEqual([
      "fresh",
      "nonces-full",
      "fresh",
    ]);
  });
  it("refuses what may have been used before it began", () => {
    const nonces = new MemoryNonces({ since: 1_000 });
    expect(nonces.use(use("1", { created: 1_010 }))).toBe("before-memory");
    expect(nonces.use(use("1", { created: 1_011 }))).toBe("fresh");
  });
  it("knows when the clock went back", () => {
    const nonces = new MemoryNonces({ max: 1 });
    expect(nonces.use(use("1"))).toBe("fresh");
    expect(nonces.use(use("2", { now: 1_101, until: 1_200 }))).toBe("fresh");
    expect(nonces.use(use("1"))).toBe("before-memory");
  });
});
