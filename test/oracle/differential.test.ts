// Our bytecode, in both tiers, against real CUE, on generated pairs of constraint and data. CUE_SEED and CUE_CASES choose others;
// CUE_SHOW=refusals prints what could not be compiled.
import { afterAll, expect, it } from "vitest";
import { type Compared, compare, type Path, traitsOf } from "./compare.ts";
import { caseOf, type Data, writeData } from "./generate.ts";
import { without } from "./mend.ts";
import { oracle } from "./native-host.ts";
import { type OurVerdict, ours } from "./ours.ts";

const first = Number(process.env["CUE_SEED"] ?? 1);
/** Pairs of one run: constraints are tried until there are as many. CUE_CASES tries so many constraints instead. */
const WANTED = 20_000;
const asked = process.env["CUE_CASES"];
const CASES_MAX = 2_000;
const PAIRS = 40;
const engine = oracle();
afterAll(() => engine.close());

it(`bytecode says what CUE says (seeds from ${first})`, async () => {
  const seen = {
    cases: 0,
    broken: 0,
    refused: 0,
    pairs: 0,
    accepted: 0,
    same: 0,
    ambiguous: 0,
    further: 0,
    dependent: 0,
    closed: 0,
    confirmed: 0,
    unconfirmed: 0,
  };
  const refusals = new Map<string, number>();
  const wrong: string[] = [];
  const last = first + Number(asked ?? CASES_MAX);
  for (let seed = first; seed < last && (asked !== undefined || seen.pairs < WANTED); seed++) {
    const { source, path, pairs } = caseOf(seed, PAIRS);
    const pack = { files: [{ name: "a.cue", text: source }], path };
    const verdicts = async (datas: readonly Data[]) =>
      (
        await engine.run({
          op: "verdicts",
          ...pack,
          datas: datas.map((data, at) => ({ name: `${at}.json`, text: writeData(data) })),
        })
      ).value;
    const lowered = await engine.run({ op: "lower", ...pack });
    if (lowered.value === null) {
      seen.broken++;
      continue;
    }
    const made = ours(lowered.value);
    if ("refusals" in made) {
      seen.refused++;
      for (const { construct } of made.refusals) {
        const words = construct.replace(/`[^`]*`/g, "`…`").slice(0, 90);
        refusals.set(words, (refusals.get(words) ?? 0) + 1);
      }
      continue;
    }
    const theirs = await verdicts(pairs.map(({ data }) => data));
    if (theirs === null) {
      seen.broken++;
      continue;
    }
    seen.cases++;
    const traits = traitsOf(lowered.value);
    const further: { readonly data: Data; readonly places: readonly Path[] }[] = [];
    pairs.forEach(({ data }, at) => {
      const mine = made.verdict(writeData(data));
      const compared: Compared = compare(mine, theirs[at]!, traits);
      seen.pairs++;
      if (mine.accepted) seen.accepted++;
      if (compared.is === "answer" || compared.is === "places")
        wrong.push(shown(seed, compared.is, { source, path, data, mine, theirs: theirs[at]! }));
      else seen[compared.is]++;
      if (compared.is !== "further") return;
      const rest = without(data, compared.theirs);
      if (rest !== null) further.push({ data: rest, places: compared.ours });
    });
    // Places that CUE did not come to: it does once the others are gone.
    const again = further.length === 0 ? [] : await verdicts(further.map(({ data }) => data));
    further.forEach(({ places }, at) => {
      const named = new Set(
        (again?.[at]?.problems ?? []).flatMap(({ path: found }) =>
          found.map((_, end) => JSON.stringify(found.slice(0, end + 1))),
        ),
      );
      for (const each of again?.[at]?.filled ?? []) named.add(JSON.stringify(each));
      seen[
        places.every((place) => place.length === 0 || named.has(JSON.stringify(place))) ? "confirmed" : "unconfirmed"
      ]++;
    });
  }
  console.log(seen, process.env["CUE_SHOW"] === "refusals" ? [...refusals].sort((x, y) => y[1] - x[1]) : "");
  console.log(wrong.slice(0, Number(process.env["CUE_SHOWN"] ?? 3)).join("\n"));
  expect(wrong.length).toBe(0);
  // Most constraints can be compiled, and CUE has a verdict on most of their data.
  if (asked === undefined) expect(seen.pairs).toBeGreaterThanOrEqual(WANTED);
  expect(seen.cases).toBeGreaterThan(seen.broken + seen.refused);
  // Nearly every place that CUE passed over is one that it names when it comes to it.
  if (seen.pairs >= WANTED) expect(seen.confirmed).toBeGreaterThan(4 * seen.unconfirmed);
}, 600_000);

function shown(
  seed: number,
  what: string,
  of: {
    source: string;
    path: string;
    data: Data;
    mine: OurVerdict;
    theirs: { accepted: boolean; filled: unknown; problems: readonly { path: Path; message: string }[] };
  },
): string {
  const problems = of.theirs.problems.map((each) => `${each.path.join(".")}: ${each.message}`);
  return [
    `seed ${seed}: ${what}`,
    `${of.source}${of.path}`,
    writeData(of.data),
    `ours ${JSON.stringify(of.mine)}`,
    `CUE's ${of.theirs.accepted} ${JSON.stringify(of.theirs.filled)} ${JSON.stringify(problems)}`,
    "",
  ].join("\n");
}
