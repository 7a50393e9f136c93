// What is signed is verified, by each algorithm; what cannot be signed has a word. Keys, their dids and their sizes.
import { createPublicKey, createSecretKey, generateKeyPairSync, type KeyObject } from "node:crypto";
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  type Algorithm,
  bindKey,
  bodyOf,
  didOf,
  digestField,
  keyOfDid,
  keySet,
  type Message,
  messageSigner,
  signMessage,
  verifyMessage,
} from "../../../../cage/signature/index.ts";
import { messageFrom } from "./messages.ts";

const NOW = 1_700_000_000;
const ec = (namedCurve: string) => generateKeyPairSync("ec", { namedCurve });
const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
const secret = createSecretKey(Buffer.alloc(32, 1));
const PAIRS: readonly (readonly [Algorithm, KeyObject, KeyObject])[] = [
  ...[generateKeyPairSync("ed25519")].map((pair) => ["ed25519", pair.privateKey, pair.publicKey] as const),
  ...[ec("P-256")].map((pair) => ["ecdsa-p256-sha256", pair.privateKey, pair.publicKey] as const),
  ...[ec("P-384")].map((pair) => ["ecdsa-p384-sha384", pair.privateKey, pair.publicKey] as const),
  ["rsa-pss-sha512", rsa.privateKey, rsa.publicKey],
  ["rsa-v1_5-sha256", rsa.privateKey, rsa.publicKey],
  ["hmac-sha256", secret, secret],
];
const content = Buffer.from("hello");
const request = messageFrom({
  kind: "request",
  method: "POST",
  target: "/a?b=c",
  headers: [
    ["Host", "api.example"],
    ["Content-Digest", digestField(content, ["sha-256", "sha-512"])],
  ],
});
const plus = (message: Message, fields: object): Message => ({
  ...message,
  fields: [...message.fields, ...(Object.entries(fields) as [string, string][])],
});

describe.each(PAIRS)("%s", (algorithm, privateKey, publicKey) => {
  it("verifies what it signs: a request, and the response bound to it", async () => {
    const signer = messageSigner(privateKey, { keyId: "k", algorithm });
    const keys = keySet({ named: [{ id: "k", key: publicKey, algorithm }] });
    const cover = ["@method", "@target-uri", "content-digest"];
    const made = await signMessage(request, {
      signer,
      cover,
      label: "sig1",
      created: NOW,
      expires: NOW + 60,
      nonce: "1",
      tag: "t",
    });
    const signed = plus(request, made);
    const profile = { keys, cover, nonces: null, tag: "t" };
    expect(await verifyMessage({ message: signed, body: bodyOf(content), profile, now: NOW + 1 })).toEqual({
      verified: {
        ...{ label: "sig1", keyId: "k", algorithm, created: NOW, expires: NOW + 60, nonce: "1", until: null, tag: "t" },
        covered: ['"@method"', '"@target-uri"', '"content-digest"'],
      },
    });
    const bare: Message = { kind: "response", status: 200, fields: [], request: signed as never };
    const ofAnswer = ["@status", '"@method";req', '"signature";req;key="sig1"'];
    const answer = plus(bare, await signMessage(bare, { signer, cover: ofAnswer, label: "a", created: NOW }));
    const check = (message: Message) =>
      verifyMessage({
        message,
        body: bodyOf(Buffer.alloc(0)),
        profile: { keys, cover: ofAnswer, nonces: null },
        now: NOW,
      });
    expect(await check(answer)).toMatchObject({ verified: { label: "a" } });
    const second = plus(
      request,
      await signMessage(request, { signer, cover, label: "sig1", created: NOW, nonce: "2" }),
    );
    expect(await check({ ...answer, request: second } as Message)).toMatchObject({
      problem: { problem: "wrong-signature" },
    });
  });
});

describe("signing", () => {
  const signer = messageSigner(generateKeyPairSync("ed25519").privateKey);
  const options = { signer, cover: ["@method"], label: "sig1", created: NOW };
  it.each([
    ["empty-coverage", { cover: [] }],
    ["duplicate-component", { cover: ["@method", '"@method"'] }],
    ["missing-component", { cover: ["date"] }],
    ["bad-component", { cover: ["@host"] }],
    ["bad-parameter", { label: "Sig 1" }],
    ["bad-parameter", { created: 1.5 }],
    ["bad-parameter", { expires: NOW }],
    ["bad-parameter", { nonce: "\n" }],
    ["bad-parameter", { nonce: "" }],
    ["bad-parameter", { tag: "é" }],
    ["too-many-components", { cover: Array.from({ length: 65 }, (_, at) => `x-${at}`) }],
  ] as const)("%s: %j", async (problem, change) => {
    await expect(signMessage(request, { ...options, ...change })).rejects.toMatchObject({ problem });
  });
  it("a label is used once, and unreadable fields get no company", async () => {
    const signed = plus(request, await signMessage(request, options));
    await expect(signMessage(signed, options)).rejects.toMatchObject({ problem: "label-taken" });
    const second = plus(
      signed,
      await signMessage(signed, { ...options, label: "sig2", cover: ['"signature";key="sig1"'] }),
    );
    const profile = {
      keys: keySet({ dids: [signer.keyId] }),
      cover: ['"signature";key="sig1"'],
      nonces: null,
      label: "sig2",
    };
    const verdict = await verifyMessage({ message: second, body: bodyOf(Buffer.alloc(0)), profile, now: NOW });
    // The digest of the body is in the message, and this body is another.
    expect(verdict).toMatchObject({ problem: { problem: "wrong-digest" } });
    const broken = plus(request, { signature: "sig1=(" });
    await expect(signMessage(broken, options)).rejects.toMatchObject({ problem: "malformed" });
  });
});

describe("keys", () => {
  it("Ed25519 dids of the method's own vectors", () => {
    const text = readFileSync(new URL("../../../vectors/did-key/ed25519.json", import.meta.url), "utf8");
    const dids = Object.keys(JSON.parse(text));
    expect(dids.length).toBeGreaterThan(2);
    for (const did of dids) expect(didOf(keyOfDid(did).key)).toBe(did);
  });
  it("the P-256 example of the method", () => {
    const did = "did:key:zDnaerDaTF5BXEavCrfRZEk316dpbLsfPDZ3WJ5hRTPFU2169";
    const { key, algorithm } = keyOfDid(did);
    expect(algorithm).toBe("ecdsa-p256-sha256");
    // The coordinates were worked out by another program.
    expect(key.export({ format: "jwk" })).toMatchObject({
      x: "fyNYMN0976ci7xqiSdag3buk-ZCwgXU4kz9XNkBlNUI",
      y: "hW2ojTNfH7Jbi8--CJUo3OCbH3y5n91g-IMA9MLMbTU",
    });
    expect(didOf(key)).toBe(did);
  });
  it("a did and back", () => {
    for (let at = 0; at < 20; at++)
      for (const { publicKey, privateKey } of [ec("P-256"), generateKeyPairSync("ed25519")]) {
        const did = didOf(publicKey) as string;
        expect(didOf(privateKey)).toBe(did);
        expect(keyOfDid(did).key.equals(publicKey)).toBe(true);
      }
  });
  it.each([
    "did:key:z",
    "did:key:zzz",
    "did:web:example.com",
    "did:key:z0OIl",
    // The point of order one.
    "did:key:z6MkeXATEjyXENzBXBxgC5EHk2JE5aqd7qMGGtDpLUH1e2Sj",
    `did:key:z${"6".repeat(500)}`,
    "did:key:zQ3shokFTS3brHcDQrn82RUDfCZESWL1ZdCEJwekUDPQiYBme",
  ])("%s is refused", (did) => {
    expect(() => keySet({ dids: [did] })).toThrow(expect.objectContaining({ problem: "bad-key" }));
  });
  it.each<readonly [string, () => unknown]>([
    ["a short secret", () => bindKey(createSecretKey(Buffer.alloc(31)))],
    ["a small modulus", () => bindKey(generateKeyPairSync("rsa", { modulusLength: 1024 }).publicKey, "rsa-pss-sha512")],
    ["RSA without its algorithm", () => bindKey(rsa.publicKey)],
    ["another curve", () => bindKey(ec("secp256k1").publicKey)],
    ["another kind", () => bindKey(generateKeyPairSync("x25519").publicKey)],
    [
      "two keys of one name",
      () =>
        keySet({
          named: [
            { id: "a", key: secret },
            { id: "a", key: secret },
          ],
        }),
    ],
    ["a private key in a key set", () => keySet({ named: [{ id: "a", key: ec("P-256").privateKey }] })],
    ["a name like a did", () => keySet({ named: [{ id: "did:key:z6Mk", key: secret }] })],
    ["a public key that signs", () => messageSigner(createPublicKey(ec("P-256").privateKey))],
    ["a secret without name", () => messageSigner(secret)],
    ["too many keys", () => keySet({ dids: Array.from({ length: 1_025 }, () => "did:key:z") })],
  ])("%s is refused", (_, make) => {
    expect(make).toThrow(expect.objectContaining({ problem: "bad-key" }));
  });
  it("a key is used with its own algorithm only", () => {
    expect(() => bindKey(secret, "ed25519")).toThrow(expect.objectContaining({ problem: "algorithm-differs" }));
    expect(() => bindKey(ec("P-384").publicKey, "ecdsa-p256-sha256")).toThrow(
      expect.objectContaining({ problem: "algorithm-differs" }),
    );
  });
});
