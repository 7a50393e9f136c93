// A log asks its witnesses to cosign its checkpoint: each in its own time, beside everything else. What a witness does wrong is a word with its name,
// and nothing more: the log goes on without it. Source: c2sp.org/tlog-witness.
import { hex } from "../core/index.ts";
import { type Cosigned, parseCosignerKey, verifyCosignatures, withLines } from "./cosignature.ts";
import { printGrowth } from "./growth.ts";
import { WITNESS_ANSWER_BYTES_MAX, WITNESS_DETAIL_MAX, WITNESS_WAIT_MS } from "./limits.ts";
import type { Log } from "./log.ts";
import { nativeVerifyEd25519 } from "./native.ts";
import { parseNote, type VerifierKey } from "./note.ts";

export interface WitnessAt {
  /** The submission prefix. */
  readonly url: string;
  readonly key: VerifierKey;
}

/** `URL+KEY`. The key has a plus of its own, and so may have its end: the URL has none. */
export function parseWitnessAt(text: string): WitnessAt | undefined {
  const split = text.indexOf("+");
  const url = text.slice(0, Math.max(0, split));
  const key = parseCosignerKey(text.slice(split + 1));
  return key === undefined || !/^https?:\/\//.test(url) || !URL.canParse(url) ? undefined : { url, key };
}

/** One key under two names would count as two. */
export const isTwice = (all: readonly WitnessAt[]): boolean =>
  new Set(all.map(({ key }) => hex(key.publicKey))).size < all.length;

/** What can be wrong with a witness, and what to do. Words are added, not changed. */
export const WITNESS_WORDS = {
  down: ["nothing answers at its place", "see whether it runs, and whether this machine may reach it"],
  slow: ["it did not answer in time", "see whether it runs"],
  "unknown-log": ["it does not know this log", "give its operator the verifier key of the log"],
  "unknown-key": ["it knows the log by another key", "give its operator the verifier key of the log"],
  ahead: [
    "it has cosigned more entries than the log has",
    "the ledger is an old copy, or the witness lies: compare with a checkpoint that somebody kept",
  ],
  refused: [
    "it has cosigned another history of this log",
    "compare its checkpoint (GET /{hash of the origin}/checkpoint) with the ledger: `writ ledger verify --checkpoint`",
  ],
  "bad-cosignature": [
    "what it answered is no cosignature of this checkpoint by its key",
    "check the key that was named",
  ],
  malformed: ["it does not answer as a witness does", "check its URL"],
} as const satisfies Readonly<Record<string, readonly [meaning: string, help: string]>>;
export type WitnessWord = keyof typeof WITNESS_WORDS;

/** How it stands with one witness. */
export interface WitnessStanding {
  readonly name: string;
  /** Entries that it has cosigned, and when, in milliseconds since 1970 by our clock; null: never. */
  readonly size: number;
  readonly at: number | null;
  /** What was wrong the last time; null: nothing. */
  readonly word: WitnessWord | null;
  readonly failures: Readonly<Partial<Record<WitnessWord, number>>>;
}

/** What one round has come to. */
export interface Round {
  readonly size: number;
  /** With the cosignatures. */
  readonly note: string;
  readonly by: readonly Cosigned[];
}

export interface WitnessesOptions {
  readonly log: Pick<Log, "note" | "checkpoint" | "consistency">;
  readonly witnesses: readonly WitnessAt[];
  /** Notes with cosignatures of rounds before. */
  readonly before?: readonly string[];
  /** Keeps a round that somebody has cosigned. */
  readonly keep: (round: Round) => Promise<void>;
  /** Milliseconds since 1970. */
  readonly now: () => number;
  /** Milliseconds for which an answer is waited. */
  readonly waitMs?: number;
  /** Told when the word of a witness changes. */
  readonly changed?: (name: string, word: WitnessWord | null, detail: string) => void;
}

type Mutable<T> = { -readonly [K in keyof T]: T[K] };
interface Of {
  readonly at: WitnessAt;
  readonly state: Mutable<WitnessStanding> & { failures: Partial<Record<WitnessWord, number>> };
}

class Wrong extends Error {
  readonly word: WitnessWord;
  constructor(word: WitnessWord, detail: string) {
    super(detail);
    this.word = word;
  }
}

export class Witnesses {
  readonly #options: WitnessesOptions;
  readonly #all: readonly Of[];
  readonly #stop = new AbortController();
  #timer: NodeJS.Timeout | null = null;
  #round: Promise<void> | null = null;

  constructor(options: WitnessesOptions) {
    this.#options = options;
    this.#all = options.witnesses.map((at) => ({
      at,
      state: { name: at.key.name, size: sizeOf(options.before ?? [], at.key), at: null, word: null, failures: {} },
    }));
  }

  get states(): readonly WitnessStanding[] {
    return this.#all.map(({ state }) => ({ ...state, failures: { ...state.failures } }));
  }

  /** Asks now, and again after so many milliseconds, until it is closed. */
  every(ms: number): void {
    void this.round();
    this.#timer = setInterval(() => void this.round(), ms);
    this.#timer.unref();
  }

  /** Asks all of them once. One round at a time; never rejects. */
  round(): Promise<void> {
    this.#round ??= this.#ask().finally(() => {
      this.#round = null;
    });
    return this.#round;
  }

  async close(): Promise<void> {
    if (this.#timer !== null) clearInterval(this.#timer);
    this.#stop.abort();
    await this.#round;
  }

  async #ask(): Promise<void> {
    const { log, keep } = this.#options;
    const { note, checkpoint } = log;
    const { size } = checkpoint;
    if (size === 0) return;
    const lines = await Promise.all(this.#all.map((each) => this.#one(each, note, size)));
    const cosigned = withLines(
      note,
      lines.filter((line) => line !== null),
    );
    const parsed = parseNote(cosigned);
    if ("reason" in parsed || this.#stop.signal.aborted) return;
    const verdict = verifyCosignatures(
      parsed,
      this.#all.map(({ at }) => at.key),
      nativeVerifyEd25519,
    );
    // What cannot be kept now is asked for again.
    if (verdict.ok && verdict.by.length > 0)
      await keep({ size, note: cosigned, by: verdict.by }).catch(() => undefined);
  }

  async #one({ at, state }: Of, note: string, size: number): Promise<string | null> {
    const { now, changed } = this.#options;
    let word: WitnessWord | null = null;
    let detail = "";
    let line: string | null = null;
    try {
      line = await this.#cosignature(at, state, note, size);
      state.size = size;
      state.at = now();
    } catch (error) {
      if (this.#stop.signal.aborted) return null;
      word = error instanceof Wrong ? error.word : isSlow(error) ? "slow" : "down";
      detail = error instanceof Error ? error.message : String(error);
      state.failures[word] = (state.failures[word] ?? 0) + 1;
    }
    const other = state.word !== word;
    state.word = word;
    if (other) changed?.(state.name, word, detail.slice(0, WITNESS_DETAIL_MAX));
    return line;
  }

  async #cosignature(at: WitnessAt, state: Of["state"], note: string, size: number): Promise<string> {
    // An answer may be of a log that was put back from a copy.
    let older = Math.min(state.size, size);
    for (let tries = 0; tries < 2; tries++) {
      const answer = await this.#post(at.url, note, older, size);
      if (answer.status === 200) return cosignatureIn(answer.body, note, at.key);
      if (answer.status !== 409) throw wrongOf(answer);
      const known = /^(0|[1-9]\d{0,15})\n$/.test(answer.body) ? Number(answer.body) : -1;
      if (known < 0 || known === older) throw new Wrong("malformed", "409 without a size that is another one");
      if (known > size) throw new Wrong("ahead", `it knows ${known} entries, the log has ${size}`);
      older = known;
    }
    throw new Wrong("malformed", "409 again and again");
  }

  async #post(
    url: string,
    note: string,
    older: number,
    size: number,
  ): Promise<{ readonly status: number; readonly body: string }> {
    const path = this.#options.log.consistency(older, size);
    const response = await fetch(`${url.replace(/\/$/, "")}/add-checkpoint`, {
      method: "POST",
      body: printGrowth({ older, path, checkpoint: note }),
      headers: { "content-type": "text/plain; charset=utf-8" },
      redirect: "manual",
      signal: AbortSignal.any([this.#stop.signal, AbortSignal.timeout(this.#options.waitMs ?? WITNESS_WAIT_MS)]),
    });
    return { status: response.status, body: await textOf(response) };
  }
}

async function textOf(response: Response): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  for await (const part of response.body ?? []) {
    size += (part as Uint8Array).length;
    if (size > WITNESS_ANSWER_BYTES_MAX) throw new Wrong("malformed", "its answer is too long");
    parts.push(part as Uint8Array);
  }
  return Buffer.concat(parts).toString("utf8");
}

function wrongOf({ status, body }: { readonly status: number; readonly body: string }): Wrong {
  const said = `${status} ${body.split("\n")[0]}`;
  if (status === 404) return new Wrong("unknown-log", said);
  if (status === 403) return new Wrong("unknown-key", said);
  if (status === 422) return new Wrong("refused", said);
  return new Wrong(status >= 500 ? "down" : "malformed", said);
}

/** The line of this key. */
function cosignatureIn(body: string, note: string, key: VerifierKey): string {
  for (const line of body.split("\n")) {
    if (!line.startsWith(`\u2014 ${key.name} `)) continue;
    const parsed = parseNote(`${note}${line}\n`);
    const verdict = "reason" in parsed ? null : verifyCosignatures(parsed, [key], nativeVerifyEd25519);
    // Another kind of signature under the same name is passed over.
    if (verdict?.ok === true && verdict.by.length > 0) return `${line}\n`;
  }
  throw new Wrong("bad-cosignature", "no line of its answer is one");
}

/** Entries that a witness has cosigned, by the notes that were kept. */
function sizeOf(notes: readonly string[], key: VerifierKey): number {
  let size = 0;
  for (const note of notes) {
    const parsed = parseNote(note);
    if ("reason" in parsed) continue;
    const verdict = verifyCosignatures(parsed, [key], nativeVerifyEd25519);
    if (verdict.ok && verdict.by.length > 0) size = Math.max(size, Number(parsed.text.split("\n")[1]));
  }
  return size;
}

const isSlow = (error: unknown): boolean => error instanceof Error && error.name === "TimeoutError";
