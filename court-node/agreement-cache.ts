// Agreements kept decoded: record, state and module. A memory only: an entry counts when the record it was made from is, byte
// for byte, the one that is stored, so a batch that was thrown away leaves nothing wrong behind.
import { equalBytes, fromHex, hex } from "../core/index.ts";
import { LedgerError } from "../ledger/index.ts";
import { decodeValue } from "../vm/index.ts";
import { AGREEMENTS_CACHED_BYTES_MAX, AGREEMENTS_CACHED_MAX } from "./limits.ts";
import type { LoadedModule } from "./modules.ts";
import { stateRoot } from "./protocol/receipt.ts";
import { Recent } from "./recent.ts";
import { type Agreement, decodeAgreement } from "./records.ts";
import type { State } from "./step.ts";

export interface OpenAgreement {
  /** Id, 32 bytes. */
  readonly id: Uint8Array;
  readonly agreement: Agreement;
  readonly state: State;
  readonly module: LoadedModule;
}
interface Entry {
  readonly record: Uint8Array;
  readonly opened: OpenAgreement;
}

export class AgreementCache {
  readonly #entries = new Recent<Entry>({
    entries: AGREEMENTS_CACHED_MAX,
    bytes: AGREEMENTS_CACHED_BYTES_MAX,
    bytesOf: ({ record }) => record.length,
  });

  /** The agreement of a stored record; undefined when its module cannot be run. `module` gives a module by its id in hex. */
  open(id: string, record: Uint8Array, module: (id: string) => LoadedModule | undefined): OpenAgreement | undefined {
    const known = this.#entries.get(id);
    if (known !== undefined && equalBytes(known.record, record)) return known.opened;
    const agreement = decodeAgreement(record);
    const loaded = module(hex(agreement.module));
    const idBytes = fromHex(id);
    if (loaded === undefined || idBytes === undefined) return undefined;
    const state = readState(agreement.state);
    if (state === undefined || !equalBytes(state.root, agreement.root))
      throw new LedgerError(
        "ledger/corrupt",
        `the stored state of agreement ${id} is not the one its last receipt names`,
      );
    const opened = { id: idBytes, agreement, state, module: loaded };
    this.put(id, record, opened);
    return opened;
  }

  put(id: string, record: Uint8Array, opened: OpenAgreement): void {
    this.#entries.set(id, { record, opened });
  }
}

/** A state from its stored bytes, or undefined when they are none. */
export function readState(bytes: Uint8Array): State | undefined {
  const decoded = decodeValue(bytes);
  if ("problem" in decoded) return undefined;
  const encoded = stateRoot(decoded.value);
  return encoded === undefined ? undefined : { value: decoded.value, ...encoded };
}
