// Actions that their author signed together: one signature over the root of a Merkle tree (RFC 6962, SHA-256) whose leaves are their ids.
// docs/design/0030 says why.
import { type Canonical, encode } from "../../core/index.ts";
import { HASH_BYTES, leafHash, nodeHash, rootFromInclusion, type Sha256 } from "../../ledger/merkle.ts";
import { TOGETHER_MAX, TOGETHER_PATH_MAX } from "./limits.ts";

const WORD = "writ actions";
const VERSION = 1;

/** Where an action stands among those that were signed with it. */
export interface Together {
  readonly index: number;
  readonly size: number;
  /** Hashes from its leaf to the root. */
  readonly path: readonly Uint8Array[];
}

/** The bytes that are signed for all of them. The root alone does not say how many they are. */
export const togetherBytes = (size: number, root: Uint8Array): Uint8Array => encode([WORD, VERSION, size, root]);

/** The root that the path of an action leads to; undefined where the path does not fit its place. */
export const togetherRoot = (id: Uint8Array, together: Together, sha256?: Sha256): Uint8Array | undefined =>
  rootFromInclusion(leafHash(id, sha256), together, together.path, sha256);

/** The root over ids, 2 to TOGETHER_MAX of them, and the place of each. */
export function placesOf(ids: readonly Uint8Array[]): {
  readonly root: Uint8Array;
  readonly places: readonly Together[];
} {
  const size = ids.length;
  if (size < 2 || size > TOGETHER_MAX)
    throw new RangeError(`2 to ${TOGETHER_MAX} actions are signed together, not ${size}`);
  const paths: Uint8Array[][] = ids.map(() => []);
  /** Root of the leaves from `start` to `end`; the sibling of each half goes onto the paths of the other. */
  const rootOf = (start: number, end: number): Uint8Array => {
    if (end - start === 1) return leafHash(ids[start]!);
    const middle = start + 2 ** (31 - Math.clz32(end - start - 1));
    const [left, right] = [rootOf(start, middle), rootOf(middle, end)];
    for (let at = start; at < end; at++) paths[at]!.push(at < middle ? right : left);
    return nodeHash(left, right);
  };
  const root = rootOf(0, size);
  return { root, places: paths.map((path, index) => ({ index, size, path })) };
}

/** Reads the parts behind a signature; a text says what is wrong. */
export function readTogether(index: Canonical, size: Canonical, path: Canonical): Together | string {
  if (!isCount(size) || size < 2 || size > TOGETHER_MAX) return `2 to ${TOGETHER_MAX} actions are signed together`;
  if (!isCount(index) || index >= size) return "expected the place of the action among those signed with it";
  if (!Array.isArray(path) || path.length > TOGETHER_PATH_MAX || !path.every(isHash))
    return `expected at most ${TOGETHER_PATH_MAX} hashes of ${HASH_BYTES} bytes`;
  return { index, size, path: path as readonly Uint8Array[] };
}

const isCount = (value: Canonical): value is number =>
  typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
const isHash = (value: unknown): boolean => value instanceof Uint8Array && value.length === HASH_BYTES;
