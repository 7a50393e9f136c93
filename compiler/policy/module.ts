// A module checked alone: its types, values and functions, as those who use it will read them.
import type { ModuleDocument } from "../../lang/ast.ts";
import type { Diagnostic } from "../../lang/diagnostic.ts";
import { ITEMS_DEFAULT } from "../../vm/policy/limits.ts";
import { read } from "../2-check/build.ts";
import { contextOf, Enough } from "../2-check/checking.ts";
import { scopeOf } from "../2-check/context.ts";
import { typed } from "../2-check/expression.ts";
import { typeOf } from "../2-check/type-expr.ts";
import { ERROR } from "../2-check/types.ts";
import { shellOf } from "./check.ts";
import { type Modules, namespaceOf } from "./namespaces.ts";
import { constantValue } from "./values.ts";
import { type Known, wordsOf } from "./words.ts";

export function checkModule(document: ModuleDocument, modules: Modules = new Map()): readonly Diagnostic[] {
  const diagnostics: Diagnostic[] = [];
  try {
    const empty = { module: document.name.text, types: new Map(), functions: new Map(), values: [] };
    const known: Known = { input: ERROR, data: [], names: empty, relations: [], itemsMax: ITEMS_DEFAULT };
    const shell = shellOf({ ...document, zone: null, derive: [] });
    const context = contextOf(shell, diagnostics, (made) => wordsOf(made, known));
    // It may be named by those it uses: that is a cycle.
    const all = new Map([[document.name.text, document], ...modules]);
    const own = { ...document, types: [], values: [], functions: [], use: [{ alias: null, module: document.name }] };
    known.names = {
      ...namespaceOf(context, own, all, (node) => constantValue(context, node)),
      module: document.name.text,
    };
    for (const { name } of document.types) context.policy?.type(name.text, name.span);
    for (const { name, params, is } of document.functions) {
      if (is === null) continue;
      const given = new Map(
        params.map((param) => {
          const type = typeOf(context, param.type);
          return [param.name.text, read(type, { kind: "local", index: context.nextLocal++ }, param.name.span)] as const;
        }),
      );
      typed(context, { ...scopeOf(`function \`${name.text}\``), given }, is);
    }
  } catch (thrown) {
    if (!(thrown instanceof Enough)) throw thrown;
  }
  return diagnostics;
}
