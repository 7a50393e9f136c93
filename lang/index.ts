// The public face of lang: text to tree, and back.

export { typeNames } from "./agreement/type.ts";
export { isWrittenValue } from "./agreement/values.ts";
export type * from "./ast.ts";
export { codes as langCodes } from "./codes.ts";
export {
  type Code,
  type Diagnostic,
  hasErrors,
  type Label,
  type More,
  type Outcome,
  type Severity,
} from "./diagnostic.ts";
export { type MappedText, mapped } from "./expr/mapped.ts";
export { childrenOf, parseExpr, parseExprText } from "./expr/parse.ts";
export { printExpr, quote } from "./expr/print.ts";
export { formatSource } from "./print.ts";
export { type DocumentRead, readDocument } from "./read.ts";
export { count, type RenderOptions, renderDiagnostic, renderDiagnostics, sortDiagnostics } from "./render.ts";
export { join, LineIndex, lineIndex, type Position, type Source, type Span, textOf } from "./source.ts";
export { readSteps } from "./steps.ts";
export { didYouMean, editDistance, nearest } from "./suggest.ts";
export { visible } from "./visible.ts";
export { expressionsOf, visitExpr, visitNode } from "./visit.ts";
export { readYaml, type YamlRead } from "./yaml/read.ts";
export { scalarText } from "./yaml/scalar.ts";
