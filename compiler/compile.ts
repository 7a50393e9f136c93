// Source to module: the phases in order, nothing else. Each gives what it could make and what was wrong; a phase runs
// when those before it found no error.
import type { Document, Policy } from "../lang/ast.ts";
import { type Diagnostic, hasErrors } from "../lang/diagnostic.ts";
import { readDocument } from "../lang/index.ts";
import type { Source } from "../lang/source.ts";
import { checkDocument } from "./2-check/index.ts";
import { type CompiledAgreement, compileAgreement } from "./4-emit/index.ts";
import { fuelOverLimit, moduleAlone, tooLarge } from "./codes.ts";
import type { Program } from "./model.ts";
import { checkPolicy } from "./policy/check.ts";
import { checkAssertions } from "./policy/compare/assertions.ts";
import { compilePolicy } from "./policy/emit.ts";
import { lintPolicy } from "./policy/lint/lint.ts";
import type { PolicyProgram } from "./policy/model.ts";
import { checkModule } from "./policy/module.ts";
import type { Modules } from "./policy/namespaces.ts";

/** Text of a document, or its bytes, and the name shown in messages. */
export interface SourceFile {
  readonly name: string;
  readonly text: string | Uint8Array;
}

export interface Compilation {
  /** Of an agreement. */
  readonly program: Program | null;
  /** Of a policy. */
  readonly policy: PolicyProgram | null;
  /** The module, its file and its ids. Null when there are errors. */
  readonly value: CompiledAgreement | null;
  /** Null when the document was given already read. */
  readonly source: Source | null;
  readonly diagnostics: readonly Diagnostic[];
}

/** Never throws for what stands in the document. `modules`: those that a policy uses, and that they use, by the names they are used by. */
export function compile(input: Document | SourceFile, modules: Modules = new Map()): Compilation {
  const read = "kind" in input ? { value: input, source: null, diagnostics: [] } : readDocument(input.text, input.name);
  if (read.value === null || hasErrors(read.diagnostics))
    return { ...NOTHING, source: read.source, diagnostics: read.diagnostics };
  if (read.value.kind === "policy") return ofPolicy(read.value, modules, read);
  if (read.value.kind === "module") {
    const { name } = read.value;
    const found = checkModule(read.value, modules);
    const last = hasErrors(found) ? [] : [moduleAlone(name.span, { name: name.text })];
    return { ...NOTHING, source: read.source, diagnostics: [...read.diagnostics, ...found, ...last] };
  }
  const { value: program, diagnostics: found } = checkDocument(read.value);
  const diagnostics = [...read.diagnostics, ...found];
  if (program === null || hasErrors(found)) return { ...NOTHING, source: read.source, diagnostics };
  const compiled = compileAgreement(program); // 3-lower, 4-emit
  if ("problem" in compiled) {
    const large = tooLarge(program.span, { reason: compiled.problem });
    return { ...NOTHING, program, source: read.source, diagnostics: [...diagnostics, large] };
  }
  return { ...NOTHING, program, value: compiled, source: read.source, diagnostics };
}

const NOTHING = { program: null, policy: null, value: null } as const;

function ofPolicy(
  document: Policy,
  modules: Modules,
  read: { readonly source: Source | null; readonly diagnostics: readonly Diagnostic[] },
): Compilation {
  const { value: policy, diagnostics: found } = checkPolicy(document, modules);
  const diagnostics = [...read.diagnostics, ...found];
  const { source } = read;
  if (policy === null) return { ...NOTHING, source, diagnostics };
  const compiled = compilePolicy(policy);
  if ("module" in compiled) {
    const broken = checkAssertions({ document, program: policy, compiled });
    const all = [...diagnostics, ...lintPolicy(policy), ...broken];
    return { ...NOTHING, policy, value: hasErrors(broken) ? null : compiled, source, diagnostics: all };
  }
  const wrong =
    "fuel" in compiled
      ? fuelOverLimit(policy.limits.span, { worst: compiled.fuel, limit: policy.limits.fuel ?? 0 })
      : tooLarge(policy.span, { reason: compiled.problem });
  return { ...NOTHING, policy, source, diagnostics: [...diagnostics, wrong] };
}
