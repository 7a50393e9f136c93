// The cases of RFC 9421: bases byte for byte, signatures, and what the strict profile says to each.
import { createPrivateKey, createPublicKey, createSecretKey, type JsonWebKey } from "node:crypto";
import { readFileSync } from "node:fs";
import { isInnerList, parseDictionary } from "structured-headers";
import { describe, expect, it } from "vitest";
import { type Algorithm, bindKey, checkSignature, makeSignature } from "../../../../cage/signature/algorithms.ts";
import { signatureBase } from "../../../../cage/signature/base.ts";
import { readComponent } from "../../../../cage/signature/component.ts";
import { bodyOf, keySet, type Message, type Profile, verifyMessage } from "../../../../cage/signature/index.ts";
import { messageFrom } from "./messages.ts";

interface RawMessage {
  readonly kind: "request" | "response";
  readonly method?: string;
  readonly target?: string;
  readonly status?: number;
  readonly headers: readonly (readonly [string, string])[];
  readonly body: string;
}
interface Case {
  readonly id: string;
  readonly key: string;
  readonly alg: Algorithm;
  readonly deterministic?: boolean;
  readonly label: string;
  readonly message: RawMessage;
  readonly request?: RawMessage;
  readonly signature_base?: string;
  readonly expect: "valid" | "invalid";
}
const file = JSON.parse(readFileSync(new URL("../../../vectors/rfc9421/rfc9421.json", import.meta.url), "utf8")) as {
  keys: (JsonWebKey & { kid: string })[];
  appendix_b: Case[];
  body_text: Case[];
};
const cases = [...file.appendix_b, ...file.body_text];

const jwk = (name: string): JsonWebKey => file.keys.find(({ kid }) => kid === name) as JsonWebKey;
const publicKey = (name: string) => {
  const key = jwk(name);
  return key.kty === "oct"
    ? createSecretKey(Buffer.from(key["k"] as string, "base64url"))
    : createPublicKey({ key, format: "jwk" });
};
const privateKey = (name: string) =>
  jwk(name).kty === "oct" ? publicKey(name) : createPrivateKey({ key: jwk(name), format: "jwk" });

function read({ message, request, label }: Case) {
  const read: Message = messageFrom(message, request);
  const field = (name: string): string =>
    read.fields
      .filter(([each]) => each === name)
      .map(([, value]) => value)
      .join(", ");
  const input = parseDictionary(field("signature-input")).get(label);
  const signature = parseDictionary(field("signature")).get(label);
  if (input === undefined || !isInnerList(input) || signature === undefined) throw new Error("no such label");
  const components = input[0].map((item) => readComponent(item, label));
  return {
    message: read,
    base: signatureBase(read, components, input[1], label),
    signature: new Uint8Array(signature[0] as ArrayBuffer),
  };
}

it("all cases are here", () => {
  expect([file.appendix_b.length, file.body_text.length]).toEqual([13, 7]);
});

describe.each(cases.map((each) => [each.id, each] as const))("%s", (_, vector) => {
  it("has the published base", () => {
    expect(read(vector).base).toBe(vector.signature_base);
  });
  it(`is ${vector.expect}`, async () => {
    const { base, signature } = read(vector);
    const key = bindKey(publicKey(vector.key), vector.alg);
    expect(await checkSignature(key, Buffer.from(base), signature)).toBe(vector.expect === "valid");
  });
  it("is refused with one bit changed, in the base and in the signature", async () => {
    const { base, signature } = read(vector);
    const key = bindKey(publicKey(vector.key), vector.alg);
    const other = signature.slice();
    other[other.length >> 1]! ^= 1;
    expect(await checkSignature(key, Buffer.from(base), other)).toBe(false);
    expect(await checkSignature(key, Buffer.from(`${base} `), signature)).toBe(false);
  });
  it("is signed again", async () => {
    const { base, signature } = read(vector);
    const again = await makeSignature(bindKey(privateKey(vector.key), vector.alg), Buffer.from(base));
    if (vector.deterministic === true && vector.expect === "valid")
      expect(Buffer.from(again).toString("base64")).toBe(Buffer.from(signature).toString("base64"));
    expect(await checkSignature(bindKey(publicKey(vector.key), vector.alg), Buffer.from(base), again)).toBe(true);
  });
});

/** What the strict profile says, when it asks for nothing more than one component of each. */
const STRICT: Readonly<Record<string, readonly [cover: string, verdict: string]>> = {
  "rfc9421-B.2.1": ["@method", "empty-coverage"],
  "rfc9421-B.2.2": ["@authority", "verified"],
  "rfc9421-B.2.3": ["@method", "verified"],
  "rfc9421-B.2.4": ["@status", "verified"],
  "rfc9421-B.2.5": ["@authority", "no-digest"],
  "rfc9421-B.2.6": ["@method", "no-digest"],
  "rfc9421-B.3": ["client-cert", "no-digest"],
  "rfc9421-B.4-1": ["@method", "verified"],
  "rfc9421-B.4-2": ["@method", "verified"],
  "rfc9421-B.4-3": ["@method", "verified"],
  "rfc9421-B.4-4": ["@method", "verified"],
  "rfc9421-B.4-5": ["@method", "wrong-signature"],
  "rfc9421-B.4-6": ["@method", "wrong-signature"],
  "rfc9421-text-1-reqres": ['"@authority";req', "verified"],
  "rfc9421-text-2-sig1": ["@query", "verified"],
  "rfc9421-text-3-reqres": ['"@query";req', "verified"],
  "rfc9421-text-4-sig1": ["content-digest", "verified"],
  "rfc9421-text-5-sig1": ["@authority", "verified"],
  "rfc9421-text-6-sig1": ["@authority", "wrong-signature"],
  "rfc9421-text-7-proxy_sig": ["forwarded", "verified"],
};

describe("the strict profile", () => {
  it.each(cases.map((each) => [each.id, each] as const))("%s", async (id, vector) => {
    const [cover, expected] = STRICT[id]!;
    const profile: Profile = {
      keys: keySet({ named: [{ id: vector.key, key: publicKey(vector.key), algorithm: vector.alg }] }),
      cover: [cover],
      nonces: null,
      label: vector.label,
    };
    const message = messageFrom(vector.message, vector.request);
    const body = bodyOf(Buffer.from(vector.message.body.replace(/^\n/, "")));
    const verdict = await verifyMessage({ message, body, profile, now: 1_618_884_480 });
    expect("verified" in verdict ? "verified" : verdict.problem.problem, JSON.stringify(verdict)).toBe(expected);
  });
});
