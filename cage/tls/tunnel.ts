// A CONNECT from its head to its end: decided by host, port and address; the ClientHello read before anything is dialled, and compared
// with what was asked for; decided again with what it says; the intent recorded; then bytes both ways, or, where a rule says so, an
// interception. No mode falls back to another.
import type { Socket } from "node:net";
import { type Address, dial } from "../dial.ts";
import { LAST_WORDS_MS, TUNNEL_TOTAL_MS, TUNNELS_MAX } from "../limits.ts";
import { type Decision, deniedAfter, type Facts, type Met, type Outcome, type RecordId } from "../point.ts";
import type { Tunnel, TunnelHost, TunnelRequest } from "../proxy/tunnel.ts";
import { recorded } from "../recorded.ts";
import { helloProblem, receiveHello } from "./hello.ts";
import type { Interceptor } from "./intercept.ts";
import { modeOf } from "./mode.ts";
import { namedByRule, usualOffers } from "./opening.ts";
import { type PipeEnd, type PipeLimits, pipeBoth } from "./pipe.ts";
import { TUNNEL_PROBLEMS, type TunnelWord } from "./problems.ts";

export interface TunnelOptions {
  /** Null: a rule that asks for an interception denies. */
  readonly interceptor?: Interceptor | null;
  /** Of a ClientHello with an encrypted one inside (ECH), through a tunnel: another name may be meant than the one that is seen. Browsers send a
   *  decoy that looks the same in every hello. `deny` by default; `allow` compares the name that is seen, and records that there was more.
   *  An interception ends the TLS itself and never reads what is inside, so it needs no such choice. */
  readonly encryptedHello?: "deny" | "allow";
  readonly pipe?: PipeLimits;
  readonly helloTimeoutMs?: number;
  readonly handshakeTimeoutMs?: number;
  /** Tunnels at once. */
  readonly most?: number;
  /** Milliseconds of a clock that does not go back. */
  readonly now?: () => number;
}

export function createTunnel(options: TunnelOptions = {}): Tunnel {
  const { most = TUNNELS_MAX } = options;
  let open = 0;
  return async (request, host) => {
    if (host.stop.aborted) return host.refuse(request, { word: "shutting-down" });
    if (open >= most) return host.refuse(request, { word: "too-many-tunnels" });
    open++;
    try {
      await new Connect(request, host, options).run();
    } finally {
      open--;
    }
  };
}

/** What the caller was promised by `200`: from here on it hears alerts of TLS, no HTTP. */
const ESTABLISHED = "HTTP/1.1 200 Connection Established\r\n\r\n";

class Connect {
  readonly #request: TunnelRequest;
  readonly #host: TunnelHost;
  readonly #options: TunnelOptions;
  readonly #now: () => number;
  #facts: Facts;
  /** Limits of rate that this CONNECT has drawn upon. */
  #drawn = NO_LIMITS;

  constructor(request: TunnelRequest, host: TunnelHost, options: TunnelOptions) {
    this.#request = request;
    this.#host = host;
    this.#options = options;
    this.#now = options.now ?? (() => performance.now());
    const { exchange, target, caller, dropped } = request;
    this.#facts = {
      exchange,
      direction: "egress",
      visibility: "connect",
      scheme: "https",
      host: target.host,
      port: target.port,
      method: "CONNECT",
      caller,
      ...(dropped.length === 0 ? {} : { dropped }),
    };
    // Errors of a socket come with its close; whoever uses it looks at that.
    request.socket.on("error", () => {});
  }

  async run(): Promise<void> {
    const { target } = this.#request;
    const { gate } = this.#host;
    // A resolver is told of no name that no rule lets out.
    const hopeless = !target.literal && gate.mayAllow?.("connect", this.#facts) === false;
    const found = hopeless ? ({ problem: "no-address" } as const) : await this.#host.addresses(target);
    const addresses = "addresses" in found ? found.addresses : [];
    if (addresses.length > 0) this.#facts = { ...this.#facts, addresses };
    const first = this.#first(addresses[0]);
    if (!first.allowed) return this.#refuse(first);
    if ("problem" in found) return this.#refuse(deniedAfter(first, found.problem));
    const unnamed = namedByRule(gate, this.#factsAt(addresses[0]), target);
    if (unnamed !== null) return this.#refuse(deniedAfter(first, unnamed));
    const unreached = this.#host.outOfReach(first, target, addresses);
    if (unreached !== null) return this.#refuse(deniedAfter(first, unreached.reason, unreached.detail));

    this.#request.socket.write(ESTABLISHED);
    const { helloTimeoutMs } = this.#options;
    const received = await receiveHello(this.#request.socket, this.#request.head, helloTimeoutMs);
    if ("problem" in received) return this.#cut(first, received.problem);
    const { hello, bytes } = received;
    this.#facts = {
      ...this.#facts,
      alpn: hello.protocols,
      ...(hello.serverName === null ? {} : { sni: hello.serverName }),
    };
    const strange = helloProblem(hello, target);
    if (strange !== null) return this.#cut(first, strange);
    const decision = this.#ask(addresses[0]);
    if (!decision.allowed) return this.#cut(decision, null);
    const mode = modeOf(decision, target);
    if (typeof mode === "object") return this.#cut(deniedAfter(decision, mode.problem, mode.detail), null);
    if (mode === "intercept") return this.#intercept(decision, bytes, hello.protocols);
    if (hello.encrypted) {
      if (this.#options.encryptedHello !== "allow") return this.#cut(decision, "ech");
      this.#facts = { ...this.#facts, met: [{ name: "route", found: { tls: "tunnel", ech: true } }] };
    }
    return this.#tunnel(decision, addresses, bytes);
  }

  // ── Deciding ────────────────────────────────────────────────────────────────────────────────────────────────────────

  #factsAt(dialled: Address | undefined): Facts {
    return dialled === undefined ? this.#facts : { ...this.#facts, dialled };
  }

  /** Limits that were drawn upon before the answer are not drawn upon again. */
  #ask(dialled: Address | undefined): Decision {
    const { gate } = this.#host;
    const facts = this.#factsAt(dialled);
    const decision = gate.ask("connect", { ...facts, tentative: true });
    return decision.allowed && limitsOf(decision) !== this.#drawn ? gate.ask("connect", facts) : decision;
  }

  /** Before the ClientHello: denied here is what no hello could make allowed, so that it can be answered in HTTP. */
  #first(dialled: Address | undefined): Decision {
    const { gate } = this.#host;
    let denied: Decision | null = null;
    for (const offer of usualOffers(this.#request.target)) {
      const facts: Facts = { ...this.#factsAt(dialled), ...offer };
      const decision = gate.ask("connect", { ...facts, tentative: true });
      if (decision.allowed) {
        this.#drawn = limitsOf(decision);
        return this.#drawn === NO_LIMITS ? decision : gate.ask("connect", facts);
      }
      denied ??= decision;
    }
    return denied as Decision;
  }

  // ── Denying ─────────────────────────────────────────────────────────────────────────────────────────────────────────

  async #recordDenied(decision: Decision): Promise<{ readonly word: string; readonly record?: RecordId }> {
    const { gate } = this.#host;
    const facts = this.#factsAt(this.#facts.addresses?.[0]);
    try {
      return {
        word: decision.reason,
        record: await recorded((done) => gate.intent(decision, facts, done)),
      };
    } catch {
      return { word: "ledger-down" };
    }
  }

  /** In HTTP. */
  async #refuse(decision: Decision): Promise<void> {
    await this.#host.refuse(this.#request, { decision, ...(await this.#recordDenied(decision)) });
    await this.#gone();
  }

  /** After `200`. `word` null: the decision itself denies. */
  async #cut(decision: Decision, word: TunnelWord | null): Promise<void> {
    const denied = word === null ? decision : deniedAfter(decision, word, TUNNEL_PROBLEMS[word][2]);
    await this.#recordDenied(denied);
    this.#host.ended(this.#request, { ended: denied.reason, bytesOut: 0, bytesIn: 0 });
    await this.#lastWords(alertOf(denied.reason));
  }

  /** Says why in TLS, as far as that can, and closes. */
  async #lastWords(alert: number | null): Promise<void> {
    const { socket } = this.#request;
    if (alert === null) socket.end();
    else socket.end(Buffer.from([21, 3, 3, 0, 2, 2, alert]));
    await this.#gone();
  }

  /** Waits for the caller to close, but not for long. What it still sends is thrown away: unread, it would take the last words with it. */
  #gone(): Promise<void> {
    const { socket } = this.#request;
    return new Promise((done) => {
      if (socket.closed) return done();
      const timer = setTimeout(() => socket.destroy(), LAST_WORDS_MS);
      socket.once("close", () => {
        clearTimeout(timer);
        done();
      });
      socket.resume();
    });
  }

  // ── A tunnel ────────────────────────────────────────────────────────────────────────────────────────────────────────

  /** Address after address, until one answers: each is decided and has its own records. */
  async #tunnel(decided: Decision, addresses: readonly Address[], bytes: Buffer): Promise<void> {
    let decision = decided;
    for (const [at, address] of addresses.entries()) {
      if (at > 0) decision = this.#ask(address);
      if (!decision.allowed) return this.#cut(decision, null);
      const intended = await this.#intend(decision, this.#factsAt(address));
      if (intended === null) return;
      const dialled = await dial(address, this.#request.target.port);
      if (!("problem" in dialled)) return this.#carry(intended, address, dialled.socket, bytes);
      await this.#complete(intended, { ended: dialled.problem, status: 200, dialled: address });
      if (this.#request.socket.destroyed) return this.#over("caller-left");
      if (at === addresses.length - 1) return this.#over(dialled.problem);
    }
  }

  async #carry(intended: Intended, address: Address, upstream: Socket, bytes: Buffer): Promise<void> {
    const { socket } = this.#request;
    // The side that is done first says so, and the other goes on.
    upstream.allowHalfOpen = true;
    const pipe = pipeBoth(socket, upstream, bytes, this.#options.pipe);
    const { ended, bytesOut, bytesIn } = await this.#untilStopped(pipe.done, pipe.stop);
    await this.#complete(intended, { ended, status: 200, dialled: address, bytesOut, bytesIn });
    this.#host.ended(this.#request, { ended, bytesOut, bytesIn });
  }

  // ── An interception ─────────────────────────────────────────────────────────────────────────────────────────────────

  async #intercept(decision: Decision, bytes: Buffer, protocols: readonly string[]): Promise<void> {
    const { interceptor = null, handshakeTimeoutMs, pipe } = this.#options;
    const { target, caller, exchange, socket } = this.#request;
    if (interceptor === null || !interceptor.speaksFor(target)) return this.#cut(decision, "not-interceptable");
    if (protocols.length > 0 && !protocols.includes("http/1.1")) return this.#cut(decision, "no-http-1");
    const met: Met = { name: "route", found: { tls: "intercept", authority: interceptor.id } };
    this.#facts = { ...this.#facts, visibility: "intercepted", met: [met] };
    const within = { timeoutMs: handshakeTimeoutMs, idleMs: pipe?.idleMs };
    const made = await interceptor.accept(socket, bytes, { host: target.host, ...within });
    if ("problem" in made) return this.#cut(deniedAfter(decision, made.problem, made.detail), null);
    const intended = await this.#intend(decision, this.#factsAt(this.#facts.addresses?.[0]));
    if (intended === null) return;
    let ended: PipeEnd = "closed";
    const end = (how: PipeEnd): void => {
      ended = how;
      made.stream.destroy();
    };
    const total = setTimeout(() => end("too-long"), pipe?.totalMs ?? TUNNEL_TOTAL_MS);
    await this.#untilStopped(this.#host.serve(made.stream, { target, caller, exchange }), () => end("shutdown"));
    clearTimeout(total);
    const { bytesRead: bytesOut, bytesWritten: bytesIn } = made.stream;
    await this.#complete(intended, { ended, status: 200, bytesOut, bytesIn });
    this.#host.ended(this.#request, { ended, bytesOut, bytesIn });
  }

  // ── Recording ───────────────────────────────────────────────────────────────────────────────────────────────────────

  async #intend(decision: Decision, facts: Facts): Promise<Intended | null> {
    try {
      return { record: await recorded((done) => this.#host.gate.intent(decision, facts, done)), at: this.#now() };
    } catch {
      await this.#over("ledger-down");
      return null;
    }
  }

  async #complete({ record, at }: Intended, outcome: Omit<Outcome, "durationMs">): Promise<void> {
    const timed = { ...outcome, durationMs: Math.round(this.#now() - at) };
    try {
      await recorded((done) => this.#host.gate.complete(record, timed, done));
    } catch {
      // The intent stands without a completion, which is reported when the ledger is opened again.
    }
  }

  /** It ends without a byte having been carried. */
  async #over(ended: string): Promise<void> {
    this.#host.ended(this.#request, { ended, bytesOut: 0, bytesIn: 0 });
    await this.#lastWords(alertOf(ended));
  }

  async #untilStopped<T>(done: Promise<T>, stop: () => void): Promise<T> {
    const { stop: signal } = this.#host;
    signal.addEventListener("abort", stop, { once: true });
    if (signal.aborted) stop();
    try {
      return await done;
    } finally {
      signal.removeEventListener("abort", stop);
    }
  }
}

const limitsOf = ({ obligations }: Decision): string =>
  JSON.stringify(obligations.filter(({ name }) => name === "rate_limit").map(({ args }) => args));
const NO_LIMITS = "[]";

interface Intended {
  readonly record: RecordId;
  readonly at: number;
}

const INTERNAL_ERROR = 80;
const ACCESS_DENIED = 49;
const OF_THE_CAGE = new Set(["ledger-down", "unreachable", "dial-timeout", "moved", "caller-left"]);

const alertOf = (word: string): number | null =>
  word in TUNNEL_PROBLEMS
    ? TUNNEL_PROBLEMS[word as TunnelWord][1]
    : OF_THE_CAGE.has(word)
      ? INTERNAL_ERROR
      : ACCESS_DENIED;
