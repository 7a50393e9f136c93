// Addresses of names, held for a few seconds: many requests to one host ask the resolver once. What is held is classed already, and
// the class of an address never changes.
import { type Address, addressesOf, type DialProblem, type Resolve } from "../dial.ts";
import { NAME_HELD_MS, NAMES_HELD_MAX, UNREACHABLE_MAX, UNREACHABLE_MS } from "../limits.ts";

export type Found = { readonly addresses: readonly Address[] } | { readonly problem: DialProblem };

interface Held {
  readonly found: Found;
  readonly until: number;
}

export class Resolver {
  readonly #resolve: Resolve;
  readonly #now: () => number;
  readonly #held = new Map<string, Held>();
  readonly #asked = new Map<string, Promise<Found>>();
  /** Addresses that did not answer, and until when they are tried last. */
  readonly #unreachable = new Map<string, number>();

  /** `now`: milliseconds of a clock that does not go back. */
  constructor(resolve: Resolve, now: () => number) {
    this.#resolve = resolve;
    this.#now = now;
  }

  /** Nobody has to be asked. */
  knows({ host }: { readonly host: string }): boolean {
    return (this.#held.get(host)?.until ?? 0) > this.#now();
  }

  /** At once where it is known; those that answered lately come first. */
  find(target: { readonly host: string; readonly literal: boolean }): Found | Promise<Found> {
    const held = this.#held.get(target.host);
    if (held !== undefined && (target.literal || held.until > this.#now())) return this.#ordered(held.found);
    return this.#ask(target);
  }

  async #ask(target: { readonly host: string; readonly literal: boolean }): Promise<Found> {
    let asked = this.#asked.get(target.host);
    if (asked === undefined) {
      asked = addressesOf(target, this.#resolve).finally(() => this.#asked.delete(target.host));
      this.#asked.set(target.host, asked);
    }
    const found = await asked;
    // A failure is not held: the next request asks again.
    if ("addresses" in found) this.#hold(target.host, found);
    return this.#ordered(found);
  }

  #hold(host: string, found: Found): void {
    if (this.#held.size >= NAMES_HELD_MAX) {
      const oldest = this.#held.keys().next().value;
      if (oldest !== undefined) this.#held.delete(oldest);
    }
    this.#held.delete(host);
    this.#held.set(host, { found, until: this.#now() + NAME_HELD_MS });
  }

  #ordered(found: Found): Found {
    if (this.#unreachable.size === 0 || !("addresses" in found) || found.addresses.length < 2) return found;
    const late = (address: Address): boolean => (this.#unreachable.get(address.ip) ?? 0) > this.#now();
    const { addresses } = found;
    return { addresses: [...addresses.filter((each) => !late(each)), ...addresses.filter(late)] };
  }

  didNotAnswer(address: Address): void {
    if (this.#unreachable.size >= UNREACHABLE_MAX) this.#unreachable.clear();
    this.#unreachable.set(address.ip, this.#now() + UNREACHABLE_MS);
  }

  answered(address: Address): void {
    if (this.#unreachable.size > 0) this.#unreachable.delete(address.ip);
  }
}
