// `sign`: the request leaves with a signature of the cage, over a digest of the body that is sent.

import { COMPONENTS_MAX, SIGN_NONCE_BYTES, SIGNATURE_AGE_SECONDS } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import type { Met } from "../point.ts";
import { componentOf } from "../signature/component.ts";
import { compareDigests } from "../signature/digest.ts";
import {
  bodyOf,
  digestField,
  type MessageSigner,
  type RequestMessage,
  SignatureError,
  signMessage,
} from "../signature/index.ts";
import { Arguments, misread, reading } from "./arguments.ts";
import type { Configuration } from "./configuration.ts";
import { cannotOblige, type Denial, type Obligation } from "./obligation.ts";

export interface SignArgs {
  readonly signer: MessageSigner;
  readonly cover: readonly string[];
  readonly label: string;
  readonly tag: string | null;
  /** Seconds until it expires. */
  readonly validFor: number;
}

export const sign: Obligation<SignArgs> = {
  name: "sign",
  points: ["request", "body"],
  tunnels: false,
  several: true,
  check: (args, { signers }) =>
    reading(() => {
      const read = new Arguments(args, ["key", "cover", "label", "tag", "expires"]);
      const key = read.required("key");
      const signer = signers.get(key);
      if (signer === undefined)
        return misread(`the cage has no key \`${key.slice(0, 40)}\``, "give its file when the cage is started");
      const label = read.text("label") ?? "cage";
      if (!/^[a-z*][a-z0-9_.*-]{0,63}$/.test(label))
        misread("the label is no key of a structured field", "write small letters");
      const tag = read.text("tag");
      if (tag !== null && !/^[\x20-\x7e]{1,256}$/.test(tag))
        misread("the tag is no printable ASCII", "write another one");
      const cover = coverOf(read.texts("cover") ?? ["@method", "@target-uri"]);
      return {
        signer,
        cover,
        label,
        tag,
        validFor: read.seconds("expires", { min: 1, max: SIGNATURE_AGE_SECONDS }) ?? SIGNATURE_AGE_SECONDS,
      };
    }),
};

/** Components that can be read, at least one. */
export function coverOf(cover: readonly string[]): readonly string[] {
  if (cover.length === 0 || cover.length > COMPONENTS_MAX)
    misread("`cover` is empty or too long", "name at least `@method`");
  for (const each of cover)
    try {
      componentOf(each);
    } catch (error) {
      if (!(error instanceof SignatureError)) throw error;
      misread(`\`${each.slice(0, 40)}\` is no component`, error.help);
    }
  return cover;
}

/** The message with the signature's fields, and the digest it covers. */
export async function signed(
  message: RequestMessage,
  content: Uint8Array,
  args: SignArgs,
  { now, random }: { readonly now: number } & Pick<Configuration, "random">,
): Promise<{ readonly fields: readonly Field[]; readonly met: Met } | Denial> {
  const digested = message.fields.some(([name]) => name === "content-digest");
  const asked = args.cover.includes("content-digest");
  const digest: Field[] = !digested && (content.length > 0 || asked) ? [["content-digest", digestField(content)]] : [];
  const fields = [...message.fields, ...digest];
  const covers = asked || (digest.length === 0 && !digested);
  const nonce = Buffer.from(random(SIGN_NONCE_BYTES)).toString("base64");
  try {
    // What others wrote is not signed unread.
    compareDigests(message, bodyOf(content));
    const made = await signMessage(
      { ...message, fields },
      {
        signer: args.signer,
        cover: covers ? args.cover : [...args.cover, "content-digest"],
        label: args.label,
        created: now,
        expires: now + args.validFor,
        nonce,
        ...(args.tag === null ? {} : { tag: args.tag }),
      },
    );
    const added: Field[] = [...digest, ["signature-input", made["signature-input"]], ["signature", made.signature]];
    return {
      fields: added,
      met: { name: "sign", found: { key: args.signer.keyId, label: args.label, created: now, nonce } },
    };
  } catch (error) {
    if (!(error instanceof SignatureError)) throw error;
    return cannotOblige("sign", `${error.at}: ${error.detail}`);
  }
}
