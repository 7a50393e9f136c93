// Our bytecode against stored verdicts of CUE: constraints in the areas of CUE's own tests, and some of the generated ones. Needs no
// engine. `UPDATE=1 npx vitest run test/oracle/stored.test.ts` asks CUE again and writes them.
import { afterAll, describe, expect, it } from "vitest";
import { compare, traitsOf } from "./compare.ts";
import { caseOf, writeData } from "./generate.ts";
import { oracle } from "./native-host.ts";
import { ours } from "./ours.ts";
import { RESTATED } from "./restated.ts";
import { loweredOf, readStored, type StoredCase, stored, verdictOf, writeStored } from "./stored.ts";

const SEEDS = 80;
const PAIRS = 12;

if (process.env["UPDATE"] === "1") {
  const engine = oracle();
  afterAll(() => engine.close());
  const cases: StoredCase[] = [];
  const unreadable: string[] = [];
  const ask = async (source: string, path: string, data: readonly string[], must: boolean): Promise<void> => {
    const pack = { files: [{ name: "a.cue", text: source }], path };
    const lowered = await engine.run({ op: "lower", ...pack });
    const datas = data.map((text, at) => ({ name: `${at}.json`, text }));
    const verdicts = await engine.run({ op: "verdicts", ...pack, datas });
    const compiled = lowered.value === null ? null : ours(lowered.value);
    if (lowered.value === null || verdicts.value === null || compiled === null || "refusals" in compiled) {
      if (must)
        unreadable.push(`${source}${JSON.stringify(compiled ?? lowered.diagnostics.map(({ message }) => message))}`);
      return;
    }
    cases.push(stored(source, path, lowered.value, data, verdicts.value));
  };
  for (const { source, path = "", data } of RESTATED) await ask(`${source}\n`, path, data, true);
  for (let seed = 1; seed <= SEEDS; seed++) {
    const { source, path, pairs } = caseOf(seed, PAIRS);
    await ask(
      source,
      path,
      pairs.map(({ data }) => writeData(data)),
      false,
    );
  }
  if (unreadable.length > 0) throw new Error(unreadable.join("\n"));
  writeStored(cases);
}

describe("stored verdicts", () => {
  const cases = readStored();
  it("hold every restated constraint", () => {
    const sources = new Set(cases.map(({ source }) => source));
    expect(RESTATED.filter(({ source }) => !sources.has(`${source}\n`))).toEqual([]);
  });
  it.each(cases.map((each, at) => [`${at} ${each.source.slice(0, 60)}`, each] as const))("%s", (_, each) => {
    const lowered = loweredOf(each);
    const compiled = ours(lowered);
    if ("refusals" in compiled) throw new Error(JSON.stringify(compiled.refusals));
    const traits = traitsOf(lowered);
    for (const row of each.data) {
      const mine = compiled.verdict(row[0]);
      const { is } = compare(mine, verdictOf(row), traits);
      expect(
        ["same", "ambiguous", "further", "dependent", "closed"],
        `${row[0]} ${JSON.stringify([mine, row])}`,
      ).toContain(is);
    }
  });
});
