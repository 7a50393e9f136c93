// The gate: the policy in use, the obligations this cage can meet, and the ledger. The proxy asks it and knows nothing of the three.
// Whatever fails in here is a denial: nothing goes out that was not decided and written down.
import { CanonicalError } from "../core/index.ts";
import { LedgerError } from "../ledger/errors.ts";
import type { Write } from "../ledger/storage.ts";
import { acceptBundle, type BundleName } from "../policy/bundle.ts";
import { secretsOf } from "../policy/mask.ts";
import type { LoadedFrom } from "../policy/running.ts";
import type { Store } from "../policy/store.ts";
import { type Admitted, admit } from "./decide/admit.ts";
import { decide, denial } from "./decide/decide.ts";
import { mayAllow } from "./decide/hope.ts";
import { inputOf, isUnsayable } from "./decide/input.ts";
import { obligationKey } from "./decide/obliged.ts";
import type { GateReason } from "./decide/reasons.ts";
import { LEDGER_RETRY_MS, OPEN_EXCHANGES_MAX, POLICIES_KEPT_MAX, RECORD_DETAIL_MAX } from "./limits.ts";
import type {
  Decision,
  Facts,
  Gate,
  Met,
  NoteKind,
  Obligation,
  ObligationKinds,
  Outcome,
  PlainRecord,
  Point,
  Recorded,
  RecordId,
} from "./point.ts";
import { recorded } from "./recorded.ts";
import { encodeRecord } from "./records/encode.ts";
import { completionEntry, cutText, intentEntry, isFull } from "./records/keep.ts";
import type { Appending, CageLedger } from "./records/ledger.ts";
import { joinMasks, type Masks, masksOf, withRedactions } from "./records/mask.ts";

export interface GateOptions {
  readonly ledger: CageLedger;
  /** Where modules and documents are kept by their ids, so that records can be decided again. */
  readonly store: Pick<Store, "keep">;
  readonly kinds: ObligationKinds;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** What else belongs into the batch of an intent: of what its gates have found. */
  readonly withIntent?: (met: readonly Met[]) => readonly Write[];
  /** Why nothing can be judged now, as the clock is not to be believed; null: it is. */
  readonly clockBehind?: () => string | null;
  /** Why nothing may go out now, as too few witnesses have cosigned the log for too long; null: they have, or nobody asks for it. */
  readonly unwitnessed?: () => string | null;
  /** Counters for the policy to see. */
  readonly rate?: (facts: Facts) => Readonly<Record<string, number>> | undefined;
  /** The ledger must not be written any more: the process has to end. */
  readonly onFatal?: (error: LedgerError) => void;
}

interface InUse {
  readonly admitted: Admitted;
  readonly bundle: BundleName | null;
  readonly masks: Masks;
}

/** What the records of one exchange have in common. */
interface Exchange {
  readonly id: string;
  readonly masks: Masks;
  readonly full: boolean;
  /** Given with the intent, and the same by their keys once that is asked for. */
  readonly obligations: readonly Obligation[];
  given: ReadonlySet<string> | null;
}

/** Keys of what the ledger remembers beside records. */
const META = { policy: "policy", bundle: "bundle", certificates: "certificates" } as const;

export class CageGate implements Gate {
  readonly #options: GateOptions;
  #used: InUse;
  /** By the index of the intent, and by the id of the exchange: its last intent. */
  readonly #open = new Map<number, Exchange>();
  readonly #byId = new Map<string, Exchange>();
  /** Of every policy that was in use and whose decisions may still come to be recorded, by module. */
  readonly #masks = new Map<string, Masks>();
  /** Why no record can be written, and when that was last tried; null while it can. */
  #down: { readonly error: LedgerError; tried: number } | null = null;
  #reloading: Promise<void> = Promise.resolve();

  /** Throws CageError or PolicyError for a policy that may not stand here, LedgerError when it cannot be written down. Exchanges that a
   *  cage before left under way are closed as `lost`. */
  static async start(options: GateOptions, loaded: LoadedFrom): Promise<CageGate> {
    const { ledger } = options;
    const used = await take(options, loaded);
    const gate = new CageGate(options, used);
    for (const { index } of ledger.lost)
      await ledger.append(completionEntry(index, LOST, { masks: used.masks, full: false, at: options.now() }), {
        closes: index,
      });
    return gate;
  }

  private constructor(options: GateOptions, used: InUse) {
    this.#options = options;
    this.#used = used;
    this.#remember(used);
  }

  #remember({ admitted, masks }: InUse): void {
    const { moduleId } = admitted.policy;
    this.#masks.delete(moduleId);
    this.#masks.set(moduleId, masks);
    for (const oldest of this.#masks.keys()) {
      if (this.#masks.size <= POLICIES_KEPT_MAX) break;
      this.#masks.delete(oldest);
    }
  }

  /** What the policies that decided call secret, and that of the policy in use. */
  #masksFor(decided: readonly Decision[]): Masks {
    const { masks } = this.#used;
    const { module: current } = this;
    if (decided.length === 1 && decided[0]!.module === current) return masks;
    if (decided.every(({ module }) => module === current)) return masks;
    return joinMasks([masks, ...decided.flatMap(({ module }) => this.#masks.get(module) ?? [])]);
  }

  /** Id of the module in use, in hex. */
  get module(): string {
    return this.#used.admitted.policy.moduleId;
  }
  get policyName(): string {
    return this.#used.admitted.policy.name;
  }
  get bundle(): BundleName | null {
    return this.#used.bundle;
  }
  /** Why every request is denied now, or null. */
  get down(): LedgerError | null {
    return this.#down?.error ?? null;
  }
  /** Exchanges whose intent is written and whose completion is not. */
  get underWay(): number {
    return this.#options.ledger.underWay;
  }

  /** Another policy takes the place of this one, between two questions. When it may not, or cannot be written down, this throws and the
   *  policy in use stays. */
  reload(loaded: LoadedFrom): Promise<void> {
    const done = this.#reloading.then(async () => {
      this.#used = await take(this.#options, loaded);
      this.#remember(this.#used);
    });
    this.#reloading = done.catch(() => undefined);
    return done;
  }

  asks(point: Point): boolean {
    return this.#used.admitted.points.has(point);
  }

  mayAllow(point: "connect" | "request", facts: Facts): boolean {
    const { admitted } = this.#used;
    const { now, rate } = this.#options;
    try {
      const input = inputOf(point, facts, { now: now(), rate: rate?.(facts) });
      return isUnsayable(input) || mayAllow(input, admitted, UNKNOWN[point]);
    } catch {
      // Whoever asks on is told why.
      return true;
    }
  }

  ask(point: Point, facts: Facts): Decision {
    const { admitted } = this.#used;
    const { kinds, now, rate } = this.#options;
    try {
      const why = this.#whyDown();
      if (why !== null)
        return denial(point, { reason: "ledger-down", detail: why, module: this.module, data: admitted.data });
      const behind = this.#options.clockBehind?.() ?? null;
      if (behind !== null) return this.#denied(point, facts, "clock-back", behind);
      const unseen = this.#options.unwitnessed?.() ?? null;
      if (unseen !== null) return this.#denied(point, facts, "unwitnessed", unseen);
      const before = givenBefore(this.#byId.get(facts.exchange));
      return decide(point, facts, { admitted, kinds, added: { now: now(), rate: rate?.(facts) }, before });
    } catch (error) {
      const detail = error instanceof Error ? error.message : String(error);
      return denial(point, { reason: "gate-error", detail, module: this.module, data: admitted.data });
    }
  }

  /** What nobody judged is recorded with its facts, as far as they can be said. */
  #denied(point: Point, facts: Facts, reason: GateReason, detail: string): Decision {
    const { data } = this.#used.admitted;
    const input = inputOf(point, facts, { now: this.#options.now() });
    return denial(point, { reason, detail, module: this.module, data, ...(isUnsayable(input) ? {} : { input }) });
  }

  note(kind: NoteKind, body: PlainRecord): Promise<RecordId> {
    return recorded((done) => this.#append(() => encodeRecord({ kind, at: this.#options.now(), body }), NO_MORE, done));
  }

  intent(decided: Decision | readonly Decision[], facts: Facts, done: Recorded): void {
    try {
      this.#intend(decided, facts, done);
    } catch (error) {
      refused(error, done);
    }
  }

  #intend(decided: Decision | readonly Decision[], facts: Facts, done: Recorded): void {
    const all: readonly Decision[] = Array.isArray(decided) ? decided : [decided as Decision];
    const opens = all.length > 0 && all[all.length - 1]!.allowed;
    if (opens && this.#open.size >= OPEN_EXCHANGES_MAX)
      throw new LedgerError("ledger/busy", `${this.#open.size} exchanges are under way`);
    const masks = this.#masksFor(all);
    const full = isFull(all);
    const { met, exchange } = facts;
    const how: Appending = {
      opens,
      exchange,
      ...(met === undefined || this.#options.withIntent === undefined ? {} : { also: this.#options.withIntent(met) }),
    };
    this.#append(
      () => intentEntry(all, facts, { masks, full, at: this.#options.now() }),
      how,
      !opens
        ? done
        : (error, id) => {
            if (id !== null) {
              const obligations = all.length === 1 ? all[0]!.obligations : all.flatMap((each) => each.obligations);
              const opened: Exchange = { id: exchange, masks, full, obligations, given: null };
              this.#open.set(id.index, opened);
              this.#byId.set(exchange, opened);
            }
            done(error, id);
          },
    );
  }

  complete(intent: RecordId, outcome: Outcome, done: Recorded): void {
    const { index } = intent;
    const exchange = this.#open.get(index);
    if (exchange !== undefined) {
      this.#open.delete(index);
      if (this.#byId.get(exchange.id) === exchange) this.#byId.delete(exchange.id);
    }
    const { decisions = NONE } = outcome;
    const full = exchange?.full ?? false;
    // What is taken out of the answer by what was given with the intent is not in its record either.
    const given = exchange?.obligations ?? NO_OBLIGATIONS;
    const before = exchange?.masks ?? this.#used.masks;
    const own = given.length === 0 ? before : withRedactions(before, [{ obligations: given }]);
    const masks = decisions.length === 0 ? own : joinMasks([own, this.#masksFor(decisions)]);
    this.#append(
      () => completionEntry(index, outcome, { masks, full, at: this.#options.now() }),
      { closes: index, quiet: true },
      done,
    );
  }

  /** Certificates that take the place of those before, or the first ones: to be used once this is written down. */
  certificates(after: PlainRecord): Promise<RecordId> {
    const { ledger, now } = this.#options;
    const text = ledger.meta(META.certificates);
    const before = text === null ? null : (JSON.parse(text) as PlainRecord);
    const entry = (): Uint8Array => encodeRecord({ kind: "certificates", at: now(), body: { before, after } });
    const meta = { [META.certificates]: JSON.stringify(after) };
    return recorded((done) => this.#append(entry, { meta }, done));
  }

  #append(entry: () => Uint8Array, how: Appending, done: Recorded): void {
    let bytes: Uint8Array;
    try {
      bytes = entry();
    } catch (error) {
      return refused(
        error instanceof CanonicalError
          ? new LedgerError("ledger/entry-too-large", `a record cannot be written: ${error.message}`, error)
          : error,
        done,
      );
    }
    this.#options.ledger.add(bytes, how, (error, record) => {
      if (error instanceof LedgerError && !OF_ONE_CALLER.has(error.code)) this.#goDown(error);
      done(error, record);
    });
  }

  #goDown(error: LedgerError): void {
    const first = this.#down === null;
    this.#down = { error, tried: this.#options.now() };
    if (first && error.fatal) this.#options.onFatal?.(error);
  }

  /** Null when records can be written, as far as is known. One that could not is looked at again now and then. */
  #whyDown(): string | null {
    const down = this.#down;
    if (down === null) return null;
    const { ledger, now } = this.#options;
    const at = now();
    if (!down.error.fatal && Math.abs(at - down.tried) >= LEDGER_RETRY_MS) {
      down.tried = at;
      if (ledger.reasonNot() === null) {
        this.#down = null;
        return null;
      }
    }
    return cutText(down.error.message, RECORD_DETAIL_MAX);
  }
}

/** Not before the call has returned. */
function refused(error: unknown, done: Recorded): void {
  queueMicrotask(() => done(error as LedgerError, null));
}

function givenBefore(exchange: Exchange | undefined): ReadonlySet<string> | null {
  if (exchange === undefined || exchange.obligations.length === 0) return null;
  exchange.given ??= new Set(exchange.obligations.map(obligationKey));
  return exchange.given;
}

/** Before a name is resolved. */
const UNKNOWN = { connect: new Set(["dialled", "sni", "alpn"]), request: new Set(["dialled"]) } as const;

const NONE: readonly never[] = [];
const NO_OBLIGATIONS: readonly Obligation[] = NONE;
const NO_MORE: Appending = {};

/** Failures that say nothing of the next record. */
const OF_ONE_CALLER: ReadonlySet<string> = new Set(["ledger/entry-too-large", "ledger/value-too-large", "ledger/busy"]);

const LOST: Outcome = {
  ended: "lost",
  detail: "the cage ended before the exchange did: what reached the upstream is not known",
  status: null,
  durationMs: 0,
};

/** Looks at a policy, keeps what it is made of, and writes down that it is in use from here on. */
async function take({ ledger, store, kinds, now }: GateOptions, loaded: LoadedFrom): Promise<InUse> {
  const { policy, bundle, accept, signedBy = [] } = loaded;
  const admitted = admit(policy, kinds);
  if (bundle !== null) {
    const seen = readBundleName(ledger.meta(META.bundle));
    if (seen?.name === bundle.name) acceptBundle(bundle, seen);
  }
  store.keep(policy.parts);
  // Before it is written down: what was accepted and then not used can be accepted again, what was used must have been accepted.
  accept?.();
  const entry = encodeRecord({
    kind: "reload",
    at: now(),
    name: policy.name,
    before: ledger.meta(META.policy),
    after: policy.moduleId,
    data: admitted.data,
    bundle: bundle === null ? null : { version: bundle.version, id: bundle.id, signedBy },
  });
  await ledger.append(entry, {
    meta: {
      [META.policy]: policy.moduleId,
      ...(bundle === null ? {} : { [META.bundle]: JSON.stringify(bundle) }),
    },
  });
  return { admitted, bundle, masks: masksOf(secretsOf(policy.parts.module)) };
}

const readBundleName = (text: string | null): BundleName | null =>
  text === null ? null : (JSON.parse(text) as BundleName);
