// The table itself: ids, signatures, names.
import { expect, test } from "vitest";
import {
  BUILTINS,
  builtinById,
  examples,
  FORMS,
  NAMESPACES,
  signatureOf,
  stdlibReference,
} from "../../../stdlib/index.ts";

test("ids are unique whole numbers and find their row", () => {
  expect(new Set(BUILTINS.map((each) => each.id)).size).toBe(BUILTINS.length);
  for (const builtin of BUILTINS) {
    expect(Number.isInteger(builtin.id) && builtin.id > 0).toBe(true);
    expect(builtinById(builtin.id)).toBe(builtin);
  }
});

test("ids, names and signatures stay what they were: one is never given to another builtin", () => {
  const rows = BUILTINS.map((each) => `${each.id} ${each.name}${each.signature}`);
  expect(rows.sort((a, b) => Number.parseInt(a, 10) - Number.parseInt(b, 10)).join("\n")).toMatchSnapshot();
});

test.each(BUILTINS.map((each) => [`${each.name}${each.signature}`, each] as const))("%s", (_, builtin) => {
  const signature = signatureOf(builtin);
  expect(builtin.name).toMatch(/^[a-z][a-z0-9_]*$/);
  expect(Number.isInteger(builtin.fuel) && builtin.fuel > 0).toBe(true);
  expect(builtin.doc).toMatch(/\.$/);
  if (builtin.perUnit !== undefined) {
    expect(builtin.perUnit.fuel).toBeGreaterThan(0);
    expect(builtin.perUnit.argument).toBeLessThan(signature.params.length);
  }
});

test("every form has a text and every example a value", () => {
  for (const form of FORMS) expect(form.doc.length).toBeGreaterThan(20);
  for (const example of examples()) expect(example.value).not.toBe("");
  expect(examples().length).toBeGreaterThan(120);
});

test("the reference names every function and is the same each time", () => {
  const text = stdlibReference();
  expect(stdlibReference()).toBe(text);
  for (const { title, builtins } of NAMESPACES) {
    expect(text).toContain(`## ${title}\n`);
    for (const builtin of builtins) expect(text).toContain(`${builtin.name}(`);
  }
});
