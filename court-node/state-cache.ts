// Decoded states kept at hand. A memory only: an entry counts when its root is the one that is stored, so a batch that was
// thrown away leaves nothing wrong behind.
import { equalBytes } from "../core/index.ts";
import { LedgerError } from "../ledger/index.ts";
import { decodeValue } from "../vm/index.ts";
import { STATES_CACHED_BYTES_MAX, STATES_CACHED_MAX } from "./limits.ts";
import { stateRoot } from "./protocol/receipt.ts";
import type { State } from "./step.ts";

export class StateCache {
  readonly #states = new Map<string, State>();
  #bytes = 0;

  /** The state of an agreement with this root; `stored` gives its bytes when it is not at hand. */
  get(id: string, root: Uint8Array, stored: Uint8Array): State {
    const known = this.#states.get(id);
    if (known !== undefined && equalBytes(known.root, root)) return known;
    const state = readState(stored);
    if (state === undefined || !equalBytes(state.root, root))
      throw new LedgerError(
        "ledger/corrupt",
        `the stored state of agreement ${id} is not the one its last receipt names`,
      );
    this.put(id, state);
    return state;
  }

  put(id: string, state: State): void {
    this.#forget(id);
    this.#states.set(id, state);
    this.#bytes += state.bytes.length;
    for (const oldest of this.#states.keys()) {
      if (this.#states.size <= STATES_CACHED_MAX && this.#bytes <= STATES_CACHED_BYTES_MAX) break;
      this.#forget(oldest);
    }
  }

  #forget(id: string): void {
    this.#bytes -= this.#states.get(id)?.bytes.length ?? 0;
    this.#states.delete(id);
  }
}

/** A state from its stored bytes, or undefined when they are none. */
export function readState(bytes: Uint8Array): State | undefined {
  const decoded = decodeValue(bytes);
  if ("problem" in decoded) return undefined;
  const encoded = stateRoot(decoded.value);
  return encoded === undefined ? undefined : { value: decoded.value, ...encoded };
}
