// HTTP message signatures (RFC 9421) with digests (RFC 9530), made and verified under a strict profile.
export type { Field } from "../message/fields.ts";
export { type Algorithm, type BoundKey, bindKey } from "./algorithms.ts";
export { didOf, keyOfDid } from "./did-key.ts";
export { type Body, bodyOf, type DigestAlgorithm, type DigestRule, digestField } from "./digest.ts";
export { type KeySet, type KeySetOptions, type KnownKey, keySet } from "./key-set.ts";
export {
  type Message,
  messageOf,
  type RequestMessage,
  type ResponseMessage,
  readRequest,
  type ServerRequest,
} from "./message.ts";
export {
  MemoryNonces,
  type NonceAnswer,
  type NonceOptions,
  type NonceStore,
  type NonceUse,
  type UsedNonce,
} from "./nonces.ts";
export { SIGNATURE_PROBLEMS, SignatureError, type SignatureProblem, type SignatureWord } from "./problems.ts";
export { type QuorumVerdict, verifyQuorum } from "./quorum.ts";
export { type MessageSigner, messageSigner, type SignatureFields, type SignOptions, signMessage } from "./sign.ts";
export { type Profile, type Verdict, type Verified, type VerifyInput, verifyMessage } from "./verify.ts";
