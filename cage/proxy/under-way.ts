// The exchanges under way. Each knows its place in an array, and the last one takes the place of one that leaves.
//
// Not a Set: V8 gives one that is filled and emptied all the time a new table every few dozen entries, and each old table holds its entries
// and the next table. Once one of them is in the old space, all that follow are kept by it until the next full collection: nearly
// every exchange with its heads and bodies survived, and the collector took a tenth of all time.

export interface Placed {
  /** Its place; -1 when it has none. */
  place: number;
}

export class UnderWay<T extends Placed> {
  readonly #all: T[] = [];

  get size(): number {
    return this.#all.length;
  }

  add(one: T): void {
    one.place = this.#all.length;
    this.#all.push(one);
  }

  delete(one: T): void {
    const { place } = one;
    if (place < 0) return;
    one.place = -1;
    const last = this.#all.pop()!;
    if (last === one) return;
    this.#all[place] = last;
    last.place = place;
  }

  /** Those there are now: they may leave while somebody goes through them. */
  [Symbol.iterator](): Iterator<T> {
    return [...this.#all][Symbol.iterator]();
  }
}
