// Steps that stand in a file of their own: the content of `tests:` beside an agreement (`*.test.yaml`), or one list under
// `steps:` for a run by hand.
import type { Reading } from "./agreement/reading.ts";
import { readSection } from "./agreement/reading.ts";
import { tests } from "./agreement/tests.ts";
import type { Test } from "./ast.ts";
import type { Diagnostic, Outcome } from "./diagnostic.ts";
import { hasErrors } from "./diagnostic.ts";
import { decodeSource } from "./yaml/bytes.ts";
import { readYaml } from "./yaml/read.ts";

const section = {
  keys: { steps: (_reading, node) => node, tests },
  oneOf: [["steps", "tests"]],
} as const satisfies Parameters<typeof readSection>[2];

/** The tests of a file; a list under `steps:` is one test of that name. Never throws. */
export function readSteps(input: Uint8Array | string, name: string): Outcome<readonly Test[]> {
  const diagnostics: Diagnostic[] = [];
  const decoded = decodeSource(input, name);
  diagnostics.push(...decoded.diagnostics);
  if (hasErrors(decoded.diagnostics)) return { value: [], diagnostics };
  const yaml = readYaml(decoded.source);
  diagnostics.push(...yaml.diagnostics);
  if (yaml.root === null) return { value: [], diagnostics };
  const reading: Reading = { diagnostics, guessed: yaml.guessed, expressions: new Map(), orders: new Map() };
  const values = readSection(reading, yaml.root, section, "a file of steps");
  const steps = yaml.root.entries.find((entry) => entry.key.text === "steps");
  if (steps === undefined) return { value: values.tests ?? [], diagnostics };
  const alone = { kind: "map" as const, entries: [steps], span: yaml.root.span };
  return { value: tests(reading, alone, steps.key) ?? [], diagnostics };
}
