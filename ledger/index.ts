export { type Checkpoint, parseCheckpoint, printCheckpoint } from "./checkpoint.ts";
export { type Kept, type Relation, readKept, relation } from "./compare.ts";
export {
  type Cosigned,
  cosign,
  cosignedMessage,
  cosignerKey,
  parseCosignerKey,
  printCosignerKey,
  verifyCosignatures,
  withLines,
} from "./cosignature.ts";
export { FATAL, LedgerError, type LedgerErrorCode } from "./errors.ts";
export { GroupCommit, type GroupOptions } from "./group.ts";
export { type GrowthFile, parseGrowth, printGrowth } from "./growth.ts";
export * from "./limits.ts";
export { type CheckpointLock, FileLock, MemoryLock } from "./lock.ts";
export { type Committed, Log, type LogOptions } from "./log.ts";
export {
  emptyRoot,
  growsFromNothing,
  leafHash,
  nodeHash,
  type Sha256,
  verifyConsistency,
  verifyInclusion,
} from "./merkle.ts";
export { nativeSha256, nativeVerifyEd25519, noteSigner, publicKeyObject, rawPublicKey } from "./native.ts";
export { type FolderOptions, lockPathOf, openFolder } from "./node.ts";
export {
  NOTE_NAME,
  type Note,
  type NoteSigner,
  parseNote,
  parseVerifierKey,
  printVerifierKey,
  pureVerifyEd25519,
  signNote,
  type VerifierKey,
  type VerifyEd25519,
  verifierKey,
  verifyNote,
} from "./note.ts";
export { type ProofFile, parseProof, printProof } from "./proof.ts";
export { type ScrubReport, scrub } from "./scrub.ts";
export { NAMESPACE, numberKey, type Storage, tileKey, type Write } from "./storage.ts";
export { LmdbStorage } from "./storage-lmdb.ts";
export { MemoryStorage } from "./storage-memory.ts";
export { parseTilePath, TILE_WIDTH, tilePath } from "./tiles.ts";
export { consistencyProof, InnerNodes, inclusionProof, rootAt, type TileSource, Tree } from "./tree.ts";
export { type ProofProblem, type ProofVerdict, verifyCheckpoint, verifyGrowth, verifyProof } from "./verify.ts";
