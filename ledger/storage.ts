// What the log needs of a store: one atomic, durable batch, and reading back. Keys are texts of a namespace; values are bytes.
// The store keeps the content hash of every value and checks it on every read, because the engines below do not.
import { utf8Length } from "../core/index.ts";
import { LedgerError } from "./errors.ts";
import { KEY_BYTES_MAX, VALUE_BYTES_MAX } from "./limits.ts";

/** Namespaces of the ledger itself; a court adds its own. */
export const NAMESPACE = { meta: "meta", entries: "entries", tiles: "tiles" } as const;

export interface Write {
  readonly namespace: string;
  readonly key: string;
  /** `null` removes the key. */
  readonly value: Uint8Array | null;
  /** It follows from other writes, so a journal need not hold it: tiles. */
  readonly derived?: boolean;
}

export interface Storage {
  /** All writes or none. Resolves after they are on disk. Rejects with LedgerError: no-space (nothing was written) or
   *  flush-failed (the process must end). */
  write(batch: readonly Write[]): Promise<void>;
  /** The same with writes that are packed already (pack.ts), and within their bounds: they come first. */
  writePacked?(packed: Uint8Array, batch: readonly Write[]): Promise<void>;
  /** Whether `writeNow` would do the work of `write`: the store needs not be waited for. Without it, it always is. */
  writesNow?(): boolean;
  /** The same before it returns. Throws as `write` rejects. */
  writeNow?(batch: readonly Write[]): void;
  /** The value, or undefined. Throws LedgerError `ledger/corrupt` when its hash does not fit. */
  get(namespace: string, key: string): Uint8Array | undefined;
  /** What is read from now on is what is in the store now, also when another process wrote it in this turn of the event loop. */
  refresh?(): void;
  /** Keys and values of a namespace from `from` (included), ascending by key bytes, at most `most`. */
  range(
    namespace: string,
    options: { readonly from?: string; readonly until?: string; readonly most: number; readonly reverse?: boolean },
  ): { readonly key: string; readonly value: Uint8Array }[];
  /** Why nothing can be written now, or null. */
  readOnlyReason(): string | null;
  close(): Promise<void>;
}

/** Throws LedgerError `ledger/value-too-large` for a key or a value beyond its bound. */
export function refuseLargeWrite({ namespace, key, value }: Write): void {
  // A unit has at most three bytes: most keys are short enough without being looked at.
  if (3 * (namespace.length + key.length) + 1 > KEY_BYTES_MAX) {
    const keyBytes = utf8Length(namespace) + 1 + utf8Length(key);
    if (keyBytes > KEY_BYTES_MAX)
      throw new LedgerError(
        "ledger/value-too-large",
        `a key below \`${namespace}\` has ${keyBytes} bytes, at most ${KEY_BYTES_MAX} are allowed`,
      );
  }
  if (value !== null && value.length > VALUE_BYTES_MAX)
    throw new LedgerError(
      "ledger/value-too-large",
      `the value of \`${namespace} ${key}\` has ${value.length} bytes, at most ${VALUE_BYTES_MAX} are allowed`,
    );
}

/** Keys that sort as their numbers do: 16 digits. */
export const numberKey = (value: number): string => String(value).padStart(16, "0");
export const tileKey = (level: number, index: number): string =>
  `${String(level).padStart(2, "0")}/${numberKey(index)}`;
