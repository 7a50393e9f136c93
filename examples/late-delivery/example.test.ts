// The story of this folder, through the package's own exports, as a user of it would write it.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { compile, runScenarios } from "writ/compiler";
import { formatSource, readDocument } from "writ/lang";
import { BUILTINS } from "writ/stdlib";
import { createAgreement, createMachine, type EventParts, eventRecord, parseDecimal, type Value } from "writ/vm";

const source = (name: string) => ({ name, text: readFileSync(join(import.meta.dirname, name), "utf8") });

function compiled(name: string) {
  const { name: shown, text } = source(name);
  const { value: document } = readDocument(text, shown);
  if (document?.kind !== "agreement") throw new Error("the document cannot be read");
  const { program, value, diagnostics } = compile(document);
  if (program === null || value === null) throw new Error(diagnostics.map((each) => each.message).join("\n"));
  return { document, program, module: value.module, bytes: value.bytes };
}

describe("late delivery", () => {
  for (const name of ["agreement.yaml", "whole-days.yaml"])
    it(`${name}: its tests pass and reach every rule`, () => {
      const { results, diagnostics, coverage } = runScenarios(compiled(name));
      expect(diagnostics.map((each) => each.message)).toEqual([]);
      expect(results).toHaveLength(8);
      expect(coverage?.met.filter((each) => !each.reached)).toEqual([]);
      expect(coverage?.broken.filter((each) => !each.reached)).toEqual([]);
      expect(coverage?.powers.filter((each) => !each.reached)).toEqual([]);
      expect(coverage?.expressions.filter((each) => !each.reached)).toEqual([]);
    });

  it.each([
    ["agreement.yaml", "63.00"],
    ["whole-days.yaml", "52.50"],
  ])("%s: five days and eighteen hours cost %s USD", (name, amount) => {
    const { module, program } = compiled(name);
    const made = createMachine(module, BUILTINS);
    if ("error" in made) throw new Error(made.error.message);
    const fuel = made.machine.worstFuel("step") ?? 0;
    const agreement = createAgreement(made.machine, program.catchUp, fuel);
    const [seller, buyer, court] = ["did:test:seller", "did:test:buyer", "did:test:court"] as const;
    const start = Date.parse("2019-01-02T05:00:00Z");
    const offered = agreement.init([[seller, buyer, court], null, start]);
    if ("fault" in offered || offered.value.state === null) throw new Error("the offer was refused");

    let state: Value = offered.value.state;
    const names: string[] = [];
    const send = (event: Partial<EventParts> & Pick<EventParts, "kind" | "by" | "at">) => {
      const all = { name: "", value: null, inputs: null, for: null, ...event };
      const { steps, fault } = agreement.stepAll(state, eventRecord(all));
      expect(fault).toBeNull();
      for (const step of steps) {
        expect(step.fuel).toBeLessThanOrEqual(fuel);
        names.push(`${step.kind === "timer" ? `timer ${step.name}` : event.kind} ${step.refusal?.kind ?? "accepted"}`);
        state = step.state;
      }
      return steps.at(-1);
    };
    send({ kind: "sign", by: seller, at: start });
    send({ kind: "sign", by: buyer, at: start });
    send({ kind: "act", name: "deliver", by: seller, at: Date.parse("2019-01-16T21:34:00Z") });
    const paid = send({
      kind: "pay",
      by: seller,
      at: Date.parse("2019-01-20T12:00:00Z"),
      value: [["USD", parseDecimal(amount)]],
    });
    expect(names).toEqual([
      "sign accepted",
      "sign accepted",
      "timer delivery accepted",
      "act accepted",
      "pay accepted",
    ]);
    expect(paid?.moves.map(({ verb, asset, from, to }) => [verb, asset, from, to])).toEqual([
      ["pay", "USD", "seller", "buyer"],
    ]);
  });

  it.each(["agreement.yaml", "whole-days.yaml"])("%s is in the canonical layout", (name) => {
    const { text } = source(name);
    expect(formatSource(text, name).value).toBe(text);
  });

  it("compiles to the same bytes every time", () => {
    expect(compiled("agreement.yaml").bytes).toEqual(compiled("agreement.yaml").bytes);
  });
});
