// The table of builtins, by namespace. Ids are part of every module: one is never given to another builtin, not even after
// its own is gone. Overloads of a name are tried in the order of this table.
import type { Builtin } from "./builtin.ts";
import { BUSINESS } from "./business.ts";
import { CHOICE } from "./choice.ts";
import { CONVERT } from "./convert.ts";
import { DEADLINE } from "./deadline.ts";
import { HASH } from "./hash.ts";
import { LIST } from "./list.ts";
import { MAP } from "./map.ts";
import { MONEY } from "./money.ts";
import { NETWORK } from "./network.ts";
import { NUMBER } from "./number.ts";
import { TEXT } from "./text.ts";
import { TIME } from "./time.ts";

export { FORM_GROUPS, FORMS, type FormGroup } from "./forms.ts";

export interface Namespace {
  readonly title: string;
  readonly builtins: readonly Builtin[];
}

export const NAMESPACES: readonly Namespace[] = [
  { title: "Numbers and order", builtins: NUMBER },
  { title: "Money and interest", builtins: MONEY },
  { title: "Time", builtins: TIME },
  { title: "Deadlines", builtins: DEADLINE },
  { title: "Business days", builtins: BUSINESS },
  { title: "Text", builtins: TEXT },
  { title: "Lists", builtins: LIST },
  { title: "Maps", builtins: MAP },
  { title: "Unknown values and errors", builtins: CHOICE },
  { title: "Conversions", builtins: CONVERT },
  { title: "Networks", builtins: NETWORK },
  { title: "Hashes", builtins: HASH },
];

export const BUILTINS: readonly Builtin[] = NAMESPACES.flatMap((namespace) => namespace.builtins);

const byId = new Map(BUILTINS.map((builtin) => [builtin.id, builtin]));

export const builtinById = (id: number): Builtin | undefined => byId.get(id);
