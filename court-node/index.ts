export { type Admission, createAdmission } from "./admission.ts";
export { AgreementCache } from "./agreement-cache.ts";
export { type Due, dueOf, firesAt } from "./answer.ts";
export {
  type Bundle,
  type BundleProblem,
  type BundleTrust,
  type BundleVerdict,
  decodeBundle,
  encodeBundle,
  makeBundle,
  verifyBundle,
} from "./bundle.ts";
export { changesBetween } from "./changes.ts";
export { type Clock, FakeClock, systemClock } from "./clock.ts";
export { readConfiguration, SETTINGS } from "./configuration.ts";
export { type Answer, type Applied, applyCommand, type Command, type Env, type Memo } from "./court.ts";
export type { Acknowledged, Batch, Engine, Reply } from "./engine.ts";
export { EmbeddedEngine, type EmbeddedOptions } from "./engine-embedded.ts";
export { CourtError, type CourtErrorCode } from "./errors.ts";
export { checkpointSigner, type Key, keyFile, keyFromSeed, newKey, readKeyFile, writeKeyFile } from "./keys.ts";
export { type LoadedModule, loadModule, Modules } from "./modules.ts";
export { type CourtNode, type FolderNodeOptions, type NodeOptions, nodeOf, openForReading, openNode } from "./node.ts";
export { openapiDocument } from "./openapi.ts";
export * from "./protocol/index.ts";
export { type Head, SPACE } from "./records.ts";
export { type Difference, type ReplayOptions, type ReplayReport, replayLedger } from "./replay.ts";
export { ROUTES, type Route } from "./routes.ts";
export { DEFAULT_ORIGIN, DEFAULT_PORT, type ServeOptions, type Serving, serve } from "./serve.ts";
export { createServer, type ServerOptions } from "./server.ts";
export { restoreSnapshot, takeSnapshot } from "./snapshot.ts";
export { type CourtState, Overlay } from "./state.ts";
export { createVerifier, type Verifier } from "./verifier.ts";
