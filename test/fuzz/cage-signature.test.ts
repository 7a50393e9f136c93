// The reader of signatures: nothing that a message holds makes it throw, what it takes was signed, and no change of what is covered
// goes unseen.
import { generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { expect, it } from "vitest";
import {
  bodyOf,
  digestField,
  keySet,
  messageSigner,
  type Profile,
  type RequestMessage,
  SIGNATURE_PROBLEMS,
  signMessage,
  verifyMessage,
} from "../../cage/signature/index.ts";

const NOW = 1_700_000_000;
const signer = messageSigner(generateKeyPairSync("ed25519").privateKey);
const profile: Profile = { keys: keySet({ dids: [signer.keyId] }), cover: ["@method"], nonces: null };
const content = Buffer.from("body");
const bare: RequestMessage = {
  kind: "request",
  method: "POST",
  scheme: "https",
  authority: "api.example",
  target: "/a?b=c",
  path: "/a",
  query: "b=c",
  fields: [
    ["host", "api.example"],
    ["content-digest", digestField(content)],
    ["x-a", "1"],
  ],
};
const cover = ["@method", "@path", '"@query-param";name="b"', "content-digest", '"x-a";bs'];
const made = await signMessage(bare, { signer, cover, label: "sig1", created: NOW, nonce: "n" });

const verdictOf = async (input: string, signature: string): Promise<string> => {
  const fields = [...bare.fields, ["signature-input", input], ["signature", signature]] as RequestMessage["fields"];
  const verdict = await verifyMessage({ message: { ...bare, fields }, body: bodyOf(content), profile, now: NOW });
  if ("verified" in verdict) return "verified";
  expect(SIGNATURE_PROBLEMS[verdict.problem.problem]).toBeDefined();
  return verdict.problem.problem;
};

it("any text is refused by a word", { timeout: 60_000 }, async () => {
  const text = fc.string({
    unit: fc.constantFrom(..."sig1=()\"@method;created,:AQ== ?%\\'*-.\u0000é\t09"),
    maxLength: 60,
  });
  await fc.assert(
    fc.asyncProperty(text, text, async (input, signature) => {
      expect(await verdictOf(input, signature)).not.toBe("verified");
    }),
    { numRuns: 4_000 },
  );
});

it("what is made of the grammar is refused by a word, or was signed", { timeout: 60_000 }, async () => {
  const flag = fc.constantFrom("sf", "bs", "tr", "req", 'key="a"', 'name="b"', "x=1", 'key="sha-256"');
  const name = fc.constantFrom("@method", "@path", "@query-param", "@status", "x-a", "content-digest", "x", "@nope");
  const item = fc
    .tuple(name, fc.array(flag, { maxLength: 3 }))
    .map(([each, flags]) => [`"${each}"`, ...flags].join(";"));
  const param = fc.constantFrom(
    `created=${NOW}`,
    "created=1",
    'nonce="n"',
    `keyid="${signer.keyId}"`,
    'alg="ed25519"',
    "expires=5",
    "a",
  );
  const input = fc
    .tuple(fc.array(item, { maxLength: 6 }), fc.array(param, { maxLength: 5 }))
    .map(([items, params]) => `sig1=(${items.join(" ")})${params.map((each) => `;${each}`).join("")}`);
  await fc.assert(
    fc.asyncProperty(input, async (text) => {
      expect(await verdictOf(text, made.signature)).not.toBe("verified");
    }),
    { numRuns: 3_000 },
  );
});

it("no letter of a signature may change", { timeout: 60_000 }, async () => {
  expect(await verdictOf(made["signature-input"], made.signature)).toBe("verified");
  const change = fc.tuple(
    fc.boolean(),
    fc.nat(400),
    fc.constantFrom(...'aZ09"();=:, \\@-*?'),
    fc.constantFrom("put", "cut", "set"),
  );
  await fc.assert(
    fc.asyncProperty(change, async ([first, place, letter, how]) => {
      const original = first ? made["signature-input"] : made.signature;
      const at = place % original.length;
      const rest = original.slice(how === "put" ? at : at + 1);
      const text = original.slice(0, at) + (how === "cut" ? "" : letter) + rest;
      // Spaces at the places where a writer may choose them say nothing.
      if (text.replaceAll(" ", "") === original.replaceAll(" ", "")) return;
      const verdict = first ? await verdictOf(text, made.signature) : await verdictOf(made["signature-input"], text);
      // A label is a name: it may change only in both fields.
      expect(verdict, text).not.toBe("verified");
    }),
    { numRuns: 3_000 },
  );
});

it("no covered part of the message may change, and the rest may", { timeout: 60_000 }, async () => {
  const parts = fc.record({
    method: fc.constantFrom("POST", "PUT"),
    path: fc.constantFrom("/a", "/b"),
    query: fc.constantFrom("b=c", "b=%63", "b=d", "x=1&b=c", "b=c&b=c", null),
    xa: fc.array(fc.constantFrom("1", " 1", "2"), { maxLength: 2 }),
    body: fc.constantFrom("body", "Body"),
    host: fc.constantFrom("api.example", "other.example"),
  });
  await fc.assert(
    fc.asyncProperty(parts, async ({ method, path, query, xa, body, host }) => {
      const message: RequestMessage = {
        ...bare,
        ...{ method, path, query, authority: host },
        fields: [
          ["host", host],
          ["content-digest", digestField(Buffer.from(body))],
          ...xa.map((value) => ["x-a", value] as const),
          ["signature-input", made["signature-input"]],
          ["signature", made.signature],
        ],
      };
      const same =
        method === "POST" &&
        path === "/a" &&
        ["b=c", "b=%63", "x=1&b=c"].includes(query ?? "") &&
        xa.map((value) => value.trim()).join() === "1" &&
        body === "body";
      const verdict = await verifyMessage({ message, body: bodyOf(Buffer.from(body)), profile, now: NOW });
      expect("verified" in verdict).toBe(same);
    }),
    { numRuns: 1_000 },
  );
});
