// The parser library, all that is used of it. The build puts the package's own one-file form in this file's place: its many
// small files take longer to load than any document takes to compile.

export type { ILexingError, IParserErrorMessageProvider, IToken, TokenType } from "chevrotain";
export { createToken, EmbeddedActionsParser, Lexer } from "chevrotain";
