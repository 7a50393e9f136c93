// The thread that writes batches: hashes, puts and flushes in one transaction, so that the thread of the court goes on. Plain
// JavaScript, because a worker is loaded by its file name. What a batch looks like: ledger/committer.ts.
import { hash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { ABORT, open } from "lmdb";

const { path, options, turnKey, checkBytes } = workerData;
const data = open({ ...options, path });
const turn = Buffer.from(turnKey);

/** The stored form of a value; `hashed` is the key, a zero byte and the value, side by side in the batch. */
function seal(hashed, value) {
  const sealed = Buffer.allocUnsafe(checkBytes + value.length);
  hash("sha256", hashed, "buffer").copy(sealed, 0, 0, checkBytes);
  sealed.set(value, checkBytes);
  return sealed;
}

/** False when the store's turn is not the one the batch was made for: another process wrote. */
function commit(batch, before, after) {
  let others = false;
  data.transactionSync(() => {
    const stored = data.get(turn);
    const found = stored === undefined ? "0" : stored.subarray(checkBytes).toString();
    if (found !== before) {
      others = true;
      return ABORT;
    }
    for (let at = 0; at < batch.length; ) {
      const keyBytes = batch.readUInt32LE(at);
      const valueBytes = batch.readInt32LE(at + 4);
      const key = batch.subarray(at + 8, at + 8 + keyBytes);
      at += 8 + keyBytes + 1;
      if (valueBytes < 0) {
        data.removeSync(key);
        continue;
      }
      const value = batch.subarray(at, at + valueBytes);
      data.putSync(key, seal(batch.subarray(at - keyBytes - 1, at + valueBytes), value));
      at += valueBytes;
    }
    const counted = Buffer.from(after);
    data.putSync(turn, seal(Buffer.concat([turn, Buffer.of(0), counted]), counted));
    return undefined;
  });
  return !others;
}

parentPort.on("message", ({ batch, before, after }) => {
  if (batch === null) {
    void data.close().then(() => parentPort.postMessage({ closed: true }));
    return;
  }
  try {
    parentPort.postMessage({ done: commit(Buffer.from(batch.buffer, batch.byteOffset, batch.length), before, after) });
  } catch (error) {
    parentPort.postMessage({ failed: error instanceof Error ? error.message : String(error) });
  }
});
