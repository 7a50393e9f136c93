// Names that look like calls but are built into the compiler: their arguments are not plain values (a norm, an account, a
// comprehension), or not all of them are evaluated. Documented here, lowered there. Examples without a value need an
// agreement around them and stand for reading only.
import type { Form } from "./builtin.ts";

const form = (name: string, signature: string, doc: string, examples: Form["examples"] = []): Form => ({
  name,
  signature,
  doc,
  examples,
});

export interface FormGroup {
  readonly title: string;
  readonly forms: readonly Form[];
}

export const FORM_GROUPS: readonly FormGroup[] = [
  {
    title: "Choice and presence",
    forms: [
      form(
        "choose",
        "(bool, T, T) -> T",
        "The second value when the condition is true, else the third; only that one is evaluated. An unknown or erring condition is the result.",
        [
          ["choose(1 < 2, 10, 20)", "10"],
          ["choose(1 > 2, 1 / 0, 20)", "20.0"],
        ],
      ),
      form(
        "bands",
        'bands: value, "< bound": result, …, else: result',
        "A table in `derive`: rows are tried in order, the first whose comparison is true gives the result.",
      ),
      form(
        "first",
        "(T, T...) -> T, or first: [{when, give}], else: result",
        "In a policy the first argument that is neither absent nor null. In `derive` a table: the first row whose condition is true gives the result.",
      ),
      form("known", "(T?) -> bool", "Whether a value that may be unknown is known; an error is not known."),
      form(
        "has",
        "(path) -> bool",
        "Whether the path is there: no missing field, key or item on the way. Never an error.",
      ),
      form(
        "get",
        "(path, T) -> T",
        "The value of the path, or the second value where it is absent; only then is that evaluated.",
      ),
      form(
        "matches",
        "text =~ pattern",
        "Whether an RE2 pattern is found in the text: written with the operators `=~` and `!~`. The pattern is a written text and becomes part of the module.",
        [
          ['"abc" =~ "^a"', "true"],
          ['"abc" !~ "^a"', "false"],
        ],
      ),
    ],
  },
  {
    title: "Over comprehensions",
    forms: [
      form("any", "([for x in xs {bool}]) -> bool", "Kleene or over the elements, evaluated one by one.", [
        ["any([for x in [1, 2] {x > 1}])", "true"],
      ]),
      form("all", "([for x in xs {bool}]) -> bool", "Kleene and over the elements, evaluated one by one.", [
        ["all([for x in [1, 2] {x > 1}])", "false"],
      ]),
      form("none", "([for x in xs {bool}]) -> bool", "True when `any` is false.", [
        ["none([for x in [1, 2] {x > 2}])", "true"],
      ]),
      form("count", "([for x in xs if bool {T}]) -> int", "Number of elements that pass; the list is not built.", [
        ["count([for x in [1, 2, 3] if x > 1 {x}])", "2"],
      ]),
      form("sum", "([for x in xs {quantity}]) -> quantity", "The elements together; the list is not built.", [
        ["sum([for x in [1, 2, 3] {x * 2}])", "12"],
      ]),
      form(
        "min",
        "([for x in xs {ordered value}], start) -> ordered value",
        "The least of the elements and the start, which stands alone when there are none.",
        [["min([for x in [1, 2, 3] {x * 2}], 100)", "2"]],
      ),
      form(
        "max",
        "([for x in xs {ordered value}], start) -> ordered value",
        "The greatest of the elements and the start, which stands alone when there are none.",
        [["max([for x in [1, 2, 3] {x * 2}], 0)", "6"]],
      ),
    ],
  },
  {
    title: "Norms",
    forms: [
      form(
        "done",
        "(obligation) -> bool",
        "Whether it is settled by performance: fulfilled, or cured. Inside an instance and what follows from it, itself or its cause; elsewhere the latest born.",
      ),
      form("met", "(obligation) -> bool", "Whether it was performed, in time, in cure or late."),
      form("violated", "(obligation) -> bool", "Whether it was violated and not cured."),
      form("overdue", "(obligation) -> bool", "Whether its deadline has passed and its time of cure runs."),
      form("excused", "(obligation) -> bool", "Whether its `unless` held when it was due."),
      form("open", "(obligation) -> int", "Number of instances that are not settled."),
      form("times_violated", "(obligation) -> int", "How often it was violated."),
      form("paid", "(obligation) -> money", "What was paid on it, over its instances."),
      form("owed", "(obligation) -> money", "What is still owed on it, over its open instances."),
      form(
        "due",
        "(obligation) -> instant?",
        "The deadline of its latest instance; unknown before its birth or without a deadline.",
      ),
      form("used", "(power) -> bool", "Whether the power was used."),
      form("usable", "(power) -> bool", "Whether the power may be used now."),
    ],
  },
  {
    title: "Accounts, parties and states",
    forms: [
      form("held", "(account) -> money", "The balance of the account, what is frozen included."),
      form("free", "(account) -> money", "The balance without what is frozen."),
      form("other", "(party) -> party", "The other one of two parties."),
      form("is_party", "(did) -> bool", "Whether the key belongs to a party of the agreement."),
      form("entered", "(state) -> instant?", "When the business state was last entered."),
      form("ended_within", "(duration) -> bool", "Whether the agreement ended at most so long ago."),
    ],
  },
  {
    title: "Written values",
    forms: [
      form(
        "money",
        '("amount asset") -> money',
        "A written amount. The argument is a written text, read when compiling.",
        [['money("5.00 USD")', "5.00 USD"]],
      ),
      form(
        "duration",
        '("number unit") -> duration, days, months or business days',
        "A written span of time, exact or on the calendar. The argument is a written text, read when compiling; any other text is read as an exact duration when the program runs.",
        [['duration("15 days")', "15 days"]],
      ),
    ],
  },
];

export const FORMS: readonly Form[] = FORM_GROUPS.flatMap((group) => group.forms);
