// Writes to a ledger until it is killed, from the built program; prints the size of each acknowledged commit. Used by
// kill.test.ts; `journal` as the third word: through a journal. Entry n is `entry n` and filling; the court's value `last` is the size after the commit.
import { createPrivateKey } from "node:crypto";
import { noteSigner, openFolder } from "../../../dist/ledger/index.js";

const [folder, pem, journal] = process.argv.slice(2);
const signer = noteSigner("court.example/kill", createPrivateKey(pem));
const { log } = await openFolder({ folder, create: true, signer, journal: journal === "journal" });
if (log.haltedBy !== null) throw log.haltedBy;
for (let round = 0; ; round++) {
  const count = [1, 7, 100, 300][round % 4];
  const from = log.size;
  const entries = Array.from({ length: count }, (_, i) => Buffer.from(`entry ${from + i} ${"x".repeat(300)}`));
  await log.commit(entries, [{ namespace: "court", key: "last", value: Buffer.from(String(from + count)) }]);
  process.stdout.write(`${log.size}\n`);
}
