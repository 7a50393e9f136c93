// The thread that checks signatures: libsodium where its native build is there, else OpenSSL. Both accept the same (see
// ed25519.ts), libsodium in less than half the time. Plain JavaScript, because a worker is loaded by its file name. What comes:
// court-node/verifier.ts.
import { createPublicKey, verify } from "node:crypto";
import { createRequire } from "node:module";
import { parentPort } from "node:worker_threads";

const PREFIX = Buffer.from("302a300506032b6570032100", "hex");

function opensslVerify(signature, message, publicKey) {
  const key = createPublicKey({ key: Buffer.concat([PREFIX, publicKey]), format: "der", type: "spki" });
  return verify(null, message, key, signature);
}

function choose() {
  try {
    const sodium = createRequire(import.meta.url)("sodium-native");
    return {
      library: "libsodium",
      fits: (signature, message, publicKey) => sodium.crypto_sign_verify_detached(signature, message, publicKey),
    };
  } catch {
    return { library: "OpenSSL", fits: opensslVerify };
  }
}
const { library, fits } = choose();
parentPort.postMessage({ library });

parentPort.on("message", ({ bytes, count }) => {
  const batch = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const verdicts = new Uint8Array(count);
  for (let i = 0, at = 0; i < count; i++) {
    const size = batch.readUInt32LE(at);
    const signature = batch.subarray(at + 4, at + 68);
    const publicKey = batch.subarray(at + 68, at + 100);
    const message = batch.subarray(at + 100, at + 100 + size);
    at += 100 + size;
    try {
      verdicts[i] = fits(signature, message, publicKey) ? 1 : 0;
    } catch {
      verdicts[i] = 0;
    }
  }
  parentPort.postMessage({ verdicts });
});
