// The late-delivery story, told by the court's own receipts. Everything goes over HTTP, as it would for three parties at
// three places; every receipt shown was run again on this side first.
import { hex } from "../../core/index.ts";
import {
  type ActionAnswer,
  type CourtClient,
  createClient,
  type Key,
  newKey,
  ProblemError,
  type ReceiptAnswer,
} from "../../court-node/index.ts";
import type { Serving } from "../../court-node/serve.ts";
import { type Module, parseLiteral, printLiteral } from "../../vm/index.ts";
import { receiptLines } from "../court.ts";
import { UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { columns, type Paint, paintFor, thousands } from "../terminal.ts";
import type { StoryClock } from "./clock.ts";

export interface StoryInput {
  readonly io: Io;
  readonly serving: Serving;
  readonly clock: StoryClock;
  readonly file: string;
  readonly module: { readonly module: Module; readonly bytes: Uint8Array; readonly moduleId: Uint8Array };
}

export interface Told {
  readonly client: CourtClient;
  readonly agreement: string;
  readonly receipts: readonly ReceiptAnswer[];
}

/** Milliseconds of real time in which a court fires what is due; far more than it takes, also on a machine with other work. */
const TIMER_MS = 60_000;

const at = (text: string): number => Date.parse(text);
export const STORY_START = at("2019-01-02T14:00:00Z");

export async function playStory(input: StoryInput): Promise<Told> {
  const teller = new Teller(input);
  const { io, serving, file, module } = input;
  const { paint, client, keys } = teller;
  const { seller, buyer, court } = keys;

  io.out(`${paint.strong("Late delivery")}, played on a real court node\n\n`);
  io.out(`A court node listens at ${paint.accent(serving.url)}. Three parties made their keys:\n`);
  const names: readonly (readonly [string, string, Key])[] = [
    ["seller", "Dan", seller],
    ["buyer", "Steve", buyer],
    ["court", "Court of Commerce", court],
  ];
  for (const line of columns(names.map(([role, name, key]) => [`  ${role}`, name, paint.dim(key.did)])))
    io.out(`${line}\n`);
  io.out(
    `\nDan sells Steve goods for 200.00 USD, to be delivered by 10 January 2019, 22:24 in New York. A late delivery costs\n` +
      `10.5 % for every two days, at most 55 %. After fifteen days Steve may walk away.\n`,
  );

  teller.scene(
    "The agreement is compiled and brought to the court",
    `${file}: ${thousands(module.bytes.length)} bytes of bytecode, worst step ${thousands(worstStep(module.module))} fuel`,
  );
  await teller.show(await client.deploy({ file: module.bytes, moduleId: hex(module.moduleId), signer: court }));

  teller.scene("Dan offers it, both sign");
  const offered = await client.offer({
    moduleId: hex(module.moduleId),
    roles: { seller: seller.did, buyer: buyer.did, court: court.did },
    terms: {},
    signer: seller,
  });
  const { agreement } = offered;
  await teller.show(offered);
  await teller.show(await client.sign({ agreement, signer: seller }));
  teller.move("2019-01-03T15:30:00Z");
  await teller.show(await client.sign({ agreement, signer: buyer }));

  teller.scene("Steve gets cold feet, but it is too early");
  teller.move("2019-01-09T17:00:00Z");
  await teller.show(await client.use({ agreement, name: "terminate", signer: buyer }));

  teller.scene("Two who may not deliver", "the court with its own key, and somebody who signs in Dan's name");
  await teller.show(await client.act({ agreement, name: "deliver", signer: court }));
  await teller.forged(agreement);

  teller.scene("Nothing arrives", "nobody acts; the court's clock passes the deadline");
  teller.move("2019-01-11T03:24:00.001Z");
  await teller.waitForTimer(agreement);

  teller.scene("Dan delivers, five days and eighteen hours late");
  teller.move("2019-01-16T21:34:00Z");
  await teller.show(await client.act({ agreement, name: "deliver", signer: seller }));

  teller.scene("Dan pays: first too little, then what he owes");
  teller.move("2019-01-20T16:00:00Z");
  await teller.show(await client.pay({ agreement, signer: seller, for: "pay_penalty", value: [["USD", "60.00"]] }));
  await teller.show(await client.pay({ agreement, signer: seller, for: "pay_penalty", value: [["USD", "63.00"]] }));

  await teller.summary(agreement);
  return { client, agreement, receipts: teller.receipts };
}

const worstStep = (module: Module): number => {
  const step = module.entries.find((entry) => entry.name === "step");
  return step === undefined ? 0 : (module.functions[step.function]?.worstFuel ?? 0);
};

class Teller {
  readonly client: CourtClient;
  readonly paint: Paint;
  readonly keys: { readonly seller: Key; readonly buyer: Key; readonly court: Key };
  readonly receipts: ReceiptAnswer[] = [];
  readonly #io: Io;
  readonly #clock: StoryClock;
  #scenes = 0;
  #atTheDoor = 0;

  constructor({ io, serving, clock }: StoryInput) {
    this.#io = io;
    this.#clock = clock;
    this.paint = paintFor(io);
    this.keys = { seller: newKey(), buyer: newKey(), court: newKey() };
    this.client = createClient({ url: serving.url, now: () => clock.now() });
  }

  scene(title: string, about = ""): void {
    this.#scenes++;
    this.#io.out(`\n${this.paint.accent(String(this.#scenes))}  ${this.paint.strong(title)}\n`);
    if (about !== "") this.#io.out(`   ${this.paint.dim(about)}\n`);
    this.#io.out("\n");
  }

  /** The next scene is later. Timers that come due on the way are fired by the court itself. */
  move(text: string): void {
    this.#clock.set(at(text));
  }

  /** Receipts of an answer; those the court made by itself meanwhile come first. */
  async show(answer: ActionAnswer): Promise<void> {
    const last = answer.receipts.at(-1) ?? this.receipts.at(-1);
    const from = (this.receipts.at(-1)?.seq ?? -1) + 1;
    if (last === undefined) return;
    const until = Math.max(last.seq, from - 1);
    for (let seq = from; seq <= until; seq++) {
      const receipt = answer.receipts.find((each) => each.seq === seq) ?? (await this.client.receipt(seq));
      this.receipts.push(receipt);
      // A tick that found nothing left to do says nothing.
      if (receipt.receipt.outcome.kind === "refused" && receipt.receipt.outcome.refusal.kind === "nothing-due")
        continue;
      for (const line of await receiptLines(this.client, receipt, this.paint)) this.#io.out(`   ${line}\n`);
    }
  }

  /** The court fires by itself what its clock has passed; a moment later there is a receipt. */
  async waitForTimer(agreement: string): Promise<void> {
    const from = this.receipts.filter(({ receipt }) => receipt.agreement !== null).length;
    for (const until = Date.now() + TIMER_MS; Date.now() < until; ) {
      const receipts = await this.client.receipts(agreement, from);
      if (receipts.length > 0) return this.show({ status: "accepted", receipts, repeated: false });
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    throw new UsageError("the court did not fire its timer in time");
  }

  /** An action in the seller's name, signed with another key, never reaches a rule. */
  async forged(agreement: string): Promise<void> {
    const { seller, buyer } = this.keys;
    const signer = { did: seller.did, sign: (message: Uint8Array) => buyer.sign(message) };
    try {
      await this.client.act({ agreement, name: "deliver", signer });
    } catch (error) {
      if (!(error instanceof ProblemError)) throw error;
      this.#atTheDoor++;
      this.#io.out(
        `   ${" ".repeat(18)}${this.paint.bad(error.problem.code)}: turned away at the door, no receipt, nothing changed\n`,
      );
      return;
    }
    throw new Error("the court took an action with a forged signature");
  }

  async summary(agreement: string): Promise<void> {
    const state = (await this.client.state(agreement)) as { readonly view?: Record<string, unknown> } & Record<
      string,
      unknown
    >;
    const view = (state.view ?? state) as Record<string, unknown>;
    const norms = (view["norms"] ?? {}) as Record<
      string,
      { readonly status: string; readonly latest?: { readonly late?: boolean } }
    >;
    const got = (view["got"] ?? []) as readonly {
      readonly role: string;
      readonly amount: unknown;
      readonly asset: string;
    }[];
    const owes = (view["owes"] ?? []) as readonly unknown[];
    const refused = this.receipts.filter(({ receipt }) => receipt.outcome.kind === "refused").length;
    const fuel = this.receipts.reduce((sum, { receipt }) => sum + receipt.fuel, 0);
    const { paint } = this;
    const rows = [
      ["agreement", `${String(view["phase"])}, ${String(view["outcome"])}`],
      ...Object.entries(norms).map(([name, norm]) => [
        name,
        `${norm.status}${norm.latest?.late === true ? ", performed late" : ""}`,
      ]),
      ...got.map(({ role, amount, asset }) => ["paid", `${role} got ${moneyText(amount, asset)}`]),
      ["owed", owes.length === 0 ? "nothing" : JSON.stringify(owes)],
      ["refusals", `${refused} by the rules, each with a receipt; ${this.#atTheDoor} at the door`],
      ["receipts", `${this.receipts.length}, ${thousands(fuel)} fuel in all`],
    ];
    this.#io.out(`\n${paint.strong("What it came to")}\n\n`);
    for (const line of columns(rows.map(([name, value]) => [`   ${name}`, paint.accent(value ?? "")])))
      this.#io.out(`${line}\n`);
  }
}

/** `63.0` of USD as `63.00 USD`. */
function moneyText(amount: unknown, asset: string): string {
  const type = { kind: "money", asset } as const;
  const parsed = parseLiteral(String(amount).endsWith(asset) ? String(amount) : `${String(amount)} ${asset}`, type);
  return "value" in parsed ? (printLiteral(parsed.value, type) ?? String(amount)) : String(amount);
}
