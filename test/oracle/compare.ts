// Our verdict beside CUE's: the same answer and the same failing places, or which deliberate difference (docs/cue.md) explains it.
import type { CueLowered, CueVerdict } from "../../lang/cue/index.ts";
import type { OurVerdict } from "./ours.ts";

export type Path = readonly string[];
export type Compared =
  | { readonly is: "same" }
  /** Alternatives hold and CUE cannot choose among them. */
  | { readonly is: "ambiguous" }
  /** CUE names fewer places: where something failed it looks no further. */
  | { readonly is: "further"; readonly ours: readonly Path[]; readonly theirs: readonly Path[] }
  /** CUE names other places: what is bound by a field that fails, or what it found in a field that it filled in. */
  | { readonly is: "dependent" }
  /** CUE forgets that structs of a list are closed when a validator is laid over it. */
  | { readonly is: "closed" }
  | { readonly is: "answer" }
  | { readonly is: "places" };

const startsWith = (path: Path, start: Path): boolean => start.every((name, at) => path[at] === name);

/** Sentences about a whole: what is named inside are alternatives that were tried, or parts of what should not be there. */
const THEIR_WHOLES = /errors in empty disjunction|does not satisfy match|incompatible list lengths|_\|_\(/;
const OUR_WHOLES = /^is (none of the alternatives|not allowed|missing)|^has (not|fewer|more)/;
/** Said of a whole because of what was said of a part. */
const FOLLOWS = /^invalid left-hand value/;
const AMBIGUOUS = /^incomplete value .*\|/s;

export const accepted = (theirs: CueVerdict): boolean => theirs.accepted && theirs.filled.length === 0;

export interface Traits {
  /** Fields are bound by other fields in the constraint. */
  readonly bound: boolean;
  /** A validator is laid over a list. */
  readonly validated: boolean;
}

export const traitsOf = ({ root, definitions }: CueLowered): Traits => {
  const text = JSON.stringify([root, ...definitions.values()], (key, value) => (key === "at" ? undefined : value));
  return { bound: text.includes('"is":"field"'), validated: /list\.(M|U)/.test(text) };
};

export function compare(mine: OurVerdict, theirs: CueVerdict, { bound, validated }: Traits): Compared {
  const wrong = theirs.problems.filter(
    ({ message, path }) =>
      !AMBIGUOUS.test(message) &&
      !(
        FOLLOWS.test(message) &&
        theirs.problems.some((other) => startsWith(other.path, path) && other.path.length > path.length)
      ),
  );
  if (validated && theirs.accepted && mine.found.length > 0 && mine.found.every(({ why }) => why === "is not allowed"))
    return { is: "closed" };
  if (mine.accepted !== accepted(theirs))
    return { is: mine.accepted && !theirs.accepted && wrong.length === 0 ? "ambiguous" : "answer" };
  if (mine.accepted) return { is: "same" };
  const wholes = [
    ...theirs.problems.filter(({ message }) => THEIR_WHOLES.test(message)).map(({ path }) => path),
    ...mine.found.filter(({ why }) => OUR_WHOLES.test(why)).map(({ path }) => path),
  ].sort((a, b) => a.length - b.length);
  const places = (paths: readonly Path[]): ReadonlyMap<string, Path> =>
    new Map(
      paths
        .map((path) => wholes.find((whole) => startsWith(path, whole)) ?? path)
        .map((path) => [JSON.stringify(path), path]),
    );
  const ours = places(mine.found.map(({ path }) => path));
  const cues = places([...wrong.map(({ path }) => path), ...theirs.filled]);
  const more = [...cues.keys()].filter((path) => !ours.has(path));
  const missing = mine.found.some(({ why }) => why === "is missing");
  if (more.length > 0) return { is: (bound && more.length < cues.size) || missing ? "dependent" : "places" };
  if (cues.size === ours.size) return { is: "same" };
  const further = [...ours].filter(([key]) => !cues.has(key)).map(([, path]) => path);
  return { is: "further", ours: further, theirs: [...cues.values()] };
}
