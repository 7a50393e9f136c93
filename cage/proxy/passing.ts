// A body on its way through: its bytes are counted, and hashed as they come, so that a record names what nobody has held.
import type { Hash } from "node:crypto";
import { sha256, startHash } from "./content.ts";

export class Passing {
  bytes = 0;
  #hash: Hash | null = null;
  #digest: string | null = null;

  /** Parts may come: when none does, the digest is that of no bytes. */
  begin(): void {
    this.#hash = startHash();
  }

  part(part: Buffer): void {
    this.bytes += part.length;
    this.#hash ??= startHash();
    this.#hash.update(part);
  }

  /** The part that completes it: the only one is hashed at once, which costs less. */
  last(part: Buffer): void {
    this.bytes += part.length;
    if (this.#hash === null) this.#digest = sha256(part);
    else this.#hash.update(part);
  }

  /** All of it; `digest`: where it is known already. */
  whole(body: Buffer, digest: string | null): void {
    this.bytes = body.length;
    this.#digest = digest ?? sha256(body);
  }

  /** SHA-256 in hex of what came, asked once; undefined when it was not hashed. */
  digest(): string | undefined {
    const digest = this.#digest ?? this.#hash?.digest("hex");
    this.#hash = null;
    return digest;
  }
}
