// The public face of the CUE engine. Apart from lang/index.ts on purpose: who reads YAML never loads it.

export { cueToYaml, yamlToCue } from "./convert.ts";
export type * from "./document.ts";
export { type CueEngine, type CueEngineOptions, createCueEngine } from "./engine.ts";
export { type Filled, type TemplateUse, templatesOf } from "./fill.ts";
export type { CueHost, CueWorker, CueWorkerListener, FromWorker, ToWorker } from "./host.ts";
export { type BrowserHostOptions, browserHost } from "./host-browser.ts";
export type * from "./job.ts";
export type * from "./lowered.ts";
export { packageIn } from "./package.ts";
export { type CueDocumentPackage, mainOf, readCueDocument } from "./read.ts";
export { documentSchemas, type JsonSchema, SCHEMA_KINDS, type SchemaKind } from "./schema.ts";
export { stdSources } from "./std-sources.ts";
