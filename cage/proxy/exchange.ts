// One exchange: a head is read, decided, recorded, sent; the answer is decided and handed on; the end is recorded. What goes wrong has a
// word, and the record has it too. The exchange is itself the handler that undici calls: nothing is wrapped around it.
import type { IncomingMessage, ServerResponse } from "node:http";
import type { Dispatcher } from "undici";
import type { Address } from "../dial.ts";
import { DIAL_TRIES_MAX, DISCARD_BYTES_MAX, HELD_BYTES_MAX } from "../limits.ts";
import type { Field } from "../message/fields.ts";
import { type Head, readHead } from "../message/head.ts";
import type { Duties, Outgoing } from "../obligations/duties.ts";
import { type Decision, deniedAfter, type Facts, type Met, type Outcome, type Peer, type RecordId } from "../point.ts";
import { targetOf } from "./access-log.ts";
import { readAnswerHead } from "./answer-head.ts";
import { answerOf, type Denial, decisionField } from "./answers.ts";
import type { Connection } from "./connection.ts";
import { DialError } from "./connector.ts";
import { holdBody, isJson, jsonOf, mediaOf, sha256 } from "./content.ts";
import { type FactsDraft, factsOf, factsToRecord } from "./facts.ts";
import { wordOf } from "./failures.ts";
import { optionsOf, placeOf, stepUpOf } from "./outgoing.ts";
import { Passing } from "./passing.ts";
import { PEER_FIELD } from "./peer.ts";
import type { Carried, PoolOf, UpstreamPool } from "./pools.ts";
import { metadataAmong, outOfReach, together } from "./reach.ts";
import { recordRefusal } from "./refusal.ts";
import type { Found } from "./resolver.ts";
import type { Placed } from "./under-way.ts";
import { routeOf, type Upstream } from "./upstreams.ts";
import { meaningOf, type ProxyWord } from "./words.ts";
import type { World } from "./world.ts";

const NO_BODY = Buffer.alloc(0);
/** Methods whose requests are meant to have a body: rules on bodies see theirs even when it is empty. */
const WITH_BODY = new Set(["POST", "PUT", "PATCH"]);
const EXCHANGE = Symbol("exchange");
interface Holding {
  [EXCHANGE]?: Exchange;
}

type Phase = "deciding" | "receiving" | "dialling" | "sent" | "answering" | "ended";

export class Exchange implements Dispatcher.DispatchHandler, Placed {
  readonly id: string;
  readonly request: IncomingMessage;
  phase: Phase = "deciding";
  /** Among those under way. */
  place = -1;
  /** Something came or went since it was last looked at, and when that was: nobody asks for more than that, and a look at the clock
   *  for each part would be no small share of an exchange. */
  #moved = true;
  #lookedAt: number;
  readonly startedAt: number;
  /** Set by undici's client before anything else: the connection this goes over. */
  connection: Carried | undefined;

  readonly #world: World;
  readonly #caller: Connection;
  readonly #response: ServerResponse;
  /** The caller waits for `100 Continue` before it sends the body. */
  readonly #expects: boolean;

  #head: Head | null = null;
  #facts: Facts | null = null;
  #decisions: Decision[] = [];
  #laterDecisions: Decision[] | null = null;
  #met: readonly Met[] = [];
  #laterMet: readonly Met[] | null = null;
  #duties: Duties | null = null;
  #intent: RecordId | null = null;
  #intentAt = 0;
  #pool: UpstreamPool | null = null;
  #address: Address | null = null;
  /** Where it goes, and the addresses of that place; `own`: where the request says. */
  #upstream: Upstream | "own" = "own";
  #addresses: readonly Address[] = NO_ADDRESSES;
  /** Why its own host has no addresses. */
  #unresolved: ProxyWord | null = null;
  #tries = 0;
  /** As it is sent: the head that was decided, or what obligations made of it; null: the body is passed on as it comes. */
  #outHead: Head | null = null;
  #outBody: Buffer | null = null;
  #abort: ((error?: Error) => void) | null = null;
  #failure: ProxyWord | null = null;

  /** The body as it came; null when it is passed on unread. */
  #held: Buffer | null = null;
  #heldBytes = 0;
  #stopHolding: (() => void) | null = null;
  #cameDigest: string | null = null;
  readonly #sent = new Passing();

  #status = 0;
  #answerFields: readonly Field[] = [];
  /** What the cage of the upstream said of its record. */
  #peer: Peer | null = null;
  #answerLength: number | null = null;
  readonly #answer = new Passing();
  /** The part that completes the announced length: sent together with the end. */
  #lastPart: Buffer | null = null;
  /** Parts of an answer that is held. */
  #answerParts: Buffer[] | null = null;
  #resume: (() => void) | null = null;

  constructor(world: World, caller: Connection, request: IncomingMessage, response: ServerResponse, expects: boolean) {
    this.#world = world;
    this.#caller = caller;
    this.request = request;
    this.#response = response;
    this.#expects = expects;
    this.id = world.nextExchange();
    this.startedAt = this.#lookedAt = world.now();
    world.exchanges.add(this);
    caller.exchanges.push(this);
    response.on("error", ignore);
  }

  run(): void {
    try {
      this.#read();
    } catch (error) {
      this.#mistake(error);
    }
  }

  #mistake(error: unknown): void {
    this.#world.log.error({ exchange: this.id, err: error }, "the cage made a mistake");
    this.#fail("internal");
  }

  /** Goes on once something is there. Only what has to be waited for comes by here: an exchange that waits for nothing but its record
   *  makes no promise of its own, as a chain of them would be most of what it costs. */
  #then<T>(coming: Promise<T>, next: (value: T) => void): void {
    coming.then(next).catch((error: unknown) => this.#mistake(error));
  }

  // ── Until it is sent ────────────────────────────────────────────────────────────────────────────────────────────────

  #read(): void {
    const { request } = this;
    const world = this.#world;
    const raw = {
      method: request.method!,
      target: request.url!,
      version: request.httpVersion,
      fields: request.rawHeaders,
    };
    const head = readHead(raw, this.#caller.direction);
    if ("refused" in head) return this.#refuse(head.refused, head.detail);
    const { sni, refused } = this.#caller;
    if (refused !== null) return this.#refuse("client-certificate", refused);
    // Behind one connection two names would be two doors: what was decided for one would be asked of the other.
    if (sni !== null && head.host !== sni) return this.#refuse("misdirected");
    const within = this.#caller.intercepted;
    if (within !== null && (head.host !== within.host || head.port !== within.port))
      return this.#refuse("host-differs");
    this.#head = this.#outHead = head;
    if (world.stopping) return this.#turnAway("stopping");
    if (world.exchanges.size > world.limits.exchanges || this.#caller.tooDeep)
      return this.#turnAway(this.#caller.tooDeep ? "pipelined" : "busy");
    if (head.body.kind === "length" && head.body.bytes > world.limits.bodyBytes) return this.#refuse("body-too-large");
    const facts = factsOf(this.id, head, this.#caller, request.rawHeaders);
    if (facts.direction === "ingress") return this.#decide(head, facts);
    // A resolver is told of no name that no rule lets out.
    const hopeless = !head.literal && !world.resolver.knows(head) && world.gate.mayAllow?.("request", facts) === false;
    const found = hopeless ? NOT_RESOLVED : world.resolver.find(head);
    if (found instanceof Promise) this.#then(found, (known) => this.#resolved(head, facts, known));
    else this.#resolved(head, facts, found);
  }

  #resolved(head: Head, facts: FactsDraft, found: Found): void {
    if ("problem" in found) this.#unresolved = found.problem;
    else {
      this.#addresses = found.addresses;
      this.#address = facts.dialled = found.addresses[0]!;
      facts.addresses = found.addresses;
    }
    this.#decide(head, facts);
  }

  #decide(head: Head, facts: Facts): void {
    this.#facts = facts;
    const decision = this.#ask("request", facts);
    if (!decision.allowed) return this.#deny({ reason: decision.reason, detail: decision.detail });
    const upstream = routeOf(this.#decisions, this.#world.upstreams, head);
    if (upstream === null) return this.#deny(NO_ROUTE);
    if (!this.#bodyIsRead(head)) return this.#oblige(upstream);
    this.#then(this.#readBody(head), (denial) => {
      if (denial !== null) return this.#deny(denial);
      if (this.#failure !== null) return this.#callerIsGone();
      this.#oblige(upstream);
    });
  }

  #ask(point: "request" | "body", facts: Facts): Decision {
    const decision = this.#world.gate.ask(point, facts);
    this.#decisions.push(decision);
    this.#world.numbers.decided(decision);
    return decision;
  }

  #bodyIsRead(head: Head): boolean {
    this.#duties = this.#world.dutiesOf(this.#decisions, this.#facts!);
    if (this.#duties?.holdsRequest === true) return true;
    return this.#world.gate.asks("body") && (head.body.kind !== "none" || WITH_BODY.has(head.method));
  }

  /** Holds the body and asks what there is to ask of it. */
  async #readBody(head: Head): Promise<Denial | null> {
    const world = this.#world;
    this.#held = NO_BODY;
    if (head.body.kind === "chunked" || (head.body.kind === "length" && head.body.bytes > 0)) {
      if (head.body.kind === "length" && head.body.bytes > world.limits.heldBodyBytes)
        return { reason: "body-too-large", detail: null };
      // It failed while something else was waited for: no byte comes any more.
      if (this.#failure !== null) return null;
      this.phase = "receiving";
      if (this.#expects) this.#response.writeContinue();
      const held = await holdBody(
        this.request,
        world.limits.heldBodyBytes,
        (bytes) => this.#take(bytes),
        (stop) => {
          this.#stopHolding = stop;
        },
      );
      this.#stopHolding = null;
      this.phase = "deciding";
      if ("problem" in held) {
        if (held.problem === "body-cut") this.#failure ??= "caller-left";
        else if (this.#failure === null) return { reason: held.problem, detail: null };
        return null;
      }
      this.#held = held.body;
    }
    this.#outBody = this.#held;
    if (!world.gate.asks("body")) return null;
    const media = mediaOf(head.fields);
    const json = isJson(media) && this.#held.length > 0 ? jsonOf(this.#held) : undefined;
    if (json === undefined && isJson(media) && this.#held.length > 0) return { reason: "bad-json", detail: null };
    this.#cameDigest = sha256(this.#held);
    this.#facts = {
      ...this.#facts!,
      content: { size: this.#held.length, digest: this.#cameDigest, ...(media === undefined ? {} : { media }) },
      ...(json === undefined ? {} : { json }),
    };
    const decision = this.#ask("body", this.#facts);
    if (!decision.allowed) return { reason: decision.reason, detail: decision.detail };
    this.#duties = world.dutiesOf(this.#decisions, this.#facts);
    return null;
  }

  #take(bytes: number): boolean {
    this.#moved = true;
    if (bytes > 0 && this.#world.heldBytes + bytes > HELD_BYTES_MAX) return false;
    this.#world.heldBytes += bytes;
    this.#heldBytes += bytes;
    return true;
  }

  #oblige(upstream: Upstream | "own"): void {
    if (this.#duties === null) return this.#place(upstream);
    const outgoing: Outgoing = {
      head: this.#outHead!,
      body: this.#outBody,
      stepUp: stepUpOf(this.request.rawHeaders),
    };
    this.#then(this.#duties.request(outgoing), (done) => {
      this.#met = done.met;
      if (done.asked !== undefined) {
        this.#facts = done.asked.facts;
        this.#decisions.push(...done.asked.decisions);
        for (const decision of done.asked.decisions) this.#world.numbers.decided(decision);
      }
      if ("denial" in done) return this.#deny(done.denial);
      this.#outHead = done.outgoing.head;
      this.#outBody = done.outgoing.body;
      if (this.#failure !== null) return this.#callerIsGone();
      this.#place(upstream);
    });
  }

  /** Where it goes, and whether it may go there. `chosen`: by the decision on the head; a body rule may choose the route, too. */
  #place(chosen: Upstream | "own"): void {
    const world = this.#world;
    const head = this.#head!;
    const upstream = this.#decisions.length === 1 ? chosen : routeOf(this.#decisions, world.upstreams, head);
    if (upstream === null) return this.#deny(NO_ROUTE);
    this.#upstream = upstream;
    if (upstream === "own") {
      if (this.#facts!.direction === "ingress")
        return this.#deny({ reason: "no-route", detail: "no rule names an upstream" });
      if (this.#unresolved !== null) return this.#deny({ reason: this.#unresolved, detail: null });
      const out = outOfReach(together(this.#decisions), head, this.#addresses);
      if (out !== null) return this.#deny(out);
      return this.#send();
    }
    if (upstream.kind === "path") {
      this.#addresses = NO_ADDRESSES;
      return this.#send();
    }
    const found = world.resolver.find(upstream);
    if (found instanceof Promise) this.#then(found, (known) => this.#routed(upstream, known));
    else this.#routed(upstream, found);
  }

  #routed(upstream: Upstream & { readonly kind: "host" }, found: Found): void {
    if ("problem" in found) return this.#deny({ reason: found.problem, detail: null });
    const out = metadataAmong(upstream, found.addresses);
    if (out !== null) return this.#deny(out);
    this.#addresses = found.addresses;
    this.#send();
  }

  /** To the first address, and to the next when that one does not answer. */
  #send(): void {
    const world = this.#world;
    const address = this.#addresses[this.#tries] ?? null;
    if (this.#tries > 0 && !this.#askAgain(address!)) return this.#deny({ reason: "denied", detail: null });
    this.#address = address;
    const to = placeOf(this.#upstream, this.#outHead!, address);
    const pool = to === null ? null : world.pools.of(to, world.now());
    if (to === null || pool === null) return this.#deny({ reason: "busy", detail: "too many upstreams" });
    pool.busy++;
    this.#pool = pool;
    const facts = factsToRecord(this.#facts!, {
      came: this.#head!,
      sent: this.#outHead!,
      dialled: address,
      met: this.#met,
    });
    this.#intend(facts, (record) => this.#recorded(record, to));
  }

  /** Writes down what was decided. `done` is told the record, or null: then there is none. */
  #intend(facts: Facts, done: (record: RecordId | null) => void): void {
    const world = this.#world;
    world.numbers.pending++;
    world.gate.intent(this.#decisions, facts, (error, record) => {
      world.numbers.pending--;
      try {
        if (record === null) this.#recordFailed(error);
        done(record);
      } catch (mistake) {
        this.#mistake(mistake);
      }
    });
  }

  /** Another address is another question. */
  #askAgain(dialled: Address): boolean {
    const facts: Facts = { ...this.#facts!, dialled };
    this.#facts = facts;
    this.#decisions = this.#decisions.map(({ point }) => this.#world.gate.ask(point, facts));
    return this.#decisions.every(({ allowed }) => allowed);
  }

  /** Only what is written down is sent. */
  #recorded(record: RecordId | null, to: PoolOf): void {
    if (record === null) return this.#denied(LEDGER_DOWN, null);
    this.#intent = record;
    this.#intentAt = this.#world.now();
    this.#moved = true;
    if (this.#failure !== null) return this.#callerIsGone();
    this.phase = "dialling";
    const head = this.#outHead!;
    const content = this.#bodyToSend(head);
    const length = this.#outBody === null && content !== null && head.body.kind === "length" ? head.body.bytes : null;
    const named = this.#facts!.direction === "egress" && this.#world.peers.has(head.host);
    const decided = named ? decisionField("allow", { exchange: this.id, record }) : null;
    this.#pool!.pool.dispatch(optionsOf(head, to, { content, length, decided }), this);
  }

  #bodyToSend({ body: announced }: Head): Buffer | IncomingMessage | null {
    const body = this.#outBody;
    if (body !== null) {
      this.#sent.whole(body, body === this.#held ? this.#cameDigest : null);
      return body.length === 0 ? null : body;
    }
    if (announced.kind === "none" || (announced.kind === "length" && announced.bytes === 0)) return null;
    return this.request;
  }

  #recordFailed(error: unknown): void {
    this.#world.numbers.recordFailures++;
    this.#world.log.error({ exchange: this.id, err: error }, "a record could not be written");
  }

  // ── What undici calls ───────────────────────────────────────────────────────────────────────────────────────────────

  onConnect(abort: (error?: Error) => void): void {
    if (this.phase === "ended") throw new Error("the exchange has ended");
    this.#abort = abort;
    this.phase = "sent";
    this.#moved = true;
    // The connection is good: only this request is not wanted any more.
    if (this.#failure !== null) throw new Error(this.#failure);
    if (this.#address !== null) this.#world.resolver.answered(this.#address);
    if (this.#held === null && this.#head!.body.kind !== "none") {
      if (this.#expects) this.#response.writeContinue();
      this.#sent.begin();
      (this.request as Holding)[EXCHANGE] = this;
      this.request.on("data", bodyPart);
    }
  }

  bodyPart(part: Buffer): void {
    this.#moved = true;
    this.#sent.part(part);
    if (this.#sent.bytes > this.#world.limits.bodyBytes) this.#fail("body-too-large");
  }

  onHeaders(status: number, raw: Buffer[], resume: () => void): boolean {
    this.#moved = true;
    // Those below 200 are between the upstream and us.
    if (status < 200) return true;
    const head = readAnswerHead(raw);
    if (head === null) {
      this.#fail("upstream-malformed");
      return false;
    }
    this.phase = "answering";
    this.#status = status;
    this.#answerFields = head.fields;
    this.#peer = head.peer ?? null;
    this.#answerLength = this.#head!.method === "HEAD" || status === 304 ? null : head.length;
    this.#resume = resume;
    if (this.#world.gate.asks("response")) {
      const size = this.#answerLength;
      const response = { status, fields: head.fields, ...(size === null ? {} : { size }) };
      const decision = this.#world.gate.ask("response", { ...this.#facts!, response });
      this.#world.numbers.decided(decision);
      this.#laterDecisions = [decision];
      if (!decision.allowed) {
        this.#failWith({
          reason: decision.reason === "denied" ? "response-denied" : decision.reason,
          detail: decision.detail,
          status: 502,
        });
        return false;
      }
      // Obligations that rules give here have to be met here.
      if (decision.obligations.length > 0)
        this.#duties = this.#world.dutiesOf([...this.#decisions, decision], this.#facts!);
    }
    if (this.#duties === null) {
      this.#sendHead(status, head.fields);
      return true;
    }
    if (this.#duties.holdsResponse) {
      this.#answerParts = [];
      return true;
    }
    void this.#checkAnswer(null);
    return false;
  }

  /** What obligations ask of the answer; then it goes on, or ends. */
  async #checkAnswer(body: Buffer | null): Promise<void> {
    const done = await this.#duties!.response({ status: this.#status, fields: this.#answerFields, body });
    this.#laterMet = done.met;
    if (this.phase === "ended") return;
    if ("denial" in done) return this.#failWith({ ...done.denial, status: done.denial.status ?? 502 });
    const { incoming } = done;
    this.#answerFields = incoming.fields;
    if (body === null) {
      this.#sendHead(incoming.status, incoming.fields);
      this.#resume!();
      return;
    }
    this.#answer.whole(incoming.body!, null);
    this.#sendHead(incoming.status, incoming.fields);
    this.#response.end(incoming.body!);
    this.#end("answered", incoming.status);
  }

  #sendHead(status: number, fields: readonly Field[]): void {
    const flat: string[] = [];
    for (const field of fields) flat.push(field[0], field[1]);
    flat.push(PEER_FIELD, decisionField("allow", { exchange: this.id, record: this.#intent }));
    this.#closeIfUnread(flat);
    this.#response.writeHead(status, flat);
  }

  /** A body nobody reads any more would stand before the next request. */
  #closeIfUnread(flat: string[]): void {
    if (this.#world.stopping || this.#caller.poisoned || !this.request.complete) flat.push("connection", "close");
  }

  onData(part: Buffer): boolean {
    this.#moved = true;
    if (this.#answerParts !== null) {
      this.#answer.bytes += part.length;
      if (this.#answer.bytes > this.#world.limits.heldBodyBytes || !this.#take(part.length)) {
        this.#failWith({ reason: "body-too-large", detail: "the answer is too large to be held", status: 502 });
        return false;
      }
      this.#answerParts.push(part);
      return true;
    }
    if (this.#answer.bytes + part.length === this.#answerLength) {
      this.#answer.last(part);
      this.#lastPart = part;
      return true;
    }
    this.#answer.part(part);
    if (this.#response.write(part)) return true;
    (this.#response as Holding)[EXCHANGE] = this;
    this.#response.once("drain", drained);
    return false;
  }

  drained(): void {
    this.#moved = true;
    if (this.phase === "answering") this.#resume?.();
  }

  onComplete(): void {
    this.#moved = true;
    if (this.#answerParts !== null) {
      const body = Buffer.concat(this.#answerParts);
      this.#answerParts = null;
      this.#abort = null;
      void this.#checkAnswer(body);
      return;
    }
    // Head and last part leave in one write of two pieces. As one text (latin1) they would be one piece: measured twice, and no faster, as
    // seven tenths of such a write are the kernel's.
    if (this.#lastPart === null) this.#response.end();
    else this.#response.end(this.#lastPart);
    this.#end("answered", this.#status);
  }

  onError(error: Error & { readonly code?: string }): void {
    this.#abort = null;
    if (this.phase === "ended") return;
    if (error instanceof DialError && this.#address !== null) {
      this.#world.resolver.didNotAnswer(this.#address);
      if (this.#failure === null && this.#tries + 1 < Math.min(this.#addresses.length, DIAL_TRIES_MAX))
        return this.#nextAddress(error.word);
    }
    const word = this.#failure ?? wordOf(error, this.phase === "answering");
    if (word === "internal") this.#world.log.error({ exchange: this.id, err: error }, "the cage made a mistake");
    this.#ended(word, null);
  }

  onUpgrade(): void {
    this.#fail("upstream-malformed");
  }

  /** This address did not answer: its record is completed, and the next one gets its own. */
  #nextAddress(word: string): void {
    this.#complete(word, null);
    this.#intent = null;
    this.#pool!.busy--;
    this.#pool = null;
    this.phase = "deciding";
    this.#tries++;
    try {
      this.#send();
    } catch (error) {
      this.#mistake(error);
    }
  }

  // ── How it ends ─────────────────────────────────────────────────────────────────────────────────────────────────────

  /** A head that no policy sees. */
  #refuse(word: string, detail: string | null = null): void {
    const world = this.#world;
    this.#caller.poisoned = true;
    this.#caller.closing++;
    this.#phaseEnds();
    world.numbers.denied(word);
    void this.#note(word, detail).then((record) => {
      this.#caller.closing--;
      this.#write({ reason: word, detail }, record);
      this.#log(word, meaningOf(word)[0]);
    });
  }

  #note(word: string, detail: string | null): Promise<RecordId | null> {
    return recordRefusal(this.#world, { from: this.#caller, exchange: this.id, word, detail });
  }

  /** Not looked at: what is under way does not wait for its record. */
  #turnAway(word: "busy" | "pipelined" | "stopping"): void {
    const world = this.#world;
    this.#phaseEnds();
    world.numbers.denied(word);
    const say = (record: RecordId | null): void => {
      this.#write({ reason: word, detail: null }, record);
      this.#log(word, meaningOf(word)[0]);
    };
    const recorded = world.turnedAway.record(world, this.#caller, { exchange: this.id, word, detail: null });
    if (recorded === null) say(null);
    else void recorded.then(say);
  }

  /** Denied after all, or never allowed: the record of the denial, then the answer. */
  #deny(denial: Denial): void {
    const last = this.#decisions.at(-1)!;
    if (last.allowed) this.#decisions[this.#decisions.length - 1] = deniedAfter(last, denial.reason, denial.detail);
    const facts = this.#met.length === 0 ? this.#facts! : { ...this.#facts!, met: this.#met };
    this.#intend(facts, (record) => this.#denied(record === null ? LEDGER_DOWN : denial, record));
  }

  #denied(denial: Denial, record: RecordId | null): void {
    this.#world.numbers.denied(denial.reason);
    if (this.phase === "ended") return;
    this.#write(denial, record);
    this.#phaseEnds();
    this.#log(denial.reason, denial.status ?? meaningOf(denial.reason)[0]);
  }

  #callerIsGone(): void {
    this.#ended(this.#failure ?? "caller-left", null);
  }

  /** Ends what is under way with a word; what the upstream still sends is not read. */
  #fail(word: ProxyWord): void {
    this.#failWith({ reason: word, detail: null });
  }

  #failWith(denial: Denial): void {
    if (this.phase === "ended") return;
    const abort = this.#abort;
    this.#abort = null;
    this.#ended(denial.reason, denial);
    abort?.();
  }

  /** After the intent: the completion, and to the caller what can still be said. */
  #ended(word: string, denial: Denial | null): void {
    if (this.phase === "ended") return;
    const [usual] = meaningOf(word);
    const status = denial?.status ?? usual;
    const sent = this.#response.headersSent;
    const gone = word === "caller-left" || word === "caller-stalled";
    if (this.#intent === null && !gone) {
      this.#world.numbers.denied(word);
      void this.#note(word, denial?.detail ?? null);
    }
    if (gone || sent) this.#caller.socket.destroy();
    else this.#write(denial ?? { reason: word, detail: null }, this.#intent);
    this.#end(word, gone ? null : sent ? this.#status : status);
  }

  #write(denial: Denial, record: RecordId | null): void {
    const response = this.#response;
    if (response.headersSent || this.#caller.socket.destroyed) return;
    const granted = this.#decisions.some(({ labels }) => labels["explain"] === "caller");
    const { status, fields, body } = answerOf(denial, {
      exchange: this.id,
      record,
      rules: granted ? this.#decisions.flatMap(({ rules }) => rules) : null,
    });
    const unread = this.#head === null || (!this.request.complete && !this.#isShort(this.#head));
    if (unread || this.#caller.poisoned || this.#world.stopping) fields.push("connection", "close");
    response.writeHead(status, fields);
    response.end(this.request.method === "HEAD" ? undefined : body);
  }

  #isShort({ body }: Head): boolean {
    return body.kind === "none" || (body.kind === "length" && body.bytes <= DISCARD_BYTES_MAX && !this.#expects);
  }

  #end(ended: string, status: number | null): void {
    if (this.phase === "ended") return;
    if (this.#intent !== null) this.#complete(ended, status);
    this.#phaseEnds();
    this.#log(ended, status);
  }

  #complete(ended: string, status: number | null): void {
    const world = this.#world;
    const tls = this.connection?.tls ?? null;
    const digest = this.#sent.digest();
    const outcome: OutcomeDraft = { ended, status, durationMs: Math.round(world.now() - this.#intentAt) };
    if (this.#address !== null) outcome.dialled = this.#address;
    if (tls !== null) outcome.tls = tls;
    if (digest !== undefined) {
      const before = this.#cameDigest;
      const size = this.#sent.bytes;
      outcome.sent = before === null || before === digest ? { size, digest } : { size, digest, before };
    }
    if (this.#status !== 0) {
      const answered = this.#answer.digest();
      const status = this.#status;
      const fields = this.#answerFields;
      const size = this.#answer.bytes;
      outcome.response = answered === undefined ? { status, fields, size } : { status, fields, size, digest: answered };
    }
    if (this.#peer !== null) outcome.peer = this.#peer;
    if (this.#laterDecisions !== null) outcome.decisions = this.#laterDecisions;
    if (this.#laterMet !== null && this.#laterMet.length > 0) outcome.met = this.#laterMet;
    world.numbers.pending++;
    world.gate.complete(this.#intent!, outcome, (error) => {
      world.numbers.pending--;
      if (error !== null) this.#recordFailed(error);
    });
  }

  #phaseEnds(): void {
    if (this.phase === "ended") return;
    this.phase = "ended";
    this.#world.exchanges.delete(this);
    this.#caller.left(this);
    this.#world.heldBytes -= this.#heldBytes;
    this.#heldBytes = 0;
    if (this.#pool !== null) this.#pool.busy--;
    this.#pool = null;
  }

  #log(ended: string, status: number | null): void {
    const world = this.#world;
    const ms = world.now() - this.startedAt;
    world.numbers.ended(ended, status, ms / 1_000, { out: this.#sent.bytes, in: this.#answer.bytes });
    const head = this.#head;
    if (world.access !== null)
      world.access({
        caller: this.#caller.caller.address ?? this.#caller.caller.id ?? "-",
        at: world.date(),
        method: head?.method ?? "-",
        target: head === null ? "-" : targetOf(head, this.#caller.direction),
        status,
        bytes: this.#answer.bytes,
        exchange: this.id,
        ended,
        ms: Math.round(ms),
      });
    if (ended !== "answered")
      world.log.info(
        { exchange: this.id, ended, status, host: head?.host, detail: this.#decisions.at(-1)?.detail ?? undefined },
        "not answered",
      );
  }

  // ── What others tell it ─────────────────────────────────────────────────────────────────────────────────────────────

  /** The connection of the caller is closed. */
  callerLeft(): void {
    if (this.phase === "ended") return;
    this.#failure ??= "caller-left";
    this.#interrupt();
  }

  /** The bytes of the body are no HTTP. */
  bodyBroken(word: ProxyWord): void {
    if (this.phase === "ended") return;
    this.#failure ??= word;
    this.#interrupt();
  }

  /** Looks whether something that is due does not come. */
  sweep(now: number): void {
    const { exchangeMs, idleMs } = this.#world.limits;
    if (now - this.startedAt > exchangeMs) return this.stop("too-long");
    if (this.#moved) {
      this.#moved = false;
      this.#lookedAt = now;
    }
    if (now - this.#lookedAt <= idleMs) return;
    if (this.phase === "receiving" || (this.phase === "sent" && !this.request.complete)) this.stop("body-slow");
    else if (this.phase === "answering" && this.#response.writableNeedDrain) this.stop("caller-stalled");
  }

  stop(word: ProxyWord): void {
    if (this.phase === "ended") return;
    this.#failure ??= word;
    this.#interrupt();
  }

  /** While a promise is waited for, the one who waits sees the failure; otherwise it ends here. */
  #interrupt(): void {
    if (this.phase === "sent" || this.phase === "answering") this.#fail(this.#failure!);
    else if (this.phase === "receiving") this.#stopHolding?.();
  }
}

type OutcomeDraft = { -readonly [K in keyof Outcome]: Outcome[K] };

const NO_ADDRESSES: readonly Address[] = [];
const NOT_RESOLVED: Found = { problem: "no-address" };
const NO_ROUTE: Denial = { reason: "no-route", detail: null };
const LEDGER_DOWN: Denial = { reason: "ledger-down", detail: null };

function bodyPart(this: IncomingMessage, part: Buffer): void {
  (this as Holding)[EXCHANGE]!.bodyPart(part);
}
function drained(this: ServerResponse): void {
  (this as Holding)[EXCHANGE]!.drained();
}
/** What is written to a connection that was just closed is lost, and the exchange learns of it by the closing. */
function ignore(): void {}
