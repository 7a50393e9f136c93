// Things that are inside each other or apart, never partly: beginnings and ends of texts, networks. Sorted so that what
// is around a thing stands before it, each knows the nearest one around it. Those around a value are then the last one not after
// it and what is around that.

/** An order in which a thing stands before all that is inside it, and everything inside stands together. */
export interface Nesting<T> {
  readonly compare: (a: T, b: T) => number;
  /** Whether `outer` is around `inner`, or the same. */
  readonly around: (outer: T, inner: T) => boolean;
}

export class Nested<T, Node> {
  readonly #nesting: Nesting<T>;
  readonly #keys: readonly T[];
  readonly #nodes: readonly Node[];
  /** Of each: position of the nearest one around it, or -1. */
  readonly #outer: Int32Array;

  /** `entries`: no key comes twice. */
  constructor(nesting: Nesting<T>, entries: readonly (readonly [T, Node])[]) {
    const sorted = [...entries].sort((a, b) => nesting.compare(a[0], b[0]));
    this.#nesting = nesting;
    this.#keys = sorted.map(([key]) => key);
    this.#nodes = sorted.map(([, node]) => node);
    this.#outer = new Int32Array(sorted.length);
    for (const [at, key] of this.#keys.entries()) {
      let before = at - 1;
      while (before >= 0 && !nesting.around(this.#keys[before]!, key)) before = this.#outer[before]!;
      this.#outer[at] = before;
    }
  }

  /** Calls `visit` for each thing around the value. */
  find(value: T, visit: (node: Node) => void): void {
    const keys = this.#keys;
    const { compare, around } = this.#nesting;
    let low = 0;
    let high = keys.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (compare(keys[middle]!, value) <= 0) low = middle + 1;
      else high = middle;
    }
    for (let at = low - 1; at >= 0; at = this.#outer[at]!) if (around(keys[at]!, value)) visit(this.#nodes[at]!);
  }
}

/** Beginnings of texts. */
export const BEGINNINGS: Nesting<string> = {
  compare: (a, b) => (a < b ? -1 : a > b ? 1 : 0),
  around: (outer, inner) => inner.startsWith(outer),
};

/** Ends of texts. */
export const ENDS: Nesting<string> = {
  compare: (a, b) => {
    const length = Math.min(a.length, b.length);
    for (let i = 1; i <= length; i++) {
      const order = a.charCodeAt(a.length - i) - b.charCodeAt(b.length - i);
      if (order !== 0) return order;
    }
    return a.length - b.length;
  },
  around: (outer, inner) => inner.endsWith(outer),
};

/** A network: its bytes with all others 0, and how many bits count. An address is a network of all its bits. */
export interface Network {
  readonly bytes: Uint8Array;
  readonly bits: number;
}

/** Networks; families lie apart. */
export const NETWORKS: Nesting<Network> = {
  compare: (a, b) => {
    if (a.bytes.length !== b.bytes.length) return a.bytes.length - b.bytes.length;
    for (let i = 0; i < a.bytes.length; i++) {
      const order = a.bytes[i]! - b.bytes[i]!;
      if (order !== 0) return order;
    }
    return a.bits - b.bits;
  },
  around: (outer, inner) => {
    if (outer.bytes.length !== inner.bytes.length || outer.bits > inner.bits) return false;
    const whole = outer.bits >> 3;
    for (let i = 0; i < whole; i++) if (outer.bytes[i] !== inner.bytes[i]) return false;
    const rest = outer.bits & 7;
    return rest === 0 || (outer.bytes[whole]! ^ inner.bytes[whole]!) >> (8 - rest) === 0;
  },
};

/** The network of an address and a length, whatever the bits beyond say. */
export function networkOf(ip: Uint8Array, bits: number): Network {
  const bytes = ip.slice();
  for (let bit = bits; bit < 8 * bytes.length; bit++) bytes[bit >> 3]! &= ~(0x80 >> (bit & 7));
  return { bytes, bits };
}
