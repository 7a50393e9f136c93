// Reads every entry of each ledger, from the built program; prints a line for each: `600 right`, `named: <code>` or `wrong …`. Used by
// store.test.ts. A line is written before the next ledger is opened, so that of a process that is taken down it is known where.
import { writeSync } from "node:fs";
import { LedgerError, LmdbStorage } from "../../../dist/ledger/index.js";

for (const folder of process.argv.slice(2)) writeSync(1, `${read(folder)}\n`);
process.exit(0);

function read(folder) {
  try {
    const storage = LmdbStorage.open({ folder, create: false });
    const found = storage.range("entries", { most: 1_000 });
    for (const [i, { value }] of found.entries())
      if (!new TextDecoder().decode(value).startsWith(`entry ${i} x`)) return `wrong ${i}`;
    for (let level = 0; level < 2; level++) storage.range("tiles", { most: 1_000 });
    return found.length === 600 ? "600 right" : `named: ${found.length} entries`;
  } catch (error) {
    return error instanceof LedgerError ? `named: ${error.code}` : `wrong ${error}`;
  }
}
