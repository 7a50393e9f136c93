// Types of what goes in and out of the four entries, so that hosts read and write them without knowing the agreement.
import type { Type } from "../../vm/type.ts";
import type { NormDecl, Program } from "../model.ts";
import { movesMax, saidMax } from "./counts.ts";
import {
  ANY,
  assetOf,
  BOOL,
  DECIMAL,
  INT,
  instanceType,
  type Layout,
  list,
  moneyOf,
  OUTCOMES,
  optional,
  PHASES,
  record,
  TEXT,
  words,
} from "./layout.ts";
import { REFUSAL_VALUES_MAX } from "./limits.ts";

const orNull = (type: Type): Type => ({ kind: "union", of: [{ kind: "null" }, type] });

/** Argument of `init`: who plays each role (null: as declared), the asked terms as JSON, the stamp. */
export function offerType(program: Program, layout: Layout): Type {
  return record([
    ["roles", list(orNull(TEXT), program.roles.length)],
    ["terms", ANY],
    ["at", layout.instant],
  ]);
}

export function eventType(program: Program, layout: Layout): Type {
  return record([
    ["kind", TEXT],
    ["name", TEXT],
    ["by", TEXT],
    ["at", layout.instant],
    [
      "value",
      orNull(
        list(
          record([
            ["asset", TEXT],
            ["amount", DECIMAL],
          ]),
          program.assets.length,
        ),
      ),
    ],
    ["inputs", ANY],
    ["for", orNull(TEXT)],
  ]);
}

const pairs = (most: number): Type =>
  list(
    record([
      ["name", TEXT],
      ["value", ANY],
    ]),
    most,
  );

export const REFUSAL: Type = orNull(
  record([
    ["kind", TEXT],
    ["name", TEXT],
    ["path", TEXT],
    ["values", pairs(REFUSAL_VALUES_MAX)],
  ]),
);

export function answerType(program: Program, layout: Layout): Type {
  return record([
    ["state", layout.state],
    ["kind", words(["timer", "event"])],
    ["name", TEXT],
    ["consumed", BOOL],
    ["refusal", REFUSAL],
    [
      "moves",
      list(
        record([
          ["verb", TEXT],
          ["asset", TEXT],
          ["amount", DECIMAL],
          ["from", TEXT],
          ["to", TEXT],
        ]),
        movesMax(program),
      ),
    ],
    [
      "tells",
      list(
        record([
          ["to", TEXT],
          ["what", ANY],
        ]),
        saidMax(program, "tell"),
      ),
    ],
    ["given", pairs(saidMax(program, "give"))],
    ["at", layout.instant],
  ]);
}

/** Answer of `init`. */
export function offeredType(layout: Layout): Type {
  return record([
    ["state", orNull(layout.state)],
    ["refusal", REFUSAL],
  ]);
}

/** Answer of `due`: the next timer, or null. */
export function dueType(layout: Layout): Type {
  return orNull(
    record([
      ["at", layout.instant],
      ["edge", words(["open", "closed"])],
      ["name", TEXT],
      ["key", INT],
    ]),
  );
}

/** What `query` shows of an obligation. */
function normView(program: Program, layout: Layout, norm: NormDecl): Type {
  const instance = instanceType(program, norm, layout.instant);
  const asset = assetOf(program, norm);
  const money = asset === null ? DECIMAL : moneyOf(program, asset);
  return record([
    ["status", TEXT],
    ["open", list(instance, norm.openAtMost)],
    ["waiting", list(instance, norm.openAtMost)],
    ["late", list(instance, norm.openAtMost)],
    ["latest", optional(instance)],
    ["born", INT],
    ["violated", INT],
    ["paid", money],
    ["owed", money],
  ]);
}

/** Answer of `query`. */
export function viewType(program: Program, layout: Layout, owesMost: number): Type {
  const { instant } = layout;
  const sum = (parties: readonly string[]): Type =>
    record([...parties.map((name): [string, Type] => [name, TEXT]), ["asset", TEXT], ["amount", DECIMAL]]);
  return record([
    ["phase", words(PHASES)],
    ["outcome", optional(words(OUTCOMES))],
    ["cause", optional(TEXT)],
    ["clock", instant],
    ["seq", INT],
    ["activated", optional(instant)],
    ["ended", optional(instant)],
    ["expires", optional(instant)],
    [
      "parties",
      record(
        program.roles.map((role) => [
          role.name,
          record([
            ["did", optional({ kind: "did" })],
            ["signed", BOOL],
          ]),
        ]),
      ),
    ],
    ["terms", record(program.terms.map((term) => [term.name, term.type]))],
    ["facts", record(program.facts.map((fact) => [fact.name, fact.type]))],
    ["derived", record(program.derived.map((derived) => [derived.name, optional(derived.is.type)]))],
    ["norms", record(program.norms.map((norm) => [norm.name, normView(program, layout, norm)]))],
    [
      "powers",
      record(
        program.powers.map((power) => [
          power.name,
          record([
            ["usable", BOOL],
            ["used", INT],
            ["notice", optional(instant)],
          ]),
        ]),
      ),
    ],
    ["balances", record(program.accounts.map((account) => [account.name, moneyOf(program, account.asset)]))],
    ["owes", list(sum(["debtor", "creditor"]), owesMost)],
    ["got", list(sum(["role"]), program.roles.length * program.assets.length)],
    [
      "states",
      record(
        program.regions.map((region) => [
          region.name,
          record([
            ["state", optional(TEXT)],
            ["entered", optional(instant)],
          ]),
        ]),
      ),
    ],
    ["due", dueType(layout)],
  ]);
}
