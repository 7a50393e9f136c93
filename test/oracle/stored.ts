// Lowered constraints with CUE's verdicts as a file: what was once asked of the engine can be asked of our machine without it.
import { readFileSync, writeFileSync } from "node:fs";
import type { CueLowered, CueNode, CueVerdict } from "../../lang/cue/index.ts";

export interface StoredCase {
  readonly source: string;
  readonly path: string;
  readonly root: unknown;
  readonly definitions: Readonly<Record<string, unknown>>;
  /** JSON text; whether CUE accepts; the fields it filled in, or the paths of what is wrong, each with CUE's sentence. */
  readonly data: readonly (readonly [
    json: string,
    accepted: boolean,
    found: readonly (readonly [readonly string[], string])[],
  ])[];
}

const file = new URL("../vectors/cue-verdicts.json", import.meta.url);

export const readStored = (): readonly StoredCase[] => JSON.parse(readFileSync(file, "utf8")) as readonly StoredCase[];

export function writeStored(cases: readonly StoredCase[]): void {
  writeFileSync(file, `[\n${cases.map((each) => JSON.stringify(each)).join(",\n")}\n]\n`);
}

export function stored(
  source: string,
  path: string,
  lowered: CueLowered,
  data: readonly string[],
  verdicts: readonly CueVerdict[],
): StoredCase {
  const plain = (value: unknown): unknown =>
    JSON.parse(JSON.stringify(value, (key, inner) => (key === "at" || key === "doc" ? undefined : inner)));
  return {
    source,
    path,
    root: plain(lowered.root),
    definitions: plain(Object.fromEntries(lowered.definitions)) as Record<string, unknown>,
    data: data.map((json, at) => {
      const { accepted, filled, problems } = verdicts[at]!;
      return [
        json,
        accepted,
        accepted
          ? filled.map((each) => [each, ""] as const)
          : problems.map(({ path: found, message }) => [found, message] as const),
      ];
    }),
  };
}

export const loweredOf = ({ root, definitions }: StoredCase): CueLowered => ({
  root: placed(root) as CueNode,
  definitions: new Map(Object.entries(definitions).map(([name, node]) => [name, placed(node) as CueNode])),
  unsupported: 0,
});

/** The same with no places. */
function placed(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(placed);
  if (typeof value !== "object" || value === null) return value;
  const copy = Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, placed(inner)]));
  return "is" in copy ? { at: [], ...copy } : copy;
}

export const verdictOf = ([, accepted, found]: StoredCase["data"][number]): CueVerdict => ({
  accepted,
  filled: accepted ? found.map(([path]) => path) : [],
  problems: accepted ? [] : found.map(([path, message]) => ({ path, message, places: [] })),
});
