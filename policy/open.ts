// A policy ready to be asked: the public way from a module file to decisions.
import { fromUtf8, hex } from "../core/bytes.ts";
import { BUILTINS } from "../stdlib/index.ts";
import {
  type CheckAnswer,
  type Decision,
  decodeModule,
  loadPolicy,
  type Module,
  type Policy,
  readJson,
  type Tier,
  type Value,
  type Verdict,
} from "../vm/index.ts";
import { badData, badInput, badModule, notAPolicy } from "./codes.ts";
import { fail } from "./errors.ts";
import { type Plain, plainValue } from "./plain.ts";

/** The bytes of a module file (`writ build`), or what `compile` of `writ/compiler` gave. */
export type PolicyModule =
  | Uint8Array
  | { readonly module: Module; readonly moduleId: Uint8Array; readonly bytes: Uint8Array };

export interface OpenOptions {
  /** Data documents by name: plain values, or JSON text as bytes. */
  readonly data?: Readonly<Record<string, Plain | Uint8Array>> | undefined;
  /** How the module runs: the same answers, another speed. By default `auto`. */
  readonly tier?: Tier | undefined;
}

/** A module with its documents as values of JSON: what a log or a bundle holds. */
export interface PolicyParts {
  readonly module: Module;
  readonly moduleId: Uint8Array;
  /** Of the file. */
  readonly bytes: Uint8Array;
  readonly documents: ReadonlyMap<string, Value>;
}

export interface OpenedPolicy {
  readonly name: string;
  /** In hex, as answers name it. */
  readonly moduleId: string;
  readonly parts: PolicyParts;
  /** What the machine makes of it: rules, types, and answers to values of JSON. */
  readonly machine: Policy;
  /** Allow or deny, and why. Throws PolicyError `policy/bad-input` for what is no JSON; an input of another type than the policy takes is denied. */
  decide(input: Plain): Decision;
  /** As `decide`, for JSON text: `1` and `1.0` stay apart, and long numbers keep their digits. */
  decideText(json: string): Decision;
  /** The short answer, for who asks often: without what is only for the record. Never throws; what is no JSON is denied. */
  verdict(input: unknown): Verdict;
  /** Yes or no: whether the verdict is to allow, with no obligation. Faster, for it goes no further than the answer is sure; for who asks of many
   *  things which of them are allowed: `notes.filter((note) => policy.allows({ user, act, note }))`. */
  allows(input: unknown): boolean;
  /** Every violation, each with its place. */
  check(input: Plain): CheckAnswer;
  checkText(json: string): CheckAnswer;
}

/** Opens a policy to decide as often as asked. Throws PolicyError when module or data are refused. */
export function openPolicy(module: PolicyModule, { data = {}, tier }: OpenOptions = {}): OpenedPolicy {
  const documents = new Map<string, Value>();
  for (const [name, document] of Object.entries(data)) documents.set(name, documentOf(name, document));
  return openParts({ ...readModule(module), documents }, tier);
}

/** As `openPolicy`, for documents that are values already. */
export function openParts(parts: PolicyParts, tier?: Tier): OpenedPolicy {
  const { module, moduleId, documents } = parts;
  if (module.kind !== "policy") return fail(notAPolicy());
  const ready = loadPolicy({ module, moduleId }, BUILTINS, tier === undefined ? {} : { tier });
  if ("error" in ready) return fail(badModule({ reason: `${ready.error.code}: ${ready.error.message}` }));
  const bound = ready.loaded.withData(documents);
  if ("problem" in bound) {
    const { document, path, reason } = bound.problem;
    return fail(badData({ name: document, reason: path === "" ? reason : `does not fit: ${path}: ${reason}` }));
  }
  const { policy: machine } = bound;
  return {
    name: module.name,
    moduleId: hex(moduleId),
    parts,
    machine,
    decide: (input) => machine.decide(plainValue(input)),
    decideText: (json) => machine.decide(readInput(json)),
    verdict: machine.verdict,
    allows: machine.allowsPlain,
    check: (input) => machine.check(plainValue(input)),
    checkText: (json) => machine.check(readInput(json)),
  };
}

/** The answer of a policy to one input. Who asks more than once opens the policy first: opening costs more than deciding. */
export const decide = (module: PolicyModule, input: Plain, options: OpenOptions = {}): Decision =>
  openPolicy(module, options).decide(input);

/** A value of JSON from its text. Throws PolicyError `policy/bad-input`. */
export function readInput(json: string): Value {
  const read = readJson(json);
  return "value" in read
    ? read.value
    : fail(badInput({ reason: `${read.problem.message}, at character ${read.problem.offset + 1}` }));
}

export function readModule(module: PolicyModule): Omit<PolicyParts, "documents"> {
  if (!(module instanceof Uint8Array)) return module;
  const read = decodeModule(module);
  if ("error" in read) return fail(badModule({ reason: `${read.error.code}: ${read.error.message}` }));
  return { module: read.module, moduleId: read.moduleId, bytes: module };
}

function documentOf(name: string, document: Plain | Uint8Array): Value {
  if (!(document instanceof Uint8Array)) return plainValue(document);
  const text = fromUtf8(document);
  if (text === undefined) return fail(badData({ name, reason: "is not UTF-8" }));
  const read = readJson(text);
  return "value" in read
    ? read.value
    : fail(badData({ name, reason: `is no JSON: ${read.problem.message}, at character ${read.problem.offset + 1}` }));
}
