// Modules made by hand that verify and answer nonsense: a fault with a receipt, never an exception, and an agreement that can
// never go on is halted instead of being ticked for ever.
import { describe, expect, it } from "vitest";
import { hex } from "../../../core/index.ts";
import {
  checkpointSigner,
  Modules,
  makeBundle,
  pureVerify,
  type Receipt,
  replayLedger,
  verifyBundle,
} from "../../../court-node/index.ts";
import { parseVerifierKey, printVerifierKey } from "../../../ledger/index.ts";
import { BUILTINS } from "../../../stdlib/index.ts";
import { ErrorValue, encodeModule, TIERS, type Value } from "../../../vm/index.ts";
import { ANY, assemble, type FunctionSource, type Line } from "../vm/asm.ts";
import {
  buyer,
  type Compiled,
  deploy,
  type Kit,
  node,
  ORIGIN,
  offered,
  openKit,
  outcomeOf,
  receiptsOf,
  START,
  seller,
  send,
} from "./kit.ts";

/** An agreement whose four entries answer constants, or run given code. */
function agreementOf(answers: {
  readonly init?: Value;
  readonly step?: Value | readonly Line[];
  readonly due?: Value;
  readonly query?: Value;
}): Compiled {
  const constant = (name: string, params: number, value: Value): FunctionSource => ({
    name,
    params,
    code: [
      ["const", params, value],
      ["ret", params],
    ],
  });
  const isCode = (step: unknown): step is readonly Line[] =>
    Array.isArray(step) &&
    Array.isArray(step[0]) &&
    typeof step[0][0] === "string" &&
    ["const", "list", "trap"].includes(step[0][0]);
  const step: FunctionSource = isCode(answers.step)
    ? { name: "step", params: 2, code: answers.step }
    : constant("step", 2, (answers.step ?? null) as Value);
  const sources = [
    constant("init", 1, "init" in answers ? answers.init : [[0], null]),
    step,
    constant("due", 1, answers.due ?? null),
    constant("query", 2, answers.query ?? 0),
  ];
  const module = assemble(sources, {
    kind: "agreement",
    types: [ANY],
    entries: sources.map(({ name, params }, index) => ({
      name,
      function: index,
      params: new Array<number>(params).fill(0),
      result: 0,
    })),
  });
  const made = encodeModule({
    ...module,
    manifest: {
      parties: [
        { name: "a", kind: "party" },
        { name: "b", kind: "party" },
      ],
    },
  });
  if ("error" in made) throw new Error(made.error.message);
  return { bytes: made.bytes, moduleId: hex(made.moduleId) };
}
const answer = (
  fields: Partial<
    Record<"state" | "kind" | "name" | "consumed" | "refusal" | "moves" | "tells" | "given" | "at", Value>
  >,
): Value => {
  const {
    state = [1],
    kind = "event",
    name = "x",
    consumed = true,
    refusal = null,
    moves = [],
    tells = [],
    given = [],
    at = START,
  } = fields;
  return [state, kind, name, consumed, refusal, moves, tells, given, at];
};
const roles = { a: seller, b: buyer };
const act = (kit: Kit, agreement: string) => send(kit, "act", seller, { agreement, name: "x" });
const check = (kit: Kit): void => {
  for (const tier of TIERS)
    expect(
      replayLedger({ log: kit.log, storage: kit.storage, builtins: BUILTINS, verify: pureVerify, tier }),
    ).toMatchObject({ difference: null });
  const key = parseVerifierKey(printVerifierKey(checkpointSigner(ORIGIN, node).key));
  for (let seq = 0; seq < kit.log.size; seq++) {
    const bundle = makeBundle(seq, { log: kit.log, storage: kit.storage, modules: new Modules(BUILTINS) });
    expect(verifyBundle(bundle, { keys: key === undefined ? [] : [key], builtins: BUILTINS })).toMatchObject({
      ok: true,
    });
  }
};

describe("a module that answers nonsense", () => {
  it("runs when its answer has the right shape", async () => {
    const kit = await openKit();
    const agreement = await offered(kit, agreementOf({ step: answer({}) }), roles);
    expect(outcomeOf(await act(kit, agreement))).toBe("accepted");
    check(kit);
  });
  const deep = (depth: number): Value => (depth === 0 ? 1 : [deep(depth - 1)]);
  const cases: readonly (readonly [string, Value])[] = [
    ["nothing", null],
    ["too few parts", [1, 2, 3]],
    ["an unknown kind", answer({ kind: "party" })],
    ["an event that is not consumed", answer({ consumed: false })],
    ["a name that is none", answer({ name: 3 })],
    ["a refusal that is none", answer({ refusal: ["no"] })],
    ["moves that are none", answer({ moves: [["pay"]] })],
    ["an amount that is none", answer({ moves: [["pay", "USD", "63", "a", "b"]] })],
    ["things told to nobody", answer({ tells: [[1, 2]] })],
    ["given values without a name", answer({ given: [[1]] })],
    ["an instant that is none", answer({ at: "now" })],
    ["an error for a list", answer({ moves: new ErrorValue("kind") })],
  ];
  it.each(cases)("faults: %s", async (_, step) => {
    const kit = await openKit();
    const agreement = await offered(kit, agreementOf({ step }), roles);
    const [receipt] = receiptsOf(await act(kit, agreement)) as [Receipt];
    expect(receipt.outcome).toMatchObject({ kind: "fault", code: "court/no-answer" });
    expect([receipt.kind, receipt.post]).toEqual(["event", receipt.pre]);
    // A fault of an event stops nothing.
    expect(outcomeOf(await act(kit, agreement))).toBe("fault");
    check(kit);
  });
  it("faults when it traps, with the error and the place", async () => {
    const kit = await openKit();
    const agreement = await offered(
      kit,
      agreementOf({
        step: [
          ["const", 2, new ErrorValue("overflow", "sum")],
          ["trap", 2],
          ["ret", 2],
        ],
      }),
      roles,
    );
    const [receipt] = receiptsOf(await act(kit, agreement)) as [Receipt];
    expect(receipt.outcome).toMatchObject({
      kind: "fault",
      code: "vm/error",
      pc: 1,
      error: { code: "overflow", about: "sum" },
    });
    check(kit);
  });
  it("is not deployed when it may hold the court for minutes", async () => {
    const kit = await openKit();
    const nested = (bound: number): readonly Line[] => [
      ["const", 2, 0],
      "a",
      ["each", 5, 2, 0, "a end", bound],
      ["const", 3, 0],
      "b",
      ["each", 5, 3, 0, "b end", bound],
      ["const", 4, 0],
      "c",
      ["each", 5, 4, 0, "c end", bound],
      ["next", 4, "c"],
      "c end",
      ["next", 3, "b"],
      "b end",
      ["next", 2, "a"],
      "a end",
      ["ret", 2],
    ];
    const reply = await deploy(kit, agreementOf({ step: nested(2_000) }));
    expect(reply).toMatchObject({
      kind: "problem",
      problem: { code: "fuel-over-limit", detail: expect.stringMatching(/^`step` may take \d+ fuel; here 2000000000/) },
    });
    expect(outcomeOf(await deploy(kit, agreementOf({ step: nested(500) })))).toBe("accepted");
  });
  it("has its offer refused: no state, an unreadable one, or too deep a one", async () => {
    for (const init of [null, [null, null], [deep(60), 3], [[0], ["no", "", "", []]], 7]) {
      const kit = await openKit();
      await expect(offered(kit, agreementOf({ init }), roles)).rejects.toThrow(/bad-offer/);
      expect(kit.log.size).toBe(1);
    }
  });
  it("is not deployed without its four entries", async () => {
    const module = assemble([{ name: "init", params: 1, code: [["ret", 0]] }], {
      kind: "agreement",
      entries: [{ name: "init", function: 0, params: [0], result: 0 }],
    });
    const made = encodeModule(module);
    if ("error" in made) return expect(made.error.code).toMatch(/^vm\//);
    const kit = await openKit();
    await expect(offered(kit, { bytes: made.bytes, moduleId: hex(made.moduleId) }, roles)).rejects.toThrow(
      /bad-module/,
    );
  });
});

describe("an agreement that can never go on", () => {
  it("is halted when a due timer faults: by a tick, one receipt and no more", async () => {
    const kit = await openKit();
    const agreement = await offered(kit, agreementOf({ step: null, due: [START - 1, "open", "wake", ""] }), roles);
    const [receipt] = receiptsOf(await kit.engine.propose({ kind: "tick", agreement })) as [Receipt];
    expect([receipt.kind, receipt.event, receipt.outcome.kind]).toEqual(["timer", ["timer", "wake"], "fault"]);
    expect(outcomeOf(await kit.engine.propose({ kind: "tick", agreement }))).toBe("problem halted");
    expect(outcomeOf(await act(kit, agreement))).toBe("problem halted");
    expect(await kit.engine.fireDue()).toMatchObject({ ticked: 0 });
    check(kit);
  });
  it("and by an action, which is not consumed", async () => {
    const kit = await openKit();
    const agreement = await offered(kit, agreementOf({ step: null, due: [START - 1, "closed", "wake", ""] }), roles);
    expect(outcomeOf(await act(kit, agreement))).toBe("fault");
    expect(outcomeOf(await act(kit, agreement))).toBe("problem halted");
    check(kit);
  });
  it("when it says a timer is due and fires none", async () => {
    const kit = await openKit();
    const agreement = await offered(
      kit,
      agreementOf({ step: answer({}), due: [START - 1, "open", "wake", ""] }),
      roles,
    );
    expect(outcomeOf(await kit.engine.propose({ kind: "tick", agreement }))).toBe("accepted");
    expect(outcomeOf(await kit.engine.propose({ kind: "tick", agreement }))).toBe("problem halted");
    check(kit);
  });
  it("when it cannot say what is due", async () => {
    const kit = await openKit();
    const agreement = await offered(kit, agreementOf({ step: answer({}), due: "soon" }), roles);
    expect(outcomeOf(await act(kit, agreement))).toBe("problem halted");
    check(kit);
  });
  it("but fires `catch_up` timers a call when they never end", async () => {
    const kit = await openKit();
    const step = answer({ kind: "timer", consumed: false, state: [7], at: START - 1 });
    const agreement = await offered(kit, agreementOf({ step, due: [START - 1, "open", "wake", ""] }), roles);
    const reply = await act(kit, agreement);
    expect([outcomeOf(reply), receiptsOf(reply).length]).toEqual(["more", 64]);
    check(kit);
  });
});
