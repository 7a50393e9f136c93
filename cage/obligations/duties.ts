// The obligations of one exchange, carried out in the order of their rank: gates first (signature, person, rate), then what changes the
// request (redaction, signature of the cage), then what the answer has to stand. The proxy calls it; docs/design/0024 says why here.

import { ASKS_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import { type Head, hostField, originForm } from "../message/head.ts";
import type { Decision, Facts, Gate, Met, ObligationName } from "../point.ts";
import { messageOf, type RequestMessage } from "../signature/index.ts";
import type { Configuration } from "./configuration.ts";
import { type Due, dueOf, Reader } from "./due.ts";
import { nelOf } from "./nel.ts";
import { cannotOblige, type Denial, denial } from "./obligation.ts";
import { limited } from "./rate-limit.ts";
import { type RedactArgs, redacted } from "./redact.ts";
import { ownNonces, signatureVerdict } from "./require-signature.ts";
import { signed } from "./sign.ts";
import { steppedUp } from "./step-up.ts";
import { responseVerdict } from "./verify-response.ts";

/** A request as it is about to be sent. */
export interface Outgoing {
  readonly head: Head;
  /** Null: it is passed on as it comes. */
  readonly body: Buffer | null;
  /** What the caller gave in the field `cage-step-up`. */
  readonly stepUp?: string | null;
}

/** An upstream's answer. */
export interface Incoming {
  readonly status: number;
  readonly fields: readonly Field[];
  /** Null: it is handed on as it comes. */
  readonly body: Buffer | null;
}

/** What the policy was asked again with: these decisions come after those before, and these facts take the place of those before. */
export interface AskedAgain {
  readonly decisions: readonly Decision[];
  readonly facts: Facts;
}

export type RequestDone = { readonly met: readonly Met[]; readonly asked?: AskedAgain } & (
  | { readonly outgoing: Outgoing }
  | { readonly denial: Denial }
);
export type ResponseDone = { readonly met: readonly Met[] } & (
  | { readonly incoming: Incoming }
  | { readonly denial: Denial }
);

/** Methods never reject: what goes wrong is a denial. */
export interface Duties {
  /** The body must be in memory before `request` is called. */
  readonly holdsRequest: boolean;
  /** The answer's body must be in memory before `response` is called. */
  readonly holdsResponse: boolean;
  /** Gates, then changes of the request. Called once, after the last decision before the intent. */
  request(outgoing: Outgoing): Promise<RequestDone>;
  /** Checks of the answer, and fields added to it. Called when its head is there, and its body where that is held. */
  response(incoming: Incoming): Promise<ResponseDone>;
}

/** Null when there is nothing to do but what the proxy does itself: then no body is held and nothing waited for. The same exchange may
 *  come again with more decisions; it is known by its first one. */
export type DutiesOf = (decisions: readonly Decision[], facts: Facts) => Duties | null;

export interface DutiesOptions {
  readonly configuration: Configuration;
  readonly gate: Pick<Gate, "ask">;
  /** Milliseconds since 1970. */
  readonly now: () => number;
}

/** What the proxy carries out itself. */
export const OF_THE_PROXY: ReadonlySet<string> = new Set<ObligationName>(["reach", "route", "receipt"]);
const NOTHING = new Uint8Array(0);

export function dutiesOf(options: DutiesOptions): DutiesOf {
  const reader = new Reader(options.configuration);
  const sent = new WeakMap<Decision, RequestMessage>();
  return (decisions, facts) => {
    if (!decisions.some(({ obligations }) => obligations.some(({ name }) => !OF_THE_PROXY.has(name)))) return null;
    return new ExchangeDuties(options, reader, decisions, facts, sent);
  };
}

/** Words of a gate that failed inside: nothing of it is for the caller. */
const failed = (error: unknown): Denial => cannotOblige("cage", error instanceof Error ? error.message : String(error));

class ExchangeDuties implements Duties {
  readonly #options: DutiesOptions;
  readonly #reader: Reader;
  readonly #sent: WeakMap<Decision, RequestMessage>;
  readonly #first: Decision;
  #decisions: readonly Decision[];
  #facts: Facts;
  #due: Due;
  readonly #done = new Set<object>();
  readonly #met: Met[] = [];
  #asked: AskedAgain | undefined;

  constructor(
    options: DutiesOptions,
    reader: Reader,
    decisions: readonly Decision[],
    facts: Facts,
    sent: WeakMap<Decision, RequestMessage>,
  ) {
    this.#options = options;
    this.#reader = reader;
    this.#decisions = decisions;
    this.#first = decisions[0]!;
    this.#facts = facts;
    this.#sent = sent;
    this.#due = dueOf(decisions, reader);
  }

  get holdsRequest(): boolean {
    const { all } = this.#due;
    return (
      all("require_signature").length > 0 ||
      all("step_up").length > 0 ||
      all("sign").length > 0 ||
      this.#redactions("request").some(({ pointers }) => pointers.length > 0)
    );
  }

  #redactions(of: RedactArgs["of"]): readonly RedactArgs[] {
    return this.#due.all("redact").filter((args) => args.of === of);
  }

  get holdsResponse(): boolean {
    return this.#due.all("verify_response").length > 0 || this.#readsAnswer;
  }

  get #readsAnswer(): boolean {
    return this.#redactions("response").some(({ pointers }) => pointers.length > 0);
  }

  // ── The request ─────────────────────────────────────────────────────────────────────────────────────────────────────

  async request(outgoing: Outgoing): Promise<RequestDone> {
    let refused: Denial | null;
    let changed: Outgoing | null = null;
    try {
      refused = await this.#gates(outgoing);
      if (refused === null) {
        const made = await this.#changed(outgoing);
        if ("reason" in made) refused = made;
        else changed = made;
      }
    } catch (error) {
      refused = failed(error);
    }
    const told = { met: this.#met, ...(this.#asked === undefined ? {} : { asked: this.#asked }) };
    return refused !== null || changed === null ? { ...told, denial: refused! } : { ...told, outgoing: changed };
  }

  /** Until nothing is found that the policy does not know yet. */
  async #gates(outgoing: Outgoing): Promise<Denial | null> {
    const nowMs = this.#options.now();
    for (let asks = 0; asks < ASKS_MAX; asks++) {
      const again = this.#due.denial ?? (await this.#signature(outgoing, nowMs));
      if (again === "asked-again") continue;
      return again ?? this.#person(outgoing, nowMs) ?? this.#rates(nowMs);
    }
    return cannotOblige("require_signature", "each answer of the policy asks for another signature");
  }

  async #signature(outgoing: Outgoing, nowMs: number): Promise<Denial | "asked-again" | null> {
    const pending = this.#due.all("require_signature").filter((args) => !this.#done.has(args));
    if (pending.length === 0) return null;
    const nonces = ownNonces(this.#options.configuration.nonces);
    const request = { message: receivedOf(outgoing.head, this.#facts), content: outgoing.body ?? NOTHING };
    let found: Facts["signature"];
    for (const args of pending) {
      const verdict = await signatureVerdict(args, request, { now: Math.floor(nowMs / 1_000), nonces });
      if ("denial" in verdict) {
        this.#ask({ ...this.#facts, signature: verdict.signature });
        return verdict.denial;
      }
      this.#done.add(args);
      this.#met.push(verdict.met);
      found ??= verdict.signature;
    }
    const refused = this.#ask({ ...this.#facts, signature: this.#facts.signature ?? found! });
    return refused ?? "asked-again";
  }

  /** Asks at every point once more, with what was found. A denial of the policy is one of the exchange. */
  #ask(facts: Facts): Denial | null {
    const points = [...new Set(this.#decisions.map(({ point }) => point))];
    const decisions = points.map((point) => this.#options.gate.ask(point, facts));
    this.#facts = facts;
    this.#decisions = [...this.#decisions, ...decisions];
    this.#asked = { facts, decisions: [...(this.#asked?.decisions ?? []), ...decisions] };
    const refusal = decisions.find(({ allowed }) => !allowed);
    if (refusal !== undefined) return denial(refusal.reason, 403, refusal.detail ?? "the policy denies it");
    this.#due = dueOf(this.#decisions, this.#reader);
    return null;
  }

  #person(outgoing: Outgoing, nowMs: number): Denial | null {
    const message = receivedOf(outgoing.head, this.#facts);
    for (const args of this.#due.all("step_up")) {
      const { id, uid, address } = this.#facts.caller ?? {};
      const caller = id ?? (uid === undefined ? (address ?? "-") : `uid ${uid}`);
      const content = outgoing.body ?? NOTHING;
      const asked = { message, content, redacted: this.#redacted(outgoing), caller, id: outgoing.stepUp ?? null };
      const done = steppedUp(args, asked, nowMs);
      if ("denial" in done) return done.denial;
      this.#met.push(done.met);
    }
    return null;
  }

  /** The body as a person may see it; null where it is sent as it came, or will be refused. */
  #redacted({ head, body }: Outgoing): Uint8Array | null {
    const redactions = this.#redactions("request");
    if (redactions.length === 0 || body === null) return null;
    const made = redacted(redactions, head.fields, body);
    return "reason" in made ? NOTHING : made.content;
  }

  #rates(nowMs: number): Denial | null {
    const { input } = this.#decisions.at(-1)!;
    for (const args of this.#due.all("rate_limit")) {
      const done = limited(args, { input, rates: this.#options.configuration.rates, nowMs });
      if (done.met !== null) this.#met.push(done.met);
      if ("denial" in done) return done.denial;
    }
    return null;
  }

  async #changed(outgoing: Outgoing): Promise<Outgoing | Denial> {
    let { head, body } = outgoing;
    // Nobody can look into an answer with a content coding, so none is asked for.
    if (this.#readsAnswer) head = { ...head, fields: head.fields.map(plainly) };
    const redactions = this.#redactions("request");
    if (redactions.length > 0) {
      const made = redacted(redactions, head.fields, body ?? NOTHING);
      if ("reason" in made) return made;
      if (made.met !== null) this.#met.push(made.met);
      if (made.content !== body && body !== null) body = Buffer.from(made.content);
      head = { ...head, fields: made.fields, body: body === null ? head.body : delimited(head, body) };
    }
    const { random } = this.#options.configuration;
    const now = Math.floor(this.#options.now() / 1_000);
    for (const args of this.#due.all("sign")) {
      const made = await signed(messageOf(head), body ?? NOTHING, args, { now, random });
      if ("reason" in made) return made;
      this.#met.push(made.met);
      head = { ...head, fields: [...head.fields, ...made.fields] };
    }
    this.#sent.set(this.#first, messageOf(head));
    return { ...outgoing, head, body };
  }

  // ── The answer ──────────────────────────────────────────────────────────────────────────────────────────────────────

  async response(incoming: Incoming): Promise<ResponseDone> {
    const met: Met[] = [];
    try {
      if (this.#due.denial !== null) return { met, denial: { ...this.#due.denial, status: 502 } };
      const { status, body } = incoming;
      const request = this.#sent.get(this.#first) ?? null;
      const message = { kind: "response", status, fields: incoming.fields, request } as const;
      const now = Math.floor(this.#options.now() / 1_000);
      for (const args of this.#due.all("verify_response")) {
        if (body === null)
          return { met, denial: { ...cannotOblige("verify_response", "the answer was not held"), status: 502 } };
        const verdict = await responseVerdict(args, { message, content: body }, now);
        met.push(verdict.met);
        if (verdict.denial !== null) return { met, denial: verdict.denial };
      }
      const redactions = this.#redactions("response");
      if (redactions.length > 0) {
        if (body === null && this.#readsAnswer)
          return { met, denial: { ...cannotOblige("redact", "the answer was not held"), status: 502 } };
        const made = redacted(redactions, incoming.fields, body ?? NOTHING);
        if ("reason" in made) return { met, denial: made };
        if (made.met !== null) met.push(made.met);
        const content = body === null || made.content === body ? body : Buffer.from(made.content);
        incoming = { ...incoming, fields: made.fields, body: content };
      }
      const added = this.#due.all("nel").flatMap(nelOf);
      if (added.length === 0) return { met, incoming };
      const names = new Set(added.map(([name]) => name));
      const kept = incoming.fields.filter(([name]) => !names.has(name.toLowerCase()));
      return { met, incoming: { ...incoming, fields: [...kept, ...added] } };
    } catch (error) {
      return { met, denial: { ...failed(error), status: 502 } };
    }
  }
}

/** The request as its sender signed it: through a forward proxy the target is the whole URL. */
function receivedOf(head: Head, { direction, visibility }: Facts): RequestMessage {
  const whole = direction === "egress" && visibility === "full";
  return messageOf(head, whole ? `${head.scheme}://${hostField(head)}${originForm(head)}` : originForm(head));
}

const plainly = (field: Field): Field => (field[0] === "accept-encoding" ? [field[0], "identity"] : field);

/** A body that was held has a length. */
const delimited = (head: Head, body: Buffer): Head["body"] =>
  head.body.kind === "none" && body.length === 0 ? head.body : { kind: "length", bytes: body.length };
