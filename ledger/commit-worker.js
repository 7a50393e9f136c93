// The thread that writes batches: hashes, puts and flushes in one transaction, so that the thread of the court goes on. Plain
// JavaScript, because a worker is loaded by its file name. What a batch looks like: ledger/pack.ts.
import { hash } from "node:crypto";
import { parentPort, workerData } from "node:worker_threads";
import { ABORT, open } from "lmdb";

const { path, options, turnKey, checkBytes } = workerData;
/** Longer ones are taken, too. */
const KEY_BYTES_MAX = 1_024;
const data = open({ ...options, path });
const turn = Buffer.from(turnKey);

/** The key of a write, apart from the batch: sealing its value writes over it. */
const keys = Buffer.alloc(KEY_BYTES_MAX);
function keyOf(batch, from, end) {
  if (end - from > keys.length) return Buffer.from(batch.subarray(from, end));
  batch.copy(keys, 0, from, end);
  return keys.subarray(0, end - from);
}

/** The stored form of the value from `at` to `end`, made in its place: it is hashed with the key and the zero byte before it, from `from`
 *  on, and then the hash is written there. What it writes over has been read. */
function seal(batch, from, at, end) {
  const digest = hash("sha256", batch.subarray(from, end), "binary");
  if (at < checkBytes)
    return Buffer.concat([Buffer.from(digest, "binary").subarray(0, checkBytes), batch.subarray(at, end)]);
  batch.latin1Write(digest, at - checkBytes, checkBytes);
  return batch.subarray(at - checkBytes, end);
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
      const key = keyOf(batch, at + 8, at + 8 + keyBytes);
      const value = at + 8 + keyBytes + 1;
      if (valueBytes < 0) data.removeSync(key);
      else data.putSync(key, seal(batch, at + 8, value, value + valueBytes));
      at = value + Math.max(0, valueBytes);
    }
    const counted = Buffer.concat([turn, Buffer.of(0), Buffer.from(after)]);
    data.putSync(turn, seal(counted, 0, turn.length + 1, counted.length));
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
