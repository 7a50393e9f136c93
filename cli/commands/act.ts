// `writ act`: what a party signs and sends to a court node. One subcommand for each kind of event.
import type { Command } from "commander";
import { hex } from "../../core/index.ts";
import { type Act, type Json, keyOfDid, ProblemError } from "../../court-node/protocol/index.ts";
import { readJson } from "../../vm/index.ts";
import { actLines } from "../act-lines.ts";
import { agreementFor, asking, type CourtOptions, clientFor, showAnswer, withCourt } from "../court.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import type { Io } from "../io.ts";
import { readModuleFile } from "../module-file.ts";
import { clean } from "../terminal.ts";
import type { Job } from "../verbs.ts";
import { readKey } from "./keys.ts";

interface Signed extends CourtOptions {
  readonly key: string;
}
interface WithValue extends Signed {
  readonly value: string[];
  readonly for?: string;
  readonly rail?: string;
  readonly lines?: string;
}
type Run = (job: Job) => void;

const AGREEMENT = "id of the agreement, its first digits, or its name when the court has only one of it";

const collect = (value: string, all: string[]): string[] => [...all, value];

export function configure(command: Command, run: Run): void {
  command.addHelpText(
    "after",
    `
Examples:
  writ act offer agreement.yaml --role seller=seller.key --role buyer=did:key:z6Mk… --key seller.key
  writ act sign late-delivery --key seller.key
  writ act do late-delivery deliver --key seller.key
  writ act do object-storage store size="40 TiB" --key customer.key
  writ act do object-storage store --lines stored.jsonl --key customer.key
  writ act pay late-delivery --value "63.00 USD" --for pay_penalty --key seller.key
  writ act use late-delivery terminate --key buyer.key
  writ act tick 3f09a1c2

Each prints the receipts it caused, timers first. With --lines up to 1,000 actions are signed with one signature and sent
at once; each is an action of its own, with its own receipt, and a line is printed for each: accepted, refused, or the
court's problem. Where the court goes away before it answers, the lines it may have taken are named: look at the agreement
before you send them again. Exit code: 0 accepted, 1 refused, 2 no court, stopped, or wrong usage.`,
  );
  offer(command, run);
  const acts: readonly (readonly [string, string, string | null])[] = [
    ["sign", "sign an agreement for the role of the key", null],
    ["do", "take an action of the agreement", "<action>"],
    ["pay", "pay what is owed", null],
    ["use", "use a power", "<power>"],
    ["withdraw", "take back a signature before all have signed, or a notice", "[power]"],
  ];
  for (const [name, summary, what] of acts) {
    const sub = command.command(name).description(summary).argument("<agreement>", AGREEMENT);
    if (what !== null) sub.argument(what);
    if (name === "do")
      sub.argument(
        "[inputs...]",
        "name=value; JSON where it reads as a number, true, false, null, list or map, else text",
      );
    if (name === "do")
      sub.option("--lines <file>", "an action for each line, a JSON object of its inputs; `-` is standard input");
    withCourt(
      sub
        .requiredOption("--key <file>", "key that signs")
        .option("--value <amount>", "money that comes with it, such as `63.00 USD`; may be repeated", collect, [])
        .option("--for <claim>", "the obligation it is for")
        .option("--rail <file>", "key of the rail, which certifies the value"),
    ).action((...args: unknown[]) => {
      // Commander hands over the arguments, then the options, then the command.
      const [agreement, second, third] = args as [string, unknown, unknown];
      const options = args.at(-2) as WithValue;
      const word = what === null ? undefined : (second as string | undefined);
      const inputs = name === "do" ? ((third as string[] | undefined) ?? []) : [];
      run((io) => act(io, name, agreement, word, inputs, options));
    });
  }
  withCourt(
    command.command("tick").description("fire every timer that is due").argument("<agreement>", AGREEMENT),
  ).action((agreement: string, options: CourtOptions) =>
    run(async (io) => {
      const client = clientFor(io, options);
      return asking(io, client, options, async () => {
        try {
          return await showAnswer(io, client, await client.tick(await agreementFor(client, agreement)), options);
        } catch (error) {
          // The court answers so as a problem; for who asks for a tick it is no failure.
          if (!(error instanceof ProblemError) || error.problem.code !== "nothing-due") throw error;
          io.out(
            options.json
              ? `${JSON.stringify({ ok: true, status: "nothing-due", receipts: [] })}\n`
              : "nothing is due\n",
          );
          return EXIT.ok;
        }
      });
    }),
  );
  withCourt(
    command.command("state").description("show where an agreement stands").argument("<agreement>", AGREEMENT),
  ).action((agreement: string, options: CourtOptions) =>
    run(async (io) => {
      const client = clientFor(io, options);
      return asking(io, client, options, async () => {
        const state = await client.state(await agreementFor(client, agreement));
        io.out(`${options.json ? JSON.stringify(state) : JSON.stringify(state, null, 2)}\n`);
        return EXIT.ok;
      });
    }),
  );
}

// ── Offers ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

interface OfferOptions extends Signed {
  readonly role: string[];
  readonly term: string[];
}

function offer(command: Command, run: Run): void {
  withCourt(
    command
      .command("offer")
      .description("offer a deployed agreement to its parties")
      .argument("<module>", "id of a deployed module, or the file it was made from")
      .option("--role <role=key>", "a did, or a key file; repeated for each role", collect, [])
      .option("--term <name=value>", "a term that is asked for at signing; may be repeated", collect, [])
      .requiredOption("--key <file>", "key that signs the offer"),
  ).action((module: string, options: OfferOptions) =>
    run(async (io) => {
      const signer = readKey(io, options.key);
      const roles = Object.fromEntries(options.role.map((pair) => roleOf(io, pair)));
      const terms = objectText(options.term);
      const moduleId = await moduleFor(io, module);
      if (moduleId === null) return EXIT.no;
      const client = clientFor(io, options);
      return asking(io, client, options, async () => {
        const answer = await client.offer({ moduleId, roles, terms, signer });
        const code = await showAnswer(io, client, answer, options);
        if (!options.json) io.out(`agreement ${answer.agreement}\n`);
        return code;
      });
    }),
  );
}

/** Id of a module in hex: as given, or of a file, which is compiled. Null when that has errors, which were drawn. */
async function moduleFor(io: Io, text: string): Promise<string | null> {
  if (/^[0-9a-f]{64}$/i.test(text)) return text.toLowerCase();
  const read = await readModuleFile(io, text);
  return read === null ? null : hex(read.moduleId);
}

function roleOf(io: Io, pair: string): [string, string] {
  const [role, who] = split(pair, "--role", "seller=seller.key");
  if (!who.startsWith("did:")) return [role, readKey(io, who).did];
  if (keyOfDid(who) === undefined) throw new UsageError(`\`${clean(who)}\` is no did:key of an Ed25519 key`);
  return [role, who];
}

// ── Acts ────────────────────────────────────────────────────────────────────────────────────────────────────────────────

async function act(
  io: Io,
  kind: string,
  agreement: string,
  name: string | undefined,
  inputs: readonly string[],
  options: WithValue,
): Promise<ExitCode> {
  if (options.lines !== undefined) return actsOf(io, agreement, name ?? "", inputs, options, options.lines);
  const value = options.value.map(amountOf);
  const signed: Omit<Act, "agreement"> = {
    signer: readKey(io, options.key),
    inputs: inputs.length === 0 ? "null" : objectText(inputs),
    value: value.length === 0 ? null : value,
    for: options.for ?? null,
    ...(options.rail === undefined ? {} : { rail: readKey(io, options.rail) }),
  };
  const client = clientFor(io, options);
  return asking(io, client, options, async () => {
    const verb = { sign: client.sign, do: client.act, pay: client.pay, use: client.use, withdraw: client.withdraw }[
      kind
    ];
    if (verb === undefined) throw new UsageError(`there is no \`writ act ${clean(kind)}\``);
    const answer = await verb({ ...signed, agreement: await agreementFor(client, agreement), name: name ?? "" });
    return showAnswer(io, client, answer, options);
  });
}

/** An action for each line of a file. */
function actsOf(
  io: Io,
  agreement: string,
  name: string,
  inputs: readonly string[],
  options: WithValue,
  file: string,
): Promise<ExitCode> {
  if (inputs.length > 0 || options.value.length > 0 || options.for !== undefined || options.rail !== undefined)
    throw new UsageError(
      "--lines goes without inputs, --value, --for and --rail",
      "each line has the inputs of an action",
    );
  const signer = readKey(io, options.key);
  const client = clientFor(io, options);
  return asking(io, client, options, async () =>
    actLines(io, client, { file, agreement: await agreementFor(client, agreement), name, signer }, options),
  );
}

/** `63.00 USD` as asset and amount. */
function amountOf(text: string): readonly [string, string] {
  const parts = /^(\d[\d,]*(?:\.\d+)?) ([A-Za-z][A-Za-z0-9_]*)$/.exec(text.trim());
  if (parts === null) throw new UsageError(`\`${clean(text)}\` is no amount`, "write it like `63.00 USD`");
  return [parts[2] as string, (parts[1] as string).replaceAll(",", "")];
}

function split(pair: string, option: string, example: string): [string, string] {
  const at = pair.indexOf("=");
  if (at < 1) throw new UsageError(`\`${clean(pair)}\` is no pair for ${option}`, `write it like ${example}`);
  return [pair.slice(0, at), pair.slice(at + 1)];
}

/** Pairs as the text of a JSON object. A value that reads as JSON stays as it is written, token for token. */
export function objectText(pairs: readonly string[]): string {
  const fields = pairs.map((pair) => {
    const [name, value] = split(pair, "an input", 'size="40 TiB"');
    const isJson = "value" in readJson(value) && !value.startsWith('"');
    return `${JSON.stringify(name satisfies Json)}:${isJson ? value : JSON.stringify(value)}`;
  });
  return `{${fields.join(",")}}`;
}
