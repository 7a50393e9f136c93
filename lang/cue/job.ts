// Jobs of the CUE engine and what they answer.
import type { Source, Span } from "../source.ts";
import type { CueDocument } from "./document.ts";
import type { CueLowered } from "./lowered.ts";

/** A file of a job. */
export interface CueFile extends Source {
  /** Name in the module, relative to its root, when it is shown by another. */
  readonly as?: string;
}

export const nameInModule = (file: CueFile): string => file.as ?? file.name;

/** A package of CUE and a value in it. */
export interface CuePackage {
  /** Files of one module, by names relative to its root (`late.cue`, `lib/types.cue`). Without a `cue.mod/module.cue` among
   *  them the module is `writ.local/documents`, and a folder of it is imported as `writ.local/documents/lib`. */
  readonly files: readonly CueFile[];
  /** Names of the files that are evaluated together; every `.cue` file of the root folder when left out. */
  readonly main?: readonly string[] | undefined;
  /** As with `cue -t`: `env=prod` for a field with `@tag(env)`, or a bare name for `@if(name)`. */
  readonly tags?: readonly string[] | undefined;
  /** Path of the value in the package, as in CUE: `#Policy.rules`. The whole package when left out. */
  readonly path?: string | undefined;
}

export type CueJob =
  /** JSON text of a value that is wholly known. */
  | ({ readonly op: "export" } & CuePackage)
  /** JSON data against a constraint. */
  | ({ readonly op: "vet"; readonly data: Source } & CuePackage)
  /** Many JSON data against a constraint, in their order. */
  | ({ readonly op: "verdicts"; readonly datas: readonly Source[] } & CuePackage)
  /** A constraint, kept to be checked many times. */
  | ({ readonly op: "prepare" } & CuePackage)
  /** JSON data against a prepared constraint. */
  | { readonly op: "check"; readonly constraint: CuePrepared; readonly data: Source }
  /** Whether everything that `other` accepts is accepted by `path`. */
  | ({ readonly op: "subsume"; readonly other: string } & CuePackage)
  /** The text as `cue fmt` writes it. */
  | { readonly op: "format"; readonly text: Source }
  /** The tree of an expression as CUE reads it, in parentheses. */
  | { readonly op: "syntax"; readonly text: Source }
  /** The value as a tree of constraints and data. */
  | ({ readonly op: "lower" } & CuePackage)
  /** The values of a document, each with its places. */
  | ({ readonly op: "document" } & CuePackage)
  /** JSON Schema, draft 2020-12, as JSON text. For editors: where it cannot say a constraint, it accepts everything. */
  | ({ readonly op: "jsonschema" } & CuePackage);

/** What a job answers, by its `op`. */
export interface CueAnswers {
  readonly export: string;
  readonly vet: CueVerdict;
  readonly verdicts: readonly CueVerdict[];
  readonly prepare: CuePrepared;
  readonly check: CueVerdict;
  readonly subsume: CueSubsumption;
  readonly format: string;
  readonly syntax: string;
  readonly lower: CueLowered;
  readonly document: CueDocument;
  readonly jsonschema: string;
}

/** Names a prepared constraint to the engine that prepared it. It outlives the worker: one that is new prepares it again. */
export interface CuePrepared {
  readonly key: string;
  readonly source: CuePackage;
}

export interface CueVerdict {
  readonly accepted: boolean;
  /** Empty when accepted. */
  readonly problems: readonly CueProblem[];
  /** Paths of fields that the data does not have and the constraint filled in with a value. CUE accepts that; whoever enforces
   *  a constraint must not. */
  readonly filled: readonly (readonly string[])[];
}

export interface CueSubsumption {
  readonly holds: boolean;
  readonly problems: readonly CueProblem[];
}

export interface CueProblem {
  /** CUE's own sentence. It differs between its releases: show it, never compare it. */
  readonly message: string;
  /** Path in the data (vet, check), else in the package. List indexes are numbers as text. */
  readonly path: readonly string[];
  /** Every place that contributed, in the constraint's files and in the data: `span.source` tells which. */
  readonly places: readonly Span[];
}
