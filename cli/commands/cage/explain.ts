// `writ cage explain`: why a cage decided as it did, from a record. With the source of the policy, which a module carries, rule by rule in
// the author's words; without, by the rules that decided and what each of the others would have needed.
import { type Command, Option } from "commander";
import type { Answer } from "../../../cage/point.ts";
import { leafOf } from "../../../cage/records/ledger.ts";
import { type CageRecord, isNote, type KeptDecision } from "../../../cage/records/record.ts";
import { decisionsOf, inputValue, RecordReplayer } from "../../../cage/records/replay.ts";
import { compile, Explainer } from "../../../compiler/index.ts";
import { hex } from "../../../core/index.ts";
import { readDocument } from "../../../lang/index.ts";
import type { OpenedPolicy } from "../../../policy/index.ts";
import type { Value } from "../../../vm/index.ts";
import { holds } from "../../../vm/policy/atoms.ts";
import {
  cageSentences,
  type LedgerOptions,
  openCageLedger,
  recordJson,
  storeFor,
  withStore,
} from "../../cage/ledger.ts";
import { noteLines } from "../../cage/notes.ts";
import { printJson } from "../../document.ts";
import { EXIT, type ExitCode, UsageError } from "../../exit.ts";
import { headLines, ruleLines } from "../../explain-policy.ts";
import type { Io } from "../../io.ts";
import { clean, type Paint, paintFor } from "../../terminal.ts";
import type { Job } from "../../verbs.ts";

interface Options extends LedgerOptions {
  readonly at?: string;
  readonly json?: boolean;
}

export function configure(command: Command, run: (job: Job) => void): void {
  withStore(command)
    .argument(
      "<record>",
      "index (`12`, `@12`), the hash that a caller was told (eight digits of it are enough), or the id of an exchange",
    )
    .addOption(
      new Option("--at <point>", "which decision of the record (default: the last)").choices([
        "connect",
        "request",
        "body",
        "response",
        "report",
      ]),
    )
    .option("--json", "print one JSON value")
    .addHelpText(
      "after",
      `
Examples:
  writ cage explain 12
  writ cage explain 9f2c41aa --ledger /var/lib/cage
  writ cage explain 12 --at request --json

The decision is made again from the record, by the module that made it. Secrets are masked in records; a part that reads
one is explained with the mask. Of records in which no policy decided (a refusal, a reload, certificates) it says what they are.
Exit code: 0 it was explained, 1 it does not come out as recorded, 2 there is no such record or decision.`,
    )
    .action((id: string, options: Options) => run((io) => cageSentences(() => explain(io, id, options))));
}

async function explain(io: Io, id: string, options: Options): Promise<ExitCode> {
  const ledger = await openCageLedger(io, options);
  try {
    const entry = ledger.find(id);
    const { index, record } = entry;
    const decision = chosen(record, options.at);
    if (decision === undefined) {
      if (options.at === undefined && (isNote(record) || record.kind === "reload")) {
        if (options.json) printJson(io, recordJson(entry, leafOf(entry.bytes)));
        else io.out(`${noteLines({ ...entry, record }, paintFor(io)).join("\n")}\n`);
        return EXIT.ok;
      }
      throw new UsageError(
        `record ${index} holds no decision${options.at === undefined ? "" : ` at ${options.at}`}`,
        record.kind === "completion" ? `it says how the exchange of record ${record.intent} ended` : null,
      );
    }
    if (decision.answer === null) return unasked(io, index, decision, options);
    const replayer = new RecordReplayer(storeFor(io, options));
    const otherwise = replayer.again(decision);
    const known = replayer.unknown === 0;
    const policy = replayer.policyOf(decision);
    const input = inputValue(decision);
    const explainer = explainerOf(policy, replayer.documents(decision.data));
    const same = otherwise === null;
    const paint = paintFor(io);
    const explanation = known && same && explainer !== null ? explainer.explain(input) : null;
    const rules = explanation === null ? needs(policy, input, decision.answer) : null;
    if (options.json) {
      const { point, allowed, reason, detail, masked, module, answer } = decision;
      printJson(io, {
        index,
        point,
        allowed,
        reason,
        detail,
        masked,
        module,
        same,
        known,
        answer,
        ...(explanation ?? { rules }),
      });
      return same ? EXIT.ok : EXIT.no;
    }
    io.out(`record ${index}, at ${decision.point}, by module ${decision.module.slice(0, 16)}\n`);
    if (!same)
      io.out(
        `${paint.bad("differs")}  made again, the decision is another: the ledger or the store is not what decided\n`,
      );
    if (!known) io.out(`${paint.warn("masked")}  what is masked counted: shown is what was recorded\n`);
    if (!decision.allowed && decision.reason !== "denied")
      io.out(`${paint.bad(clean(decision.reason))}${decision.detail === null ? "" : `  ${clean(decision.detail)}`}\n`);
    if (explanation !== null) {
      io.out(`${headLines(explanation, paint).join("\n")}\n`);
      io.out(`\n${ruleLines(explanation, paint).join("\n")}\n`);
    } else io.out(`${recordedLines(decision.answer, rules ?? [], paint).join("\n")}\n`);
    if (decision.masked.length > 0) io.out(`${paint.dim(`masked: ${decision.masked.map(clean).join(", ")}`)}\n`);
    return same ? EXIT.ok : EXIT.no;
  } finally {
    await ledger.close();
  }
}

const chosen = (record: CageRecord, at: string | undefined): KeptDecision | undefined =>
  decisionsOf(record).findLast(({ point }) => at === undefined || point === at);

function unasked(io: Io, index: number, { point, reason, detail, allowed }: KeptDecision, options: Options): ExitCode {
  if (options.json) printJson(io, { index, point, allowed, reason, detail, answer: null });
  else {
    const paint = paintFor(io);
    io.out(`record ${index}, at ${point}: the policy was not asked\n`);
    io.out(`${paint.bad(clean(reason))}${detail === null ? "" : `  ${clean(detail)}`}\n`);
  }
  return EXIT.ok;
}

/** Null where the source is not there, or is of more than one file. */
function explainerOf({ parts }: OpenedPolicy, data: ReadonlyMap<string, Value>): Explainer | null {
  const [source, ...more] = parts.module.debug.sources;
  if (source === undefined || more.length > 0) return null;
  const document = readDocument(source.text, source.name).value;
  if (document?.kind !== "policy") return null;
  const made = compile(document);
  if (made.policy === null || made.value === null || hex(made.value.moduleId) !== hex(parts.moduleId)) return null;
  const ready = Explainer.of({ program: made.policy, compiled: made.value, data });
  return "explainer" in ready ? ready.explainer : null;
}

interface Need {
  readonly rule: string;
  readonly title: string;
  readonly effect: string;
  /** Decided; else the paths of the input whose tests fail, or that the rest of its condition is false. */
  readonly failing: readonly string[];
}

/** The rules nearest to holding first. */
function needs(policy: OpenedPolicy, input: Value, { determining }: Answer): readonly Need[] {
  const read = policy.machine.read(input);
  if ("misfit" in read) return [];
  const type = policy.parts.module.types[policy.machine.table.input];
  const names = type?.kind === "record" ? type.fields.map(({ name }) => name) : [];
  const decided = new Set(determining.map(({ rule }) => rule));
  return policy.machine.table.rules
    .map(({ id, title, effect, atoms }): Need => {
      const failing = atoms
        .filter((atom) => !holds(read.value, atom))
        .map(({ path }) =>
          path.map((step, i) => (i === 0 && typeof step === "number" ? (names[step] ?? step) : step)).join("."),
        );
      const rest = failing.length === 0 && !decided.has(id) ? ["its condition"] : failing;
      return { rule: id, title, effect, failing: rest };
    })
    .sort((a, b) => Number(decided.has(b.rule)) - Number(decided.has(a.rule)) || a.failing.length - b.failing.length);
}

function recordedLines({ decision, determining, errors }: Answer, rules: readonly Need[], paint: Paint): string[] {
  const by = determining.length === 0 ? "the default" : determining.map(({ rule }) => clean(rule)).join(", ");
  return [
    `${decision === "allow" ? paint.good("allow") : paint.bad("deny")}  by ${by}`,
    ...errors.map(({ rule, error }) => `  ${paint.warn(`${clean(rule)} errs: ${clean(error)}`)}`),
    ...rules.map(({ rule, title, effect, failing }) =>
      failing.length === 0
        ? `${paint.good("✓")} ${effect} ${paint.strong(clean(title))} (${clean(rule)})`
        : `${paint.dim("✗")} ${effect} ${paint.strong(clean(title))} (${clean(rule)}): ${failing.map(clean).join(", ")}`,
    ),
  ];
}
