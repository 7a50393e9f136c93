// Reads every entry of a ledger, from the built program; prints `600 right` or `named: <code>`. Used by store.test.ts.
import { LedgerError, LmdbStorage } from "../../../dist/ledger/index.js";

try {
  const storage = LmdbStorage.open({ folder: process.argv[2], create: false });
  const found = storage.range("entries", { most: 1_000 });
  for (const [i, { value }] of found.entries()) {
    if (!new TextDecoder().decode(value).startsWith(`entry ${i} x`)) {
      process.stdout.write(`wrong ${i}`);
      process.exit(0);
    }
  }
  for (let level = 0; level < 2; level++) storage.range("tiles", { most: 1_000 });
  process.stdout.write(found.length === 600 ? "600 right" : `named: ${found.length} entries`);
} catch (error) {
  process.stdout.write(error instanceof LedgerError ? `named: ${error.code}` : `wrong ${error}`);
}
process.exit(0);
