// Small texts of proofs.
import { base64 } from "../core/index.ts";

/** A root as checkpoints print it. */
export const toRootText = (root: Uint8Array): string => base64(root);
