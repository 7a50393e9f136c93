// `writ schema`: JSON Schemas for editors. Of a kind of document the one that lies in docs/schema/; of a document what it declares.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Command } from "commander";
import { declaredSchemas, type JsonSchema } from "../../compiler/index.ts";
import { hasErrors } from "../../lang/index.ts";
import { type CueOptions, withCue } from "../cue.ts";
import { compileFile, draw, printJson } from "../document.ts";
import { EXIT, type ExitCode, UsageError } from "../exit.ts";
import { writeWhole } from "../files.ts";
import type { Io } from "../io.ts";
import { packageRoot } from "../package-root.ts";
import { clean } from "../terminal.ts";
import type { Job } from "../verbs.ts";

interface Options extends CueOptions {
  readonly of?: string;
  readonly out?: string;
  readonly json?: boolean;
}

const KINDS = ["agreement", "policy", "module"];

export function configure(command: Command, run: (job: Job) => void): void {
  withCue(command)
    .argument("<what>", "`agreement`, `policy` or `module`; or a document, for what it declares")
    .option(
      "--of <name>",
      "of a document: `input`, `data.NAME`, `actions.NAME` or `terms` (default: the input of a policy)",
    )
    .option("-o, --out <file>", "where to write it (default: standard output)")
    .option("--json", "print one JSON value on one line; of a document without --of all its schemas by name")
    .addHelpText(
      "after",
      `
Examples:
  writ schema agreement -o agreement.schema.json
  writ schema policy.yaml                        what the policy decides on
  writ schema policy.yaml --of data.members      a data document of it
  writ schema agreement.yaml --of actions.pay    the inputs of an action

An editor shows what is wrong while you type:
  # yaml-language-server: $schema=./agreement.schema.json

A schema accepts what it cannot say, so it never takes the place of writ check. Exit code: 0 done, 1 the document has errors.`,
    )
    .action((what: string, options: Options) => run((io) => schema(io, what, options)));
}

async function schema(io: Io, what: string, options: Options): Promise<ExitCode> {
  if (KINDS.includes(what)) {
    if (options.of !== undefined)
      throw new UsageError("--of is for a document", `writ schema ${what}.yaml --of ${clean(options.of)}`);
    const text = readFileSync(join(packageRoot(), "docs", "schema", `${what}.schema.json`), "utf8");
    return answer(io, options, JSON.parse(text) as JsonSchema);
  }
  const { program, policy, diagnostics } = await compileFile(io, what, options);
  const document = policy ?? program;
  if (document === null || hasErrors(diagnostics)) {
    draw(io, diagnostics, "err");
    return EXIT.no;
  }
  const declared = declaredSchemas(document);
  if (options.of === undefined && options.json) return answer(io, options, Object.fromEntries(declared));
  const only = declared.size === 1 || declared.has("input") ? [...declared.keys()][0] : undefined;
  const name = options.of ?? only ?? null;
  const found = name === null ? undefined : declared.get(name);
  if (found !== undefined) return answer(io, options, found);
  const names = [...declared.keys()].join(", ");
  throw new UsageError(
    name === null
      ? `${clean(what)} declares more than one thing: say which`
      : `${clean(what)} declares no ${clean(name)}`,
    names === "" ? "it declares nothing" : `--of one of ${clean(names)}`,
  );
}

function answer(io: Io, { out, json }: Options, value: JsonSchema): ExitCode {
  if (out !== undefined) {
    writeWhole(io, out, json ? `${JSON.stringify(value)}\n` : pretty(value));
    io.out(`wrote ${clean(out)}\n`);
  } else if (json) printJson(io, value);
  else io.out(pretty(value));
  return EXIT.ok;
}

const pretty = (value: JsonSchema): string => `${JSON.stringify(value, null, 2)}\n`;
