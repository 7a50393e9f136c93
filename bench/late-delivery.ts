// How does a step of the late-delivery agreement compare with the same work written by hand? The hand-written class keeps
// the same state, makes the same checks in the same order, and does its money exactly with BigInt; both run the same
// events, and their answers are compared before anything is timed.
import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { compile } from "../compiler/index.ts";
import { BUILTINS } from "../stdlib/index.ts";
import {
  type AgreementDriver,
  createAgreement,
  createMachine,
  Decimal,
  decimalOf,
  type EventParts,
  eventRecord,
  type Value,
} from "../vm/index.ts";
import { type Hand, type HandEvent, handOffer, handStep } from "./late-delivery-hand.ts";
import { nsOfBoth } from "./measure.ts";
import type { Row } from "./row.ts";

/** Goals against the hand-written class, by tier. */
const RATIO_MAX = { interpreter: 15, code: 3 } as const;
const [SELLER, BUYER, COURT] = ["did:test:seller", "did:test:buyer", "did:test:court"];
const at = (text: string): number => Date.parse(text);

/** Two signatures, a refusal, a late delivery (the deadline fires before it), a wrong payment, the payment. */
const EVENTS: readonly HandEvent[] = [
  { kind: "sign", name: "seller", by: SELLER, at: at("2019-01-02T05:00:00Z"), cents: null },
  { kind: "sign", name: "buyer", by: BUYER, at: at("2019-01-02T06:00:00Z"), cents: null },
  { kind: "use", name: "terminate", by: BUYER, at: at("2019-01-05T12:00:00Z"), cents: null },
  { kind: "act", name: "deliver", by: SELLER, at: at("2019-01-16T21:34:00Z"), cents: null },
  { kind: "pay", name: "", by: SELLER, at: at("2019-01-18T12:00:00Z"), cents: 6000n },
  { kind: "pay", name: "", by: SELLER, at: at("2019-01-20T12:00:00Z"), cents: 6300n },
];

/** The agreement and its source: from the repository, wherever this file was compiled to. */
function sourceOf(): { readonly name: string; readonly text: string } {
  let folder = dirname(fileURLToPath(import.meta.url));
  for (;;) {
    try {
      return {
        name: "agreement.yaml",
        text: readFileSync(join(folder, "examples/late-delivery/agreement.yaml"), "utf8"),
      };
    } catch {
      if (folder === dirname(folder)) throw new Error("examples/late-delivery is not there");
      folder = dirname(folder);
    }
  }
}

const recordOf = (event: HandEvent): Value =>
  eventRecord({
    kind: event.kind as EventParts["kind"],
    name: event.name,
    by: event.by,
    at: event.at,
    value: event.cents === null ? null : [["USD", decimalOf(event.cents, -2)]],
    inputs: null,
    for: null,
  });

export async function run(): Promise<Row[]> {
  const { value } = compile(sourceOf());
  if (value === null) throw new Error("the example does not compile");
  const drivers = (["interpreter", "code"] as const).map((tier) => {
    const made = createMachine(value.module, BUILTINS, { tier });
    if ("error" in made) throw new Error(made.error.message);
    return { tier, driver: createAgreement(made.machine, 64, made.machine.worstFuel("step") as number) };
  });
  const offered = drivers[0]!.driver.init([[SELLER, BUYER, COURT], null, at("2019-01-02T05:00:00Z")]);
  if ("fault" in offered || offered.value.state === null) throw new Error("the offer was refused");
  const start = offered.value.state;
  const hand = handOffer([SELLER, BUYER, COURT], at("2019-01-02T05:00:00Z"));
  const records = EVENTS.map(recordOf);

  const byMachine = (driver: AgreementDriver): string[] => {
    const said: string[] = [];
    let state: Value = start;
    for (const record of records) {
      const { steps } = driver.stepAll(state, record);
      for (const step of steps) {
        said.push(
          `${step.kind} ${step.refusal?.kind ?? "accepted"} ${step.moves.map((move) => `${move.verb} ${centsOf(move.amount)}`).join()}`,
        );
        state = step.state;
      }
    }
    return said;
  };
  const byHand = (): string[] => {
    const said: string[] = [];
    let state = hand;
    for (const event of EVENTS) {
      for (;;) {
        const answer = handStep(state, event);
        said.push(
          `${answer.kind} ${answer.refusal?.[0] ?? "accepted"} ${answer.moves.map((move) => `${move[0]} ${move[2]}`).join()}`,
        );
        state = answer.state;
        if (answer.consumed) break;
      }
    }
    return said;
  };
  const written = byHand();
  for (const { tier, driver } of drivers) {
    const said = byMachine(driver);
    if (said.join("\n") !== written.join("\n"))
      throw new Error(`the ${tier} disagrees:\n${said.join("\n")}\n--\n${written.join("\n")}`);
  }

  const machineLife = (driver: AgreementDriver) => (): unknown => {
    let state: Value = start;
    for (const record of records) for (const step of driver.stepAll(state, record).steps) state = step.state;
    return state;
  };
  const handLife = (): unknown => {
    let state: Hand = hand;
    for (const event of EVENTS)
      for (;;) {
        const answer = handStep(state, event);
        state = answer.state;
        if (answer.consumed) break;
      }
    return state;
  };
  const steps = written.length;
  return drivers.flatMap(({ tier, driver }) => {
    const [ours, handWritten] = nsOfBoth(machineLife(driver), handLife);
    const ratio = ours / handWritten;
    const alone = { bench: "late-delivery", ratio: null, against: null, goal: null, holds: null };
    return [
      { ...alone, row: "hand-written BigInt, a step", value: handWritten / steps, unit: "ns" },
      {
        bench: "late-delivery",
        row: `${tier}, a step`,
        value: ours / steps,
        unit: "ns",
        ratio,
        against: "hand-written BigInt",
        goal: `≤ ${RATIO_MAX[tier]}×`,
        holds: ratio <= RATIO_MAX[tier],
      },
      { ...alone, row: `${tier}, steps a second, one core`, value: (1e9 * steps) / ours, unit: "/s" },
    ];
  });
}

const centsOf = (amount: Value): string =>
  amount instanceof Decimal ? String(Number(amount.coefficient) * 10 ** (amount.exponent + 2)) : String(amount);
