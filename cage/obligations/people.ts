// The file of people who may be asked, and their WebAuthn credentials.
//
//   {"relying_party": {"id": "cage.example", "origin": "https://cage.example"},
//    "people": {"cfo": [{"id": "…", "public_key": "…", "counter": 0}]}}
//
// `id` and `public_key` (a COSE key) are base64url, as an enrolment gives them.
import { type RegistrationResponseJSON, verifyRegistrationResponse } from "@simplewebauthn/server";
import { PEOPLE_BYTES_MAX } from "../limits.ts";
import { type Unmet, unmet } from "./obligation.ts";

export interface Credential {
  /** Base64url. */
  readonly id: string;
  readonly publicKey: Uint8Array<ArrayBuffer>;
  readonly counter: number;
}

export interface RelyingParty {
  /** A domain. */
  readonly id: string;
  /** Of the page on which people sign. */
  readonly origin: string;
}

export interface People {
  readonly relyingParty: RelyingParty;
  /** Empty for who is not in the file. */
  credentials(who: string): readonly Credential[];
}

/** Reads the text of the file, or says what is wrong with it. */
export function readPeople(text: string): People | Unmet {
  const bad = (what: string): Unmet => unmet(what, "write it as docs/cage.md shows");
  if (text.length > PEOPLE_BYTES_MAX) return bad("the file of people is too large");
  let file: unknown;
  try {
    file = JSON.parse(text);
  } catch {
    return bad("the file of people is no JSON");
  }
  const { relying_party: party, people } = recordOf(file);
  const { id, origin } = recordOf(party);
  if (typeof id !== "string" || !/^[a-z0-9.-]{1,253}$/.test(id)) return bad("`relying_party.id` is no domain");
  if (typeof origin !== "string" || !/^https?:\/\/[a-z0-9.-]+(?::\d+)?$/.test(origin))
    return bad("`relying_party.origin` is no origin");
  const host = new URL(origin).hostname;
  if (host !== id && !host.endsWith(`.${id}`)) return bad("`relying_party.origin` does not lie in `relying_party.id`");
  const read = new Map<string, readonly Credential[]>();
  const seen = new Set<string>();
  for (const [name, list] of Object.entries(recordOf(people))) {
    if (!Array.isArray(list) || list.length === 0) return bad(`\`${name}\` has no list of credentials`);
    const credentials: Credential[] = [];
    for (const each of list as unknown[]) {
      const { id: credential, public_key: key, counter = 0 } = recordOf(each);
      if (!isBase64url(credential) || !isBase64url(key)) return bad(`a credential of \`${name}\` is no base64url`);
      if (typeof counter !== "number" || !Number.isSafeInteger(counter) || counter < 0)
        return bad(`a counter of \`${name}\` is no count`);
      if (seen.has(credential)) return bad(`a credential of \`${name}\` stands twice`);
      seen.add(credential);
      credentials.push({ id: credential, publicKey: Uint8Array.from(Buffer.from(key, "base64url")), counter });
    }
    read.set(name, credentials);
  }
  return { relyingParty: { id, origin }, credentials: (who) => read.get(who) ?? [] };
}

/** What a person's browser made, as an entry for the file; or why not. It is the operator who puts it there. */
export async function enrolled(
  response: RegistrationResponseJSON,
  { id, origin }: RelyingParty,
): Promise<
  { readonly id: string; readonly public_key: string; readonly counter: number } | { readonly problem: string }
> {
  try {
    const { verified, registrationInfo } = await verifyRegistrationResponse({
      response,
      // Nothing is stored here, so nothing can be replayed: the operator decides whose it is.
      expectedChallenge: () => true,
      expectedOrigin: origin,
      expectedRPID: id,
      requireUserVerification: true,
    });
    if (!verified || registrationInfo === undefined) return { problem: "the registration is not good" };
    const { credential } = registrationInfo;
    return {
      id: credential.id,
      public_key: Buffer.from(credential.publicKey).toString("base64url"),
      counter: credential.counter,
    };
  } catch (error) {
    return { problem: error instanceof Error ? error.message : String(error) };
  }
}

const recordOf = (value: unknown): Readonly<Record<string, unknown>> =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Record<string, unknown>) : {};

const isBase64url = (value: unknown): value is string =>
  typeof value === "string" && /^[A-Za-z0-9_-]{1,2048}$/.test(value);
