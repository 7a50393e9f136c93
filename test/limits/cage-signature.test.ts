// The bounds of signatures: at each one, and one past it.
import { createPublicKey, createSecretKey, generateKeyPairSync, randomBytes } from "node:crypto";
import { describe, expect, it } from "vitest";
import * as limits from "../../cage/limits.ts";
import {
  bindKey,
  bodyOf,
  keySet,
  MemoryNonces,
  messageSigner,
  type RequestMessage,
  SignatureError,
  type SignOptions,
  signMessage,
  verifyMessage,
} from "../../cage/signature/index.ts";

const NOW = 1_700_000_000;
const pair = generateKeyPairSync("ed25519");
const signer = messageSigner(pair.privateKey, { keyId: "k" });
const keys = keySet({ named: [{ id: "k", key: pair.publicKey }] });
const empty = bodyOf(Buffer.alloc(0));
const bare = (fields: RequestMessage["fields"] = []): RequestMessage => ({
  kind: "request",
  method: "GET",
  scheme: "https",
  authority: "api.example",
  target: "/",
  path: "/",
  query: null,
  fields,
});
const options = (change: Partial<SignOptions> = {}): SignOptions => ({
  signer,
  cover: ["@method"],
  label: "sig1",
  created: NOW,
  ...change,
});

async function signed(fields: RequestMessage["fields"], change: Partial<SignOptions>): Promise<RequestMessage> {
  const made = await signMessage(bare(fields), options(change));
  return bare([...fields, ["signature-input", made["signature-input"]], ["signature", made.signature]]);
}
async function verdict(message: RequestMessage, now = NOW, label = "sig1"): Promise<string> {
  const profile = { keys, cover: ["@method"], nonces: null, label };
  const given = await verifyMessage({ message, body: empty, profile, now });
  return "verified" in given ? "verified" : given.problem.problem;
}
const wordOf = async (making: Promise<unknown>): Promise<string> =>
  making.then(
    () => "made",
    (error: unknown) => (error instanceof SignatureError ? error.problem : "thrown"),
  );

describe("of a message", () => {
  it("bytes of a field", async () => {
    const message = await signed([], {});
    const filled = (bytes: number): RequestMessage => {
      const [input, signature] = message.fields as [[string, string], [string, string]];
      const room = bytes - input[1].length - ', s2=("@method");keyid=""'.length;
      const more = `s2=("@method");keyid="${"k".repeat(Math.max(0, room))}"`;
      return bare([
        [input[0], `${input[1]}, ${more}`],
        [signature[0], `${signature[1]}, s2=:AAAA:`],
      ]);
    };
    expect(await verdict(filled(limits.SIGNATURE_FIELD_BYTES_MAX))).toBe("verified");
    expect(await verdict(filled(limits.SIGNATURE_FIELD_BYTES_MAX + 1))).toBe("field-too-large");
  });
  it("signatures", async () => {
    const with_ = async (count: number): Promise<string> => {
      let message = bare();
      for (let at = 1; at <= count; at++) {
        const made = await signMessage(message, options({ label: `sig${at}` }));
        message = bare([
          ...message.fields,
          ["signature-input", made["signature-input"]],
          ["signature", made.signature],
        ]);
      }
      return verdict(message);
    };
    expect(await with_(limits.SIGNATURES_MAX)).toBe("verified");
    expect(await with_(limits.SIGNATURES_MAX + 1)).toBe("too-many-signatures");
  });
  it("components", async () => {
    const fields = Array.from({ length: limits.COMPONENTS_MAX }, (_, at) => [`x-${at}`, "1"] as const);
    const cover = ["@method", ...fields.map(([name]) => name)];
    expect(await verdict(await signed(fields, { cover: cover.slice(0, limits.COMPONENTS_MAX) }))).toBe("verified");
    expect(await wordOf(signed(fields, { cover }))).toBe("too-many-components");
  });
  it("bytes of the base", async () => {
    const rest = `"@method": GET\n"x": \n"@signature-params": ("@method" "x");created=${NOW};keyid="k"`.length;
    const field = (bytes: number) => [["x", "a".repeat(bytes - rest)]] as const;
    const cover = ["@method", "x"];
    expect(await verdict(await signed(field(limits.SIGNATURE_BASE_BYTES_MAX), { cover }))).toBe("verified");
    expect(await wordOf(signed(field(limits.SIGNATURE_BASE_BYTES_MAX + 1), { cover }))).toBe("base-too-large");
  });
  it("characters of nonce and keyid", async () => {
    const nonce = (length: number) => signed([], { nonce: "n".repeat(length) });
    expect(await verdict(await nonce(limits.NONCE_BYTES_MAX))).toBe("verified");
    expect(await wordOf(nonce(limits.NONCE_BYTES_MAX + 1))).toBe("bad-parameter");
    const keyId = (length: number) => signed([], { signer: { ...signer, keyId: "k".repeat(length) } });
    expect(await verdict(await keyId(limits.KEY_ID_BYTES_MAX))).toBe("unknown-key");
    expect(await wordOf(keyId(limits.KEY_ID_BYTES_MAX + 1))).toBe("bad-parameter");
  });
  it("age and skew", async () => {
    const last = NOW + limits.SIGNATURE_AGE_SECONDS + limits.CLOCK_SKEW_SECONDS;
    const message = await signed([], {});
    expect([await verdict(message, last), await verdict(message, last + 1)]).toEqual(["verified", "expired"]);
    const first = NOW - limits.CLOCK_SKEW_SECONDS;
    expect([await verdict(message, first), await verdict(message, first - 1)]).toEqual(["verified", "not-yet"]);
    const until = (seconds: number) => signed([], { expires: NOW + seconds });
    expect(await verdict(await until(limits.SIGNATURE_AGE_SECONDS))).toBe("verified");
    expect(await verdict(await until(limits.SIGNATURE_AGE_SECONDS + 1))).toBe("window-too-long");
  });
});

describe("of keys", () => {
  const rsa = (bits: number) => {
    const modulus = randomBytes(bits / 8);
    modulus[0]! |= 0x80;
    modulus[modulus.length - 1]! |= 1;
    return createPublicKey({ key: { kty: "RSA", n: modulus.toString("base64url"), e: "AQAB" }, format: "jwk" });
  };
  const bad = expect.objectContaining({ problem: "bad-key" });
  it("bits of RSA", () => {
    for (const bits of [limits.RSA_BITS_MIN, limits.RSA_BITS_MAX])
      expect(bindKey(rsa(bits), "rsa-pss-sha512").algorithm).toBe("rsa-pss-sha512");
    for (const bits of [limits.RSA_BITS_MIN - 8, limits.RSA_BITS_MAX + 8])
      expect(() => bindKey(rsa(bits), "rsa-pss-sha512")).toThrow(bad);
  });
  it("bytes of a secret", () => {
    expect(bindKey(createSecretKey(Buffer.alloc(limits.SECRET_BYTES_MIN))).algorithm).toBe("hmac-sha256");
    expect(() => bindKey(createSecretKey(Buffer.alloc(limits.SECRET_BYTES_MIN - 1)))).toThrow(bad);
  });
  it("keys of a set", () => {
    const key = createSecretKey(Buffer.alloc(32));
    const set = (count: number) => keySet({ named: Array.from({ length: count }, (_, at) => ({ id: `k${at}`, key })) });
    expect(set(limits.KEYS_MAX).find(`k${limits.KEYS_MAX - 1}`)).not.toBeNull();
    expect(() => set(limits.KEYS_MAX + 1)).toThrow(bad);
  });
});

describe("of the memory of nonces", () => {
  const use = (keyId: string, at: number) => ({
    keyId,
    nonce: `n${at}`,
    created: NOW,
    until: NOW + 330,
    now: NOW,
    skew: 30,
  });
  it("of one key, and of all", () => {
    const nonces = new MemoryNonces();
    let fresh = 0;
    for (const keyId of ["a", "b", "c", "d", "e"])
      for (let at = 0; at <= limits.NONCES_PER_KEY_MAX; at++) if (nonces.use(use(keyId, at)) === "fresh") fresh++;
    expect([fresh, nonces.size]).toEqual([limits.NONCES_MAX, limits.NONCES_MAX]);
    expect(limits.NONCES_MAX).toBe(4 * limits.NONCES_PER_KEY_MAX);
  });
});
