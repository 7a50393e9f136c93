// What the admission remembers: the same bytes are checked once, and only they.
import { expect, it } from "vitest";
import { createAdmission } from "../../../court-node/admission.ts";
import { newKey, type SignedAction, signAction } from "../../../court-node/index.ts";

const key = newKey();
const action = await signAction(
  {
    origin: "court.example/test",
    kind: "act",
    agreement: "0".repeat(64),
    name: "report",
    inputs: "null",
    value: null,
    for: null,
    author: key.did,
    nonce: new Uint8Array(16),
    deadline: 1,
  },
  key,
);
/** Says yes to one signature, and counts how often it was asked. */
const admissionOf = (right: SignedAction) => {
  const asked = { times: 0 };
  const admission = createAdmission({
    library: "OpenSSL",
    verify: async (signature) => {
      asked.times++;
      return signature === right.signature;
    },
    close: async () => undefined,
  });
  return { asked, admission };
};

it("the same action is checked once", async () => {
  const { asked, admission } = admissionOf(action);
  expect(await admission.admit(action)).toBeNull();
  expect(await admission.admit({ ...action })).toBeNull();
  expect(asked.times).toBe(1);
});

it("another signature, or another action whose id begins in the same way, is checked", async () => {
  const { asked, admission } = admissionOf(action);
  expect(await admission.admit(action)).toBeNull();
  const signature = action.signature.slice();
  signature[0] = (signature[0] as number) ^ 1;
  expect((await admission.admit({ ...action, signature }))?.code).toBe("wrong-signature");
  const id = action.id.slice();
  id[31] = (id[31] as number) ^ 1;
  expect(await admission.admit({ ...action, id })).toBeNull();
  expect(asked.times).toBe(3);
});
