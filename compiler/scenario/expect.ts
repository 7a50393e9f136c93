// `expect:` — one entry a line of truth about the agreement after the steps above it:
//
//   delivery: violated            status of the latest instance; flags too (`late`, `made good`)
//   pay_penalty due: 2019-02-15   also `amount`, `paid`, `born`; a date is the last day in time
//   delay: 6 days                 a fact, derived value or term
//   held jar: 5.00 EUR            balance of an account
//   seller owes buyer: 63.00 USD  buyer got: 63.00 USD
//   terminate: usable             a power: usable, not usable
//   state, outcome, phase, more, due, moves, tells, gives <name>
import type { Entry, Node } from "../../lang/ast.ts";
import { nearest } from "../../lang/suggest.ts";
import { Decimal, type RoundingMode, round } from "../../vm/decimal.ts";
import { guessLiteral, parseLiteral } from "../../vm/literal.ts";
import { equalValues } from "../../vm/order.ts";
import { parseDate } from "../../vm/time-text.ts";
import type { Type } from "../../vm/type.ts";
import { describeType } from "../../vm/type-text.ts";
import { ErrorValue, type Value } from "../../vm/value.ts";
import * as codes from "../codes.ts";
import type { NormDecl } from "../model.ts";
import type { Reading } from "./event.ts";
import type { Played } from "./play.ts";
import { showMoney, showValue, type Words } from "./show.ts";
import { lastDay, readTime, showDay, showTime } from "./time.ts";
import type { Shown, View } from "./view.ts";

/** What an entry looks at. */
export interface Seen {
  readonly view: View;
  readonly last: Played | null;
  readonly words: Words;
  readonly reading: Reading;
}

/** Reports a difference, or that the entry cannot be read, under the author's line. True when it holds. */
export function expectEntry(entry: Entry, seen: Seen): boolean {
  const found = look(entry, seen);
  if (found === "unreadable") return false;
  if (found === null) return true;
  const expected = writtenOf(entry.value);
  seen.reading.diagnostics.push(
    codes.testExpectation(entry.value.span, { what: entry.key.text, expected, actual: found }),
  );
  return false;
}

/** Null: it holds. A text: what it is instead. */
type Found = null | "unreadable" | string;

function look(entry: Entry, seen: Seen): Found {
  const words = entry.key.text.trim().split(/\s+/);
  const [first = "", second, third, fourth] = words;
  const { program } = seen.words;
  if (words.length === 1) return lookOne(first, entry, seen);
  if (words.length === 2) {
    if (first === "held") return balance(second as string, entry, seen);
    if (first === "state") return state(second as string, entry, seen);
    if (first === "gives") return gives(second as string, entry, seen);
    if (second === "got") return got(first, entry, seen);
    const norm = program.norms.find((each) => each.name === first);
    if (norm !== undefined) return part(norm, second as string, entry, seen);
  }
  if (words.length === 3 && second === "owes") return owes(first, third as string, entry, seen);
  if (words.length === 4 && second === "owes" && fourth === "") return "unreadable";
  return unknownName(entry.key.text, entry, seen);
}

function lookOne(name: string, entry: Entry, seen: Seen): Found {
  const { view, last, words } = seen;
  const { program } = words;
  const written = writtenOf(entry.value);
  const same = (actual: string): Found => (actual === written ? null : actual);
  switch (name) {
    case "outcome":
      return same(view.outcome ?? "none");
    case "phase":
      return same(view.phase);
    case "state": {
      const named = [...view.states.values()].filter((each) => each !== null);
      return written === view.phase || named.includes(written)
        ? null
        : named.length > 0
          ? named.join(", ")
          : view.phase;
    }
    case "more":
      return same(String(last?.more === true));
    case "moves":
      return list(entry, moves(seen));
    case "tells":
      return list(entry, tells(seen));
    case "due":
      return nextDue(entry, seen);
  }
  const norm = program.norms.find((each) => each.name === name);
  if (norm !== undefined) return status(norm, written, seen);
  const power = view.powers.get(name);
  if (power !== undefined) {
    const usable = isUsable(power);
    const asked = { usable: true, "not usable": false, true: true, false: false }[written];
    if (asked === undefined) return unreadableValue(entry, seen, "`usable` or `not usable`");
    return asked === usable ? null : usable ? "usable" : "not usable";
  }
  const shown = view.facts.get(name) ?? view.derived.get(name) ?? view.terms.get(name);
  if (shown !== undefined) return value(entry, shown, seen);
  return unknownName(name, entry, seen);
}

/** A power is shown as a bool, or as a record with a field `usable`. */
function isUsable(power: Shown): boolean {
  if (power.type.kind !== "record") return power.value === true;
  const at = power.type.fields.findIndex((field) => field.name === "usable");
  return (power.value as readonly Value[])[at] === true;
}

// ── Obligations ─────────────────────────────────────────────────────────────────────────────────────────────────────────

function status(norm: NormDecl, written: string, seen: Seen): Found {
  const found = seen.view.norms.get(norm.name);
  const actual = found === undefined || found.status === "" ? "none" : found.status;
  if (written === "late" || written === "made good") {
    const flag = found?.latest.get(written === "late" ? "late" : "made_good");
    return flag?.value === true ? null : `${actual}, not ${written}`;
  }
  return actual === written ? null : actual;
}

/** `due`, `amount`, `born` are of the latest instance; `paid`, `owed`, `violated` of all together. */
function part(norm: NormDecl, name: string, entry: Entry, seen: Seen): Found {
  const found = seen.view.norms.get(norm.name);
  const shown =
    name === "paid" || name === "owed" || name === "violated" ? found?.totals.get(name) : found?.latest.get(name);
  if (shown === undefined)
    return found?.latest.size === 0 && ["due", "amount", "born"].includes(name)
      ? writtenOf(entry.value) === "none"
        ? null
        : "none"
      : unknownName(entry.key.text, entry, seen);
  if (name !== "due") return value(entry, shown, seen);
  return instantIs(entry, shown.value, norm.deadline?.edge ?? "closed", seen);
}

/** A date stands for the last day in time, an instant for the deadline itself. */
function instantIs(entry: Entry, actual: Value, edge: "open" | "closed", seen: Seen): Found {
  const written = writtenOf(entry.value);
  const { clock } = seen.words;
  if (actual === undefined) return written === "none" || written === "null" ? null : "none";
  const at = Number(actual);
  const day = clock.ticks ? undefined : parseDate(written);
  if (day !== undefined) return lastDay(at, edge, clock) === day ? null : showDay(lastDay(at, edge, clock));
  const read = readTime(written, clock);
  if ("reason" in read) return unreadableValue(entry, seen, "an instant or a date");
  return read.at === at ? null : showTime(at, clock);
}

function nextDue(entry: Entry, seen: Seen): Found {
  const shown = seen.view.due;
  return instantIs(entry, shown === null ? undefined : shown.at, shown?.edge ?? "closed", seen);
}

// ── Money ───────────────────────────────────────────────────────────────────────────────────────────────────────────────

function balance(account: string, entry: Entry, seen: Seen): Found {
  const shown = seen.view.balances.get(account);
  return shown === undefined ? unknownName(account, entry, seen) : value(entry, shown, seen);
}

interface Sum {
  readonly asset: string;
  readonly amount: Value;
}

function owes(debtor: string, creditor: string, entry: Entry, seen: Seen): Found {
  for (const role of [debtor, creditor]) if (!isRole(role, seen)) return unknownName(role, entry, seen);
  return sums(
    entry,
    seen,
    seen.view.owes.filter((each) => each.debtor === debtor && each.creditor === creditor),
  );
}

function got(role: string, entry: Entry, seen: Seen): Found {
  if (!isRole(role, seen)) return unknownName(role, entry, seen);
  return sums(
    entry,
    seen,
    seen.view.got.filter((each) => each.role === role),
  );
}

const isRole = (name: string, seen: Seen): boolean => seen.words.program.roles.some((each) => each.name === name);

/** `63.00 USD`: the sum in that asset. */
function sums(entry: Entry, seen: Seen, all: readonly Sum[]): Found {
  const written = writtenOf(entry.value);
  const { type, value: expected } = guessLiteral(written);
  if (type.kind !== "money") return unreadableValue(entry, seen, "an amount such as `63.00 USD`");
  const actual = all.find((each) => each.asset === type.asset)?.amount ?? new Decimal(0, 0);
  return equalValues(actual, expected) ? null : showMoney(actual, type.asset, seen.words);
}

// ── What the last step did ────────────────────────────────────────────────────────────────────────────────────────────

function moves({ last, words }: Seen): string[] {
  return (last?.runs ?? []).flatMap((run) =>
    run.step.moves.map(
      (move) => `${move.verb} ${showMoney(move.amount, move.asset, words)} from ${move.from} to ${move.to}`,
    ),
  );
}

function tells({ last, words }: Seen): string[] {
  return (last?.runs ?? []).flatMap((run) =>
    run.step.tells.map(([to, what]) => `${to}: ${showValue(what, { kind: "any" }, words)}`),
  );
}

function gives(name: string, entry: Entry, seen: Seen): Found {
  const last = seen.last?.runs.at(-1)?.step;
  const found = last?.given.find(([each]) => each === name);
  const event = seen.last?.event;
  const action = seen.words.program.actions.find((each) => each.name === event?.name);
  const type =
    action?.effects.give.find((each) => each.name === name)?.value.type ?? guessLiteral(writtenOf(entry.value)).type;
  return found === undefined ? "none" : value(entry, { value: found[1], type }, seen);
}

/** A list of lines, or `none`. */
function list(entry: Entry, actual: readonly string[]): Found {
  const { value: node } = entry;
  const expected =
    node.kind === "list" ? node.items.map(writtenOf) : writtenOf(node) === "none" ? [] : [writtenOf(node)];
  const equal = expected.length === actual.length && expected.every((each, at) => each === actual[at]);
  return equal ? null : actual.length === 0 ? "none" : actual.join("; ");
}

function state(region: string, entry: Entry, seen: Seen): Found {
  const found = seen.view.states.get(region);
  if (found === undefined) return unknownName(region, entry, seen);
  const actual = found ?? "none";
  return writtenOf(entry.value) === actual ? null : actual;
}

// ── Values ──────────────────────────────────────────────────────────────────────────────────────────────────────────────

/** Equal as values. A number nobody rounded yet (a derived amount, a quotient) is compared as it would be shown: rounded to
 *  the places the author wrote. */
function value(entry: Entry, shown: Shown, seen: Seen): Found {
  const written = writtenOf(entry.value);
  const actual = showValue(shown.value, shown.type, seen.words);
  if (shown.value instanceof ErrorValue) return actual === written || written === "error" ? null : actual;
  if (shown.value === undefined) return written === "unknown" || written === "null" ? null : "unknown";
  const type = shown.type.kind === "optional" ? shown.type.of : shown.type;
  if (type.kind === "instant") return instantIs(entry, shown.value, "closed", seen);
  const parsed = parseExpected(written, type);
  if (parsed === null) {
    if (written === "unknown" || written === "null" || written === "error") return actual;
    return unreadableValue(entry, seen, describeType(type));
  }
  if (equalValues(parsed.value, shown.value)) return null;
  if (shown.value instanceof Decimal && parsed.value instanceof Decimal) {
    const places = placesWritten(written, type);
    const mode = (seen.words.program.roundingMoney ?? "half-up") as RoundingMode;
    const cut = round(shown.value, places, mode);
    if (cut instanceof Decimal) {
      if (equalValues(cut, parsed.value)) return null;
      const rest = equalValues(cut, shown.value) ? "" : ", rounded as it would be shown";
      return `${showValue(cut, type, seen.words)}${rest}`;
    }
  }
  return actual;
}

function parseExpected(text: string, type: Type): { readonly value: Value } | null {
  const parsed = parseLiteral(text, type.kind === "quotient" ? { kind: "decimal" } : type);
  return "value" in parsed ? parsed : null;
}

function placesWritten(text: string, type: Type): number {
  const places = /\.(\d+)/.exec(text)?.[1]?.length ?? 0;
  return type.kind === "percent" ? places + 2 : places;
}

const writtenOf = (node: Node): string =>
  node.kind === "scalar" ? node.text : node.kind === "null" ? "null" : node.kind;

function unreadableValue(entry: Entry, seen: Seen, expected: string): "unreadable" {
  seen.reading.diagnostics.push(codes.testValue(entry.value.span, { text: writtenOf(entry.value), expected }));
  return "unreadable";
}

function unknownName(name: string, entry: Entry, seen: Seen): "unreadable" {
  const { program } = seen.words;
  const names = [
    ...program.norms.map((each) => each.name),
    ...program.facts.map((each) => each.name),
    ...program.derived.map((each) => each.name),
    ...program.terms.map((each) => each.name),
    ...program.powers.map((each) => each.name),
    ...program.accounts.map((each) => each.name),
    ...program.roles.map((each) => each.name),
    ...["state", "outcome", "phase", "moves", "tells", "more", "due"],
  ];
  const near = nearest(name, names);
  seen.reading.diagnostics.push(
    codes.testName(
      entry.key.span,
      { kind: "name", name },
      near === null ? undefined : { help: `did you mean \`${near}\`?` },
    ),
  );
  return "unreadable";
}
