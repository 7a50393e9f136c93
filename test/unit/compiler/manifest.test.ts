// What a host sees of an agreement, and what `query` and `due` answer.
import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { compile, worstFuelByEvent } from "../../../compiler/index.ts";
import type { Module } from "../../../vm/module.ts";
import { type Plain, Play } from "./play.ts";

const compiled = (name: string) => {
  const { value, program } = compile({ name, text: readFileSync(`examples/${name}/agreement.yaml`, "utf8") });
  if (value === null || program === null) throw new Error("does not compile");
  return { ...value, program };
};
const typeAt = (module: Module, index: number): Plain => module.types[index];

describe("the manifest", () => {
  const { module } = compiled("late-delivery");
  const manifest = module.manifest as Plain;

  it("names parties, terms, actions and obligations with their types", () => {
    expect(manifest).toMatchObject({
      title: "Late delivery and penalty",
      clock: "time",
      catchUp: 64,
      rail: "test",
      assets: [{ name: "USD", digits: 2, unique: false }],
    });
    expect(manifest.parties).toEqual([
      { name: "seller", title: "Dan", kind: "party", key: null, signs: true },
      { name: "buyer", title: "Steve", kind: "party", key: null, signs: true },
      { name: "court", title: "Court of Commerce", kind: "court", key: null, signs: false },
    ]);
    expect(manifest.terms[0]).toMatchObject({ name: "goods", value: "200.00 USD", asked: false });
    expect(typeAt(module, manifest.terms[0].type)).toEqual({ kind: "money", asset: "USD" });
    const accept = manifest.actions.find((action: Plain) => action.name === "accept_force_majeure");
    expect(accept).toMatchObject({
      who: { kind: "roles", roles: ["buyer"] },
      times: null,
      inputs: [{ name: "reason", optional: false }],
    });
    expect(typeAt(module, accept.inputType)).toMatchObject({ kind: "record", fields: [{ name: "reason" }] });
    expect(manifest.obligations).toMatchObject([
      {
        name: "delivery",
        who: "seller",
        to: "buyer",
        must: "deliver",
        birth: "once",
        late: true,
        deadline: "closed",
        else: ["pay_penalty"],
      },
      { name: "pay_penalty", must: "pay", birth: "else", conditional: true, survives: true },
    ]);
    expect(manifest.powers).toMatchObject([
      { name: "terminate", who: { roles: ["buyer"] }, may: "end", notice: false },
    ]);
  });
  it("states the worst fuel of each entry and the largest state", () => {
    for (const entry of module.entries)
      expect(manifest.worstFuel[entry.name]).toBe(module.functions[entry.function]?.worstFuel);
    expect(manifest.stateBytesMax).toBeGreaterThan(500);
    expect(manifest.stateBytesMax).toBeLessThan(50_000);
  });
  it("points at the types of what goes in and out", () => {
    const entry = (name: string) => module.entries.find((one) => one.name === name);
    expect(manifest.types).toEqual({
      offer: entry("init")?.params[0],
      state: entry("step")?.params[0],
      event: entry("step")?.params[1],
      answer: entry("step")?.result,
      due: entry("due")?.result,
      view: entry("query")?.result,
    });
  });
});

describe("the worst fuel of each event", () => {
  it("is at most that of `step`, and one of them is the largest", () => {
    const { module, program } = compiled("subscription");
    const step = module.functions[module.entries.find((one) => one.name === "step")?.function as number]
      ?.worstFuel as number;
    const events = worstFuelByEvent(program);
    expect(events.map(({ kind, name }) => (name === null ? kind : `${kind} ${name}`))).toEqual([
      "timer",
      "act give_back_tool",
      "pay",
      "sign",
      "withdraw",
      "tick",
    ]);
    for (const event of events) expect(event.worstFuel).toBeLessThanOrEqual(step);
    expect(Math.max(...events.map((event) => event.worstFuel))).toBe(step);
    expect(events.find((event) => event.kind === "tick")?.worstFuel).toBeLessThan(step / 3);
  });
});

describe("the view", () => {
  it("has derived values as they are at the asked instant", () => {
    const { program } = compiled("late-delivery");
    const play = new Play(program, "2019-01-02T00:00:00Z").signAll("2019-01-02T00:00:00Z");
    expect(play.view("2019-01-05T00:00:00Z").derived).toEqual({ delay: 0, penalty: "0.00" });
    expect(play.view("2019-01-16T21:34:00Z").derived).toEqual({ delay: 6, penalty: "63.00" });
    expect(play.view("2020-01-16T21:34:00Z").derived.penalty).toBe("110.00");
    expect(play.view("2019-01-16T21:34:00Z").powers.terminate).toEqual({ usable: false, used: 0, notice: null });
    expect(play.view("2019-01-30T00:00:00Z").powers.terminate.usable).toBe(true);
  });
  it("has the next timer, as `due` has it", () => {
    const { program } = compiled("subscription");
    const play = new Play(program, "2026-01-02T10:00:00Z");
    play.sign("2026-01-02T10:00:00Z", "customer", [["GBP", 100]]).sign("2026-01-02T10:00:00Z", "shop");
    expect(play.view().due).toEqual(play.due());
    expect(play.due()).toMatchObject({ name: "first_fee", edge: "open" });
  });
});

describe("bytes", () => {
  it.each(["late-delivery", "escrow", "subscription"])(
    "of %s are the same each time; comments change the file, not the meaning",
    (name) => {
      const text = readFileSync(`examples/${name}/agreement.yaml`, "utf8");
      const one = compile({ name: "a.yaml", text }).value;
      const two = compile({ name: "a.yaml", text }).value;
      const other = compile({ name: "b.yaml", text: `# a comment\n${text}` }).value;
      expect(two?.bytes).toEqual(one?.bytes);
      expect(other?.moduleId).toEqual(one?.moduleId);
      expect(other?.fileId).not.toEqual(one?.fileId);
    },
  );
});
