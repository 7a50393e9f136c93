// The public face of lang: text to tree, and back.
export type * from "./ast.ts";
export {
  type Code,
  type Diagnostic,
  hasErrors,
  type Label,
  type More,
  type Outcome,
  type Severity,
} from "./diagnostic.ts";
export { join, LineIndex, lineIndex, type Position, type Source, type Span, textOf } from "./source.ts";
