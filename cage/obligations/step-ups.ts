// Requests that wait for a person. A person signs a challenge with a WebAuthn credential: the SHA-256 of the request as it will be sent, of the
// head of the ledger and of the time until which it counts. So an approval is for one request, now, and after what the ledger holds;
// it lets one request through, once. Pure but for what it remembers and for checking assertions: time and random bytes come in.
import { createHash } from "node:crypto";
import { type AuthenticationResponseJSON, verifyAuthenticationResponse } from "@simplewebauthn/server";
import { encode, fromUtf8 } from "../../core/index.ts";
import { STEP_UP_ID_BYTES, STEP_UP_TEXT_MAX, STEP_UPS_MAX, STEP_UPS_PER_CALLER_MAX } from "../limits.ts";
import type { PlainRecord } from "../point.ts";
import type { RequestMessage } from "../signature/index.ts";
import { type Denial, denial } from "./obligation.ts";
import type { People } from "./people.ts";

export interface StepUpsOptions {
  readonly people: People;
  /** Head of the ledger: its size and root, as text. */
  readonly head: () => string;
  readonly random: (bytes: number) => Uint8Array;
  /** Counters of credentials as they were seen before a restart, and what keeps them over the next. A copy of an authenticator betrays itself
   *  by a counter that goes back. */
  readonly counters?: ReadonlyMap<string, number>;
  readonly keep?: (credential: string, counter: number) => Promise<void>;
}

/** One request, as a person sees it. */
export interface Waiting {
  readonly id: string;
  readonly who: string;
  /** Milliseconds since 1970. */
  readonly expires: number;
  /** Base64url. */
  readonly challenge: string;
  readonly state: "waiting" | "approved" | "used";
  readonly request: Shown;
}
interface Shown {
  readonly method: string;
  readonly url: string;
  readonly media: string | null;
  readonly size: number;
  /** SHA-256 of the body, in hex. */
  readonly digest: string;
  /** The body as it will be sent, where it is a text, with what cannot be seen made visible; its beginning where it is long. */
  readonly text: string | null;
  readonly cut: boolean;
  readonly caller: string;
}

interface Entry extends Waiting {
  state: Waiting["state"];
  /** Of the request: that of the retry must be the same. */
  readonly same: string;
  /** Credential that approved it. */
  credential: string | null;
}

export interface Asked {
  readonly message: RequestMessage;
  readonly content: Uint8Array;
  /** The body after what is redacted, where that differs. */
  readonly redacted?: Uint8Array | null;
  readonly caller: string;
  readonly who: string;
  readonly ttlMs: number;
}

export class StepUps {
  readonly #options: StepUpsOptions;
  /** In the order they came. */
  readonly #entries = new Map<string, Entry>();
  /** Of each credential, as it was last seen. */
  readonly #counters: Map<string, number>;

  constructor(options: StepUpsOptions) {
    this.#options = options;
    this.#counters = new Map(options.counters);
  }

  get people(): People {
    return this.#options.people;
  }

  /** Puts a request on the list, or finds it there; always a denial, which says by what id it may come again. */
  ask(asked: Asked, nowMs: number): Denial {
    this.#expire(nowMs);
    const same = sameness(asked);
    const known = [...this.#entries.values()].find((each) => each.same === same && each.state !== "used");
    const entry = known ?? this.#add(asked, same, nowMs);
    if (entry === null)
      return denial("step-ups-full", 503, "too many requests wait for a person", { fields: [["retry-after", "30"]] });
    return denial("step-up-required", 403, `waits for \`${entry.who}\` as ${entry.id}`, {
      fields: [["cage-step-up", entry.id]],
      more: { step_up: entry.id, expires: new Date(entry.expires).toISOString() },
    });
  }

  /** Lets an approved request through, once. */
  use(id: string, asked: Asked, nowMs: number): { readonly found: PlainRecord } | Denial {
    this.#expire(nowMs);
    const entry = this.#entries.get(id);
    if (entry === undefined) return denial("step-up-unknown", 403, "no request waits by this id, or its time is over");
    if (entry.same !== sameness(asked)) return denial("step-up-other", 403, `${id} is for another request`);
    if (entry.state === "used") return denial("step-up-used", 403, `${id} was used`);
    if (entry.state === "waiting") return this.ask(asked, nowMs);
    entry.state = "used";
    return {
      found: { id, who: entry.who, challenge: entry.challenge, credential: entry.credential, expires: entry.expires },
    };
  }

  waiting(nowMs: number): readonly Waiting[] {
    this.#expire(nowMs);
    return [...this.#entries.values()]
      .filter(({ state }) => state === "waiting")
      .map(({ id, who, expires, challenge, state, request }) => ({ id, who, expires, challenge, state, request }));
  }

  /** Takes an assertion; null when the request is approved, else why not. */
  async approve(id: string, assertion: AuthenticationResponseJSON, nowMs: () => number): Promise<string | null> {
    this.#expire(nowMs());
    const entry = this.#entries.get(id);
    if (entry === undefined) return "no request waits by this id, or its time is over";
    const { relyingParty, credentials } = this.#options.people;
    const credential = credentials(entry.who).find((each) => each.id === assertion.id);
    if (credential === undefined) return "the credential is none of this person";
    const counter = Math.max(credential.counter, this.#counters.get(credential.id) ?? 0);
    let next: number;
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: assertion,
        expectedChallenge: entry.challenge,
        expectedOrigin: relyingParty.origin,
        expectedRPID: relyingParty.id,
        credential: { id: credential.id, publicKey: credential.publicKey, counter },
        requireUserVerification: true,
      });
      if (!verified) return "the signature of the assertion is not good";
      next = authenticationInfo.newCounter;
    } catch (error) {
      return error instanceof Error ? error.message : String(error);
    }
    // Time has passed, and another assertion may have come first.
    this.#expire(nowMs());
    if (this.#entries.get(id) !== entry) return "its time is over";
    if (entry.state !== "waiting") return "it was approved before";
    if (next !== 0 && next <= (this.#counters.get(credential.id) ?? credential.counter))
      return "the counter of the credential went back";
    this.#counters.set(credential.id, next);
    if (next !== 0 && this.#options.keep !== undefined) {
      try {
        await this.#options.keep(credential.id, next);
      } catch {
        return "the approval cannot be written down";
      }
      if (entry.state !== "waiting" || this.#entries.get(id) !== entry)
        return "it was approved before, or its time is over";
    }
    entry.state = "approved";
    entry.credential = credential.id;
    return null;
  }

  #add(asked: Asked, same: string, nowMs: number): Entry | null {
    const { message, content, caller, who, ttlMs } = asked;
    const entries = [...this.#entries.values()];
    if (entries.length >= STEP_UPS_MAX) return null;
    if (entries.filter((each) => each.request.caller === caller).length >= STEP_UPS_PER_CALLER_MAX) return null;
    const id = Buffer.from(this.#options.random(STEP_UP_ID_BYTES)).toString("base64url");
    const expires = nowMs + ttlMs;
    const challenge = createHash("sha256")
      .update(encode(["writ step-up 1", boundOf(asked), this.#options.head(), expires, who, id]))
      .digest("base64url");
    const media = message.fields.find(([name]) => name === "content-type")?.[1] ?? null;
    const text = textOf(asked.redacted ?? content, media);
    const request: Shown = {
      method: message.method,
      url: `${message.scheme}://${message.authority}${message.path}${message.query === null ? "" : `?${message.query}`}`,
      media,
      size: content.length,
      digest: sha256(content),
      text: text === null ? null : visible(text.slice(0, STEP_UP_TEXT_MAX)),
      cut: text !== null && text.length > STEP_UP_TEXT_MAX,
      caller,
    };
    const entry: Entry = { id, who, expires, challenge, state: "waiting", request, same, credential: null };
    this.#entries.set(id, entry);
    return entry;
  }

  #expire(nowMs: number): void {
    for (const [id, { expires }] of this.#entries) if (expires <= nowMs) this.#entries.delete(id);
  }
}

/** A body that people can read, or null. */
function textOf(content: Uint8Array, media: string | null): string | null {
  const readable = /^text\/|[/+](?:json|xml|x-www-form-urlencoded)(?:$|[ ;])/i.test(media ?? "");
  return readable && content.length > 0 ? (fromUtf8(content) ?? null) : null;
}

/** Characters that are not seen, or turn others around, by their numbers: nothing hides from who approves. */
const visible = (text: string): string =>
  text.replace(
    /(?![\n\t])[\p{Cc}\p{Cf}\p{Co}\p{Cn}\p{Zl}\p{Zp}\p{Cs}]/gu,
    (each) => `\\u{${each.codePointAt(0)!.toString(16)}}`,
  );

/** Fields that differ each time the same request is sent. */
const PASSING = new Set(["signature", "signature-input", "date", "traceparent", "tracestate"]);

/** What an approval is for. */
const boundOf = ({ message, content, caller }: Asked): Parameters<typeof encode>[0] => ({
  method: message.method,
  scheme: message.scheme,
  authority: message.authority,
  path: message.path,
  query: message.query,
  fields: message.fields.filter(([name]) => !PASSING.has(name)).map(([name, value]) => [name, value]),
  content: sha256(content),
  caller,
});

const sameness = (asked: Asked): string =>
  createHash("sha256")
    .update(encode([boundOf(asked), asked.who]))
    .digest("hex");
const sha256 = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");
