// JSON Schemas help editors and decide nothing: only the command that prints them knows them, and a validator of schemas is used for
// the bodies of HTTP requests alone.
import { expect, it } from "vitest";
import { codeOf, sourcesIn } from "./code.ts";

const FOLDERS = ["core", "lang", "vm", "stdlib", "compiler", "policy", "ledger", "court-node", "cage", "cli"];
const sources = FOLDERS.flatMap(sourcesIn);
const users = (pattern: RegExp, of: (text: string) => string): string[] =>
  sources.filter(({ text }) => pattern.test(of(text))).map(({ path }) => path);

it("nothing checks a document against its schema", () => {
  const names = /\b(?:documentSchemas|declaredSchemas|schemaOf)\b/;
  const makers = ["compiler/index.ts", "compiler/schema.ts", "lang/cue/index.ts", "lang/cue/schema.ts"];
  expect(users(names, codeOf).filter((path) => !makers.includes(path))).toEqual(["cli/commands/schema.ts"]);
});

it("only the court's server validates by schemas, what comes over HTTP", () => {
  expect(users(/from "ajv/, (text) => text)).toEqual(["court-node/server.ts"]);
});
