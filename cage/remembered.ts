// What the cage remembers over a restart, because forgetting it would let something through: nonces that were spent, rates that were used up,
// counters of credentials. It lies beside the records in the ledger's store, and is written in the batch of the intent that it belongs
// to: what let a request out has its nonce on record as surely as its intent, and no write is added to the disk's. What is not kept
// (requests that wait for a person, approvals) denies when it is lost.
import { createHash } from "node:crypto";
import { utf8 } from "../core/index.ts";
import { numberKey, type Write } from "../ledger/storage.ts";
import { NONCES_FORGOTTEN_EVERY } from "./limits.ts";
import { type KeptLevel, type LevelChange, RateLimits } from "./obligations/rate-limits.ts";
import type { Met } from "./point.ts";
import type { CageLedger } from "./records/ledger.ts";
import { MemoryNonces, type UsedNonce } from "./signature/index.ts";

/** Below these names:
 *  - nonces    until (16 digits) / hash of key and nonce  →  key, line feed, nonce
 *  - rates     hash of the limit / hash of the key, or `lid`  →  [limit, count, period, burst, parts, at]
 *  - counters  id of the credential  →  the counter */
const NONCES = "cage-nonces";
const RATES = "cage-rates";
const COUNTERS = "cage-counters";
/** Notes of the ledger. */
const META = { memory: "nonces", swept: "nonces-swept" } as const;
const LID = "lid";

export interface RememberedOptions {
  /** Milliseconds since 1970, of a clock that does not go back. */
  readonly now: () => number;
  /** Different after each start of the machine; null: not known. */
  readonly boot: string | null;
  /** Records are on the disk when they are acknowledged. */
  readonly durable: boolean;
  /** The operator has set the clock back: what was forgotten by the old one counts from here on. */
  readonly clockAccepted?: boolean;
}

/** How the memory was begun: by which start of the machine, and from which second on it is whole. */
interface Begun {
  readonly boot: string | null;
  readonly durable: boolean;
  readonly since: number;
}

export class Remembered {
  readonly nonces: MemoryNonces;
  readonly rates = new RateLimits({ kept: true });
  readonly counters: ReadonlyMap<string, number>;
  readonly #ledger: CageLedger;
  readonly #now: () => number;
  /** Hashes of limits: few, and each is written again and again. */
  readonly #limits = new Map<string, string>();
  #sinceForgetting = 0;

  /** Rejects with LedgerError. */
  static async open(ledger: CageLedger, options: RememberedOptions): Promise<Remembered> {
    const second = Math.floor(options.now() / 1_000);
    const before = begunOf(ledger.meta(META.memory));
    // The operating system may have lost the last records when the machine ended, and the nonces with them.
    const whole = before !== null && (before.durable || (before.boot !== null && before.boot === options.boot));
    const { boot, durable, clockAccepted = false } = options;
    const begun: Begun = { boot, durable, since: whole && !clockAccepted ? before.since : second };
    const swept = clockAccepted ? 0 : Number(ledger.meta(META.swept) ?? 0);
    await ledger.keep([], { [META.memory]: JSON.stringify(begun), [META.swept]: String(swept) });
    return new Remembered(ledger, options.now, begun.since, swept);
  }

  private constructor(ledger: CageLedger, now: () => number, since: number, swept: number) {
    this.#ledger = ledger;
    this.#now = now;
    this.nonces = new MemoryNonces({ since, swept, used: usedNonces(ledger) });
    for (const level of levels(ledger)) this.rates.restore(level, now());
    this.counters = new Map([...ledger.kept(COUNTERS)].map(({ key, text }) => [key, Number(text)]));
  }

  /** What goes into the batch of an intent: of what its gates have found. */
  readonly withIntent = (met: readonly Met[]): readonly Write[] => {
    const writes: Write[] = [];
    for (const { name, found } of met) {
      if (name === "require_signature" && found["until"] !== undefined) writes.push(...this.#nonce(found));
      if (name === "rate_limit") for (const change of this.rates.changes()) writes.push(this.#level(change));
    }
    return writes;
  };

  /** Resolves when it is written. */
  counter = (credential: string, count: number): Promise<void> =>
    this.#ledger.keep([{ namespace: COUNTERS, key: credential, value: utf8(String(count)) }]);

  #level({ limit, rate, key, parts, at }: LevelChange): Write {
    const of = this.#limits.get(limit) ?? hash(limit);
    this.#limits.set(limit, of);
    const name = `${of}/${key ?? LID}`;
    if (parts === undefined || at === undefined) return { namespace: RATES, key: name, value: null };
    const value: KeptValue = [limit, rate.count, rate.periodMs, rate.burst, parts, at];
    return { namespace: RATES, key: name, value: utf8(JSON.stringify(value)) };
  }

  #nonce(found: Met["found"]): Write[] {
    const value = `${String(found["key"])}\n${String(found["nonce"])}`;
    const key = `${numberKey(Number(found["until"]))}/${hash(value)}`;
    const writes: Write[] = [{ namespace: NONCES, key, value: utf8(value) }];
    if (++this.#sinceForgetting >= NONCES_FORGOTTEN_EVERY) writes.push(...this.#forget());
    return writes;
  }

  /** Twice as many as are remembered meanwhile, so expired ones do not pile up. */
  #forget(): Write[] {
    this.#sinceForgetting = 0;
    const second = Math.floor(this.#now() / 1_000);
    const most = 2 * NONCES_FORGOTTEN_EVERY;
    const expired = [...this.#ledger.kept(NONCES, { until: numberKey(second), most })];
    const last = expired.at(-1);
    if (last === undefined) return [];
    // From here on a signature that could have expired below it is refused, whatever the clock says later.
    const swept = expired.length < most ? second : Number(last.key.slice(0, 16)) + 1;
    return [
      ...expired.map(({ key }) => ({ namespace: NONCES, key, value: null })),
      this.#ledger.metaWrite(META.swept, String(swept)),
    ];
  }
}

function begunOf(text: string | null): Begun | null {
  return text === null ? null : (JSON.parse(text) as Begun);
}

function* usedNonces(ledger: CageLedger): Generator<UsedNonce, void, undefined> {
  for (const { key, text } of ledger.kept(NONCES)) {
    const end = text.indexOf("\n");
    yield { keyId: text.slice(0, end), nonce: text.slice(end + 1), until: Number(key.slice(0, 16)) };
  }
}

type KeptValue = readonly [limit: string, count: number, periodMs: number, burst: number, parts: number, at: number];

function* levels(ledger: CageLedger): Generator<KeptLevel, void, undefined> {
  for (const { key, text } of ledger.kept(RATES)) {
    const [limit, count, periodMs, burst, parts, at] = JSON.parse(text) as KeptValue;
    const name = key.slice(key.indexOf("/") + 1);
    yield { limit, rate: { count, periodMs, burst }, key: name === LID ? null : name, parts, at };
  }
}

const hash = (text: string): string => createHash("sha256").update(text).digest("hex").slice(0, 32);
