// A YAML agreement that fills templates of CUE:
//
//   use: {template: service_level, with: {provider: Blue Hosting, fee: 900.00 EUR}}
//   use: [{template: service_level, with: {…}}, {template: ./house}]
//
// It becomes a file of CUE that lays the templates and the rest of the document over each other. Nothing of that file is ever shown:
// every place in it leads back to the YAML.
import type { MapNode, Node, Scalar } from "../ast.ts";
import * as codes from "../codes.ts";
import type { Diagnostic } from "../diagnostic.ts";
import type { Source, Span } from "../source.ts";
import type { CueFile } from "./job.ts";
import { label, quotedText } from "./print.ts";
import { hasOwnSpelling } from "./text.ts";

/** A template that a document fills. */
export interface TemplateUse {
  readonly template: Scalar;
  readonly with: Node | null;
  readonly span: Span;
}

/** The templates of an agreement; empty when it uses none. */
export function templatesOf(root: MapNode): readonly TemplateUse[] {
  const value = (name: string): Node | undefined => root.entries.find(({ key }) => key.text === name)?.value;
  const use = value("use");
  if (use === undefined || value("agreement") === undefined) return [];
  const items = use.kind === "list" ? use.items : [use];
  return items.flatMap((item): TemplateUse[] => {
    if (item.kind !== "map") return [];
    const template = item.entries.find(({ key }) => key.text === "template")?.value;
    const given = item.entries.find(({ key }) => key.text === "with")?.value ?? null;
    return template?.kind === "scalar" ? [{ template, with: given, span: item.span }] : [];
  });
}

/** Where places of the made file lead. */
export interface Origin {
  readonly spanOf: (span: Span) => Span;
  /** The scalar of YAML that a text or number of the file was made from. */
  readonly scalarAt: (span: Span) => Scalar | null;
}

/** Name of the file in the module, and of what each template makes in it. */
const FILE = "filled.cue";
export const filledPath = (at: number): string => `#use${at}.fill`;

/** The file of CUE. `imports`: for each use the package that holds its `#Template`. */
export function fillTemplates(
  root: MapNode,
  uses: readonly TemplateUse[],
  imports: readonly string[],
): { readonly file: CueFile; readonly origin: Origin; readonly diagnostics: readonly Diagnostic[] } {
  const diagnostics: Diagnostic[] = [];
  const made: { start: number; end: number; span: Span; scalar: Scalar | null }[] = [];
  let text = "package filled\n\n";
  /** Writes what comes from a place of the YAML. */
  const from = (span: Span, scalar: Scalar | null, write: () => void): void => {
    const start = text.length;
    write();
    made.push({ start, end: text.length, span, scalar });
  };
  const put = (more: string): void => {
    text += more;
  };
  const field = (key: Scalar, value: Node): void => {
    from(key.span, null, () => put(label(key.text)));
    put(": ");
    node(value);
    put("\n");
  };
  const node = (value: Node): void => {
    switch (value.kind) {
      case "null":
        return from(value.span, null, () => put("null"));
      case "scalar": {
        const plain = !value.quoted && hasOwnSpelling(value.text);
        return from(value.span, value, () => put(plain ? value.text : quotedText(value.text)));
      }
      case "list":
        return from(value.span, null, () => {
          put("[\n");
          for (const item of value.items) {
            node(item);
            put(",\n");
          }
          put("]");
        });
      case "map":
        return from(value.span, null, () => {
          put("{\n");
          for (const { key, value: inner } of value.entries) field(key, inner);
          put("}");
        });
    }
  };

  const { source } = root.span;
  uses.forEach((use, at) => {
    from(use.template.span, null, () => put(`import t${at} ${JSON.stringify(imports[at])}`));
    put("\n");
  });
  uses.forEach((use, at) => {
    put(`#use${at}: `);
    from(use.template.span, null, () => put(`t${at}.#Template`));
    if (use.with !== null && use.with.kind !== "null") {
      put(" & {fill: ");
      node(use.with);
      put("}");
    }
    put(`\n#use${at}.document\n`);
  });
  for (const { key, value } of root.entries) if (key.text !== "use") field(key, value);
  const use = root.entries.find(({ key }) => key.text === "use");
  const known = new Set(["template", "with"]);
  for (const item of use?.value.kind === "list" ? use.value.items : use === undefined ? [] : [use.value])
    for (const { key } of item.kind === "map" ? item.entries : [])
      if (!known.has(key.text))
        diagnostics.push(
          codes.unknownKey(
            key.span,
            { key: key.text, section: "a `use`" },
            { help: "a `use` has the keys `template`, `with`" },
          ),
        );

  const file: CueFile = { name: source.name, as: FILE, text };
  // The innermost comes last when it starts later, so the shortest that holds a place is the one.
  const at = (span: Span): (typeof made)[number] | null => {
    let best: (typeof made)[number] | null = null;
    for (const each of made)
      if (each.start <= span.start && span.start < Math.max(each.end, each.start + 1))
        if (best === null || each.end - each.start <= best.end - best.start) best = each;
    return best;
  };
  const isMade = (span: Span): boolean => span.source.name === file.name && span.source.text === text;
  const start = root.entries[0]?.key.span ?? root.span;
  return {
    file,
    diagnostics,
    origin: {
      spanOf: (span) => (isMade(span) ? (at(span)?.span ?? start) : span),
      scalarAt: (span) => {
        if (!isMade(span)) return null;
        const found = at(span);
        return found !== null && found.start === span.start ? found.scalar : null;
      },
    },
  };
}

/** A diagnostic with its places in the YAML. */
export const inYaml = (diagnostic: Diagnostic, { spanOf }: Origin): Diagnostic => ({
  ...diagnostic,
  message: diagnostic.message.replace(/#use\d+\.fill\b/g, "with"),
  span: spanOf(diagnostic.span),
  labels: diagnostic.labels
    .map(({ span, text }) => ({ span: spanOf(span), text }))
    .filter(({ span }) => !sameSpan(span, spanOf(diagnostic.span))),
});

const sameSpan = (a: Span, b: Span): boolean => a.source === b.source && a.start === b.start && a.end === b.end;

/** Documents of YAML that templates fill, with their packages. */
export interface Filled {
  readonly source: Source;
  readonly imports: readonly string[];
}
