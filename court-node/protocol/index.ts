// The messages of a court and a client for it. Nothing here needs Node: the browser, the cage and the command line share it.
export * from "./action.ts";
export * from "./client.ts";
export { didOfKey, keyOfDid } from "./did.ts";
export * from "./limits.ts";
export { PROBLEMS, type Problem, type ProblemCode, ProblemError, type ProblemRow, problem } from "./problem.ts";
export * from "./receipt.ts";
export { assetDigits, type Json, type ShowValue, showByModule, showPlain, showTyped } from "./show.ts";
export { pureSigner, pureVerify, type Signer, type Verify } from "./signer.ts";
export { placesOf, type Together, togetherBytes, togetherRoot } from "./together.ts";
