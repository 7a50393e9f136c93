// Coverage of policies in the format of lcov, which editors and build servers read: rules are functions, parts of conditions are branches
// that go true or false. Source of the format: geninfo(1), "Tracefile format".
import type { ConditionCoverage, RuleCoverage } from "../compiler/policy/index.ts";

export interface PolicyCoverage {
  readonly rules: readonly RuleCoverage[];
  readonly conditions: readonly ConditionCoverage[];
}

/** One record for each source file; a condition that was shared between files counts where it is written. */
export function lcovText(coverages: readonly PolicyCoverage[]): string {
  const files = new Map<string, FileRecord>();
  const recordOf = (file: string): FileRecord => {
    const known = files.get(file);
    if (known !== undefined) return known;
    const fresh: FileRecord = { functions: [], branches: [], lines: new Map() };
    files.set(file, fresh);
    return fresh;
  };
  for (const { rules, conditions } of coverages)
    for (const { rule, place, parts } of conditions) {
      const { matched = 0, passed = 0, erred = 0 } = rules.find((each) => each.rule === rule) ?? {};
      const own = recordOf(place.file);
      own.functions.push({ line: place.line, name: rule, hits: matched });
      hit(own, place.line, matched + passed + erred);
      for (const part of parts) {
        const where = recordOf(part.place.file);
        const asked = part.true + part.false + part.error;
        where.branches.push({ line: part.place.line, asked, ways: [part.true, part.false] });
        hit(where, part.place.line, asked);
      }
    }
  return [...files].map(([file, record]) => recordText(file, record)).join("");
}

interface FileRecord {
  readonly functions: { readonly line: number; readonly name: string; readonly hits: number }[];
  readonly branches: { readonly line: number; readonly asked: number; readonly ways: readonly number[] }[];
  readonly lines: Map<number, number>;
}

function hit({ lines }: FileRecord, line: number, count: number): void {
  lines.set(line, Math.max(lines.get(line) ?? 0, count));
}

function recordText(file: string, { functions, branches, lines }: FileRecord): string {
  const sorted = [...lines].sort(([a], [b]) => a - b);
  const out = [
    "TN:",
    `SF:${file}`,
    ...functions.map(({ line, name }) => `FN:${line},${name}`),
    ...functions.map(({ name, hits }) => `FNDA:${hits},${name}`),
    `FNF:${functions.length}`,
    `FNH:${functions.filter(({ hits }) => hits > 0).length}`,
    ...branches.flatMap(({ line, asked, ways }, block) =>
      ways.map((taken, branch) => `BRDA:${line},${block},${branch},${asked === 0 ? "-" : taken}`),
    ),
    `BRF:${branches.length * 2}`,
    `BRH:${branches.flatMap(({ ways }) => ways).filter((taken) => taken > 0).length}`,
    ...sorted.map(([line, count]) => `DA:${line},${count}`),
    `LF:${sorted.length}`,
    `LH:${sorted.filter(([, count]) => count > 0).length}`,
    "end_of_record",
  ];
  return `${out.join("\n")}\n`;
}
