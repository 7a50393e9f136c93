// Lines of decision logs, one after the other: each holds the hash of the one before it, over the ends of files too.
import type { Sha256 } from "../ledger/merkle.ts";
import { logBroken, logMalformed } from "./codes.ts";
import { PolicyError } from "./errors.ts";
import { type Line, lineHash, NO_LINE, readLine } from "./record.ts";

/** A line of a chain, and what the next one has to hold. */
export interface Head {
  readonly seq: number;
  readonly hash: string;
}

export const headText = ({ seq, hash }: Head): string => `${seq}:${hash}`;
export function readHead(text: string): Head | null {
  const parts = /^(0|[1-9][0-9]{0,15}):([0-9a-f]{64})$/.exec(text);
  return parts === null ? null : { seq: Number(parts[1]), hash: parts[2] as string };
}

export class Chain {
  readonly #sha256: Sha256;
  #head: Head | null = null;
  #starts: { readonly seq: number; readonly prev: string } | null = null;

  constructor(sha256: Sha256, after: Head | null = null) {
    this.#sha256 = sha256;
    this.#head = after;
  }

  /** The last line. */
  get head(): Head | null {
    return this.#head;
  }
  /** Where the chain begins; after a beginning that is not here, `seq` is not 0. */
  get starts(): { readonly seq: number; readonly prev: string } | null {
    return this.#starts;
  }

  /** Takes the next line. `number`: in its file, from 1; the first has to be a `log` line. Throws PolicyError when it does not follow. */
  next(text: string, number: number): Line {
    const read = readLine(text);
    if ("reason" in read) throw new PolicyError(logMalformed({ line: number, reason: read.reason }));
    const { line } = read;
    const broken = (reason: string): PolicyError => new PolicyError(logBroken({ line: number, reason }));
    if (number === 1 && line.kind !== "log") throw broken("a log begins with a line of kind `log`");
    if (this.#head === null) {
      if ((line.seq === 0) !== (line.prev === NO_LINE)) throw broken("its `seq` and `prev` do not fit each other");
      this.#starts = { seq: line.seq, prev: line.prev };
    } else {
      if (line.seq !== this.#head.seq + 1) throw broken(`its \`seq\` is ${line.seq}, not ${this.#head.seq + 1}`);
      if (line.prev !== this.#head.hash) throw broken("its `prev` is not the hash of the line before it");
    }
    this.#head = { seq: line.seq, hash: lineHash(text, this.#sha256) };
    return line;
  }
}
